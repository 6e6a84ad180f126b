"""Replications until precise enough: SciPy's intervals, simulated coverage, and studies that stop where they should."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from small_studies import TownScenario

from orchestrion.errors import StudyError, UnknownName
from orchestrion.experiments import compare, open_study
from orchestrion.experiments.inference import Estimate, replications_for, replications_to_settle, student
from orchestrion.experiments.precision import START, Reached, Wanted, enough, goals, next_look, projected, reached

CALM, RUSH = TownScenario("calm"), TownScenario("rush", orders_per_day=40.0)


def test_a_percent_is_a_part_of_the_mean_and_a_number_is_in_the_kpis_unit():
    assert goals({"contribution": "1%", "stockout_rate": 0.005, "cost_to_serve": "0.2"}) == (
        Wanted("contribution", 0.01, relative=True),
        Wanted("stockout_rate", 0.005),
        Wanted("cost_to_serve", 0.2),
    )
    assert Wanted("contribution", 0.01, relative=True).half_width(-2000.0) == 20.0


@pytest.mark.parametrize("value", ["0%", "-1%", "a little", 0.0, math.nan, True, "%"])
def test_a_precision_that_is_none_is_refused(value):
    with pytest.raises(StudyError, match="write a part of the mean"):
        goals({"contribution": value})
    with pytest.raises(UnknownName, match="contribution"):
        goals({"contributio": "1%"})


@pytest.mark.parametrize("seed", range(5))
def test_the_replications_projected_are_the_fewest_whose_student_interval_is_narrow_enough(seed):
    sample = np.random.default_rng(seed).normal(10, 2, 8)
    wanted = 0.4
    n = replications_for(student(sample), wanted)
    spread = sample.std(ddof=1)
    assert stats.t.ppf(0.975, n - 1) * spread / math.sqrt(n) <= wanted
    assert stats.t.ppf(0.975, n - 2) * spread / math.sqrt(n - 1) > wanted


def test_a_difference_settles_where_scipys_test_would_reject():
    values = np.random.default_rng(2).normal(0.3, 1.0, 12)
    n = replications_to_settle(student(values), factor=6.0)
    t = values.mean() / values.std(ddof=1)
    p = [2 * stats.t.sf(abs(t) * math.sqrt(size), size - 1) for size in (n - 1, n)]
    assert p[0] * 6 >= 0.05 > p[1] * 6
    assert n > replications_to_settle(student(values))


def test_nothing_seen_is_never_settled():
    assert replications_to_settle(student([1.0, -1.0])) is None
    assert replications_to_settle(student([2.0])) is None
    assert replications_to_settle(student([2.0, 2.0])) == 2


def run_until(draw, wanted, cap):
    """The rule alone, on numbers drawn one by one."""
    values, n = [], 0
    while True:
        n = next_look(n, [reached("a", wanted, student(values), 0.95)] if n else [], cap)
        values += [draw() for _ in range(n - len(values))]
        found = student(values)
        if enough([reached("a", wanted, found, 0.95)]) or n >= cap:
            return found


def covered(repetitions):
    rng = np.random.default_rng(11)
    found = [run_until(lambda: rng.normal(100, 10), Wanted("contribution", 3.0), 1000) for _ in range(repetitions)]
    assert all(one.half <= 3.0 for one in found)
    return sum(one.low <= 100 <= one.high for one in found) / repetitions, np.mean([one.n for one in found])


def test_stopping_when_precise_enough_still_covers_the_truth():
    share, replications = covered(1000)
    assert share > 0.93 - 3 * math.sqrt(0.95 * 0.05 / 1000)
    assert 35 < replications < 55  # (1.96 * 10 / 3)^2 = 43


@pytest.mark.slow
def test_stopping_costs_less_than_two_points_of_coverage():
    share, _ = covered(10_000)
    assert 0.93 < share < 0.955


def test_the_rule_looks_again_where_precision_is_expected_but_not_too_far_ahead():
    far = Reached("a", "contribution", 10, 5.0, 1.0, 200)
    near = Reached("b", "contribution", 10, 1.2, 1.0, 13)
    met = Reached("c", "contribution", 10, 0.2, 1.0, 4)
    assert next_look(0, (), 4) == 4
    assert next_look(0, (), 400) == START
    assert (next_look(10, [far, near, met], 400), projected(10, [far, near], 400)) == (15, 200)
    assert (next_look(10, [near, met], 400), next_look(10, [far], 12)) == (13, 12)
    assert projected(10, [met], 400) == 10
    assert Reached("d", "contribution", 0, math.nan, math.nan, None).met  # no value to wait for


def test_a_study_stops_at_the_first_look_that_is_precise_enough_on_any_number_of_workers(tmp_path):
    until = {"cost_to_serve": "4%"}
    events = []
    study = compare([CALM, RUSH], until=until, workers=1, out=tmp_path / "1", facts="none", progress=events.append)
    n = study.replications
    assert n > START
    assert study.complete
    assert study.precision()["reached"].all()
    for one in study.precision().itertuples():
        values = list(study.replicated("cost_to_serve", one.alternative).values())
        half = stats.t.ppf(0.975, n - 1) * stats.sem(values)
        assert (one.half_width, one.wanted) == pytest.approx((half, 0.04 * np.mean(values)))
    assert len(events) == 2 * n + 1
    *_, before, last = events
    assert not all(one.met for one in before.precision)  # at the look before, it was not precise enough
    assert all(one.met for one in last.precision)
    assert (last.done, last.total, before.done) == (2 * n, 2 * n, 2 * n)
    assert events[0].precision == ()
    again = compare([CALM, RUSH], until=until, workers=2, out=tmp_path / "2", facts="none")
    assert again.replications == n
    assert open_study(tmp_path / "1").manifest["until"] == {"cost_to_serve": "4%"}


def test_a_study_that_reaches_its_cap_says_what_is_missing():
    study = compare([CALM], until={"cost_to_serve": "0.1%"}, replications=12, workers=1, facts="none")
    row = study.precision().iloc[0]
    assert (study.replications, row["n"], row["reached"]) == (12, 12, False)
    assert row["needed"] > 1000


def test_an_interrupted_study_goes_on_to_the_same_end(tmp_path):
    until = {"cost_to_serve": "4%"}
    whole = compare([CALM], until=until, workers=1, out=tmp_path / "whole", facts="none").replications

    def stop(event):
        if event.done == START + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare([CALM], until=until, workers=1, out=tmp_path / "cut", facts="none", progress=stop)
    events = []
    study = compare([CALM], until=until, workers=1, out=tmp_path / "cut", facts="none", progress=events.append)
    assert study.replications == whole
    assert sum(event.seconds == 0 for event in events) >= START


def test_against_tells_how_many_replications_would_settle_a_difference():
    study = compare([CALM, RUSH], replications=4, workers=1, facts="none")
    for row in study.against().to_dict("records"):
        seen = Estimate(row["n"], row["difference"], row["high"] - row["difference"], row["p"])
        expected = replications_to_settle(seen, max(1.0, row["p_holm"] / row["p"]) if row["p"] else 1.0)
        assert row["settled_by"] == expected or (expected is None and math.isnan(row["settled_by"]))
        if row["verdict"] in ("better", "worse"):
            assert row["settled_by"] <= row["n"]
