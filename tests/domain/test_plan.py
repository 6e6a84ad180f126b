"""A plan cannot promise a unit twice: it checks itself while it is written."""

from __future__ import annotations

import pytest
from fakes import StillView
from hypothesis import given
from hypothesis import strategies as st
from towns import COLLECT, order, three_stores

from orchestrion.domain.codes import Reason, ReviewStatus
from orchestrion.domain.plan import Plan
from orchestrion.errors import PlanError


def view(orders: list, recorded: object = None) -> StillView:  # type: ignore[type-arg]
    return StillView(three_stores(), orders, **({} if recorded is None else {"recorded": recorded}))


def test_a_promise_is_subtracted_for_the_rest_of_the_plan() -> None:
    one, two = order(0, [(0, 3)]), order(1, [(0, 3)])
    plan = view([one, two]).new_plan()
    plan.source(one.lines[0], 1)
    assert plan.atp(0, 1) == 2
    assert plan.open_units(one.lines[0]) == 0
    assert not plan.can_source(two.lines[0], 1)
    assert plan.can_source(two.lines[0], 1, 2)
    with pytest.raises(PlanError, match="3 units of SKU 0 promised at node 1, where 2 are available to promise"):
        plan.source(two.lines[0], 1)


def test_a_line_may_be_shared_by_nodes_but_not_served_twice() -> None:
    one = order(0, [(0, 3)])
    plan = view([one]).new_plan()
    plan.source(one.lines[0], 1, 2, reason=Reason.NEAREST)
    plan.source(one.lines[0], 2)
    assert [(d.node, d.qty, d.reason) for d in plan.decisions] == [(1, 2, Reason.NEAREST), (2, 1, Reason.CHOSEN)]
    with pytest.raises(PlanError, match="0 units promised where 0 wait"):
        plan.source(one.lines[0], 3)
    with pytest.raises(PlanError, match="1 units promised where 0 wait"):
        plan.source(one.lines[0], 3, 1)


@pytest.mark.parametrize("qty", [0, -1, 4])
def test_only_open_units_are_promised(qty: int) -> None:
    one = order(0, [(0, 3)])
    with pytest.raises(PlanError, match=r"ask plan\.open_units"):
        view([one]).new_plan().source(one.lines[0], 0, qty)


@pytest.mark.parametrize("node", [-1, 4, 99])
def test_a_node_that_does_not_exist_serves_nobody(node: int) -> None:
    one = order(0, [(0, 1)])
    with pytest.raises(PlanError, match="may not serve it"):
        view([one]).new_plan().source(one.lines[0], node)


def test_a_line_that_does_not_wait_is_refused() -> None:
    one = order(0, [(0, 1)])
    with pytest.raises(PlanError, match="may not serve it"):
        view([one]).new_plan().source(one.lines[0]._replace(order=5), 1)


def test_the_service_is_that_of_the_option_and_no_other() -> None:
    one, two = order(0, [(0, 1)]), order(1, [(0, 1)], option=COLLECT, collect_at=2)
    plan = view([one, two]).new_plan()
    plan.source(one.lines[0], 2)
    plan.source(two.lines[0], 2)
    world = three_stores()
    assert [world.services[d.service].kind for d in plan.decisions] == ["parcel", "counter"]
    with pytest.raises(PlanError, match="by service 3"):
        view([one]).new_plan().source(one.lines[0], 1, service=3)


def test_an_empty_plan_holds_everything_and_claims_nothing() -> None:
    one = order(0, [(0, 1)])
    plan = view([one]).new_plan()
    plan.hold(one.lines[0], Reason.NO_STOCK)
    assert plan.held == {(0, 0): Reason.NO_STOCK}
    assert plan.decisions == []
    assert (plan.status, plan.gap_ppm, plan.fallback) == (ReviewStatus.HEURISTIC, 0, False)


@given(
    wishes=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 6)), min_size=1, max_size=6),
    tries=st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 5), st.integers(-1, 7)), max_size=40),
)
def test_whatever_is_tried_no_unit_is_promised_twice(
    wishes: list[tuple[int, int]], tries: list[tuple[int, int, int]]
) -> None:
    orders = [order(i, [wish]) for i, wish in enumerate(wishes)]
    recorded = [[4, 2, 0, 3]] * 3
    plan: Plan = view(orders, recorded).new_plan()
    for which, node, qty in tries:
        if which < len(orders):
            try:
                plan.source(orders[which].lines[0], node, qty)
            except PlanError:
                continue
    promised: dict[tuple[int, int], int] = {}
    served: dict[int, int] = {}
    for line, node, qty, _, _ in plan.decisions:
        promised[line.sku, node] = promised.get((line.sku, node), 0) + qty
        served[line.order] = served.get(line.order, 0) + qty
    assert all(units <= recorded[sku][node] for (sku, node), units in promised.items())
    assert all(units <= wishes[o][1] for o, units in served.items())
    assert all(qty > 0 for _, _, qty, _, _ in plan.decisions)


# ---- looked over once more, unless every decision was written by `source` for lines as they wait --------------


def test_a_plan_written_by_source_is_not_looked_over_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    one = order(0, [(0, 3), (1, 1)])
    shown = view([one])
    plan = shown.new_plan()
    plan.source(one.lines[0], 1, 2)
    plan.source(one.lines[0], 2)
    plan.source(one.lines[1], 2)
    asked: list[object] = []
    monkeypatch.setattr(shown, "service", lambda line, node: asked.append(line) or 0)
    plan.check(shown, {0: one})
    assert not asked


def test_a_line_that_the_policy_enlarged_is_found_out() -> None:
    one = order(0, [(0, 1)])
    shown = view([one])
    plan = shown.new_plan()
    plan.source(one.lines[0]._replace(qty=3), 1)
    with pytest.raises(PlanError, match="3 units promised where 1 wait"):
        plan.check(shown, {0: one})


def test_a_line_that_the_policy_made_up_is_found_out() -> None:
    one = order(0, [(0, 1)])
    shown = view([one])
    for made_up in (one.lines[0]._replace(sku=2), one.lines[0]._replace(number=1)):
        plan = shown.new_plan()
        plan.source(made_up, 1)
        with pytest.raises(PlanError, match="no such line waits"):
            plan.check(shown, {0: one})


def test_a_line_of_an_order_that_is_not_decided_now_is_found_out() -> None:
    one, other = order(0, [(0, 1)]), order(1, [(0, 1)])
    shown = view([one, other])
    plan = shown.new_plan()
    plan.source(other.lines[0], 1)
    with pytest.raises(PlanError, match="no such line waits"):
        plan.check(shown, {0: one})


def test_half_a_unit_is_found_out() -> None:
    one = order(0, [(0, 2)])
    shown = view([one])
    plan = shown.new_plan()
    plan.source(one.lines[0], 1, 1.5)  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="whole units"):
        plan.check(shown, {0: one})


def test_a_decision_written_twice_is_found_out() -> None:
    one = order(0, [(0, 2)])
    shown = view([one])
    plan = shown.new_plan()
    plan.source(one.lines[0], 1)
    plan.decisions.append(plan.decisions[0])
    with pytest.raises(PlanError, match="2 units promised where 0 wait"):
        plan.check(shown, {0: one})
