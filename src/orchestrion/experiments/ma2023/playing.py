"""One season played: orders come one by one, a rule answers, units go, costs add up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.experiments.ma2023.rules import Decider
from orchestrion.policies.season import Plan, Season

ENDLESS = 1 << 60


def orders(season: Season, luck: np.random.Generator) -> NDArray[np.int64]:
    """The kind of order of each period; -1 is nobody."""
    edges = np.cumsum(season.arrival)
    kinds = np.searchsorted(edges, luck.random(season.periods), side="right")
    return np.where(kinds < season.kinds, kinds, -1).astype(np.int64)


def play(season: Season, decider: Decider, came: NDArray[np.int64]) -> float:
    """The cost of a season; units asked of an empty node are not served, whatever else there is."""
    left = [row.tolist() for row in season.stock] + [[ENDLESS] * season.stock.shape[1]]
    lost = season.lost
    costs: dict[tuple[int, Plan], float] = {}
    total = 0.0
    for period, kind in enumerate(came.tolist()):
        if kind < 0:
            continue
        plan = decider.decide(period, kind, left)
        served = []
        for node, sku in zip(plan, season.skus[kind], strict=True):
            if left[node][sku] > 0:
                left[node][sku] -= 1
                served.append(node)
            else:
                served.append(lost)
        key = (kind, tuple(served))
        cost = costs.get(key)
        if cost is None:
            cost = costs[key] = season.cost(*key)
        total += cost
    return total
