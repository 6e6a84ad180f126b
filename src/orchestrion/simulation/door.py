"""The door: customers ask online or walk in, and are served or told no."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from orchestrion.demand import weeks
from orchestrion.domain.codes import Channel, EventKind, Outcome, Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.requests import BASKET_COLUMNS
from orchestrion.logistics.transit import Promises
from orchestrion.simulation.bookings import Bookings
from orchestrion.simulation.choice import Choice, Offer
from orchestrion.simulation.customers import Customer, Wish
from orchestrion.simulation.moments import ARRIVALS, Clock
from orchestrion.simulation.price_tags import PriceTags
from orchestrion.simulation.reactions import Reactions

if TYPE_CHECKING:
    from orchestrion.domain.requests import Requests
    from orchestrion.simulation.shipment import Shipment
    from orchestrion.simulation.shop import Shop

PLACED = int(EventKind.PLACED)
WALK_IN = int(Channel.WALK_IN)
SERVED, SUBSTITUTED, LOST = int(Outcome.SERVED), int(Outcome.SUBSTITUTED), int(Outcome.LOST)
WAITING = int(Outcome.WAITING)
_BASKETS = 5_000  # of a week, made into slips at a time


class Door:
    """Serves what it can; what it cannot becomes a reaction."""

    def __init__(self, env: Clock, shop: Shop) -> None:
        self._env = env
        self._shop = shop
        world = shop.world
        self._world = world
        self._prices = PriceTags(world)
        self._net = 1.0 + world.economics.vat
        self._fees = [round(option.fee / self._net) for option in world.options]  # without VAT
        self._cost: list[int] = world.skus.cost.tolist()
        self._reactions = Reactions(env, shop, self)
        self._promises = Promises(world)
        self._choice = None if world.offers is None else Choice(world, world.offers, shop.streams)
        # nodes whose stock the web shows, but only for collection there
        self._counters = [node.id for node in world.nodes if node.web_visible and not node.ships]
        bookings = Bookings(shop) if world.sourcing.promise_sees_capacity else None
        self._bookings = bookings if bookings is not None and bookings.limited else None
        published = shop.published
        self._shows = self._stock_shows if published is None else published.shows
        self._alike = [not self._counters] * len(Channel) if published is None else published.alike_everywhere
        # wishes for several units accepted: request -> units not cancelled, and of these not yet the customer's
        self._units: dict[int, list[int]] = {}

    # -- arrivals -----------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Customers arrive one after the other until the doors close; between two of them all the rest happens."""
        for block in self._blocks():
            self._shop.ledger.asked(self._world, block)
            self._serve(block)
            del block

    def _blocks(self) -> Iterator[Requests]:
        """Customers some thousands at a time; nothing of a week is held any more while the next is drawn."""
        for week in weeks(self._world, self._shop.streams):
            yield from week.parts(_BASKETS)
            del week

    def _serve(self, block: Requests) -> None:
        request, row = block.first_request, 0
        sku, qty = block.sku.tolist(), block.qty.tolist()
        env = self._env
        sell, reach, now = self._shop.stock.sell, env.reach, env.now
        for t, channel, place, option, store, patience, lines in zip(
            *(getattr(block, column).tolist() for column in BASKET_COLUMNS), strict=True
        ):
            if t > now:
                now = t
                reach(t, ARRIVALS)
            if channel == WALK_IN:
                if not sell(t, sku[row], store, qty[row], request):
                    customer = Customer(channel, place, option, store, patience, request)
                    self._told_no(t, customer, Wish(request, sku[row], qty[row]))
            else:
                customer = Customer(channel, place, option, store, patience, request)
                if lines == 1:
                    wishes = [Wish(request, sku[row], qty[row])]
                else:
                    wishes = [Wish(request + i, sku[row + i], qty[row + i]) for i in range(lines)]
                self._online_basket(t, customer, wishes)
            request += lines
            row += lines

    def _told_no(self, t: int, customer: Customer, wish: Wish) -> None:
        """A walk-in finds no unit. Who finds one needs no slip: that is how walk-ins end unless it is written here."""
        self._shop.outcome((wish.request, WAITING, -1, -1, -1, -1))
        self._reactions.in_store(t, customer, wish, customer.store)

    def _online_basket(self, t: int, customer: Customer, wishes: list[Wish]) -> None:
        shop = self._shop
        if shop.carrying.choosy:
            option = shop.carrying.option(customer.option, customer.place)
            if option != customer.option:
                customer = customer._replace(option=option)
        shown = [wish for wish in wishes if self.to_be_had(wish, customer.store, customer.channel)]
        if len(shown) < len(wishes) and self._choice is not None and self._to_be_had_otherwise(customer, wishes):
            shown = wishes
        if len(shown) < len(wishes):
            left = False
            answers: list[Wish] = []
            for wish in wishes:
                answer = wish if wish in shown else self._reactions.online(t, customer, wish)
                if isinstance(answer, Wish):
                    answers.append(answer)
                left |= answer is False
            abandon = shop.world.reactions.abandon_basket
            if left and answers and shop.streams.luck("abandon", wishes[0].request) < abandon:
                for wish in answers:
                    shop.outcome((wish.request, LOST, Reason.COMPANION, -1, t, -1))
                answers = []
            shown = answers
        if shown:
            self.offer(t, customer, shown, Outcome.SERVED)

    # -- what is shown ------------------------------------------------------------------------------------------

    def to_be_had(self, wish: Wish, store: int, channel: int, option: int = -1, place: int = -1) -> bool:
        """Whether the units are offered to this customer: in nodes that ship, or in the store where they collect.

        With an option, also whether that option can bring them to the address.
        """
        if option >= 0 and not self._carried(wish, option, place, store, channel):
            return False
        if self._to_be_promised(wish, store, channel):
            return True
        backlog = self._shop.backlog
        return backlog is not None and backlog.accepts(wish.sku, wish.qty)

    def _to_be_promised(self, wish: Wish, store: int, channel: int) -> bool:
        if self._bookings is not None and self._bookings.days(self._env.now) < 0:
            return False
        return self._shows(channel, wish.sku, wish.qty, store)

    def _stock_shows(self, channel: int, sku: int, qty: int, store: int) -> bool:
        """Whether the records of this moment show so many units: of nodes that ship, or of the store of collection."""
        stock = self._shop.stock
        shown: int = stock.visible[sku]
        if shown < qty:
            return False
        if not self._counters:
            return True
        elsewhere = sum(stock.promised(sku, node) for node in self._counters if node != store)
        return shown - elsewhere >= qty

    def _to_be_had_otherwise(self, customer: Customer, wishes: list[Wish]) -> bool:
        """Whether another option than the one wanted has everything."""
        assert self._choice is not None
        stores = dict.fromkeys(store for _, store in self._choice.options(customer))
        return any(all(self.to_be_had(wish, store, customer.channel) for wish in wishes) for store in stores)

    def _ready_in(self, store: int, sku: int) -> int:
        """Units that customers are told a store has ready for them."""
        if self._shop.published is not None:
            return self._shop.published.page(sku, store)
        return self._shop.stock.promised(sku, store) if self._world.nodes[store].web_visible else 0

    def promised(self, t: int, option: int, store: int, channel: int, wishes: list[Wish]) -> int:
        """The promise shown for these units with an option, collected in a store (-1: delivered) [s]."""
        whole = store >= 0 and all(self._ready_in(store, wish.sku) >= wish.qty for wish in wishes)
        counted = t if self._bookings is None or whole else self._bookings.counts_as_placed(t)
        moment = self._promises.of(option, counted, store, whole)
        backlog = self._shop.backlog
        if backlog is not None and not all(self._to_be_promised(wish, store, channel) for wish in wishes):
            moment += backlog.promise_s
        return moment

    def offer(self, t: int, customer: Customer, wishes: list[Wish], outcome: Outcome) -> None:
        """Show what there is, with promise and fee; the customer picks an option and orders, or goes."""
        shop, choice = self._shop, self._choice
        if shop.carrying.choosy:
            wishes = self._deliverable(t, customer, wishes)
            if not wishes:
                return
        promised: int | None = None
        if choice is not None:
            ways, channel, told = choice.options(customer), customer.channel, self.promised
            if shop.carrying.choosy or not self._alike[channel]:
                ways = self._ways(ways, customer, wishes)
            offers = [Offer(option, store, told(t, option, store, channel, wishes)) for option, store in ways]
            picked = choice.pick(t, customer, offers)
            promised = picked.promised_t
            reason = choice.refusal(t, customer, picked)
            if reason >= 0:
                for wish in wishes:
                    shop.outcome((wish.request, LOST, reason, -1, t, -1))
                return
            if picked.option != customer.option or picked.store != customer.store:
                customer = customer._replace(option=picked.option, store=picked.store)
        write, id = shop.outcome, wishes[0].request
        for wish in wishes:
            if wish.substitute:
                shop.ledger.swap((wish.request, wish.sku, -1))
                write((wish.request, SUBSTITUTED, -1, id, t, -1))
            else:
                write((wish.request, outcome, -1, id, t, -1))
        self.accept(t, customer, wishes, promised)

    def _ways(self, ways: list[tuple[int, int]], customer: Customer, wishes: list[Wish]) -> list[tuple[int, int]]:
        """The (option, store) of these by which everything is to be had, where stores make a difference."""
        channel, place = customer.channel, customer.place
        if self._shop.carrying.choosy:
            return [way for way in ways if all(self.to_be_had(w, way[1], channel, way[0], place) for w in wishes)]
        # any goods go any way: only the store makes a difference
        able = {store: True for _, store in ways}
        for store in able:
            able[store] = all(self.to_be_had(wish, store, channel) for wish in wishes)
        return [way for way in ways if able[way[1]]]

    def _carried(self, wish: Wish, option: int, place: int, store: int, channel: int) -> bool:
        carrying, atp = self._shop.carrying, self._shop.stock.atp
        return not carrying.choosy or carrying.offered(atp[wish.sku], wish.sku, wish.qty, option, place, store, channel)

    def _deliverable(self, t: int, customer: Customer, wishes: list[Wish]) -> list[Wish]:
        """The wishes that an option can bring together to this customer; the web does not offer the others."""
        ways = [(customer.option, customer.store)]
        if self._choice is not None:
            ways += [way for way in self._choice.options(customer) if way not in ways]
        place = customer.place
        able = [
            [wish for wish in wishes if self.to_be_had(wish, store, customer.channel, option, place)]
            for option, store in ways
        ]
        kept = max(able, key=len)  # the option wanted, unless another brings more
        for wish in wishes:
            if wish not in kept:
                self._shop.outcome((wish.request, LOST, Reason.NOT_DELIVERABLE, -1, t, -1))
        return kept

    def price(self, sku: int, t: int) -> int:
        """What a unit was sold for at a moment, VAT included, micro-euros."""
        return self._prices.of(sku, t)

    # -- sold ---------------------------------------------------------------------------------------------------

    def over_the_counter(self, t: int, wish: Wish, store: int, outcome: Outcome) -> None:
        """A store's till has passed units to somebody who was told no before: maybe others, at other prices."""
        shop = self._shop
        if wish.substitute or self._world.promotions:
            substitute = wish.sku if wish.substitute else -1
            shop.ledger.swap((wish.request, substitute, self._prices.of(wish.sku, t) * wish.qty))
        shop.outcome((wish.request, outcome, -1, -1, t, store))

    def accept(self, t: int, customer: Customer, wishes: list[Wish], promised: int | None = None) -> None:
        """The order is placed: its id is that of its first wish, so it is the same customer under every policy.

        Parameters
        ----------
        promised
            The promise of the option picked, where it has been told already.
        """
        shop = self._shop
        channel, place, chosen, store, patience, _ = customer
        option = self._world.options[chosen]
        id = wishes[0].request
        if not option.collect:
            store = -1
        if promised is None:
            promised = self.promised(t, chosen, store, channel, wishes)
        ledger, price_of, cost = shop.ledger, self._prices.of, self._cost
        published = shop.published if shop.published is not None and shop.published.any_late else None
        lines: list[Line] = []
        gross = goods = units = 0
        for i, (request, sku, qty, _) in enumerate(wishes):
            lines.append(Line(id, i, sku, qty, request))
            price = price_of(sku, t)
            gross += price * qty
            goods += cost[sku] * qty
            units += qty
            ledger.line((id, i, sku, qty, price, request))
            if qty > 1:
                self._units[request] = [qty, qty]
            if published is not None:
                published.accepted(channel, request, sku, qty, store)
        order = Order(id, t, channel, place, chosen, store, promised, tuple(lines), 0, (), patience)
        ledger.order((*shop.address(order), promised, self._fees[chosen], round(gross / self._net), goods))
        ledger.event((t, PLACED, id, -1, -1, -1, units, -1, 0))
        if store >= 0:
            shop.road.expect(id, units)
        shop.desk.receive(order)

    def withdrawn(
        self, t: int, order: Order, number: int, qty: int, reason: Reason, outcome: Outcome = Outcome.CANCELLED
    ) -> None:
        """Units of an accepted line are cancelled, or come back unopened: the wish ends so when none of it is left."""
        line = next(line for line in order.lines if line.number == number)
        units = self._units.get(line.request)
        if units is not None:
            units[0] -= qty
            units[1] -= qty
        if units is None or not units[1]:
            self._forget(line.request)
        if units is None or not units[0]:
            self._shop.outcome((line.request, outcome, reason, order.id, t, -1))

    def received(self, shipment: Shipment) -> None:
        """The customer has these units: a wish is forgotten with the last of them, however many came before."""
        for line, qty in shipment.found:
            units = self._units.get(line.request)
            if units is not None:
                units[1] -= qty
            if units is None or not units[1]:
                self._forget(line.request)

    def _forget(self, request: int) -> None:
        self._units.pop(request, None)
        if self._shop.published is not None:
            self._shop.published.lines_not_there.discard(request)
