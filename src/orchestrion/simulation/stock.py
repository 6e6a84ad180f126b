"""Stock by SKU and node: what is there, what the record says, what is promised; every change is one fact.

Units are kept in (S, N) int32 arrays for the nightly jobs; single units go through flat memoryviews of the same memory,
which cost a fifth of an array access. ATP and the sums the web shows are kept up to date at each change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Role, Scope, StockKind
from orchestrion.domain.world import Ints, World
from orchestrion.errors import LedgerError
from orchestrion.simulation.ledger import Ledger

if TYPE_CHECKING:
    from orchestrion.simulation.believed import Believed
    from orchestrion.simulation.published import Published

RESERVED, RELEASED, PICKED, NOT_FOUND, SOLD = (
    int(k) for k in (StockKind.RESERVED, StockKind.RELEASED, StockKind.PICKED, StockKind.NOT_FOUND, StockKind.SOLD)
)
ORDERED, RECEIVED, DISPATCHED = int(StockKind.ORDERED), int(StockKind.RECEIVED), int(StockKind.DISPATCHED)
RESTOCKED = int(StockKind.RESTOCKED)


_ROWS = 100_000  # of the opening stock, written at a time


def flat(array: NDArray[np.integer[Any]]) -> memoryview[int]:
    """A table for scalar code: the same memory, without a copy of it in Python's numbers."""
    return memoryview(array.reshape(-1))  # type: ignore[arg-type]


class Stock:
    """The only door to stock: nothing else changes a figure."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._record = ledger.stock
        self._block = ledger.sheets["stock"].block
        self._n = len(world.nodes)
        self.physical = np.ascontiguousarray(world.opening_stock, np.int32).copy()
        self.recorded = self.physical.copy()
        self.reserved = np.zeros_like(self.physical)
        self.protected = np.ascontiguousarray(world.protected, np.int32).copy()
        self.on_order = np.zeros_like(self.physical)
        self.backordered = np.zeros_like(self.physical)  # units that wait for stock, by the node that buys for them
        self.watch: Callable[[int, int, int], None] | None = None  # told (t, SKU, node) when a position may have fallen
        self.sold = np.zeros_like(self.physical)  # recorded walk-in sales of the day
        self.atp = np.maximum(self.recorded - self.protected, 0)
        self._physical, self._recorded, self._reserved = map(flat, (self.physical, self.recorded, self.reserved))
        self._protected, self._atp, self._sold = map(flat, (self.protected, self.atp, self.sold))
        self._on_order, self._backordered = map(flat, (self.on_order, self.backordered))
        # promised units that the record lost beneath their reservation, to a walk-in or to a correction: the picker
        # looks for them all the same; (cell) -> how many
        self._gone: dict[int, int] = {}
        self._web = [node.web_visible for node in world.nodes]
        ranged = world.skus.web_ranged
        shown = np.where(ranged, self.atp[:, np.array(self._web, bool)].sum(axis=1), 0).astype(np.int64)
        self.visible = memoryview(shown)  # type: ignore[arg-type]  # what the web shows of each SKU
        self._everywhere: list[int] = self.physical.sum(axis=1).tolist()
        self._web_ranged: list[bool] = ranged.tolist()
        self.spells = Spells(world, self.visible, self._everywhere, self.physical, ledger)
        self.published: Published | None = None  # contact points that show other things, or late
        self.believed: Believed | None = None  # a desk that learns of the records late
        self._open(world)

    def _open(self, world: World) -> None:
        """The opening stock as facts, so that the facts of stock sum to the closing stock."""
        sku, node = np.nonzero((self.physical != 0) | (self.protected != 0))
        for begin in range(0, len(sku), _ROWS):
            some = sku[begin : begin + _ROWS], node[begin : begin + _ROWS]
            units, kept = self.physical[some], self.protected[some]
            self._block(0, *some, StockKind.OPENING, units, units, 0, kept, 0, -1)

    @property
    def owned(self) -> NDArray[np.int32]:
        """Units in the nodes' buildings, shape (S, N)."""
        return self.physical

    @property
    def parts(self) -> tuple[NDArray[np.int32], ...]:
        """Arrays that sum to `owned`, for who need not have the sum."""
        return (self.physical,)

    # -- one unit at a time -------------------------------------------------------------------------------------

    def units(self, sku: int, node: int) -> tuple[int, int, int]:
        """(ATP, recorded, reserved) of a cell."""
        cell = sku * self._n + node
        return self._atp[cell], self._recorded[cell], self._reserved[cell]

    def promised(self, sku: int, node: int) -> int:
        """ATP of a cell."""
        return self._atp[sku * self._n + node]

    def reserve(self, t: int, sku: int, node: int, qty: int, order: int) -> None:
        """Give units to a sourced line; those that are not there any more will be looked for all the same."""
        cell = sku * self._n + node
        if self.believed is not None:
            self.believed.gave(cell, qty)
            gone = max(0, qty - self._atp[cell])
            if gone:
                self._gone[cell] = self._gone.get(cell, 0) + gone
                qty -= gone
        elif self._atp[cell] < qty:
            raise LedgerError(f"{qty} units of SKU {sku} reserved at node {node}, which can promise {self._atp[cell]}")
        self._reserved[cell] += qty
        self._record((t, sku, node, RESERVED, 0, 0, qty, 0, 0, order))
        self._promise_again(t, sku, node, cell)

    def freed(self, sku: int, node: int, qty: int) -> int:
        """By how much the ATP of a cell rises when `qty` reserved units are released."""
        cell = sku * self._n + node
        back = qty - min(qty, self._gone.get(cell, 0))
        reserved = self._reserved[cell] - back
        return max(0, self._recorded[cell] - reserved - self._protected[cell]) - self._atp[cell]

    def release(self, t: int, sku: int, node: int, qty: int, order: int) -> None:
        """Reserved units are taken back; those that walk-ins carried off under a promise were never there to give."""
        cell = sku * self._n + node
        if self.believed is not None:
            self.believed.gave(cell, -qty)
        gone = min(qty, self._gone.get(cell, 0))
        if gone:
            self._gone[cell] -= gone
            if not self._gone[cell]:
                del self._gone[cell]
        back = qty - gone
        if self._reserved[cell] < back:
            held = self._reserved[cell]
            raise LedgerError(f"{back} units of SKU {sku} released at node {node}, where {held} are reserved")
        if back:
            self._reserved[cell] -= back
            self._record((t, sku, node, RELEASED, 0, 0, -back, 0, 0, order))
            self._promise_again(t, sku, node, cell)
        elif self.believed is not None:  # the desk thinks that it has them back: the next snapshot knows better
            self.believed.changed((cell,))

    def pick(self, t: int, sku: int, node: int, qty: int, findable: int, order: int) -> int:
        """Take reserved units from the shelf; at most `findable` are found. The record is corrected for the rest.

        Returns the units found. Units that a walk-in carried off were already taken from the record at the till.
        """
        cell = sku * self._n + node
        gone = 0
        if self._gone and cell in self._gone:
            gone = min(qty, self._gone[cell])
            self._gone[cell] -= gone
            if not self._gone[cell]:
                del self._gone[cell]
        found = min(qty - gone, findable)
        lost = qty - gone - found
        if found:
            self._take(t, sku, node, cell, found, PICKED, order)
        if lost:
            self._take(t, sku, node, cell, lost, NOT_FOUND, order)
        return found

    def _take(self, t: int, sku: int, node: int, cell: int, units: int, kind: int, order: int) -> None:
        left = self._physical[cell] - units
        if left < 0 or self._reserved[cell] < units:
            raise LedgerError(f"{units} units of SKU {sku} taken at node {node}, where {left + units} are reserved")
        self._physical[cell] = left
        self._recorded[cell] -= units
        self._reserved[cell] -= units
        self._record((t, sku, node, kind, -units, -units, -units, 0, 0, order))
        self.spells.left(t, sku, node, left, units)

    def sell(self, t: int, sku: int, node: int, qty: int, request: int) -> bool:
        """A walk-in carries units to the till: whatever is on the shelf, promised or not. False if too few."""
        cell = sku * self._n + node
        left = self._physical[cell] - qty
        if left < 0:
            return False
        self._physical[cell] = left
        self._recorded[cell] -= qty
        self._sold[cell] += qty
        # the unit was promised online but not yet picked: the till does not know, the picker will
        taken = max(0, self._reserved[cell] - self._recorded[cell])
        if taken:
            self._reserved[cell] -= taken
            self._gone[cell] = self._gone.get(cell, 0) + taken
        self._record((t, sku, node, SOLD, -qty, -qty, -taken, 0, 0, request))
        self.spells.left(t, sku, node, left, qty)
        self._promise_again(t, sku, node, cell)
        return True

    def restock(self, t: int, sku: int, node: int, qty: int, order: int) -> None:
        """Units that came back are put on the shelf, on sale again."""
        cell = sku * self._n + node
        one = np.array([sku])
        if self._physical[cell] == 0:
            self.spells.shelved(t, node, one)
        self._physical[cell] += qty
        self._recorded[cell] += qty
        self._record((t, sku, node, RESTOCKED, qty, qty, 0, 0, 0, order))
        self.spells.entered(t, one, np.array([qty]))
        self._promise_again(t, sku, node, cell)

    def _promise_again(self, t: int, sku: int, node: int, cell: int) -> None:
        """ATP after a change, and with it what the web shows."""
        atp = self._recorded[cell] - self._reserved[cell] - self._protected[cell]
        if atp < 0:
            atp = 0
        before = self._atp[cell]
        if atp != before:
            self._atp[cell] = atp
            if self.published is not None:
                self.published.changed(t, sku, node, before, atp)
            elif self._web[node] and self._web_ranged[sku]:
                self.spells.shown(t, sku, atp - before)
        if self.believed is not None:
            self.believed.changed((cell,))
        if self.watch is not None:
            self.watch(t, sku, node)

    def unpromised(self, sku: int) -> NDArray[np.int32]:
        """Recorded units that are not reserved, by node."""
        return np.asarray(self.recorded[sku] - self.reserved[sku])

    def position(self, skus: slice | Ints, nodes: Ints | int) -> NDArray[np.int32]:
        """Inventory position of cells: on hand by the record, less promised, plus on order, less backorders."""
        cells = (skus, nodes)
        free = self.recorded[cells] - self.reserved[cells]
        return np.asarray(free + self.on_order[cells] - self.backordered[cells], np.int32)

    def position_of(self, sku: int, node: int) -> int:
        """`position` of one cell."""
        cell = sku * self._n + node
        free = self._recorded[cell] - self._reserved[cell]
        return free + self._on_order[cell] - self._backordered[cell]

    def free_of(self, sku: int, node: int) -> tuple[int, int]:
        """(recorded on hand that is not promised, units set aside for others) of a cell."""
        cell = sku * self._n + node
        return self._recorded[cell] - self._reserved[cell], self._protected[cell]

    def backorder(self, t: int, sku: int, node: int, change: int) -> None:
        """Units begin to wait for stock that this node will buy, or (below zero) wait no longer."""
        self._backordered[sku * self._n + node] += change
        if change > 0 and self.watch is not None:
            self.watch(t, sku, node)

    # -- whole deliveries ---------------------------------------------------------------------------------------

    def sent(self, t: int, source: int, skus: Ints, units: Ints, pooled: bool) -> Ints:
        """What can really be sent of the units that the record allows: all of them, where the record is right."""
        return units

    def dispatch(self, t: int, source: int, skus: Ints, nodes: Ints, units: Ints, pooled: bool) -> None:
        """Units leave a warehouse for stores; `pooled` ones come out of what was set aside for the stores."""
        if len(skus) == 1:
            self._dispatch_one(t, source, int(skus[0]), int(nodes[0]), int(units[0]), pooled)
            return
        leaving = np.bincount(skus, units, len(self.physical)).astype(np.int32)  # a SKU may go to several stores
        self.physical[:, source] -= leaving
        self.recorded[:, source] -= leaving
        if pooled:
            self.protected[:, source] -= leaving
        self.on_order[skus, nodes] += units.astype(np.int32)
        freed = -units if pooled else 0
        self._block(t, skus, source, StockKind.DISPATCHED, -units, -units, 0, freed, 0, nodes)
        self._block(t, skus, nodes, StockKind.ORDERED, 0, 0, 0, 0, units, source)
        touched = np.unique(skus)
        if (self.recorded[touched, source] < self.reserved[touched, source]).any():
            raise LedgerError(f"node {source} sent units to stores that it had promised to orders")
        self._promise_all_again(t, touched, source)
        for sku in touched[self.physical[touched, source] == 0].tolist():
            self.spells.left(t, sku, source, 0, 0)

    def _dispatch_one(self, t: int, source: int, sku: int, node: int, qty: int, pooled: bool) -> None:
        """`dispatch` of a single SKU to a single store."""
        cell = sku * self._n + source
        left = self._physical[cell] = self._physical[cell] - qty
        self._recorded[cell] -= qty
        freed = -qty if pooled else 0
        self._protected[cell] += freed
        self._on_order[sku * self._n + node] += qty
        self._record((t, sku, source, DISPATCHED, -qty, -qty, 0, freed, 0, node))
        self._record((t, sku, node, ORDERED, 0, 0, 0, 0, qty, source))
        if self._recorded[cell] < self._reserved[cell]:
            raise LedgerError(f"node {source} sent units to stores that it had promised to orders")
        self._promise_again(t, sku, source, cell)
        if left == 0:
            self.spells.left(t, sku, source, 0, 0)

    def order(self, t: int, node: int, skus: Ints, units: Ints) -> None:
        """A node orders from suppliers."""
        self.on_order[skus, node] += units.astype(np.int32)
        self._block(t, skus, node, StockKind.ORDERED, 0, 0, 0, 0, units, -1)

    def order_one(self, t: int, node: int, sku: int, qty: int) -> None:
        """A node orders one SKU from suppliers."""
        self._on_order[sku * self._n + node] += qty
        self._record((t, sku, node, ORDERED, 0, 0, 0, 0, qty, -1))

    def receive(self, t: int, node: int, skus: Ints, units: Ints, kept: Ints | int, source: int) -> None:
        """Units arrive from another node (from suppliers: -1); `kept` of them are set aside at once."""
        if len(skus) == 1:
            aside = kept if isinstance(kept, int) else int(kept[0])
            self._receive_one(t, node, int(skus[0]), int(units[0]), aside, source)
            return
        add = units.astype(np.int32)
        empty = skus[self.physical[skus, node] == 0]
        self.physical[skus, node] += add
        self.recorded[skus, node] += add
        self.on_order[skus, node] -= add
        self.protected[skus, node] += np.asarray(kept, np.int32)
        self._block(t, skus, node, StockKind.RECEIVED, units, units, 0, kept, -units, source)
        self.spells.shelved(t, node, empty)
        if source < 0:
            self.spells.entered(t, skus, units)
        self._promise_all_again(t, skus, node)

    def leave(self, t: int, node: int, skus: Ints, units: Ints, kind: StockKind) -> None:
        """Units leave the retailer for good: back to the supplier, or given away."""
        self.physical[skus, node] -= units.astype(np.int32)
        self.recorded[skus, node] -= units.astype(np.int32)
        if (self.physical[skus, node] < 0).any() or (self.recorded[skus, node] < self.reserved[skus, node]).any():
            raise LedgerError(f"node {node} parted with units that it had promised to orders, or never had")
        self._block(t, skus, node, kind, -units, -units, 0, 0, 0, -1)
        for sku, left, qty in zip(skus.tolist(), self.physical[skus, node].tolist(), units.tolist(), strict=True):
            self.spells.left(t, sku, node, left, qty)
        self._promise_all_again(t, skus, node)

    def _receive_one(self, t: int, node: int, sku: int, qty: int, kept: int, source: int) -> None:
        """`receive` of a single SKU, which is most of them where orders are placed one for one."""
        cell = sku * self._n + node
        bare = self._physical[cell] == 0
        self._physical[cell] += qty
        self._recorded[cell] += qty
        self._on_order[cell] -= qty
        self._protected[cell] += kept
        self._record((t, sku, node, RECEIVED, qty, qty, 0, kept, -qty, source))
        if bare:
            self.spells.shelved(t, node, np.array([sku]))
        if source < 0:
            self.spells.entered(t, np.array([sku]), np.array([qty]))
        self._promise_again(t, sku, node, cell)

    def _promise_all_again(self, t: int, skus: Ints, node: int) -> None:
        """ATP of many SKUs at one node after a delivery."""
        atp = np.maximum(self.recorded[skus, node] - self.reserved[skus, node] - self.protected[skus, node], 0)
        change = atp - self.atp[skus, node]
        self.atp[skus, node] = atp
        if self.published is not None:
            moved = np.flatnonzero(change)
            self.published.all_changed(t, skus[moved], node, atp[moved] - change[moved], atp[moved])
        elif self._web[node]:
            shown = np.flatnonzero((change != 0) & self._world.skus.web_ranged[skus])
            self.spells.all_shown(t, skus[shown], change[shown])
        if self.believed is not None:
            self.believed.changed((skus * self._n + node).tolist())
        if self.watch is not None:
            for sku in skus.tolist():
                self.watch(t, sku, node)


class Spells:
    """When a SKU is out of stock: for the web, on one store's shelf, in the whole retailer."""

    def __init__(
        self, world: World, visible: memoryview[int], everywhere: list[int], physical: NDArray[np.int32], ledger: Ledger
    ) -> None:
        self._visible = visible  # shared with Stock
        self._everywhere = everywhere
        self._spell = ledger.spell
        self._n = len(world.nodes)
        is_store = np.array([node.role == Role.STORE for node in world.nodes])
        shelf = world.ranged & is_store[None, :]
        self._shelf: memoryview[int] = memoryview(shelf.reshape(-1))
        self._web_since: dict[int, int] = {s: 0 for s, v in enumerate(visible) if v == 0 and world.skus.web_ranged[s]}
        self._all_since: dict[int, int] = {s: 0 for s, v in enumerate(everywhere) if v == 0}
        empty = np.flatnonzero((shelf & (physical == 0)).reshape(-1))
        self._shelf_since: dict[int, int] = dict.fromkeys(empty.tolist(), 0)

    def shown(self, t: int, sku: int, change: int) -> None:
        """What the web shows of a SKU changed."""
        visible = self._visible
        before = visible[sku]
        now = visible[sku] = before + change
        if now == 0:
            self._web_since[sku] = t
        elif before == 0:
            self._close(Scope.WEB, sku, -1, self._web_since.pop(sku), t)

    def all_shown(self, t: int, skus: Ints, changes: NDArray[np.int32]) -> None:
        """What the web shows of many SKUs changed at once; only those whose spell begins or ends are looked at."""
        visible = np.asarray(self._visible)
        before = visible[skus]
        turns = (before == 0) | (before + changes == 0)
        visible[skus[~turns]] += changes[~turns]
        for sku, change in zip(skus[turns].tolist(), changes[turns].tolist(), strict=True):
            self.shown(t, sku, change)

    def back(self, t: int, sku: int, node: int, units: int) -> None:
        """`units` turned up again at a node."""
        one = np.array([sku])
        self.shelved(t, node, one)
        self.entered(t, one, np.array([units]))

    def left(self, t: int, sku: int, node: int, shelf: int, units: int) -> None:
        """`units` left the retailer at a node, where `shelf` remain."""
        if units:
            everywhere = self._everywhere
            everywhere[sku] -= units
            if everywhere[sku] == 0:
                self._all_since[sku] = t
        if shelf == 0:
            cell = sku * self._n + node
            if self._shelf[cell]:
                self._shelf_since.setdefault(cell, t)

    def shelved(self, t: int, node: int, skus: Ints) -> None:
        """A delivery filled shelves that were bare."""
        for sku in skus.tolist():
            since = self._shelf_since.pop(sku * self._n + node, None)
            if since is not None:
                self._close(Scope.SHELF, sku, node, since, t)

    def entered(self, t: int, skus: Ints, units: Ints) -> None:
        """Suppliers delivered, or customers gave back; what merely moves between nodes never left the retailer."""
        everywhere = self._everywhere
        for sku, qty in zip(skus.tolist(), units.tolist(), strict=True):
            if everywhere[sku] == 0 and qty:
                self._close(Scope.UNIFIED, sku, -1, self._all_since.pop(sku), t)
            everywhere[sku] += qty

    def close_all(self, t: int) -> None:
        """The replication ends: every open spell ends with it."""
        for sku, since in self._web_since.items():
            self._close(Scope.WEB, sku, -1, since, t)
        for sku, since in self._all_since.items():
            self._close(Scope.UNIFIED, sku, -1, since, t)
        for cell, since in self._shelf_since.items():
            self._close(Scope.SHELF, cell // self._n, cell % self._n, since, t)

    def _close(self, scope: Scope, sku: int, node: int, since: int, t: int) -> None:
        if t > since:
            self._spell((scope, sku, node, since, t))
