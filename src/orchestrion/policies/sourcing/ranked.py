"""Ranked priority: a list of nodes or groups, worked through from the top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.errors import InputError, Problem
from orchestrion.policies.groups import Groups, UnknownGroup
from orchestrion.policies.objective import SHIPMENT, Scores, distance_m
from orchestrion.policies.rule import FewestParcels
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.streams import Streams

PLACE = 1e9  # metres that a place in the list outweighs: more than the Earth has


@sourcing_policy("ranked")
@dataclass(frozen=True, kw_only=True)
class Ranked:
    """Source each order from the highest node of a ranked list that has all of it, splitting only when it must.

    Within one group of the list the nearest node ships. Nodes that stand nowhere in the list come after it, nearest
    first. A split uses as few shipments as possible, then the highest places.

    Parameters
    ----------
    ranking
        Nodes by their key, or groups: `warehouses`, `stores`. The first is asked first.
    """

    ranking: tuple[str, ...] = ("warehouses", "stores")

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranking", tuple(self.ranking))
        if not self.ranking:
            raise ValueError("ranking: name at least one node or group")
        if len(set(self.ranking)) < len(self.ranking):
            raise ValueError("ranking: a node or group can stand in the list only once")

    def start(self, view: NetworkView, streams: Streams | None = None) -> RankedNodes:
        """The places of this scenario's nodes in the list.

        Raises
        ------
        InputError
            If the scenario has no such node or group.
        """
        groups = Groups(view.world)
        problems = []
        for i, name in enumerate(self.ranking):
            try:
                groups[name]
            except UnknownGroup as error:
                problems.append(Problem("policy", None, f"policy.ranking.{i}", repr(name), str(error)))
        if problems:
            raise InputError(problems)
        return RankedNodes(tuple(groups.ranks(self.ranking).tolist()))

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for the waiting orders."""
        return self.start(view).decide(orders, view)


@dataclass(frozen=True)
class RankedNodes(FewestParcels):
    """The list in one scenario: the place of every node, 0 the highest."""

    places: tuple[int, ...]

    reason: ClassVar[Reason] = Reason.CHOSEN

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        return SHIPMENT + PLACE * np.array(self.places)[nodes] + distance_m(order, nodes, view)
