"""Prices from comparisons: published examples, and what least squares must give."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrion.apps.workshop.pairwise import compared, prices

# Saaty, "How to make a decision: the analytic hierarchy process", EJOR 48 (1990) 9-26: buying a house; a family
# compares size, transport, neighbourhood, age, yard, modern facilities, condition, financing
HOUSE = [
    [1, 5, 3, 7, 6, 6, 1 / 3, 1 / 4],
    [1 / 5, 1, 1 / 3, 5, 3, 3, 1 / 5, 1 / 7],
    [1 / 3, 3, 1, 6, 3, 4, 6, 1 / 5],
    [1 / 7, 1 / 5, 1 / 6, 1, 1 / 3, 1 / 4, 1 / 7, 1 / 8],
    [1 / 6, 1 / 3, 1 / 3, 3, 1, 1 / 2, 1 / 5, 1 / 6],
    [1 / 6, 1 / 3, 1 / 4, 4, 2, 1, 1 / 5, 1 / 6],
    [3, 5, 1 / 6, 7, 5, 5, 1, 1 / 2],
    [4, 7, 5, 8, 6, 6, 2, 1],
]


def ratios_of(matrix: list[list[float]]) -> dict[tuple[str, str], float]:
    return {(str(i), str(j)): matrix[i][j] for i, j in combinations(range(len(matrix)), 2)}


def test_saaty_s_house_has_his_consistency_ratio() -> None:
    """Published: largest eigenvalue 9.669, consistency index .238, ratio .169 (beyond ten percent)."""
    found = compared(ratios_of(HOUSE), "0")
    assert found.ratio == pytest.approx(0.169, abs=0.0005)
    assert not found.consistent


def test_the_same_house_by_row_geometric_means() -> None:
    """Complete comparisons: the importances are the normalised row geometric means (Crawford and Williams 1985)."""
    means = np.array([math.prod(row) ** (1 / 8) for row in HOUSE])
    found = compared(ratios_of(HOUSE), "0")
    assert list(found.importance.values()) == pytest.approx((means / means.sum()).tolist(), rel=1e-12)
    # near the eigenvector that Saaty prints: .173 .054 .188 .018 .031 .036 .167 .333
    printed = [0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333]
    assert max(abs(a - b) for a, b in zip(found.importance.values(), printed, strict=True)) < 0.04


def test_three_things_have_the_importances_of_the_eigenvector() -> None:
    """For three things the row geometric mean is the principal eigenvector itself (Saaty and Vargas 1984)."""
    matrix = np.array([[1, 3, 5], [1 / 3, 1, 4], [1 / 5, 1 / 4, 1]])
    values, vectors = np.linalg.eig(matrix)
    first = vectors[:, values.real.argmax()].real
    found = compared(ratios_of(matrix.tolist()), "0")
    assert list(found.importance.values()) == pytest.approx((first / first.sum()).tolist(), rel=1e-9)
    assert found.ratio == pytest.approx((values.real.max() - 3) / 2 / 0.58, rel=1e-9)


def test_the_index_is_the_published_function_of_the_errors() -> None:
    """Aguarón and Moreno-Jiménez 2003: 2 / ((n - 1)(n - 2)) times the sum of squared log errors over i < j."""
    means = np.array([math.prod(row) ** (1 / 8) for row in HOUSE])
    errors = [math.log(HOUSE[i][j] * means[j] / means[i]) ** 2 for i, j in combinations(range(8), 2)]
    assert compared(ratios_of(HOUSE), "0").index == pytest.approx(2 / (7 * 6) * sum(errors), rel=1e-12)


@given(
    st.lists(st.floats(0.05, 20.0), min_size=3, max_size=7),
    st.randoms(use_true_random=False),
)
def test_comparisons_that_agree_give_the_worths_back_however_few(worths: list[float], chance: object) -> None:
    pairs = list(combinations(range(len(worths)), 2))
    kept = {(i, i + 1) for i in range(len(worths) - 1)}  # a chain links everything
    kept |= {pair for pair in pairs if chance.random() < 0.4}
    found = compared({(str(i), str(j)): worths[i] / worths[j] for i, j in kept}, "0")
    assert list(found.importance.values()) == pytest.approx([w / sum(worths) for w in worths], rel=1e-9)
    assert found.consistent


def test_a_circle_is_told_with_its_worst_pair() -> None:
    circle = {("a", "b"): 9.0, ("b", "c"): 9.0, ("a", "c"): 1 / 9}
    found = compared(circle, "a")
    assert not found.consistent
    assert found.ratio > 1.0
    assert {found.worst[0], found.worst[1]} <= {"a", "b", "c"}


def test_what_is_not_linked_with_the_anchor_has_no_price() -> None:
    found = compared({("a", "b"): 2.0, ("c", "d"): 3.0}, "a")
    assert set(found.importance) == {"a", "b"}
    assert compared({("c", "d"): 3.0}, "a") is None


def test_a_swing_twice_as_important_as_a_thousand_euros_costs_two_thousand() -> None:
    swings = {"contribution": 1_000.0, "co2e": 400.0, "store_hour": 50.0, "parcel": 0.0}
    # the whole swing of CO2e weighs twice the swing of contribution: 2,000 euros over 400 kg
    assert prices({("co2e", "contribution"): 2.0}, swings)["co2e"] == pytest.approx(5.0)
    # and hours half of CO2e: 1,000 euros over 50 hours
    both = {("co2e", "contribution"): 2.0, ("co2e", "store_hour"): 2.0}
    assert prices(both, swings) == pytest.approx({"co2e": 5.0, "store_hour": 20.0})
    # nothing says what a swing of hours is worth in euros
    assert prices({("co2e", "store_hour"): 2.0}, swings) == {}
    # what never differs between scenarios has no swing to compare
    assert prices({("contribution", "parcel"): 2.0}, swings) == {}
