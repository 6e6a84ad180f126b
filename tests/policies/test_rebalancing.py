"""Which units move between stores, against the best of all possible moves."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from orchestrion.policies.rebalancing import Lanes, rebalance


def moves(spare: list[int], position: list[int], room: list[int], expected: list[float], **cost: float) -> object:
    n = len(spare)
    lanes = Lanes(cost.get("unit", 0.5), cost.get("lane", 0.0), ~np.eye(n, dtype=bool))
    column = [np.array([values]) for values in (spare, position, room, expected)]
    return rebalance(*column, np.array([cost.get("worth", 20.0)]), lanes)


def test_a_store_with_too_much_helps_the_one_that_sells_most() -> None:
    assert moves([3, 0, 0], [6, 0, 0], [0, 1, 2], [0.5, 0.1, 3.0]) == [(0, 0, 1, 1), (0, 0, 2, 2)]


def test_a_unit_that_sells_no_better_elsewhere_stays() -> None:
    assert moves([3, 0], [6, 0], [0, 3], [0.5, 0.0]) == []
    assert moves([1, 0], [3, 3], [0, 1], [2.0, 2.0]) == []


def test_a_run_that_does_not_pay_is_left_though_each_unit_would() -> None:
    assert moves([2, 0], [9, 0], [0, 2], [0.0, 2.0], lane=20.0) == [(0, 0, 1, 2)]
    assert moves([2, 0], [9, 0], [0, 2], [0.0, 2.0], lane=32.0) == []


def test_lanes_that_are_not_allowed_carry_nothing() -> None:
    allowed = np.array([[False, False, True], [False, False, False], [False, False, False]])
    found = rebalance(
        np.array([[2, 0, 0]]), np.array([[9, 0, 0]]), np.array([[0, 2, 2]]), np.array([[0.0, 5.0, 2.0]]),
        np.array([20.0]), Lanes(0.5, 0.0, allowed),
    )  # fmt: skip
    assert found == [(0, 0, 2, 2)]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 2), st.floats(0.0, 4.0)), min_size=2,
             max_size=4),
    st.floats(0.1, 6.0),
)  # fmt: skip
def test_no_other_set_of_moves_earns_more(nodes: list[tuple[int, int, int, float]], unit: float) -> None:
    """Chances fall with each unit, so that taking the best move each time is the best set; tried by enumeration."""
    spare = [min(s, p) for s, p, _, _ in nodes]
    position, room, expected = ([node[i] for node in nodes] for i in (1, 2, 3))

    def worth(levels: list[int]) -> float:
        """Expected sales value of so many units at each node: 20 E[min(level, demand)]."""
        laws = [stats.poisson(mean) for mean in expected]
        return sum(20.0 * law.sf(x) for law, level in zip(laws, levels, strict=True) for x in range(level))

    def earned(net: tuple[int, ...]) -> float:
        levels = [p + d for p, d in zip(position, net, strict=True)]
        return worth(levels) - worth(position) - unit * sum(d for d in net if d > 0)

    found = moves(spare, position, room, expected, unit=unit)
    net = np.zeros(len(nodes), int)
    for _, giver, taker, units in found:  # type: ignore[attr-defined]
        net[giver] -= units
        net[taker] += units
    assert all(-s <= d <= r for s, d, r in zip(spare, net.tolist(), room, strict=True))
    best = max(
        earned(trial)
        for trial in product(*(range(-s, r + 1) for s, r in zip(spare, room, strict=True)))
        if sum(trial) == 0
    )
    assert earned(tuple(net.tolist())) == pytest.approx(best, abs=1e-6)
