"""Scorecards and weighing: what departments judge by, and what a price does to a ranking."""

from __future__ import annotations

import math

import numpy as np
import pytest

from orchestrion.kpis import kpis
from orchestrion.kpis.scorecards import DEPARTMENTS, disagreement, standing
from orchestrion.kpis.weighing import BASE, CRITERIA, amount_of, ranking, scores


def test_four_departments_judge_by_kpis_that_exist_and_each_by_its_own() -> None:
    assert [one.key for one in DEPARTMENTS] == ["ecommerce", "retail", "supply_chain", "it"]
    keys = [key for one in DEPARTMENTS for key in one.kpis]
    assert len(keys) == len(set(keys))
    for key in keys:
        assert kpis[key].key == key
    for one in DEPARTMENTS:
        assert any(kpis[key].direction != "neither" for key in one.kpis)


def test_a_department_is_torn_when_something_is_better_and_something_worse() -> None:
    assert standing(["better", "worse", "noise"]) == "torn"
    assert standing(["higher", "lower"]) == "unknown"  # more work alone is neither good nor bad
    assert standing(["noise", "higher"]) == "noise"
    assert standing(["worse", "noise"]) == "loses"


def test_noise_opposes_nobody() -> None:
    assert disagreement({"a": "gains", "b": "noise", "c": "unknown"}) is None
    assert disagreement({"a": "torn"}) == (["a"], ["a"])
    assert disagreement({"a": "gains", "b": "torn"}) == (["a", "b"], ["b"])


def test_criteria_belong_to_departments_and_to_kpis() -> None:
    departments = {one.key for one in DEPARTMENTS}
    assert len({one.key for one in CRITERIA}) == len(CRITERIA)
    for one in CRITERIA:
        assert one.department in departments
        assert kpis[one.kpi].key == one.kpi
        assert 0 < one.step < one.largest
        assert one.largest / one.step == pytest.approx(round(one.largest / one.step))
        # only what a department would rather have less of: a price above zero is a punishment
        wanted = "more" if one.amount == "missing" else {"store_hours": "neither"}.get(one.kpi, "less")
        assert kpis[one.kpi].direction == wanted


def test_without_prices_the_contribution_decides() -> None:
    found = scores([5.0, 7.0], {"parcel": [100.0, 200.0]}, {})
    assert found.tolist() == [5.0, 7.0]


def test_a_price_high_enough_turns_the_ranking() -> None:
    rich, green = [100.0, 104.0], [90.0, 92.0]
    dirty, clean = {"co2e": [50.0, 52.0]}, {"co2e": [10.0, 9.0]}

    def order(price: float) -> list[str]:
        table = {
            "rich": scores(rich, dirty, {"co2e": price}).tolist(),
            "green": scores(green, clean, {"co2e": price}).tolist(),
        }
        return [name for name, _ in ranking(table)]

    flip = (102.0 - 91.0) / (51.0 - 9.5)  # euros a kilogram at which both means are equal
    assert order(flip - 0.01) == ["rich", "green"]
    assert order(flip + 0.01) == ["green", "rich"]


def test_amounts_are_numerators_what_is_missing_or_points() -> None:
    by_key = {one.key: one for one in CRITERIA}
    assert amount_of(by_key["broken_promise"], 0.9, 90.0, 100.0) == 10.0
    assert amount_of(by_key["unequal_work"], 0.31, 5.0, 9.0) == pytest.approx(31.0)
    assert amount_of(by_key["lost_online"], 0.1, 25_000_000.0, 1e9) == pytest.approx(25.0)  # micro-euros
    assert amount_of(by_key["parcel"], math.nan, math.nan, math.nan) == 0.0


def test_scores_are_linear_in_prices() -> None:
    rng = np.random.default_rng(3)
    euros = rng.normal(1e5, 1e3, 6)
    amounts = {one.key: rng.uniform(0, 100, 6).tolist() for one in CRITERIA}
    once = {one.key: one.largest / 3 for one in CRITERIA}
    twice = {key: 2 * price for key, price in once.items()}
    base, single, double = (scores(euros.tolist(), amounts, prices) for prices in ({}, once, twice))
    np.testing.assert_allclose(double - base, 2 * (single - base), rtol=1e-12)
    assert BASE == "contribution"
