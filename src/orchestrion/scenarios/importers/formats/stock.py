"""A stock snapshot of any making: node, SKU, units."""

from __future__ import annotations

from orchestrion.scenarios.importers.family import Imported, Request, importers
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.importers.stock import imported_stock


@importers("stock")
def stock(request: Request) -> Imported:
    """A stock snapshot: node, SKU, units; CSV or Excel."""
    report = ImportReport("stock", tuple(str(path) for path in request.files))
    return imported_stock(request, request.files, report)
