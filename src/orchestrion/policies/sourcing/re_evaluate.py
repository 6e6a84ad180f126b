"""Periodic re-evaluation: what nobody has begun to pick is decided again, together with what waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from orchestrion.domain.orders import Assignment, Line, Order, joined
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Decider, NetworkView, SourcingPolicy
from orchestrion.errors import InputError, UnknownName
from orchestrion.policies.objective import Objective, score_of
from orchestrion.policies.sourcing import make_policy, sourcing_policy
from orchestrion.policies.sourcing.cheapest import Cheapest
from orchestrion.policies.what_if import Change, imagine
from orchestrion.streams import Streams
from orchestrion.units import duration_s

Parcel = tuple[int, int, tuple[tuple[int, int], ...]]  # order, node, (line number, units) ascending


@sourcing_policy("re_evaluate")
@dataclass(frozen=True, kw_only=True)
class ReEvaluate:
    """Decide by another policy, and every so often decide all assignments again that nobody has begun to pick.

    An order's best node depends on the orders that came after it: the last unit here may be worth more to somebody who
    has no other node near. Orders are promised and assigned as they come; until picking begins an assignment is only a
    plan (Xu, Allgor and Graves 2009). The policy is asked what it would do if all those units were free again; where
    that serves more units, or as many at a lower score of its own, what differs is taken back and given away anew.
    Policies without a score of their own are judged by the cost to serve.

    Parameters
    ----------
    policy
        The policy that decides: its name, or a mapping with its name and parameters.
    every
        Time between two re-evaluations, "1h"; they fall on the next review after it.
    """

    policy: Any = "cheapest"
    every: str = "1h"

    re_evaluates: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if isinstance(self.policy, Mapping):
            object.__setattr__(self, "policy", dict(self.policy))
        try:
            inner = make_policy(self.policy)
        except InputError as error:
            raise ValueError(f"policy: {'; '.join(problem.rule for problem in error.problems)}") from None
        except UnknownName as error:
            raise ValueError(f"policy: {error}") from None
        if isinstance(inner, ReEvaluate):
            raise ValueError("policy: a policy that re-evaluates already; write the one that decides")
        try:
            duration_s(self.every)
        except ValueError as problem:
            raise ValueError(f"every: {problem}") from None

    @property
    def review(self) -> str | None:
        """The period of the policy that decides, where it has one."""
        period: str | None = getattr(make_policy(self.policy), "review", None)
        return period

    def start(self, view: NetworkView, streams: Streams) -> ReEvaluation:
        """The decider of one replication."""
        return ReEvaluation(make_policy(self.policy), view, streams, duration_s(self.every))


class ReEvaluation:
    """Remembers when it last decided everything anew."""

    re_evaluates = True

    def __init__(self, policy: SourcingPolicy | Decider, view: NetworkView, streams: Streams, every_s: int) -> None:
        start = getattr(policy, "start", None)
        self._decider = cast(Decider, start(view, streams) if start else policy)
        scored = [one for one in (self._decider, policy) if hasattr(one, "price") and hasattr(one, "lateness")]
        self._objective = cast(Objective, scored[0] if scored else Cheapest())
        self._in_batches = getattr(policy, "review", None) is not None
        self._every_s = every_s
        self._due = 0

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for the waiting orders, which may take back and give away anew what was decided before."""
        assigned = view.releasable() if view.now >= self._due else ()
        if not assigned:
            return self._decide(orders, view)
        self._due = view.now + self._every_s
        stay = imagine(self._decider, orders, view, Change()) if orders else view.new_plan()
        slips = _slips(orders, assigned)
        free = Change(units=_freed(assigned, view))
        first_come = list(slips.values())
        # a policy that decides order by order would give the first comers what it gave them before: the last may choose
        sequences = (first_come,) if self._in_batches else (first_come, first_come[::-1])
        plans = [imagine(self._decider, sequence, view, free) for sequence in sequences]
        values = [self._value(_parcels(plan), slips, view) for plan in plans]
        before = [_parcel(assignment) for assignment in assigned]
        if min(values) >= self._value([*before, *_parcels(stay)], slips, view):
            return self._decide(orders, view)
        return _carried_out(plans[values.index(min(values))], assigned, view)

    def _decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        return self._decider.decide(orders, view) if orders else view.new_plan()

    def _value(self, parcels: Sequence[Parcel], slips: Mapping[int, Order], view: NetworkView) -> tuple[int, float]:
        """(units left waiting, score): the less the better, in this order."""
        served, score = 0, 0.0
        for id, node, pieces in parcels:
            order = slips[id]
            lines = _lines(order, pieces)
            served += sum(line.qty for line in lines)
            score += score_of(self._objective, order, lines, node, view)
        return -served, score


def _slips(orders: Sequence[Order], assigned: Sequence[Assignment]) -> dict[int, Order]:
    """Every order that waits or might be decided anew, with all its lines; the longest placed first."""
    slips: dict[int, Order] = {}
    for order in (*orders, *(assignment.order for assignment in assigned)):
        known = slips.get(order.id)
        slips[order.id] = order if known is None else joined(known, order)
    return dict(sorted(slips.items(), key=lambda item: (item[1].t, item[0])))


def _freed(assigned: Sequence[Assignment], view: NetworkView) -> dict[tuple[int, int], int]:
    """Units more to promise at each (SKU, node) if everything were taken back."""
    units: dict[tuple[int, int], int] = {}
    for assignment in assigned:
        for line in assignment.order.lines:
            units[line.sku, assignment.node] = units.get((line.sku, assignment.node), 0) + line.qty
    return {cell: view.freed(*cell, qty) for cell, qty in units.items()}


def _parcel(assignment: Assignment) -> Parcel:
    pieces = tuple(sorted((line.number, line.qty) for line in assignment.order.lines))
    return assignment.order.id, assignment.node, pieces


def _parcels(plan: Plan) -> list[Parcel]:
    """What a plan would send: one parcel for an order and node."""
    pieces: dict[tuple[int, int], dict[int, int]] = {}
    for line, node, qty, _, _ in plan.decisions:
        mine = pieces.setdefault((line.order, node), {})
        mine[line.number] = mine.get(line.number, 0) + qty
    return [(order, node, tuple(sorted(lines.items()))) for (order, node), lines in pieces.items()]


def _lines(order: Order, pieces: tuple[tuple[int, int], ...]) -> list[Line]:
    by_number = {line.number: line for line in order.lines}
    return [by_number[number]._replace(qty=qty) for number, qty in pieces]


def _carried_out(anew: Plan, assigned: Sequence[Assignment], view: NetworkView) -> Plan:
    """The plan that turns what is assigned into what was decided anew; what stays the same is left alone."""
    plan = view.new_plan()
    wanted = set(_parcels(anew))  # only looked up
    same: set[tuple[int, int]] = set()
    for assignment in assigned:
        parcel = _parcel(assignment)
        if parcel in wanted and parcel[:2] not in same:
            same.add(parcel[:2])
        else:
            plan.release(assignment)
    for line, node, qty, _, reason in anew.decisions:
        if (line.order, node) not in same:
            slip = plan.slips.get(line.order) or view.waiting(line.order)
            assert slip is not None  # its lines wait, or were taken back just now
            mine = next(known for known in slip.lines if known.number == line.number)
            plan.source(mine, node, qty, reason=reason)
    plan.status, plan.gap_ppm, plan.bound, plan.fallback = anew.status, anew.gap_ppm, anew.bound, anew.fallback
    plan.held |= anew.held
    return plan
