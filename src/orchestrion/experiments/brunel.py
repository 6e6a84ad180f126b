"""A real day of a real network: 9,215 orders, 18 plants, 26 May 2013, set beside what was really done.

The supply chain logistics problem of Kalganova and Dzalbs (Brunel University, figshare 7558679): the outbound orders of
a producer of microchips, which plant holds which product, which plants serve certain customers only, the ports of each
plant, freight rates by lane, service and weight, and orders a day that each plant is built for. Those capacities serve
fewer than a third of the orders; what is above them is priced as overload, by order.

What an order costs: units x the plant's cost a unit, and the cheapest freight of its service from one of the plant's
ports (a minimum, or a rate for each kilogram in the band of its weight); orders whose freight the customer pays (CRF)
cost none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import InputError, Problem
from orchestrion.policies.solver import LinearProgramme
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
_OWN_FREIGHT = "CRF"


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
    """

    plants: tuple[str, ...]
    capacity: NDArray[np.int64]
    options: tuple[tuple[tuple[int, float], ...], ...]
    done: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to serve all orders of the day."""

    name: str
    plant: NDArray[np.int64]
    cost: float  # without overload
    overload: int  # orders above the capacities
    total: float

    def load(self, plants: int) -> NDArray[np.int64]:
        """Orders of each plant."""
        return np.bincount(self.plant, minlength=plants)


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
    options, lost = [], []
    for i, row in enumerate(tables["OrderList"]):
        weight, units, service = float(row["Weight"]), float(row["Unit quantity"]), row["Service Level"]
        found: dict[int, float] = {}
        for plant in holds[row["Product ID"]]:
            if vmi and kept[plant] and row["Customer"] not in kept[plant]:
                continue
            freight = 0.0
            if service != _OWN_FREIGHT:
                prices = [
                    max(least, rate * weight)
                    for port in ports[plant]
                    for low, high, least, rate in lanes.get((port, row["Destination Port"], service), ())
                    if low <= weight <= high
                ]
                if not prices:
                    continue
                freight = min(prices)
            found[index[plant]] = units * per_unit[plant] + freight
        if not found:
            lost.append(Problem(str(path), i + 2, "Product ID", row["Product ID"], "no plant may serve this order."))
        options.append(tuple(sorted(found.items())))
    if lost:
        raise InputError(lost)
    done = np.array([index[row["Plant Code"]] for row in tables["OrderList"]], np.int64)
    return Day(plants, capacity, tuple(options), done)


def _records(path: Path, name: str, columns: Sequence[str]) -> list[dict[str, str]]:
    sheet = workbook_sheet(path, name)
    missing = [column for column in columns if column not in sheet.header]
    if missing:
        rule = f"the sheet {name} has no column {missing[0]!r}; it has: {', '.join(sheet.header)}."
        raise InputError([Problem(sheet.file, sheet.header_line, missing[0], "", rule)])
    return [dict(row) for row in Records(sheet).rows()]


# -- ways to serve the orders ----------------------------------------------------------------------------------------


def as_done(day: Day, overload: float) -> Way:
    """What was really done."""
    return _way("as it was done", day, day.done, overload)


def one_by_one(day: Day, overload: float) -> Way:
    """Each order in turn from the plant that is cheapest at that moment, overload counted."""
    room = day.capacity.copy()
    chosen = np.zeros(len(day.options), np.int64)
    for i, options in enumerate(day.options):
        plant = min(options, key=lambda one: (one[1] + (overload if room[one[0]] <= 0 else 0.0), one[0]))[0]
        room[plant] -= 1
        chosen[i] = plant
    return _way("one by one", day, chosen, overload)


def all_at_once(day: Day, overload: float) -> Way:
    """The least sum of all: a transport problem, whose vertices are whole numbers."""
    pairs = [(i, plant, cost) for i, options in enumerate(day.options) for plant, cost in options]
    orders, plants = len(day.options), len(day.plants)
    rows: list[list[tuple[int, float]]] = [[] for _ in range(orders + plants)]
    for column, (i, plant, _) in enumerate(pairs):
        rows[i].append((column, 1.0))
        rows[orders + plant].append((column, 1.0))
    for plant in range(plants):
        rows[orders + plant].append((len(pairs) + plant, -1.0))
    costs = [cost for _, _, cost in pairs] + [overload] * plants
    programme = LinearProgramme(costs, rows, name="brunel")
    upper = np.concatenate([np.ones(orders), day.capacity.astype(np.float64)])
    lower = np.concatenate([np.ones(orders), np.full(plants, -np.inf)])
    found = programme.solve(lower, upper)
    chosen = np.full(orders, -1, np.int64)
    for (i, plant, _), value in zip(pairs, found.columns[: len(pairs)].tolist(), strict=True):
        if value > 0.5:
            chosen[i] = plant
    return _way("all at once", day, chosen, overload)


def most_served(day: Day) -> int:
    """Orders that the capacities can serve at all."""
    pairs = [(i, plant) for i, options in enumerate(day.options) for plant, _ in options]
    orders = len(day.options)
    rows: list[list[tuple[int, float]]] = [[] for _ in range(orders + len(day.plants))]
    for column, (i, plant) in enumerate(pairs):
        rows[i].append((column, 1.0))
        rows[orders + plant].append((column, 1.0))
    upper = np.concatenate([np.ones(orders), day.capacity.astype(np.float64)])
    programme = LinearProgramme(np.full(len(pairs), -1.0), rows, name="brunel capacity")
    return round(-programme.solve(np.full(len(upper), -np.inf), upper).value)


def _way(name: str, day: Day, plant: NDArray[np.int64], overload: float) -> Way:
    cost = float(sum(dict(options)[p] for options, p in zip(day.options, plant.tolist(), strict=True)))
    above = int(np.maximum(np.bincount(plant, minlength=len(day.plants)) - day.capacity, 0).sum())
    return Way(name, plant, cost, above, cost + overload * above)
