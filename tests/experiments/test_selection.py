"""Which is best: published constants, SciPy, and what the procedures promise measured by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats
from small_studies import TownScenario

from orchestrion.errors import StudyError
from orchestrion.experiments import compare, select_best
from orchestrion.experiments.selection import (
    kim_nelson,
    kn_eta,
    median_interval,
    median_ranks,
    probability_best,
    rinott_h,
    student_means,
    subset_best,
)
from orchestrion.experiments.warm_up import mser


def alike(rng, k, n, best, shared=3.0):
    """k alternatives that share their customers; the first is better (less) than the others by `best`."""
    return shared * rng.normal(size=n) + rng.normal(size=(k, n)) + np.r_[0.0, np.full(k - 1, best)][:, None]


def test_the_constants_are_those_published():
    assert kn_eta(10, 20, 0.95) == pytest.approx(0.302934, abs=5e-7)
    assert rinott_h(10, 20, 0.95) == pytest.approx(3.875, abs=5e-4)
    assert median_ranks(30) == (10, 21)


def test_rinotts_constant_selects_the_best_of_independent_alternatives_as_often_as_stated():
    """The least favourable case: all others worse by exactly the indifference, unequal spreads."""
    rng = np.random.default_rng(4)
    k, n0, delta, right, runs = 4, 10, 1.0, 0, 1500
    h = rinott_h(k, n0, 0.90)
    spread = np.array([2.0, 1.0, 2.0, 3.0])
    mean = np.array([0.0, delta, delta, delta])
    for _ in range(runs):
        first = rng.normal(mean[:, None], spread[:, None], (k, n0))
        n = np.maximum(n0, np.ceil((h * first.std(axis=1, ddof=1) / delta) ** 2)).astype(int)
        more = [rng.normal(m, s, size - n0).sum() for m, s, size in zip(mean, spread, n, strict=True)]
        right += int(np.argmin((first.sum(axis=1) + more) / n) == 0)
    assert right / runs > 0.90 - 3 * math.sqrt(0.09 / runs)


@pytest.mark.parametrize("n", [6, 7, 30, 101])
def test_the_ranks_of_the_median_interval_are_those_of_the_binomial(n):
    low, high = median_ranks(n)
    assert low + high == n + 1
    assert 2 * stats.binom.cdf(low - 1, n, 0.5) <= 0.05 < 2 * stats.binom.cdf(low, n, 0.5)


def test_too_few_replications_enclose_no_median():
    assert median_ranks(5) is None
    found = median_interval([3.0, 1.0, 2.0])
    assert (found.median, math.isnan(found.low)) == (2.0, True)


@pytest.mark.parametrize("seed", range(4))
def test_of_two_alternatives_the_probability_is_one_minus_scipys_one_sided_p(seed):
    a, b = alike(np.random.default_rng(seed), 2, 8, 0.4)
    p = stats.ttest_rel(a, b, alternative="less").pvalue
    assert probability_best([a, b]) == pytest.approx([1 - p, p], abs=0.01)
    assert probability_best([a, b], more=True) == pytest.approx([p, 1 - p], abs=0.01)


def test_the_means_drawn_have_the_mean_and_covariance_seen():
    sample = alike(np.random.default_rng(1), 3, 30, 0.5)
    drawn = student_means(sample, 200_000)
    assert drawn.mean(axis=0) == pytest.approx(sample.mean(axis=1))
    theory = np.cov(sample) / 30 * 29 / 27  # of a Student with 29 degrees of freedom
    assert np.cov(drawn.T) == pytest.approx(theory, rel=0.03)


def test_equal_alternatives_share_and_more_alternatives_than_replications_are_no_trouble():
    one = np.array([1.0, 4.0, 2.0])
    assert probability_best([one, one, one + 5]).tolist() == [0.5, 0.5, 0.0]
    many = np.random.default_rng(0).normal(size=(9, 3))
    assert probability_best(many).sum() == pytest.approx(1.0)
    assert subset_best([one, one, one + 5]).tolist() == [True, True, False]


def kept_best(runs, k, n):
    rng = np.random.default_rng(7)
    kept = [subset_best(alike(rng, k, n, 0.0), confidence=0.9) for _ in range(runs)]  # the hardest case: all are best
    return sum(bool(one[0]) for one in kept) / runs


def test_the_subset_contains_the_best_as_often_as_stated_although_customers_are_shared():
    assert kept_best(2000, 5, 8) > 0.90 - 3 * math.sqrt(0.09 / 2000)


@pytest.mark.slow
def test_the_subset_contains_the_best_in_ten_thousand_studies():
    assert kept_best(10_000, 5, 8) > 0.90 - 3 * math.sqrt(0.09 / 10_000)


def test_the_subset_drops_what_is_clearly_worse():
    rng = np.random.default_rng(8)
    dropped = np.mean([~subset_best(alike(rng, 5, 10, 4.0))[1:] for _ in range(200)])
    assert dropped > 0.99


def chosen_first(runs, confidence, shared):
    rng = np.random.default_rng(9)
    right, work = 0, 0
    for _ in range(runs):
        noise = np.random.default_rng(rng.integers(2**60))
        mean = np.array([0.0, 1.0, 1.0, 1.0])

        def observe(rows, replications, noise=noise, mean=mean):
            n = len(replications)
            every = shared * noise.normal(size=n) + 1.5 * noise.normal(size=(4, n)) + mean[:, None]
            return every[list(rows)]

        found = kim_nelson(observe, 4, 1.0, confidence=confidence)
        right += found.best == 0
        work += found.total
    return right / runs, work / runs


def test_kim_nelson_chooses_the_best_as_often_as_stated():
    share, _ = chosen_first(600, 0.90, shared=2.0)
    assert share > 0.90 - 3 * math.sqrt(0.09 / 600)


@pytest.mark.slow
def test_kim_nelson_keeps_its_promise_with_and_without_shared_customers():
    for shared in (0.0, 3.0):
        share, _ = chosen_first(5000, 0.95, shared)
        assert share > 0.95 - 3 * math.sqrt(0.0475 / 5000)


def test_kim_nelson_drops_the_hopeless_early_and_asks_only_for_survivors():
    asked = []
    rng = np.random.default_rng(3)

    def observe(rows, replications):
        asked.append((tuple(rows), len(replications)))
        return rng.normal(np.array([100.0, 0.0, 98.9])[list(rows)][:, None], 3.0, (len(rows), len(replications)))

    found = kim_nelson(observe, 3, 0.5, more=True, n0=10)
    assert (found.best, found.dropped_at[1]) == (0, 10)
    assert all(rows == (0, 2) for rows, _ in asked[1:])
    assert found.replications == (found.replications[0], 10, found.dropped_at[2])


def test_kim_nelson_gives_up_at_the_cap_without_claiming_a_winner():
    rng = np.random.default_rng(3)
    found = kim_nelson(lambda rows, reps: rng.normal(size=(len(rows), len(reps))), 3, 0.01, most=25)
    assert (found.best, len(found.survivors)) == (None, 3)


def test_mser_5_truncates_the_textbook_series_where_it_should():
    t = np.arange(2000)
    found = mser(5 + 10 * np.exp(-t / 60) + np.sin(2.399963 * t))
    assert (found.truncate, found.safe) == (295, True)
    assert (found.mean_before, found.mean) == pytest.approx((5.302619, 5.002303), abs=5e-7)


def test_mser_finds_the_smallest_error_by_brute_force():
    series = np.r_[np.linspace(9, 0, 40), np.random.default_rng(1).normal(0, 1, 163)] + 1e6
    batches = series[:200].reshape(40, 5).mean(axis=1)
    errors = [batches[d:].var() / (40 - d) for d in range(36)]
    assert mser(series).truncate == 5 * int(np.argmin(errors))


def test_mser_needs_a_series():
    with pytest.raises(StudyError, match="at least ten batches"):
        mser(np.arange(49.0))


def test_a_study_names_the_best_and_those_that_may_be():
    towns = [TownScenario(name, orders_per_day=rate) for name, rate in (("calm", 10.0), ("busy", 20.0), ("rush", 60.0))]
    study = compare(towns, replications=6, workers=1, facts="orders")
    found = study.best("contribution")
    wide = study.kpis().query("kpi == 'contribution'").pivot_table(index="replication", columns="label", values="value")
    assert found["alternative"].tolist() == wide.mean().sort_values(ascending=False).index.tolist()
    assert found["mean"].tolist() == pytest.approx(wide.mean().sort_values(ascending=False).tolist())
    assert found["probability_best"].sum() == pytest.approx(1.0)
    assert found["may_be_best"].iloc[0]
    low, high = wide[found["alternative"].iloc[0]].min(), wide[found["alternative"].iloc[0]].max()
    assert found.loc[0, ["median_low", "median_high"]].tolist() == [low, high]  # six replications: the extremes
    with pytest.raises(StudyError, match="neither less nor more"):
        study.best("moved_to_store_share")
    with pytest.raises(StudyError, match="at least ten batches"):
        study.warm_up("cost_to_serve", "calm")


@pytest.mark.slow
def test_a_selection_runs_only_what_is_still_in_contention_and_finds_the_best_mean():
    towns = [TownScenario(name, orders_per_day=rate) for name, rate in (("calm", 10.0), ("rush", 60.0), ("busy", 30.0))]
    found = select_best(towns, kpi="contribution", indifference=30.0, first=5, most=25, workers=1)
    assert found.dropped["calm"] < found.dropped["busy"]
    blocks = -(-found.dropped["calm"] // 5)
    assert len(found.study.replications_of("calm")) == 5 * blocks < len(found.study.replications_of("busy"))
    whole = compare(towns, replications=25, workers=1, facts="none")
    means = {label: whole.estimate("contribution", label).mean for label in ("rush", "busy")}
    assert found.best == max(means, key=means.get)
    assert str(found).startswith(f"{found.best} is best in contribution (95% confidence")
    # decided by the procedure alone, on the same numbers
    values = np.array([list(whole.replicated("contribution", one.name).values()) for one in towns])
    alone = kim_nelson(lambda rows, r: values[list(rows), r.start : r.stop], 3, 30.0, more=True, n0=5, most=25)
    assert found.dropped == {towns[i].name: n for i, n in enumerate(alone.dropped_at) if n}


def test_an_unsettled_selection_claims_no_winner():
    twins = [TownScenario("one"), TownScenario("two", policy={"name": "cheapest"})]
    found = select_best(twins, indifference=1e-6, first=3, most=4, workers=1)
    assert (found.best, len(found.survivors)) == (None, 2)
    assert str(found).startswith("Not settled: ")
    with pytest.raises(StudyError, match="a selection needs two alternatives"):
        select_best(twins[:1], indifference=1.0)
