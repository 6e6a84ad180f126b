"""Service laws fitted to shipments: picking work, transit, short picks, returns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from orchestrion.errors import InputError, Problem
from orchestrion.experiments.calibration.estimates import Fitted, Floats, Ints, chi_square, shares, work
from orchestrion.experiments.calibration.fitting import Fit
from orchestrion.scenarios import Scenario
from orchestrion.scenarios.compile.nodes import GROUPS, read_spots
from orchestrion.scenarios.history.dates import NO_TIME, dates_of
from orchestrion.scenarios.importers.headers import recognised
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
    "returned": ("returned", "unitsreturned", "retourne", "retours"),
}
Groups = np.ndarray[tuple[int, ...], np.dtype[np.str_]]
_LONGEST = 15  # business days; what took longer is put there


def fit_shipments(path: Path, scenario: Scenario, fit: Fit) -> None:
    """Add to a fit what a file of shipments says: one row each, columns as far as there are any.

    `node`, `service` by the scenario's keys; `started`, `picked`, `handed`, `received` moments; `lines`, `units` asked
    for, `found`, `returned` counts.

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
    _picking(fit, columns, groups)
    _short_picks(fit, columns, groups)
    _transit(fit, columns, scenario)
    _returns(fit, columns, scenario)


def moments(texts: Sequence[str]) -> Ints:
    """Local seconds since 1970 of each text; `NO_TIME` for none."""
    told = [text for text in texts if text]
    dates = dates_of(told, (), "Europe/Paris", None, False)
    return np.array([dates.seconds(text) if text else NO_TIME for text in texts], np.int64)


def _counts(texts: Sequence[str]) -> Floats:
    return np.array([float(text) if text.replace(".", "", 1).isdigit() else np.nan for text in texts])


def _picking(fit: Fit, columns: dict[str, list[str]], groups: Groups) -> None:
    if not {"started", "picked", "lines", "units"} <= set(columns):
        return
    begun, ended = moments(columns["started"]), moments(columns["picked"])
    lines, units = _counts(columns["lines"]), _counts(columns["units"])
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
    units, found = _counts(columns["units"]), _counts(columns["found"])
    sound = np.isfinite(units + found) & (found <= units)
    for group in dict.fromkeys(groups.tolist()):
        mine = sound & (groups == group)
        asked, had = int(units[mine].sum()), int(found[mine].sum())
        if group and asked:
            one = shares([had, asked - had])[0]
            law = "share of units found, Wilson's interval"
            fit.add(f"network.{group}.pick_success", round(one.value, 6), [one], law)


def _transit(fit: Fit, columns: dict[str, list[str]], scenario: Scenario) -> None:
    if not {"handed", "received"} <= set(columns):
        return
    handed, received = moments(columns["handed"]), moments(columns["received"])
    known = list(scenario.document.services)
    named = [text if text in known else "" for text in columns.get("service", [known[0]] * len(handed))]
    sound = (handed != NO_TIME) & (received != NO_TIME) & (received >= handed)
    business = business_days_between(handed, received)
    for service in dict.fromkeys(named):
        mine = sound & (np.array(named) == service)
        if not service or not mine.any():
            continue
        counts = np.bincount(np.minimum(business[mine], _LONGEST))
        found = shares(counts.tolist())
        values = [round(one.value, 6) for one in found]
        largest = int(np.argmax(values))
        values[largest] = round(values[largest] + 1.0 - sum(values), 9)
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
    units, returned = _counts(columns["units"]), _counts(columns["returned"])
    sound = np.isfinite(units + returned) & (returned <= units)
    sold, back = int(units[sound].sum()), int(returned[sound].sum())
    if not sold:
        return
    one: Fitted = shares([back, sold - back])[0]
    fit.add("returns.on", True, [], "returns are in the file")
    for category in [*scenario.document.assortment.categories, "other"]:
        fit.add(f"returns.categories.{category}.rate", round(one.value, 6), [one], "share of units, Wilson's interval")
