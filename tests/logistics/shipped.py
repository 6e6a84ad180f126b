"""Facts of shipments written by hand, to be booked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from orchestrion.domain.facts import SCHEMA, Table
from orchestrion.domain.orders import Order
from orchestrion.domain.world import World


def facts(table: str, rows: Sequence[dict[str, Any]]) -> Table:
    """Rows as a table of the schema; what a row leaves out is -1."""
    return {
        name: np.array([row.get(name, -1) for row in rows], field.dtype) for name, field in SCHEMA[table].items()
    }


def order_row(order: Order, fee: int = 0) -> dict[str, Any]:
    """An accepted order."""
    return {"order": order.id, "t": order.t, "place": order.place, "collect_at": order.collect_at, "fee": fee}


def shipment_row(world: World, order: Order, node: int, id: int = 0, **changes: Any) -> dict[str, Any]:
    """All lines of the order, picked and received from the node."""
    at = order.collect_at
    option = world.options[order.option]
    geography = world.geography
    row = {
        "order": order.id,
        "shipment": id,
        "node": node,
        "place": order.place,
        "collect_at": at,
        "service": option.counter if node == at else option.service,
        "lines": len(order.lines),
        "units": order.units,
        "parcels": 1,
        "mass": sum(int(world.skus.mass[line.sku]) * line.qty for line in order.lines),
        "volume": sum(int(world.skus.volume[line.sku]) * line.qty for line in order.lines),
        "distance": int(geography.node_node[node, at] if at >= 0 else geography.node_place[node, order.place]),
        "sourced_t": order.t,
        "picked_t": order.t + 600,
        "handed_t": order.t + 3600,
        "received_t": order.t + 7200,
    }
    return row | changes
