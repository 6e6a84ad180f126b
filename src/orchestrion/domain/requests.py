"""A block of customers' wishes in columns, sorted by time: the same for every policy and scenario of a replication."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Requests(NamedTuple):
    """Baskets (one customer at one moment, b rows) and their lines (l rows, grouped by basket, in order).

    Basket ids run from `first_basket`, request (line) ids from `first_request`, without gaps over all blocks of a
    replication; an accepted order has the id of the first request in it (a basket may end in several orders).
    """

    first_basket: int
    first_request: int
    t: NDArray[np.int64]  # (b,) seconds
    channel: NDArray[np.int64]  # (b,)
    place: NDArray[np.int64]  # (b,) delivery address; for walk-ins -1
    option: NDArray[np.int64]  # (b,) fulfilment option wanted; for walk-ins -1
    node: NDArray[np.int64]  # (b,) the walk-in's store or the collection store, else -1
    lines: NDArray[np.int64]  # (b,) number of lines
    sku: NDArray[np.int64]  # (l,)
    qty: NDArray[np.int64]  # (l,)
