"""The exact best way to serve an order at given prices: every set of nodes is tried."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from orchestrion.policies.season import Floats, Ints, Plan, Season

_TIE = 1e-9  # two sums of the same euros in another order are one price
_AT_ONCE = 2_000_000  # numbers looked at together


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

    __slots__ = ("_bids", "_opening", "_prices", "_season")

    def __init__(self, season: Season, price: Floats | None = None) -> None:
        self._season = season
        lost = np.zeros((1, season.stock.shape[1]))
        self._prices = np.vstack([np.zeros(season.stock.shape) if price is None else price, lost])
        # for each kind, what a unit of each line costs from each node; written down when the kind is asked for
        self._bids: dict[int, list[list[float]]] = {}
        self._opening: dict[int, list[float]] = {}

    def best(self, kind: int, has: Sequence[Sequence[bool]]) -> tuple[float, Plan]:
        """The least price and its plan, a node for each line.

        Parameters
        ----------
        has
            For each line, which nodes have a unit left, shape (lines, nodes); the lost one always does.
        """
        lost = self._season.lost
        if kind not in self._bids:
            skus = list(self._season.skus[kind])
            self._bids[kind] = (self._season.unit[:, kind] + self._prices[:, skus].T).tolist()
            self._opening[kind] = self._season.opening[:, kind].tolist()
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
        self._groups = []
        for size in dict.fromkeys(len(skus) for skus in season.skus):
            sets = _sets(tuple(range(season.nodes + 1)), size)
            alike = np.array([kind for kind, skus in enumerate(season.skus) if len(skus) == size])
            # a large network is looked at in pieces, or else its sets x kinds x lines would not fit in memory
            for kinds in np.array_split(alike, -(-len(alike) * len(sets) * size // _AT_ONCE)):
                self._groups.append(_Alike(season, kinds, sets))

    def best(self, price: Floats) -> list[tuple[float, Plan]]:
        """For each kind the least price and its plan; `price` as for `Choice`."""
        found: list[tuple[float, Plan]] = [(np.inf, ())] * self._season.kinds
        for kind, cost, plan in self.below(price, np.full(self._season.kinds, np.inf)):
            found[kind] = cost, plan
        return found

    def below(self, price: Floats, limit: Floats) -> list[tuple[int, float, Plan]]:
        """(kind, least price, its plan) of the kinds whose least price is below their limit, shape (kinds,)."""
        never = np.where(self._season.stock > 0, price, np.inf)
        prices = np.vstack([never, np.zeros((1, self._season.stock.shape[1]))])
        return sorted(one for group in self._groups for one in group.below(prices, limit))


class _Alike:
    """Kinds of order with the same number of lines, and the sets of nodes that may serve them."""

    def __init__(self, season: Season, kinds: Ints, sets: tuple[tuple[int, ...], ...]) -> None:
        self._kinds, self._sets = kinds, sets
        self._skus = np.array([season.skus[kind] for kind in kinds])
        self._unit = season.unit[:, kinds, None]  # (nodes, kinds, 1)
        self._opening = np.array([season.opening[list(nodes)][:, kinds].sum(axis=0) for nodes in sets])
        # a set is one of the sets with a node less, and that node: (where those begin and end, which one, which node)
        where = {nodes: i for i, nodes in enumerate(sets)}
        self._steps = []
        for size in range(2, self._skus.shape[1] + 1):
            larger = [nodes for nodes in sets if len(nodes) == size]
            if larger:
                smaller = np.array([where[nodes[:-1]] for nodes in larger])
                self._steps.append((where[larger[0]], smaller, np.array([nodes[-1] for nodes in larger])))

    def below(self, prices: Floats, limit: Floats) -> list[tuple[int, float, Plan]]:
        bids = prices[:, self._skus] + self._unit  # (nodes, kinds, lines)
        cheapest = np.empty((len(self._sets), *bids.shape[1:]))
        cheapest[: len(bids)] = bids
        for first, smaller, node in self._steps:
            np.minimum(cheapest[smaller], bids[node], out=cheapest[first : first + len(node)])
        cost = cheapest.sum(axis=2) + self._opening
        which = (cost <= cost.min(axis=0) + _TIE).argmax(axis=0)  # the first, which is the smallest
        least = cost[which, np.arange(len(which))]
        found = []
        for row in np.flatnonzero(least < limit[self._kinds]).tolist():
            opened = np.array(self._sets[which[row]])
            plan = opened[bids[opened, row].argmin(axis=0)]
            found.append((int(self._kinds[row]), float(least[row]), tuple(plan.tolist())))
        return found


@lru_cache(maxsize=1024)
def _sets(nodes: tuple[int, ...], lines: int) -> tuple[tuple[int, ...], ...]:
    """The sets of nodes that an order of so many lines may open, small ones first."""
    return tuple(chosen for size in range(1, lines + 1) for chosen in combinations(nodes, size))
