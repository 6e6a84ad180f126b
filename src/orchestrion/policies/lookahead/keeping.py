"""Units kept back for customers who lose more and come later: the expected marginal value of a node's last units.

At each node the customers who may still come before its next delivery are ranked by what losing the unit costs: the
store's own walk-ins lose a sale; areas of the web for which the node is the cheapest lose what the next best node costs
more. Served in this order, the x-th unit falls to the k-th class when the classes up to it want x units or more, and
those before it fewer: its worth is the sum of values times these chances. For one class that is Littlewood's rule
(1972), for several the marginal value of nested classes (Belobaba 1989). An order that would gain less here than
elsewhere leaves the unit there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from orchestrion.domain.orders import Order
from orchestrion.domain.view import NetworkView
from orchestrion.policies.lookahead.outlook import Floats, Outlook
from orchestrion.policies.lookahead.protection import poisson_tails


class Keeping:
    """What the last units of each SKU are worth at their nodes.

    Parameters
    ----------
    resolve_s
        Age at which the classes of customers of a SKU are made up again; the units left are those of the moment.
    horizon_days
        How far ahead customers count at nodes that get no deliveries; elsewhere from one delivery to the next.
    web
        Whether areas of the web are customers to keep units for, beside the walk-ins.
    """

    def __init__(self, view: NetworkView, resolve_s: int, horizon_days: float, *, web: bool) -> None:
        self.outlook = Outlook(view)
        self._resolve_s = resolve_s
        self._days = np.minimum(self.outlook.every_days, horizon_days)
        self._web = web
        self._solved: dict[int, int] = {}
        self._classes: dict[int, tuple[Floats, Floats]] = {}  # SKU -> steps of value, expected numbers

    def __deepcopy__(self, memo: dict[int, Any]) -> Keeping:
        """A twin that knows the same."""
        twin = object.__new__(Keeping)
        twin.__dict__.update(self.__dict__)
        twin.outlook = self.outlook.__deepcopy__(memo)
        twin._solved, twin._classes = dict(self._solved), dict(self._classes)
        return twin

    def observe(self, orders: Sequence[Order], view: NetworkView) -> None:
        """Count what is asked for the first time."""
        self.outlook.observe(orders, view)

    def worth(self, sku: int, qty: int, view: NetworkView) -> Floats:
        """What taking so many units from each node costs those who come later, shape (nodes,) [EUR]."""
        solved = self._solved.get(sku)
        if solved is None or view.now - solved >= self._resolve_s:
            self._classes[sku] = self._nested(sku, view)
            self._solved[sku] = view.now
        step, mean = self._classes[sku]
        left = self.outlook.units(sku, view, coming=False)
        total = np.zeros(len(left))
        for taken in range(qty):
            x = np.maximum(left - taken, 0.0)  # the unit to be taken is the x-th
            total += (step * poisson_tails(mean, x[None, :])).sum(axis=0)
        return total

    def _nested(self, sku: int, view: NetworkView) -> tuple[Floats, Floats]:
        """(by how much the dearest class, the two dearest, ... lose more than the next one; how many of them may come).

        Shapes (classes, nodes); the last one's step is all it loses.
        """
        outlook = self.outlook
        walk_ins = outlook.walk_ins(sku, view) * self._days
        values, means = np.full((1, len(walk_ins)), outlook.at_counter[sku]), walk_ins[None, :]
        if self._web:
            more, asked = self._areas(sku, view)
            values, means = np.vstack([values, more]), np.vstack([means, asked])
        order = np.argsort(-values, axis=0, kind="stable")
        values, means = np.take_along_axis(values, order, axis=0), np.take_along_axis(means, order, axis=0)
        return -np.diff(values, axis=0, append=0.0), np.cumsum(means, axis=0)

    def _areas(self, sku: int, view: NetworkView) -> tuple[Floats, Floats]:
        """What each area would lose if it could not have a unit of its cheapest node, and how many it asks for there.

        Areas of one node form one class, at the mean of what they lose.
        """
        outlook = self.outlook
        cost = np.where(outlook.units(sku, view, coming=False)[:, None] > 0, outlook.cost(sku, view), np.inf)
        nodes, areas = cost.shape
        nearest = cost.argmin(axis=0)
        least = cost[nearest, np.arange(areas)]
        cost[nearest, np.arange(areas)] = np.inf
        with np.errstate(invalid="ignore"):
            more = np.minimum(cost.min(axis=0) - least, outlook.online[sku])
        asked = np.where(np.isfinite(least), outlook.web(sku, view), 0.0) * self._days[nearest]
        count = np.asarray(np.bincount(nearest, asked, nodes), np.float64)
        lost = np.bincount(nearest, np.where(asked > 0.0, asked * np.nan_to_num(more), 0.0), nodes)
        value = np.divide(lost, count, out=np.zeros(nodes), where=count > 0.0)
        return value[None, :], count[None, :]
