"""Olist's public tables (Brazil): orders, items, customers, products, sellers, postal codes with coordinates.

Sellers ship their own goods: the forty with most lines become the nodes. Brazil's postal codes become the delivery
addresses, its states the departements, and every state gets one agency of the carrier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby

import numpy as np

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.compile.places import read_communes
from orchestrion.scenarios.history.files import OrderFile
from orchestrion.scenarios.importers.family import Imported, Request, importers, merged
from orchestrion.scenarios.importers.orders import format_mapping, imported_orders, table_blocks
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.importers.tables import Records, table_text
from orchestrion.scenarios.sheets import open_sheet

PLACES, AGENCIES, NODES = "places_br.csv", "agencies_br.csv", "sellers.csv"
SELLERS = 40
_KINDS = {
    "orders": {"order_id", "customer_id", "order_status", "order_purchase_timestamp"},
    "items": {"order_id", "product_id", "seller_id", "price"},
    "customers": {"customer_id", "customer_unique_id", "customer_zip_code_prefix"},
    "sellers": {"seller_id", "seller_zip_code_prefix"},
    "geolocation": {"geolocation_zip_code_prefix", "geolocation_lat", "geolocation_lng"},
    "products": {"product_id", "product_weight_g"},
}
_NAMES = {
    "order": "order_id", "t": "order_purchase_timestamp", "sku": "product_id", "quantity": "items", "price": "price",
    "customer": "customer_unique_id", "status": "order_status", "commune": "customer_zip_code_prefix",
    "mass_g": "product_weight_g", "volume_cm3": "product_length_cm",
}  # fmt: skip


@importers("olist")
def olist(request: Request) -> Imported:
    """Olist's public tables: orders, order_items, customers, sellers, geolocation, products."""
    report = ImportReport("olist", tuple(str(path) for path in request.files))
    tables: dict[str, Records] = {}
    for path in request.files:
        sheet = open_sheet(path)
        kind = next((name for name, needed in _KINDS.items() if needed <= set(sheet.header)), None)
        if kind is not None:
            tables[kind] = Records(sheet)
            report.understood.append(f"{sheet.file}: {kind}, {sheet.how}.")
        else:
            report.notes.append(f"{sheet.file} is not needed.")
    missing = [name for name in ("orders", "items", "customers", "sellers", "geolocation") if name not in tables]
    if missing:
        names = ", ".join("order_items" if name == "items" else name for name in missing)
        rule = f"these tables of Olist are missing: {names}; name all olist_*_dataset.csv."
        raise InputError([Problem(report.files[0], None, "", "", rule)])
    points = _points(tables["geolocation"])
    sellers = {row["seller_id"]: row for row in tables["sellers"].rows()}
    lines = Counter(row["seller_id"] for row in tables["items"].rows())
    towns = {key: _zip(row["seller_zip_code_prefix"]) for key, row in sellers.items()}
    located = [seller for seller, _ in lines.most_common() if towns.get(seller) in points]
    chosen = {seller: i for i, seller in enumerate(located[:SELLERS], 1)}
    places, agencies = _places(tables["customers"], points)
    nodes = []
    for seller, i in chosen.items():
        row = sellers[seller]
        lat, lon, _ = points[_zip(row["seller_zip_code_prefix"])]
        nodes.append(
            [f"seller_{i:02d}", f"Seller {i} ({row.get('seller_state', '')})", f"{lat:.5f}", f"{lon:.5f}",
             row.get("seller_state", ""), "M", "store", "Olist", "second-hand"]
        )  # fmt: skip
    report.notes.append(
        f"The {len(chosen)} sellers with most lines are the nodes, as stores without walk-in customers; what the "
        "others sold is theirs to send, too."
    )
    report.counts["nodes"] = len(chosen)
    mapping = format_mapping("olist", request.mapping)
    # addresses are looked up among Brazil's while the lines are read
    own = request.into
    base = request.base
    scratch: dict[str, str] = {PLACES: places, AGENCIES: agencies}
    if own is not None:
        for name, content in scratch.items():
            (own / name).write_text(content, encoding="utf-8")
        base = base.vary(base.name, {"network.communes_table": str((own / PLACES).resolve())})
        read_communes.cache_clear()
    asked = Request(request.files, request.into, base, request.mapping, defects=request.defects)
    found = imported_orders("olist", asked, mapping, lambda: _joined(tables), report)
    if own is None:
        report.not_found.clear()  # nothing was written to look them up in
    header = ("key", "label", "lat", "lon", "departement", "size", "role", "source", "confidence")
    found.tables |= {**scratch, NODES: table_text(header, nodes, "Sellers of Olist as nodes.")}
    found.changes = merged(
        found.changes,
        {
            "network": {
                "stores_table": NODES, "warehouses_table": None, "communes_table": PLACES, "agencies_table": AGENCIES,
                "stores": {"walk_ins": False, "collects": False},
            },
            "stock": {"separate_pools": False},
            "visibility": {"web_sees": ["stores"]},
            "demand": {"walk_in": {"per_day": 0}},
        },
    )  # fmt: skip
    return found


def _zip(text: str) -> str:
    return text.strip().removesuffix(".0").zfill(5)


def _points(table: Records) -> dict[str, tuple[float, float, int]]:
    """Latitude and longitude of each postal code (means of its points), and how many points it has."""
    sums: dict[str, list[float]] = {}
    for row in table.rows():
        try:
            lat, lon = float(row["geolocation_lat"]), float(row["geolocation_lng"])
        except ValueError:
            continue
        if not (-34 <= lat <= 6 and -74 <= lon <= -34):
            continue  # a handful of points lies in Europe
        total = sums.setdefault(_zip(row["geolocation_zip_code_prefix"]), [0.0, 0.0, 0.0])
        total[0] += lat
        total[1] += lon
        total[2] += 1
    return {code: (a / n, b / n, int(n)) for code, (a, b, n) in sums.items()}


def _places(customers: Records, points: Mapping[str, tuple[float, float, int]]) -> tuple[str, str]:
    """Postal codes where customers live, as delivery addresses, and an agency at the middle of each state."""
    living: Counter[str] = Counter()
    state: dict[str, str] = {}
    for row in customers.rows():
        code = _zip(row["customer_zip_code_prefix"])
        if code in points:
            living[code] += 1
            state[code] = row.get("customer_state", "") or "BR"
    rows = []
    for code in sorted(living):
        lat, lon, _ = points[code]
        rows.append([code, code, state[code], "", "metro", living[code], f"{lat:.5f}", f"{lon:.5f}", code, "Olist"])
    header = ("insee", "name", "departement", "region", "zone", "population", "lat", "lon", "postcodes", "coord_source")
    about = (
        "Postal codes of Brazil where Olist's customers live.\n"
        "insee, name, postcodes: first five digits | population: customers"
    )
    agencies = []
    for key, codes in groupby(sorted(living, key=lambda code: (state[code], code)), key=state.__getitem__):
        there = list(codes)
        weights = [living[code] for code in there]
        lat = float(np.average([points[code][0] for code in there], weights=weights))
        lon = float(np.average([points[code][1] for code in there], weights=weights))
        agencies.append([f"agency_{key.lower()}", f"Agency {key}", f"{lat:.5f}", f"{lon:.5f}", key, "ours", "assumed"])
    columns = ("key", "label", "lat", "lon", "departement", "source", "confidence")
    return table_text(header, rows, about), table_text(columns, agencies, "One agency a state, amid its customers.")


def _joined(tables: Mapping[str, Records]) -> Iterator[OrderFile]:
    """Items with their order and customer; pieces of one product in one order are one line."""
    orders = {row["order_id"]: row for row in tables["orders"].rows()}
    customers = {row["customer_id"]: row for row in tables["customers"].rows()}
    products = {row["product_id"]: row for row in tables["products"].rows()} if "products" in tables else {}
    items = tables["items"]
    columns: dict[str, list[str]] = {name: [] for name in _NAMES}
    numbers: list[int] = []
    same: dict[tuple[str, str], int] = {}
    counts: list[int] = []
    for number, row in items.numbered():
        key = row["order_id"], row["product_id"]
        if key in same and key[0] and key[1]:
            counts[same[key]] += 1
            continue
        same[key] = len(numbers)
        order = orders.get(row["order_id"], {})
        customer = customers.get(order.get("customer_id", ""), {})
        product = products.get(row["product_id"], {})
        sides = [product.get(f"product_{side}_cm", "") for side in ("length", "height", "width")]
        code = customer.get("customer_zip_code_prefix", "")
        values = {
            "order": row["order_id"],
            "t": order.get("order_purchase_timestamp", ""),
            "sku": row["product_id"],
            "price": row["price"],
            "customer": customer.get("customer_unique_id", ""),
            "status": order.get("order_status", ""),
            "commune": _zip(code) if code else "",
            "mass_g": product.get("product_weight_g", ""),
            "volume_cm3": str(round(float(sides[0]) * float(sides[1]) * float(sides[2]))) if all(sides) else "",
        }
        for name, text in values.items():
            columns[name].append(text)
        numbers.append(number)
        counts.append(1)
    columns["quantity"] = [str(count) for count in counts]
    yield from table_blocks(items.sheet.file, items.sheet.word, columns, numbers, _NAMES, typed=True)
