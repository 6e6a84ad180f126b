"""WooCommerce order exports: items in cells (`line_item_1`, `line_items`), or one row an item."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.files import Gatherer, OrderFile, column_places
from orchestrion.scenarios.history.mapping import Mapping
from orchestrion.scenarios.importers.family import Imported, Request, importers
from orchestrion.scenarios.importers.orders import (
    format_mapping,
    imported_orders,
    row_blocks,
    sheet_of,
    understood_mapping,
)
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.sheets import Sheet, columns_of
from orchestrion.scenarios.written import Written

_ITEM_COLUMN = re.compile(r"line_item_\d+")
_KEY = re.compile(r"(?:^|\|)\s*(name|product_id|sku|quantity|qty|total|sub_total|subtotal|id|meta|tax|total_tax)\s*:")
_OF_ITEMS = ("sku", "quantity", "price", "label")


@importers("woocommerce")
def woocommerce(request: Request) -> Imported:
    """WooCommerce order exports: items in cells (line_item_1, line_items), or one row an item."""
    mapping = format_mapping("woocommerce", request.mapping)
    sheets = [sheet_of(path, mapping) for path in request.files]
    report = ImportReport("woocommerce", tuple(str(path) for path in request.files))
    cells = [_item_columns(sheet) for sheet in sheets]
    for sheet, items in zip(sheets, cells, strict=True):
        how = f"items in {', '.join(sheet.header[i] for i in items[:3])}{'...' if len(items) > 3 else ''}"
        report.understood.append(f"{sheet.file}: {sheet.how}; {how if items else 'one row an item'}.")
    if not any(cells):
        return imported_orders("woocommerce", request, mapping, lambda: row_blocks(sheets, mapping), report)
    if not all(cells):
        rule = "has no items in cells, as the other files have; import it by itself."
        raise InputError(Problem(s.file, None, "", "", rule) for s, i in zip(sheets, cells, strict=True) if not i)
    return imported_orders("woocommerce", request, mapping, lambda: _unpacked(sheets, cells, mapping), report)


def _item_columns(sheet: Sheet) -> list[int]:
    return [
        i for i, name in enumerate(sheet.header) if name == "line_items" or _ITEM_COLUMN.fullmatch(name) is not None
    ]


def _unpacked(sheets: Sequence[Sheet], cells: Sequence[Sequence[int]], mapping: Mapping) -> Iterator[OrderFile]:
    """A row an order becomes a row a line, each with the number of the row that it comes from."""
    plain = mapping.document.columns.model_dump(exclude={*_OF_ITEMS})
    ordered = _without_items(mapping, plain)
    for sheet, items in zip(sheets, cells, strict=True):
        places = column_places(sheet, ordered)
        places = {key: place for key, place in places.items() if key not in _OF_ITEMS}
        names = {key: " | ".join(sheet.header[i] for i in place) for key, place in places.items()}
        names |= dict.fromkeys(_OF_ITEMS, "line_items")
        for block in sheet.blocks():
            head = dict(zip(places, columns_of(block, list(places.values())), strict=True))
            columns: dict[str, list[str]] = {key: [] for key in (*head, *_OF_ITEMS)}
            numbers: list[int] = []
            widths: list[int] = []
            for row, values in enumerate(block.rows):
                found = [item for place in items for item in read_items(values[place])]
                for item in found or [{}]:  # an order without items is told as such
                    for key in head:
                        columns[key].append(head[key][row])
                    for key in _OF_ITEMS:
                        columns[key].append(item.get(key, ""))
                    numbers.append(int(block.numbers[row]))
                    widths.append(int(block.widths[row]))
            gatherer = Gatherer(list(columns))
            gatherer.add(columns.values(), len(numbers))
            yield OrderFile(
                sheet.file, sheet.word, gatherer.texts(), np.array(numbers), np.array(widths), sheet.typed, names
            )


def _without_items(mapping: Mapping, columns: dict[str, object]) -> Mapping:
    """The mapping of the columns that are not inside the items' cells."""
    of_items = dict.fromkeys(("sku", "quantity", "price"), columns["order"])
    only = understood_mapping({"columns": {**columns, **of_items}}, mapping.file or "mapping")
    return Mapping(only.document, Written({}, mapping.file or "mapping", 0), mapping.file)


def read_items(cell: str) -> list[dict[str, str]]:
    """The items of one cell: `name:Cap|sku:C-1|quantity:2|total:24.00`, several apart by semicolons.

    >>> read_items("name:Cap; red|sku:C-1|quantity:2|total:24.00;name:Mug|product_id:37|sku:|quantity:1|total:9.50")
    [{'label': 'Cap; red', 'sku': 'C-1', 'quantity': '2', 'price': '24.00'}, \
{'label': 'Mug', 'sku': 'id:37', 'quantity': '1', 'price': '9.50'}]
    """
    found = []
    # an item begins with its name or id; semicolons inside a name begin nothing
    for text in re.split(r";\s*(?=(?:id|name|product_id|sku):)", cell.strip()):
        if not text:
            continue
        marks = list(_KEY.finditer(text))
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        said: dict[str, str] = {}
        for mark, end in zip(marks, ends, strict=True):
            said.setdefault(mark[1], text[mark.end() : end].strip())
        sku = said.get("sku") or (f"id:{said['product_id']}" if said.get("product_id") else "")
        item = {"label": said.get("name", ""), "sku": sku, "quantity": said.get("quantity") or said.get("qty", "")}
        price = said.get("sub_total") or said.get("subtotal") or said.get("total", "")
        found.append({key: value for key, value in (*item.items(), ("price", price)) if value})
    return found
