"""Shopify's orders export: one row a line, the cells of the order on its first row only."""

from __future__ import annotations

from orchestrion.scenarios.importers.family import Imported, Request, importers
from orchestrion.scenarios.importers.orders import format_mapping, imported_orders, row_blocks, sheet_of
from orchestrion.scenarios.importers.report import ImportReport

# Name and Email stand on every row, all else of the order on its first
_OF_THE_ORDER = ("order", "t", "status", "country", "postcode", "city", "option", "customer")


@importers("shopify")
def shopify(request: Request) -> Imported:
    """Shopify's orders export (Orders > Export, plain CSV or CSV for Excel)."""
    mapping = format_mapping("shopify", request.mapping)
    sheets = [sheet_of(path, mapping) for path in request.files]
    report = ImportReport("shopify", tuple(str(path) for path in request.files))
    report.understood += [f"{sheet.file}: {sheet.how}." for sheet in sheets]
    return imported_orders("shopify", request, mapping, lambda: row_blocks(sheets, mapping, _OF_THE_ORDER), report)

