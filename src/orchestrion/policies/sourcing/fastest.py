"""Fastest: the parcel that arrives first decides, with today's backlog, cut-offs and the carrier's calendar in mind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import NetworkView
from orchestrion.policies.objective import SHIPMENT, Scores
from orchestrion.policies.rule import FewestParcels
from orchestrion.policies.sourcing import sourcing_policy


@sourcing_policy("fastest")
@dataclass(frozen=True, kw_only=True)
class Fastest(FewestParcels):
    """Source each order from the node whose parcel arrives first, splitting only when it must.

    A near node that misses today's collection loses to a far one that catches it. Among parcels expected at the same
    moment the nearest node ships; a split uses as few shipments as possible, then the earliest arrivals.
    """

    reason: ClassVar[Reason] = Reason.CHOSEN

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        moments = np.array([view.eta(order, lines, node) for node in nodes.tolist()], np.float64)
        return SHIPMENT + np.maximum(0.0, moments - view.now)
