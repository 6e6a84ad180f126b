"""Expected costs to the last digit, by dynamic programming over the units left: toys, to check everything else by."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray

from orchestrion.policies.season import Floats, Season

_MOST = 2_000_000  # states: units left in every cell


def optimal_cost(season: Season) -> float:
    """The least expected cost of any policy: each order is decided in the knowledge of what units are worth later.

    Raises
    ------
    ValueError
        If there are too many states to look at.
    """
    states = _States(season)
    later = np.zeros(states.shape)
    for _ in range(season.periods):
        now = later * (1.0 - season.arrival.sum())
        for kind in range(season.kinds):
            ways = [cost + states.after(later, cells) for cost, cells in states.plans[kind]]
            now += season.arrival[kind] * np.min(ways, axis=0)
        later = now
    return float(later[states.start])


def priced_cost(season: Season, price: Floats | None = None) -> float:
    """The expected cost of always taking the cheapest plan at immediate cost plus bid prices, which never change.

    Without prices it is the order-level myopic rule. Among equally cheap plans the first is taken, in the order of
    nodes.
    """
    states = _States(season)
    none = np.zeros(season.stock.shape) if price is None else np.asarray(price, np.float64)
    later = np.zeros(states.shape)
    chosen = []
    for kind in range(season.kinds):
        bids = [
            np.where(states.possible(cells), cost + sum(none[node, sku] for node, sku in cells), np.inf)
            for cost, cells in states.plans[kind]
        ]
        chosen.append(np.argmin(np.round(bids, 9), axis=0))
    for _ in range(season.periods):
        now = later * (1.0 - season.arrival.sum())
        for kind in range(season.kinds):
            ways = np.array([cost + states.after(later, cells) for cost, cells in states.plans[kind]])
            now += season.arrival[kind] * np.take_along_axis(ways, chosen[kind][None], axis=0)[0]
        later = now
    return float(later[states.start])


class _States:
    """All combinations of units left, as the axes of an array, one for each node and SKU that has any."""

    def __init__(self, season: Season) -> None:
        held = [(node, sku) for node, sku in product(*map(range, season.stock.shape)) if season.stock[node, sku] > 0]
        self.axis = {cell: i for i, cell in enumerate(held)}
        self.start = tuple(int(season.stock[cell]) for cell in held)
        self.shape = tuple(units + 1 for units in self.start)
        states = float(np.prod(self.shape, dtype=float))
        if states > _MOST:
            raise ValueError(f"{states:.3g} states of the stock; {_MOST:,} are the most that can be looked at")
        # for each kind: (cost, cells of which it takes a unit); a plan on a node that never had the SKU is none
        self.plans: list[list[tuple[float, list[tuple[int, int]]]]] = []
        for kind, skus in enumerate(season.skus):
            plans = []
            for plan in season.plans(kind):
                cells = [(node, sku) for node, sku in zip(plan, skus, strict=True) if node != season.lost]
                if all(cell in self.axis for cell in cells):
                    plans.append((season.cost(kind, plan), cells))
            self.plans.append(plans)

    def after(self, value: Floats, cells: list[tuple[int, int]]) -> Floats:
        """The value when a unit of each cell is gone; infinite where one has none."""
        moved = np.full(self.shape, np.inf)
        from_, to = [slice(None)] * len(self.shape), [slice(None)] * len(self.shape)
        for cell in cells:
            from_[self.axis[cell]], to[self.axis[cell]] = slice(None, -1), slice(1, None)
        moved[tuple(to)] = value[tuple(from_)]
        return moved

    def possible(self, cells: list[tuple[int, int]]) -> NDArray[np.bool_]:
        """Where every cell has a unit."""
        return np.isfinite(self.after(np.zeros(self.shape), cells))
