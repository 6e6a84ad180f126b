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
from orchestrion.policies.objective import Scores
from orchestrion.policies.rule import Rule
from orchestrion.policies.sourcing import sourcing_policy


@sourcing_policy("cheapest")
@dataclass(frozen=True, kw_only=True)
class Cheapest(Rule):
    """Source each order at the least cost to serve, splitting where two parcels are cheaper than one."""

    reason: ClassVar[Reason] = Reason.CHEAPEST

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        return view.quotes(order, lines).cost[nodes].astype(np.float64)
