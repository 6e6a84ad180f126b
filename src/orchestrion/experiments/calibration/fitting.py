"""Demand fitted to a history: rate, weekdays, hours, lines, units, options, SKUs, zones, over-dispersion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from orchestrion.experiments.calibration.estimates import (
    Fitted,
    Floats,
    Ints,
    chi_square,
    rate,
    shares,
    size_k,
    size_of_days,
    weekday_factors,
)
from orchestrion.experiments.calibration.observed import Observed, day_of, observed
from orchestrion.scenarios import Scenario
from orchestrion.scenarios.compile.places import read_communes
from orchestrion.scenarios.document.base import WEEKDAYS
from orchestrion.scenarios.hours import hour_profile
from orchestrion.units import MICRO

_MOST_LINES, _MOST_UNITS = 40, 20  # what is longer is put with the longest
_PRIOR = 20.0  # orders of a zone that the population counts for
_NAMES = 4  # decimals


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the document with what was found; a list or mapping has an estimate for each of its entries."""

    path: str
    value: Any
    estimates: tuple[Fitted | None, ...]
    law: str
    unit: str = ""


@dataclass(slots=True)
class Fit:
    """What a history says about a scenario's parameters.

    Attributes
    ----------
    tables
        File name -> (header, rows) of the tables that the parameters name.
    notes
        What could not be fitted and why, and how well the laws fit.
    """

    source: str
    first: date
    last: date
    parameters: list[Parameter] = field(default_factory=list)
    tables: dict[str, tuple[Sequence[str], list[list[Any]]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __getitem__(self, path: str) -> Parameter:
        return next(one for one in self.parameters if one.path == path)

    def add(self, path: str, value: Any, estimates: Sequence[Fitted | None], law: str, unit: str = "") -> None:
        """One more parameter."""
        self.parameters.append(Parameter(path, value, tuple(estimates), law, unit))


def fit_history(
    path: Path, scenario: Scenario, mapping: str | None = None, first: date | None = None, last: date | None = None
) -> Fit:
    """Fit demand to a history file, or to a part of its days.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    return fit_orders(observed(path, scenario, mapping).between(first, last), scenario)


def fit_orders(seen: Observed, scenario: Scenario) -> Fit:
    """Fit demand to orders."""
    fit = Fit(seen.file, day_of(int(seen.day.min())), day_of(int(seen.day.max())))
    days = seen.days
    counts = np.bincount(seen.day - days[0], minlength=len(days))
    weekday = (days + 3) % 7  # the first of January 1970 was a Thursday
    found = rate(counts, weekday)
    fit.add("demand.online.orders_per_day", round(found.value, 3), [found], "mean of a day", "orders a day")
    _weekdays(fit, counts, weekday)
    _hours(fit, seen, scenario)
    _pieces(fit, seen, scenario)
    _options(fit, seen, scenario)
    _dispersion(fit, seen, counts)
    _skus(fit, seen)
    _zones(fit, seen, scenario)
    return fit


def _weekdays(fit: Fit, counts: Ints, weekday: Ints) -> None:
    factors = weekday_factors(counts, weekday)
    if any(one is None for one in factors):
        fit.notes.append("Some weekdays were not seen: the scenario's weekday factors stay.")
        return
    value = {name: round(one.value, _NAMES) for name, one in zip(WEEKDAYS, factors, strict=True) if one is not None}
    fit.add("demand.online.weekdays", value, factors, "mean of the weekday over the mean of the week")


def _hours(fit: Fit, seen: Observed, scenario: Scenario) -> None:
    if not len(seen.hour):
        fit.notes.append("The history has no times of day: the scenario's hours stay.")
        return
    counts = np.bincount(seen.hour, minlength=24)
    found = shares(counts.tolist())
    rows = [[hour, f"{one.value:.6f}", f"{one.low:.4f}", f"{one.high:.4f}"] for hour, one in enumerate(found)]
    fit.tables["hours_online.csv"] = (("hour", "share", "low", "high"), rows)
    fit.add("demand.online.hours_table", "hours_online.csv", [], "share of each hour, Wilson's intervals in the table")
    usual = np.atleast_2d(hour_profile(scenario.document.demand.online.hours_table)).mean(axis=0)
    _compared(fit, "Hours of the day", counts, usual, scenario)


def _pieces(fit: Fit, seen: Observed, scenario: Scenario) -> None:
    lines = np.bincount(seen.order, minlength=len(seen.day))
    online = scenario.document.demand.online
    for path, sizes, most, usual, what in (
        ("demand.online.lines", lines, _MOST_LINES, online.lines, "Lines of an order"),
        ("demand.online.units", seen.quantity, _MOST_UNITS, online.units, "Units of a line"),
    ):
        clipped = np.minimum(sizes, most)
        counts = np.bincount(clipped)[1:]
        found = shares(counts.tolist())
        values = [round(one.value, 6) for one in found]
        values[int(np.argmax(values))] += 1.0 - math.fsum(values)
        fit.add(path, [round(v, 9) for v in values], found, "share of each size, Wilson's intervals")
        _compared(fit, what, counts, np.array(usual), scenario)


def _compared(fit: Fit, what: str, counts: Ints, usual: Floats, scenario: Scenario) -> None:
    """Whether what was seen may come from the law that the scenario has."""
    width = max(len(counts), len(usual))
    seen, law = np.zeros(width), np.zeros(width)
    seen[: len(counts)], law[: len(usual)] = counts, usual
    impossible = seen[law <= 0].sum()
    if impossible:
        fit.notes.append(f"{what}: the law of {scenario.name} is refused, {impossible:,.0f} lie where it has nothing.")
        return
    statistic, p = chi_square(seen.tolist(), (law / law.sum() * seen.sum()).tolist())
    verdict = "is refused" if p < 0.05 else "fits too"
    fit.notes.append(f"{what}: the law of {scenario.name} {verdict} (chi-square {statistic:.1f}, p = {p:.3g}).")


def _options(fit: Fit, seen: Observed, scenario: Scenario) -> None:
    known = [key for key, option in scenario.document.options.items() if option.on]
    counts = {key: seen.option.count(key) for key in known}
    total = sum(counts.values())
    if not total:
        fit.notes.append("The history tells no fulfilment options: the scenario's shares stay.")
        return
    found = shares(list(counts.values()))
    values = {key: round(one.value, 6) for key, one in zip(known, found, strict=True)}
    largest = max(values, key=lambda key: values[key])
    values[largest] = round(values[largest] + 1.0 - math.fsum(values.values()), 9)
    fit.add("demand.online.options", values, found, "share of orders, Wilson's intervals")


def _dispersion(fit: Fit, seen: Observed, counts: Ints) -> None:
    """Sizes k of the days' counts and of the SKUs' weekly lines."""
    full = len(counts) // 7
    of_days = size_of_days(counts[: full * 7].reshape(full, 7).astype(np.float64)) if full else None
    weeks = (seen.day - int(seen.day.min())) // 7
    whole = (int(seen.day.max()) - int(seen.day.min()) + 1) // 7
    of_skus = None
    if whole >= 3:
        week = weeks[seen.order]
        told = week < whole
        table = np.zeros((len(seen.skus), whole))
        np.add.at(table, (seen.sku[told], week[told]), 1.0)
        of_skus = size_k(table)
    if of_days is None and of_skus is None:
        fit.notes.append("Counts vary no more than by chance, as far as can be seen: no over-dispersion.")
        return
    fit.add("demand.dispersion.on", True, [], "counts vary more than by chance")
    for key, found, what in (
        ("online_day_k", of_days, "size k of a day's count beyond week and weekday, moments, jackknife over weeks"),
        ("online_k", of_skus, "size k of a SKU's lines a week, moments, jackknife over SKUs"),
    ):
        value = 0.0 if found is None else round(found.value, _NAMES)
        fit.add(f"demand.dispersion.{key}", value, [found], what if found is not None else "none seen: Poisson")


def _skus(fit: Fit, seen: Observed) -> None:
    """Units a day of each SKU and its median price."""
    count, days = len(seen.skus), len(seen.days)
    lines = np.bincount(seen.sku, minlength=count)
    units = np.bincount(seen.sku, seen.quantity, minlength=count)
    rows: list[list[Any]] = []
    for i, key in enumerate(seen.skus):
        if not lines[i]:
            continue
        mine = seen.price[(seen.sku == i) & (seen.price > 0)] if count < 5000 else seen.price[:0]
        price = f"{np.median(mine) / MICRO:.2f}" if len(mine) else ""
        each = units[i] / days
        half = t_half(lines[i], units[i], days)
        rows.append([key, price, f"{each:.5f}", f"{max(each - half, 0):.5f}", f"{each + half:.5f}"])
    fit.tables["skus.csv"] = (("key", "price_eur", "planned_per_day", "low", "high"), rows)
    fit.add("assortment.skus_table", "skus.csv", [], "units a day of each SKU, Poisson intervals on lines in the table")


def t_half(lines: int, units: float, days: int) -> float:
    """Half-width of a SKU's units a day: its lines are counted, each asks for so many units on average."""
    return 1.96 * math.sqrt(max(lines, 1)) * (units / max(lines, 1)) / days


def _zones(fit: Fit, seen: Observed, scenario: Scenario) -> None:
    """People of each departement weighed so that its share of orders is the one seen, the less the fewer there are."""
    network = scenario.document.network
    told = seen.place[seen.place >= 0]
    if len(told) < 50:
        fit.notes.append("Fewer than fifty orders with a known address: addresses follow the population.")
        return
    communes = read_communes(network.communes_table, network.corsica)
    zone = communes.departement
    orders = np.bincount(zone[told], minlength=len(communes.departements)).astype(np.float64)
    people = np.bincount(zone, communes.population, minlength=len(communes.departements))
    expected = people / people.sum() * len(told)
    factor = (orders + _PRIOR * expected / max(expected.mean(), 1e-9)) / (
        expected + _PRIOR * expected / max(expected.mean(), 1e-9)
    )
    rows = [
        [
            key, label, communes.departements[int(zone[i])], "", "metro",
            f"{communes.population[i] * factor[zone[i]]:.2f}", f"{communes.lat[i]:.6f}", f"{communes.lon[i]:.6f}",
            "|".join(communes.postcodes[i]), "fitted",
        ]
        for i, (key, label) in enumerate(zip(communes.key, communes.label, strict=True))
    ]  # fmt: skip
    header = ("insee", "name", "departement", "region", "zone", "population", "lat", "lon", "postcodes", "coord_source")
    fit.tables["communes.csv"] = (header, rows)
    law = f"population x orders seen over expected by departement, {len(told)} orders"
    fit.add("network.communes_table", "communes.csv", [], law)
    statistic, p = chi_square(orders.tolist(), expected.tolist())
    verdict = "is refused" if p < 0.05 else "fits too"
    tested = f"(chi-square {statistic:.1f}, p = {p:.3g})"
    fit.notes.append(f"Orders by departement: the population's law {verdict} {tested}.")
