"""Orders worth telling: chosen by what happened to them, and gathered from the facts of one replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import COST_TO_SERVE, EventKind, Outcome
from orchestrion.reports.reading import Reading
from orchestrion.units import DAY

Columns = dict[str, NDArray[Any]]
# kind -> how many are told, in this order; an order is told once, as the first kind it fits
KINDS = {"resourced": 2, "split": 2, "late": 2, "cancelled": 1, "returned": 1, "dear": 1, "collected": 1, "typical": 2}
LOST = 1  # wishes that became no order

_TABLES: dict[str, tuple[str, ...]] = {
    "orders": ("order", "t", "channel", "place", "option", "collect_at", "promised_t"),
    "lines": ("order", "line", "sku", "qty", "price", "request"),
    "events": ("seq", "t", "kind", "order", "line", "shipment", "node", "qty", "reason", "hop"),
    "decisions": ("t", "order", "line", "node", "qty", "hop", "reason"),
    "shipments": ("order", "shipment", "node", "units", "received_t", "collected_t"),
    "costs": ("order", "component", "amount"),
    "emissions": ("order", "leg", "amount"),
    "requests": ("request", "t", "channel", "sku", "qty", "outcome", "reason", "value"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """The facts of one replication that stories are made of."""

    label: str
    replication: int
    tables: dict[str, Columns]

    def of(self, table: str, order: int) -> list[dict[str, int]]:
        """The rows of one order."""
        columns = self.tables[table]
        rows = np.flatnonzero(columns["order"] == order)
        return [{name: int(column[row]) for name, column in columns.items()} for row in rows.tolist()]


@dataclass(frozen=True, slots=True)
class Summary:
    """One value per order of `orders`, in its row order."""

    received: NDArray[np.int64]  # -1: not complete
    parcels: NDArray[np.int64]
    hops: NDArray[np.int64]
    cancelled: NDArray[np.int64]  # units
    returned: NDArray[np.int64]  # units
    cost: NDArray[np.int64]  # micro-euros


def facts_for(reading: Reading, label: str, replication: int) -> Told | None:
    """The tables of one replication; None when the study did not keep them."""
    tables = {}
    for name, columns in _TABLES.items():
        found = reading.facts(name, label, replication, columns)
        if found is None:
            return None
        tables[name] = found
    return Told(label, replication, tables)


def summed(told: Told) -> Summary:
    """What happened to each order."""
    ids = told.tables["orders"]["order"].astype(np.int64)
    by_id = np.argsort(ids)

    def gather(order: NDArray[Any], values: NDArray[Any], start: int = 0, most: bool = False) -> NDArray[np.int64]:
        total = np.full(len(ids), start, np.int64)
        if not len(ids):
            return total
        known = np.isin(order, ids)
        at = by_id[np.searchsorted(ids, order[known], sorter=by_id)]
        (np.maximum if most else np.add).at(total, at, np.asarray(values, np.int64)[known])
        return total

    shipments, events, costs = (told.tables[name] for name in ("shipments", "events", "costs"))
    sent = shipments["units"] > 0
    received = gather(shipments["order"][sent], shipments["received_t"][sent], -1, most=True)
    open_ = gather(shipments["order"][sent], shipments["received_t"][sent] < 0)
    serve = np.isin(costs["component"], [int(part) for part in COST_TO_SERVE])

    def units(kind: EventKind) -> NDArray[np.int64]:
        rows = events["kind"] == kind
        return gather(events["order"][rows], events["qty"][rows])

    return Summary(
        received=np.where(open_ > 0, -1, received),
        parcels=gather(shipments["order"], sent),
        hops=gather(events["order"], events["hop"], most=True),
        cancelled=units(EventKind.CANCELLED),
        returned=units(EventKind.RETURNED),
        cost=gather(costs["order"][serve], costs["amount"][serve]),
    )


def chosen(reading: Reading, told: Told) -> list[tuple[str, int]]:
    """(kind, order id) of those told: the extremes first, the ordinary last; ties by order id.

    An ordinary order came whole, in one parcel, in time, at home, after about the median time.
    """
    orders = told.tables["orders"]
    ids = orders["order"].astype(np.int64)
    found = summed(told)
    home = orders["collect_at"] < 0
    came = found.received >= 0
    late = np.where(came, found.received - orders["promised_t"], 0)
    wait = np.where(came, found.received - orders["t"], 0)
    plain = came & home & (late <= 0) & (found.parcels == 1) & (found.hops == 0) & (found.cancelled == 0)
    plain &= found.returned == 0
    middle = float(np.median(wait[plain])) if plain.any() else 0.0
    measured = np.ones(len(ids), bool)
    if reading.days:
        measured = (orders["t"] // DAY >= reading.days[0]) & (orders["t"] // DAY <= reading.days[-1])
    worth: dict[str, tuple[NDArray[Any], NDArray[np.bool_]]] = {
        "resourced": (found.hops, found.hops > 0),
        "split": (found.parcels, found.parcels > 1),
        "late": (late, late > 0),
        "cancelled": (found.cancelled, found.cancelled > 0),
        "returned": (found.returned, found.returned > 0),
        "dear": (found.cost, came),
        "collected": (-np.abs(wait - middle), came & ~home),
        "typical": (-np.abs(wait - middle), plain),
    }
    stories: list[tuple[str, int]] = []
    taken: set[int] = set()
    for kind, most in KINDS.items():
        values, fits = worth[kind]
        rows = np.flatnonzero(fits & measured)
        rows = rows[np.lexsort((ids[rows], -values[rows]))]
        free = [int(ids[row]) for row in rows.tolist() if int(ids[row]) not in taken][:most]
        taken.update(free)
        stories += [(kind, order) for order in free]
    return stories


def lost_wishes(reading: Reading, told: Told, most: int = LOST) -> list[dict[str, int]]:
    """Wishes of the measured time that were lost for lack of stock, the most valuable first."""
    asked = told.tables["requests"]
    fits = (asked["outcome"] == Outcome.LOST) & np.isin(asked["reason"], (0, 1, 2))
    if reading.days:
        fits &= (asked["t"] // DAY >= reading.days[0]) & (asked["t"] // DAY <= reading.days[-1])
    rows = np.flatnonzero(fits)
    rows = rows[np.lexsort((asked["request"][rows], -asked["value"][rows]))][:most]
    return [{name: int(column[row]) for name, column in asked.items()} for row in rows.tolist()]
