"""The linear programme of whole-order plans: how many orders of each kind are served by which plan.

Stronger than the flow of units, which may share a shipment between lines that no whole order puts together: its value
is nearer to what can be reached, and its bid prices are those of the choice that a rule then makes, order by order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from orchestrion.errors import SolverError
from orchestrion.policies.lookahead.choice import Choices
from orchestrion.policies.season import Floats, Plan, Season
from orchestrion.policies.solver import Linear, LinearProgramme

_TOLERANCE = 1e-7  # of the price of a plan [money]
_ROUNDS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """An optimal mix of whole-order plans.

    Attributes
    ----------
    value
        Its cost: the bound [money].
    price
        Bid prices of units, shape (nodes, skus), not negative [money].
    plans
        For each kind its plans with the share of orders that they serve; empty for a kind that nobody asks for.
    """

    value: float
    price: Floats
    plans: tuple[tuple[tuple[Plan, float], ...], ...]


class PlanProgramme:
    """Whole-order plans, written down as they are found worth while (column generation).

    Pricing is exact (`Choices` tries every set of nodes), so that the value is that of all plans together: below the
    mean cost of any policy with expected numbers of orders, below the cost of any policy with those that came. Units
    may be worth keeping for what comes after these orders: `solve` takes a value for each.
    """

    def __init__(self, season: Season) -> None:
        self.season = season
        held = [(node, sku) for node in range(season.nodes) for sku in range(season.stock.shape[1])]
        held = [cell for cell in held if season.stock[cell] > 0]
        self._row = {cell: season.kinds + i for i, cell in enumerate(held)}
        self._columns: list[tuple[int, Plan]] = []
        self._known: dict[tuple[int, Plan], int] = {}
        # not serving is a plan: there is always a solution
        nothing = [(kind, (season.lost,) * len(skus)) for kind, skus in enumerate(season.skus)]
        rows: list[list[tuple[int, float]]] = [[(kind, 1.0)] for kind in range(season.kinds)]
        costs = [0.0] * len(held) + [season.cost(kind, plan) for kind, plan in nothing]
        # the first columns are units kept, one for each cell; what is kept besides is worth nothing
        rows = [[(len(held) + column, 1.0) for column, _ in row] for row in rows]
        self._programme = LinearProgramme(costs, rows + [[(i, 1.0)] for i in range(len(held))], name="plans")
        for column in nothing:
            self._known[column] = len(self._columns)
            self._columns.append(column)
        self._choices = Choices(season)
        self._first: int | None = None
        self._keeps = False

    def solve(self, orders: ArrayLike, stock: ArrayLike, keep: Floats | None = None) -> Mix:
        """The optimal mix for so many orders of each kind, shape (kinds,), and units, shape (nodes, skus).

        Parameters
        ----------
        keep
            What a unit is worth that none of these orders takes, same shape as stock [money]; nothing when left out.
            The mix's value is then its cost less the worth of what is kept.
        """
        count, units = np.asarray(orders, np.float64), np.asarray(stock, np.float64)
        limits = np.array([units[cell] for cell in self._row])
        lower = np.concatenate([count, np.full(len(limits), -np.inf)])
        upper = np.concatenate([count, limits])
        if keep is not None or self._keeps:
            worth = np.zeros(self.season.stock.shape) if keep is None else keep
            self._programme.reprice(np.arange(len(limits)), [-worth[cell] for cell in self._row])
            self._keeps = keep is not None
        for _ in range(_ROUNDS):
            found = self._programme.solve(lower, upper)
            price = self._price(found)
            if not self._enlarge(count, found, price):
                break
        else:
            raise SolverError(f"plans: no end of new plans after {_ROUNDS} rounds")
        if self._first is None:
            self._first = len(self._columns)
            self._programme.mark()
        return Mix(found.value, price, self._plans(found))

    def _price(self, found: Linear) -> Floats:
        price = np.zeros(self.season.stock.shape)
        for cell, row in self._row.items():
            price[cell] = max(0.0, -found.duals[row])
        return price

    def _enlarge(self, count: Floats, found: Linear, price: Floats) -> bool:
        """Add each kind's best plan where it is better than the mix; False when there is none."""
        before = len(self._columns)
        limit = np.where(count > 0.0, found.duals[: len(count)] - _TOLERANCE, -np.inf)
        for kind, _, plan in self._choices.below(price, limit):
            column = (kind, plan)
            if column not in self._known:
                skus = self.season.skus[kind]
                cells = [(node, sku) for node, sku in zip(plan, skus, strict=True) if node != self.season.lost]
                terms = [(kind, 1.0)] + [(self._row[cell], 1.0) for cell in cells]
                self._programme.add(self.season.cost(kind, plan), terms)
                self._known[column] = len(self._columns)
                self._columns.append(column)
        return len(self._columns) > before

    def _plans(self, found: Linear) -> tuple[tuple[tuple[Plan, float], ...], ...]:
        used: list[list[tuple[Plan, float]]] = [[] for _ in range(self.season.kinds)]
        served = found.columns[len(self._row) :]
        chosen = np.flatnonzero(served > 1e-9).tolist()
        for i, orders in zip(chosen, served[chosen].tolist(), strict=True):
            kind, plan = self._columns[i]
            used[kind].append((plan, orders))
        totals = [sum([orders for _, orders in plans]) for plans in used]
        return tuple(
            tuple([(plan, orders / total) for plan, orders in plans]) for plans, total in zip(used, totals, strict=True)
        )

    def restart(self) -> None:
        """Go back to the first mix solved and its plans: what follows does not depend on what was solved in between."""
        if self._first is not None:
            for column in self._columns[self._first :]:
                del self._known[column]
            del self._columns[self._first :]
            self._programme.restart(len(self._row) + self._first)
