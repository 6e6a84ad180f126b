"""The sourcing desk: who waits, when it is decided, and what a plan sets in motion."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import simpy

from orchestrion.domain.codes import EventKind, Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Decider
from orchestrion.errors import PlanError
from orchestrion.simulation.moments import REVIEWS, Clock, Moment
from orchestrion.simulation.shipment import Shipment
from orchestrion.units import HOUR

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop

HELD, SOURCED, CANCELLED = int(EventKind.HELD), int(EventKind.SOURCED), int(EventKind.CANCELLED)


class Desk:
    """Decides at once, or at periodic reviews; lines that find no node wait and are tried again."""

    def __init__(self, env: Clock, shop: Shop, decider: Decider, review_s: int) -> None:
        self._env = env
        self._shop = shop
        self._decider = decider
        self._review_s = review_s
        self._waiting: dict[int, Order] = {}  # order id -> its slip, in order of arrival
        self._since: dict[int, int] = {}  # order id -> when it last found no node
        self._held: dict[int, tuple[Line, ...]] = {}  # order id -> its lines already recorded as held
        self._reviews = 0
        self._shipments = 0
        self._sourcing = shop.world.sourcing

    def process(self) -> Generator[simpy.Event, None, None]:
        """The reviews: at the period asked for; with decisions at once, hourly for what had to wait."""
        period = self._review_s or HOUR
        while True:
            yield Moment(self._env, (self._env.now // period + 1) * period, REVIEWS)
            if self._waiting:
                self._give_up(self._env.now)
                self._review(list(self._waiting.values()))

    def receive(self, order: Order) -> None:
        """A new order."""
        if self._review_s:
            self._waiting[order.id] = order
        else:
            self._review([order])

    def source_again(self, t: int, order: Order, missing: list[tuple[int, int]], node: int) -> None:
        """A picker did not find `missing` (line number, units): one hop more, or cancelled with its reason."""
        if order.hop >= self._sourcing.max_hops:
            for number, qty in missing:
                self._cancel(t, order, number, qty, Reason.TOO_MANY_HOPS)
            return
        wanted = dict(missing)
        lines = tuple(line._replace(qty=wanted[line.number]) for line in order.lines if line.number in wanted)
        slip = order._replace(lines=lines, hop=order.hop + 1, excluded=(*order.excluded, node))
        waiting = self._waiting.get(order.id)
        if waiting is not None:  # other lines of the order wait too: one slip, decided together
            slip = _joined(waiting, slip)
        self._waiting[order.id] = slip
        if not self._review_s:
            self._review([slip])

    def _give_up(self, t: int) -> None:
        """Lines that waited too long are withdrawn."""
        for order in list(self._waiting.values()):
            if t - self._since.get(order.id, t) > self._sourcing.hold_s:
                del self._waiting[order.id], self._since[order.id]
                self._held.pop(order.id, None)
                for line in order.lines:
                    self._cancel(t, order, line.number, line.qty, Reason.NO_STOCK)

    def _cancel(self, t: int, order: Order, number: int, qty: int, reason: Reason) -> None:
        shop = self._shop
        shop.ledger.event((t, CANCELLED, order.id, number, -1, -1, qty, reason, order.hop))
        shop.door.withdrawn(t, order, number, qty, reason)
        if order.collect_at >= 0:
            shop.road.cancelled(t, order.id, order.collect_at, qty)

    def _review(self, orders: list[Order]) -> None:
        t = self._env.now
        shop = self._shop
        view = shop.view
        view.open(t, orders)
        plan = self._decider.decide(orders, view)
        if not isinstance(plan, Plan):
            raise PlanError(f"{type(self._decider).__name__}.decide answered {plan!r}; it must return view.new_plan()")
        number = self._reviews
        self._reviews += 1
        shop.ledger.review((number, t, len(orders), plan.status, plan.gap_ppm, plan.bound, int(plan.fallback)))
        shipments = self._open_shipments(t, plan, number, {order.id: order for order in orders})
        for order in orders:
            self._keep_waiting(t, order, plan)
        for shipment in shipments:
            shop.sites[shipment.node].add(shipment)

    def _open_shipments(self, t: int, plan: Plan, review: int, orders: dict[int, Order]) -> list[Shipment]:
        """Reserve what was decided; decisions for one order at one node travel together."""
        shop = self._shop
        shipments: dict[tuple[int, int], Shipment] = {}
        for line, node, qty, service, reason in plan.decisions:
            order = orders[line.order]
            shipment = shipments.get((order.id, node))
            if shipment is None:
                shipment = shipments[order.id, node] = Shipment(self._shipments, order, node, service, t)
                self._shipments += 1
                shop.road.announce(shipment)
            shop.stock.reserve(t, line.sku, node, qty, order.id)
            shipment.lines.append((line, qty))
            hop = order.hop
            shop.ledger.decision(
                (review, t, order.id, line.number, node, qty, service, hop, reason, shipment.id),
            )
            shop.ledger.event((t, SOURCED, order.id, line.number, shipment.id, node, qty, reason, hop))
        return list(shipments.values())

    def _keep_waiting(self, t: int, order: Order, plan: Plan) -> None:
        """Whatever the plan left open stays on the waiting list; that it waits is recorded once."""
        rest = tuple(line._replace(qty=units) for line in order.lines if (units := plan.open_units(line)))
        if not rest:
            self._waiting.pop(order.id, None)
            self._since.pop(order.id, None)
            self._held.pop(order.id, None)
            return
        known = self._held.get(order.id, ())
        for line in rest:
            if line not in known:
                reason = plan.held.get((order.id, line.number), Reason.NO_NODE)
                event = (t, HELD, order.id, line.number, -1, -1, line.qty, reason, order.hop)
                self._shop.ledger.event(event)
        self._held[order.id] = rest
        self._waiting[order.id] = order._replace(lines=rest)
        self._since.setdefault(order.id, t)


def _joined(a: Order, b: Order) -> Order:
    """Two slips of one order as one: lines united, the later hop, every node that failed."""
    lines = {line.number: line for line in a.lines}
    for line in b.lines:
        known = lines.get(line.number)
        lines[line.number] = line if known is None else line._replace(qty=known.qty + line.qty)
    excluded = tuple(dict.fromkeys((*a.excluded, *b.excluded)))
    return b._replace(lines=tuple(lines[n] for n in sorted(lines)), hop=max(a.hop, b.hop), excluded=excluded)
