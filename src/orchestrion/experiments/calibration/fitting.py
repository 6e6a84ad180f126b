"""Demand fitted to a history: rate, weekdays, hours, lines, units, options, SKUs, zones, over-dispersion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np

from orchestrion.domain.codes import ONLINE_CHANNELS
from orchestrion.experiments.calibration.estimates import (
    Floats,
    Ints,
    rate,
    shares,
    size_k,
    size_of_days,
    summing_to_one,
)
from orchestrion.experiments.calibration.fit import Fit
from orchestrion.experiments.calibration.hours import compared, fit_hours, fit_weekdays, tell_trend
from orchestrion.experiments.calibration.observed import Observed, day_of, observed
from orchestrion.experiments.calibration.products import fit_skus
from orchestrion.experiments.calibration.zones import fit_zones
from orchestrion.scenarios import Scenario
from orchestrion.scenarios.hours import hour_profile

_KEPT, _MOST = 0.999, 240  # a law ends at the size that this share of orders reaches; what is longer is put there
_DECIMALS = 4


def fit_history(
    path: Path,
    scenario: Scenario,
    mapping: str | None = None,
    first: date | None = None,
    last: date | None = None,
    *,
    counter: bool = False,
) -> Fit:
    """Fit demand to a history file, or to a part of its days.

    Parameters
    ----------
    counter
        It tells what stores sold over the counter: walk-in customers are fitted, not online orders.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from orchestrion.experiments.calibration.counter import fit_counter

    seen = observed(path, scenario, mapping).between(first, last)
    return fit_counter(seen, scenario) if counter else fit_orders(seen, scenario)


def fit_orders(seen: Observed, scenario: Scenario) -> Fit:
    """Fit demand to orders."""
    fit = Fit(seen.file, day_of(int(seen.day.min())), day_of(int(seen.day.max())))
    days = seen.days
    counts = np.bincount(seen.day - days[0], minlength=len(days))
    weekday = (days + 3) % 7  # the first of January 1970 was a Thursday
    found = rate(counts, weekday)
    fit.add("demand.online.orders_per_day", round(found.value, 3), [found], "mean of a day", "orders a day")
    fit_weekdays(fit, "demand.online.weekdays", counts, weekday)
    tell_trend(fit, counts, "Orders")
    own_weeks(fit, scenario, "online")
    if scenario.document.demand.history is not None:
        told = "customers are drawn from these laws; without this line the orders are replayed"
        fit.add("demand.history", None, [], told)
    usual = np.atleast_2d(hour_profile(scenario.document.demand.online.hours_table))
    fit_hours(fit, "demand.online.hours_table", "hours_online.csv", seen.day, seen.hour, usual, scenario.name)
    _pieces(fit, seen, scenario)
    _options(fit, seen, scenario)
    _channels(fit, seen)
    _dispersion(fit, seen, counts)
    fit_skus(fit, seen)
    fit_zones(fit, seen, scenario)
    return fit


def own_weeks(fit: Fit, scenario: Scenario, where: Literal["online", "walk_in"]) -> None:
    """Seasons of the base are its own: what was fitted holds for the weeks that were seen."""
    demand = scenario.document.demand
    if set(getattr(demand, where).season) != {1.0}:
        fit.add(f"demand.{where}.season", [1.0], [], "the rate is that of the weeks seen, not of the base's season")
    if demand.growth_per_year:
        fit.add("demand.growth_per_year", 0.0, [], "the rate is that of the weeks seen")
    if demand.promotions:
        fit.notes.append(
            f"Promotions of {scenario.name} ({', '.join(demand.promotions)}) come on top of the fitted demand: leave "
            "them out where the history had them, too."
        )


def _pieces(fit: Fit, seen: Observed, scenario: Scenario) -> None:
    lines = np.bincount(seen.order, minlength=len(seen.day))
    online = scenario.document.demand.online
    for path, sizes, usual, what in (
        ("demand.online.lines", lines, online.lines, "Lines of an order"),
        ("demand.online.units", seen.quantity, online.units, "Units of a line"),
    ):
        fit_sizes(fit, path, sizes, usual, what, scenario.name)


def fit_sizes(fit: Fit, path: str, sizes: Ints, usual: Sequence[float], what: str, name: str) -> None:
    """Shares of sizes 1, 2, ...; the longest ones are put together, and the mean that is lost by it is told."""
    most = min(max(int(np.quantile(sizes, _KEPT, method="higher")), 2), _MOST)
    clipped = np.minimum(sizes, most)
    counts = np.bincount(clipped)[1:]
    found = shares(counts.tolist())
    fit.add(path, summing_to_one(found), found, "share of each size, Wilson's intervals", first=1)
    mean, kept = float(sizes.mean()), float(clipped.mean())
    if kept < 0.99 * mean:
        beyond = int((sizes > most).sum())
        fit.notes.append(
            f"{what}: {beyond:,} of {len(sizes):,} are longer than {most} and put there, which makes a mean of "
            f"{kept:.2f} out of {mean:.2f}."
        )
    compared(fit, what, counts, np.array(usual), name)


def _options(fit: Fit, seen: Observed, scenario: Scenario) -> None:
    known = [key for key, option in scenario.document.options.items() if option.on]
    counts = {key: seen.option.count(key) for key in known}
    total = sum(counts.values())
    if not total:
        fit.notes.append("The history tells no fulfilment options: the scenario's shares stay.")
        return
    found = shares(list(counts.values()))
    values = dict(zip(known, summing_to_one(found), strict=True))
    fit.add("demand.online.options", values, found, "share of orders, Wilson's intervals")


def _channels(fit: Fit, seen: Observed) -> None:
    told = seen.channel[seen.channel >= 0]
    if not len(told):
        fit.notes.append("The history tells no channels: the scenario's shares stay.")
        return
    found = shares(np.bincount(told, minlength=len(ONLINE_CHANNELS)).tolist())
    value = {channel.key: share for channel, share in zip(ONLINE_CHANNELS, summing_to_one(found), strict=True)}
    fit.add("demand.online.channels", value, found, "share of orders, Wilson's intervals")


def _dispersion(fit: Fit, seen: Observed, counts: Ints) -> None:
    """Sizes k of the days' counts and of the SKUs' weekly lines."""
    full = len(counts) // 7
    of_days = size_of_days(counts[: full * 7].reshape(full, 7).astype(np.float64)) if full else None
    whole = len(counts) // 7
    of_skus, table = None, np.zeros((0, 0))
    if whole >= 3:
        week = ((seen.day - int(seen.day.min())) // 7)[seen.order]
        told = week < whole
        table = np.zeros((len(seen.skus), whole))
        np.add.at(table, (seen.sku[told], week[told]), 1.0)
        table = table[table.sum(axis=1) > 0]
        of_skus = size_k(table)
    if of_days is None and of_skus is None:
        fit.notes.append("Counts vary no more than by chance, as far as can be seen: no over-dispersion.")
        return
    fit.add("demand.dispersion.on", True, [], "counts vary more than by chance")
    for key, found, what in (
        ("online_day_k", of_days, "size k of a day's count beyond week and weekday, moments, jackknife over weeks"),
        ("online_k", of_skus, "size k of a SKU's lines a week, moments, jackknife over SKUs and weeks"),
    ):
        value = 0.0 if found is None else round(found.value, _DECIMALS)
        fit.add(f"demand.dispersion.{key}", value, [found], what if found is not None else "none seen: Poisson")
    if of_skus is not None:
        tell_zeros(fit, table, of_skus.value, "SKU-weeks")


def tell_zeros(fit: Fit, counts: Floats, k: float, what: str) -> None:
    """How well a negative binomial law fits: the share of zeros, which no moment was fitted to."""
    mean = counts.mean(axis=1, keepdims=True)
    seen = float((counts == 0).mean())
    fitted = float(((1.0 + mean / k) ** -k).mean())
    chance = float(np.exp(-mean).mean())
    fit.notes.append(
        f"{what} without a line: {seen:.1%} seen, {fitted:.1%} by the fitted law, {chance:.1%} by pure chance."
    )
