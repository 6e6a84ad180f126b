"""What a unit on a shelf is worth to those who may still ask for it: duals of a transportation programme of forecasts.

For each SKU: units at the nodes flow to what walk-ins are expected to want at each store and to what the web is
expected to ask for in each area; after its next delivery a store can be served from the warehouse that feeds it, too. A
wish not served costs its sale. The dual value of a node's stock is its bid price (Acimovic and Graves 2015): what an
order that takes a unit there should pay for it besides the carriage. The flows say from where each area should be
served: the shares that randomised rounding keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from orchestrion.domain.orders import Order
from orchestrion.domain.view import NetworkView
from orchestrion.domain.world import World
from orchestrion.policies.lookahead.outlook import Floats, Outlook, band
from orchestrion.policies.solver import LinearProgramme
from orchestrion.units import MICRO

NEVER = 1e6  # EUR: a way that is not open


class Bids:
    """Bid prices and flows by SKU, each solved again when it is asked for and older than `resolve_s`.

    Parameters
    ----------
    horizon_days
        How far ahead demand is counted.
    """

    def __init__(self, view: NetworkView, resolve_s: int, horizon_days: float) -> None:
        world = view.world
        self.outlook = Outlook(view)
        self._resolve_s = resolve_s
        self._horizon = horizon_days
        self._solved: dict[int, int] = {}  # SKU -> when
        self._bids = np.zeros((len(world.skus), len(world.nodes)))
        self._flows: dict[int, Floats] = {}  # SKU -> units from each node to each area
        self._programmes: dict[int, _Programme] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Bids:
        """A twin that knows the same; the solver's models are built again when needed."""
        twin = object.__new__(Bids)
        twin.__dict__.update(self.__dict__)
        twin.outlook = self.outlook.__deepcopy__(memo)
        twin._bids = self._bids.copy()
        twin._solved, twin._flows, twin._programmes = dict(self._solved), dict(self._flows), {}
        return twin

    def observe(self, orders: Sequence[Order], view: NetworkView) -> None:
        """Count what is asked for the first time."""
        self.outlook.observe(orders, view)

    def worth(self, sku: int, qty: int, view: NetworkView) -> Floats:
        """What taking so many units from each node costs those who come later, shape (nodes,) [EUR]."""
        return self.of(sku, view) * qty

    def of(self, sku: int, view: NetworkView) -> Floats:
        """Bid price of a unit at every node, shape (nodes,) [EUR]."""
        self._update(sku, view)
        row: Floats = self._bids[sku]
        return row

    def flows(self, sku: int, view: NetworkView) -> Floats:
        """Units that should go from each node to each area within the horizon, shape (nodes, areas)."""
        self._update(sku, view)
        return self._flows[sku]

    def _update(self, sku: int, view: NetworkView) -> None:
        solved = self._solved.get(sku)
        if solved is None or view.now - solved >= self._resolve_s:
            self._bids[sku], self._flows[sku] = self._solve(sku, view)
            self._solved[sku] = view.now

    def _solve(self, sku: int, view: NetworkView) -> tuple[Floats, Floats]:
        outlook, horizon = self.outlook, self._horizon
        weight = band(view.world, sku)
        programme = self._programmes.get(weight)
        if programme is None:
            programme = self._programmes[weight] = _Programme(view.world, outlook.by_mass()[weight])
        walk_ins = outlook.walk_ins(sku, view)
        soon = walk_ins * np.minimum(outlook.every_days, horizon)
        return programme.solve(
            outlook.units(sku, view, coming=True), soon, walk_ins * horizon - soon, outlook.web(sku, view) * horizon,
            float(outlook.at_counter[sku]), float(outlook.online[sku]), view.world.replenishment.low[sku] >= 0,
        )  # fmt: skip


class _Programme:
    """One programme for SKUs of any price and forecast: what differs is told at each solve.

    Columns: node -> area (row by row); a node's own units over its counter before, and after, its next delivery; its
    warehouse's units over its counter afterwards; lost sales before, afterwards, and of each area. Rows: units of each
    node, wishes over its counter before and afterwards, wishes of each area.
    """

    def __init__(self, world: World, cost: Floats) -> None:
        nodes, areas = self._shape = cost.shape
        self._source = world.replenishment.source
        self._way = world.replenishment.unit_cost / MICRO
        flow = np.arange(nodes * areas).reshape(nodes, areas)
        before, after, fed, lost_before, lost_after = (nodes * areas + np.arange(5 * nodes)).reshape(5, nodes)
        lost = nodes * areas + 5 * nodes + np.arange(areas)
        self._fed, self._lost_at_counter, self._lost = fed, np.concatenate([lost_before, lost_after]), lost
        rows: list[list[int]] = []
        for n in range(nodes):
            rows.append([*flow[n], before[n], after[n], *fed[self._source == n]])
        rows += [[before[n], lost_before[n]] for n in range(nodes)]
        rows += [[after[n], fed[n], lost_after[n]] for n in range(nodes)]
        rows += [[*flow[:, area], lost[area]] for area in range(areas)]
        own, feeding, losing = np.zeros(2 * nodes), np.full(nodes, NEVER), np.ones(2 * nodes + areas)
        costs = np.concatenate([cost.reshape(-1), own, feeding, losing])
        self._programme = LinearProgramme(costs, [[(int(c), 1.0) for c in row] for row in rows], name="bids")
        # an answer to start from that does not depend on which SKU happens to be asked for first
        self._run(np.ones(nodes), np.ones(2 * nodes + areas))
        self._programme.mark()

    def _run(self, stock: Floats, wanted: Floats) -> Any:
        lower = np.concatenate([np.full(len(stock), -np.inf), wanted])
        return self._programme.solve(lower, np.concatenate([stock, np.full(len(wanted), np.inf)]))

    def solve(
        self, stock: Floats, soon: Floats, later: Floats, web: Floats, at_counter: float, online: float, fed: Any
    ) -> tuple[Floats, Floats]:
        """(bid price of a unit at each node [EUR], flows from each node to each area)."""
        nodes, areas = self._shape
        programme = self._programme
        programme.reprice(self._lost_at_counter, np.full(2 * nodes, at_counter))
        programme.reprice(self._lost, np.full(areas, online))
        programme.reprice(self._fed, np.where(fed & (self._source >= 0), self._way, NEVER))
        programme.restart()
        found = self._run(stock, np.concatenate([soon, later, web]))
        return np.maximum(0.0, -found.duals[:nodes]), found.columns[: nodes * areas].reshape(nodes, areas)
