"""The exact best way to serve one order at given prices: every set of nodes is tried."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from orchestrion.policies.bounds.season import Floats, Season

_TIE = 1e-9  # two sums of the same euros in another order are one price


class Choice:
    """The cheapest plan of an order at immediate cost plus the bid prices of the units it takes.

    Whatever set of nodes opens, each line goes to its cheapest one of them; so trying the sets, fewest nodes first, is
    trying everything. Among equals the plan with fewer, earlier nodes is taken. Without prices this is the order-level
    myopic rule.

    Parameters
    ----------
    price
        Of a unit of a SKU at a node, shape (nodes, skus) [money].
    """

    __slots__ = ("_price", "_season", "_sets")

    def __init__(self, season: Season, price: Floats | None = None) -> None:
        self._season = season
        lost = np.zeros((1, season.stock.shape[1]))
        self._price = np.vstack([season.stock * 0.0 if price is None else price, lost])
        every = range(season.nodes + 1)
        largest = max((len(skus) for skus in season.skus), default=0)
        self._sets = [nodes for size in range(1, largest + 1) for nodes in combinations(every, size)]

    def best(self, kind: int, has: Sequence[Sequence[bool]]) -> tuple[int, ...]:
        """The plan: a node for each line.

        Parameters
        ----------
        has
            For each line, which nodes have a unit left, shape (lines, nodes); the lost one always does.
        """
        season, skus = self._season, self._season.skus[kind]
        units = season.unit[:, kind]
        rows = []
        for sku, nodes in zip(skus, has, strict=True):
            prices = (units + self._price[:, sku]).tolist()
            rows.append([p if node == season.lost or nodes[node] else np.inf for node, p in enumerate(prices)])
        opening = season.opening[:, kind].tolist()
        useful = [node for node in range(season.nodes + 1) if any(row[node] < np.inf for row in rows)]
        best, least = (season.lost,) * len(skus), np.inf
        for nodes in self._sets:
            if len(nodes) > len(skus) or any(node not in useful for node in nodes):
                continue
            plan = tuple(min(nodes, key=row.__getitem__) for row in rows)
            cost = sum(opening[node] for node in dict.fromkeys(plan))
            cost += sum(row[node] for row, node in zip(rows, plan, strict=True))
            if cost < least - _TIE:
                best, least = plan, cost
        return best
