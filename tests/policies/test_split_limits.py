"""How far an order may be split, over all reviews: what counts, what is remembered, and for how long."""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
import pytest
import towns
from test_batch_milp import IN_COST_ONLY

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Assignment, Order
from orchestrion.policies.sourcing import make_policy
from orchestrion.policies.splits import Splits
from orchestrion.streams import Streams
from orchestrion.testing import StillView
from orchestrion.units import MICRO


def split_orders() -> tuple[Any, list[Order]]:
    """A shirt in store 1, jeans in store 2, a lamp in store 3."""
    town = towns.town(stock=[[9, 0, 0], [0, 9, 0], [0, 0, 9]], node_km=(1, 2, 3), place_km=(0,), warehouses=0)
    return town, [towns.order(0, [(0, 1), (1, 2), (2, 1)])]


@pytest.mark.parametrize("name", ["weighted", "milp", "bid_price", "protection", "dilated_rounding", "rules"])
def test_what_has_left_before_counts_and_what_a_picker_missed_does_not(name: str) -> None:
    town, orders = split_orders()
    rules = {"rules": [{"action": "allow partial"}]} if name == "rules" else {}
    policy: Any = make_policy({"name": name, "max_shipments": 2, **rules})
    decider = policy.start(StillView(town, orders), Streams(1, 0))

    def sent(slip: Order) -> list[tuple[int, int]]:
        plan = decider.decide([slip], StillView(town, [slip]))
        return sorted((d.line.number, d.node) for d in plan.decisions)

    (order,) = orders
    first = sent(order)
    assert len(first) == 2
    assert (1, 1) in first  # two units of it: the most units leave
    left = next(line for line in order.lines if line.number not in [number for number, _ in first])
    assert sent(order._replace(lines=(left,))) == []  # the limit is used up, however often it is asked
    missed = order._replace(lines=(order.lines[1],), hop=1)
    assert sent(missed) == [(1, 1)]  # short-picked: counts anew


def test_of_two_halves_with_as_many_units_the_cheaper_leaves() -> None:
    # shirt and jeans at store 1 for 9 EUR, lamp and shirt at store 2 for 5: two units either way, in one shipment
    town = towns.town(stock=[[1, 1], [1, 0], [0, 1]], node_km=(1, 2), place_km=(0,), warehouses=0)
    orders = [towns.order(0, [(0, 1), (1, 1), (2, 1)])]
    view = StillView(town, orders, cost=lambda order, lines, distance: np.array([9, 5]) * MICRO)
    for name in ("weighted", "milp"):
        plan = make_policy({"name": name, "max_shipments": 1, **IN_COST_ONLY}).decide(orders, view)
        assert {(d.line.sku, d.node) for d in plan.decisions} == {(0, 1), (2, 1)}, name
        assert plan.held == {(0, 1): Reason.SPLIT_LIMIT}, name  # there is one, and it may not leave any more


def test_one_line_of_five_units_goes_before_two_lines_of_one() -> None:
    town = towns.town(stock=[[0, 1], [0, 1], [5, 0]], node_km=(1, 2), place_km=(0,), warehouses=0)
    orders = [towns.order(0, [(0, 1), (1, 1), (2, 5)])]
    view = StillView(town, orders, cost=lambda order, lines, distance: np.array([9, 5]) * MICRO)
    for name in ("weighted", "milp"):
        plan = make_policy({"name": name, "max_shipments": 1, **IN_COST_ONLY}).decide(orders, view)
        assert {(d.line.sku, d.qty) for d in plan.decisions} == {(2, 5)}, name


def test_what_leaves_one_node_at_one_review_is_one_shipment() -> None:
    town, (order,) = towns.town(stock=[[9]], node_km=(1,), place_km=(0,), warehouses=0), [towns.order(4)]
    splits, view = Splits(2), StillView(town, [order])
    splits.review([order], view.new_plan(), view)
    splits.opened(4, 1)
    splits.opened(4, 1)
    assert splits.room(4) == 1
    splits.review([order], view.new_plan(), view)  # at another review it is another parcel
    splits.opened(4, 1)
    assert splits.room(4) == 0
    assert splits.twin().room(4) == 0


def test_an_order_is_remembered_while_it_may_come_again() -> None:
    town = towns.town(stock=[[9]], node_km=(1,), place_km=(0,), warehouses=0)
    orders = [towns.order(id, [(0, 2)]) for id in range(5000)]
    view = StillView(town, orders[:1])
    may_be_taken_back = [Assignment(9, orders[1], 1, 0, 0)]
    view.releasable = lambda: may_be_taken_back  # type: ignore[method-assign]
    splits = Splits(2)
    for order in orders:
        plan = view.new_plan()
        splits.review([order], plan, view)
        plan._decided[order.id, 0] = 1 if order.id == 0 else 2  # half of the first one waits
        splits.opened(order.id, 1)
    plan = view.new_plan()
    splits.review(orders[:3], plan, view)
    assert [splits.room(id) for id in range(3)] == [1, 1, 2]  # the third was decided whole, long ago
    assert splits.twin().room(0) == 1
    assert len(splits._sent) < 2500  # and so were thousands
    may_be_taken_back.clear()  # its picking began
    plan._decided[1, 0] = 2
    splits._many = 0
    splits.review(orders[:2], plan, view)
    assert [splits.room(id) for id in range(2)] == [1, 2]
    instead = view.new_plan()
    anew = splits.anew(instead)
    instead._decided[0, 0] = 2
    splits.take_over(anew)  # what is carried out serves all of the first order
    splits._many = 0
    splits.review(orders[:1], view.new_plan(), view)
    assert splits.room(0) == 2


def test_a_long_order_keeps_its_largest_shipments() -> None:
    town = towns.town(
        stock=[[1, 0, 0]] + [[0, 1, 0]] * 2 + [[0, 0, 1]] * 3, node_km=(1, 2, 3), place_km=(0,), warehouses=0,
        prices=[1.0] * 6, costs=[1.0] * 6, grams=[1] * 6, cm3=[1] * 6,
    )  # fmt: skip
    orders = [towns.order(0, [(sku, 1) for sku in range(6)])]
    plan = make_policy({"name": "weighted", "max_shipments": 2}).decide(orders, StillView(town, orders))
    assert sorted(d.node for d in plan.decisions) == [1, 1, 2, 2, 2]
    assert plan.held == {(0, 0): Reason.SPLIT_LIMIT}


def test_splits_stay_within_their_limit_through_a_whole_simulated_week() -> None:
    world = towns.three_stores(
        [[0, 3, 3, 3], [0, 0, 4, 0], [0, 5, 0, 2]], days=7, online_per_day=20.0, low=[[-1, 1, 0, 0]] * 3,
        up_to=[[0, 3, 3, 3]] * 3, sourcing={"hold_s": 5 * 86_400}, demand={"lines": np.array([0.2, 0.4, 0.4])},
    )  # fmt: skip

    def most(policy: dict[str, Any]) -> int:
        facts = audits.run(world, policy, seed=4)
        audits.audit(world, facts)
        shipped = facts["shipments"]["order"]
        return int(np.bincount(shipped).max())

    assert most({"name": "weighted"}) > 1
    assert most({"name": "weighted", "max_shipments": 1}) == 1
    assert most({"name": "milp", "review": "2h", "max_shipments": 1}) == 1
    partial = {"name": "rules", "rules": [{"action": "allow partial"}], "fallback": "nearest"}
    assert most(partial) > 1
    assert most(partial | {"max_shipments": 1}) == 1
    for inner in ({"name": "weighted"}, partial):
        deciding_again = {"name": "re_evaluate", "every": "1h", "policy": inner | {"max_shipments": 1}}
        assert most(deciding_again) == 1
