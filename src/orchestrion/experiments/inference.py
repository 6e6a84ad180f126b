"""What replications allow us to say: intervals on means, on paired differences and on ratios, and verdicts in words.

Replications are independent; the same replication of two alternatives meets the same customers and mishaps, so
alternatives are compared pair by pair (common random numbers). Sources: Law, *Simulation Modeling and Analysis* (5th
ed., 2015), 4.5 and 10.2; Holm, Scand. J. Statistics 6 (1979) 65-70; ratios by the delta method, Law 9.4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Direction = Literal["less", "more", "neither"]
Verdict = Literal["better", "worse", "higher", "lower", "noise at this precision", "no difference", "no interval"]

# spread below this share of the values themselves is what rounding leaves, not variation between replications
_ROUNDING = 64 * np.finfo(np.float64).eps


def t_quantile(probability: float, degrees: float) -> float:
    """The Student quantile, as in the tables.

    >>> round(t_quantile(0.975, 9), 4)
    2.2622
    """
    from scipy.special import stdtrit  # a hundred times lighter to import than scipy.stats

    return float(stdtrit(degrees, probability))


def t_two_sided(t: float, degrees: float) -> float:
    """The probability of a Student variable at least as far from zero as t, on either side."""
    from scipy.special import stdtr

    return float(2.0 * stdtr(degrees, -abs(t)))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications and how sure we are of it.

    Attributes
    ----------
    n
        Replications in which the number has a value.
    mean
        NaN without any.
    half
        Half-width of the Student interval; NaN with fewer than two replications: one run tells nothing of its spread.
    p
        Two-sided p-value of "the mean is zero" (for differences); NaN with fewer than two replications.
    """

    n: int
    mean: float
    half: float
    p: float = math.nan

    @property
    def low(self) -> float:
        return self.mean - self.half

    @property
    def high(self) -> float:
        return self.mean + self.half


def student(values: ArrayLike, level: float = 0.95) -> Estimate:
    """Mean and Student interval over replications; those where the number has no value (NaN) are left out.

    >>> e = student([4.0, 6.0, 5.0])
    >>> round(e.mean, 3), round(e.half, 3)
    (5.0, 2.484)
    >>> student([4.0])
    Estimate(n=1, mean=4.0, half=nan, p=nan)
    """
    sample = _finite(values)
    return _estimate(sample, float(np.abs(sample).max(initial=0.0)), level)


def paired(values: ArrayLike, baseline: ArrayLike, level: float = 0.95) -> Estimate:
    """Mean difference `values - baseline`, replication by replication, with its interval and p-value.

    Parameters
    ----------
    values, baseline
        One number per replication, in the same order of replications, shape (n,); pairs with a NaN are left out.
    """
    left, right = _pairs(values, baseline)
    scale = float(max(np.abs(left).max(initial=0.0), np.abs(right).max(initial=0.0)))
    return _estimate(left - right, scale, level)


def unpaired(values: ArrayLike, baseline: ArrayLike, level: float = 0.95) -> Estimate:
    """Mean difference as if the two had met different customers: Welch's interval and p-value.

    What a study without common random numbers would have to say of the same figures; only for setting beside `paired`.
    """
    left, right = _pairs(values, baseline)
    n = len(left)
    if n < 2:
        return Estimate(n, float(left.mean() - right.mean()) if n else math.nan, math.nan)
    a, b = float(left.var(ddof=1)) / n, float(right.var(ddof=1)) / n
    mean = float(left.mean() - right.mean())
    if a + b == 0.0:
        return Estimate(n, mean, 0.0, 1.0 if mean == 0.0 else 0.0)
    degrees = (a + b) ** 2 / ((a**2 + b**2) / (n - 1))
    error = math.sqrt(a + b)
    return Estimate(n, mean, t_quantile(0.5 + level / 2.0, degrees) * error, t_two_sided(mean / error, degrees))


def ratio_change(values: ArrayLike, baseline: ArrayLike, level: float = 0.95) -> Estimate:
    """Relative change of the means, `mean(values) / mean(baseline) - 1`, with its interval by the delta method.

    NaN where the baseline's mean is zero, or where it is negative (a share of a loss says nothing).
    """
    left, right = _pairs(values, baseline)
    n = len(left)
    if n == 0 or not right.mean() > 0.0:
        return Estimate(n, math.nan, math.nan)
    ratio = float(left.mean() / right.mean())
    residual = _estimate(left - ratio * right, float(np.abs(left).max()), level)
    return Estimate(n, ratio - 1.0, residual.half / float(right.mean()))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values of a family of tests, in the order given; NaN (no test made) stays NaN, not counted.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    tested = [i for i, p in enumerate(p_values) if not math.isnan(p)]
    adjusted = [math.nan] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(sorted(tested, key=lambda i: (p_values[i], i))):
        largest = max(largest, min(1.0, (len(tested) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def simultaneous_level(level: float, comparisons: int) -> float:
    """The level of each interval so that all together hold with `level` (Bonferroni).

    >>> round(simultaneous_level(0.95, 5), 4)
    0.99
    """
    return 1.0 - (1.0 - level) / max(1, comparisons)


def verdict(difference: Estimate, p: float, direction: Direction, level: float = 0.95) -> Verdict:
    """A difference in words: a gain is claimed only when the test excludes zero.

    Parameters
    ----------
    p
        The p-value to judge by: Holm's where the comparison belongs to a family.
    direction
        Whether less or more of the KPI is better; "neither" is judged higher or lower.
    """
    if difference.n == 0 or (math.isnan(p) and difference.n < 2):
        return "no interval"
    if difference.mean == 0.0 and difference.half == 0.0:
        return "no difference"
    if not p < 1.0 - level:
        return "noise at this precision"
    more = difference.mean > 0.0
    if direction == "neither":
        return "higher" if more else "lower"
    return "better" if more == (direction == "more") else "worse"


def replications_needed(values: Estimate, half_width: float) -> int | None:
    """About how many replications would bring the half-width down to the one asked for; None when it cannot be told.

    >>> replications_needed(student([4.0, 6.0, 5.0]), 1.0)
    19
    """
    if values.n < 2 or not half_width > 0.0 or math.isnan(values.half):
        return None
    return max(values.n, math.ceil(values.n * (values.half / half_width) ** 2))


def replications_for(values: Estimate, half_width: float, level: float = 0.95) -> int | None:
    """How many replications in all would make the Student interval as narrow as asked for, if the spread stays.

    Unlike `replications_needed` it may be fewer than there are, and follows the Student quantile with n.

    >>> replications_for(student([4.0, 6.0, 5.0]), 1.0)
    7
    """
    if values.n < 2 or not half_width > 0.0 or math.isnan(values.half):
        return None
    spread = values.half / t_quantile(0.5 + level / 2.0, values.n - 1) * math.sqrt(values.n)
    return _fewest(lambda n: t_quantile(0.5 + level / 2.0, n - 1) * spread / math.sqrt(n) <= half_width)


def replications_to_settle(difference: Estimate, factor: float = 1.0, level: float = 0.95) -> int | None:
    """How many replications in all would tell the difference seen from none, if mean and spread stay what they are.

    Parameters
    ----------
    factor
        What the test's p-value is multiplied by (Holm); with more than one comparison more replications are needed.

    Returns
    -------
    int or None
        None when nothing was seen (no difference, no spread known) or it would take more than a million.
    """
    if difference.n < 2 or difference.mean == 0.0 or math.isnan(difference.half):
        return None
    if difference.half == 0.0:
        return 2
    spread = difference.half / t_quantile(0.5 + level / 2.0, difference.n - 1) * math.sqrt(difference.n)
    effect = abs(difference.mean) / spread
    return _fewest(lambda n: t_two_sided(effect * math.sqrt(n), n - 1) * max(1.0, factor) < 1.0 - level)


_MOST = 1_000_000  # replications beyond which nobody waits


def _fewest(enough: Callable[[int], bool]) -> int | None:
    """The smallest n from 2 on that is enough, of which all larger ones are, too."""
    high = 2
    while not enough(high):
        if high >= _MOST:
            return None
        high *= 2
    low = high // 2
    while high - low > 1 and high > 2:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _estimate(sample: NDArray[np.float64], scale: float, level: float) -> Estimate:
    n = len(sample)
    if n == 0:
        return Estimate(0, math.nan, math.nan)
    mean = float(sample.mean())
    if n == 1:
        return Estimate(1, mean, math.nan)
    if abs(mean) <= _ROUNDING * scale:
        mean = 0.0
    spread = float(sample.std(ddof=1))
    if spread <= _ROUNDING * scale:  # the same in every replication: nothing to estimate, nothing to divide by
        return Estimate(n, mean, 0.0, 1.0 if mean == 0.0 else 0.0)
    error = spread / math.sqrt(n)
    return Estimate(n, mean, t_quantile(0.5 + level / 2.0, n - 1) * error, t_two_sided(mean / error, n - 1))


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    sample = np.asarray(values, np.float64)
    return np.asarray(sample[np.isfinite(sample)])


def _pairs(values: ArrayLike, baseline: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    left, right = np.asarray(values, np.float64), np.asarray(baseline, np.float64)
    if left.shape != right.shape:
        raise ValueError(f"{len(left)} values cannot be paired with {len(right)}: align them by replication first")
    both = np.isfinite(left) & np.isfinite(right)
    return left[both], right[both]
