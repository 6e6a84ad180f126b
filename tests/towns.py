"""Small named towns that every test may use, whose numbers can be checked in the head."""

from __future__ import annotations

from typing import Any

from orchestrion.domain.world import World
from orchestrion.testing.town import (
    COLLECT,
    COUNTER,
    HOME_J1,
    HOME_STANDARD,
    PARCEL_EXPRESS,
    PARCEL_STANDARD,
    SHUTTLE,
    order,
    rate_card,
    replay,
    three_stores,
    town,
)

__all__ = [
    "COLLECT",
    "COUNTER",
    "HOME_J1",
    "HOME_STANDARD",
    "PARCEL_EXPRESS",
    "PARCEL_STANDARD",
    "SHUTTLE",
    "one_store_walk_in",
    "one_warehouse",
    "order",
    "rate_card",
    "replay",
    "three_stores",
    "three_stores_replenished",
    "town",
]


def one_store_walk_in(units: int = 10, **changes: Any) -> World:
    """One store, one SKU (the shirt, 20 EUR), ten walk-in purchase intents a day, nobody online."""
    settings: dict[str, Any] = {
        "name": "one_store_walk_in",
        "stock": [[units]],
        "node_km": (10,),
        "place_km": (0,),
        "warehouses": 0,
        "online_per_day": 0.0,
        "walk_ins": 10.0,
    }
    return town(**(settings | changes))


def one_warehouse(units: int = 100, **changes: Any) -> World:
    """One warehouse at km 100, one SKU, one address at km 0; twenty online orders a day."""
    settings: dict[str, Any] = {
        "name": "one_warehouse",
        "stock": [[units]],
        "node_km": (100,),
        "place_km": (0,),
    }
    return town(**(settings | changes))


def three_stores_replenished(**changes: Any) -> World:
    """`three_stores` with walk-ins, stores refilled to 5 from 2 down, and a supplier that refills the warehouse."""
    settings: dict[str, Any] = {
        "name": "three_stores_replenished",
        "walk_ins": (0.0, 12.0, 8.0, 4.0),
        "low": [[49, 2, 2, 2]] * 3,
        "up_to": [[50, 5, 5, 5]] * 3,
    }
    return three_stores(**(settings | changes))
