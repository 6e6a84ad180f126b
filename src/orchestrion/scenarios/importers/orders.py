"""From order lines to the part of a scenario document that replays them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from orchestrion import bundled
from orchestrion.bundled import table_path
from orchestrion.errors import InputError
from orchestrion.scenarios.checking import checked
from orchestrion.scenarios.history.files import Gatherer, OrderFile, Rebuilt, column_places, wanted_names
from orchestrion.scenarios.history.mapping import Mapping, MappingDocument, read_mapping
from orchestrion.scenarios.importers.family import Imported, Request
from orchestrion.scenarios.importers.lines import LEFT_OUT, ORDERS, Blocks, Taken, take_over
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.scenario import dumped
from orchestrion.scenarios.sheets import Sheet, columns_of, open_sheet
from orchestrion.scenarios.written import written
from orchestrion.tables import read_table
from orchestrion.units import DAY

MAPPING = "orders.mapping.yaml"
_EPOCH = date(1970, 1, 1)
_WARM_UP = ((6, 2), (4, 1), (0, 0))  # from so many weeks on, so many of them for warming up
_MOST_WEEKS = 104


def format_mapping(name: str, own: str | None) -> Mapping:
    """The mapping of a format, or the one asked for in its place."""
    return read_mapping(own or bundled.scenarios_folder() / "mappings" / f"{name}.yaml")


def understood_mapping(document: dict[str, Any], place: str) -> Mapping:
    """A mapping that was worked out."""
    tree = written(document, place)
    model, problems = checked(MappingDocument, tree)
    if model is None:
        raise InputError(problems)
    return Mapping(model, tree, place)


def sheet_of(path: Path, mapping: Mapping) -> Sheet:
    """An order file as the mapping reads it."""
    return open_sheet(path, wanted_names(mapping.document.columns), mapping.document.reading)


def row_blocks(sheets: Sequence[Sheet], mapping: Mapping, carried: Sequence[str] = ()) -> Iterator[OrderFile]:
    """The lines of files that have one row a line.

    Parameters
    ----------
    carried
        Columns that only the first row of an order fills in, the order's number among them where it may be left out.
    """
    places = [column_places(sheet, mapping) for sheet in sheets]
    rebuilt = Rebuilt() if mapping.document.columns.order is None else None
    for sheet, there in zip(sheets, places, strict=True):
        filled = [name for name in carried if name in there]
        before: dict[str, str] = {}
        for block in sheet.blocks():
            columns = dict(zip(there, columns_of(block, list(there.values())), strict=True))
            if filled:
                columns |= _carried(columns, filled, before)
            gatherer = Gatherer(list(columns))
            gatherer.add(columns.values(), len(block.rows))
            texts = gatherer.texts()
            if rebuilt is not None:
                texts["order"] = rebuilt.orders(texts)
            names = {key: " | ".join(sheet.header[i] for i in place) for key, place in there.items()}
            yield OrderFile(sheet.file, sheet.word, texts, block.numbers, block.widths, sheet.typed, names)


def _carried(columns: dict[str, Sequence[str]], names: Sequence[str], before: dict[str, str]) -> dict[str, list[str]]:
    """What the first row of each order says, on its other rows too; `before` holds the order under way."""
    found: dict[str, list[str]] = {name: [] for name in names}
    for i, order in enumerate(columns["order"]):
        if order and order != before.get("order"):
            before.clear()
            before["order"] = order
        for name in names:
            text = columns[name][i]
            if text.strip():
                before.setdefault(name, text)
            found[name].append(text if text.strip() else before.get(name, ""))
    return found


def table_blocks(
    file: str,
    word: str,
    columns: dict[str, list[str]],
    numbers: Sequence[int],
    names: dict[str, str],
    typed: bool = False,
) -> Iterator[OrderFile]:
    """Lines that were put together from several tables, as one block."""
    count = len(numbers)
    if not count:
        return
    gatherer = Gatherer(list(columns))
    gatherer.add(columns.values(), count)
    yield OrderFile(file, word, gatherer.texts(), np.array(numbers, np.int64), np.full(count, -1), typed, names)


def imported_orders(
    format: str, request: Request, mapping: Mapping, blocks: Blocks, report: ImportReport
) -> Imported:
    """Take the lines over, and say in a document how they are replayed."""
    taken = take_over(blocks, mapping, request, report)
    report.counts |= {
        "rows": taken.rows,
        "order lines": taken.lines,
        "orders": taken.orders,
        "SKUs": taken.skus,
        "units": taken.units,
    }
    found = Imported(report)
    for name, path in ((ORDERS, taken.orders_file), (LEFT_OUT, taken.left_out_file)):
        if path is not None:
            found.moved[name] = path
    share = report.defective / taken.rows
    if not taken.lines:
        found.refused = f"no row is left of {taken.rows:,}: nothing was written."
    elif share > request.defects:
        found.refused = (
            f"{report.defective:,} of {taken.rows:,} rows are defective, more than {request.defects:.0%}: nothing was "
            "written. Mend them, say in a mapping how the file is read, or allow more with --defects."
        )
    else:
        _document(request, mapping, taken, found)
    return found


def _document(request: Request, mapping: Mapping, taken: Taken, found: Imported) -> None:
    report, base = found.report, request.base.document
    first, last = (_EPOCH + timedelta(days=s // DAY) for s in (taken.first_s, taken.last_s))
    monday = first - timedelta(days=first.weekday())
    weeks = math.ceil(((last - monday).days + 1) / 7)
    if weeks > _MOST_WEEKS:
        monday, weeks = last - timedelta(days=last.weekday() + 7 * (_MOST_WEEKS - 1)), _MOST_WEEKS
        report.notes.append(f"More than {_MOST_WEEKS} weeks: the last of them are replayed, from {monday}.")
    warm_up = next(spent for least, spent in _WARM_UP if weeks >= least)
    days = max((last - first).days + 1, 1)
    per_day = taken.orders / days
    ratio = base.demand.walk_in.per_day / max(base.demand.online.orders_per_day, 1e-9)
    report.notes += [
        f"Replayed from {first} to {last}, {weeks} weeks of which {warm_up} warm up.",
        f"Walk-in customers are not in the file: {ratio:.2f} for each online order, as in {request.base.name}.",
    ]
    read: dict[str, Any] = {
        "columns": {
            "order": "order", "t": "t", "sku": "sku", "quantity": "quantity", "price": "price",
            **{name: name for name in taken.columns},
        },
        "reading": {"separator": ",", "encoding": "utf-8", "decimal": "."},
        "dates": {"first_day": max(first, monday).isoformat()},
    }  # fmt: skip
    document = mapping.document
    if document.rules.missing_price == "median":
        read["rules"] = {"missing_price": "median"}
    if not document.prices.vat_included:
        read["prices"] = {"vat_included": False}
    products = {k: v for k, v in document.products.model_dump().items() if v is not None}
    if products:
        read["products"] = products
    found.tables[MAPPING] = "# How orders.csv is read.\n" + dumped(read)
    options: dict[str, Any] = {}
    for key, count in taken.options.items():
        report.understood.append(f"Option {key}: {count:,} lines.")
        if not base.options[key].on:
            options[key] = {"on": True}
    for word, count in sorted(taken.unknown_options.items(), key=lambda pair: -pair[1])[:20]:
        rule = f"Option {word!r} ({count:,} lines) is not known: drawn; name it under options in a mapping."
        report.notes.append(rule)
    if "option" not in taken.columns:
        report.notes.append("The file tells no fulfilment options: drawn from the scenario's shares.")
    services = _without_old_fuel(request, monday, report)
    found.changes = {
        **({"services": services} if services else {}),
        "time": {
            "start": monday.isoformat(),
            "warm_up_weeks": warm_up,
            "measured_weeks": max(weeks - warm_up, 1),
        },
        "demand": {
            "history": {"orders": ORDERS, "mapping": MAPPING},
            "online": {"orders_per_day": round(per_day, 3)},
            "walk_in": {"per_day": round(ratio * per_day, 2)},
        },
        **({"options": options} if options else {}),
    }


def _without_old_fuel(request: Request, start: date, report: ImportReport) -> dict[str, Any]:
    """Services whose fuel coefficients begin later than the history go without surcharges."""
    services = {}
    for key, service in request.base.document.services.items():
        if service.surcharges_table is None:
            continue
        months = [row["key"] for row in read_table(table_path(service.surcharges_table)) if row["name"] == "fuel"]
        if months and f"{start:%Y-%m}" < min(months):
            services[key] = {"surcharges_table": None}
    if services:
        report.notes.append(
            f"The fuel coefficients of {request.base.name} begin later than these orders: {', '.join(services)} go "
            "without surcharges, until you give a table of your own."
        )
    return services
