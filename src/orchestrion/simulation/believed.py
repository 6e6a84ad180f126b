"""What the order management system believes it may give, where the records come to it every so often and late.

It knows what it gave itself: since the last snapshot it subtracts that, and learns of nothing else. What the tills sold
meanwhile it may give a second time; the picker looks, and the order goes elsewhere one hop later. What came in
meanwhile it does not give.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

import numpy as np
import simpy
from numpy.typing import NDArray

from orchestrion.domain.visibility import Feed
from orchestrion.simulation.moments import FIRST, Clock, Moment, Timetable
from orchestrion.simulation.stock import Stock, flat


class Believed:
    """Stock as a desk sees it that is fed late: the same questions as to `Stock`, other answers.

    A snapshot tells of each cell what is free: the record, less reservations, less what is protected. `_given` counts
    the units given in all, so that what is free by a snapshot is what it told, less what was given since, whenever it
    arrives.
    """

    def __init__(self, env: Clock, feed: Feed, stock: Stock) -> None:
        self._env = env
        self._feed = feed
        self._stock = stock
        self.periodic = feed.period_s > 0
        self._n = stock.atp.shape[1]
        self._given = np.zeros_like(stock.atp)
        # free by the last snapshot, plus what was given until then
        self._told = self._free(slice(None)).reshape(stock.atp.shape)
        self.atp = np.maximum(self._told, 0)
        self._flat_given, self._flat_told, self._flat_atp = flat(self._given), flat(self._told), flat(self.atp)
        self._touched: dict[int, None] = {}  # cells that changed since the last snapshot, in order
        self._late = Timetable(env, FIRST, self._learn)
        stock.believed = self

    def _free(self, cells: NDArray[np.int64] | slice) -> NDArray[np.int32]:
        """What the records of this moment leave, below zero where more is protected than there is."""
        stock = self._stock
        taken = stock.reserved.reshape(-1)[cells] + stock.protected.reshape(-1)[cells]
        return np.asarray(stock.recorded.reshape(-1)[cells] - taken, np.int32)

    # -- what the desk asks ---------------------------------------------------------------------------------------

    def promised(self, sku: int, node: int) -> int:
        """ATP of a cell."""
        units: int = self._flat_atp[sku * self._n + node]
        return units

    def units(self, sku: int, node: int) -> tuple[int, int, int]:
        """(ATP, recorded, reserved) of a cell; recorded as it follows from the others."""
        reserved = self._stock.units(sku, node)[2]
        free, protected = self._free_of(sku * self._n + node), int(self._stock.protected[sku, node])
        return max(0, free), max(0, free + reserved + protected), reserved

    def unpromised(self, sku: int) -> NDArray[np.int32]:
        """Recorded units that are not reserved, by node."""
        return np.asarray(self._told[sku] - self._given[sku] + self._stock.protected[sku])

    def freed(self, sku: int, node: int, qty: int) -> int:
        """By how much the ATP of a cell rises when `qty` reserved units are released."""
        cell = sku * self._n + node
        before: int = self._flat_atp[cell]
        return max(0, self._free_of(cell) + qty) - before

    def _free_of(self, cell: int) -> int:
        free: int = self._flat_told[cell] - self._flat_given[cell]
        return free

    # -- what it learns -------------------------------------------------------------------------------------------

    def gave(self, cell: int, qty: int) -> None:
        """Units were given to an order, or (below zero) taken back from it."""
        given = self._flat_given[cell] = self._flat_given[cell] + qty
        self._flat_atp[cell] = max(0, self._flat_told[cell] - given)

    def changed(self, cells: Iterable[int]) -> None:
        """These cells changed, by the desk or by somebody else: the next snapshot tells."""
        if self.periodic:
            self._touched.update(dict.fromkeys(cells))
        else:
            self._send(np.array(list(cells), np.int64))

    def process(self) -> Generator[simpy.Event, None, None]:
        """Snapshots at whole multiples of the period, before anything else happens in that second."""
        period = self._feed.period_s
        while True:
            yield Moment(self._env, (self._env.now // period + 1) * period, FIRST)
            if self._touched:
                cells = np.array(list(self._touched), np.int64)
                self._touched.clear()
                self._send(cells)

    def _send(self, cells: NDArray[np.int64]) -> None:
        told = self._free(cells) + self._given.reshape(-1)[cells]
        if self._feed.delay_s:
            self._late.add(self._env.now + self._feed.delay_s, cells, told)
        else:
            self._learn(cells, told)

    def _learn(self, cells: NDArray[np.int64], told: NDArray[np.int32]) -> None:
        self._told.reshape(-1)[cells] = told
        self.atp.reshape(-1)[cells] = np.maximum(told - self._given.reshape(-1)[cells], 0)
