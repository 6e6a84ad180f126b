"""What may be said of replications, checked against SciPy, published tables and brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from orchestrion.experiments.inference import (
    Estimate,
    holm,
    paired,
    ratio_change,
    replications_needed,
    simultaneous_level,
    student,
    t_quantile,
    verdict,
)

SAMPLES = [np.random.default_rng(seed).normal(seed, 1 + seed, 5 + seed) for seed in range(6)]


@pytest.mark.parametrize(("degrees", "quantile"), [(1, 12.706), (9, 2.262), (29, 2.045), (120, 1.980)])
def test_student_quantiles_are_those_of_the_printed_tables(degrees, quantile):
    assert t_quantile(0.975, degrees) == pytest.approx(quantile, abs=5e-4)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_interval_of_a_mean_is_scipys(sample):
    found = student(sample)
    theirs = stats.t.interval(0.95, len(sample) - 1, loc=sample.mean(), scale=stats.sem(sample))
    assert (found.low, found.high) == pytest.approx(theirs)
    assert found.p == pytest.approx(stats.ttest_1samp(sample, 0.0).pvalue)


@pytest.mark.parametrize("sample", SAMPLES)
def test_paired_differences_are_those_of_scipys_paired_test(sample):
    other = sample * 0.7 + np.random.default_rng(9).normal(0, 1, len(sample))
    found, theirs = paired(sample, other), stats.ttest_rel(sample, other)
    assert found.p == pytest.approx(theirs.pvalue)
    interval = theirs.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_holm_gives_the_adjusted_p_values_of_its_worked_example():
    # four hypotheses at 5 %: .01 and .005 are rejected, .03 and .04 are not
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_rejects_what_the_step_down_procedure_rejects():
    rng = np.random.default_rng(3)
    for _ in range(200):
        p = rng.uniform(0, 0.1, rng.integers(1, 8))
        rejected = set()
        for rank, i in enumerate(np.argsort(p, kind="stable")):  # the procedure as Holm wrote it
            if p[i] > 0.05 / (len(p) - rank):
                break
            rejected.add(int(i))
        assert {i for i, adjusted in enumerate(holm(list(p))) if adjusted <= 0.05} == rejected


def test_a_test_that_was_not_made_does_not_enlarge_the_family():
    adjusted = holm([0.01, math.nan, 0.03])
    assert adjusted[0] == pytest.approx(0.02)
    assert math.isnan(adjusted[1])


def test_intervals_cover_a_known_truth_95_times_in_100():
    rng = np.random.default_rng(2026)
    covered = sum(abs(e.mean - 3.0) <= e.half for e in (student(rng.normal(3.0, 2.0, 8)) for _ in range(4_000)))
    assert covered / 4_000 == pytest.approx(0.95, abs=0.0113)  # three standard errors and a little


def test_intervals_of_a_ratio_cover_the_true_change():
    rng = np.random.default_rng(7)
    covered = 0
    for _ in range(2_000):
        day = rng.normal(0, 2, 20)  # what both alternatives share
        change = ratio_change(110 + day + rng.normal(0, 1, 20), 100 + day + rng.normal(0, 1, 20))
        covered += change.low <= 0.10 <= change.high
    assert covered / 2_000 == pytest.approx(0.95, abs=0.02)


def test_common_customers_make_the_difference_narrower_than_the_means():
    rng = np.random.default_rng(1)
    customers = rng.normal(100, 10, 20)
    here, there = customers + rng.normal(1, 1, 20), customers + rng.normal(0, 1, 20)
    assert paired(here, there).half < student(here).half / 3


def test_identical_samples_differ_by_nothing_and_divide_by_nothing():
    found = paired([4.0, 5.0, 6.0], [4.0, 5.0, 6.0])
    assert found == Estimate(3, 0.0, 0.0, 1.0)
    assert verdict(found, found.p, "less") == "no difference"


def test_rounding_is_not_taken_for_a_difference():
    there = np.array([0.1, 0.2, 0.3]) * 1e6
    found = paired(there + 0.1 - 0.1, there)
    assert verdict(found, found.p, "more") == "no difference"


def test_the_same_gain_in_every_replication_is_a_gain_without_spread():
    found = paired([2.0, 3.0, 4.0], [1.0, 2.0, 3.0])
    assert (found.mean, found.half, found.p) == (1.0, 0.0, 0.0)
    assert verdict(found, found.p, "more") == "better"


def test_one_replication_gives_a_number_and_no_interval():
    found = paired([5.0], [4.0])
    assert found.mean == 1.0
    assert math.isnan(found.half)
    assert verdict(found, found.p, "more") == "no interval"


def test_replications_without_a_value_are_left_out_pair_by_pair():
    found = paired([1.0, math.nan, 3.0, 4.0], [0.0, 1.0, math.nan, 2.0])
    assert (found.n, found.mean) == (2, 1.5)
    assert student([]).n == 0
    assert verdict(student([]), math.nan, "less") == "no interval"


@pytest.mark.parametrize(
    ("mean", "direction", "said"),
    [
        (1.0, "more", "better"),
        (1.0, "less", "worse"),
        (-1.0, "less", "better"),
        (-1.0, "more", "worse"),
        (1.0, "neither", "higher"),
        (-1.0, "neither", "lower"),
    ],
)
def test_a_difference_is_judged_by_the_direction_of_its_kpi(mean, direction, said):
    assert verdict(Estimate(9, mean, 0.1), 0.001, direction) == said
    assert verdict(Estimate(9, mean, 2.0), 0.2, direction) == "noise at this precision"


def test_noise_is_called_better_or_worse_5_times_in_100():
    rng = np.random.default_rng(11)
    called = 0
    for _ in range(2_000):
        found = paired(rng.normal(0, 1, 10), rng.normal(0, 1, 10))
        called += verdict(found, found.p, "more") in ("better", "worse")
    assert called / 2_000 == pytest.approx(0.05, abs=0.015)


def test_a_family_of_six_without_any_effect_raises_a_false_alarm_5_times_in_100():
    rng = np.random.default_rng(12)
    alarms = 0
    for _ in range(1_000):
        tests = [paired(rng.normal(0, 1, 8), rng.normal(0, 1, 8)) for _ in range(6)]
        adjusted = holm([t.p for t in tests])
        alarms += any(verdict(t, p, "more") in ("better", "worse") for t, p in zip(tests, adjusted, strict=True))
    assert alarms / 1_000 < 0.05 + 0.021


def test_simultaneous_intervals_are_bonferronis():
    assert simultaneous_level(0.95, 6) == pytest.approx(1 - 0.05 / 6)
    wide = student(SAMPLES[2], simultaneous_level(0.95, 6))
    assert wide.half > student(SAMPLES[2]).half


def test_a_relative_change_is_refused_where_the_baseline_is_nothing_or_a_loss():
    assert math.isnan(ratio_change([1.0, 2.0], [0.0, 0.0]).mean)
    assert math.isnan(ratio_change([1.0, 2.0], [-1.0, -2.0]).mean)


def test_the_replications_still_needed_grow_with_the_square_of_the_precision():
    pilot = Estimate(10, 5.0, 2.0)
    assert replications_needed(pilot, 1.0) == 40
    assert replications_needed(pilot, 3.0) == 10
    assert replications_needed(Estimate(1, 5.0, math.nan), 1.0) is None


def test_samples_of_different_length_are_not_paired():
    with pytest.raises(ValueError, match="align them by replication"):
        paired([1.0, 2.0], [1.0])
