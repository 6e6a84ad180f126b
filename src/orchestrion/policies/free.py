"""What is still free during one review: units and capacity, less what the plan under way already took."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView


class Free:
    """The view's ATP and capacity as they shrink while a plan is written.

    Parameters
    ----------
    batch
        Whether several orders are decided: only then can one order take the place of another at a node's daily cap.
    """

    __slots__ = ("_batch", "_capacity", "_rows", "plan", "view")

    def __init__(self, view: NetworkView, plan: Plan, *, batch: bool) -> None:
        self.view = view
        self.plan = plan
        self._batch = batch
        self._rows: dict[int, NDArray[np.int32]] = {}
        self._capacity: dict[int, int] = {}

    def row(self, sku: int) -> NDArray[np.int32]:
        """ATP of a SKU at every node, shape (nodes,); not to be written to."""
        row = self._rows.get(sku)
        return self.view.atp_row(sku) if row is None else row

    def held(self, line: Line, nodes: NDArray[np.intp]) -> NDArray[np.int32]:
        """Units of the line's SKU at these nodes; none where the node may not send that SKU to this customer."""
        units = self.row(line.sku)[nodes]
        if self.view.world.products is not None:
            able = [self.view.service(line, node) >= 0 for node in nodes.tolist()]
            units = np.where(able, units, 0).astype(np.int32)
        return units

    def nodes(self, order: Order, within_km: float | None = None) -> NDArray[np.intp]:
        """Nodes that may still serve the order, nearest first."""
        nodes = np.asarray(self.view.nearest(order, within_km), np.intp)
        full = [n for n, left in self._capacity.items() if left <= 0]
        return nodes[~np.isin(nodes, full)] if full else nodes

    def take(self, line: Line, node: int, qty: int, reason: Reason) -> None:
        """Write a decision into the plan."""
        self.plan.source(line, node, qty, reason=reason)
        row = self._rows.get(line.sku)
        if row is None:
            row = self._rows[line.sku] = self.view.atp_row(line.sku).copy()
        row[node] -= qty

    def capacity(self, node: int) -> int:
        """Shipments the node will still accept today."""
        left = self._capacity.get(node)
        return self.view.capacity_left(node) if left is None else left

    def opened(self, node: int) -> None:
        """One more shipment leaves the node today."""
        if self._batch:
            self._capacity[node] = self.capacity(node) - 1
