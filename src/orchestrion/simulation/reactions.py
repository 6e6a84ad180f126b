"""What customers do who are told no: by luck that belongs to the wish, a limited number of times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrion.domain.codes import Channel, Outcome, Reason
from orchestrion.simulation.customers import Customer, Wish, drawn, steps
from orchestrion.simulation.moments import ARRIVALS, Clock, Timetable
from orchestrion.units import DAY, HOUR

if TYPE_CHECKING:
    from orchestrion.simulation.door import Door
    from orchestrion.simulation.shop import Shop

WALK_IN = int(Channel.WALK_IN)
LOST = int(Outcome.LOST)
UNAVAILABLE, SHELF_EMPTY = int(Reason.UNAVAILABLE), int(Reason.SHELF_EMPTY)


class Reactions:
    """The reaction matrix at work. `asked` counts how often the customer has asked before: 0 for the first no."""

    def __init__(self, env: Clock, shop: Shop, door: Door) -> None:
        self._env = env
        self._shop = shop
        self._door = door
        world = shop.world
        self._world = world
        self._online = steps(world.reactions.online)
        self._in_store = steps(world.reactions.store)
        self._advised = [] if world.tablet is None else steps(world.tablet.otherwise)
        self._rounds = world.reactions.rounds
        similar = world.reactions.substitutes
        self._similar: list[list[int]] = [] if similar is None else similar.tolist()
        self._again = Timetable(env, ARRIVALS, self._ask_again)
        self._home = next((o.id for o in world.options if not o.collect), -1)
        self._collect = next((o.id for o in world.options if o.collect), -1)

    # -- told no ------------------------------------------------------------------------------------------------

    def online(self, t: int, customer: Customer, wish: Wish, asked: int = 0) -> Wish | bool | None:
        """The web shows none: another SKU in its place, None who comes back in some way, False who leaves."""
        shop = self._shop
        reaction = drawn(self._online, shop.streams.luck("reaction", wish.request, asked))
        if reaction == "wait":
            self._again.add(self._later(t, wish, asked), customer, wish, -1, asked + 1)
            return None
        if reaction == "own_store" and (store := shop.near_store(customer.place)) >= 0:
            self._visit(t, customer, wish, store, asked)
            return None
        if reaction == "substitute":
            for sku in self._alternatives(wish):
                other = Wish(wish.request, sku, wish.qty, True)
                if self._door.to_be_had(other, customer.store, customer.channel):
                    return other
        self.lose(t, customer, wish)
        return False

    def in_store(self, t: int, customer: Customer, wish: Wish, store: int, asked: int = 0) -> None:
        """The shelf is empty."""
        shop = self._shop
        reaction = drawn(self._in_store, shop.streams.luck("reaction", wish.request, asked))
        if reaction == "ask_seller" and self._advised:
            if self._order_on_tablet(t, customer, wish, store):
                return
            reaction = drawn(self._advised, shop.streams.luck("advice", wish.request, asked))
        if reaction == "wait":
            again = self._world.nodes[store].calendar.next_open(self._later(t, wish, asked))
            if again is not None:
                self._again.add(again, customer, wish, store, asked + 1)
                return
        elif reaction == "other_store" and (other := shop.next_store(store)) >= 0:
            self._visit(t, customer, wish, other, asked)
            return
        elif reaction == "own_web" and self._home >= 0 and self._has(wish, store, Channel.WEB, collect=False):
            self._move_to_web(t, customer, wish, store, Channel.WEB, collect=False)
            return
        elif reaction == "substitute":
            for sku in self._alternatives(wish):
                if shop.stock.sell(t, sku, store, wish.qty, wish.request):
                    self._door.over_the_counter(t, Wish(wish.request, sku, wish.qty, True), store, Outcome.SUBSTITUTED)
                    return
        self.lose(t, customer, wish)

    def lose(self, t: int, customer: Customer, wish: Wish) -> None:
        """The customer is gone."""
        reason = SHELF_EMPTY if customer.channel == WALK_IN else UNAVAILABLE
        self._shop.outcome((wish.request, LOST, reason, -1, t, -1))

    def _alternatives(self, wish: Wish) -> list[int]:
        """SKUs that could stand in, the nearest first."""
        return [sku for sku in self._similar[wish.sku] if sku >= 0] if self._similar else []

    def _has(self, wish: Wish, store: int, channel: Channel, *, collect: bool) -> bool:
        """Whether the web has it for somebody in a store: to be collected there, or sent to where they live."""
        option, at = (self._collect, store) if collect else (self._home, -1)
        return self._door.to_be_had(wish, at, channel, option, self._shop.place_of(store))

    # -- ordering from the store --------------------------------------------------------------------------------

    def _order_on_tablet(self, t: int, customer: Customer, wish: Wish, store: int) -> bool:
        """The seller orders for the customer: to the home or to this store, whichever they prefer and can have."""
        tablet = self._world.tablet
        if tablet is None or self._shop.streams.luck("tablet", wish.request) >= tablet.accepts:
            return False
        collects = self._collect >= 0 and self._world.nodes[store].collects
        prefers = self._shop.streams.luck("tablet option", wish.request) < tablet.collect_share
        for collect in (prefers, not prefers):
            if collect and collects and self._has(wish, store, Channel.STORE, collect=True):
                self._move_to_web(t, customer, wish, store, Channel.STORE, collect=True)
                return True
            if not collect and self._home >= 0 and self._has(wish, store, Channel.STORE, collect=False):
                self._move_to_web(t, customer, wish, store, Channel.STORE, collect=False)
                return True
        return False

    def _move_to_web(
        self, t: int, customer: Customer, wish: Wish, store: int, channel: Channel, *, collect: bool
    ) -> None:
        self._shop.outcome((wish.request, Outcome.MOVED_TO_WEB, -1, wish.request, t, -1))
        option = self._collect if collect else self._home
        place = self._shop.place_of(store)
        who = Customer(channel, place, option, store if collect else -1, customer.patience, customer.id)
        self._door.accept(t, who, [wish])

    # -- second chances -----------------------------------------------------------------------------------------

    def _later(self, t: int, wish: Wish, asked: int) -> int:
        """When who waits asks again."""
        least, most = self._world.reactions.wait_days
        return t + DAY * (least + int(self._shop.streams.luck("patience", wish.request, asked) * (most - least + 1)))

    def _visit(self, t: int, customer: Customer, wish: Wish, store: int, asked: int) -> None:
        """The customer goes to a store, an hour to a day later, in its opening hours."""
        delay = round(HOUR + self._shop.streams.luck("detour", wish.request, asked) * (DAY - HOUR))
        visit = self._world.nodes[store].calendar.next_open(t + delay)
        if visit is None:
            self.lose(t, customer, wish)
        else:
            self._again.add(visit, customer, wish, store, asked + 1)

    def _ask_again(self, customer: Customer, wish: Wish, store: int, asked: int) -> None:
        """One more attempt: over the counter of a store where one is given, else online."""
        t = self._env.now
        if store >= 0:
            if self._shop.stock.sell(t, wish.sku, store, wish.qty, wish.request):
                self._door.over_the_counter(t, wish, store, _counter_outcome(customer, store))
            elif asked < self._rounds:
                self.in_store(t, customer, wish, store, asked)
            else:
                self.lose(t, customer, wish)
        elif self._door.to_be_had(wish, customer.store, customer.channel):
            self._door.offer(t, customer, [wish], Outcome.SERVED_LATER)
        elif asked >= self._rounds:
            self.lose(t, customer, wish)
        elif isinstance(other := self.online(t, customer, wish, asked), Wish):
            self._door.offer(t, customer, [other], Outcome.SERVED_LATER)


def _counter_outcome(customer: Customer, store: int) -> Outcome:
    if customer.channel != WALK_IN:
        return Outcome.MOVED_TO_STORE
    return Outcome.SERVED_LATER if store == customer.store else Outcome.MOVED_TO_OTHER_STORE
