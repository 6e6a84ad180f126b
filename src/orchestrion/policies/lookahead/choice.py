"""The exact best way to serve an order at given prices: every set of nodes is tried."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from orchestrion.policies.season import Floats, Plan, Season

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

    __slots__ = ("_bids", "_opening", "_season")

    def __init__(self, season: Season, price: Floats | None = None) -> None:
        self._season = season
        lost = np.zeros((1, season.stock.shape[1]))
        prices = np.vstack([np.zeros(season.stock.shape) if price is None else price, lost])
        # for each kind, what a unit of each line costs from each node
        self._bids = [
            (season.unit[:, kind] + prices[:, list(skus)].T).tolist() for kind, skus in enumerate(season.skus)
        ]
        self._opening = season.opening.T.tolist()

    def best(self, kind: int, has: Sequence[Sequence[bool]]) -> tuple[float, Plan]:
        """The least price and its plan, a node for each line.

        Parameters
        ----------
        has
            For each line, which nodes have a unit left, shape (lines, nodes); the lost one always does.
        """
        lost = self._season.lost
        rows = [
            [bid if node == lost or there[node] else np.inf for node, bid in enumerate(row)]
            for row, there in zip(self._bids[kind], has, strict=True)
        ]
        opening = self._opening[kind]
        useful = tuple(node for node in range(lost + 1) if node == lost or any(there[node] for there in has))
        best: Sequence[int] = (lost,)
        least = np.inf
        for nodes in _sets(useful, len(rows)):
            cost = 0.0
            for node in nodes:
                cost += opening[node]
            for row in rows:
                cost += min([row[node] for node in nodes])
            if cost < least - _TIE:
                best, least = nodes, cost
        return least, tuple(min(best, key=row.__getitem__) for row in rows)


class Choices:
    """`Choice` for all kinds of order at once, as long as every node that ever had a SKU has it."""

    def __init__(self, season: Season) -> None:
        self._season = season
        sizes = dict.fromkeys(len(skus) for skus in season.skus)
        self._groups = []
        for size in sizes:
            kinds = [kind for kind, skus in enumerate(season.skus) if len(skus) == size]
            sets = _sets(tuple(range(season.nodes + 1)), size)
            self._groups.append((np.array(kinds), np.array([season.skus[kind] for kind in kinds]), sets))

    def best(self, price: Floats) -> list[tuple[float, Plan]]:
        """For each kind the least price and its plan; `price` as for `Choice`."""
        season = self._season
        never = np.where(season.stock > 0, price, np.inf)
        prices = np.vstack([never, np.zeros((1, season.stock.shape[1]))])
        found: list[tuple[float, Plan]] = [(np.inf, ())] * season.kinds
        for kinds, skus, sets in self._groups:
            bids = prices[:, skus].transpose(1, 2, 0) + season.unit[:, kinds].T[:, None, :]  # (kinds, lines, nodes)
            opening = season.opening[:, kinds].T
            least, which = np.full(len(kinds), np.inf), np.zeros(len(kinds), np.int64)
            for i, nodes in enumerate(sets):
                cost = bids[:, :, nodes].min(axis=2).sum(axis=1) + opening[:, nodes].sum(axis=1)
                better = cost < least - _TIE
                least[better], which[better] = cost[better], i
            for row, kind in enumerate(kinds.tolist()):
                opened = np.array(sets[which[row]])
                plan = opened[bids[row][:, opened].argmin(axis=1)]
                found[kind] = (float(least[row]), tuple(plan.tolist()))
        return found


@lru_cache(maxsize=1024)
def _sets(nodes: tuple[int, ...], lines: int) -> tuple[tuple[int, ...], ...]:
    """The sets of nodes that an order of so many lines may open, small ones first."""
    return tuple(chosen for size in range(1, lines + 1) for chosen in combinations(nodes, size))
