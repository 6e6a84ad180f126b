"""Order lines of any making, CSV, Excel or Parquet: the columns are recognised, or named by a mapping."""

from __future__ import annotations

from typing import Any

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.mapping import Columns, Mapping, read_mapping
from orchestrion.scenarios.importers.family import Imported, Request, importers
from orchestrion.scenarios.importers.headers import (
    CHANNEL_WORDS,
    NET_PRICES,
    OPTION_WORDS,
    ORDER_COLUMNS,
    plain,
    recognised,
)
from orchestrion.scenarios.importers.orders import imported_orders, row_blocks, sheet_of, understood_mapping
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.sheets import Sheet, open_sheet

_NEEDED = ("t", "sku", "quantity", "price")


@importers("orders")
def orders(request: Request) -> Imported:
    """Order lines, one row a line: columns recognised, or named by --mapping; CSV, Excel, Parquet."""
    report = ImportReport("orders", tuple(str(path) for path in request.files))
    if request.mapping is not None:
        mapping = read_mapping(request.mapping)
        sheets = [sheet_of(path, mapping) for path in request.files]
    else:
        sheets = [open_sheet(path) for path in request.files]
        mapping = _recognised(sheets[0], request, report)
    report.understood[:0] = [f"{sheet.file}: {sheet.how}." for sheet in sheets]
    return imported_orders("orders", request, mapping, lambda: row_blocks(sheets, mapping), report)


def _recognised(sheet: Sheet, request: Request, report: ImportReport) -> Mapping:
    found = recognised(sheet.header, ORDER_COLUMNS)
    if "lat" not in found or "lon" not in found or "postcode" in found or "commune" in found:
        found = {key: name for key, name in found.items() if key not in ("lat", "lon")}
    if "postcode" in found:
        found.pop("commune", None)  # a column of that name more often holds names
    elif "commune" in found:
        found.pop("city", None)
    missing = [key for key in _NEEDED if key not in found]
    if missing:
        raise InputError(
            Problem(
                sheet.file,
                sheet.header_line,
                key,
                "",
                f"no column is recognised as this ({Columns.model_fields[key].description}); the file has: "
                f"{', '.join(sheet.header)}. Rename one, or name it in a mapping (--mapping).",
            )
            for key in missing
        )
    if "order" not in found:
        report.notes.append("No order numbers: neighbouring rows of one moment, customer and address are one order.")
    report.understood.append("Columns: " + ", ".join(f"{key} = {name!r}" for key, name in found.items()) + ".")
    ignored = [name for name in sheet.header if name not in found.values()]
    if ignored:
        report.understood.append(f"Not read: {', '.join(repr(name) for name in ignored)}.")
    document: dict[str, Any] = {"columns": {"order": None, **found}}
    if "option" in found:
        offered = request.base.document.options
        document["options"] = {word: key for word, key in OPTION_WORDS.items() if key in offered}
    if "channel" in found:
        document["channels"] = dict(CHANNEL_WORDS)
    if plain(found["price"]) in NET_PRICES:
        document["prices"] = {"vat_included": False}
        report.notes.append(f"Prices in {found['price']!r} are taken to be without VAT.")
    return understood_mapping(document, sheet.file)

