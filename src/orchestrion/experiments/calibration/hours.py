"""When customers come: weekdays, hours of the day, and whether there are more of them week after week."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from orchestrion.experiments.calibration.estimates import Floats, Ints, chi_square, shares, weekday_factors
from orchestrion.experiments.calibration.fit import Fit
from orchestrion.experiments.inference import t_quantile
from orchestrion.scenarios.document.base import WEEKDAYS

_ENOUGH = 5_000  # customers from which each weekday may have hours of its own
_DECIMALS = 4


def fit_weekdays(fit: Fit, path: str, counts: Ints, weekday: Ints) -> None:
    """Factors of the weekdays, from the counts of days."""
    factors = weekday_factors(counts, weekday)
    if any(one is None for one in factors):
        fit.notes.append("Some weekdays were not seen: the scenario's weekday factors stay.")
        return
    told = zip(WEEKDAYS, factors, strict=True)
    value = {name: round(one.value, _DECIMALS) for name, one in told if one is not None}
    fit.add(path, value, factors, "mean of the weekday over the mean of the week")


def fit_hours(fit: Fit, path: str, file: str, day: Ints, hour: Ints, usual: Floats, name: str) -> None:
    """Shares of the hours, of each weekday where these differ beyond doubt; beside the law that the scenario has."""
    if not len(hour):
        fit.notes.append("The history has no times of day: the scenario's hours stay.")
        return
    table = np.zeros((7, 24), np.int64)
    np.add.at(table, ((day + 3) % 7, hour), 1)
    counts = table.sum(axis=0)
    compared(fit, "Hours of the day", counts, usual.mean(axis=0), name)
    statistic, degrees, p = alike(table)
    if p < 0.05 and counts.sum() >= _ENOUGH and bool((table.sum(axis=1) > 0).all()):
        law = f"share of each hour by weekday (alike is refused: chi-square {statistic:.0f}, {degrees} degrees)"
        rows = [
            [weekday, hour_of, f"{one.value:.6f}", f"{one.low:.4f}", f"{one.high:.4f}"]
            for weekday in range(7)
            for hour_of, one in enumerate(shares(table[weekday].tolist()))
        ]
        fit.tables[file] = ("weekday", "hour", "share", "low", "high"), rows
    else:
        law = "share of each hour"
        too_few = f"refused, but fewer than {_ENOUGH:,} or a weekday without any: one law for all"
        told = "possible" if p >= 0.05 else too_few
        fit.notes.append(
            f"Hours alike on all weekdays: {told} (chi-square {statistic:.0f}, {degrees} degrees, p = {p:.3g})."
        )
        rows = [
            [hour_of, f"{one.value:.6f}", f"{one.low:.4f}", f"{one.high:.4f}"]
            for hour_of, one in enumerate(shares(counts.tolist()))
        ]
        fit.tables[file] = ("hour", "share", "low", "high"), rows
    fit.add(path, file, [], f"{law}; Wilson's intervals in the table")


def alike(table: Ints) -> tuple[float, int, float]:
    """Pearson's test that all rows have the same shares: statistic, degrees of freedom, p.

    Columns of which fewer than five are expected in some row are put together.
    """
    from scipy.special import chdtrc

    told = table[table.sum(axis=1) > 0].astype(np.float64)
    expected = np.outer(told.sum(axis=1), told.sum(axis=0)) / max(told.sum(), 1.0)
    large = expected.min(axis=0) >= 5
    rest = ~large & (told.sum(axis=0) > 0)
    seen, wanted = told[:, large], expected[:, large]
    if rest.any():
        seen = np.column_stack([seen, told[:, rest].sum(axis=1)])
        wanted = np.column_stack([wanted, expected[:, rest].sum(axis=1)])
    degrees = (len(told) - 1) * (seen.shape[1] - 1)
    if degrees < 1:
        return 0.0, 0, 1.0
    statistic = float(((seen - wanted) ** 2 / wanted).sum())
    return statistic, degrees, float(chdtrc(degrees, statistic))


def tell_trend(fit: Fit, counts: Ints, what: str) -> None:
    """Whether there are more or fewer of them week after week, beyond chance: least squares on logarithms of weeks."""
    weeks = len(counts) // 7
    totals = counts[: weeks * 7].reshape(weeks, 7).sum(axis=1).astype(np.float64)
    if weeks < 6 or not totals.all():
        return
    x = np.arange(weeks) - (weeks - 1) / 2
    logs = np.log(totals)
    slope = float((x * logs).sum() / (x**2).sum())
    left = logs - logs.mean() - slope * x
    error = math.sqrt(float((left**2).sum()) / (weeks - 2) / float((x**2).sum()))
    half = t_quantile(0.975, weeks - 2) * error
    if abs(slope) > half:
        low, high = (math.expm1(one) for one in (slope - half, slope + half))
        fit.notes.append(
            f"{what} change by {math.expm1(slope):+.2%} a week [{low:+.2%}; {high:+.2%}]: the rate is the mean of "
            "these weeks; for other ones set demand.growth_per_year, or a season."
        )


def compared(fit: Fit, what: str, counts: Sequence[int] | Ints, usual: Floats, name: str) -> None:
    """Whether what was seen may come from the law that the scenario has."""
    width = max(len(counts), len(usual))
    seen, law = np.zeros(width), np.zeros(width)
    seen[: len(counts)], law[: len(usual)] = counts, usual
    impossible = seen[law <= 0].sum()
    if impossible:
        fit.notes.append(f"{what}: the law of {name} is refused, {impossible:,.0f} lie where it has nothing.")
        return
    statistic, p = chi_square(seen.tolist(), (law / law.sum() * seen.sum()).tolist())
    verdict = "is refused" if p < 0.05 else "fits too"
    fit.notes.append(f"{what}: the law of {name} {verdict} (chi-square {statistic:.1f}, p = {p:.3g}).")
