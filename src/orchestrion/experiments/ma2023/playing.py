"""One season played: orders come one by one, a rule answers, units go, costs add up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.experiments.ma2023.protocol import Decider, Left, Reviewer
from orchestrion.policies.season import Ints, Plan, Season

ENDLESS = 1 << 60


def orders(season: Season, luck: np.random.Generator) -> NDArray[np.int64]:
    """The kind of order of each period; -1 is nobody."""
    edges = np.cumsum(season.arrival)
    kinds = np.searchsorted(edges, luck.random(season.periods), side="right")
    return np.where(kinds < season.kinds, kinds, -1).astype(np.int64)


def play(season: Season, decider: Decider | Reviewer, came: NDArray[np.int64]) -> float:
    """The cost of a season; units asked of an empty node are not served, whatever else there is."""
    counter = _Counter(season)
    if isinstance(decider, Reviewer):
        waiting: list[int] = []
        for over, kind in enumerate(came.tolist(), 1):
            if kind >= 0:
                waiting.append(kind)
            if waiting and (over % decider.every == 0 or over == len(came)):
                plans = decider.review(over, tuple(waiting), counter.left)
                for waited, plan in zip(waiting, plans, strict=True):
                    counter.serve(waited, plan)
                waiting.clear()
        return counter.total
    for period, kind in enumerate(came.tolist()):
        if kind >= 0:
            counter.serve(kind, decider.decide(period, kind, counter.left))
    return counter.total


class _Counter:
    """Units left and what has been paid."""

    def __init__(self, season: Season) -> None:
        self._season = season
        self._left = [row.tolist() for row in season.stock] + [[ENDLESS] * season.stock.shape[1]]
        self._costs: dict[tuple[int, Plan], float] = {}
        self.total = 0.0

    @property
    def left(self) -> Left:
        return self._left

    def serve(self, kind: int, plan: Plan) -> None:
        """Take what is there; the rest is lost."""
        season, served = self._season, []
        for node, sku in zip(plan, season.skus[kind], strict=True):
            if self._left[node][sku] > 0:
                self._left[node][sku] -= 1
                served.append(node)
            else:
                served.append(season.lost)
        key = (kind, tuple(served))
        cost = self._costs.get(key)
        if cost is None:
            cost = self._costs[key] = season.cost(*key)
        self.total += cost


def play_blind(season: Season, plans: Ints, kinds: Ints) -> float:
    """The same cost for plans said beforehand, all at once.

    Parameters
    ----------
    plans
        A node for each line of each order, shape (orders, most lines); -1 beyond an order's lines.
    kinds
        Of each order, shape (orders,); nobody left out.
    """
    if not len(kinds):
        return 0.0
    skus = np.full((season.kinds, plans.shape[1]), -1)
    for kind, wanted in enumerate(season.skus):
        skus[kind, : len(wanted)] = wanted
    line = skus[kinds] >= 0
    if ((plans >= 0) != line).any() or (plans > season.lost).any():
        raise ValueError("a plan must name a node for each line of its order, and for no other")
    # the units of a cell go to those who ask for them first
    cell = np.where(plans < season.lost, plans * season.stock.shape[1] + skus[kinds], -1)[line]
    order = np.argsort(cell, kind="stable")
    ranked = cell[order]
    rank = np.empty(len(cell), np.int64)
    rank[order] = np.arange(len(cell)) - np.searchsorted(ranked, ranked)
    served = (cell >= 0) & (rank < season.stock.ravel()[cell])
    nodes = np.full(plans.shape, -1)
    nodes[line] = np.where(served, plans[line], season.lost)
    opened = (nodes[:, :, None] == np.arange(season.nodes + 1)).any(axis=1)  # (orders, nodes + 1)
    units = season.unit[nodes, kinds[:, None]][line]
    return float(season.opening[:, kinds].T[opened].sum() + units.sum())
