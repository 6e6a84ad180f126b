"""The family of replenishment rules: how many units a node orders of a SKU, given its inventory position.

The inventory position is what is on hand less what is promised, plus what is on order, less what waits for stock. A
rule that looked at the shelf alone would order again, at each review, what is already on its way.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrion.registry import Registry

__all__ = ["BY_LEVELS", "Levels", "ReplenishmentRule", "replenishment_rule", "replenishment_rules", "whole_packs"]

Units = NDArray[np.integer[Any]]

BY_LEVELS = frozenset({"base_stock", "min_max", "r_q", "s_s"})  # rules that take no notice of the forecast


class Levels(NamedTuple):
    """What a rule compares the inventory position with; arrays of one shape."""

    low: Units  # reorder point; negative: never ordered
    up_to: Units  # target
    quantity: Units | int = 1  # batch
    forecast: NDArray[np.float64] | float = 0.0  # units expected over the review period and the lead time


class ReplenishmentRule(Protocol):
    """Units to order, of the shape of the position; zero where `low` is negative (never)."""

    def __call__(self, position: Units, levels: Levels) -> Units: ...


replenishment_rules = Registry[ReplenishmentRule]("replenishment_rules", "orchestrion.policies.replenishment")
replenishment_rule = replenishment_rules
"""Decorator: `@replenishment_rule("min_max")` above a function of (position, levels)."""


def whole_packs(units: Units, multiple: Units | int, minimum: Units | int) -> Units:
    """An order as suppliers take it: at least the minimum where anything is ordered, in whole packs, rounded up.

    >>> whole_packs(np.array([0, 1, 13]), 6, 10).tolist()
    [0, 12, 18]
    """
    least: Units = np.maximum(units, minimum)
    packs: Units = np.ceil(least / multiple).astype(np.int64) * multiple
    return np.where(units > 0, packs, 0)
