"""Brunel's supply chain logistics problem as a scenario: a day's real orders, 18 plants, overload priced.

A plant is two nodes: as many orders a day as it is built for, and beyond them the same plant at a charge for each order
(`network.suppliers.eur_per_shipment`). Which plants may serve an order (product, customer, freight) is told by the
stock: a SKU is a product as some plants hold it for somebody. Places are not told in the file: ports stand on a circle
around the one that all orders go to.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.document.base import WEEKDAYS
from orchestrion.scenarios.importers.brunel import Day, read_day
from orchestrion.scenarios.importers.family import Imported, Request, importers
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.importers.tables import key_of, table_text
from orchestrion.scenarios.scenario import dumped

OVERLOAD = "_overload"
AS_DONE = "as_done.yaml"
DATE = "2013-05-26"
_FIRST_S, _EVERY_S = 8 * 3600, 4  # orders come in the file's order, one every four seconds
_STEP = 1.01  # weight bands, each so much heavier than the one before
_CENTRE, _RADIUS = (46.5, 2.5), 2.0  # degrees; places of our own
_EVERY_DAY = {"days": list(WEEKDAYS), "opens": "00:00", "closes": "23:59", "public_holidays": True}
_NO_WORK = {"pick_setup": "0s", "pick_line": "0s", "pick_unit": "0s", "pick_success": 1.0, "collects": False}


@importers("brunel")
def brunel(request: Request) -> Imported:
    """Brunel's supply chain logistics problem (figshare 7558679): a day's real orders, 18 plants, overload priced."""
    report = ImportReport("brunel", tuple(str(path) for path in request.files))
    if len(request.files) != 1:
        raise InputError([Problem("import", None, "FILES", str(len(request.files)), "one workbook is expected.")])
    day = read_day(request.files[0])
    destinations = {asked.destination for asked in day.orders}
    if len(destinations) != 1:
        rule = f"orders go to {len(destinations)} ports; one is expected."
        raise InputError([Problem(report.files[0], None, "Destination Port", "", rule)])
    (destination,) = destinations
    groups = ["+".join(ports) for ports in day.ports]
    nodes = [key_of(plant) for plant in day.plants]
    skus = [_sku(day, i) for i in range(len(day.orders))]
    tables = {
        "warehouses.csv": _nodes(day, groups, destination),
        "places.csv": _places(groups, destination),
        "agencies.csv": table_text(
            ("key", "label", "lat", "lon"), [(destination, destination, *_CENTRE)], "The port that all orders go to."
        ),
        "orders.csv": _orders(day, skus, destination),
        "orders.mapping.yaml": "# How orders.csv is read.\n" + dumped(_MAPPING),
        "stock.csv": _stock(day, skus, nodes, done=False),
        "stock_as_done.csv": _stock(day, skus, nodes, done=True),
        AS_DONE: _AS_DONE,
    }
    services, options = {}, {}
    for service in sorted({asked.service for asked in day.orders}):
        key = service.casefold()
        services[key] = {"label": service, "kind": "parcel", "transit": [0.0, 1.0], **_all_week()}
        options[key] = {"label": service, "service": key, "promise_days": 7}
        tables[f"rates_{key}.csv"] = _card(day, groups, destination, service)
        services[key] |= {"rate_card": f"rates_{key}.csv", "zones_table": "zones.csv"}
    rows = [(group, "*", group) for group in dict.fromkeys(groups)] + [("*", "*", groups[0])]
    tables["zones.csv"] = table_text(("departure", "arrival", "zone"), rows, "Ports of the plant, port of the order.")
    report.counts |= {"orders": len(day.orders), "plants": len(day.plants), "SKUs": len(set(skus))}
    report.counts["orders a day that plants are built for"] = int(day.capacity.sum())
    report.notes += [
        f"A plant beyond its capacity is the node PLANT{OVERLOAD}: an order there costs "
        "network.suppliers.eur_per_shipment more (5, of the file's currency).",
        "Places, moments of the day and transit are ours: distances, CO2e and times of this scenario mean nothing. "
        "So do prices and margins: compare cost to serve.",
        f"{AS_DONE} holds each order's goods at the plant that really served it: what was really done that day.",
    ]
    return Imported(report, _document(day, nodes, services, options), tables, alone=True)


def _sku(day: Day, i: int) -> str:
    """The goods of an order: product, grams of a unit, the plants that may serve it, the plant that did."""
    asked = day.orders[i]
    may = ".".join(day.plants[plant].removeprefix("PLANT") for plant, _ in day.options[i])
    return f"{asked.product}/{_grams(day, i)}g/{may}/{day.plants[int(day.done[i])].removeprefix('PLANT')}"


def _grams(day: Day, i: int) -> int:
    asked = day.orders[i]
    return max(round(1000.0 * asked.weight / asked.units), 1)


def _point(groups: list[str], destination: str, group: str) -> tuple[float, float]:
    others = [one for one in dict.fromkeys(groups) if one != destination]
    if group == destination:
        return _CENTRE
    angle = 2 * math.pi * others.index(group) / len(others)
    return round(_CENTRE[0] + _RADIUS * math.sin(angle), 4), round(_CENTRE[1] + _RADIUS * math.cos(angle), 4)


def _places(groups: list[str], destination: str) -> str:
    """One place for each group of ports; everybody lives at the port that the orders go to."""
    rows = []
    for group in dict.fromkeys([destination, *groups]):
        lat, lon = _point(groups, destination, group)
        rows.append((group, group, group, "", "metro", int(group == destination), lat, lon, group, "ours"))
    header = ("insee", "name", "departement", "region", "zone", "population", "lat", "lon", "postcodes", "coord_source")
    return table_text(header, rows, "Ports; where they lie is not told, so they stand on a circle.")


def _nodes(day: Day, groups: list[str], destination: str) -> str:
    rows = []
    for plant, group in zip(day.plants, groups, strict=True):
        lat, lon = _point(groups, destination, group)
        rows.append((key_of(plant), plant, lat, lon, group, "M", "warehouse", "Brunel", "published"))
        rows.append(
            (key_of(plant) + OVERLOAD, f"{plant}, overload", lat, lon, group, "M", "supplier", "Brunel", "published")
        )
    header = ("key", "label", "lat", "lon", "departement", "size", "role", "source", "confidence")
    return table_text(header, rows, "Plants, and what they do beyond their capacity.")


def _orders(day: Day, skus: list[str], destination: str) -> str:
    rows = []
    for i, asked in enumerate(day.orders):
        t = _FIRST_S + i * _EVERY_S
        moment = f"{DATE} {t // 3600:02d}:{t % 3600 // 60:02d}:{t % 60:02d}"
        mass, option = _grams(day, i), asked.service.casefold()
        rows.append((f"row{i + 2}", moment, skus[i], asked.units, 1, option, mass, 1, destination))
    header = ("order", "t", "sku", "quantity", "price", "option", "mass_g", "volume_cm3", "commune")
    return table_text(header, rows, "").removeprefix("# \n")


def _stock(day: Day, skus: list[str], nodes: list[str], *, done: bool) -> str:
    """What is asked for lies at every plant that may serve it (or at the one that did), and at the same in overload."""
    # a node that is listed has nothing but what is listed
    wanted = {(node + kind, skus[0]): 0 for node in nodes for kind in ("", OVERLOAD)}
    for i, asked in enumerate(day.orders):
        plants = [int(day.done[i])] if done else [plant for plant, _ in day.options[i]]
        for plant in plants:
            for node in (nodes[plant], nodes[plant] + OVERLOAD):
                wanted[node, skus[i]] = wanted.get((node, skus[i]), 0) + asked.units
    rows = [(node, sku, units) for (node, sku), units in wanted.items()]
    return table_text(("node", "sku", "units"), rows, "Enough for the day: capacities limit orders, not units.")


def _card(day: Day, groups: list[str], destination: str, service: str) -> str:
    """The freight of a service by the ports of departure, in bands so narrow that their steps hardly matter.

    A parcel that would be cheaper if it were heavier is taken to be declared heavier, as shippers do.
    """
    heaviest = max(asked.weight for asked in day.orders)
    limits = [0.2]
    while limits[-1] < heaviest * 1.2:
        limits.append(limits[-1] * _STEP)
    bands = [round(kg, 3) for kg in limits]
    ports = dict(zip(groups, day.ports, strict=True))
    rows: list[tuple[Any, ...]] = []
    for group in dict.fromkeys(groups):
        middle = [limits[0], *(kg / math.sqrt(_STEP) for kg in limits[1:])]
        prices = np.array(
            [_or(day.freight(ports[group], destination, service, kg), math.inf) for kg in middle], np.float64
        )
        prices = np.minimum.accumulate(prices[::-1])[::-1]
        known = prices[np.isfinite(prices)]
        prices = np.where(np.isfinite(prices), prices, known[-1] if len(known) else 0.0)
        rows += [("band", kg, group, f"{price:.6f}") for kg, price in zip(bands, prices.tolist(), strict=True)]
    rows.append(("extra_kg", "", "", 0))
    return table_text(("kind", "up_to_kg", "zone", "price_eur"), rows, f"Freight of {service} by ports of departure.")


def _or(value: float | None, other: float) -> float:
    return other if value is None else value


def _all_week() -> dict[str, Any]:
    return {
        "delivers": list(WEEKDAYS),
        "collection_days": list(WEEKDAYS),
        "warehouse_collections": ["23:30"],
        "store_collections": ["23:30"],
    }


_MAPPING = {
    "columns": {
        name: name
        for name in ("order", "t", "sku", "quantity", "price", "option", "mass_g", "volume_cm3", "commune")
    },
    "reading": {"separator": ",", "encoding": "utf-8", "decimal": "."},
    "dates": {"first_day": DATE},
}
_AS_DONE = """\
# What was really done that day: each order's goods lie at the plant that served it, whatever the policy.
name: as_done
extends: scenario.yaml
title: As it was done
stock: {snapshot_table: stock_as_done.csv}
"""


def _document(
    day: Day, nodes: list[str], services: dict[str, Any], options: dict[str, Any]
) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for asked in day.orders:
        counts[asked.service.casefold()] = counts.get(asked.service.casefold(), 0) + 1
    plants: dict[str, Any] = {}
    for node, capacity, price in zip(nodes, day.capacity.tolist(), day.per_unit, strict=True):
        plants[node] = {"daily_orders": capacity, "eur_per_unit": price}
        plants[node + OVERLOAD] = {"eur_per_unit": price}
    off = {key: {"on": False} for key in ("home_standard", "home_j1", "collect")}
    hands = {"S": 1, "M": 1, "L": 1}
    return {
        "title": f"A day of {len(day.orders):,} orders, {len(day.plants)} plants (Brunel)",
        "time": {"start": "2013-05-20", "warm_up_weeks": 0, "measured_weeks": 1, "run_off_days": 7},
        "network": {
            "warehouses_table": "warehouses.csv",
            "stores_table": None,
            "communes_table": "places.csv",
            "agencies_table": "agencies.csv",
            "warehouses": {"opening": _EVERY_DAY, "pickers": hands, **_NO_WORK},
            "suppliers": {"opening": _EVERY_DAY, "pickers": hands, **_NO_WORK, "eur_per_shipment": 5.0},
            "nodes": plants,
        },
        "options": off | options,
        "services": services,
        "stock": {"snapshot_table": "stock.csv", "separate_pools": False},
        "assortment": {"reorderable": 0.0},
        "visibility": {"web_sees": ["warehouses", "suppliers"]},
        "economics": {"packaging_parcel_eur": 0.0, "packaging_unit_eur": 0.0},
        "demand": {
            "history": {"orders": "orders.csv", "mapping": "orders.mapping.yaml"},
            "online": {
                "orders_per_day": round(len(day.orders) / 7, 3),
                "options": {key: count / len(day.orders) for key, count in counts.items()},
            },
            "walk_in": {"per_day": 0},
        },
        "policy": {"name": "cheapest"},
    }
