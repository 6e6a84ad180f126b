"""The linear programme behind bounds, shares and bid prices: units flow from nodes to kinds of order.

With expected numbers of orders it is the fluid bound (the deterministic LP of Jasin and Sinha 2015): no policy costs
less on average. With the numbers that really came it is a hindsight bound, which no policy beats on that very path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from orchestrion.policies.season import Floats, Season
from orchestrion.policies.solver import Linear, LinearProgramme


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """An optimal flow.

    Attributes
    ----------
    value
        Its cost: the bound [money].
    price
        What one unit more of a SKU at a node would save: its bid price, shape (nodes, skus), not negative [money].
        Where the node never had any it is 0.
    shares
        For each kind, the share of its orders whose line is served from a node, shape (lines, nodes + 1).
    """

    value: float
    price: Floats
    shares: tuple[Floats, ...]


class FlowProgramme:
    """Units from nodes to kinds of order, and for each kind and node as many shipments as its largest flow of a line.

    Whole orders cannot always be put together from such flows without opening more shipments, so that this is a bound;
    for orders of one line it is the optimum. Kept in the solver: other numbers of orders and units are solved from the
    last answer.
    """

    def __init__(self, season: Season) -> None:
        self.season = season
        self._costs: list[float] = []
        self._rows: list[list[tuple[int, float]]] = []
        self._wanted: list[tuple[int, int]] = []  # (row, kind): all orders of a kind are decided
        self._held: dict[tuple[int, int], int] = {}  # (node, SKU) -> row: no more than there is
        self._columns = [np.full((len(skus), season.nodes + 1), -1) for skus in season.skus]
        for kind in range(season.kinds):
            self._add(kind)
        self._programme = LinearProgramme(self._costs, self._rows, name="flow")

    def _column(self, cost: float) -> int:
        self._costs.append(cost)
        return len(self._costs) - 1

    def _add(self, kind: int) -> None:
        season, columns = self.season, self._columns[kind]
        skus = season.skus[kind]
        for node in range(season.nodes + 1):
            lines = [i for i, sku in enumerate(skus) if node == season.lost or season.stock[node, sku] > 0]
            opening = float(season.opening[node, kind])
            shared = len(lines) > 1 and opening > 0.0
            for i in lines:
                columns[i, node] = self._column(float(season.unit[node, kind]) + (0.0 if shared else opening))
                if node != season.lost:
                    row = self._held.setdefault((node, skus[i]), len(self._rows))
                    if row == len(self._rows):
                        self._rows.append([])
                    self._rows[row].append((int(columns[i, node]), 1.0))
            if shared:
                shipments = self._column(opening)
                self._rows += [[(int(columns[i, node]), 1.0), (shipments, -1.0)] for i in lines]
        for i in range(len(skus)):
            self._wanted.append((len(self._rows), kind))
            self._rows.append([(int(column), 1.0) for column in columns[i] if column >= 0])

    def solve(self, orders: ArrayLike, stock: ArrayLike) -> Flow:
        """The optimal flow for so many orders of each kind, shape (kinds,), and units, shape (nodes, skus)."""
        count, units = np.asarray(orders, np.float64), np.asarray(stock)
        lower, upper = np.full(len(self._rows), -np.inf), np.zeros(len(self._rows))
        for row, kind in self._wanted:
            lower[row] = upper[row] = count[kind]
        for (node, sku), row in self._held.items():
            upper[row] = units[node, sku]
        found = self._programme.solve(lower, upper)
        return Flow(found.value, self._price(found), tuple(self._shares(kind, found) for kind in range(len(count))))

    def _price(self, found: Linear) -> Floats:
        price = np.zeros(self.season.stock.shape)
        for (node, sku), row in self._held.items():
            price[node, sku] = max(0.0, -found.duals[row])
        return price

    def _shares(self, kind: int, found: Linear) -> Floats:
        columns = self._columns[kind]
        flows = np.where(columns >= 0, found.columns[columns], 0.0)
        total = flows.sum(axis=1, keepdims=True)
        # a kind that nobody will ask for again has no flow to follow: not served, should it come all the same
        none = np.arange(flows.shape[1]) == self.season.lost
        return np.where(total > 0.0, flows / np.where(total > 0.0, total, 1.0), none)

    def restart(self) -> None:
        """Go back to the first flow solved, so that what follows does not depend on what was solved in between."""
        self._programme.restart()


def fluid(season: Season) -> Flow:
    """The flow of the expected season: its value is at most the mean cost of any policy."""
    return FlowProgramme(season).solve(season.periods * season.arrival, season.stock)
