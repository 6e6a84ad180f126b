"""When orders were complete, worked out by the database, for the charts that sort orders into bands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# the moment of the last parcel, of each order that anything was sent of; -1 while a parcel is under way
ARRIVALS = """
        arrivals AS (
            SELECT "order", CASE WHEN min(received_t) < 0 THEN -1 ELSE max(received_t) END AS received
            FROM shipments WHERE units > 0 GROUP BY "order"
        )"""


def counted(band: NDArray[np.int32], orders: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Orders in each of so many bands, from those in which there are any."""
    counts = np.zeros(size, np.int64)
    counts[band] = orders
    return counts
