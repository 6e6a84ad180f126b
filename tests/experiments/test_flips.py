"""Flip points: lines whose zero is known, intervals that cover it, and a town whose answer follows from two runs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from small_studies import TOWN

from orchestrion.errors import StudyError
from orchestrion.experiments import compare, flip_points
from orchestrion.experiments.flipping import Flip, crossing, flip
from orchestrion.scenarios import Scenario

TRUE = 11.3  # above so many per cent of short picks, the second rule is better


def rules(seed: int, own: float = 4.0, bent: float = 0.0) -> Any:
    """Two rules: the first earns more but suffers from short picks; they share their customers."""

    def evaluate(x: float, n: int) -> np.ndarray:
        shared = np.random.default_rng(seed).normal(0, 20, n)
        luck = np.random.default_rng([seed, 1]).normal(0, own, (2, 1000))[:, :n]
        slope = np.random.default_rng([seed, 2]).normal(0, 0.1, 1000)[:n]
        first = 100 - (3 + slope) * x - bent * (x - TRUE) ** 2
        second = np.full(n, 100 - 3 * TRUE)
        return np.array([first, second]) + shared + luck

    return evaluate


def test_the_flip_point_of_two_known_lines_is_found() -> None:
    found = flip(rules(1), 2.0, 30.0, most=80)
    assert found.found
    assert found.low < TRUE < found.high
    assert found.high - found.low < 2.5
    assert found.holds < TRUE < found.flips
    assert abs(found.value - TRUE) < 1.0


def test_a_recommendation_that_stays_has_no_flip_point() -> None:
    found = flip(rules(1), 2.0, 7.0)
    assert not found.found
    assert found.holds == 7.0
    assert found.looks[-1].says == "holds"


def test_where_the_end_is_too_near_to_tell_nothing_is_claimed() -> None:
    found = flip(rules(1, own=30.0), 2.0, TRUE + 0.2, most=20)
    assert not found.found
    assert found.looks[-1].says == "noise"


def test_nothing_is_recommended_between_a_rule_and_itself() -> None:
    asked = []

    def same(x: float, n: int) -> np.ndarray:
        asked.append(n)
        one = np.random.default_rng(1).normal(0, 1, n)
        return np.array([one, one])

    found = flip(same, 0.0, 1.0)
    assert repr(found) == repr(Flip(False, looks=found.looks))  # not a number is not equal to itself
    assert asked == [10]  # no number of replications would tell


def test_whole_numbers_are_searched_as_whole_numbers() -> None:
    found = flip(rules(2, own=0.5), 2, 30, whole=True)
    assert (found.holds, found.flips) == (11, 12)
    assert all(isinstance(look.value, int) for look in found.looks)


def test_a_flip_downwards_is_found_as_well() -> None:
    upwards = rules(3)
    found = flip(lambda x, n: upwards(x, n)[::-1], 25.0, 2.0)
    assert found.low < TRUE < found.high
    assert found.flips < TRUE < found.holds


def test_fiellers_interval_is_the_set_of_places_a_paired_test_accepts() -> None:
    from scipy import stats

    rng = np.random.default_rng(5)
    start, end = rng.normal(3, 2, 12), rng.normal(-2, 2, 12)
    value, low, high = crossing(0.0, start, 10.0, end)
    places = np.linspace(0, 10, 2001)
    accepted = [x for x in places if stats.ttest_1samp(start + (end - start) * x / 10, 0.0).pvalue > 0.05]
    assert (low, high) == pytest.approx((accepted[0], accepted[-1]), abs=0.01)
    assert value == pytest.approx(10 * start.mean() / (start.mean() - end.mean()))


def covered(searches: int) -> tuple[float, float]:
    found = [flip(rules(seed), 2.0, 30.0, first=10, most=40) for seed in range(searches)]
    told = [one for one in found if one.found]
    return sum(one.low <= TRUE <= one.high for one in told) / len(told), len(told) / searches


def test_the_interval_covers_the_flip_point_as_often_as_it_says() -> None:
    searches = 200
    share, told = covered(searches)
    assert told > 0.99
    assert share > 0.95 - 3.3 * math.sqrt(0.95 * 0.05 / searches)


@pytest.mark.slow
def test_the_interval_covers_the_flip_point_in_many_searches() -> None:
    searches = 2000
    share, _ = covered(searches)
    assert share > 0.95 - 3.3 * math.sqrt(0.95 * 0.05 / searches)


# -- towns --------------------------------------------------------------------------------------------------------

WAGE = "network.stores.wage_eur_per_hour"


@pytest.fixture(scope="module")
def town() -> Scenario:
    return Scenario.from_yaml(TOWN + "visibility: {web_sees: [warehouses, stores]}\n", name="town")


@pytest.mark.slow
def test_the_wage_above_which_stores_should_not_pick_is_where_two_runs_say_it_is(town) -> None:
    """Neither rule looks at wages, so cost to serve is a straight line in them: two studies give its zero."""
    policies = ["nearest", "warehouse_first"]
    options = {"replications": 6, "workers": 1, "facts": "none"}
    at = {
        wage: compare([town.vary(f"at {wage}", {WAGE: wage})], policies, **options) for wage in (0.0, 100.0)
    }
    leads = {}
    for wage, study in at.items():
        first, second = study.labels
        leads[wage] = study.difference("cost_to_serve", first, second).mean
    zero = 100.0 * leads[0.0] / (leads[0.0] - leads[100.0])
    now = round(zero / 4, 1)
    base = town.vary("town", {WAGE: now})
    found = flip_points(
        [base], {WAGE: f"0:{2 * zero:g}"}, policies, kpi="cost_to_serve", first=6, most=6, workers=1
    )
    assert found["towards"].tolist() == [0.0, pytest.approx(2 * zero, rel=1e-4)]
    below, above = found.to_dict("records")
    assert below["flips_to"] == ""
    assert "No flip within" in below["says"]
    assert above["recommended"] == "town · nearest"
    assert above["flips_to"] == "town · warehouse_first"
    assert above["value"] == pytest.approx(zero, rel=1e-3)
    assert above["low"] < zero < above["high"]


@pytest.mark.slow
def test_a_study_finds_its_own_flip_points(town) -> None:
    study = compare([town], ["nearest", "warehouse_first"], replications=3, workers=1, facts="none")
    asked = {WAGE: "90%"}
    alone = flip_points([town], asked, ["nearest", "warehouse_first"], first=3, most=3, workers=1)
    assert study.flip_points(asked, first=3, most=3, workers=1).equals(alone)


@pytest.mark.slow
def test_what_has_no_flip_point_is_told(town) -> None:
    policies = ["nearest", "warehouse_first"]
    with pytest.raises(StudyError, match="a flip needs two alternatives"):
        flip_points([town], {WAGE: "1:50"}, workers=1)
    with pytest.raises(StudyError, match="no such alternative"):
        flip_points([town], {WAGE: "1:50"}, policies, recommended="furthest", first=2, most=2, workers=1)
    with pytest.raises(StudyError, match="not written as a number"):
        flip_points([town], {"policy.within_km": "1:50"}, policies, first=2, most=2, workers=1)
    other = town.vary("cheap", {WAGE: 5.0})
    with pytest.raises(StudyError, match="the alternatives differ in it"):
        flip_points([town, other], {WAGE: "1:50"}, first=2, most=2, workers=1)
