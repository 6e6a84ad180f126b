"""Which alternative is best, and how sure that is: probabilities, screening, and procedures that run until they know.

Alternatives share their customers, so their results in one replication are not independent. Everything here but
Rinott's constant works on paired differences and is valid for any dependence between alternatives.

Sources: Nelson, Swann, Goldsman and Song, Operations Research 49 (2001) 950-963 (screening); Kim and Nelson, ACM TOMACS
11 (2001) 251-273 (KN); Rinott, Communications in Statistics A7 (1978) 799-811; all are told in Law (2015), 10.4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestrion.experiments.inference import t_quantile

Floats = NDArray[np.float64]
_DRAWS = 20_000
_TIE = 64 * np.finfo(np.float64).eps


def probability_best(values: ArrayLike, *, more: bool = False, draws: int = _DRAWS, seed: int = 0) -> Floats:
    """How probable it is, after what was seen, that each alternative has the best mean.

    The means are taken as multivariate Student with n - 1 degrees of freedom around what was seen, with the covariance
    that was seen: for two alternatives this is exactly one minus the one-sided p-value of the paired test. Alternatives
    that are best together share.

    Parameters
    ----------
    values
        One row per alternative, one column per replication; shape (k, n), n at least 2.
    more
        Whether more is better.
    draws, seed
        Of the random sample behind the answer; it has no more than two safe digits.

    Returns
    -------
    array of shape (k,)
        Adds up to 1.

    >>> probability_best([[1.0, 2.0, 3.0], [2.0, 3.1, 3.9]]).round(2)
    array([1., 0.])
    """
    sample = _matrix(values)
    means = student_means(sample, draws, seed)
    means = means if more else -means
    scale = float(np.abs(sample).max(initial=0.0))
    best = means >= means.max(axis=1, keepdims=True) - _TIE * max(scale, 1e-300)
    return np.asarray((best / best.sum(axis=1, keepdims=True)).mean(axis=0), np.float64)


def student_means(values: ArrayLike, draws: int = _DRAWS, seed: int = 0) -> Floats:
    """Means that are compatible with what was seen: multivariate Student, n - 1 degrees of freedom; (draws, k).

    The covariance need not have full rank: there may be more alternatives than replications.
    """
    sample = _matrix(values)
    _, n = sample.shape
    centre = sample.mean(axis=1)
    spread = (sample - centre[:, None]) / math.sqrt(n * (n - 1))  # times standard normals: covariance S / n
    rng = np.random.default_rng(seed)
    half = rng.standard_normal((draws // 2, n))
    radius = np.sqrt(rng.chisquare(n - 1, draws // 2) / (n - 1))
    away = (half @ spread.T) / radius[:, None]
    return np.asarray(centre + np.concatenate([away, -away]), np.float64)  # in pairs, so that the centre is exact


def subset_best(values: ArrayLike, *, more: bool = False, confidence: float = 0.95) -> NDArray[np.bool_]:
    """The alternatives that may be the best: the best one is among them with the confidence stated.

    An alternative goes when some other beats it by more than the paired Student test allows at
    (1 - confidence) / (k - 1): by Bonferroni the best is kept whatever the dependence between alternatives.

    Parameters
    ----------
    values
        Shape (k, n): one row per alternative, one column per replication, n at least 2.

    Returns
    -------
    array of shape (k,)
        True for those that stay.

    >>> subset_best([[10.0, 12.0, 11.0, 13.0], [10.1, 12.2, 11.0, 13.1], [20.0, 21.0, 22.0, 20.0]]).tolist()
    [True, True, False]
    """
    sample = _matrix(values) * (1.0 if more else -1.0)
    k, n = sample.shape
    if k == 1:
        return np.ones(1, np.bool_)
    quantile = t_quantile(1.0 - (1.0 - confidence) / (k - 1), n - 1)
    scale = float(np.abs(sample).max(initial=0.0))
    lead = sample[None, :, :] - sample[:, None, :]  # [i, j]: what j has more than i, replication by replication
    mean, spread = lead.mean(axis=2), lead.std(axis=2, ddof=1)
    beaten = mean > np.maximum(quantile * spread / math.sqrt(n), _TIE * scale)
    return np.asarray(~beaten.any(axis=1))


def kn_eta(k: int, n0: int, confidence: float = 0.95) -> float:
    """The constant eta of the Kim-Nelson procedure for k alternatives and n0 first replications.

    >>> round(kn_eta(10, 20), 6)
    0.302934
    """
    alpha = 1.0 - confidence
    return 0.5 * (math.exp(-2.0 / (n0 - 1) * math.log(2.0 * alpha / (k - 1))) - 1.0)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a selection ended with.

    Attributes
    ----------
    best
        Row of the alternative chosen; None when the cap was reached first.
    survivors
        Rows still in contention, the best seen first.
    dropped_at
        For each row, after how many replications it was dropped; 0 for those never dropped.
    replications
        For each row, how many replications it took part in.
    """

    best: int | None
    survivors: tuple[int, ...]
    dropped_at: tuple[int, ...]
    replications: tuple[int, ...]

    @property
    def total(self) -> int:
        """All replications made."""
        return sum(self.replications)


def kim_nelson(
    observe: Callable[[Sequence[int], range], ArrayLike],
    k: int,
    indifference: float,
    *,
    more: bool = False,
    confidence: float = 0.95,
    n0: int = 10,
    most: int = 100_000,
) -> Chosen:
    """Kim and Nelson's procedure: run all alternatives a little, then drop one after the other until one is left.

    The one left is the best, or within the indifference of it, with the confidence stated, whatever the dependence
    between alternatives (normally distributed results assumed).

    Parameters
    ----------
    observe
        Given rows of alternatives and a range of replications, their results: shape (rows, replications). Common
        random numbers make the procedure faster.
    k
        Number of alternatives, 2 or more.
    indifference
        The smallest difference worth detecting, in the KPI's unit.
    n0
        Replications before the first look.
    most
        Give up after so many replications; `best` is None then, unless one is left. Alternatives that never differed
        end it early, without a best one.
    """
    if k < 2 or not indifference > 0.0 or n0 < 2:
        raise ValueError("two alternatives, an indifference above zero and two first replications are the least")
    sign = 1.0 if more else -1.0
    alive = list(range(k))
    dropped, taken = [0] * k, [min(n0, most)] * k
    first = sign * _matrix(observe(alive, range(n0)))
    total = first.sum(axis=1)
    h2 = 2.0 * kn_eta(k, n0, confidence) * (n0 - 1)
    s2 = (first[:, None, :] - first[None, :, :]).var(axis=2, ddof=1)
    r = n0
    while True:
        reach = np.maximum(0.0, indifference / 2.0 * (h2 * s2 / indifference**2 - r))
        beaten = [i for i in alive if any(total[i] < total[j] - reach[i, j] for j in alive if j != i)]
        for i in beaten:
            dropped[i] = r
        alive = [i for i in alive if i not in beaten]
        tied = all(reach[i, j] == 0.0 and total[i] == total[j] for i in alive for j in alive if i != j)
        if len(alive) <= 1 or r >= most or tied:  # the same in every replication: no number of them would tell
            break
        total[alive] += sign * _matrix(observe(alive, range(r, r + 1)))[:, 0]
        r += 1
        for i in alive:
            taken[i] = r
    ranked = tuple(sorted(alive, key=lambda i: -total[i]))
    return Chosen(ranked[0] if len(ranked) == 1 else None, ranked, tuple(dropped), tuple(taken))


def rinott_h(k: int, n0: int, confidence: float = 0.95) -> float:
    """Rinott's constant h for k *independent* normal alternatives with n0 first replications each.

    The h for which the double integral of Rinott's procedure, the inner one to the power k - 1, is the confidence: each
    alternative then needs `max(n0, ceil((h s / indifference)^2))` replications. Not valid, and not needed, where
    alternatives share their customers: `kim_nelson` is.

    >>> round(rinott_h(10, 20), 3)
    3.875
    """
    from scipy.optimize import brentq
    from scipy.special import chdtri, ndtr

    nodes, weights = np.polynomial.legendre.leggauss(160)
    upper, weights = (1.0 - nodes) / 2.0, weights / 2.0
    one = chdtri(n0 - 1, upper)  # chi-square quantiles: integrals over the distribution become sums over [0, 1]
    harmonic = np.sqrt((n0 - 1) * (1.0 / one[:, None] + 1.0 / one[None, :]))

    def short(h: float) -> float:
        return float(((ndtr(h / harmonic) * weights[:, None]).sum(axis=0) ** (k - 1) * weights).sum()) - confidence

    return float(brentq(short, 1e-6, 50.0, xtol=1e-9))


def median_ranks(n: int, confidence: float = 0.95) -> tuple[int, int] | None:
    """Which two of n ordered observations enclose the median with at least the confidence stated; None when none do.

    >>> median_ranks(30)
    (10, 21)
    """
    from scipy.special import bdtr

    low = 0
    while low + 1 <= n // 2 and 2.0 * float(bdtr(low, n, 0.5)) <= 1.0 - confidence:
        low += 1
    return (low, n + 1 - low) if low else None


@dataclass(frozen=True, slots=True)
class MedianInterval:
    """A median and the two observations that enclose it; NaN where there are too few."""

    n: int
    median: float
    low: float
    high: float


def median_interval(values: ArrayLike, confidence: float = 0.95) -> MedianInterval:
    """The median over replications with an interval that assumes nothing of their distribution.

    >>> median_interval([1.0, 2.0, 3.0, 4.0, 5.0, 60.0])
    MedianInterval(n=6, median=3.5, low=1.0, high=60.0)
    """
    sample = np.sort(np.asarray(values, np.float64))
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return MedianInterval(0, math.nan, math.nan, math.nan)
    ranks = median_ranks(sample.size, confidence)
    low, high = (float(sample[ranks[0] - 1]), float(sample[ranks[1] - 1])) if ranks else (math.nan, math.nan)
    return MedianInterval(sample.size, float(np.median(sample)), low, high)


def _matrix(values: ArrayLike) -> Floats:
    sample = np.atleast_2d(np.asarray(values, np.float64))
    if sample.ndim != 2 or not sample.size or not np.isfinite(sample).all():
        raise ValueError("one row per alternative and one column per replication are needed, all of them numbers")
    return sample
