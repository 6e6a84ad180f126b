"""Batch MILP: all orders of a review decided together, at the least weighted sum in euros."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from orchestrion.domain.codes import Reason, ReviewStatus
from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.policies.assignment import Ask, decide_each, front
from orchestrion.policies.batch import Part, decide_together
from orchestrion.policies.checks import at_least
from orchestrion.policies.free import Free
from orchestrion.policies.objective import Objective
from orchestrion.policies.solver import Limits
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.policies.sourcing.weighted import InEuros
from orchestrion.units import MICRO, duration_s


@sourcing_policy("milp")
@dataclass(frozen=True, kw_only=True)
class BatchMilp(InEuros):
    """Decide all orders of a review together: the most units served, then the least weighted sum in euros.

    What the order-by-order rule does not see is that the last unit of a SKU may be worth more to the next customer.
    Exact for orders of up to five lines; longer orders, and those that ask more of a SKU than any single node holds,
    are assigned first, one by one. Lines left waiting although some units lie about are gathered at the end. If the
    solver gives nothing, the orders concerned are decided one by one, and the review says so.

    Parameters
    ----------
    review
        Time between two reviews, "30 min"; orders wait for the next one.
    gap
        Share of a batch's score that the solver may leave on the table to stop sooner; 0 asks for the optimum.
    node_limit
        Branch-and-bound nodes after which the solver stops with the best plan found.
    """

    review: str = "30 min"
    gap: float = 0.0
    node_limit: int = 10_000

    reason: ClassVar[Reason] = Reason.OPTIMAL

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 0.0, "gap")
        at_least(self, 1, "node_limit")
        try:
            seconds = duration_s(self.review)
        except ValueError as problem:
            raise ValueError(f"review: {problem}") from None
        if seconds < 1:
            raise ValueError("review: must be a second at least")

    def decide_by(self, objective: Objective, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for the waiting orders, with the solver's status, gap and bound, at the least sum of an objective."""
        plan = view.new_plan()
        free = Free(view, plan, batch=len(orders) > 1)
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
        parts = decide_together(asks, free, Limits(gap=self._gap_eur(asks), nodes=self.node_limit))
        self._write(parts, free)
        for order in orders:
            # what the solver left: lines to be gathered from several nodes, or all of it when it gave nothing
            waiting = tuple(line for line in order.lines if plan.open_units(line) == line.qty)
            if waiting and order.id not in served:
                decide_each(objective, [order._replace(lines=waiting)], free, Reason.FALLBACK)
        _record(plan, parts, exact=not long)
        return plan

    def _gap_eur(self, asks: Sequence[Ask]) -> float:
        return self.gap * sum(abs(ask.best()[0]) for ask in asks) / MICRO if self.gap else 0.0

    def _write(self, parts: Sequence[Part], free: Free) -> None:
        """Into the plan, in the order in which the customers came."""
        shipments = sorted((o, shipment) for part in parts for o, shipment in part.shipments)
        for _, shipment in shipments:
            for line in shipment.lines:
                free.take(line, shipment.node, line.qty, self.reason)
            free.opened(shipment.node)


def _record(plan: Plan, parts: Sequence[Part], *, exact: bool) -> None:
    """Status, bound and gap of the whole review; -1 where there is no bound."""
    if any(part.failed for part in parts):
        plan.status, plan.fallback, plan.bound, plan.gap_ppm = ReviewStatus.FALLBACK, True, -1, -1
        return
    score, bound = sum(part.score for part in parts), sum(part.bound for part in parts)
    proven = exact and all(part.proven for part in parts)
    plan.status = ReviewStatus.OPTIMAL if proven else ReviewStatus.FEASIBLE
    plan.bound = round(bound) if exact else -1
    plan.gap_ppm = round(1e6 * (score - bound) / max(1.0, abs(score))) if exact else -1
