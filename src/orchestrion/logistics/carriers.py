"""Rate cards, zones, surcharges, couriers and transit laws from files that an analyst may edit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.carriers import Courier, RateCard, Surcharges
from orchestrion.errors import InputError, Problem
from orchestrion.tables import Row, Table, read_table
from orchestrion.units import MICRO

ANY, SAME = "*", "="  # in a table of zones: any area; the area of departure
ABROAD = ("2A", "2B")  # Corsica, which a table may price though the scenario does not deliver there
Column = float | str  # a distance band by its upper limit [km], or a zone by its name


@dataclass(frozen=True, slots=True)
class ReadCard:
    """A rate card as read, and the zones that its columns stand for; none where they are distance bands."""

    card: RateCard
    zones: tuple[str, ...] = ()


def read_rate_card(path: str | Path) -> RateCard:
    """Read a rate card by distance: rows `band` (up_to_kg, up_to_km, price_eur) and one row `extra_kg`.

    Raises
    ------
    InputError
        All that `read_card` refuses, and a card by zones.
    """
    read = read_card(path)
    if read.zones:
        rule = "priced by zones; a table of zones must go with it"
        raise InputError([Problem(str(path), None, "zone", "", rule)])
    return read.card


def read_card(path: str | Path) -> ReadCard:
    """Read a rate card by distance bands (column up_to_km) or by zones (column zone).

    Lower limits (from_kg, from_km) are optional; where they stand they are held against the band before.

    Raises
    ------
    InputError
        All at once: negative prices and NaN, bands with gaps or overlaps, out of order or written twice, a column
        without a price for some weight, prices falling with the weight, no last distance band (empty up_to_km), no or
        two extra_kg rows.
    """
    table = read_table(path, ("kind", "up_to_kg", "price_eur"))
    by_zone = "zone" in table.header
    if not by_zone:
        table = read_table(path, ("kind", "up_to_kg", "up_to_km", "price_eur"))
    problems: list[Problem] = []
    cells: dict[tuple[Column, float], tuple[int, Row]] = {}
    extras: list[int] = []
    for row in table:
        try:
            price = round(row.number("price_eur", 0.0, 1e6) * MICRO)
            if row["kind"] == "extra_kg":
                extras.append(price)
            elif row["kind"] == "band":
                key = (_column(row, by_zone), row.number("up_to_kg", 0.001, 1e5))
                if key in cells:
                    rule = f"this band is already on line {cells[key][1].line}; two bands overlap"
                    problems.append(row.problem("up_to_kg", rule))
                cells[key] = price, row
            else:
                problems.append(row.problem("kind", "must be 'band' or 'extra_kg'"))
        except InputError as error:
            problems += error.problems
    columns = list(dict.fromkeys(column for column, _ in cells))
    if not by_zone:
        columns.sort()
    kgs = sorted({kg for _, kg in cells})  # sorted: the set never reaches a result
    if not cells and not problems:
        problems.append(Problem(table.file, None, "kind", "", "no row of kind 'band'; a rate card needs one at least"))
    elif cells and not by_zone and columns[-1] != np.inf:
        rule = f"no price beyond {columns[-1]:g} km; leave up_to_km empty in the last band"
        problems.append(Problem(table.file, None, "up_to_km", "", rule))
    if len(extras) != 1 and not problems:
        rule = f"{len(extras)} rows of kind 'extra_kg'; there must be one"
        problems.append(Problem(table.file, None, "kind", "", rule))
    problems += _ladder(table, columns, kgs, cells)
    problems += _limits(table, columns, cells)
    if problems:
        raise InputError(problems)
    card = RateCard(
        up_to_g=np.array([round(kg * 1000) for kg in kgs], np.int64),
        up_to_m=np.array([round(float(km) * 1000) for km in ([] if by_zone else columns[:-1])], np.int64),
        price=np.array([[cells[column, kg][0] for kg in kgs] for column in columns], np.int64),
        extra_per_kg=extras[0],
    )
    return ReadCard(card, tuple(str(column) for column in columns) if by_zone else ())


def _column(row: Row, by_zone: bool) -> Column:
    if not by_zone:
        return row.number("up_to_km", 0.001, 1e5) if row["up_to_km"] else np.inf
    if not row["zone"]:
        raise InputError([row.problem("zone", "the zone's name is missing")])
    return row["zone"]


def _ladder(
    table: Table, columns: Sequence[Column], kgs: Sequence[float], cells: dict[tuple[Column, float], tuple[int, Row]]
) -> Iterator[Problem]:
    """Weight bands that are missing from a column, and prices that fall with the weight."""
    for column in columns:
        dearest = -1
        where = "any distance" if column == np.inf else column if isinstance(column, str) else f"{column:g} km"
        for kg in kgs:
            if (column, kg) not in cells:
                rule = f"no price up to {kg:g} kg and {where}; every distance needs the same weight bands"
                yield Problem(table.file, None, "up_to_kg", "", rule)
                continue
            price, row = cells[column, kg]
            if price < dearest:
                yield row.problem("price_eur", "cheaper than a lighter parcel over the same distance")
            dearest = max(dearest, price)


def _limits(
    table: Table, columns: Sequence[Column], cells: dict[tuple[Column, float], tuple[int, Row]]
) -> Iterator[Problem]:
    """Bands out of order, and lower limits that leave a gap after the band before, or overlap it."""
    for column in columns:
        rows = [row for (other, _), (_, row) in cells.items() if other == column]
        yield from _climbing(rows, "kg")
    bands = list(dict.fromkeys(column for column, _ in cells))
    if not any(isinstance(column, str) for column in bands):
        first = {column: next(row for (other, _), (_, row) in cells.items() if other == column) for column in bands}
        yield from _climbing(list(first.values()), "km")


def _climbing(rows: Sequence[Row], unit: str) -> Iterator[Problem]:
    upper, lower = f"up_to_{unit}", f"from_{unit}"

    def limit(row: Row, name: str, empty: float) -> float:
        try:
            return float(row.values.get(name) or empty)
        except ValueError:
            return np.nan

    for before, row in pairwise(rows):
        if limit(row, upper, np.inf) < limit(before, upper, np.inf):
            yield row.problem(upper, f"below line {before.line}; write the bands in ascending order")
    if rows and lower in rows[0].values:
        ends = [0.0, *(limit(row, upper, np.inf) for row in rows)]
        for end, row in zip(ends, rows, strict=False):
            begins = limit(row, lower, np.nan)
            if begins != end:
                what = "a gap" if begins > end else "an overlap" if begins < end else "not a number"
                yield row.problem(lower, f"{what}: the band before ends at {end:g} {unit}")


def zoned(read: ReadCard, zones: Table, areas: Sequence[str], node_area: Sequence[str], *, by_agency: bool) -> RateCard:
    """The card with the column of every node and area of addresses.

    Parameters
    ----------
    zones
        Rows (departure, arrival, zone): names of areas, `*` for any, `=` as arrival for the area of departure. The most
        exact row counts: a pair, then `=`, then a departure with `*`, an arrival from `*`, and `*` to `*`.
    areas
        Names of all areas of addresses (departements or agencies), in the order of their ids.
    node_area
        The area of each node.

    Raises
    ------
    InputError
        A zone that the card does not price, an unknown area, a pair written twice, or a pair without a zone.
    """
    problems: list[Problem] = []
    known = {ANY, SAME, *areas, *node_area, *ABROAD}
    table: dict[tuple[str, str], int] = {}
    for row in zones:
        pair = (row["departure"], row["arrival"])
        for name, area in zip(("departure", "arrival"), pair, strict=True):
            if area not in known or (name == "departure" and area == SAME):
                problems.append(row.problem(name, "no such area; known: * = " + ", ".join(areas[:6]) + ", ..."))
        if pair in table:
            problems.append(row.problem("arrival", "this pair is already written; two zones overlap"))
        if row["zone"] in read.zones:
            table[pair] = read.zones.index(row["zone"])
        else:
            rule = f"the rate card has no such zone; it prices: {', '.join(read.zones)}"
            problems.append(row.problem("zone", rule))
    column = np.zeros((len(node_area), len(areas)), np.int64)
    gaps: dict[tuple[str, str], None] = {}
    for n, source in enumerate(node_area):
        for a, area in enumerate(areas):
            same = [(source, SAME), (ANY, SAME)] if source == area else []
            ways = [(source, area), *same, (source, ANY), (ANY, area), (ANY, ANY)]
            found = next((table[way] for way in ways if way in table), -1)
            if found < 0:
                gaps[source, area] = None
            column[n, a] = found
    if gaps and not problems:
        source, area = next(iter(gaps))
        rule = f"no zone from {source!r} to {area!r} ({len(gaps)} pairs have none); end with a row * to *"
        problems.append(Problem(zones.file, None, "zone", "", rule))
    if problems:
        raise InputError(problems)
    return replace(read.card, column=column, by_agency=by_agency)


def read_zones(path: str | Path) -> Table:
    """A table of zones."""
    return read_table(path, ("departure", "arrival", "zone"))


def read_surcharges(
    path: str | Path,
    start: date,
    days: int,
    zones: Sequence[str],
    saturday: NDArray[np.bool_],
    parcels_a_year: int = 0,
) -> Surcharges:
    """What a carrier adds to its card: rows (name, key, value).

    Names: `fuel` (key: month YYYY-MM, in order, from the first on; value: share), `saturday`, `bulky`, `bulky_over_kg`,
    `bulky_over_cm3`, `remote` (key: zone of the address), `rebate` (key: from so many parcels a year, ascending; value:
    share of the card's price).

    Parameters
    ----------
    start, days
        The first day of the scenario, and how many there are.
    zones
        Names of the zones of addresses.
    saturday
        Whether the delivery foreseen for an order of each day falls on a Saturday, shape (days,).

    Raises
    ------
    InputError
        Unknown names, zones or months, values that are no numbers or below zero, months or tiers out of order, a month
        of the scenario before the first one.
    """
    table = read_table(path, ("name", "key", "value"))
    problems: list[Problem] = []
    fuel: dict[str, float] = {}
    remote = np.zeros(len(zones), np.int64)
    single: dict[str, float] = {}
    tiers: dict[float, float] = {}
    for row in table:
        name, key = row["name"], row["key"]
        try:
            most = 1.0 if name == "rebate" else 5.0 if name == "fuel" else 1e6
            value = row.number("value", 0.0, most)
            if name == "fuel":
                _month(row)
                if fuel and key <= next(reversed(fuel)):
                    problems.append(row.problem("key", "write the months in order, each once"))
                fuel[key] = value
            elif name == "remote":
                if key in zones:
                    remote[zones.index(key)] = round(value * MICRO)
                elif key not in ABROAD:
                    problems.append(row.problem("key", "no such zone of addresses"))
            elif name == "rebate":
                tier = row.number("key", 0.0)
                if tiers and tier <= next(reversed(tiers)):
                    problems.append(row.problem("key", "write the tiers in ascending order, each once"))
                tiers[tier] = value
            elif name in ("saturday", "bulky", "bulky_over_kg", "bulky_over_cm3"):
                single[name] = value
            else:
                known = "fuel, saturday, bulky, bulky_over_kg, bulky_over_cm3, remote, rebate"
                problems.append(row.problem("name", f"unknown; known: {known}"))
        except InputError as error:
            problems += error.problems
    months = [(start + timedelta(days=d)).strftime("%Y-%m") for d in range(days)]
    if fuel and months and months[0] < next(iter(fuel)) and not problems:
        rule = f"no coefficient for {months[0]}, the scenario's first month"
        problems.append(Problem(table.file, None, "fuel", "", rule))
    if problems:
        raise InputError(problems)
    by_day = [next((share for month, share in reversed(fuel.items()) if month <= day), 0.0) for day in months]
    return Surcharges(
        rebate=next((share for least, share in reversed(tiers.items()) if least <= parcels_a_year), 0.0),
        fuel=np.array(by_day),
        saturday=np.where(saturday[:days], round(single.get("saturday", 0.0) * MICRO), 0).astype(np.int64),
        remote=remote,
        bulky=round(single.get("bulky", 0.0) * MICRO),
        bulky_over_g=round(single.get("bulky_over_kg", 1e12) * 1000),
        bulky_over_cm3=round(single.get("bulky_over_cm3", 1e15)),
    )


def _month(row: Row) -> None:
    try:
        date.fromisoformat(f"{row['key']}-01")
    except ValueError:
        raise InputError([row.problem("key", "not a month; write YYYY-MM")]) from None


def read_courier(path: str | Path) -> Courier:
    """A courier's law of cost and time: rows radius [km], speed [km/h], handling [min], fixed [EUR], per_km [EUR],
    returns_empty [share].

    Raises
    ------
    InputError
        If one is missing, is no number, or cannot be.
    """
    table = read_table(path, ("name", "value"))
    table.unique("name")
    most = {"radius": 200.0, "speed": 130.0, "handling": 600.0, "fixed": 1e4, "per_km": 1e3, "returns_empty": 1.0}
    found: dict[str, float] = {}
    problems: list[Problem] = []
    for row in table:
        if row["name"] not in most:
            problems.append(row.problem("name", f"unknown; known: {', '.join(most)}"))
            continue
        try:
            least = 0.1 if row["name"] in ("radius", "speed") else 0.0
            found[row["name"]] = row.number("value", least, most[row["name"]])
        except InputError as error:
            problems += error.problems
            found[row["name"]] = 0.0
    problems += [
        Problem(table.file, None, name, "", "this value is missing; add a row with this name")
        for name in most
        if name not in found
    ]
    if problems:
        raise InputError(problems)
    return Courier(
        radius_m=round(found["radius"] * 1000),
        speed_m_s=found["speed"] / 3.6,
        handling_s=round(found["handling"] * 60),
        fixed=round(found["fixed"] * MICRO),
        per_km=round(found["per_km"] * MICRO),
        returns_empty=found["returns_empty"],
    )


def read_transit(path: str | Path, service: str) -> tuple[float, ...]:
    """Probabilities of arriving after 0, 1, 2, ... business days by a service.

    Raises
    ------
    InputError
        If the service has no row, a day occurs twice, or the probabilities do not sum to one.
    """
    table = read_table(path, ("service", "days", "probability")).where("service", service)
    table.unique("service", "days")
    for row in table:
        row.whole("days", 0, 60)
    law = {int(float(days)): share for days, share in table.shares("days", "probability").items()}
    return tuple(law.get(days, 0.0) for days in range(max(law) + 1))
