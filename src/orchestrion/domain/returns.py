"""What customers give back: how often, when, where to, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """Laws of returns. Each line bought has its own luck, the same under every policy.

    Inspection takes opening hours and wages, but no picker off the pick list: returns are worked off by other hands or
    in quiet hours, and an order that waited for them would make late what the shop would never let be late.
    """

    rate: NDArray[np.float64]  # (S,) probability that a line received is given back
    days: tuple[float, ...]  # probability of giving it back 0, 1, 2, ... days after it was received
    store_share: float  # share of customers who bring it to a store, where one is within reach; the others post it
    takes: NDArray[np.bool_]  # (N,) nodes that take returns
    service: int  # the service that carries posted ones
    restock: NDArray[np.float64]  # (S,) probability that it can be sold again
    inspect_s: int  # opening, checking and putting back one unit [s]
    refund_fee: bool  # the delivery fee is given back when nothing of the order is kept
