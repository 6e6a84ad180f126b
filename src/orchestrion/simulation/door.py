"""The door: customers ask online or walk in, are served or told no, and react."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, NamedTuple

import simpy

from orchestrion.demand import weeks
from orchestrion.domain.codes import Channel, EventKind, Outcome, Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.requests import BASKET_COLUMNS
from orchestrion.logistics.transit import promise
from orchestrion.simulation.moments import ARRIVALS, Clock, Moment, Timetable
from orchestrion.units import DAY, HOUR

if TYPE_CHECKING:
    from orchestrion.domain.requests import Requests
    from orchestrion.simulation.shop import Shop

PLACED = int(EventKind.PLACED)
WALK_IN = int(Channel.WALK_IN)
SERVED, SERVED_LATER, LOST = int(Outcome.SERVED), int(Outcome.SERVED_LATER), int(Outcome.LOST)
UNAVAILABLE, SHELF_EMPTY = int(Reason.UNAVAILABLE), int(Reason.SHELF_EMPTY)


class Wish(NamedTuple):
    """One line a customer wants, wherever they ask for it."""

    request: int
    sku: int
    qty: int


class Customer(NamedTuple):
    """Who asks, and how they would like to receive it."""

    channel: int
    place: int  # address; -1 for walk-ins
    option: int  # -1 for walk-ins
    store: int  # the walk-in's store or the collection store; -1 none
    patience: int = -1  # seconds an accepted order may wait before picking begins; -1 for ever


class Door:
    """Serves what it can; what it cannot becomes a reaction, drawn by luck that belongs to the wish alone."""

    def __init__(self, env: Clock, shop: Shop) -> None:
        self._env = env
        self._shop = shop
        world = shop.world
        self._world = world
        self._price: list[int] = world.skus.price.tolist()
        self._net = 1.0 + world.economics.vat
        self._cost: list[int] = world.skus.cost.tolist()
        self._walk_in_stores = [node.id for node in world.nodes if node.walk_ins]
        self._returns = Timetable(env, ARRIVALS, self._ask_again)
        self._online = _steps(world.reactions.online)
        self._in_store = _steps(world.reactions.store)
        self._home = next((o.id for o in world.options if not o.collect), -1)
        # nodes whose stock the web shows, but only for collection there
        self._counters = [node.id for node in world.nodes if node.web_visible and not node.ships]
        self._units: dict[int, int] = {}  # wishes for several units accepted: request -> units not cancelled

    # -- arrivals -----------------------------------------------------------------------------------------------

    def process(self) -> Generator[simpy.Event, None, None]:
        """Customers arrive one after the other, until the doors close at the horizon."""
        env = self._env
        for block in weeks(self._world, self._shop.streams):
            self._shop.requests.append(block)
            yield from self._week(env, block)

    def _week(self, env: Clock, block: Requests) -> Generator[simpy.Event, None, None]:
        request, row = block.first_request, 0
        sku, qty = block.sku.tolist(), block.qty.tolist()
        for t, channel, place, option, store, patience, lines in zip(
            *(getattr(block, column).tolist() for column in BASKET_COLUMNS), strict=True
        ):
            if t > env.now and not env.slip(t):
                yield Moment(env, t, ARRIVALS)
            if channel == WALK_IN:
                self._walk_in(t, Customer(channel, place, option, store, patience), Wish(request, sku[row], qty[row]))
            else:
                wishes = [Wish(request + i, sku[row + i], qty[row + i]) for i in range(lines)]
                self._online_basket(t, Customer(channel, place, option, store, patience), wishes)
            request += lines
            row += lines

    def _walk_in(self, t: int, customer: Customer, wish: Wish) -> None:
        shop, store = self._shop, customer.store
        if shop.stock.sell(t, wish.sku, store, wish.qty, wish.request):
            shop.outcome((wish.request, SERVED, -1, -1, t, store))
            return
        reaction = _drawn(self._in_store, shop.streams.luck("reaction", wish.request))
        if reaction == "wait":
            again = self._world.nodes[store].calendar.next_open(self._later(t, wish))
            if again is None:
                self._lose(t, wish, customer)
            else:
                self._returns.add(again, wish, customer)
        elif reaction == "other_store" and (other := shop.next_store(store)) >= 0:
            self._visit(t, wish, customer, other)
        elif reaction == "own_web" and self._home >= 0 and self._to_be_had(wish, -1):
            shop.outcome((wish.request, Outcome.MOVED_TO_WEB, -1, wish.request, t, -1))
            place = shop.place_of(store)
            self._accept(t, Customer(Channel.WEB, place, self._home, -1, customer.patience), [wish])
        else:
            shop.outcome((wish.request, LOST, SHELF_EMPTY, -1, t, -1))

    def _online_basket(self, t: int, customer: Customer, wishes: list[Wish]) -> None:
        shop = self._shop
        shown = [wish for wish in wishes if self._to_be_had(wish, customer.store)]
        if len(shown) < len(wishes):
            left = self._disappoint(t, customer, [wish for wish in wishes if wish not in shown])
            abandon = shop.world.reactions.abandon_basket
            if left and shown and shop.streams.luck("abandon", wishes[0].request) < abandon:
                for wish in shown:
                    shop.outcome((wish.request, LOST, Reason.COMPANION, -1, t, -1))
                shown = []
        if shown:
            for wish in shown:
                shop.outcome((wish.request, SERVED, -1, shown[0].request, t, -1))
            self._accept(t, customer, shown)

    def _to_be_had(self, wish: Wish, store: int) -> bool:
        """Whether the web offers the units to this customer: in nodes that ship, or in the store where they collect."""
        backlog = self._shop.backlog
        return self._to_be_promised(wish, store) or (backlog is not None and backlog.accepts(wish.sku, wish.qty))

    def _to_be_promised(self, wish: Wish, store: int) -> bool:
        stock = self._shop.stock
        if stock.visible[wish.sku] < wish.qty:
            return False
        if not self._counters:
            return True
        elsewhere = sum(stock.promised(wish.sku, node) for node in self._counters if node != store)
        return bool(stock.visible[wish.sku] - elsewhere >= wish.qty)

    def _disappoint(self, t: int, customer: Customer, wishes: list[Wish]) -> bool:
        """React to lines the web does not show; True if the customer leaves over one of them."""
        shop = self._shop
        left = False
        for wish in wishes:
            reaction = _drawn(self._online, shop.streams.luck("reaction", wish.request))
            if reaction == "wait":
                self._returns.add(self._later(t, wish), wish, customer)
            elif reaction == "own_store" and (store := shop.near_store(customer.place)) >= 0:
                self._visit(t, wish, customer, store)
            else:
                left = True
                shop.outcome((wish.request, LOST, UNAVAILABLE, -1, t, -1))
        return left

    # -- second chances -----------------------------------------------------------------------------------------

    def _later(self, t: int, wish: Wish) -> int:
        """When who waits asks again."""
        least, most = self._world.reactions.wait_days
        return t + DAY * (least + int(self._shop.streams.luck("patience", wish.request) * (most - least + 1)))

    def _visit(self, t: int, wish: Wish, customer: Customer, store: int) -> None:
        """The customer goes to a store, an hour to a day later, in its opening hours."""
        delay = round(HOUR + self._shop.streams.luck("detour", wish.request) * (DAY - HOUR))
        visit = self._world.nodes[store].calendar.next_open(t + delay)
        if visit is None:
            self._lose(t, wish, customer)
        else:
            self._returns.add(visit, wish, customer, store)

    def _lose(self, t: int, wish: Wish, customer: Customer) -> None:
        reason = SHELF_EMPTY if customer.channel == WALK_IN else UNAVAILABLE
        self._shop.outcome((wish.request, LOST, reason, -1, t, -1))

    def _ask_again(self, wish: Wish, customer: Customer, store: int = -1) -> None:
        """The second and last attempt: in a store where one is given, else where the customer asked first."""
        t = self._env.now
        shop = self._shop
        walk_in = customer.channel == WALK_IN
        at = store if store >= 0 else customer.store if walk_in else -1
        if at >= 0:
            if shop.stock.sell(t, wish.sku, at, wish.qty, wish.request):
                outcome = (
                    SERVED_LATER if store < 0 else Outcome.MOVED_TO_OTHER_STORE if walk_in else Outcome.MOVED_TO_STORE
                )
                shop.outcome((wish.request, outcome, -1, -1, t, at))
                return
        elif self._to_be_had(wish, customer.store):
            shop.outcome((wish.request, SERVED_LATER, -1, wish.request, t, -1))
            self._accept(t, customer, [wish])
            return
        self._lose(t, wish, customer)

    # -- orders -------------------------------------------------------------------------------------------------

    def _accept(self, t: int, customer: Customer, wishes: list[Wish]) -> None:
        """The order is placed: its id is that of its first wish, so it is the same customer under every policy."""
        shop, world = self._shop, self._world
        option = world.options[customer.option]
        id = wishes[0].request
        lines = tuple(Line(id, i, wish.sku, wish.qty, wish.request) for i, wish in enumerate(wishes))
        store = customer.store if option.collect else -1
        whole = (
            store >= 0
            and world.nodes[store].web_visible
            and all(shop.stock.promised(line.sku, store) >= line.qty for line in lines)
        )
        promised = promise(world, option, t, store, whole)
        backlog = shop.backlog
        if backlog is not None and not all(self._to_be_promised(wish, customer.store) for wish in wishes):
            promised += backlog.promise_s
        channel, place, patience = customer.channel, customer.place, customer.patience
        order = Order(id, t, channel, place, option.id, store, promised, lines, patience=patience)
        gross = goods = 0
        for i, line in enumerate(lines):
            gross += self._price[line.sku] * line.qty
            goods += self._cost[line.sku] * line.qty
            shop.ledger.line((id, i, line.sku, line.qty, self._price[line.sku], line.request))
            if line.qty > 1:
                self._units[line.request] = line.qty
        shop.ledger.order(
            (*shop.address(order), promised, round(option.fee / self._net), round(gross / self._net), goods)
        )
        shop.ledger.event((t, PLACED, id, -1, -1, -1, order.units, -1, 0))
        if store >= 0:
            shop.road.expect(id, order.units)
        shop.desk.receive(order)

    def withdrawn(self, t: int, order: Order, number: int, qty: int, reason: Reason) -> None:
        """Units of an accepted line are cancelled: the wish ends so when none of it is left."""
        line = next(line for line in order.lines if line.number == number)
        left = self._units.pop(line.request, qty) - qty
        if left:
            self._units[line.request] = left
            return
        self._shop.outcome((line.request, Outcome.CANCELLED, reason, order.id, t, -1))


def _steps(shares: dict[str, float]) -> list[tuple[float, str]]:
    """Cumulative shares with their reaction."""
    steps, total = [], 0.0
    for name, share in shares.items():
        total += share
        steps.append((total, name))
    return steps


def _drawn(steps: list[tuple[float, str]], u: float) -> str:
    return next((name for limit, name in steps if u < limit), steps[-1][1])
