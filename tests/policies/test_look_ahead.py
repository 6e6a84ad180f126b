"""What a unit is worth later, against linear programmes, and what all rules that look ahead have in common."""

from __future__ import annotations

import copy
from math import exp
from typing import Any

import audits
import numpy as np
import pytest
from ahead import ONLY_COST, dearer_elsewhere, start, two_shops
from scipy.optimize import linprog
from towns import COLLECT, order, three_stores, town

from orchestrion.errors import InputError
from orchestrion.policies.lookahead.bids import Bids
from orchestrion.policies.lookahead.outlook import Outlook
from orchestrion.policies.sourcing import make_policy
from orchestrion.testing import StillView
from orchestrion.units import DAY

AHEAD = ["bid_price", "milp_ahead", "protection", "dilated_rounding", "inventory_balancing"]


def best_gain(view: StillView, outlook: Outlook, sku: int, stock: Any, *, fed: bool) -> float:
    """What the units can earn in 14 days, by SciPy: flows to areas, sales at the counter before and after delivery."""
    cost, walk_ins = outlook.cost(sku, view), outlook.walk_ins(sku, view)
    sale, web, source = outlook.at_counter[sku], outlook.online[sku], view.world.replenishment.source
    nodes, areas = cost.shape
    soon = walk_ins * np.minimum(outlook.every_days, 14.0)
    # columns: flows, own units before and after the delivery, the warehouse's afterwards
    count = nodes * areas
    gains = np.concatenate([(web - cost).reshape(-1), np.full(2 * nodes, sale), np.full(nodes, sale - 0.2)])
    a = np.zeros((2 * nodes + areas, len(gains)))
    for n in range(nodes):
        a[n, n * areas : (n + 1) * areas] = 1
        a[n, [count + n, count + nodes + n]] = 1
        a[n, count + 2 * nodes + np.flatnonzero(source == n)] = 1
        a[nodes + n, [count + nodes + n, count + 2 * nodes + n]] = 1
    for area in range(areas):
        a[2 * nodes + area, area:count:areas] = 1
    b = np.concatenate([stock, 14.0 * walk_ins - soon, 14.0 * outlook.web(sku, view)])
    bounds = [(0, None)] * count + [(0, s) for s in soon] + [(0, None)] * nodes
    bounds += [(0, None if fed and s >= 0 else 0) for s in source.tolist()]
    return -float(linprog(-gains, a, b, bounds=bounds).fun)


@pytest.mark.parametrize(("low", "central"), [(-1, 60), (0, 60), (0, 15)])
def test_a_bid_price_is_what_a_unit_more_would_earn_with_and_without_deliveries(low: int, central: int) -> None:
    world = three_stores(
        [[central, 5, 5, 5]] * 3, walk_ins=(0.0, 9.0, 3.0, 0.0), online_per_day=3.0, low=[[0, low, low, low]] * 3,
    )  # fmt: skip
    view = StillView(world)
    bids = Bids(view, DAY, 14.0)
    stock = np.array([central, 5.0, 5.0, 5.0])
    for sku in range(3):
        here = best_gain(view, bids.outlook, sku, stock, fed=low >= 0)
        for n, bid in enumerate(bids.of(sku, view).tolist()):
            step = np.zeros(4)
            step[n] = 0.01
            more = best_gain(view, bids.outlook, sku, stock + step, fed=low >= 0)
            less = best_gain(view, bids.outlook, sku, stock - step, fed=low >= 0)
            assert (more - here) / 0.01 - 1e-4 <= bid <= (here - less) / 0.01 + 1e-4


def test_what_part_of_the_customers_does_not_leave_is_not_at_stake() -> None:
    half = {"store": {"leave": 0.5, "other_store": 0.5, "own_web": 0.0, "wait": 0.0}}
    all_leave, some_leave = (Outlook(StillView(three_stores(reactions=change))) for change in ({}, half))
    assert (some_leave.at_counter * 2).tolist() == pytest.approx(all_leave.at_counter.tolist())
    assert some_leave.online.tolist() == all_leave.online.tolist()


def test_deliveries_make_a_stores_units_cheap_where_its_warehouse_has_plenty() -> None:
    settings: dict[str, Any] = {"walk_ins": (0.0, 9.0, 3.0, 0.0), "online_per_day": 3.0}
    stock = [[600, 5, 5, 5]] * 3
    alone = three_stores(stock, low=-1, **settings)
    fed = three_stores(stock, low=0, **settings)
    prices = [Bids(StillView(world), DAY, 14.0).of(0, StillView(world))[1] for world in (alone, fed)]
    assert prices[0] > 10.0 > prices[1]


def test_an_order_that_waits_through_many_reviews_is_counted_once() -> None:
    world = three_stores(online_per_day=0.5)
    asked = [order(n, [(0, 3)], t=0) for n in range(4)]
    view = StillView(world, asked)
    once, often = Outlook(view), Outlook(view)
    once.observe(asked, view)
    for _ in range(9):
        often.observe(asked, view)
    assert often.web(0, view).tolist() == once.web(0, view).tolist() != Outlook(view).web(0, view).tolist()


@pytest.mark.parametrize("name", ["bid_price", "milp_ahead", "protection", "dilated_rounding"])
def test_orders_seen_are_demand_learnt(name: str) -> None:
    world = three_stores(online_per_day=0.5)
    orders = [order(n, [(0, 1)], t=0) for n in range(3)]
    view = StillView(world, orders)
    decider = start(name, view)
    outlook = (decider._bids if name == "dilated_rounding" else decider._prices).outlook
    before = outlook.web(0, view).sum()
    decider.decide(orders, view)
    assert outlook.web(0, view).sum() == pytest.approx(before + 3 / (14 + 11 / 24))


@pytest.mark.parametrize("name", ["bid_price", "milp_ahead"])
def test_the_last_unit_is_dear_by_chance_where_the_programme_finds_two_thirds_of_it_left_over(name: str) -> None:
    world = two_shops((1, 9), walk_ins=(1 / 3) / 7)  # one unit, a third of a walk-in to come: 28 % that one comes
    orders = [order(0, [(0, 1)])]
    view = StillView(world, orders, cost=dearer_elsewhere(20.0))
    by_means, by_chance = (start({"name": name, "last_units": on, **ONLY_COST}, view) for on in (False, True))
    assert by_means._prices.worth(0, 1, view)[0] == 0.0
    assert by_chance._prices.worth(0, 1, view)[0] == pytest.approx(100 * (1 - exp(-1 / 3)))
    assert by_means.decide(orders, view).decisions[0].node == 0
    assert by_chance.decide(orders, view).decisions[0].node == 1


def test_both_prices_share_one_memory_of_what_was_seen() -> None:
    world = three_stores(online_per_day=0.5)
    view = StillView(world)
    prices = start("bid_price", view)._prices
    twin = copy.deepcopy(prices)
    for mine in (prices, twin):
        assert mine._keeping.outlook is mine._bids.outlook is mine.outlook
    twin.observe([order(0, [(0, 9)])], view)
    assert twin.outlook.web(0, view).sum() > prices.outlook.web(0, view).sum()


def test_the_dearer_of_both_prices_counts() -> None:
    # shirts: the programme finds them short everywhere; jeans: enough on average, but for chance
    world = three_stores(walk_ins=(0.0, 30.0, 0.15, 0.0), online_per_day=2.0)
    view = StillView(world, recorded=[[0, 4, 4, 0], [0, 900, 1, 9], [0, 9, 9, 9]])
    dearer = []
    for sku in (0, 1):
        both, bids, kept = (
            start({"name": name, "horizon_days": 14, **more}, view)._prices.worth(sku, 1, view)
            for name, more in (("bid_price", {}), ("bid_price", {"last_units": False}), ("protection", {}))
        )
        assert both.tolist() == np.maximum(bids, kept).tolist()
        dearer.append(((bids > kept + 0.01).any(), (kept > bids + 0.01).any()))
    assert dearer[0][0]
    assert dearer[1][1]


@pytest.mark.parametrize("name", ["bid_price", "protection", "inventory_balancing"])
def test_other_wishes_of_the_sum_still_count(name: str) -> None:
    world = town(stock=[[30, 40]], node_km=(1, 30), place_km=(0,), warehouses=0, up_to=[[30, 30]], online_per_day=0.0)
    orders = [order(0, [(0, 1)])]  # 2.90 EUR farther from store 2, which has ten too many
    for credit, node in ((0.0, 0), (4.0, 1)):
        view = StillView(world, orders)
        policy = {"name": name, "eur_per_overstocked_unit": credit, **ONLY_COST}
        assert start(policy, view).decide(orders, view).decisions[0].node == node


@pytest.mark.parametrize("name", AHEAD)
def test_a_collection_store_with_the_whole_order_hands_it_over(name: str) -> None:
    world = three_stores(walk_ins=50.0, online_per_day=50.0)
    orders = [order(0, [(0, 1), (2, 1)], option=COLLECT, collect_at=2, excluded=(0, 1, 3))]
    view = StillView(world, orders)
    assert {d.node for d in start(name, view).decide(orders, view).decisions} == {2}


@pytest.mark.parametrize("name", AHEAD)
def test_a_copy_that_imagines_does_not_change_what_is_remembered(name: str) -> None:
    world = three_stores(walk_ins=3.0, online_per_day=25.0)
    orders = [order(n, [(n % 3, 1)], place=n % 2) for n in range(9)]
    view = StillView(world, orders)
    decider, other = start(name, view), start(name, view)
    twin = copy.deepcopy(decider, {id(view): view, id(world): world})
    twin.decide(orders, StillView(world, orders, recorded=[[0, 1, 9, 1]] * 3))
    assert decider.decide(orders, view).decisions == other.decide(orders, view).decisions


@pytest.mark.parametrize("name", AHEAD)
def test_every_identity_holds_under_rules_that_look_ahead(name: str) -> None:
    world = three_stores(
        [[30, 3, 3, 3]] * 3, days=6, online_per_day=30.0, pick_success=0.9, walk_ins=(0, 3, 3, 3),
        low=[[-1, 1, 1, 1]] * 3, up_to=[[0, 3, 3, 3]] * 3,
    )  # fmt: skip
    facts = audits.run(world, {"name": name}, seed=3)
    audits.audit(world, facts)
    assert audits.digest(facts) == audits.digest(audits.run(world, {"name": name}, seed=3))


@pytest.mark.parametrize("wrong", [{"horizon_days": 0.1}, {"resolve": "soon"}, {"web": "maybe"}])
def test_protection_refuses_what_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        make_policy({"name": "protection", **wrong})


def test_a_stake_below_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="stake"):
        make_policy({"name": "inventory_balancing", "stake": -0.1})
