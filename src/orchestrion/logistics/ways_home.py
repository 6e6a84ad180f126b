"""Where customers bring or send goods back: for their address to say, not for the policy that served them."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import Role
from orchestrion.domain.returns import Returns
from orchestrion.domain.world import World


class WaysHome:
    """The store and the depot that each customer's returns go to."""

    def __init__(self, world: World, law: Returns) -> None:
        roles = np.array([node.role for node in world.nodes])
        depots = np.flatnonzero(law.takes & (roles == Role.WAREHOUSE))
        self._takes: list[bool] = law.takes.tolist()
        self._stores = np.flatnonzero(law.takes & (roles == Role.STORE))
        self._depots = depots if len(depots) else np.flatnonzero(law.takes)
        self._distance = world.geography.node_place
        self._within_m = world.demand.collect_within_m
        self._nearest: dict[tuple[int, bool], int] = {}

    def store(self, place: int, collect_at: int) -> int:
        """The store this customer would bring it to: where it was collected, else the nearest; -1 out of reach."""
        if collect_at >= 0 and self._takes[collect_at]:
            return collect_at
        store = self._find(place, depot=False)
        return store if store >= 0 and int(self._distance[store, place]) <= self._within_m else -1

    def depot(self, place: int) -> int:
        """The node that what this customer posts goes to: the nearest warehouse that takes returns; -1 none does."""
        return self._find(place, depot=True)

    def _find(self, place: int, *, depot: bool) -> int:
        found = self._nearest.get((place, depot))
        if found is None:
            nodes = self._depots if depot else self._stores
            row = self._distance[nodes, place]
            found = self._nearest[place, depot] = int(nodes[np.argmin(row)]) if len(nodes) else -1
        return found
