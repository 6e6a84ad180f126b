"""Goods that not every service carries and not every node sends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PLAIN, BULKY, TWO_PERSON = 0, 1, 2  # how a SKU must be carried; index into Option.carriers


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """Columns over the assortment, each of length S."""

    carried: NDArray[np.int64]  # PLAIN, BULKY or TWO_PERSON
    from_stores: NDArray[np.bool_]  # stores may send it; else they only hand it over at their own counter
