"""Orders that the web accepts beyond what it can promise: the customer waits, the position goes below zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Backorders:
    """Which SKUs may be ordered while nobody has them, and who buys for those that wait."""

    allowed: NDArray[np.bool_]  # (S,)
    node: NDArray[np.int64]  # (P,) node whose inventory position the waiting units of an address lower
    limit: int  # units of a SKU that may wait at once; -1 without limit
    patience_s: int  # an order waits so long for stock before it is cancelled
    promise_s: int  # added to the promise of an order that has to wait
