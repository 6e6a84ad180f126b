"""The retailer's stores and warehouses: where they are, how large, what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from orchestrion.scenarios.compile.places import Communes
from orchestrion.scenarios.history.addresses import AddressBook, nearest_communes
from orchestrion.scenarios.importers.family import Imported, Request, importers
from orchestrion.scenarios.importers.geocoding import geocoded
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.importers.tables import Cell, Form, key_of, open_form, table_text

STORES, WAREHOUSES = "stores.csv", "warehouses.csv"
_COLUMNS: dict[str, tuple[str, ...]] = {
    "key": (
        "key", "code", "codemagasin", "storecode", "storeid", "id", "sourcecode", "idmagasin", "numero",
        "numeromagasin",
        "nmagasin", "codesite", "locationid", "facilityid",
    ),
    "label": (
        "label", "name", "nom", "magasin", "store", "storename", "nommagasin", "enseigne", "libelle", "boutique",
        "location", "locationname",
    ),
    "role": ("role", "type", "kind", "nature", "typedesite", "facilitytype"),
    "size": ("size", "taille", "format", "categorie"),
    "surface": ("surface", "surfacem2", "m2", "surfacedevente", "sqm"),
    "postcode": ("postcode", "codepostal", "cp", "zip", "zipcode", "postalcode"),
    "city": ("city", "ville", "commune", "town", "localite"),
    "insee": ("insee", "codeinsee", "codecommune"),
    "lat": ("lat", "latitude"),
    "lon": ("lon", "lng", "long", "longitude"),
    "pickers": ("pickers", "preparateurs", "mains"),
    "daily_orders": ("dailyorders", "capacite", "capacity", "capacitejour", "commandesparjour", "ordersaday"),
    "ships": ("ships", "shipfromstore", "expedie", "expedition", "sfs"),
    "collects": ("collects", "clickandcollect", "retrait", "clickcollect", "cc"),
    "franchised": ("franchised", "franchise", "affilie"),
}  # fmt: skip
_ROLES = {
    "": "store", "store": "store", "magasin": "store", "boutique": "store", "shop": "store", "retailstore": "store",
    "outlet": "store", "warehouse": "warehouse", "entrepot": "warehouse", "depot": "warehouse", "dc": "warehouse",
    "plateforme": "warehouse", "logistique": "warehouse", "distributioncenter": "warehouse", "dark_store": "dark_store",
    "darkstore": "dark_store", "supplier": "supplier", "fournisseur": "supplier",
}  # fmt: skip
_SIZES = {
    "s": "S", "m": "M", "l": "L", "small": "S", "medium": "M", "large": "L", "petit": "S", "moyen": "M", "grand": "L",
}  # fmt: skip


@importers("stores")
def stores(request: Request) -> Imported:
    """Stores and warehouses: name, postcode and town (or lat and lon); as far as known code, type, size, capacity."""
    report = ImportReport("stores", tuple(str(path) for path in request.files))
    communes = request.communes()
    book = AddressBook(communes)
    rows: list[dict[str, Any]] = []
    first: dict[str, int] = {}
    for path in request.files:
        form = open_form(path, _COLUMNS, ("label",), report, numbers=("lat", "lon", "surface"))
        for cells in form.rows():
            found = _store(form, cells, communes, book, first, request)
            if found is not None:
                rows.append(found)
        form.done()
    _sized(rows, report)
    return _written(rows, request, report)


def _store(
    form: Form,
    cells: Mapping[str, Cell],
    communes: Communes,
    book: AddressBook,
    first: dict[str, int],
    request: Request,
) -> dict[str, Any] | None:
    label = cells["label"]
    name = cells.get("key", label)
    if not label.text and not name.text:
        form.wrong(label, "no name; write one.")
        return None
    key = key_of(name.text or label.text)
    if key in first:
        form.wrong(name, f"is called like row {first[key]}; give each a code of its own.")
        return None
    first[key] = name.row
    role = key_of(cells["role"].text).replace("_", "") if "role" in cells and cells["role"].text else ""
    if role not in _ROLES:
        form.wrong(cells["role"], "not a kind of node; write store, warehouse, dark_store or supplier.")
    size = cells["size"].text.casefold() if "size" in cells else ""
    if size and size not in _SIZES:
        form.wrong(cells["size"], "not a size; write S, M or L.")
    place = _place(form, cells, communes, book, request)
    change = {
        "pickers": form.whole(cells.get("pickers"), 0, 1000),
        "daily_orders": form.whole(cells.get("daily_orders")),
        "ships": form.flag(cells.get("ships")),
        "collects": form.flag(cells.get("collects")),
        "franchised": form.flag(cells.get("franchised")),
    }
    surface = form.number(cells.get("surface"), 0)
    if place is None:
        return None
    return {
        "key": key,
        "label": label.text or name.text,
        "role": _ROLES.get(role, "store"),
        "size": _SIZES.get(size, ""),
        "surface": surface,
        **place,
        "change": {name: value for name, value in change.items() if value is not None},
    }


def _place(
    form: Form, cells: Mapping[str, Cell], communes: Communes, book: AddressBook, request: Request
) -> dict[str, Any] | None:
    """Latitude, longitude and departement: as written, else those of the commune, else a geocoder's."""
    lat, lon = form.number(cells.get("lat"), -90, 90), form.number(cells.get("lon"), -180, 180)
    if lat is not None and lon is not None:
        near, apart = nearest_communes(np.array([[lat, lon]]), communes)
        if apart[0] > 60:
            form.wrong(cells["lat"], f"{apart[0]:.0f} km from any commune; are latitude and longitude swapped?")
            return None
        return _of_commune(communes, int(near[0])) | {"lat": lat, "lon": lon, "source": "the file"}
    postcode = cells.get("postcode")
    city = cells["city"].text if "city" in cells else ""
    place = book.code(cells["insee"].text) if "insee" in cells else -1
    if place < 0:
        place = book.find(postcode.text if postcode else "", city)
    if place >= 0:
        return _of_commune(communes, place)
    where = ", ".join(text for text in (postcode.text if postcode else "", city) if text)
    if request.geocoder is not None and where:
        point = geocoded(request.geocoder, where)
        if point is not None:
            near, apart = nearest_communes(np.array([point]), communes)
            if apart[0] <= 60:
                found = _of_commune(communes, int(near[0]))
                return found | {"lat": point[0], "lon": point[1], "source": f"geopy, {request.geocoder}"}
    cell = postcode or cells.get("city") or cells["label"]
    form.wrong(cell, "no commune of mainland France has this postcode or name; correct it, or give lat and lon.")
    return None


def _of_commune(communes: Communes, place: int) -> dict[str, Any]:
    return {
        "insee": communes.key[place],
        "lat": round(float(communes.lat[place]), 6),
        "lon": round(float(communes.lon[place]), 6),
        "departement": communes.departements[int(communes.departement[place])],
        "population": round(float(communes.population[place])),
        "source": "centre of the commune",
    }


def _sized(rows: list[dict[str, Any]], report: ImportReport) -> None:
    """S, M, L: as written, else by thirds of the surfaces, else M."""
    surfaces = sorted(row["surface"] for row in rows if row["surface"] is not None and row["role"] == "store")
    limits = [surfaces[len(surfaces) * k // 3] for k in (1, 2)] if len(surfaces) >= 3 else []
    if limits:
        report.notes.append(f"Sizes by thirds of the surfaces: S below {limits[0]:g}, L from {limits[1]:g}.")
    unknown = 0
    for row in rows:
        if row["size"]:
            continue
        if limits and row["surface"] is not None:
            row["size"] = "S" if row["surface"] < limits[0] else "M" if row["surface"] < limits[1] else "L"
        elif row["role"] == "store":
            row["size"] = "M"
            unknown += 1
        else:
            row["size"] = "L"
    if unknown:
        report.notes.append(f"{unknown} stores without size or surface are taken to be of size M.")


def _written(rows: list[dict[str, Any]], request: Request, report: ImportReport) -> Imported:
    header = (
        "key", "label", "insee", "lat", "lon", "departement", "population", "size", "role", "source", "confidence",
    )  # fmt: skip
    about = "{} of the retailer.\nlat, lon: degrees | size: S, M or L"
    network: dict[str, Any] = {}
    tables = {}
    warehouses = [row for row in rows if row["role"] == "warehouse"]
    others = [row for row in rows if row["role"] != "warehouse"]
    for name, parameter, part, what in (
        (STORES, "stores_table", others, "Stores"),
        (WAREHOUSES, "warehouses_table", warehouses, "Warehouses"),
    ):
        if part:
            lines = [[*(row[column] for column in header[:-1]), "second-hand"] for row in part]
            tables[name] = table_text(header, lines, about.format(what))
            network[parameter] = name
    if not warehouses:
        report.notes.append(f"No warehouses in the file: those of {request.base.name} stay.")
    if not others:
        report.notes.append(f"No stores in the file: those of {request.base.name} stay.")
    changes = {row["key"]: row["change"] for row in rows if row["change"]}
    if changes:
        network["nodes"] = changes
    report.counts |= {"stores": len(others), "warehouses": len(warehouses)}
    return Imported(report, {"network": network}, tables)
