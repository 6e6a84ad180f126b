"""Orders by how early or late they were against what the customer had been told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestrion.reports.charts.bars import Part, stacked
from orchestrion.reports.look import COLOURS, hover, safe
from orchestrion.reports.reading import Reading
from orchestrion.units import DAY

if TYPE_CHECKING:
    import plotly.graph_objects as go

BANDS = ("early_2", "early_1", "late_1", "late_2", "never")
_COLOURS = ("time_0", "time_1", "time_4", "time_5", "part_6")


def band_counts(reading: Reading, label: str, replication: int) -> NDArray[np.int64] | None:
    """Orders accepted in the measured time by band of `BANDS`; None without facts."""
    orders = reading.facts("orders", label, replication, ("order", "t", "promised_t"))
    shipments = reading.facts("shipments", label, replication, ("order", "units", "received_t"))
    if orders is None or shipments is None:
        return None
    sent = shipments["units"] > 0
    of_order, received = shipments["order"][sent], shipments["received_t"][sent]
    size = int(max(of_order.max(initial=-1), orders["order"].max(initial=-1))) + 1
    last = np.full(size, -1, np.int64)
    np.maximum.at(last, of_order, received)
    last[of_order[received < 0]] = -1  # a parcel is still under way
    t, ids, promised = orders["t"], orders["order"], orders["promised_t"]
    kept = np.ones(len(t), bool)
    if reading.days:
        kept = (t // DAY >= reading.days[0]) & (t // DAY <= reading.days[-1])
    late = last[ids[kept]] - promised[kept]
    band = np.select([late <= -DAY, late <= 0, late <= DAY], [0, 1, 2], 3)
    band[last[ids[kept]] < 0] = 4
    return np.bincount(band, minlength=len(BANDS)).astype(np.int64)


def distributions(reading: Reading) -> dict[str, NDArray[np.float64]]:
    """label -> share of orders by band, over all replications; empty when the study kept no facts."""
    result: dict[str, NDArray[np.float64]] = {}
    for item in reading.alternatives:
        counts = np.zeros(len(BANDS))
        for replication in reading.replication_ids(item.label):
            found = band_counts(reading, item.label, replication)
            if found is None:
                return {}
            counts += found
        if counts.sum() > 0:
            result[item.label] = counts / counts.sum()
    return result


def promise(reading: Reading, found: dict[str, NDArray[np.float64]] | None = None) -> go.Figure | None:
    """Stacked shares by band; None without facts."""
    found = distributions(reading) if found is None else found
    items = [item for item in reading.alternatives if item.label in found]
    if not items:
        return None
    parts = []
    for band, (key, colour) in enumerate(zip(BANDS, _COLOURS, strict=True)):
        shares = [float(found[item.label][band]) for item in items]
        name = reading.words(key)
        parts.append(
            Part(
                name,
                COLOURS[colour],
                [100 * share for share in shares],
                [
                    hover(item.name, reading.words.labelled(name, reading.fmt.percent(share)))
                    for item, share in zip(items, shares, strict=True)
                ],
                [reading.fmt.percent(share, 0) if share >= 0.035 else "" for share in shares],
            )
        )
    notes = [
        safe(reading.words("on_time", value=reading.fmt.percent(float(found[item.label][:2].sum())))) for item in items
    ]
    return stacked(reading.fmt, [item.name for item in items], notes, parts)
