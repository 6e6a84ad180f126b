"""Stock that is lost in the house: units gone, or not to be found, are written off at what they cost."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import Component, StockKind
from orchestrion.domain.facts import SCHEMA, Table
from orchestrion.domain.world import World

# a misplaced unit is written off like one that is gone, and comes back into the books when it turns up
LOST = (StockKind.NOT_FOUND, StockKind.SHRUNK, StockKind.MISPLACED, StockKind.FOUND)


def lost_stock(world: World, stock: Table) -> Table:
    """Rows of `costs`: purchase cost of the units that left the shelves without a customer, at their node and moment.

    A record corrected without a unit moving costs nothing.
    """
    rows = np.flatnonzero(np.isin(stock["kind"], LOST) & (stock["d_physical"] != 0))
    values = {
        "t": stock["t"][rows],
        "node": stock["node"][rows],
        "component": Component.WRITE_OFF,
        "amount": -stock["d_physical"][rows] * world.skus.cost[stock["sku"][rows]],
    }
    return {
        name: np.broadcast_to(np.asarray(values.get(name, -1)), rows.shape).astype(field.dtype)
        for name, field in SCHEMA["costs"].items()
    }
