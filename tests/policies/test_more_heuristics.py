"""Fastest, ranked, balanced and slow-seller rules, and overstock by weeks of cover: small towns and every plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import towns
from every_plan import best, gathered, of_plan, random_orders, random_town, value
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orchestrion.domain.orders import Line, Order
from orchestrion.errors import InputError
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate
from orchestrion.testing import StillView, check_policy
from orchestrion.units import DAY, HOUR

WAREHOUSE, STORE_10, STORE_20, STORE_30 = 0, 1, 2, 3


def nodes(policy: object, *orders: Order, world: Any = None, **view: Any) -> list[int]:
    wanted = orders or (towns.order(),)
    still = StillView(world or towns.three_stores(), wanted, **view)
    return [d.node for d in make_policy(policy).decide(list(wanted), still).decisions]


def test_the_parcel_that_arrives_first_ships() -> None:
    def transit(order: Order, node: int) -> int:
        return {WAREHOUSE: 20, STORE_10: 48, STORE_20: 24, STORE_30: 24}[node] * HOUR

    assert nodes("fastest", transit_s=transit) == [WAREHOUSE]
    assert nodes("fastest", transit_s=transit, recorded=[[0, 9, 9, 9]] * 3) == [STORE_20]  # as early as 30, but nearer
    busy = [5 * HOUR, 0, HOUR, 0]
    assert nodes("fastest", transit_s=transit, backlog_s=busy) == [STORE_30]


def test_fastest_knows_the_cut_off_in_the_running_shop() -> None:
    """An order at 15:55 for the next day: the near store, 5 minutes of picking away, misses the call at 16:00."""
    at_1555, at_1550 = 15 * HOUR + 55 * 60, 15 * HOUR + 50 * 60
    slow = {"store_1": {"pick_setup_s": 8 * 60}}  # 9 minutes a shipment there, 3 elsewhere
    for t, node in ((at_1550, STORE_10), (at_1555, STORE_20)):
        world = towns.three_stores(wishes=[(t, 0, 0, towns.HOME_J1, -1, [(0, 1)])], nodes=slow)
        facts = simulate(world, make_policy("fastest"), seed=1, replication=0)
        assert facts["decisions"]["node"].tolist() == [node]
        assert facts["shipments"]["handed_t"].tolist() == [16 * HOUR]


def test_ranked_nodes_are_asked_from_the_top_and_the_others_by_distance() -> None:
    ranked = {"name": "ranked", "ranking": ["store_3", "warehouses"]}
    assert nodes(ranked) == [STORE_30]
    assert nodes(ranked, recorded=[[9, 9, 9, 0]] * 3) == [WAREHOUSE]
    assert nodes(ranked, recorded=[[0, 9, 9, 0]] * 3) == [STORE_10]
    assert nodes("ranked") == nodes("warehouse_first") == [WAREHOUSE]


def test_ranked_prefers_one_node_with_everything_to_a_split() -> None:
    order = towns.order(0, [(0, 1), (1, 1)])
    stock = [[1, 0, 0, 1], [0, 1, 0, 1], [0] * 4]
    assert nodes("ranked", order, recorded=stock) == [STORE_30, STORE_30]


def test_a_ranked_node_that_does_not_exist_is_named_with_its_place() -> None:
    with pytest.raises(InputError, match=r"policy\.ranking\.1 = 'store_9': .* did you mean 'store_"):
        nodes({"name": "ranked", "ranking": ["stores", "store_9"]})
    for ranking in ([], ["stores", "stores"]):
        with pytest.raises(InputError, match="ranking"):
            make_policy({"name": "ranked", "ranking": ranking})


def test_the_least_work_per_picker_decides_and_not_the_longest_list() -> None:
    crew = towns.three_stores(nodes={"store_2": {"pickers": 4}})
    assert nodes("balance_workload", world=crew, backlog_s=[999, 600, 1200, 400]) == [STORE_20]  # 300 s a head
    assert nodes("balance_workload") == [STORE_10]  # all idle: the nearest


def test_work_given_out_in_the_same_review_counts() -> None:
    orders = [towns.order(i, [(0, 1)]) for i in range(6)]  # three minutes each
    backlog = [9999, 0, 180, 361]
    assert nodes("balance_workload", *orders, backlog_s=backlog) == [
        STORE_10, STORE_10, STORE_20, STORE_10, STORE_20, STORE_30
    ]  # fmt: skip


def test_balancing_stays_near_and_in_time() -> None:
    backlog = [0, 900, 600, 300]
    assert nodes({"name": "balance_workload", "within_km": 25}, backlog_s=backlog) == [STORE_20]
    order = towns.order(promised_t=2 * DAY)

    def transit(order: Order, node: int) -> int:
        return (1 if node == STORE_10 else 3) * DAY

    assert nodes("balance_workload", order, backlog_s=backlog, transit_s=transit) == [STORE_10]
    careless = {"name": "balance_workload", "keep_promise": False}
    assert nodes(careless, order, backlog_s=backlog, transit_s=transit) == [WAREHOUSE]


def test_units_are_taken_where_they_sell_slowest() -> None:
    sells = towns.three_stores(walk_ins=[0, 9, 3, 6])
    near = {"name": "slowest_sellers", "within_km": 50}
    assert nodes("slowest_sellers", world=sells) == [WAREHOUSE]
    assert nodes(near, world=sells) == [STORE_20]
    assert nodes(near, world=sells, recorded=[[9, 9, 0, 9]] * 3) == [STORE_30]


def test_sales_velocity_is_that_of_the_skus_asked_for() -> None:
    shares = np.array([[0, 0.9, 0.1, 0.5], [0, 0.1, 0.9, 0.5], [0, 0, 0, 0]])
    world = towns.three_stores(walk_ins=[0, 10, 10, 10], demand={"store_popularity": shares})
    near = {"name": "slowest_sellers", "within_km": 50}
    assert nodes(near, towns.order(0, [(0, 1)]), world=world) == [STORE_20]
    assert nodes(near, towns.order(0, [(1, 1)]), world=world) == [STORE_10]


def test_overstock_can_be_counted_in_weeks_of_cover() -> None:
    # all at target; shirts sell 3, 1 and 1/2 a day, so that 21, 7 and 3.5 units are a week's cover
    world = towns.three_stores(stock=[[0, 21, 14, 5]] * 3, walk_ins=[0, 9, 3, 1.5])
    assert nodes("overstock_first", world=world) == [STORE_10]
    assert nodes({"name": "overstock_first", "weeks_of_cover": 1}, world=world) == [STORE_20]  # 0, +100, +43 %
    # with two weeks nobody has too much; 20 is exactly there, 10 at half, 30 at 5 of 7
    assert nodes({"name": "overstock_first", "weeks_of_cover": 2}, world=world) == [STORE_20]
    credit = {"name": "overstock_first", "weeks_of_cover": 1, "eur_per_overstocked_unit": 0.9}
    assert nodes(credit, world=world) == [STORE_10]  # a kilometre costs 0.10 EUR: 20 is 1 EUR farther
    assert nodes(credit | {"eur_per_overstocked_unit": 1.1}, world=world) == [STORE_20]


Reckoning = Callable[[StillView, Order, Sequence[Line], int], float]


def _arrival(view: StillView, order: Order, lines: Sequence[Line], node: int) -> float:
    return view.eta(order, lines, node) - view.now


def _queue(view: StillView, order: Order, lines: Sequence[Line], node: int) -> float:
    return view.backlog_s(node)


def _velocity(view: StillView, order: Order, lines: Sequence[Line], node: int) -> float:
    return sum(view.forecast(line.sku, node) for line in lines)


@pytest.mark.parametrize(
    ("policy", "reckoning"),
    [
        ({"name": "fastest"}, _arrival),
        ({"name": "balance_workload", "keep_promise": False}, _queue),
        ({"name": "slowest_sellers"}, _velocity),
    ],
)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_the_plan_has_the_fewest_parcels_and_then_the_best_of_all_plans(
    policy: dict[str, Any], reckoning: Reckoning, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=4, skus=3, most=2)
    shares = rng.random((3, 4))
    town = towns.town(
        stock=town.opening_stock, node_km=rng.permutation(60)[:4].tolist(), place_km=(0, 40), warehouses=0,
        walk_ins=10.0, demand={"store_popularity": shares},
    )  # fmt: skip
    orders = random_orders(rng, 1, skus=3, lines=3, units=1)
    hours = rng.integers(1, 90, 4)
    view = StillView(
        town, orders, backlog_s=rng.integers(0, 5, 4) * 600, transit_s=lambda order, node: int(hours[node]) * HOUR
    )
    assume(not gathered(view, orders))

    def price(order: Order, lines: Sequence[Line], node: int) -> float:
        return 1e9 + reckoning(view, order, lines, node)

    units, score = value(of_plan(make_policy(policy).decide(orders, view)), orders, price)
    most, least = best(view, orders, price)
    assert units == most
    assert score == pytest.approx(least, abs=1e-3, rel=0)


def test_heuristics_with_parameters_keep_the_contract() -> None:
    check_policy(make_policy({"name": "ranked", "ranking": ["store_2", "warehouses"]}))
    check_policy(make_policy({"name": "balance_workload", "within_km": 25, "keep_promise": False}))
    check_policy(make_policy({"name": "slowest_sellers", "within_km": 25}))
    check_policy(make_policy({"name": "overstock_first", "weeks_of_cover": 2}))
