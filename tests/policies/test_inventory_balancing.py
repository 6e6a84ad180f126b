"""Inventory balancing sells 1 - 1/e of the most that can be sold, whoever comes."""

from __future__ import annotations

from math import e, exp
from typing import Any

import numpy as np
import pytest
from ahead import ONLY_COST, start
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from towns import order, town

from orchestrion.domain.orders import Order
from orchestrion.domain.world import World
from orchestrion.policies.sourcing import make_policy
from orchestrion.streams import Streams
from orchestrion.testing import StillView


def served(policy: object, world: World, batches: list[tuple[int, ...]], stock: Any) -> int:
    """Units sold when customers come one by one, each barred from some nodes."""
    left = np.array(stock)
    view = StillView(world, recorded=left)
    made: Any = make_policy(policy)
    decider = made.start(view, Streams(1, 0)) if hasattr(made, "start") else made
    sold = 0
    for id, barred in enumerate(batches):
        orders = [order(id, [(0, 1)], excluded=barred)]
        for decision in decider.decide(orders, StillView(world, orders, recorded=left, cost=free_of_charge)).decisions:
            left[0, decision.node] -= 1
            sold += 1
    return sold


def free_of_charge(order: Order, lines: Any, distance: Any) -> Any:
    return np.zeros(len(distance), np.int64)


def test_the_worst_sequence_there_is_leaves_inventory_balancing_63_percent() -> None:
    """Karp, Vazirani and Vazirani's upper triangle: each batch may not use one node more; the optimum sells all."""
    nodes, units = 12, 25
    world = town(
        stock=[[units] * nodes], node_km=list(range(nodes, 0, -1)), place_km=(0,), warehouses=0, prices=[20.0]
    )
    batches = [tuple(range(k)) for k in range(nodes) for _ in range(units)]
    all_of_them = nodes * units
    balanced = served({"name": "inventory_balancing", **ONLY_COST}, world, batches, [[units] * nodes]) / all_of_them
    # the limit is 1 - 1/e from above, as nodes and units grow
    assert 1 - 1 / e <= balanced < 1 - 1 / e + 0.05
    # customers come first to the nodes that will be barred last: the nearest are sold out when they are needed
    greedy = served("nearest", world, batches, [[units] * nodes]) / all_of_them
    assert greedy == pytest.approx(0.5, abs=0.05)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whoever_comes_inventory_balancing_sells_63_percent_of_the_most(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes, units = int(rng.integers(2, 5)), 10
    world = town(stock=[[units] * nodes], node_km=list(range(1, nodes + 1)), place_km=(0,), warehouses=0, prices=[20.0])
    kinds = [tuple(np.flatnonzero(rng.random(nodes) < 0.5).tolist()) for _ in range(4)]
    batches = [kind for kind in kinds for _ in range(int(rng.integers(0, 2 * units)))]
    sold = served({"name": "inventory_balancing", **ONLY_COST}, world, batches, [[units] * nodes])
    count = len(batches)
    a = np.zeros((count + nodes, count * nodes))
    for i in range(count):
        a[i, i * nodes : (i + 1) * nodes] = 1
        for n in range(nodes):
            a[count + n, i * nodes + n] = 1
    allowed = [(0, 0 if n in barred else 1) for barred in batches for n in range(nodes)]
    most = -linprog(-np.ones(count * nodes), a, [1] * count + [units] * nodes, bounds=allowed).fun if count else 0.0
    assert sold >= (1 - 1 / e) * (1 - 1 / units) * most - 1e-6


def test_a_pile_is_measured_by_the_most_it_ever_held() -> None:
    world = town(stock=[[10, 10]], node_km=(1, 2), place_km=(0,), warehouses=0, prices=[24.0], up_to=[[10, 10]])
    view = StillView(world, recorded=[[5, 30]])
    decider = start("inventory_balancing", view)
    price = decider._prices.worth(0, 1, view)
    assert price.tolist() == pytest.approx([20.0 * (exp(0.5) - 1) / (e - 1), 0.0])  # net of VAT; half gone, and full
    later = StillView(world, recorded=[[5, 15]])
    assert decider._prices.worth(0, 1, later)[1] == pytest.approx(price[0])
    two = decider._prices.worth(0, 2, later)[1]
    assert two == pytest.approx(20.0 * (exp(0.5) + exp(16 / 30) - 2) / (e - 1))


def test_less_at_stake_balances_less() -> None:
    world = town(stock=[[2, 10]], node_km=(1, 30), place_km=(0,), warehouses=0, up_to=[[10, 10]])
    orders = [order(0, [(0, 1)])]
    for stake, node in ((0.0, 0), (0.1, 0), (1.0, 1)):
        view = StillView(world, orders)
        policy = {"name": "inventory_balancing", "stake": stake, **ONLY_COST}
        assert start(policy, view).decide(orders, view).decisions[0].node == node
