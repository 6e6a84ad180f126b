"""Stock whose records go wrong: what is there and what the system believes are two numbers that part and meet again.

The shelf decides what a walk-in carries off, what a picker finds and what a warehouse sends; promises and reviews go
by the record. They part when units vanish or are misplaced, when a figure goes wrong by itself and when a delivery is
booked as announced; they meet at a short pick, at a count and at a receipt, as far as the scenario wants it.

Reservations never exceed the record. Where the record is lowered beneath them, the units no longer believed in are
taken off the reservation and remembered: the picker still looks for them, and finds them if they are there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import StockKind
from orchestrion.domain.records import Records
from orchestrion.domain.world import Ints, World
from orchestrion.errors import LedgerError
from orchestrion.simulation.ledger import Ledger
from orchestrion.simulation.stock import NOT_FOUND, PICKED, SOLD, Stock
from orchestrion.streams import Streams
from orchestrion.units import DAY

MISPLACED, FOUND, COUNTED, MISCOUNTED = (
    int(k) for k in (StockKind.MISPLACED, StockKind.FOUND, StockKind.COUNTED, StockKind.MISCOUNTED)
)


class DriftingStock(Stock):
    """The same door to stock, behind which things are not always as they are written."""

    def __init__(self, world: World, records: Records, ledger: Ledger, streams: Streams) -> None:
        super().__init__(world, ledger)
        self._rules = records
        self._streams = streams
        self._count_error: list[float] = records.count_error.tolist()
        self.misplaced = np.zeros_like(self.physical)  # in the building, where nobody finds them

    @property
    def owned(self) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
        """Misplaced units are still ours."""
        return self.physical + self.misplaced

    @property
    def parts(self) -> tuple[NDArray[np.int32], ...]:
        """On the shelf, and where nobody finds them."""
        return self.physical, self.misplaced

    # -- changes of one cell ------------------------------------------------------------------------------------

    def adjust(
        self, t: int, sku: int, node: int, kind: int, d_physical: int, d_recorded: int, ref: int = -1, freed: int = 0
    ) -> None:
        """Units or figures change without a sale, a pick or a delivery; `freed` of them are protected no longer."""
        cell = sku * self._n + node
        left, recorded = self._physical[cell] + d_physical, self._recorded[cell] + d_recorded
        if left < 0 or recorded < 0:
            raise LedgerError(f"SKU {sku} at node {node}: {left} units there and {recorded} recorded")
        self._physical[cell], self._recorded[cell] = left, recorded
        self._protected[cell] -= freed
        dropped = self._no_longer_believed(cell)
        self._record((t, sku, node, kind, d_physical, d_recorded, -dropped, -freed, 0, ref))
        if d_physical < 0:
            self.spells.left(t, sku, node, left, -d_physical)
        elif d_physical > 0:
            self.spells.back(t, sku, node, d_physical)
        self._promise_again(t, sku, node, cell)

    def adjust_all(
        self, t: int, cells: Ints, kind: int, d_physical: Ints | int, d_recorded: Ints | int, ref: int = -1
    ) -> None:
        """`adjust` for many cells, sku * nodes + node, each once."""
        if not len(cells):
            return
        if self.watch is not None:  # who watches may order between one cell and the next
            physical, recorded = (np.broadcast_to(change, len(cells)).tolist() for change in (d_physical, d_recorded))
            for cell, units, figure in zip(cells.tolist(), physical, recorded, strict=True):
                sku, node = divmod(cell, self._n)
                self.adjust(t, sku, node, kind, units, figure, ref)
            return
        skus, nodes = np.divmod(cells, self._n)
        left = self.physical[skus, nodes] + d_physical
        recorded = self.recorded[skus, nodes] + d_recorded
        if (left < 0).any() or (recorded < 0).any():
            first = int(np.flatnonzero((left < 0) | (recorded < 0))[0])
            raise LedgerError(
                f"SKU {skus[first]} at node {nodes[first]}: {left[first]} units there and {recorded[first]} recorded"
            )
        self.physical[skus, nodes], self.recorded[skus, nodes] = left, recorded
        dropped = np.maximum(self.reserved[skus, nodes] - recorded, 0)
        for i in np.flatnonzero(dropped).tolist():
            self._no_longer_believed(int(cells[i]))
        self._block(t, skus, nodes, kind, d_physical, d_recorded, -dropped, 0, 0, ref)
        moved = np.broadcast_to(d_physical, len(cells)).tolist()
        here = zip(skus.tolist(), nodes.tolist(), cells.tolist(), left.tolist(), moved, strict=True)
        for sku, node, cell, units, by in here:
            if by < 0:
                self.spells.left(t, sku, node, units, -by)
            elif by > 0:
                self.spells.back(t, sku, node, by)
            self._promise_again(t, sku, node, cell)

    def _no_longer_believed(self, cell: int) -> int:
        """Promised units that the record has no room for any more; the picker will look for them all the same."""
        dropped = self._reserved[cell] - self._recorded[cell]
        if dropped <= 0:
            return 0
        self._reserved[cell] -= dropped
        self._gone[cell] = self._gone.get(cell, 0) + dropped
        return dropped

    def misplace(self, t: int, sku: int, node: int, units: int, ref: int = -1) -> None:
        """Units are put where nobody finds them."""
        self.misplaced[sku, node] += units
        self.adjust(t, sku, node, MISPLACED, -units, 0, ref)

    def misplace_all(self, t: int, cells: Ints, units: Ints) -> None:
        """`misplace` for many cells."""
        self.misplaced.reshape(-1)[cells] += units.astype(np.int32)
        self.adjust_all(t, cells, MISPLACED, -units, 0)

    def find_all(self, t: int, cells: Ints, units: Ints) -> None:
        """Misplaced units of many cells are back where they belong; nobody writes that down."""
        self.misplaced.reshape(-1)[cells] -= units.astype(np.int32)
        self.adjust_all(t, cells, FOUND, units, 0)

    def count(self, t: int, sku: int, node: int, ref: int = -1) -> None:
        """The record is set to what the counter sees; he may be wrong by one unit."""
        cell = sku * self._n + node
        luck, p = self._streams.luck("count", cell, t // DAY), self._count_error[node]
        slip = 0 if luck >= p else 1 if luck < p / 2 else -1
        change = max(0, self._physical[cell] + slip) - self._recorded[cell]
        if change:
            self.adjust(t, sku, node, COUNTED, 0, change, ref)

    def count_all(self, t: int, cells: Ints, ref: int = -1) -> None:
        """The same for many cells, sku * nodes + node; most of them are as they are written."""
        seen = self.physical.reshape(-1)[cells] + self._slips("count", cells, t, self._rules.count_error)
        change = np.maximum(0, seen) - self.recorded.reshape(-1)[cells]
        wrong = np.flatnonzero(change)
        self.adjust_all(t, cells[wrong], COUNTED, 0, change[wrong], ref)

    def _slips(self, purpose: str, cells: Ints, t: int, chance: NDArray[np.float64]) -> Ints:
        """One too many, one too few, or none: the luck of a cell on a day, where nodes slip with a chance of theirs."""
        luck, p = self._streams.lucks(purpose, cells, hop=t // DAY), chance[cells % self._n]
        return np.where(luck >= p, 0, np.where(luck < p / 2, 1, -1))

    # -- the shelf decides --------------------------------------------------------------------------------------

    def pick(self, t: int, sku: int, node: int, qty: int, findable: int, order: int) -> int:
        """Look for promised units: at most what is there, at most what luck lets the picker find.

        A unit that is there and is not found is misplaced from now on. Returns the units found.
        """
        cell = sku * self._n + node
        here = self._physical[cell]
        found = min(qty, findable, here)
        overlooked = min(qty, here) - found
        if found:
            self._carry(t, sku, node, cell, found, order)
        missing = qty - found
        if not missing:
            return found
        if overlooked:
            self.misplace(t, sku, node, overlooked, order)
        # units that the record had already given up are missed first
        given_up = min(missing, self._gone.get(cell, 0))
        self._forget(cell, given_up)
        freed = missing - given_up
        off = freed if self._rules.at_short_pick == "missing" else 0
        if freed:
            self._reserved[cell] -= freed
            self._recorded[cell] -= off
            self._record((t, sku, node, NOT_FOUND, 0, -off, -freed, 0, 0, order))
            self._promise_again(t, sku, node, cell)
        if self._rules.at_short_pick == "empty" and self._recorded[cell]:
            self.adjust(t, sku, node, COUNTED, 0, -self._recorded[cell], order)
        elif self._rules.at_short_pick == "count":
            self.count(t, sku, node, order)
        return found

    def _carry(self, t: int, sku: int, node: int, cell: int, found: int, order: int) -> None:
        """Found units leave the shelf; those that the record had given up are taken off it only while it has them."""
        promised = min(found, self._reserved[cell])
        surprising = found - promised
        self._forget(cell, surprising)
        known = promised + min(surprising, self._recorded[cell] - self._reserved[cell])
        self._physical[cell] -= found
        self._recorded[cell] -= known
        self._reserved[cell] -= promised
        self._record((t, sku, node, PICKED, -found, -known, -promised, 0, 0, order))
        self.spells.left(t, sku, node, self._physical[cell], found)
        if surprising:
            self._promise_again(t, sku, node, cell)

    def _forget(self, cell: int, units: int) -> None:
        if not units:
            return
        left = self._gone.get(cell, 0) - units
        if left < 0:
            raise LedgerError(f"{units} units picked in cell {cell} that nobody had promised")
        if left:
            self._gone[cell] = left
        else:
            del self._gone[cell]

    def sell(self, t: int, sku: int, node: int, qty: int, request: int) -> bool:
        """A walk-in carries units to the till: whatever can be found, recorded or not. False if too few."""
        cell = sku * self._n + node
        physical, recorded = self._physical, self._recorded
        left = physical[cell] - qty
        if left < 0:
            return False
        written = recorded[cell]
        known = qty if qty <= written else written  # what the system does not know cannot be taken off its record
        written -= known
        physical[cell] = left
        recorded[cell] = written
        self._sold[cell] += qty
        dropped = self._no_longer_believed(cell) if self._reserved[cell] > written else 0
        self._record((t, sku, node, SOLD, -qty, -known, -dropped, 0, 0, request))
        self.spells.left(t, sku, node, left, qty)
        self._promise_again(t, sku, node, cell)
        return True

    # -- deliveries ---------------------------------------------------------------------------------------------

    def sent(self, t: int, source: int, skus: Ints, units: Ints, pooled: bool) -> Ints:
        """What is there to be sent; a SKU asked for by several stores is served in their order.

        Units that the record had and the shelf did not are taken off it, and off the stores' pool if they were to come
        from there.
        """
        asked = np.bincount(skus, units, len(self.physical))
        short = (asked > self.physical[:, source])[skus]
        there: dict[int, int] = {}
        found = units.copy()
        for i in np.flatnonzero(short).tolist():
            sku, wanted = int(skus[i]), int(units[i])
            left = there.get(sku, int(self.physical[sku, source]))
            found[i] = min(wanted, left)
            there[sku] = left - int(found[i])
            if missing := wanted - int(found[i]):
                self.adjust(t, sku, source, COUNTED, 0, -missing, freed=missing if pooled else 0)
        return found

    def receive(self, t: int, node: int, skus: Ints, units: Ints, kept: Ints | int, source: int) -> None:
        """Units arrive; booked is what the scenario wants: the advice, a count of the delivery, or of the cell."""
        super().receive(t, node, skus, units, kept, source)
        if self._rules.at_receipt == "cell":
            self.count_all(t, skus * self._n + node)
        elif self._rules.at_receipt == "advice" and self._rules.advice_error[node] > 0:
            cells = skus * self._n + node
            slips = self._slips("advice", cells, t, self._rules.advice_error)
            slips = np.maximum(slips, -self.recorded.reshape(-1)[cells])
            wrong = np.flatnonzero(slips)
            self.adjust_all(t, cells[wrong], MISCOUNTED, 0, slips[wrong])
