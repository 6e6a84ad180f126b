"""The assignment of one order against every possible one."""

from __future__ import annotations

import numpy as np
import pytest
import towns
from every_plan import Tariff, best, gathered, of_plan, random_orders, random_town, value
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orchestrion.domain.codes import Reason
from orchestrion.policies.assignment import decide_each, partitions
from orchestrion.policies.free import Free
from orchestrion.policies.sourcing import make_policy
from orchestrion.testing import StillView
from orchestrion.units import DAY, MICRO


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_the_cheapest_plan_of_one_order_is_the_cheapest_of_all_plans(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=int(rng.integers(1, 5)), skus=4, most=2)
    orders = random_orders(rng, 1, skus=4, lines=4, units=1)
    tariff = Tariff(rng, 1, len(town.nodes))
    view = StillView(town, orders, cost=tariff)
    assume(not gathered(view, orders))
    plan = make_policy("cheapest").decide(orders, view)
    assert value(of_plan(plan), orders, tariff.price) == best(view, orders, tariff.price)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_fewest_splits_counts_parcels_first_and_euros_second(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=4, skus=4, most=1)
    orders = random_orders(rng, 1, skus=4, lines=4, units=1)
    tariff = Tariff(rng, 1, 4)
    view = StillView(town, orders, cost=tariff)
    assume(not gathered(view, orders))

    def parcels_then_euros(order, lines, node):
        return 1e9 * MICRO + tariff.price(order, lines, node)

    plan = make_policy("fewest_splits").decide(orders, view)
    assert value(of_plan(plan), orders, parcels_then_euros) == best(view, orders, parcels_then_euros)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_the_weighted_plan_is_the_best_of_all_plans_in_its_own_euros(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(2, 5))
    town = random_town(rng, nodes, skus=3, most=3)
    town = towns.town(
        stock=town.opening_stock, node_km=rng.permutation(60)[:nodes].tolist(), place_km=(0, 40), warehouses=0,
        grams=[500] * 3, cm3=[1000] * 3, up_to=rng.integers(0, 4, (3, nodes)),
    )  # fmt: skip
    orders = random_orders(rng, 1, skus=3, lines=3, units=2)
    tariff = Tariff(rng, 1, nodes)
    days = rng.integers(0, 6, nodes)
    view = StillView(town, orders, cost=tariff, transit_s=lambda order, node: int(days[node]) * DAY)
    assume(not gathered(view, orders))
    late, tonne, split, surplus = 2.0, 150.0, 1.5, 2.5
    policy = make_policy(
        {
            "name": "weighted",
            "eur_per_day_late": late,
            "eur_per_t_co2e": tonne,
            "eur_per_split": split,
            "eur_per_overstocked_unit": surplus,
        }
    )

    def euros(order, lines, node):
        over = [view.recorded(line.sku, node) - int(town.replenishment.up_to[line.sku, node]) for line in lines]
        moved = sum(min(line.qty, max(0, extra)) for line, extra in zip(lines, over, strict=True))
        delay = max(0, view.now + int(days[node]) * DAY - order.promised_t) / DAY
        kg = view.quote(order, lines, node).co2e_mg / 1e6
        return tariff.price(order, lines, node) + MICRO * (late * delay + tonne * kg / 1000 + split - surplus * moved)

    plan = policy.decide(orders, view)
    units, score = value(of_plan(plan), orders, euros)
    most, least = best(view, orders, euros)
    assert units == most
    assert score == pytest.approx(least, abs=10)  # shares of a micro-euro are rounded, shipment by shipment


def test_two_groups_that_want_the_same_node_find_nodes_of_their_own() -> None:
    # alone, each line is cheapest at store 1 (1 EUR); together there they cost 20; store 2 takes one for 3
    town = towns.town(stock=[[1, 1], [1, 1]], node_km=(1, 2), place_km=(0,), warehouses=0)
    order = towns.order(0, [(0, 1), (1, 1)])

    def cost(order, lines, distance):
        return np.array([1, 3] if len(lines) == 1 else [20, 20]) * MICRO

    view = StillView(town, [order], cost=cost)
    plan = make_policy("cheapest").decide([order], view)
    assert sorted(d.node for d in plan.decisions) == [0, 1]


def test_among_equals_the_nearest_node_ships() -> None:
    town = towns.three_stores()
    order = towns.order(0, [(0, 1)], place=1)  # at km 40: stores 30, 20, 10 are nearest, in this order

    def same(order, lines, distance):
        return np.full(4, 7 * MICRO)

    view = StillView(town, [order], cost=same)
    assert make_policy("cheapest").decide([order], view).decisions[0].node == 3


def test_a_promise_is_asked_for_only_where_it_can_change_the_choice() -> None:
    town = towns.three_stores()
    order = towns.order(0, [(0, 1)])
    asked = []

    def transit(order, node):
        asked.append(node)
        return DAY

    view = StillView(town, [order], transit_s=transit)
    plan = make_policy("weighted").decide([order], view)
    assert plan.decisions[0].node == 1
    assert asked == [1]  # the cheapest is in time: nobody else can be better


def test_a_late_node_loses_to_a_dearer_one_in_time() -> None:
    town = towns.three_stores()
    order = towns.order(0, [(0, 1)], promised_t=2 * DAY)
    view = StillView(town, [order], transit_s=lambda order, node: (5 if node == 1 else 1) * DAY)
    impatient = make_policy({"name": "weighted", "eur_per_day_late": 10, "eur_per_t_co2e": 0})
    patient = make_policy({"name": "weighted", "eur_per_day_late": 0.01, "eur_per_t_co2e": 0})
    assert impatient.decide([order], view).decisions[0].node == 2
    assert patient.decide([order], view).decisions[0].node == 1


def test_a_line_that_nobody_has_waits_and_the_others_leave() -> None:
    town = towns.three_stores(stock=[[0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]])
    order = towns.order(0, [(0, 1), (1, 1), (2, 1)])
    view = StillView(town, [order])
    for name in ("nearest", "cheapest", "milp"):
        plan = make_policy(name).decide([order], view)
        assert [(d.line.number, d.node) for d in plan.decisions] == [(1, 1), (2, 1)]
        assert plan.held == {(0, 0): Reason.NO_NODE}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_partitions_are_all_there_and_all_different(count: int) -> None:
    found = partitions(count)
    assert len(set(found)) == len(found) == {1: 1, 2: 2, 3: 5, 4: 15, 5: 52}[count]
    for groups in found:
        assert sum(groups) == 2**count - 1
        assert all(not a & b for i, a in enumerate(groups) for b in groups[:i])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("name", ["nearest", "warehouse_first", "cheapest", "fewest_splits"])
def test_what_is_seen_at_first_sight_is_what_weighing_all_nodes_finds(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    orders = random_orders(rng, int(rng.integers(1, 4)), skus=3, lines=3, units=2)
    town = towns.town(
        stock=rng.integers(0, 4, (3, 5)), node_km=rng.integers(0, 6, 5).tolist(), place_km=(0, 3),
        warehouses=int(rng.integers(0, 4)), daily_orders=int(rng.integers(-1, 3)),
    )  # fmt: skip
    policy = make_policy(name)

    def decided(*sight: object) -> list[object]:
        view = StillView(town, orders)
        plan = view.new_plan()
        decide_each(policy, orders, Free(view, plan, batch=len(orders) > 1), policy.reason, None, *sight)
        return sorted((d.line, d.node, d.qty, d.service) for d in plan.decisions)

    assert decided(policy.at_first_sight) == decided()
