"""The sourcing desk: who waits, when it is decided, and what a plan sets in motion."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

import simpy

from orchestrion.domain.codes import EventKind, Reason
from orchestrion.domain.orders import Assignment, Line, Order, joined
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Decider
from orchestrion.errors import PlanError, SolverError
from orchestrion.simulation.claims import Claims
from orchestrion.simulation.moments import REVIEWS, Clock, Moment, Timetable
from orchestrion.simulation.shipment import Shipment
from orchestrion.simulation.withdrawals import Withdrawals
from orchestrion.units import HOUR

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop

HELD, SOURCED, CANCELLED, RELEASED = (
    int(kind) for kind in (EventKind.HELD, EventKind.SOURCED, EventKind.CANCELLED, EventKind.RELEASED)
)


class Desk:
    """Decides at once, or at periodic reviews; lines that find no node wait and are tried again.

    An order may first cool down. A shipment may be taken back until somebody begins to pick it: by a policy that
    re-evaluates, by its customer, or because no node accepted it.
    """

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
        world = shop.world
        self._sourcing = world.sourcing
        ledger = shop.ledger
        self._record_event, self._record_decision, self._record_review = ledger.event, ledger.decision, ledger.review
        self.re_evaluates = bool(getattr(decider, "re_evaluates", False))
        self._claims = None if world.claiming is None else Claims(env, shop, world.claiming)
        watched = world.patience is not None or world.second_thoughts is not None
        self._withdrawals = Withdrawals(env, shop, world.second_thoughts) if watched else None
        self._cooling: dict[int, Order] = {}  # order id -> its slip, while its customer may still withdraw for free
        self._cooled = Timetable(env, REVIEWS, self._cool)

    def process(self) -> Generator[simpy.Event, None, None]:
        """The reviews: at the period asked for; with decisions at once, hourly for what had to wait."""
        period = self._review_s or HOUR
        while True:
            yield Moment(self._env, (self._env.now // period + 1) * period, REVIEWS)
            if self._waiting or (self.re_evaluates and any(site.pick_list for site in self._shop.sites)):
                self._give_up(self._env.now)
                backlog = self._shop.backlog
                waiting = list(self._waiting.values())
                if backlog is not None:
                    waiting = [order for order in waiting if not backlog.hopeless(order)]
                if waiting or self.re_evaluates:
                    self._review(waiting)

    @property
    def waits(self) -> int:
        """Orders that have been placed and wait for a node, or to cool down."""
        return len(self._waiting) + len(self._cooling)

    def look_again(self, orders: list[int]) -> None:
        """Stock came for these orders that wait: they are decided again, in the order given."""
        waiting = [self._waiting[order] for order in orders if order in self._waiting]
        if waiting:
            self._review(waiting)

    def receive(self, order: Order) -> None:
        """A new order."""
        if self._withdrawals is not None:
            self._withdrawals.placed(order)
        if self._sourcing.cool_down_s:
            self._cooling[order.id] = order
            self._cooled.add(order.t + self._sourcing.cool_down_s, order.id)
        else:
            self._begin(order)

    def _cool(self, id: int) -> None:
        order = self._cooling.pop(id, None)
        if order is not None:  # not withdrawn meanwhile
            self._begin(order)

    def _begin(self, order: Order) -> None:
        if self._review_s:
            self._waiting[order.id] = order
        else:
            self._review([order])

    def source_again(self, t: int, order: Order, missing: list[tuple[int, int]], node: int) -> None:
        """A picker did not find `missing` (line number, units): one hop more, or cancelled with its reason."""
        self._once_more(t, order, missing, (node,), Reason.TOO_MANY_HOPS)

    def _once_more(
        self, t: int, order: Order, missing: list[tuple[int, int]], failed: tuple[int, ...], reason: Reason
    ) -> None:
        """Source units elsewhere than at the nodes that failed; `reason` says why, when it was tried too often."""
        if order.hop >= self._sourcing.max_hops:
            for number, qty in missing:
                self._cancel(t, order, number, qty, reason)
            return
        wanted = dict(missing)
        lines = tuple(line._replace(qty=wanted[line.number]) for line in order.lines if line.number in wanted)
        slip = order._replace(lines=lines, hop=order.hop + 1, excluded=(*order.excluded, *failed))
        waiting = self._waiting.get(order.id)
        if waiting is not None:  # other lines of the order wait too: one slip, decided together
            slip = joined(waiting, slip)
        self._waiting[order.id] = slip
        if not self._review_s:
            self._review([slip])

    # -- taken back before picking ------------------------------------------------------------------------------

    def passed_over(self, t: int, shipment: Shipment, asked: list[int], reason: Reason) -> None:
        """Nobody who was asked takes the shipment; the units still reserved at its node are free again."""
        self._take_back(t, shipment, reason)
        missing = [(line.number, qty) for line, qty in shipment.lines]
        self._once_more(t, shipment.order, missing, tuple(asked), reason)

    def withdraw(self, t: int, order: int, under_way: list[Shipment]) -> None:
        """The customer wants no more of the order: what waits and what nobody has begun to pick is cancelled."""
        cooling = self._cooling.pop(order, None)
        slip = cooling or self._waiting.pop(order, None)
        self._forget_waiting(order)
        for shipment in under_way:
            if self._claims is None or not self._claims.withdraw(t, shipment):
                self._shop.sites[shipment.node].withdraw(shipment)
            self._take_back(t, shipment, Reason.CUSTOMER)
            for line, qty in shipment.lines:
                self._cancel(t, shipment.order, line.number, qty, Reason.CUSTOMER)
        if slip is not None:
            for line in slip.lines:
                self._cancel(t, slip, line.number, line.qty, Reason.CUSTOMER)

    def assignments(self) -> list[Assignment]:
        """What nobody has begun to pick, the oldest decision first."""
        found = [shipment for site in self._shop.sites for shipment in site.pick_list]
        return [
            Assignment(
                shipment.id,
                shipment.order._replace(lines=tuple(line._replace(qty=qty) for line, qty in shipment.lines)),
                shipment.node,
                shipment.service,
                shipment.sourced_t,
            )
            for shipment in sorted(found, key=lambda shipment: shipment.id)
        ]

    def _release(self, t: int, plan: Plan) -> None:
        """What the plan takes back waits again, and is free for what it decides."""
        listed = {shipment.id: shipment for site in self._shop.sites for shipment in site.pick_list}
        for id in plan.released:
            shipment = listed[id]
            self._shop.sites[shipment.node].withdraw(shipment)
            self._take_back(t, shipment, Reason.RE_EVALUATED)

    def _take_back(self, t: int, shipment: Shipment, reason: Reason) -> None:
        shop, order = self._shop, shipment.order
        for line, qty in shipment.lines:
            shop.stock.release(t, line.sku, shipment.node, qty, order.id)
            shop.ledger.event((t, RELEASED, order.id, line.number, shipment.id, shipment.node, qty, reason, order.hop))
        shop.road.forget(shipment)
        if self._withdrawals is not None:
            self._withdrawals.taken_back(shipment)

    # -- decisions ----------------------------------------------------------------------------------------------

    def _give_up(self, t: int) -> None:
        """Lines that waited too long are withdrawn."""
        backlog = self._shop.backlog
        patience = self._sourcing.hold_s if backlog is None else backlog.patience_s
        for order in list(self._waiting.values()):
            if t - self._since.get(order.id, t) > patience:
                del self._waiting[order.id]
                self._forget_waiting(order.id)
                for line in order.lines:
                    self._cancel(t, order, line.number, line.qty, self._why_none(order, line))

    def _why_none(self, order: Order, line: Line) -> Reason:
        """Why a line found no node for so long."""
        published = self._shop.published
        if published is not None and line.request in published.lines_not_there:
            return Reason.PHANTOM
        return Reason.BACKLOG if self._shop.view.crowded_out(order, line) else Reason.NO_STOCK

    def _forget_waiting(self, order: int) -> None:
        self._since.pop(order, None)
        self._held.pop(order, None)

    def _cancel(self, t: int, order: Order, number: int, qty: int, reason: Reason) -> None:
        shop = self._shop
        if shop.backlog is not None:
            shop.backlog.leaves(t, order.id, number, qty)
        shop.ledger.event((t, CANCELLED, order.id, number, -1, -1, qty, reason, order.hop))
        shop.door.withdrawn(t, order, number, qty, reason)
        if order.collect_at >= 0:
            shop.road.cancelled(t, order.id, order.collect_at, qty)

    def _review(self, orders: list[Order]) -> None:
        t = self._env.now
        shop = self._shop
        slips = shop.view.open(t, orders)
        plan = self._plan(orders, slips)
        number = self._reviews
        self._reviews += 1
        self._record_review((number, t, len(orders), plan.status, plan.gap_ppm, plan.bound, int(plan.fallback)))
        if plan.released:
            self._release(t, plan)
            slips = {**slips, **plan.slips}
        shipments = self._open_shipments(t, plan, number, slips)
        if shop.carts is not None and plan.transfers:
            shop.carts.as_planned(plan.transfers)
        for order in slips.values():
            self._keep_waiting(t, order, plan)
        for shipment in shipments:
            if self._claims is not None and self._claims.must_ask(shipment.node):
                self._claims.ask(t, shipment)
            else:
                shop.sites[shipment.node].add(shipment)

    def _plan(self, orders: list[Order], slips: Mapping[int, Order]) -> Plan:
        """What the policy decides, looked over before any of it is carried out."""
        view, name = self._shop.view, self._shop.policy_name
        try:
            plan = self._decider.decide(orders, view)
            if not isinstance(plan, Plan):
                raise PlanError(f"decide answered {plan!r}; it must return view.new_plan()")
            plan.check(view, {**slips, **plan.slips} if plan.slips else slips)
        except (PlanError, SolverError) as error:
            raise type(error)(f"policy {name}: {error}") from error
        except Exception as error:
            error.add_note(f"policy {name} was deciding orders {[order.id for order in orders]} at {view.now} s")
            raise
        return plan

    def _open_shipments(self, t: int, plan: Plan, review: int, orders: Mapping[int, Order]) -> list[Shipment]:
        """Reserve what was decided; decisions for one order at one node travel together, by each service apart."""
        shop, backlog = self._shop, self._shop.backlog
        reserve, decision, event = shop.stock.reserve, self._record_decision, self._record_event
        shipments: dict[tuple[int, int, int], Shipment] = {}
        for line, node, qty, service, reason in plan.decisions:
            order = orders[line.order]
            id, hop = order.id, order.hop
            shipment = shipments.get((id, node, service))
            if shipment is None:
                shipment = shipments[id, node, service] = Shipment(self._shipments, order, node, service, t)
                self._shipments += 1
                shop.road.announce(shipment)
            if backlog is not None:  # first, so that the position never counts the units twice
                backlog.leaves(t, id, line.number, qty)
            reserve(t, line.sku, node, qty, id)
            shipment.lines.append((line, qty))
            shipment.promised += qty
            decision((review, t, id, line.number, node, qty, service, hop, reason, shipment.id))
            event((t, SOURCED, id, line.number, shipment.id, node, qty, reason, hop))
        if self._withdrawals is not None:
            for shipment in shipments.values():
                self._withdrawals.sourced(shipment)
        return list(shipments.values())

    def _keep_waiting(self, t: int, order: Order, plan: Plan) -> None:
        """Whatever the plan left open stays on the waiting list; that it waits is recorded once."""
        rest = plan.left_of(order)
        if not rest:
            if self._waiting.pop(order.id, None) is not None:
                self._forget_waiting(order.id)
            return
        if self._shop.backlog is not None:
            self._shop.backlog.waits(t, order, rest)
        known = self._held.get(order.id, ())
        for line in rest:
            if line not in known:
                reason = plan.held.get((order.id, line.number), Reason.NO_NODE)
                if reason == Reason.NO_NODE and self._shop.view.crowded_out(order, line):
                    reason = Reason.BACKLOG
                event = (t, HELD, order.id, line.number, -1, -1, line.qty, reason, order.hop)
                self._shop.ledger.event(event)
        self._held[order.id] = rest
        self._waiting[order.id] = order._replace(lines=rest)
        self._since.setdefault(order.id, t)
