"""Estimates with 95 % intervals from counts and durations: rates, shares, over-dispersion, work per piece."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.experiments.inference import t_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Z = 1.959963984540054  # the normal quantile of 97.5 %


@dataclass(frozen=True, slots=True)
class Fitted:
    """A value, its 95 % interval, how many observations stand behind it, and how well the law fits, in words."""

    value: float
    low: float
    high: float
    n: int
    fit: str = ""

    def covers(self, truth: float) -> bool:
        """Whether the interval holds a value."""
        return self.low <= truth <= self.high


def rate(days: Ints, weekday: Ints) -> Fitted:
    """Mean count of a day, from daily counts whose weekdays differ and that may vary more than by chance.

    Weeks have moods of their own: from five whole weeks on the interval is Student's over the weeks. With fewer it is
    that of a quasi-Poisson mean, the dispersion measured around the weekdays' means (McCullagh and Nelder, *Generalized
    Linear Models*, 1989, 6.2.3), never below one.
    """
    counts = days.astype(np.float64)
    phi, degrees = dispersion_of(counts, weekday)
    total, n = float(counts.sum()), len(counts)
    words = f"variance {phi:.2f} times Poisson's around the weekdays"
    weeks = n // 7
    half = t_quantile(0.975, max(degrees, 1)) * math.sqrt(phi * max(total, 1.0)) / n
    if weeks >= 5:
        means = counts[: weeks * 7].reshape(weeks, 7).mean(axis=1)
        by_weeks = t_quantile(0.975, weeks - 1) * float(means.std(ddof=1)) / math.sqrt(weeks)
        half = max(by_weeks, Z * math.sqrt(max(total, 1.0)) / n)  # never below pure chance
    return Fitted(total / n, max(total / n - half, 0.0), total / n + half, n, words)


def dispersion_of(counts: Floats, group: Ints) -> tuple[float, int]:
    """Pearson's dispersion of counts around the means of their groups, at least one; and its degrees of freedom."""
    groups, which = np.unique(group, return_inverse=True)
    sizes = np.bincount(which)
    means = np.bincount(which, counts) / sizes
    expected = means[which]
    degrees = len(counts) - len(groups)
    if degrees < 1 or not expected.any():
        return 1.0, 1
    told = expected > 0
    chi = float((((counts - expected)[told]) ** 2 / expected[told]).sum())
    return max(chi / degrees, 1.0), degrees


def weekday_factors(days: Ints, weekday: Ints) -> list[Fitted | None]:
    """Each weekday's mean count over the mean of the week; None for weekdays that were not seen."""
    counts = days.astype(np.float64)
    phi, degrees = dispersion_of(counts, weekday)
    seen = [counts[weekday == d] for d in range(7)]
    means = [float(one.mean()) if len(one) else math.nan for one in seen]
    level = float(np.nanmean(means))
    known = [m for m in means if not math.isnan(m)]
    found: list[Fitted | None] = []
    t = t_quantile(0.975, max(degrees, 1))
    for one, mean in zip(seen, means, strict=True):
        if not len(one) or level <= 0:
            found.append(None)
            continue
        # the week's mean is made of seven means, this one among them
        own = phi * max(mean, 1e-9) / len(one)
        others = sum(phi * max(float(o.mean()), 1e-9) / len(o) for o in seen if len(o)) / len(known) ** 2
        factor = mean / level
        shared = phi * max(mean, 1e-9) / len(one) / len(known)
        variance = (own - 2 * factor * shared + factor**2 * others) / level**2
        half = t * math.sqrt(max(variance, 0.0))
        found.append(Fitted(factor, max(factor - half, 0.0), factor + half, len(one)))
    return found


def shares(counts: Sequence[int]) -> list[Fitted]:
    """Shares of kinds, each with Wilson's interval (J. Amer. Statist. Assoc. 22 (1927) 209-212)."""
    total = sum(counts)
    found = []
    for count in counts:
        p = count / total
        middle = (p + Z**2 / (2 * total)) / (1 + Z**2 / total)
        half = Z / (1 + Z**2 / total) * math.sqrt(p * (1 - p) / total + Z**2 / (4 * total**2))
        found.append(Fitted(p, max(middle - half, 0.0), min(middle + half, 1.0), total))
    return found


def summing_to_one(found: Sequence[Fitted]) -> list[float]:
    """Shares in six decimals; what rounding leaves over belongs to the largest, so that they sum to one.

    >>> summing_to_one(shares([1, 1, 1]))
    [0.333334, 0.333333, 0.333333]
    """
    values = [round(one.value, 6) for one in found]
    largest = max(range(len(values)), key=values.__getitem__)
    values[largest] = round(values[largest] + 1.0 - math.fsum(values), 9)
    return values


def size_k(groups: Floats) -> Fitted | None:
    """Size k of negative binomial counts (variance m + m^2 / k), alike for all rows; None: chance is enough.

    Parameters
    ----------
    groups
        One row for each thing counted (a SKU), one column for each time it was counted (a week); shape (G, n).

    1/k is the ratio of two unbiased sums over the rows: of s^2 - m (what varies beyond chance) and of m^2 - s^2/n (the
    squared mean), weighed by what each row tells. Its interval is the wider of two jackknives, over the rows and over
    the columns, whose counts may rise and fall together (Efron and Tibshirani, *An Introduction to the Bootstrap*,
    1993, 11).
    """
    told = groups[groups.sum(axis=1) > 0]
    n = told.shape[1] if len(told) else 0
    if n < 2 or len(told) < 5:
        return None
    mean = told.mean(axis=1)
    beyond, squared = _beyond_and_squared(told)
    inverse = max(float(beyond.sum() / max(squared.sum(), 1e-12)), 0.01)
    for _ in range(3):
        # a row counts by how sure its own answer is: its variance is about 2 (1/m + 1/k)^2
        weight = 1.0 / (1.0 + inverse * mean) ** 2
        top, bottom = float((weight * beyond).sum()), float((weight * squared).sum())
        if bottom <= 0:
            return None
        inverse = max(top / bottom, 1e-6)
    without_row = (top - weight * beyond) / (bottom - weight * squared)
    without_column = [_ratio(np.delete(told, i, axis=1), weight) for i in range(n)] if n > 3 else []
    chance = float((weight * mean).sum() / (weight * mean**2).sum())
    return _from_inverse(top / bottom, [without_row, np.array(without_column)], int(told.size), chance)


def _beyond_and_squared(counts: Floats) -> tuple[Floats, Floats]:
    """Of each row: variance beyond chance, and squared mean, both without bias (the mean's own variance taken off)."""
    mean, variance = counts.mean(axis=1), counts.var(axis=1, ddof=1)
    return variance - mean, mean**2 - variance / counts.shape[1]


def _ratio(counts: Floats, weight: Floats) -> float:
    beyond, squared = _beyond_and_squared(counts)
    return float((weight * beyond).sum() / (weight * squared).sum())


def size_of_days(table: Floats) -> Fitted | None:
    """Size k of the days' counts, beyond what weeks and weekdays explain; rows are whole weeks, (W, 7).

    Around the product of the week's and the weekday's mean; the interval is the jackknife's over the weeks.
    """
    if len(table) < 4 or table.sum() <= 0:
        return None

    def inverse(part: Floats) -> float:
        expected = part.mean(axis=1, keepdims=True) * part.mean(axis=0, keepdims=True) / part.mean()
        scale = part.size / (6.0 * (len(part) - 1))  # fourteen means were fitted
        return float((((part - expected) ** 2).sum() * scale - part.sum()) / (expected**2).sum())

    left = np.array([inverse(np.delete(table, i, axis=0)) for i in range(len(table))])
    return _from_inverse(inverse(table), [left], int(table.size), float(1 / table.mean()))


def _from_inverse(inverse: float, left: Sequence[Floats], count: int, chance: float) -> Fitted | None:
    """Size k from 1/k and from what it is with one part left out; the widest of several jackknives counts.

    The interval is one of the logarithm of the squared coefficient of variation, 1/mean (`chance`) + 1/k: variances are
    skewed, their logarithms hardly.
    """
    if inverse <= 0:
        return None
    widths = []
    for parts in (one for one in left if len(one)):
        n = len(parts)
        logs = np.log(np.maximum(chance + parts, chance * 1e-3))
        error = math.sqrt((n - 1) / n * float(((logs - logs.mean()) ** 2).sum()))
        widths.append(t_quantile(0.975, n - 1) * error)
    spread = math.exp(max(widths))
    low, high = (chance + inverse) / spread - chance, (chance + inverse) * spread - chance
    words = "Poisson's law is refused" if low > 0 else "pure chance cannot be ruled out"
    return Fitted(1 / inverse, 1 / high, 1 / low if low > 0 else math.inf, count, words)


def work(seconds: Floats, lines: Floats, units: Floats) -> tuple[Fitted, Fitted, Fitted] | None:
    """Seconds to begin, for each line and for each unit, by least squares; None where the pieces do not vary enough."""
    design = np.stack([np.ones(len(seconds)), lines, units], axis=1)
    if len(seconds) < 10 or np.linalg.matrix_rank(design) < 3:
        return None
    inverse = np.linalg.inv(design.T @ design)
    slopes = inverse @ design.T @ seconds
    left = seconds - design @ slopes
    degrees = len(seconds) - 3
    # picking varies more where there is more to pick: the sandwich holds whatever the spread does (HC1, White 1980)
    middle = design.T @ (design * (left**2)[:, None])
    errors = np.sqrt(np.diag(inverse @ middle @ inverse) * len(seconds) / degrees)
    spread = float(((seconds - seconds.mean()) ** 2).sum())
    explained = 1 - float((left**2).sum()) / spread if spread > 0 else 1.0
    t = t_quantile(0.975, degrees)
    one, two, three = (
        Fitted(float(s), float(s - t * e), float(s + t * e), len(seconds), f"explains {explained:.0%} of the variance")
        for s, e in zip(slopes, errors, strict=True)
    )
    return one, two, three


def chi_square(counts: Sequence[float], expected: Sequence[float]) -> tuple[float, float]:
    """Pearson's statistic and its p-value; kinds of which fewer than five are expected are put together."""
    from scipy.special import chdtrc

    seen, wanted = [0.0], [0.0]
    for one, other in zip(counts, expected, strict=True):
        seen[-1] += one
        wanted[-1] += other
        if wanted[-1] >= 5:
            seen.append(0.0)
            wanted.append(0.0)
    if len(seen) > 1:  # what is left over belongs to the last kind that is large enough
        seen[-2:] = [seen[-2] + seen[-1]]
        wanted[-2:] = [wanted[-2] + wanted[-1]]
    statistic = sum((s - w) ** 2 / w for s, w in zip(seen, wanted, strict=True) if w > 0)
    degrees = max(len(seen) - 1, 1)
    return statistic, float(chdtrc(degrees, statistic))
