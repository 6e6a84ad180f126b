"""A view with something changed: would the policy have decided otherwise if this node had had two units more?"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Amounts, Costs, Decider, NetworkView, Quotes


@dataclass(frozen=True, slots=True)
class Change:
    """What is imagined.

    Attributes
    ----------
    units
        Units more (or fewer) to promise, by (SKU, node).
    cost
        Micro-euros more (or less) for any shipment from a node.
    closed
        Nodes that promise nothing.
    """

    units: Mapping[tuple[int, int], int] = field(default_factory=dict)
    cost: Mapping[int, int] = field(default_factory=dict)
    closed: frozenset[int] = frozenset()


class WhatIf:
    """A network view that differs from another by a `Change`; everything else is passed through.

    A plan made from it is checked against the changed stock. It shows what a policy would do, and is never carried out.
    """

    def __init__(self, view: NetworkView, change: Change) -> None:
        self._view = view
        self._change = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._view, name)

    def new_plan(self) -> Plan:
        """An empty plan that checks itself against what is imagined."""
        return Plan(cast(NetworkView, self))

    def atp(self, sku: int, node: int) -> int:
        """ATP with the change."""
        if node in self._change.closed:
            return 0
        return max(0, self._view.atp(sku, node) + self._change.units.get((sku, node), 0))

    def atp_row(self, sku: int) -> NDArray[np.int32]:
        """ATP of a SKU at every node with the change."""
        row = self._view.atp_row(sku).copy()
        for (changed, node), units in self._change.units.items():
            if changed == sku:
                row[node] = max(0, int(row[node]) + units)
        for node in self._change.closed:
            row[node] = 0
        return row

    def recorded(self, sku: int, node: int) -> int:
        """Recorded on hand with the change."""
        return self._view.recorded(sku, node) + self._change.units.get((sku, node), 0)

    def overstock_row(self, sku: int) -> NDArray[np.int64]:
        """Units above the target with the change."""
        row = self._view.overstock_row(sku).copy()
        for (changed, node), units in self._change.units.items():
            if changed == sku:
                row[node] += units
        return row

    def nearest(self, order: Order, within_km: float | None = None) -> Sequence[int]:
        """Candidates; a collection store that now has the whole order hands it over itself."""
        store = order.collect_at
        if store < 0:
            return self._view.nearest(order, within_km)
        whole = all(self.atp(line.sku, store) >= line.qty for line in order.lines)
        usable = all(self._view.service(line, store) >= 0 for line in order.lines)
        if whole and usable:
            return [store]
        if all(self._view.atp(line.sku, store) >= line.qty for line in order.lines):
            # asked for more than anybody has, the view shows who else could serve
            wanting = tuple(line._replace(qty=line.qty + 1_000_000) for line in order.lines)
            return self._view.nearest(order._replace(lines=wanting), within_km)
        return self._view.nearest(order, within_km)

    def quotes(self, order: Order, lines: Sequence[Line]) -> Quotes:
        """Quotes with the change of cost."""
        quotes = self._view.quotes(order, lines)
        return quotes.at_cost(self._changed(quotes.cost)) if self._change.cost else quotes

    def costs(self, order: Order, lines: Sequence[Line]) -> Costs:
        """Costs with the change."""
        costs = self._view.costs(order, lines)
        if not self._change.cost:
            return costs
        return Costs(self._changed(costs.by_node), costs.floor + min(0, *self._change.cost.values()))

    def _changed(self, cost: Amounts) -> Amounts:
        cost = cost.copy()
        for node, amount in self._change.cost.items():
            cost[node] += amount
        return cost


def imagine(decider: Decider, orders: Sequence[Order], view: NetworkView, change: Change) -> Plan:
    """What the decider would decide; a decider with memory is copied, so that it does not remember the question."""
    twin = copy.deepcopy(decider, {id(view): view, id(view.world): view.world})
    return twin.decide(list(orders), cast(NetworkView, WhatIf(view, change)))
