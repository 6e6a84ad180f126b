"""Rules that spare units for later, started at a view, and two shops to try them in."""

from __future__ import annotations

from typing import Any

import numpy as np
from towns import town

from orchestrion.domain.orders import Order
from orchestrion.domain.world import World
from orchestrion.policies.sourcing import make_policy
from orchestrion.streams import Streams
from orchestrion.units import MICRO

ONLY_COST = {"eur_per_day_late": 0.0, "eur_per_t_co2e": 0.0}


def start(policy: object, view: Any, seed: int = 1) -> Any:
    made: Any = make_policy(policy)
    return made.start(view, Streams(seed, 0))


def two_shops(stock: tuple[int, int], walk_ins: float, **changes: Any) -> World:
    """Two stores and one SKU: a walk-in who finds nothing costs 100 EUR; a week's delivery, on Mondays."""
    weekly = np.array([[day == 0 for day in range(7)]] * 2)
    return town(
        stock=[list(stock)], node_km=(1, 2), place_km=(0,), warehouses=0, prices=[120.0], costs=[50.0],
        walk_ins=[walk_ins, 0.0], online_per_day=0.0, economics={"vat": 0.2, "salvage_share": 0.0},
        replenishment={"delivery_days": weekly, "source": np.array([1, -1])}, **changes,
    )  # fmt: skip


def dearer_elsewhere(euros: float) -> Any:
    def cost(order: Order, lines: Any, distance: Any) -> Any:
        return np.array([0, round(euros * MICRO)])

    return cost
