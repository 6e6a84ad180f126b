"""The family of replenishment rules: how many units a node orders of a SKU, given its inventory position."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrion.registry import Registry

__all__ = ["ReplenishmentRule", "replenishment_rule", "replenishment_rules"]

Units = NDArray[np.integer[Any]]


class ReplenishmentRule(Protocol):
    """Units to order, of the shape of its arguments (or their broadcast); zero where `low` is negative (never)."""

    def __call__(self, position: Units, low: Units, up_to: Units) -> Units: ...


replenishment_rules = Registry[ReplenishmentRule]("replenishment_rules", "orchestrion.policies.replenishment")
replenishment_rule = replenishment_rules
"""Decorator: `@replenishment_rule("min_max")` above a function of (position, low, up_to)."""
