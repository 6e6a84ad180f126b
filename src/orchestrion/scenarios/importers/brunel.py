"""Brunel's supply chain logistics problem, as its workbook has it: 9,215 orders of 26 May 2013, 18 plants.

Outbound orders of a producer of microchips (Kalganova and Dzalbs, Brunel University, figshare 7558679): which plant
holds which product, which plants serve certain customers only, the ports of each plant, freight rates by lane, service
and weight, and orders a day that each plant is built for.

What an order costs: units x the plant's cost a unit, and the cheapest freight of its service from one of the plant's
ports (a minimum, or a rate for each kilogram in the band of its weight); orders whose freight the customer pays (CRF)
cost none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.importers.tables import Records
from orchestrion.scenarios.sheets import workbook_sheet

_SHEETS = {
    "OrderList": (
        "Customer", "Product ID", "Plant Code", "Destination Port", "Service Level", "Unit quantity", "Weight",
    ),
    "FreightRates": (
        "orig_port_cd", "dest_port_cd", "svc_cd", "minm_wgh_qty", "max_wgh_qty", "minimum cost", "rate",
    ),
    "WhCosts": ("WH", "Cost/unit"),
    "WhCapacities": ("Plant ID", "Daily Capacity"),
    "ProductsPerPlant": ("Plant Code", "Product ID"),
    "VmiCustomers": ("Plant Code", "Customers"),
    "PlantPorts": ("Plant Code", "Port"),
}  # fmt: skip
OWN_FREIGHT = "CRF"
Lanes = Mapping[tuple[str, str, str], Sequence[tuple[float, float, float, float]]]


class Asked(NamedTuple):
    """One order: units of one product."""

    product: str
    service: str
    destination: str
    units: int
    weight: float  # kilograms


@dataclass(frozen=True, slots=True)
class Day:
    """Orders that may be served from some plants each.

    Attributes
    ----------
    plants, capacity
        Keys; orders a day.
    options
        Of each order: (plant, cost) of every plant that may serve it.
    done
        Of each order: the plant that really served it.
    per_unit, ports
        Of each plant: what it charges for a unit, the ports it ships from.
    lanes
        (from, to, service) -> lightest and heaviest kilograms, least price, price of a kilogram.
    """

    plants: tuple[str, ...]
    capacity: NDArray[np.int64]
    options: tuple[tuple[tuple[int, float], ...], ...]
    done: NDArray[np.int64]
    orders: tuple[Asked, ...] = ()
    per_unit: tuple[float, ...] = ()
    ports: tuple[tuple[str, ...], ...] = ()
    lanes: Lanes = field(default_factory=dict)

    def freight(self, ports: Sequence[str], destination: str, service: str, weight: float) -> float | None:
        """The cheapest freight from one of these ports; None where no carrier takes it."""
        if service == OWN_FREIGHT:
            return 0.0
        prices = [
            max(least, rate * weight)
            for port in ports
            for low, high, least, rate in self.lanes.get((port, destination, service), ())
            if low <= weight <= high
        ]
        return min(prices, default=None)


def read_day(path: Path, *, vmi: bool = True) -> Day:
    """The day of the workbook.

    Parameters
    ----------
    vmi
        Plants that are kept for certain customers serve nobody else.

    Raises
    ------
    InputError
        If it is another workbook, or an order has no plant that may serve it.
    """
    tables = {name: _records(path, name, columns) for name, columns in _SHEETS.items()}
    plants = tuple(row["Plant ID"] for row in tables["WhCapacities"])
    index = {key: i for i, key in enumerate(plants)}
    capacity = np.array([int(float(row["Daily Capacity"])) for row in tables["WhCapacities"]], np.int64)
    per_unit = {row["WH"]: float(row["Cost/unit"]) for row in tables["WhCosts"]}
    holds, kept, ports = defaultdict(list), defaultdict(set), defaultdict(list)
    for row in tables["ProductsPerPlant"]:
        holds[row["Product ID"]].append(row["Plant Code"])
    for row in tables["VmiCustomers"]:
        kept[row["Plant Code"]].add(row["Customers"])
    for row in tables["PlantPorts"]:
        ports[row["Plant Code"]].append(row["Port"])
    lanes: dict[tuple[str, str, str], list[tuple[float, float, float, float]]] = defaultdict(list)
    for row in tables["FreightRates"]:
        numbers = [float(row[name]) for name in ("minm_wgh_qty", "max_wgh_qty", "minimum cost", "rate")]
        lanes[row["orig_port_cd"], row["dest_port_cd"], row["svc_cd"]].append(tuple(numbers))  # type: ignore[arg-type]
    orders = tuple(
        Asked(
            row["Product ID"], row["Service Level"], row["Destination Port"], int(float(row["Unit quantity"])),
            float(row["Weight"]),
        )
        for row in tables["OrderList"]
    )  # fmt: skip
    done = np.array([index[row["Plant Code"]] for row in tables["OrderList"]], np.int64)
    day = Day(
        plants, capacity, (), done, orders, tuple(per_unit[plant] for plant in plants),
        tuple(tuple(ports[plant]) for plant in plants), lanes,
    )  # fmt: skip
    options, lost = [], []
    for i, (row, asked) in enumerate(zip(tables["OrderList"], orders, strict=True)):
        found: dict[int, float] = {}
        for plant in holds[asked.product]:
            if vmi and kept[plant] and row["Customer"] not in kept[plant]:
                continue
            freight = day.freight(ports[plant], asked.destination, asked.service, asked.weight)
            if freight is not None:
                found[index[plant]] = asked.units * per_unit[plant] + freight
        if not found:
            lost.append(Problem(str(path), i + 2, "Product ID", asked.product, "no plant may serve this order."))
        options.append(tuple(sorted(found.items())))
    if lost:
        raise InputError(lost)
    return replace(day, options=tuple(options))


def _records(path: Path, name: str, columns: Sequence[str]) -> list[dict[str, str]]:
    sheet = workbook_sheet(path, name)
    missing = [column for column in columns if column not in sheet.header]
    if missing:
        rule = f"the sheet {name} has no column {missing[0]!r}; it has: {', '.join(sheet.header)}."
        raise InputError([Problem(sheet.file, sheet.header_line, missing[0], "", rule)])
    return [dict(row) for row in Records(sheet).rows()]
