"""A stock snapshot: units on hand by node and SKU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrion.scenarios.importers.family import Imported, Request
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.importers.tables import Cell, key_of, open_form, table_text

STOCK = "stock.csv"
COLUMNS: dict[str, tuple[str, ...]] = {
    "node": (
        "node", "store", "magasin", "sourcecode", "source", "location", "locationname", "warehouse", "entrepot", "site",
        "codemagasin", "codesite", "depot", "facility", "storecode", "pointdestock", "shopid", "boutique",
    ),
    "sku": (
        "sku", "codesku", "variantsku", "codearticle", "refarticle", "reference", "ref", "article", "codeproduit",
        "productid", "product", "itemid", "item", "ean", "gencod", "gtin",
    ),
    "units": (
        "units", "unites", "quantity", "qty", "qte", "quantite", "stock", "onhand", "onhandcurrent", "available",
        "availableeditable", "disponible", "stockdisponible", "stockphysique", "quantitystock",
    ),
}  # fmt: skip


def imported_stock(
    request: Request, files: Sequence[Path], report: ImportReport, named: Mapping[str, str] | None = None
) -> Imported:
    """Read snapshots; nodes are called as `import stores` calls them.

    Raises
    ------
    InputError
        All cells that are wrong.
    """
    units: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], Cell] = {}
    decimals = 0
    for path in files:
        form = open_form(path, COLUMNS, ("node", "sku", "units"), report, named, ("units",))
        for row in form.rows():
            node, sku = row["node"], row["sku"]
            if not node.text:
                form.wrong(node, "no node; write the code of a store or warehouse.")
            if not sku.text:
                form.wrong(sku, "no SKU; write its code.")
            cell = row["units"]
            if not cell.text or cell.text == "-" or cell.text.casefold() == "not stocked":
                continue  # not kept there
            count = form.number(cell, -1e9, 1e9)
            if count is None or not node.text or not sku.text:
                continue
            if count < 0:
                # records below zero are common: sold before it was booked in
                report.leave_out("units below zero: taken as none", f"{form.sheet.word} {cell.row}: {count:g}")
                count = 0
            if count != int(count):
                decimals += 1
                if abs(count - round(count)) > 1e-6:
                    form.wrong(cell, "must be a whole number of units.")
                    continue
            key = key_of(node.text), sku.text
            if key in units and units[key] != round(count):
                form.wrong(cell, f"{sku.text!r} at {node.text!r} stands in row {first[key].row} already, otherwise.")
                continue
            units[key] = round(count)
            first.setdefault(key, cell)
        form.done()
    nodes = list(dict.fromkeys(node for node, _ in units))
    report.counts |= {"nodes counted": len(nodes), "SKUs counted": len({sku for _, sku in units})}
    report.counts["units on hand"] = sum(units.values())
    rows = [(node, sku, count) for (node, sku), count in units.items()]
    about = "Stock counted on the first day.\nnode, sku: keys of the scenario | units: on hand, whole units"
    return Imported(
        report,
        {"stock": {"snapshot_table": STOCK}},
        {STOCK: table_text(("node", "sku", "units"), rows, about)},
    )
