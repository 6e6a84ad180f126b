"""What is still free during one review: units and capacity, less what the plan under way already took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Costs, NetworkView
from orchestrion.policies.splits import Splits

_FEW = 24  # nodes up to which asking one after the other is faster than looking at all


class Free:
    """The view's ATP and capacity as they shrink while a plan is written.

    Parameters
    ----------
    batch
        Whether several orders are decided: only then can one order take the place of another at a node's daily cap.
    splits
        How many shipments orders may make, where that is limited.
    """

    __slots__ = ("_batch", "_capacity", "_particular", "_rows", "_splits", "_taken", "plan", "view")

    def __init__(self, view: NetworkView, plan: Plan, *, batch: bool, splits: Splits | None = None) -> None:
        self.view = view
        self.plan = plan
        self._batch = batch
        self._splits = splits
        self._taken: dict[int, list[tuple[int, int]]] = {}  # SKU -> (node, units) that the plan took
        self._rows: dict[int, NDArray[np.int32]] = {}  # what is left of such SKUs, once somebody asked
        self._particular = view.world.products is not None  # some goods may not go everywhere
        self._capacity: dict[int, int] = {}

    def row(self, sku: int) -> NDArray[np.int32]:
        """ATP of a SKU at every node, shape (nodes,); not to be written to."""
        if sku not in self._taken:
            return self.view.atp_row(sku)
        row = self._rows.get(sku)
        if row is None:
            row = self._rows[sku] = self.view.atp_row(sku).copy()
            for node, qty in self._taken[sku]:
                row[node] -= qty
        return row

    def held(self, line: Line, nodes: NDArray[np.intp]) -> NDArray[np.int32]:
        """Units of the line's SKU at these nodes; none where the node may not send that SKU to this customer."""
        units = self.row(line.sku)[nodes]
        if self._particular:
            able = [self.view.service(line, node) >= 0 for node in nodes.tolist()]
            units = np.where(able, units, 0).astype(np.int32)
        return units

    def nodes(self, order: Order, within_km: float | None = None) -> NDArray[np.intp]:
        """Nodes that may still serve the order, nearest first."""
        nodes = np.asarray(self.view.nearest(order, within_km), np.intp)
        full = [n for n, left in self._capacity.items() if left <= 0]
        return nodes[~np.isin(nodes, full)] if full else nodes

    def first_with_all(self, order: Order, nodes: Sequence[int]) -> int:
        """The first of these nodes that can promise the whole order; -1 when none can."""
        wanted = _wanted(order)
        asked: Iterable[int] = nodes if len(nodes) <= _FEW else self._holders(wanted, nodes)
        atp = self.atp if self._taken else self.view.atp
        for node in asked:
            for sku, qty in wanted:
                if atp(sku, node) < qty:
                    break
            else:
                if self._serves(order, node):
                    return node
        return -1

    def cheapest_with_all(self, order: Order, nodes: Sequence[int], costs: Costs) -> int:
        """The first of the cheapest of these nodes that can promise the whole order; -1 when none can.

        The search ends where nobody can be cheaper.
        """
        wanted = _wanted(order)
        asked: Iterable[int] = nodes if len(nodes) <= _FEW else self._holders(wanted, nodes)
        atp = self.atp if self._taken else self.view.atp
        at, least = costs.at, costs.least
        found, lowest = -1, 1 << 62
        for node in asked:
            cost = at[node]
            if cost >= lowest:
                continue
            for sku, qty in wanted:
                if atp(sku, node) < qty:
                    break
            else:
                if self._serves(order, node):
                    found, lowest = node, cost
                    if cost <= least:
                        break
        return found

    def _serves(self, order: Order, node: int) -> bool:
        """Whether a node has room for one more shipment today, and may send all of the goods to this customer."""
        if self._capacity and self._capacity.get(node, 1) <= 0:
            return False
        return not self._particular or all(self.view.service(line, node) >= 0 for line in order.lines)

    def _holders(self, wanted: Sequence[tuple[int, int]], nodes: Sequence[int]) -> Iterator[int]:
        """Those of the nodes that can promise so many units of each SKU, looked up in rows of the stock."""
        sku, qty = wanted[0]
        able = self.row(sku) >= qty
        for sku, qty in wanted[1:]:
            able &= self.row(sku) >= qty
        flags = able.tobytes()
        return (node for node in nodes if flags[node])

    def atp(self, sku: int, node: int) -> int:
        """ATP of a SKU at a node."""
        return self.view.atp(sku, node) if sku not in self._taken else int(self.row(sku)[node])

    def take_all(self, order: Order, node: int, reason: Reason) -> None:
        """Write the whole order into the plan, as one shipment."""
        if self._batch:
            for line in order.lines:
                self.take(line, node, line.qty, reason)
        else:  # nobody else asks what is left
            source = self.plan.source
            for line in order.lines:
                source(line, node, line.qty, None, reason)
        self.opened(node, order.id)

    def take(self, line: Line, node: int, qty: int, reason: Reason) -> None:
        """Write a decision into the plan."""
        self.plan.source(line, node, qty, None, reason)
        taken = self._taken.get(line.sku)
        if taken is None:
            self._taken[line.sku] = [(node, qty)]
            return
        taken.append((node, qty))
        row = self._rows.get(line.sku)
        if row is not None:
            row[node] -= qty

    def capacity(self, node: int) -> int:
        """Shipments the node will still accept today."""
        left = self._capacity.get(node)
        return self.view.capacity_left(node) if left is None else left

    def room(self, order: int) -> int | None:
        """Shipments that the order may still make; None for any number."""
        return None if self._splits is None else self._splits.room(order)

    def why_open(self, order: Order, line: Line) -> Reason:
        """Why a line of the order waits: its limit of shipments, where there are units left for it, else no node."""
        if self.room(order.id) == 0 and self.held(line, self.nodes(order)).any():
            return Reason.SPLIT_LIMIT
        return Reason.NO_NODE

    def called(self, node: int) -> bool:
        """Whether a carrier will call at the node anyway, for what is on its list already."""
        return self.view.backlog_s(node) > 0

    def opened(self, node: int, order: int) -> None:
        """One more shipment leaves the node today, for the order."""
        if self._batch:
            self._capacity[node] = self.capacity(node) - 1
        if self._splits is not None:
            self._splits.opened(order, node)

    def twin(self) -> Free:
        """The same, with an empty plan, to try something."""
        other = Free(
            self.view, self.view.new_plan(), batch=self._batch, splits=self._splits and self._splits.twin()
        )
        other._taken = {sku: list(taken) for sku, taken in self._taken.items()}
        other._rows = {sku: row.copy() for sku, row in self._rows.items()}
        other._capacity = dict(self._capacity)
        return other


def _wanted(order: Order) -> Sequence[tuple[int, int]]:
    """(SKU, units) that the order asks for."""
    lines = order.lines
    if len(lines) == 1:
        return ((lines[0].sku, lines[0].qty),)
    need: dict[int, int] = {}
    for line in lines:
        need[line.sku] = need.get(line.sku, 0) + line.qty
    return list(need.items())
