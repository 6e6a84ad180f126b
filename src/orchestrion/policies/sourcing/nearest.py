"""Nearest node first: what a shop manager would do by hand."""

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
from orchestrion.policies.free import Free
from orchestrion.policies.objective import SHIPMENT, Scores, distance_m
from orchestrion.policies.rule import FewestParcels
from orchestrion.policies.sourcing import sourcing_policy


@sourcing_policy("nearest")
@dataclass(frozen=True, kw_only=True)
class Nearest(FewestParcels):
    """Source each order from the nearest node that has all of it, splitting only when it must.

    The baseline every other policy has to beat. A split uses as few shipments as possible, then the fewest kilometres.

    Parameters
    ----------
    within_km
        Ignore nodes farther than this from the delivery address or collection store [km]; without limit when left out.
    """

    within_km: float | None = None

    reason: ClassVar[Reason] = Reason.NEAREST

    def __post_init__(self) -> None:
        at_least(self, 0.0, "within_km")

    def reach_km(self) -> float | None:
        return self.within_km

    def at_first_sight(self, order: Order, free: Free) -> int:
        return free.first_with_all(order, free.view.nearest(order, self.within_km))

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        return SHIPMENT + distance_m(order, nodes, view)
