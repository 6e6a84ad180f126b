"""Delivery time of home orders, in bands of days: one bar per alternative, promises kept beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestrion.reports.charts.bars import Part, stacked
from orchestrion.reports.look import COLOURS, hover, safe
from orchestrion.reports.reading import Reading
from orchestrion.units import DAY

if TYPE_CHECKING:
    import plotly.graph_objects as go

EDGES = (1.0, 2.0, 3.0, 4.0, 5.0)  # days; the last band is open


@dataclass(frozen=True, slots=True)
class Distribution:
    """Shares of complete home orders by band of days."""

    shares: NDArray[np.float64]
    orders: float  # a replication


def band_names(reading: Reading) -> list[str]:
    """ "1 day or less", "1 to 2 days", ..., "over 5 days"."""
    inner = [reading.words("days_between", a=int(low), b=int(high)) for low, high in pairwise(EDGES)]
    return [reading.words("within_1"), *inner, reading.words("beyond", a=int(EDGES[-1]))]


def order_days(reading: Reading, label: str, replication: int) -> NDArray[np.float64] | None:
    """Days from click to last parcel of the complete home orders placed in the measured time; None without facts."""
    orders = reading.facts("orders", label, replication, ("order", "t", "collect_at"))
    shipments = reading.facts("shipments", label, replication, ("order", "units", "received_t"))
    if orders is None or shipments is None:
        return None
    sent = shipments["units"] > 0
    of_order = shipments["order"][sent]
    received = shipments["received_t"][sent]
    size = int(max(of_order.max(initial=-1), orders["order"].max(initial=-1))) + 1
    last = np.full(size, -1, np.int64)
    np.maximum.at(last, of_order, received)
    last[of_order[received < 0]] = -1  # a parcel is still under way
    t, ids = orders["t"], orders["order"]
    days = t // DAY
    home = (orders["collect_at"] < 0) & (last[ids] >= 0)
    if reading.days:
        home &= (days >= reading.days[0]) & (days <= reading.days[-1])
    return np.asarray((last[ids[home]] - t[home]) / DAY, float)


def distributions(reading: Reading) -> dict[str, Distribution]:
    """label -> distribution, over all replications; empty when the study kept no facts."""
    result: dict[str, Distribution] = {}
    for item in reading.alternatives:
        counts = np.zeros(len(EDGES) + 1)
        replications = reading.replication_ids(item.label)
        for replication in replications:
            days = order_days(reading, item.label, replication)
            if days is None:
                return {}
            counts += np.bincount(np.searchsorted(EDGES, days, side="left"), minlength=len(counts))
        if counts.sum() > 0:
            result[item.label] = Distribution(counts / counts.sum(), float(counts.sum()) / len(replications))
    return result


def delivery(reading: Reading, found: dict[str, Distribution] | None = None) -> go.Figure | None:
    """Stacked shares by band of days; None without facts."""
    found = distributions(reading) if found is None else found
    items = [item for item in reading.alternatives if item.label in found]
    if not items:
        return None
    parts = []
    for band, name in enumerate(band_names(reading)):
        shares = [float(found[item.label].shares[band]) for item in items]
        parts.append(
            Part(
                name,
                COLOURS[f"time_{band}"],
                [100 * share for share in shares],
                [
                    hover(item.name, reading.words.labelled(name, reading.fmt.percent(share)))
                    for item, share in zip(items, shares, strict=True)
                ],
                [reading.fmt.percent(share, 0) if share >= 0.035 else "" for share in shares],
            )
        )
    notes = []
    for item in items:
        kept = reading.level("promises_kept", item.label).mean
        notes.append(
            safe(reading.words("promises_kept", value=reading.fmt.percent(kept))) if math.isfinite(kept) else ""
        )
    return stacked(reading.fmt, [item.name for item in items], notes, parts)
