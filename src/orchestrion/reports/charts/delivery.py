"""Delivery time of home orders, in bands of days: one bar per alternative, promises kept beside it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestrion.reports.charts.arrivals import ARRIVALS, counted
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


def band_counts(reading: Reading, label: str, replication: int) -> NDArray[np.int64] | None:
    """Complete home orders placed in the measured time, by band of days from click to last parcel; None without facts.

    A band holds its upper edge: a day to the second is "1 day or less".
    """
    beyond = " + ".join(f"(received - t > {edge * DAY:.0f})::INTEGER" for edge in EDGES)
    query = f"""
        WITH {ARRIVALS}
        SELECT {beyond} AS band, count(*) AS orders FROM orders JOIN arrivals USING ("order")
        WHERE collect_at < 0 AND received >= 0 AND {reading.in_measured_time()} GROUP BY band
    """
    found = reading.sql(query, label, replication)
    return None if found is None else counted(found["band"], found["orders"], len(EDGES) + 1)


def distributions(reading: Reading) -> dict[str, Distribution]:
    """label -> distribution, over all replications; empty when the study kept no facts."""
    result: dict[str, Distribution] = {}
    for item in reading.alternatives:
        counts = np.zeros(len(EDGES) + 1)
        replications = reading.replication_ids(item.label)
        for replication in replications:
            found = band_counts(reading, item.label, replication)
            if found is None:
                return {}
            counts += found
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
