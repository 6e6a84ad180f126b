"""Promotions: named windows in which some SKUs are asked for more, and sold for less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.units import MICRO

_CENT = MICRO // 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """One window: from its first to its last day, both included."""

    key: str
    label: str
    first_day: int  # days since the scenario's start; negative when it began before
    last_day: int
    skus: NDArray[np.bool_]  # (S,) the SKUs it is about
    online: float  # multiplier on the demand for them online
    store: float  # and in the stores
    price_off: float  # share taken off their list price


def running(promotions: Sequence[Promotion], day: int) -> list[Promotion]:
    """The promotions of a day."""
    return [promotion for promotion in promotions if promotion.first_day <= day <= promotion.last_day]


def prices_on(promotions: Sequence[Promotion], price: NDArray[np.int64], day: int) -> NDArray[np.int64]:
    """What each SKU costs on a day, micro-euros in whole cents: of several promotions the deepest counts."""
    off = np.zeros(len(price))
    for promotion in running(promotions, day):
        off = np.where(promotion.skus, np.maximum(off, promotion.price_off), off)
    reduced = np.rint(price * (1.0 - off) / _CENT).astype(np.int64) * _CENT
    return np.where(off > 0, reduced, price)


def priced(
    promotions: Sequence[Promotion], price: NDArray[np.int64], sku: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Price of one unit of each SKU on the day beside it."""
    found = price[sku]
    for one in np.unique(day).tolist():
        if running(promotions, one):
            here = day == one
            found[here] = prices_on(promotions, price, one)[sku[here]]
    return np.asarray(found)
