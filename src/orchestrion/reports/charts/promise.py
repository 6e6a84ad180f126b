"""Orders by how early or late they were against what the customer had been told."""

from __future__ import annotations

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

BANDS = ("early_2", "early_1", "late_1", "late_2", "never")
_COLOURS = ("time_0", "time_1", "time_4", "time_5", "part_6")


def band_counts(reading: Reading, label: str, replication: int) -> NDArray[np.int64] | None:
    """Orders accepted in the measured time by band of `BANDS`; None without facts."""
    query = f"""
        WITH {ARRIVALS}
        SELECT CASE WHEN received IS NULL OR received < 0 THEN 4
                    WHEN received - promised_t <= {-DAY} THEN 0
                    WHEN received - promised_t <= 0 THEN 1
                    WHEN received - promised_t <= {DAY} THEN 2 ELSE 3 END AS band, count(*) AS orders
        FROM orders LEFT JOIN arrivals USING ("order") WHERE {reading.in_measured_time()} GROUP BY band
    """
    found = reading.sql(query, label, replication)
    return None if found is None else counted(found["band"], found["orders"], len(BANDS))


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
