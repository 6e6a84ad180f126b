"""What each cell has sold of late, by the record: the forecast that policies and reviews go by.

A day's sales are few beside the cells of a network, so they are kept as they are, and worked into the rates when
somebody asks for them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.world import Ints, World
from orchestrion.simulation.stock import Stock

_MEMORY = 0.93  # weight of the past in the daily smoothing of sales: a memory of about two weeks


class TrailingSales:
    """Smoothed walk-in sales of every cell [units a day], planned ones at first."""

    def __init__(self, world: World, stock: Stock) -> None:
        self._world = world
        self._stock = stock
        self._days: list[tuple[Ints, NDArray[np.int32]]] = []  # (cells, units) sold on days that are not in the rates
        self._kept = 0  # cells in them
        self._rates: NDArray[np.float64] | None = None

    def close_day(self) -> None:
        """Midnight: today's recorded sales join the trailing ones."""
        sold = self._stock.sold.reshape(-1)
        cells = np.flatnonzero(sold)
        units = sold[cells]
        sold[cells] = 0
        self._days.append((cells, units))
        self._kept += len(cells)
        if self._kept > sold.size // 2:  # never more than the rates themselves would take
            self.rates()

    def rates(self) -> NDArray[np.float64]:
        """Units a day of every cell, shape (S, N)."""
        if self._rates is None:
            demand = self._world.demand
            units = float(np.dot(demand.units, np.arange(1, len(demand.units) + 1)))
            self._rates = demand.store_popularity * demand.walk_ins_per_day * units
        if self._days:
            rates = self._rates = self._rates.copy()  # who asked yesterday keeps yesterday's
            flat = rates.reshape(-1)
            for cells, sold in self._days:
                flat *= _MEMORY
                flat[cells] += (1 - _MEMORY) * sold
            self._days, self._kept = [], 0
        return self._rates
