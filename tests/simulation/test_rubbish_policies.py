"""A policy that answers nonsense stops the run with its name and the order's; nothing of the plan is carried out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from towns import three_stores

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Decision, Plan
from orchestrion.domain.view import NetworkView
from orchestrion.errors import PlanError
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate

Forgery = Callable[[Plan, Line], None]


def written_past_the_plan(qty: Any, node: int, service: int = 0, **line: int) -> Forgery:
    def forge(plan: Plan, asked: Line) -> None:
        plan.decisions.append(Decision(asked._replace(**line), node, qty, service, Reason.CHOSEN))

    return forge


class Rubbish:
    """Decides sensibly until the 10th order, then writes something else into its plan."""

    def __init__(self, forge: Forgery) -> None:
        self.forge, self.seen = forge, 0

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        self.seen += len(orders)
        if self.seen < 10:
            return make_policy("nearest").decide(orders, view)  # type: ignore[attr-defined, no-any-return]
        plan = view.new_plan()
        self.forge(plan, orders[0].lines[0])
        return plan


def twice(plan: Plan, line: Line) -> None:
    plan.source(line, 0)
    plan.decisions.append(plan.decisions[0])


def forged_line(plan: Plan, line: Line) -> None:
    plan.source(line._replace(qty=3), 0)  # the customer asked for one


@pytest.mark.parametrize(
    ("forge", "message"),
    [
        (written_past_the_plan(51, 0), "51 units promised where 1 wait"),
        (written_past_the_plan(-3, 0), "-3 units promised"),
        (written_past_the_plan(0, 0), "0 units promised"),
        (written_past_the_plan(0.5, 0), "0.5 units promised"),
        (written_past_the_plan(1, 0, order=999_999), "order 999999 line 0: no such line waits"),
        (written_past_the_plan(1, 0, number=7), "line 7: no such line waits"),
        (written_past_the_plan(1, 0, sku=-1), "no such line waits"),
        (written_past_the_plan(1, 77), "service 0 does not bring it from node 77"),
        (written_past_the_plan(1, -1), "service 0 does not bring it from node -1"),
        (written_past_the_plan(1, 0, service=3), "service 3 does not bring it"),
        (twice, "1 units promised where 0 wait"),
        (forged_line, "3 units promised where 1 wait"),
    ],
)
def test_a_forged_decision_is_refused_with_the_policy_and_the_order(forge: Forgery, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        simulate(three_stores(online_per_day=30.0, days=4), Rubbish(forge), seed=1, replication=0)
    assert message in str(caught.value)
    assert str(caught.value).startswith("policy Rubbish: order ")


def test_more_than_is_there_is_refused_however_it_is_written() -> None:
    def forge(plan: Plan, line: Line) -> None:
        plan.decisions.append(Decision(line, 1, line.qty, 0, Reason.CHOSEN))

    with pytest.raises(PlanError, match=r"policy Rubbish: order \d+ line 0: 1 units of SKU \d promised at node 1"):
        simulate(three_stores([[50, 0, 5, 5]] * 3, online_per_day=30.0, days=4), Rubbish(forge), seed=1, replication=0)


def test_a_promise_that_is_not_there_names_the_policy_too() -> None:
    class Greedy:
        policy_name = "greedy"

        def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
            plan = view.new_plan()
            for order in orders:
                plan.source(order.lines[0], 1)
            return plan

    with pytest.raises(PlanError, match=r"policy greedy: order \d+ line 0: 1 units of SKU \d promised at node 1"):
        simulate(three_stores(online_per_day=60.0, days=4), Greedy(), seed=1, replication=0)


def test_an_old_plan_is_not_carried_out_again() -> None:
    class Lazy:
        plan: Plan | None = None

        def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
            self.plan = self.plan or view.new_plan()
            return self.plan

    with pytest.raises(PlanError, match="policy Lazy: the plan is not one of this review"):
        simulate(three_stores(online_per_day=30.0, days=4), Lazy(), seed=1, replication=0)


@pytest.mark.parametrize("answer", [None, [], "nearest"])
def test_what_is_no_plan_is_refused(answer: object) -> None:
    class Mute:
        def decide(self, orders: Sequence[Order], view: NetworkView) -> object:
            return answer

    with pytest.raises(PlanError, match=r"policy Mute: decide answered .* it must return view.new_plan\(\)"):
        simulate(three_stores(online_per_day=30.0, days=2), Mute(), seed=1, replication=0)  # type: ignore[arg-type]


def test_a_policy_that_fails_says_over_which_orders() -> None:
    class Broken:
        def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
            raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError) as caught:
        simulate(three_stores(online_per_day=30.0, days=2), Broken(), seed=1, replication=0)
    first = caught.value.__cause__ or caught.value  # SimPy hands on a copy
    assert first.__notes__[0].startswith("policy Broken was deciding orders [")
