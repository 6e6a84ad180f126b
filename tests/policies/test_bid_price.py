"""Bid prices: dual values that agree with re-solving by another solver, and decisions that spare the last units."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog
from towns import three_stores

from orchestrion.domain.codes import Reason
from orchestrion.domain.world import World
from orchestrion.errors import InputError
from orchestrion.policies.lookahead.bids import Bids
from orchestrion.policies.lookahead.outlook import band, carriage, planned
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate
from orchestrion.testing import check_policy
from orchestrion.testing.still import StillView
from orchestrion.testing.town import order
from orchestrion.units import DAY, MICRO


def view_of(world: World, recorded: Any, orders: Any = ()) -> StillView:
    return StillView(world, list(orders), recorded=recorded)


def value(world: World, sku: int, stock: np.ndarray, horizon: float) -> float:
    """The least cost of the transportation problem, by SciPy."""
    cost = carriage(world)[band(world, sku)]
    nodes, areas = cost.shape
    sale = float(world.skus.price[sku] / (1 + world.economics.vat) * (1 - world.economics.salvage_share) / MICRO)
    walk = world.demand.walk_ins_per_day * world.demand.store_popularity[sku] * horizon
    web = planned(world)[sku] * horizon
    # columns: flow, then sales over the counter; what is not served is lost
    costs = np.concatenate([(cost - sale).reshape(-1), np.full(nodes, -sale)])
    a, b = [], []
    for n in range(nodes):
        row = np.zeros(len(costs))
        row[n * areas : (n + 1) * areas] = 1
        row[nodes * areas + n] = 1
        a.append(row)
        b.append(stock[n])
    for area in range(areas):
        row = np.zeros(len(costs))
        row[area : nodes * areas : areas] = 1
        a.append(row)
        b.append(web[area])
    bounds = [(0, None)] * (nodes * areas) + [(0, w) for w in walk]
    done = linprog(costs, A_ub=np.array(a), b_ub=b, bounds=bounds)
    return float(done.fun + sale * (walk.sum() + web.sum()))


def test_a_bid_price_is_what_one_unit_more_would_save() -> None:
    world = three_stores(walk_ins=(0.0, 6.0, 3.0, 0.3), online_per_day=9.0)
    rng = np.random.default_rng(3)
    checked = 0
    for _ in range(12):
        recorded = rng.integers(0, 40, (3, 4))
        view = view_of(world, recorded)
        bids = Bids(view, DAY, 7.0)
        for sku in range(3):
            stock = recorded[sku].astype(float)
            for node, bid in enumerate(bids.of(sku, view).tolist()):
                more, less = stock.copy(), stock.copy()
                more[node] += 0.01
                less[node] = max(0.0, less[node] - 0.01)
                here = value(world, sku, stock, 7.0)
                gains = (here - value(world, sku, more, 7.0)) / 0.01
                costs = (value(world, sku, less, 7.0) - here) / 0.01 if stock[node] else np.inf
                assert gains - 1e-4 <= bid <= costs + 1e-4
                checked += bid > 0.01
    assert checked > 25


def test_the_last_unit_is_left_to_the_store_that_will_sell_it() -> None:
    # store 1 is nearer and as cheap; but it sells many shirts, store 2 hardly any
    world = three_stores(walk_ins=(0.0, 30.0, 0.1, 0.0), online_per_day=2.0)
    recorded = [[0, 4, 4, 0]] * 3
    orders = [order(0, [(0, 1)], place=0)]
    for name, node in (("nearest", 1), ("bid_price", 2), ("milp_ahead", 2)):
        view = view_of(world, recorded, orders)
        policy: Any = make_policy(name)
        decider = policy.start(view, None) if hasattr(policy, "start") else policy
        (decision,) = decider.decide(orders, view).decisions
        assert decision.node == node, name
    assert decision.reason == Reason.OPTIMAL


@pytest.mark.parametrize("name", ["bid_price", "milp_ahead"])
def test_policies_that_look_ahead_keep_the_contract(name: str) -> None:
    check_policy(make_policy(name))


@pytest.mark.parametrize("name", ["bid_price", "milp_ahead"])
def test_bid_prices_do_not_depend_on_what_was_solved_before(name: str) -> None:
    world = three_stores(walk_ins=3.0, online_per_day=25.0, days=7)
    a = simulate(world, make_policy({"name": name, "resolve": "1d"}), seed=2, replication=0)
    b = simulate(world, make_policy({"name": name, "resolve": "1d"}), seed=2, replication=0)
    assert all((a["decisions"][c] == b["decisions"][c]).all() for c in a["decisions"])
    # asked in another order, and by a twin without a warm model
    view = view_of(world, [[9, 3, 0, 1]] * 3)
    first, second = Bids(view, DAY, 7.0), Bids(view, DAY, 7.0)
    forwards = [first.of(sku, view).tolist() for sku in range(3)]
    backwards = [second.of(sku, view).tolist() for sku in (2, 1, 0)][::-1]
    assert forwards == backwards
    assert [copy.deepcopy(first).of(sku, view).tolist() for sku in range(3)] == forwards


def test_what_is_asked_for_online_raises_the_price_of_the_units_left() -> None:
    world = three_stores(walk_ins=0.0, online_per_day=0.5)
    asked = [order(n, [(0, 3)], place=0, t=n) for n in range(10)]
    view = view_of(world, [[10, 0, 0, 0]] * 3, asked)
    bids = Bids(view, 60, 7.0)
    before = float(Bids(view, 60, 7.0).of(0, view)[0])
    bids.observe(asked, view)
    assert before == 0.0
    assert float(bids.of(0, view)[0]) > 1.0


def test_a_schedule_that_makes_no_sense_is_refused() -> None:
    for wrong in ({"resolve": "1s"}, {"resolve": "soon"}, {"horizon_days": 0.0}):
        with pytest.raises(InputError):
            make_policy({"name": "bid_price", **wrong})
