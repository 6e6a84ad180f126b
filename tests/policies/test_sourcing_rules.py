"""Each rule on a town to be checked in the head: stores at km 10, 20, 30, warehouse at 100, address at 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import towns

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Order
from orchestrion.policies.sourcing import make_policy
from orchestrion.testing import StillView
from orchestrion.units import MICRO

WAREHOUSE, STORE_10, STORE_20, STORE_30 = 0, 1, 2, 3


def nodes(policy: object, *orders: Order, world: Any = None, **view: Any) -> list[int]:
    """The nodes that serve the lines, line by line."""
    still = StillView(world or towns.three_stores(), orders, **view)
    return [d.node for d in make_policy(policy).decide(list(orders), still).decisions]


def test_the_nearest_store_ships() -> None:
    assert nodes("nearest", towns.order()) == [STORE_10]
    assert nodes("nearest", towns.order(place=1)) == [STORE_30]


def test_the_nearest_store_with_everything_ships_even_if_a_nearer_one_has_a_part() -> None:
    order = towns.order(0, [(0, 1), (1, 1)])
    assert nodes("nearest", order, recorded=[[9, 1, 0, 1], [9, 0, 1, 1], [0] * 4]) == [STORE_30, STORE_30]


def test_a_split_uses_as_few_parcels_as_it_can() -> None:
    order = towns.order(0, [(0, 1), (1, 1), (2, 1)])
    stock = [[0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 1, 0]]  # 10 has a shirt, 20 jeans and lamp, 30 shirt and jeans
    assert nodes("nearest", order, recorded=stock) == [STORE_10, STORE_20, STORE_20]


def test_nearest_ignores_what_lies_beyond_its_reach() -> None:
    empty_near = [[9, 0, 0, 9]] * 3
    assert nodes({"name": "nearest", "within_km": 50}, towns.order(), recorded=empty_near) == [STORE_30]
    assert nodes({"name": "nearest", "within_km": 25}, towns.order(), recorded=empty_near) == []


def test_a_collection_order_is_served_by_its_own_store_first() -> None:
    order = towns.order(0, [(0, 1)], option=towns.COLLECT, collect_at=STORE_30)
    assert nodes("nearest", order) == [STORE_30]
    assert nodes("nearest", order, recorded=[[9, 9, 9, 0]] * 3) == [STORE_20]


def test_the_cheapest_node_ships_and_not_the_nearest() -> None:
    def cost(order, lines, distance):
        return np.array([4, 7, 6, 5]) * MICRO

    assert nodes("cheapest", towns.order(), cost=cost) == [WAREHOUSE]


def test_the_cheapest_rule_splits_where_two_parcels_cost_less_than_one() -> None:
    order = towns.order(0, [(0, 1), (2, 1)])
    stock = [[1, 1, 0, 0], [0] * 4, [1, 0, 1, 0]]  # only the warehouse has both: 5 + 1 + 10 = 16 EUR
    dear = nodes("cheapest", order, recorded=stock)  # split: 5 + .5 + 1 and 5 + .5 + 2 = 14 EUR
    assert dear == [STORE_10, STORE_20]
    assert nodes("fewest_splits", order, recorded=stock) == [WAREHOUSE, WAREHOUSE]


def test_the_warehouse_ships_before_any_store() -> None:
    assert nodes("warehouse_first", towns.order()) == [WAREHOUSE]
    assert nodes("warehouse_first", towns.order(), recorded=[[0, 0, 1, 1]] * 3) == [STORE_20]


def test_warehouse_first_prefers_one_store_with_everything_to_a_split() -> None:
    order = towns.order(0, [(0, 1), (1, 1)])
    assert nodes("warehouse_first", order, recorded=[[1, 0, 0, 1], [0, 1, 0, 1], [0] * 4]) == [STORE_30] * 2
    split = nodes("warehouse_first", order, recorded=[[1, 1, 0, 0], [0, 0, 1, 0], [0] * 4])
    assert split == [WAREHOUSE, STORE_20]


def test_overstock_leaves_first_relative_to_the_target() -> None:
    world = towns.three_stores(stock=[[50, 6, 8, 20]] * 3, up_to=[[50, 5, 5, 15]] * 3)
    # above target: warehouse 0 %, 10: 20 %, 20: 60 %, 30: 33 %
    assert nodes("overstock_first", towns.order(), world=world) == [STORE_20]


def test_without_overstock_the_nearest_of_the_best_stocked_ships() -> None:
    assert nodes("overstock_first", towns.order()) == [STORE_10]  # all exactly at target
    world = towns.three_stores(up_to=[[50, 10, 5, 5]] * 3)  # the nearest store is at half its target
    assert nodes("overstock_first", towns.order(), world=world) == [STORE_20]


def test_a_credit_for_overstock_must_pay_for_the_way() -> None:
    world = towns.three_stores(stock=[[50, 5, 5, 9]] * 3, up_to=[[50, 5, 5, 5]] * 3)
    # store 30 is 20 km farther than store 10: 2 EUR more
    assert nodes({"name": "overstock_first", "eur_per_overstocked_unit": 1.9}, towns.order(), world=world) == [STORE_10]
    assert nodes({"name": "overstock_first", "eur_per_overstocked_unit": 2.1}, towns.order(), world=world) == [STORE_30]
    weighted = {"name": "weighted", "eur_per_overstocked_unit": 2.1, "eur_per_t_co2e": 0}
    assert nodes(weighted, towns.order(), world=world) == [STORE_30]


def test_the_greenest_node_ships() -> None:
    def co2e(order, lines, distance):
        return np.array([100, 400, 300, 200])

    assert nodes("lowest_co2e", towns.order(), co2e=co2e) == [WAREHOUSE]


def test_a_price_on_carbon_moves_the_choice_where_it_should() -> None:
    # store 10 costs 1 EUR less than store 20 and emits 10 kg more: the price that makes them equal is 100 EUR a tonne
    def cost(order, lines, distance):
        return np.array([90, 5, 6, 90]) * MICRO

    def co2e(order, lines, distance):
        return np.array([99, 12, 2, 99]) * 1_000_000

    for price, expected in ((99.0, STORE_10), (101.0, STORE_20)):
        rule = {"name": "weighted", "eur_per_t_co2e": price, "eur_per_day_late": 0}
        assert nodes(rule, towns.order(), cost=cost, co2e=co2e) == [expected]


def test_first_come_first_promised() -> None:
    orders = [towns.order(i, [(0, 1)]) for i in range(3)]
    assert nodes("nearest", *orders, recorded=[[0, 1, 1, 1]] * 3) == [STORE_10, STORE_20, STORE_30]


def test_a_daily_cap_holds_within_one_review() -> None:
    orders = [towns.order(i, [(0, 1)]) for i in range(3)]
    for name in ("nearest", "cheapest", "milp"):
        assert sorted(nodes(name, *orders, capacity=[9, 1, 1, 9])) == [STORE_10, STORE_20, STORE_30], name


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("nearest", Reason.NEAREST), ("cheapest", Reason.CHEAPEST), ("warehouse_first", Reason.WAREHOUSE_FIRST),
        ("overstock_first", Reason.OVERSTOCK_FIRST), ("fewest_splits", Reason.FEWEST_SPLITS),
        ("lowest_co2e", Reason.LOWEST_CO2E), ("weighted", Reason.CHOSEN), ("milp", Reason.OPTIMAL),
    ],
)  # fmt: skip
def test_each_decision_says_which_rule_took_it(policy: str, reason: Reason) -> None:
    order = towns.order()
    view = StillView(towns.three_stores(), [order])
    assert [d.reason for d in make_policy(policy).decide([order], view).decisions] == [reason]
