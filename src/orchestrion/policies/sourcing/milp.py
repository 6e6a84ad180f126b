"""Batch MILP: all orders of a review decided together, at the least weighted sum in euros."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

from orchestrion.domain.codes import Reason, ReviewStatus
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.policies.assignment import Ask, decide_each, front
from orchestrion.policies.batch import Part, decide_together
from orchestrion.policies.checks import at_least
from orchestrion.policies.free import Free
from orchestrion.policies.objective import Objective, score_of
from orchestrion.policies.solver import Limits
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.policies.sourcing.weighted import InEuros
from orchestrion.policies.splits import Splits
from orchestrion.units import MICRO, duration_s


@sourcing_policy("milp")
@dataclass(frozen=True, kw_only=True)
class BatchMilp(InEuros):
    """Decide all orders of a review together: the most units served, then the least weighted sum in euros.

    What the order-by-order rule does not see is that the last unit of a SKU may be worth more to the next customer.
    Exact for orders of up to five lines; longer orders, and those that ask more of a SKU than any single node holds,
    are assigned first, one by one. Lines left waiting although some units lie about are gathered at the end. Where the
    solver gives nothing, or stops early at less than that, the orders concerned are decided one by one, and so is the
    whole review where gathering made it dearer than that; the review says so.

    Parameters
    ----------
    review
        Time between two reviews, "30 min"; orders wait for the next one.
    eur_per_collection
        Price of calling on a node that has no work on its list yet: its first shipment of a review pays it [EUR].
        Orders then gather at fewer nodes, and a review is one model however many orders it has.
    gap
        Share of a batch's score that the solver may leave on the table to stop sooner; 0 asks for the optimum.
    node_limit
        Branch-and-bound nodes after which the solver stops with the best plan found.
    time_limit
        Time after which the solver stops, come what may, "10 min": a last resort, for what is found by then depends on
        the machine.
    """

    review: str = "30 min"
    eur_per_collection: float = 0.0
    gap: float = 0.0
    node_limit: int = 10_000
    time_limit: str = "10 min"

    reason: ClassVar[Reason] = Reason.OPTIMAL

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 0.0, "gap", "eur_per_collection")
        at_least(self, 1, "node_limit")
        for name in ("review", "time_limit"):
            try:
                seconds = duration_s(getattr(self, name))
            except ValueError as problem:
                raise ValueError(f"{name}: {problem}") from None
            if seconds < 1:
                raise ValueError(f"{name}: must be a second at least")

    def decide_by(
        self, objective: Objective, orders: Sequence[Order], view: NetworkView, splits: Splits | None = None
    ) -> Plan:
        """A plan for the waiting orders, with the solver's status, gap and bound, at the least sum of an objective."""
        plan = view.new_plan()
        if splits is not None:
            splits.review(orders, plan, view)
        free = Free(view, plan, batch=len(orders) > 1, splits=splits)
        fronts = [front(order, free) for order in orders]
        long = [order for order, found in zip(orders, fronts, strict=True) if found is not None and not found.exact]
        served = {order.id for order in long}
        if long:
            decide_each(objective, long, free, Reason.CHOSEN)
            fronts = [None if order.id in served else front(order, free) for order in orders]
        asks = [
            Ask(objective, order, found.lines, found.nodes, found.atp, view)
            for order, found in zip(orders, fronts, strict=True)
            if found is not None and found.exact
        ]
        limits = Limits(self._gap_eur(asks, free), self.node_limit, self.solver_seconds())
        parts = decide_together(asks, free, limits, collection_eur=self.eur_per_collection)
        self._write(parts, asks, free)
        gathered = bool(long)
        for order in orders:
            # what the solver left: lines to be gathered from several nodes
            waiting = tuple([line for line in order.lines if plan.open_units(line) == line.qty])
            if not waiting or order.id in served:
                continue
            if any(free.row(line.sku).any() for line in waiting):
                gathered = True
                decide_each(objective, [order._replace(lines=waiting)], free, Reason.FALLBACK)
            for line in waiting:
                if plan.open_units(line):
                    plan.hold(line, free.why_open(order, line))
        _record(plan, parts, exact=not long)
        if gathered:
            # what is gathered is no part of the programme, and may take units at the wrong moment
            return self._or_one_by_one(plan, objective, orders, view, splits)
        return plan

    def _or_one_by_one(
        self, plan: Plan, objective: Objective, orders: Sequence[Order], view: NetworkView, splits: Splits | None
    ) -> Plan:
        """The plan, or the one made order by order where that serves more units, or as many at a lower score."""
        instead = view.new_plan()
        anew = None if splits is None else splits.anew(instead)
        other = Free(view, instead, batch=len(orders) > 1, splits=anew)
        decide_each(objective, orders, other, Reason.FALLBACK)
        if self._worth(other.plan, objective, orders, view) >= self._worth(plan, objective, orders, view):
            return plan
        if splits is not None and anew is not None:
            splits.take_over(anew)
        other.plan.fallback, other.plan.status = True, ReviewStatus.FALLBACK
        other.plan.bound = other.plan.gap_ppm = -1
        return other.plan

    def _worth(self, plan: Plan, objective: Objective, orders: Sequence[Order], view: NetworkView) -> tuple[int, float]:
        """(minus the units served, the score with what collections cost): the smaller, the better."""
        slips = {order.id: order for order in orders}
        shipments: dict[tuple[int, int], list[Line]] = {}
        for line, node, qty, *_ in plan.decisions:
            shipments.setdefault((line.order, node), []).append(line._replace(qty=qty))
        units = sum(decision.qty for decision in plan.decisions)
        free = Free(view, plan, batch=False)
        calls = {node: None for _, node in shipments if not free.called(node)}
        score = sum(score_of(objective, slips[o], lines, node, view) for (o, node), lines in shipments.items())
        return -units, score + len(calls) * self.eur_per_collection * MICRO

    def solver_seconds(self) -> float:
        """The last resort [s]."""
        return float(duration_s(self.time_limit))

    def _gap_eur(self, asks: Sequence[Ask], free: Free) -> float:
        return self.gap * sum(abs(ask.best(free.room(ask.order.id))[0]) for ask in asks) / MICRO if self.gap else 0.0

    def _write(self, parts: Sequence[Part], asks: Sequence[Ask], free: Free) -> None:
        """Into the plan, in the order in which the customers came."""
        shipments = sorted(
            ((o, shipment, part.one_by_one) for part in parts for o, shipment in part.shipments),
            key=lambda found: found[:2],
        )
        for o, shipment, one_by_one in shipments:
            asked = {line.number: line for line in asks[o].lines}
            for line in shipment.lines:
                free.take(
                    asked[line.number], shipment.node, line.qty, Reason.FALLBACK if one_by_one else self.reason
                )
            free.opened(shipment.node, asks[o].order.id)


def _record(plan: Plan, parts: Sequence[Part], *, exact: bool) -> None:
    """Status, bound and gap of the whole review; -1 where there is no bound."""
    score, bound = sum(part.score for part in parts), sum(part.bound for part in parts)
    plan.fallback = any(part.one_by_one for part in parts)
    if plan.fallback:
        plan.status = ReviewStatus.FALLBACK
    else:
        proven = exact and all(part.proven for part in parts)
        plan.status = ReviewStatus.OPTIMAL if proven else ReviewStatus.FEASIBLE
    bounded = exact and isfinite(bound)
    plan.bound = round(bound) if bounded else -1
    plan.gap_ppm = round(1e6 * (score - bound) / max(1.0, abs(score))) if bounded else -1
