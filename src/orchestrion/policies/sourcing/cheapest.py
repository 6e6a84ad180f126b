"""Cheapest to serve: picking, packaging and carriage decide."""

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
from orchestrion.policies.objective import Scores
from orchestrion.policies.rule import Rule
from orchestrion.policies.sourcing import sourcing_policy


@sourcing_policy("cheapest")
@dataclass(frozen=True, kw_only=True)
class Cheapest(Rule):
    """Source each order at the least cost to serve, splitting where two parcels are cheaper than one."""

    reason: ClassVar[Reason] = Reason.CHEAPEST

    def at_first_sight(self, order: Order, free: Free) -> int:
        lines, view = order.lines, free.view
        if len(lines) > EXACT_LINES:
            return -1
        costs = view.costs(order, lines)
        node = free.cheapest_with_all(order, view.nearest(order), costs)
        if node >= 0 and len(lines) > 1 and not costs.at[node] <= 2 * costs.floor:
            return -1  # two parcels might be cheaper
        return node

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        return view.costs(order, lines).by_node[nodes].astype(np.float64)
