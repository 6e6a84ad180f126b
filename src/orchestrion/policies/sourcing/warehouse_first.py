"""Warehouse first: stores help out only with what no warehouse has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason, Role
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import NetworkView
from orchestrion.policies.free import Free
from orchestrion.policies.objective import SHIPMENT, Scores, distance_m
from orchestrion.policies.rule import FewestParcels
from orchestrion.policies.sourcing import sourcing_policy

STORE = 1e9  # metres that a warehouse may be farther than a store: more than the Earth has


@sourcing_policy("warehouse_first")
@dataclass(frozen=True, kw_only=True)
class WarehouseFirst(FewestParcels):
    """Source each order from the nearest warehouse that has all of it, else from a store; split only when it must."""

    reason: ClassVar[Reason] = Reason.WAREHOUSE_FIRST

    def at_first_sight(self, order: Order, free: Free) -> int:
        places, nodes = free.view.world.nodes, free.view.nearest(order)
        found = free.first_with_all(order, [n for n in nodes if places[n].role is Role.WAREHOUSE])
        return found if found >= 0 else free.first_with_all(order, nodes)

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        places = view.world.nodes
        store = np.array([places[n].role is not Role.WAREHOUSE for n in nodes.tolist()])
        return SHIPMENT + STORE * store + distance_m(order, nodes, view)
