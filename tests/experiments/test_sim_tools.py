"""The procedures that sim-tools has, too: the same replications, the same answer."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from orchestrion.experiments.inference import student
from orchestrion.experiments.selection import kim_nelson, kn_eta

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from sim_tools.output_analysis import confidence_interval_method
    from sim_tools.ovs.indifference_zone import KN


class Shop:
    """Designs whose replications are drawn beforehand, in the clothes that sim-tools asks for."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.taken = [0] * len(values)
        self.observers: list[Any] = []

    def register_observer(self, observer: Any) -> None:
        self.observers.append(observer)

    def simulate(self, design: int) -> None:
        value = self.values[design, self.taken[design]]
        self.taken[design] += 1
        for observer in self.observers:
            observer.feedback(self, design, value)


class TheirsMended(KN):
    """Where l < i, sim-tools looks for the variance of the pair one place too early in its table without a diagonal."""

    def _limit_to_distance_from_sample_means(self, design_i: int, design_l: int) -> float:
        before = design_l if design_l < design_i else design_l - 1
        variance = self._variance_of_diffs[design_i * (self._k - 1) + before]
        return max(0.0, (self._delta / (2 * self._r)) * (self._h_squared * variance / self._delta**2 - self._r))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("designs", "theirs"), [(2, KN), (5, TheirsMended)])
def test_kim_nelson_drops_the_same_designs_after_the_same_replications(seed: int, designs: int, theirs: type) -> None:
    rng = np.random.default_rng(seed)
    values = 2 * rng.normal(size=3000) + rng.normal(0, 3, (designs, 3000)) + 0.8 * np.arange(designs)[:, None]
    shop = Shop(values)
    solver = theirs(shop, designs, 1.0, alpha=0.05, n_0=10, obj="max")
    chosen = solver.solve()
    ours = kim_nelson(lambda rows, r: values[list(rows), r.start : r.stop], designs, 1.0, more=True, n0=10)
    assert [ours.best] == chosen.tolist()
    assert kn_eta(designs, 10) == pytest.approx(solver._eta)
    losers = [i for i in range(designs) if i != ours.best]
    # theirs makes one replication more of each contender before it looks whether it is done
    assert [ours.replications[i] for i in losers] == [shop.taken[i] for i in losers]


@pytest.mark.parametrize("seed", range(5))
def test_the_precision_of_a_growing_study_is_that_of_the_confidence_interval_method(seed: int) -> None:
    values = np.random.default_rng(seed).normal(100, 15, 200)
    wanted = 0.03
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        count, table = confidence_interval_method(values, desired_precision=wanted, min_rep=5, decimal_places=12)
    for n in (3, 10, 50, 200):
        row = table.iloc[n - 1]
        ours = student(values[:n])
        assert (ours.mean, ours.low, ours.high) == pytest.approx(
            tuple(row[["Cumulative Mean", "Lower Interval", "Upper Interval"]])
        )
    enough = [n for n in range(6, 201) if (one := student(values[:n])).half / one.mean <= wanted]
    assert count == enough[0]
