"""A carrier's rate card: weights down, distances or zones across; or one price a row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.rows import decimal_of, number_of
from orchestrion.scenarios.importers.family import Imported, Request, importers
from orchestrion.scenarios.importers.headers import plain
from orchestrion.scenarios.importers.report import ImportReport, shown
from orchestrion.scenarios.importers.tables import Form, key_of, open_form, table_text
from orchestrion.scenarios.sheets import Sheet, open_sheet

_WEIGHT = (
    "uptokg", "weight", "poids", "poidsmax", "weightmax", "maxweight", "kg", "jusqua", "jusquakg", "poidskg", "upto",
    "tranche", "tranchedepoids", "poidsjusqua", "weightkg", "poidsmaxkg", "poidsg", "weightg",
)  # fmt: skip
_LONG = {
    "weight": _WEIGHT,
    "zone": ("zone", "destination", "region", "pays"),
    "distance": ("uptokm", "distance", "km", "distancemax", "jusquakm", "maxkm"),
    "price": ("priceeur", "price", "prix", "tarif", "prixht", "montant", "rate", "tarifht"),
}
_ZONES = {
    "departure": ("departure", "depart", "origine", "from", "deptdepart"),
    "arrival": ("arrival", "arrivee", "destination", "to", "deptarrivee", "departement", "dept"),
    "zone": ("zone",),
}
_EXTRA = re.compile(r"(par|per|/)\s*(kg|kilo)|au[- ]del|suppl|extra|above|beyond", re.IGNORECASE)
_KM = re.compile(r"(\d[\d\s.,]*)\s*km", re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d\s\u00a0\u202f.,]*")


@dataclass(slots=True)
class _Card:
    """Prices by column (zone or distance) and weight, each with its place."""

    by_zone: bool
    cells: dict[tuple[str, float], tuple[float, int]]
    extra: float | None = None


@importers("rates")
def rates(request: Request) -> Imported:
    """A rate card of the service named by --service, CSV or Excel: weights by distances or zones; and its zones."""
    report = ImportReport("rates", tuple(str(path) for path in request.files))
    service = request.service
    known = request.base.document.services
    if service not in known:
        rule = f"{request.base.name} has no such service; it has: {', '.join(known)}."
        raise InputError([Problem("--service", None, "", service, rule)])
    tables: dict[str, str] = {}
    changes: dict[str, object] = {}
    for path in request.files:
        sheet = open_sheet(path)
        header = {plain(name) for name in sheet.header}
        if header & set(_ZONES["departure"]) and "zone" in header:
            name = f"zones_{key_of(service)}.csv"
            tables[name] = _zones(path, report)
            changes["zones_table"] = name
            continue
        card = _long(path, report) if header & set(_LONG["price"]) else _matrix(sheet, report)
        name = f"rates_{key_of(service)}.csv"
        tables[name] = _written(card, service)
        changes["rate_card"] = name
        report.counts["prices"] = len(card.cells)
        if card.extra is None:
            report.notes.append("No price for each kilogram above the last band: taken to be nothing.")
        if card.by_zone and len({zone for zone, _ in card.cells}) > 1:
            report.notes.append("Priced by zones: import the table of zones (departure, arrival, zone) with it.")
    return Imported(report, {"services": {service: changes}}, tables)


def _zones(path: Path, report: ImportReport) -> str:
    form = open_form(path, _ZONES, ("departure", "arrival", "zone"), report)
    rows = []
    for row in form.rows():
        for name in ("departure", "arrival", "zone"):
            if not row[name].text:
                form.wrong(row[name], "is empty; * stands for any, = for the departement of departure.")
        ends = [_departement(row[name].text) for name in ("departure", "arrival")]
        rows.append([*ends, row["zone"].text, "the file", "second-hand"])
    form.done()
    report.counts["pairs of departements"] = len(rows)
    return table_text(("departure", "arrival", "zone", "source", "confidence"), rows, "Zones of the rate card.")


def _departement(text: str) -> str:
    return text.removesuffix(".0").zfill(2) if text.removesuffix(".0").isdigit() else text.upper()


def _kilograms(text: str, column: str) -> float | None:
    """The upper limit of a weight band: `0,25`, `250 g`, `jusqu'à 2 kg`, `1-2 kg`."""
    numbers = _NUMBER.findall(text.replace("\u2013", "-"))
    if not numbers:
        return None
    sign = decimal_of([numbers[-1].strip()], False) or ","
    value = number_of(numbers[-1].strip(), sign)
    unit = re.search(r"\d\s*(kg|g)\b", text, re.IGNORECASE)
    grams = unit[1].casefold() == "g" if unit else plain(column).endswith(("poidsg", "weightg", "grammes"))
    return value / 1000 if grams else value


def _matrix(sheet: Sheet, report: ImportReport) -> _Card:
    """Weights down, one column for each distance or zone."""
    problems: list[Problem] = []
    report.understood.append(f"{sheet.file}: {sheet.how}.")
    places = [i for i, name in enumerate(sheet.header) if plain(name) in _WEIGHT]
    weight = places[0] if places else 0
    bands = [(i, name) for i, name in enumerate(sheet.header) if name and i != weight]
    kms = [_KM.findall(name) for _, name in bands]
    endless = [bool(re.search(r">|\+|au[- ]del|beyond|above|plus de|toute|any|france", n, re.I)) for _, n in bands]
    by_zone = not all(km or end for km, end in zip(kms, endless, strict=True)) and len(bands) > 1
    names = []
    for (_, name), km, end in zip(bands, kms, endless, strict=True):
        if by_zone:
            match = re.fullmatch(r"zone\s*(\w+)", name, re.IGNORECASE)
            names.append(match[1] if match else name)
        else:
            names.append("" if end or not km else f"{number_of(km[-1].strip(), ','):g}")
    if not by_zone and "" not in names:
        names[-1] = ""
        report.notes.append(f"{bands[-1][1]!r} is the farthest distance: its prices hold beyond it, too.")
    what = "zones" if by_zone else "distances"
    shown_names = ", ".join(name or "any farther" for name in names)
    report.understood.append(f"Weights in {sheet.header[weight]!r}; {what}: {shown_names}.")
    rows = [
        (number, [cell.strip() for cell in row])
        for block in sheet.blocks()
        for number, row in zip(block.numbers.tolist(), block.rows, strict=True)
    ]
    texts = [row[i] for _, row in rows for i, _ in bands if row[i]]
    decimal = decimal_of(texts, sheet.typed) or ","
    card = _Card(by_zone, {})
    for number, row in rows:
        head = row[weight]
        extra = bool(_EXTRA.search(head))
        kg = None if extra else _kilograms(head, sheet.header[weight])
        if not extra and (kg is None or not 0 < kg <= 1e5):
            rule = "no weight; write the upper limit of the band, such as 0.5, 250 g or 2 kg."
            problems.append(Problem(sheet.file, number, sheet.header[weight], shown(head) if head else "", rule))
            continue
        for (place, column), name in zip(bands, names, strict=True):
            price = number_of(row[place], decimal)
            if not 0 <= price <= 1e6:  # nan is in no range
                rule = "no price; write one such as 4.90 or 4,90."
                problems.append(Problem(sheet.file, number, column, shown(row[place]) if row[place] else "", rule))
            elif extra:
                # one price for all columns: the dearest, so that nothing is flattered
                card.extra = max(card.extra or 0.0, price)
            elif kg is not None:
                _add(card, (name, kg), price, number, sheet.file, column, problems)
    if problems:
        raise InputError(problems)
    return card


def _long(path: Path, report: ImportReport) -> _Card:
    """One price a row."""
    form = open_form(path, _LONG, ("weight", "price"), report, numbers=("price",))
    card = _Card("zone" in form.columns, {})
    for row in form.rows():
        price = form.number(row["price"], 0, 1e6)
        if not row["price"].text:
            form.wrong(row["price"], "no price; write one such as 4.90 or 4,90.")
        if _EXTRA.search(row["weight"].text):
            card.extra = max(card.extra or 0.0, price or 0.0)
            continue
        kg = _kilograms(row["weight"].text, row["weight"].column)
        if kg is None or not 0 < kg <= 1e5:
            form.wrong(row["weight"], "no weight; write the upper limit of the band, such as 0.5, 250 g or 2 kg.")
            continue
        name = _band(form, row, card.by_zone)
        if price is not None:
            cell = row["weight"]
            _add(card, (name, kg), price, cell.row, cell.file, cell.column, form.problems)
    form.done()
    return card


def _band(form: Form, row: Mapping[str, object], by_zone: bool) -> str:
    if by_zone:
        zone = row["zone"].text  # type: ignore[attr-defined]
        if not zone:
            form.wrong(row["zone"], "no zone; write its name.")  # type: ignore[arg-type]
        return str(zone)
    far = form.number(row.get("distance"), 0.001, 1e5)  # type: ignore[arg-type]
    return "" if far is None else f"{far:g}"


def _add(
    card: _Card,
    key: tuple[str, float],
    price: float,
    row: int,
    file: str,
    column: str,
    problems: list[Problem],
) -> None:
    if key in card.cells:
        rule = f"up to {key[1]:g} kg stands in row {card.cells[key][1]} already; keep one of the two."
        problems.append(Problem(file, row, column, f"{price:g}", rule))
    card.cells.setdefault(key, (price, row))


def _written(card: _Card, service: str) -> str:
    """The card as the scenario reads it: bands in ascending order."""
    header = ("kind", "zone" if card.by_zone else "up_to_km", "up_to_kg", "price_eur", "unit", "source", "confidence")
    zones = list(dict.fromkeys(name for name, _ in card.cells))
    if not card.by_zone:
        zones.sort(key=lambda name: float(name or "inf"))
    rows: list[list[object]] = []
    for name in zones:
        weights = sorted(kg for zone, kg in card.cells if zone == name)
        rows += [["band", name, f"{kg:g}", f"{card.cells[name, kg][0]:.4g}"] for kg in weights]
    rows.append(["extra_kg", zones[0] if card.by_zone else "", "", f"{card.extra or 0:.4g}"])
    about = (
        f"Rate card of {service}.\n"
        "price_eur: for one parcel, without VAT; extra_kg: each kilogram begun above the last band"
    )
    return table_text(header, [[*row, "EUR", "the file", "second-hand"] for row in rows], about)
