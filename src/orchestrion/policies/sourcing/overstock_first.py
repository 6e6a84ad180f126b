"""Overstock first: sell where units lie above their target or beyond weeks of cover, before they are marked down."""

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
from orchestrion.policies.objective import Scores, distance_m
from orchestrion.policies.rule import Rule
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.policies.stakes import overstock
from orchestrion.units import MICRO

PARCEL = 1e14  # one more shipment outweighs any overstock,
THOUSANDTH = 1e8  # a thousandth of the target outweighs any distance [m],
MOST = 10_000  # and beyond ten times its target one node is not preferred to another


@sourcing_policy("overstock_first")
@dataclass(frozen=True, kw_only=True)
class OverstockFirst(Rule):
    """Source each order from the node with the most units above target, relative to the target.

    Splits only when it must; among equally overstocked nodes the nearest ships. A node below its target comes last, the
    one furthest below at the very end.

    Parameters
    ----------
    eur_per_overstocked_unit
        Credit for moving one unit above target [EUR]. When given, the least cost to serve minus this credit decides
        instead of strict precedence, so that an overstocked node is passed over where it costs too much.
    weeks_of_cover
        Count as overstock what lies beyond so many weeks of the node's trailing sales, in place of its replenishment
        target.
    """

    eur_per_overstocked_unit: float | None = None
    weeks_of_cover: float | None = None

    reason: ClassVar[Reason] = Reason.OVERSTOCK_FIRST

    def __post_init__(self) -> None:
        at_least(self, 0.0, "eur_per_overstocked_unit", "weeks_of_cover")

    @property
    def floor(self) -> float:
        return PARCEL if self.eur_per_overstocked_unit is None else 0.0

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        if self.eur_per_overstocked_unit is None:
            return PARCEL + distance_m(order, nodes, view)
        return view.quotes(order, lines).cost[nodes].astype(np.float64)

    def reward(self, line: Line, nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        over, target = overstock(line.sku, nodes, view, self.weeks_of_cover)
        if self.eur_per_overstocked_unit is not None:
            credit: Scores = np.rint(np.clip(np.floor(over), 0, line.qty) * (self.eur_per_overstocked_unit * MICRO))
            return credit
        relative = np.rint(1000 * over / np.maximum(target, 1))
        reward: Scores = np.clip(relative, -MOST, MOST) * THOUSANDTH
        return reward
