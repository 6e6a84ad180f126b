"""Walk-in customers fitted to what stores sold over the counter: how many lines, where, when, of which SKUs."""

from __future__ import annotations

import numpy as np

from orchestrion.errors import InputError, Problem
from orchestrion.experiments.calibration.estimates import Fitted, Floats, Ints, chi_square, rate, size_k
from orchestrion.experiments.calibration.fit import Fit
from orchestrion.experiments.calibration.fitting import fit_sizes, own_weeks, tell_zeros
from orchestrion.experiments.calibration.hours import fit_hours, fit_weekdays, tell_trend
from orchestrion.experiments.calibration.observed import Observed, day_of
from orchestrion.experiments.calibration.products import fit_skus
from orchestrion.scenarios import Scenario
from orchestrion.scenarios.compile.nodes import read_spots
from orchestrion.scenarios.hours import hour_profile

_STORES, _SKUS = 50, 400  # the busiest, by which over-dispersion is told


def fit_counter(seen: Observed, scenario: Scenario) -> Fit:
    """Fit walk-in demand to receipts: a walk-in wants one line, so that a basket of nine is nine of them.

    Raises
    ------
    InputError
        If the history does not say which store sold what.
    """
    if not any(seen.node):
        rule = "no column says which store sold it; name it as columns.node in a mapping, or fit without --counter."
        raise InputError([Problem(seen.file, None, "node", "", rule)])
    fit = Fit(seen.file, day_of(int(seen.day.min())), day_of(int(seen.day.max())))
    days = seen.days
    line_day = seen.day[seen.order]
    counts = np.bincount(line_day - days[0], minlength=len(days))
    weekday = (days + 3) % 7
    found = rate(counts, weekday)
    fit.add("demand.walk_in.per_day", round(found.value, 2), [found], "lines a day, all stores", "intents a day")
    fit_weekdays(fit, "demand.walk_in.weekdays", counts, weekday)
    tell_trend(fit, counts, "Lines")
    own_weeks(fit, scenario, "walk_in")
    if scenario.document.demand.history is not None:
        fit.add("demand.history", None, [], "what stores sold is not replayed as online orders")
    hours = scenario.document.demand.walk_in.hours_table or scenario.document.demand.online.hours_table
    line_hour = seen.hour[seen.order] if len(seen.hour) else seen.hour
    usual = np.atleast_2d(hour_profile(hours))
    fit_hours(fit, "demand.walk_in.hours_table", "hours_store.csv", line_day, line_hour, usual, scenario.name)
    # the model has one law of units, of the web and of the stores
    usual_units = scenario.document.demand.online.units
    fit_sizes(fit, "demand.online.units", seen.quantity, usual_units, "Units of a line", scenario.name)
    _stores(fit, seen, scenario)
    fit_skus(fit, seen)
    return fit


def _stores(fit: Fit, seen: Observed, scenario: Scenario) -> None:
    """Lines a day of each store, how unlike they are, and how much weeks of a SKU in a store vary."""
    names, store = np.unique(np.array(seen.node), return_inverse=True)
    of_line = store.reshape(-1)[seen.order]
    days = seen.days
    lines = np.bincount(of_line, minlength=len(names))
    receipts = np.bincount(store.reshape(-1), minlength=len(names))
    weekday = (days + 3) % 7
    line_day = seen.day[seen.order] - days[0]
    each_day = np.bincount(of_line * len(days) + line_day, minlength=len(names) * len(days)).reshape(len(names), -1)
    rows: list[list[str | int]] = []
    for i, name in enumerate(names.tolist()):
        one = rate(each_day[i], weekday)
        rows.append(
            [name, int(receipts[i]), int(lines[i]), f"{one.value:.4f}", f"{one.low:.4f}", f"{one.high:.4f}"]
        )
    fit.tables["stores.csv"] = ("node", "receipts", "lines", "lines_a_day", "low", "high"), rows
    statistic, p = chi_square(lines.tolist(), [float(lines.mean())] * len(names))
    fit.notes.append(
        f"{len(names):,} stores; alike is {'refused' if p < 0.05 else 'possible'} (chi-square {statistic:.0f}, "
        f"p = {p:.3g}). What each sells a day stands in stores.csv, with its interval."
    )
    _sizes(fit, names.tolist(), lines, len(days), scenario)
    of_skus, table = _dispersion(seen, of_line, lines)
    if of_skus is None:
        fit.notes.append("Weeks of a SKU in a store vary no more than by chance, as far as can be seen.")
        return
    fit.add("demand.dispersion.on", True, [], "counts vary more than by chance")
    law = f"size k of a SKU's lines a week in one store, moments, jackknife; {_STORES} stores x {_SKUS} SKUs at most"
    fit.add("demand.dispersion.store_k", round(of_skus.value, 4), [of_skus], law)
    tell_zeros(fit, table, of_skus.value, "Weeks of a SKU in a store")


def _sizes(fit: Fit, names: list[str], lines: Ints, days: int, scenario: Scenario) -> None:
    """Visitors of the sizes S, M, L, relative to M, where the stores are the scenario's."""
    size = {spot.key: spot.size for spot in read_spots(scenario.document.network)}
    known = [(size[name], n / days) for name, n in zip(names, lines.tolist(), strict=True) if name in size]
    if len(known) < len(names):
        fit.notes.append(
            f"{len(names) - len(known):,} of {len(names):,} stores are no nodes of {scenario.name}: import them "
            "(import stores) under the same codes, and the sizes S, M, L are fitted, too."
        )
    means = {}
    for letter in "SML":
        mine = [each for one, each in known if one == letter]
        if mine:
            means[letter] = sum(mine) / len(mine)
    if means:
        level = means.get("M", sum(means.values()) / len(means))
        usual = dict(scenario.document.demand.walk_in.size_weights)
        value = {letter: round(means.get(letter, 0.0) / level, 4) or weight for letter, weight in usual.items()}
        fit.add("demand.walk_in.size_weights", value, [], f"mean lines a day of {len(known)} stores by size, M is 1")


def _dispersion(seen: Observed, of_line: Ints, lines: Ints) -> tuple[Fitted | None, Floats]:
    """Size k of weekly lines, and the counts that it was fitted to: a row for each SKU in each store."""
    whole = len(seen.days) // 7
    if whole < 3:
        return None, np.zeros((0, 0))
    stores = np.sort(np.argsort(-lines, kind="stable")[:_STORES])
    sold = np.bincount(seen.sku, minlength=len(seen.skus))
    skus = np.sort(np.argsort(-sold, kind="stable")[:_SKUS])
    week = (seen.day[seen.order] - seen.days[0]) // 7
    told = np.isin(of_line, stores) & np.isin(seen.sku, skus) & (week < whole)
    row = np.searchsorted(stores, of_line[told]) * len(skus) + np.searchsorted(skus, seen.sku[told])
    table = np.zeros((len(stores) * len(skus), whole))
    np.add.at(table, (row, week[told]), 1.0)
    table = table[table.sum(axis=1) > 0]
    return size_k(table), table
