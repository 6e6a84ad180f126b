"""Adobe Commerce (Magento): stock_sources.csv, and orders with their items, from the REST API or as tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.files import OrderFile
from orchestrion.scenarios.importers.family import Imported, Request, importers, merged
from orchestrion.scenarios.importers.orders import format_mapping, imported_orders, table_blocks
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.importers.stock import imported_stock
from orchestrion.scenarios.importers.tables import Records
from orchestrion.scenarios.reader import relative_to_cwd
from orchestrion.scenarios.sheets import open_sheet

_TABLES = ("sales_order", "sales_order_item", "sales_order_address")
_NOT_SHIPPED = ("virtual", "downloadable")
_OF_ITEMS = ("sku", "qty_ordered", "price_incl_tax", "price", "name")
_COLUMNS = ("order", "t", "sku", "quantity", "price", "label", "option", "customer", "status", "country", "postcode",
            "city")  # fmt: skip
_NAMES = {
    "order": "increment_id", "t": "created_at", "sku": "sku", "quantity": "qty_ordered", "price": "price_incl_tax",
    "label": "name", "option": "shipping_description", "customer": "customer_id", "status": "status",
    "country": "country_id", "postcode": "postcode", "city": "city",
}  # fmt: skip


@importers("magento")
def magento(request: Request) -> Imported:
    """Adobe Commerce / Magento: stock_sources.csv; orders with items as JSON (REST) or as tables sales_order*."""
    report = ImportReport("magento", tuple(str(path) for path in request.files))
    stock: list[Path] = []
    answers: list[Path] = []
    tables: dict[str, Records] = {}
    for path in request.files:
        if path.suffix.casefold() == ".json":
            answers.append(path)
            continue
        sheet = open_sheet(path, ("sku",))
        header = set(sheet.header)
        if {"source_code", "sku", "quantity"} <= header:
            stock.append(path)
        elif {"order_id", "qty_ordered", "sku"} <= header:
            tables["sales_order_item"] = Records(sheet)
        elif {"increment_id", "created_at"} <= header:
            tables["sales_order"] = Records(sheet)
        elif {"parent_id", "postcode", "address_type"} <= header:
            tables["sales_order_address"] = Records(sheet)
        else:
            rule = f"neither stock_sources.csv, nor one of the tables {', '.join(_TABLES)}, nor orders as JSON."
            raise InputError([Problem(sheet.file, sheet.header_line, "", "", rule)])
    found = Imported(report)
    if stock:
        found = imported_stock(request, stock, report, {"node": "source_code", "sku": "sku", "units": "quantity"})
    if not answers and not tables:
        return found
    missing = [name for name in _TABLES[:2] if tables and name not in tables]
    if missing:
        rule = f"orders need the tables {_TABLES[0]} and {_TABLES[1]}; {missing[0]} is missing."
        raise InputError([Problem(report.files[0], None, "", "", rule)])
    mapping = format_mapping("magento", request.mapping)

    def blocks() -> Iterator[OrderFile]:
        for path in answers:
            yield from _answer(path)
        if tables:
            yield from _joined(tables)

    orders = imported_orders("magento", request, mapping, blocks, report)
    orders.changes = merged(found.changes, orders.changes)
    orders.tables |= found.tables
    return orders


def _answer(path: Path) -> Iterator[OrderFile]:
    """The answer of GET /V1/orders, or a list of orders."""
    file = relative_to_cwd(path)
    try:
        said = json.loads(path.read_text(encoding="utf-8-sig"))
        orders = said["items"] if isinstance(said, dict) else said
        assert isinstance(orders, list)
    except (ValueError, KeyError, AssertionError):
        rule = "not an answer of the REST API (/V1/orders): a list of orders, or a mapping with `items`, is expected."
        raise InputError([Problem(file, None, "", "", rule)]) from None
    columns: dict[str, list[str]] = {name: [] for name in _COLUMNS}
    numbers: list[int] = []
    for number, order in enumerate(orders, 1):
        order = order if isinstance(order, dict) else {}
        items = [item for item in order.get("items") or [{}] if isinstance(item, dict)]
        kinds = {str(item.get("item_id")): str(item.get("product_type", "")) for item in items}
        assigned = (order.get("extension_attributes") or {}).get("shipping_assignments") or [{}]
        shipping = (assigned[0] or {}).get("shipping") or {}
        address = shipping.get("address") or order.get("billing_address") or {}
        for item in items:
            if _goes_along(item, kinds):
                continue
            parts = {**order, **{name: item.get(name) for name in _OF_ITEMS}}
            parts |= {k: address.get(k) for k in ("postcode", "city", "country_id")}
            parts["shipping_description"] = order.get("shipping_description") or shipping.get("method")
            parts["customer_id"] = order.get("customer_id") or order.get("customer_email")
            _append(columns, parts)
            numbers.append(number)
    yield from table_blocks(file, "order", columns, numbers, _NAMES, typed=True)


def _joined(tables: Mapping[str, Records]) -> Iterator[OrderFile]:
    """Items of sales_order_item, each with its order and the address that it was sent to."""
    heads = {row["entity_id"]: row for row in tables["sales_order"].rows()}
    sent: dict[str, Mapping[str, str]] = {}
    for row in tables["sales_order_address"].rows() if "sales_order_address" in tables else ():
        if row.get("address_type") == "shipping" or row["parent_id"] not in sent:
            sent[row["parent_id"]] = row
    items = tables["sales_order_item"]
    kinds = {row["item_id"]: row.get("product_type", "") for row in items.rows() if "item_id" in row}
    columns: dict[str, list[str]] = {name: [] for name in _COLUMNS}
    numbers: list[int] = []
    for number, row in items.numbered():
        if _goes_along(row, kinds):
            continue
        head = heads.get(row["order_id"], {})
        parts: dict[str, Any] = {**head, **{name: row.get(name) for name in _OF_ITEMS}}
        parts |= {k: sent.get(row["order_id"], {}).get(k) for k in ("postcode", "city", "country_id")}
        parts["customer_id"] = head.get("customer_id") or head.get("customer_email")
        _append(columns, parts)
        numbers.append(number)
    yield from table_blocks(items.sheet.file, items.sheet.word, columns, numbers, _NAMES, typed=True)


def _goes_along(item: Mapping[str, Any], kinds: Mapping[str, str]) -> bool:
    """Rows that are no line of their own.

    A configurable product's row has the SKU of the variant, quantity and price: the variant's own row goes along with
    it. A bundle's row is only the wrapping of those of its parts. What is downloaded is not sent.
    """
    parent = str(item.get("parent_item_id") or "")
    kind = str(item.get("product_type") or "")
    return kind == "bundle" or kind in _NOT_SHIPPED or (parent not in ("", "0") and kinds.get(parent) == "configurable")


def _append(columns: dict[str, list[str]], parts: Mapping[str, Any]) -> None:
    for name in _COLUMNS:
        value = parts.get(_NAMES[name])
        if name == "price" and value in (None, ""):
            value = parts.get("price")
        text = "" if value is None else str(value)
        if name == "quantity" and text.count(".") == 1:
            text = text.rstrip("0").rstrip(".")  # 2.0000
        columns[name].append(text)
