"""Lowest CO2e: the shipment with the smallest footprint decides."""

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


@sourcing_policy("lowest_co2e")
@dataclass(frozen=True, kw_only=True)
class LowestCo2e(Rule):
    """Source each order with the least CO2e, customer trip included, splitting only where that emits less."""

    reason: ClassVar[Reason] = Reason.LOWEST_CO2E

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        return view.quotes(order, lines).co2e[nodes].astype(np.float64)
