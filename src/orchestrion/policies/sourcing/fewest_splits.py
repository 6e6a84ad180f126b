"""Fewest splits: as few parcels as possible, then the cheapest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import NetworkView
from orchestrion.policies.assignment import EXACT_LINES
from orchestrion.policies.free import Free
from orchestrion.policies.objective import SHIPMENT, Scores
from orchestrion.policies.rule import FewestParcels
from orchestrion.policies.sourcing import sourcing_policy


@sourcing_policy("fewest_splits")
@dataclass(frozen=True, kw_only=True)
class FewestSplits(FewestParcels):
    """Source each order in as few shipments as possible, and among these at the least cost to serve."""

    reason: ClassVar[Reason] = Reason.FEWEST_SPLITS

    def at_first_sight(self, order: Order, free: Free) -> int:
        if len(order.lines) > EXACT_LINES:
            return -1
        return free.cheapest_with_all(order, free.view.nearest(order), free.view.costs(order, order.lines))

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        return SHIPMENT + view.costs(order, lines).by_node[nodes]
