"""Slowest sellers first: take a unit where few people come to buy it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import NetworkView
from orchestrion.policies.checks import at_least
from orchestrion.policies.objective import SHIPMENT, Scores
from orchestrion.policies.rule import FewestParcels
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.policies.stakes import daily_sales

PER_UNIT = 10_000  # sales are compared to a ten-thousandth of a unit a day


@sourcing_policy("slowest_sellers")
@dataclass(frozen=True, kw_only=True)
class SlowestSellers(FewestParcels):
    """Source each order where its SKUs sell slowest over the counter, splitting only when it must.

    Sales velocity: the units a day expected from trailing recorded sales, added up over the lines of a shipment. A
    warehouse sells nothing over the counter and so comes first. Among equals the nearest node ships.

    Parameters
    ----------
    within_km
        Ignore nodes farther than this from the delivery address or collection store [km]; without limit when left out.
    """

    within_km: float | None = None

    reason: ClassVar[Reason] = Reason.CHOSEN

    def __post_init__(self) -> None:
        at_least(self, 0.0, "within_km")

    def reach_km(self) -> float | None:
        return self.within_km

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        scores = np.full(len(nodes), SHIPMENT)
        for line in lines:
            scores += np.rint(daily_sales(line.sku, nodes, view) * PER_UNIT)
        return scores
