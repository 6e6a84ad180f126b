"""Service laws fitted to shipments: picking work, transit, short picks, returns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from orchestrion.errors import InputError, Problem
from orchestrion.experiments.calibration.estimates import (
    Fitted,
    Floats,
    Ints,
    chi_square,
    shares,
    summing_to_one,
    work,
)
from orchestrion.experiments.calibration.fit import Fit
from orchestrion.experiments.calibration.hours import alike
from orchestrion.scenarios import Scenario
from orchestrion.scenarios.compile.nodes import GROUPS, read_spots
from orchestrion.scenarios.history.dates import NO_TIME, Ambiguous, dates_of
from orchestrion.scenarios.history.rows import decimal_of, number_of
from orchestrion.scenarios.importers.headers import recognised
from orchestrion.scenarios.importers.report import shown
from orchestrion.scenarios.importers.tables import Records, key_of
from orchestrion.scenarios.sheets import open_sheet
from orchestrion.units import DAY, duration_text

COLUMNS: dict[str, tuple[str, ...]] = {
    "node": ("node", "store", "magasin", "location", "sourcecode", "site", "facility", "codemagasin"),
    "service": ("service", "carrier", "transporteur", "carrierservice"),
    "started": ("started", "pickingstarted", "debutpreparation", "startedat", "startedt"),
    "picked": ("picked", "packed", "finpreparation", "pickedat", "pickedt", "prepare"),
    "handed": ("handed", "shipped", "shippedat", "expedie", "handedt", "dateexpedition"),
    "received": ("received", "delivered", "deliveredat", "livre", "receivedt", "datelivraison"),
    "lines": ("lines", "lignes", "nblignes"),
    "units": ("units", "unites", "qty", "quantite", "unitsasked"),
    "found": ("found", "unitsfound", "trouve", "picquees", "unitspicked"),
    "category": ("category", "categorie", "famille", "rayon", "productcategory"),
    "back": ("back", "returnedat", "returnedt", "dateretour", "rendule"),
    "returned": ("returned", "unitsreturned", "retourne", "retours"),
}
MOMENTS = ("ordered", "promised", "started", "picked", "handed", "received", "ready", "back")
Groups = np.ndarray[tuple[int, ...], np.dtype[np.str_]]
_LONGEST = 15  # business days; what took longer is put there
_LATEST = 60  # days after the receipt
# what a law is fitted to
_NEEDS = {
    "Picking work": ("node", "started", "picked", "lines", "units"),
    "Short picks": ("node", "units", "found"),
    "Transit": ("handed", "received"),
    "Returns": ("units", "returned"),
    "Returns by category": ("category", "units", "returned"),
    "Days until a return": ("received", "back", "returned"),
}


def fit_shipments(path: Path, scenario: Scenario, fit: Fit) -> None:
    """Add to a fit what a file of shipments says: one row each, columns as far as there are any.

    `node`, `service`, `category` by the scenario's keys; `started`, `picked`, `handed`, `received`, `back` moments;
    `lines`, `units` asked for, `found`, `returned` counts. Which laws it does not tell is said.

    Raises
    ------
    InputError
        If it cannot be read, or has none of these columns.
    """
    sheet = open_sheet(path)
    names = recognised(sheet.header, COLUMNS)
    if not {"received", "picked", "found", "returned"} & set(names):
        rule = f"none of the columns that tell how a shipment went: {', '.join(COLUMNS)}."
        raise InputError([Problem(sheet.file, sheet.header_line, "", "", rule)])
    rows = list(Records(sheet).rows())
    columns = {key: [row[name] for row in rows] for key, name in names.items()}
    role = {spot.key: GROUPS[spot.role] for spot in read_spots(scenario.document.network)}
    groups = np.array([role.get(key_of(text), "") for text in columns.get("node", [""] * len(rows))])
    unknown = int((groups == "").sum()) if "node" in columns else 0
    if unknown:
        fit.notes.append(f"{unknown:,} shipments of nodes that the scenario has not: left out where the node matters.")
    when = moments_of(sheet.file, names, columns)
    _picking(fit, columns, when, groups)
    _short_picks(fit, columns, groups)
    _transit(fit, columns, when, scenario)
    _returns(fit, columns, scenario)
    _days_back(fit, columns, when)
    for law, needed in _NEEDS.items():
        lacking = [name for name in needed if name not in columns]
        if lacking:
            told = f"{law}: not fitted, {sheet.file} has no column {' or '.join(lacking)}; as in {scenario.name}."
            fit.notes.append(told)


def moments_of(file: str, names: Mapping[str, str], columns: Mapping[str, Sequence[str]]) -> dict[str, Ints]:
    """Local seconds since 1970 of each text in the columns of moments; `NO_TIME` for none.

    One hand wrote them all: whether the day or the month comes first is told by any of them.

    Raises
    ------
    InputError
        If none tells, or a text is no moment: all of them.
    """
    there = [key for key in MOMENTS if key in columns]
    told = [text for key in there for text in columns[key] if text]
    try:
        dates = dates_of(told, (), "Europe/Paris", None, False)
    except Ambiguous as error:
        rule = f"does the day or the month come first in {str(error)!r}? The file does not tell; write 2026-09-07."
        raise InputError([Problem(file, None, names[there[0]], "", rule)]) from None
    found = {
        key: np.array([dates.seconds(text) if text else NO_TIME for text in columns[key]], np.int64) for key in there
    }
    wrong = []
    for key in there:
        unread = (text for text, s in zip(columns[key], found[key].tolist(), strict=True) if text and s == NO_TIME)
        rule = "no moment; write it like the others, or leave it empty."
        wrong += [Problem(file, None, names[key], shown(text), rule) for text in dict.fromkeys(unread)]
    if wrong:
        raise InputError(wrong)
    return found


def numbers_of(texts: Sequence[str]) -> Floats:
    """Numbers with the decimal sign that they show; nan for none."""
    sign = decimal_of(texts, False) or ","
    return np.array([number_of(text, sign) if text else math.nan for text in texts])


def _picking(fit: Fit, columns: dict[str, list[str]], when: Mapping[str, Ints], groups: Groups) -> None:
    if not {"started", "picked", "lines", "units"} <= set(columns):
        return
    begun, ended = when["started"], when["picked"]
    lines, units = numbers_of(columns["lines"]), numbers_of(columns["units"])
    sound = (begun != NO_TIME) & (ended != NO_TIME) & (ended >= begun) & np.isfinite(lines + units)
    for group in dict.fromkeys(groups.tolist()):
        mine = sound & (groups == group)
        if not group or not mine.any():
            continue
        found = work((ended - begun)[mine].astype(np.float64), lines[mine], units[mine])
        if found is None:
            fit.notes.append(f"Picking in {group}: lines and units do not vary enough to tell their work apart.")
            continue
        for name, one in zip(("pick_setup", "pick_line", "pick_unit"), found, strict=True):
            text = duration_text(max(round(one.value), 0))
            fit.add(f"network.{group}.{name}", text, [one], f"least squares, {one.fit}", "s")


def _short_picks(fit: Fit, columns: dict[str, list[str]], groups: Groups) -> None:
    if not {"units", "found"} <= set(columns):
        return
    units, found = numbers_of(columns["units"]), numbers_of(columns["found"])
    sound = np.isfinite(units + found) & (found <= units)
    for group in dict.fromkeys(groups.tolist()):
        mine = sound & (groups == group)
        asked, had = int(units[mine].sum()), int(found[mine].sum())
        if group and asked:
            one = shares([had, asked - had])[0]
            law = "share of units found, Wilson's interval"
            fit.add(f"network.{group}.pick_success", round(one.value, 6), [one], law)


def _transit(fit: Fit, columns: dict[str, list[str]], when: Mapping[str, Ints], scenario: Scenario) -> None:
    if not {"handed", "received"} <= set(columns):
        return
    handed, received = when["handed"], when["received"]
    known = list(scenario.document.services)
    named = [text if text in known else "" for text in columns.get("service", [known[0]] * len(handed))]
    strange = {text: 0 for text in columns.get("service", ()) if text and text not in known}
    for text in columns.get("service", ()):
        if text in strange:
            strange[text] += 1
    for text, count in list(strange.items())[:10]:
        fit.notes.append(f"Transit of {shown(text)}: no service of {scenario.name}; {count:,} shipments left out.")
    sound = (handed != NO_TIME) & (received != NO_TIME) & (received >= handed)
    business = business_days_between(handed, received)
    for service in dict.fromkeys(named):
        mine = sound & (np.array(named) == service)
        if not service or not mine.any():
            continue
        counts = np.bincount(np.minimum(business[mine], _LONGEST))
        found = shares(counts.tolist())
        values = summing_to_one(found)
        law_told = "share of each number of business days, Wilson's intervals"
        fit.add(f"services.{service}.transit", values, found, law_told)
        usual = scenario.document.services[service].transit
        width = max(len(counts), len(usual))
        law = [*usual, *[0.0] * (width - len(usual))]
        seen = [*counts.tolist(), *[0] * (width - len(counts))]
        if any(s and not p for s, p in zip(seen, law, strict=True)):
            fit.notes.append(f"Transit of {service}: the law of {scenario.name} is refused, it knows no such days.")
            continue
        statistic, p = chi_square(seen, [share * sum(seen) for share in law])
        verdict = "is refused" if p < 0.05 else "fits too"
        fit.notes.append(
            f"Transit of {service}: the law of {scenario.name} {verdict} (chi-square {statistic:.1f}, p = {p:.3g})."
        )


def business_days_between(begin: Ints, end: Ints) -> Ints:
    """Days from Monday to Saturday after the first moment's day, up to the last one's."""
    first, last = begin // DAY, end // DAY
    # the first of January 1970 was a Thursday: Sundays are the days 3, 10, 17, ...
    sundays = (last + 4) // 7 - (first + 4) // 7
    found: Ints = np.maximum(last - first - sundays, 0)
    return found


def _returns(fit: Fit, columns: dict[str, list[str]], scenario: Scenario) -> None:
    if not {"units", "returned"} <= set(columns):
        return
    units, returned = numbers_of(columns["units"]), numbers_of(columns["returned"])
    sound = np.isfinite(units + returned) & (returned <= units)
    sold, back = int(units[sound].sum()), int(returned[sound].sum())
    if not sold:
        return
    every: Fitted = shares([back, sold - back])[0]
    fit.add("returns.on", True, [], "returns are in the file")
    named = np.array(columns.get("category", [""] * len(units)))
    alone = []
    for category in [*scenario.document.assortment.categories, "other"]:
        mine = sound & (named == category)
        one, law = every, "share of all units, Wilson's interval"
        if units[mine].sum():
            given = int(returned[mine].sum())
            one = shares([given, int(units[mine].sum()) - given])[0]
            law = f"share of units of {category}, Wilson's interval"
            alone.append([given, int(units[mine].sum()) - given])
        fit.add(f"returns.categories.{category}.rate", round(one.value, 6), [one], law)
    strange = sound & (named != "") & ~np.isin(named, [*scenario.document.assortment.categories, "other"])
    if strange.any():
        told = ", ".join(shown(text) for text in dict.fromkeys(named[strange].tolist()))
        fit.notes.append(f"Categories that {scenario.name} has not: {told}; they count among all units only.")
    if len(alone) > 1:
        statistic, degrees, p = alike(np.array(alone))
        verdict = "refused" if p < 0.05 else "possible"
        fit.notes.append(
            f"One return rate for all categories is {verdict} (chi-square {statistic:.1f}, {degrees} degrees, "
            f"p = {p:.3g})."
        )


def _days_back(fit: Fit, columns: dict[str, list[str]], when: Mapping[str, Ints]) -> None:
    """Days from the receipt to the return, where both are told; what has not come back yet is in no law."""
    if not {"received", "back", "returned"} <= set(columns):
        return
    returned = np.nan_to_num(numbers_of(columns["returned"]))
    received, back = when["received"], when["back"]
    sound = (received != NO_TIME) & (back != NO_TIME) & (back >= received) & (returned > 0)
    if not sound.any():
        return
    days = np.minimum((back // DAY - received // DAY)[sound], _LATEST)
    found = shares(np.bincount(days, weights=returned[sound]).astype(np.int64).tolist())
    values = summing_to_one(found)
    fit.add("returns.days", values, found, "share of units given back after each number of days, Wilson's intervals")
