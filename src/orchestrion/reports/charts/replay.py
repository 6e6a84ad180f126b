"""One day on the map: where each shipment decided that day is, minute by minute, until it is received."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.reports.charts.flows import Network
from orchestrion.reports.projection import fitted
from orchestrion.reports.reading import Reading
from orchestrion.units import DAY, HOUR, MINUTE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_COLUMNS = ("node", "place", "collect_at", "units", "sourced_t", "handed_t", "received_t")
LONGEST = 5 * DAY
STEP = 30 * MINUTE
AT_FIRST = 30 * HOUR  # the morning after: parcels are between their nodes and their doors


@dataclass(frozen=True, slots=True)
class Day:
    """The shipments of one alternative decided on one day; moments in seconds from its midnight, -1 for never."""

    node: Ints
    x: Floats  # where it goes [km on the map]
    y: Floats
    sourced: Ints
    handed: Ints
    received: Ints

    def counts(self, t: int) -> tuple[int, int, int, int]:
        """Decided, waiting at nodes, under way and received at a moment."""
        there = (self.received >= 0) & (self.received <= t)
        gone = (self.handed >= 0) & (self.handed <= t) & ~there
        known = self.sourced <= t
        waiting = known & ~gone & ~there
        return int(known.sum()), int(waiting.sum()), int(gone.sum()), int((there & known).sum())


def busiest_day(reading: Reading, label: str, replication: int) -> int | None:
    """The measured day on which most shipments of an alternative were decided."""
    table = reading.facts("shipments", label, replication, ("sourced_t", "units"))
    if table is None or not reading.days:
        return None
    days = table["sourced_t"][table["units"] > 0] // DAY
    days = days[(days >= reading.days[0]) & (days <= reading.days[-1])]
    return int(np.bincount(days.astype(np.int64)).argmax()) if len(days) else None


def day_of(reading: Reading, net: Network, label: str, replication: int, day: int) -> Day | None:
    """The shipments decided on that day; those whose address is unknown stay out."""
    table = reading.facts("shipments", label, replication, _COLUMNS)
    if table is None:
        return None
    rows = np.flatnonzero((table["units"] > 0) & (table["sourced_t"] // DAY == day))
    part: dict[str, Any] = {name: table[name][rows].astype(np.int64) for name in _COLUMNS}
    places, nodes = reading.dims("places"), reading.dims("nodes")
    projection = fitted(np.asarray(nodes["lat"], float), np.asarray(nodes["lon"], float))
    place_x, place_y = projection(places["lat"], places["lon"])
    collected = part["collect_at"] >= 0
    known = collected | (part["place"] >= 0)
    place, shop = np.maximum(part["place"], 0), np.maximum(part["collect_at"], 0)
    x = np.where(collected, net.x[shop], place_x[place]) / 1000
    y = np.where(collected, net.y[shop], place_y[place]) / 1000

    def since(name: str) -> Ints:
        t = part[name][known]
        return np.where(t < 0, -1, t - day * DAY)

    return Day(part["node"][known], x[known], y[known], since("sourced_t"), since("handed_t"), since("received_t"))


def clock_end(days: list[Day]) -> int:
    """When the replay may stop: nearly everything is received, five days later at most; whole steps."""
    received = np.concatenate([one.received[one.received >= 0] for one in days]) if days else np.zeros(0)
    last = float(np.quantile(received, 0.98)) if len(received) else float(DAY)
    return int(min(LONGEST, -(-last // STEP) * STEP))


def payload(net: Network, day: Day) -> dict[str, list[float] | list[int]]:
    """As the page takes it: minutes, and tenths of kilometres."""

    def minutes(values: Ints) -> list[int]:
        return [int(value) if value < 0 else int(value) // MINUTE for value in values.tolist()]

    return {
        "node": day.node.tolist(),
        "x": np.round(day.x, 1).tolist(),
        "y": np.round(day.y, 1).tolist(),
        "sourced": minutes(day.sourced),
        "handed": minutes(day.handed),
        "received": minutes(day.received),
        "depot": [int(net.warehouse[node]) for node in day.node.tolist()],
    }
