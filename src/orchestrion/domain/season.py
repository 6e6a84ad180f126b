"""The life of SKUs: when their collection is launched, what reaches the stores then, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.transfers import LastRoad

Ints = NDArray[np.int64]
Units = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Change of collection. Before its launch nobody asks for a SKU; after its exit nobody orders it again."""

    launch_s: Ints  # (S,) 0: on sale from the start
    exit_s: Ints  # (S,) beyond the end of the run-off: never
    steps: tuple[tuple[int, float], ...]  # markdowns: (seconds before the exit, share off), earliest first
    bought: Units  # (S, N) arrives from suppliers for the launch
    arrives_s: Ints  # (S,) when
    allocation: Units  # (S, N) what each store is to have on the launch morning
    lead_s: int  # from the warehouse to the stores
    floor_cm3: Ints  # (N,) room for stock on the floor; -1 without limit
    roads: tuple[LastRoad, ...]
    road: Ints  # (N,) row of `roads`
    outlet: int  # node where moved leftovers go; -1 none
    sells_on: bool  # customers still ask for what has left the collection, as long as it lasts

    def markdown(self, sku: Ints, t: Ints) -> NDArray[np.float64]:
        """Share off the list price of SKUs at moments, arrays of one shape."""
        off = np.zeros(np.broadcast(sku, t).shape)
        for before, share in self.steps:
            off = np.where(t >= self.exit_s[sku] - before, share, off)
        return off

    def marked_down_s(self) -> Ints:
        """When each SKU is first marked down; its exit if it never is, shape (S,)."""
        first = max((before for before, _ in self.steps), default=0)
        return np.asarray(np.maximum(self.exit_s - first, 0))
