"""The retailer's SKUs: prices, costs, weights, sizes."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrion.scenarios.importers.family import Imported, Request, importers
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.importers.tables import Cell, Form, key_of, open_form, table_text

SKUS = "skus.csv"
_COLUMNS: dict[str, tuple[str, ...]] = {
    "key": (
        "key", "sku", "codesku", "variantsku", "codearticle", "refarticle", "reference", "ref", "codeproduit",
        "productid", "itemid", "ean", "gencod", "gtin", "article",
    ),
    "label": (
        "label", "libelle", "name", "nom", "designation", "title", "productname", "description", "libellearticle",
    ),
    "category": ("category", "categorie", "famille", "family", "rayon", "department", "producttype", "type", "univers"),
    "price_eur": ("priceeur", "price", "prix", "prixttc", "pvttc", "prixdevente", "prixvente", "variantprice", "pv"),
    "cost_eur": (
        "costeur", "cost", "cout", "coutachat", "prixachat", "prixdachat", "pa", "paht", "costperitem", "prixderevient",
    ),
    "mass_g": ("massg", "weightg", "poidsg", "poidsgrammes", "variantgrams", "grams"),
    "mass_kg": ("masskg", "weightkg", "poidskg", "poids", "weight"),
    "volume_cm3": ("volumecm3", "volume"),
    "planned_per_day": ("plannedperday", "ventesjour", "ventesparjour", "salesperday", "previsionjour"),
    "web": ("web", "online", "enligne", "ventewebe", "published", "venteweb"),
    "reorderable": ("reorderable", "reassort", "reassortissable", "permanent", "reappro"),
}  # fmt: skip
_WRITTEN = ("key", "label", "category", "price_eur", "cost_eur", "mass_g", "volume_cm3", "planned_per_day", "web",
            "reorderable")  # fmt: skip


@importers("skus")
def skus(request: Request) -> Imported:
    """SKUs with prices, costs, weights; CSV or Excel."""
    report = ImportReport("skus", tuple(str(path) for path in request.files))
    rows: list[list[object]] = []
    categories: dict[str, None] = {}
    first: dict[str, int] = {}
    for path in request.files:
        numbers = ("price_eur", "cost_eur", "mass_kg", "mass_g", "planned_per_day")
        form = open_form(path, _COLUMNS, ("key",), report, numbers=numbers)
        for row in form.rows():
            found = _row(form, row, first)
            if found is not None:
                rows.append(found)
                categories[str(found[2])] = None
        form.done()
    report.counts |= {"SKUs": len(rows)}
    about = "SKUs of the retailer; empty: as usual in the category.\nprice_eur: VAT included | cost_eur: without VAT"
    changes: dict[str, object] = {"skus_table": SKUS}
    known = request.base.document.assortment.categories
    new = [name for name in categories if name and name not in known]
    if new or "" not in categories:
        usual = next(iter(known))
        named = [name for name in categories if name] or list(known)
        # shares of the drawn assortment: only how many SKUs each has
        sizes = {name: sum(row[2] == name for row in rows) for name in named}
        total = sum(sizes.values())
        changes["categories"] = {
            **{name: {"share": 0.0} for name in known if name not in named},
            **{
                name: {**known.get(name, known[usual]).model_dump(mode="json"), "share": size / total}
                for name, size in sizes.items()
            },
        }
        if new:
            report.notes.append(
                f"Categories that {request.base.name} has not, taken to be like {usual!r} where the table does not "
                f"say: {', '.join(new)}."
            )
    return Imported(report, {"assortment": changes}, {SKUS: table_text(_WRITTEN, rows, about)})


def _row(form: Form, row: Mapping[str, Cell], first: dict[str, int]) -> list[object] | None:
    key = row["key"]
    if not key.text:
        form.wrong(key, "no SKU; write its code.")
        return None
    if key.text in first:
        form.wrong(key, f"stands in row {first[key.text]} already; keep one of the two.")
        return None
    first[key.text] = key.row
    grams = form.number(row.get("mass_g"), 1, 1e7)
    kilos = form.number(row.get("mass_kg"), 0.001, 1e4)
    mass = grams if grams is not None else None if kilos is None else kilos * 1000
    planned = form.number(row.get("planned_per_day"), 0)
    flags = [form.flag(row.get(name)) for name in ("web", "reorderable")]
    volume = form.number(row.get("volume_cm3"), 1, 1e9)
    price, cost = form.number(row.get("price_eur"), 0.01, 1e6), form.number(row.get("cost_eur"), 0, 1e6)
    category = row["category"].text if "category" in row else ""
    return [
        key.text,
        row["label"].text if "label" in row else "",
        key_of(category) if category else "",
        price,
        cost,
        None if mass is None else max(round(mass), 1),
        None if volume is None else round(volume),
        planned,
        *(None if flag is None else "yes" if flag else "no" for flag in flags),
    ]
