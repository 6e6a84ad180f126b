"""What happens to stock and records while nobody looks: at each midnight units vanish, are misplaced or turn up,
figures go wrong, and some cells are counted.

Luck belongs to the cell and the day, so that every policy meets the same attempts; one that finds an empty shelf does
nothing.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import simpy
from numpy.typing import NDArray

from orchestrion.domain.codes import Component, StockKind
from orchestrion.domain.records import Records
from orchestrion.domain.world import Ints, World
from orchestrion.simulation.chances import befallen
from orchestrion.simulation.drifting import MISCOUNTED, DriftingStock
from orchestrion.simulation.ledger import Ledger
from orchestrion.simulation.moments import RECEIPTS, Clock, Moment
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR

SHRUNK = int(StockKind.SHRUNK)


class Nights:
    """The nightly job over all cells, and the state of the records when the season begins."""

    def __init__(
        self, env: Clock, world: World, records: Records, stock: DriftingStock, ledger: Ledger, streams: Streams
    ) -> None:
        self._env = env
        self._world = world
        self._rules = records
        self._stock = stock
        self._ledger = ledger
        self._streams = streams
        self._n = len(world.nodes)
        # each cell is counted every so many nights: a SKU's turn comes at another night in each node
        self._held = np.flatnonzero(world.ranged | (world.opening_stock > 0)).astype(np.int32)
        every = records.count_every[self._held % self._n]
        self._counted = self._held[every > 0]
        self._every = every[every > 0].astype(np.int32)
        turn = self._counted // self._n + 7919 * (self._counted % self._n)
        self._turn = (turn % self._every).astype(np.int32)
        self._node = np.tile(np.arange(self._n, dtype=np.uint16), len(world.skus))  # by cell

    def open(self) -> None:
        """The records with which the season begins: a share of them is wrong, as often too high as too low."""
        rules, stock = self._rules, self._stock
        cells = np.flatnonzero(stock.physical)
        if not len(cells) or not rules.opening_wrong.any():
            return
        wrong = cells[self._streams.lucks("opening record", cells) < rules.opening_wrong[cells % self._n]]
        size = self._streams.lucks("opening record", wrong, hop=1)
        high = self._streams.lucks("opening record", wrong, hop=2) < 0.5
        units = 1 + _geometric(size, rules.opening_units[wrong % self._n])
        there = stock.physical.reshape(-1)[wrong]
        change = np.where(high, units, -np.minimum(units, there))
        stock.adjust_all(0, wrong, MISCOUNTED, 0, change)

    def process(self) -> Generator[simpy.Event, None, None]:
        """Every midnight, before anything else of the day."""
        while True:
            yield Moment(self._env, (self._env.now // DAY + 1) * DAY, RECEIPTS)
            t = self._env.now
            self._vanish(t)
            self._hide_and_seek(t)
            self._miscount(t)
            self._count(t)

    def _befallen(
        self, purpose: str, units: NDArray[np.int32], chance: NDArray[np.float64], t: int
    ) -> tuple[Ints, Ints]:
        """(cells, units) that a mishap befalls tonight, of the units lying in each cell."""
        flat = units.reshape(-1)
        cells = np.flatnonzero(flat)
        p = chance[self._node[cells]]
        if not p.all():
            cells, p = cells[p > 0], p[p > 0]
        luck = self._streams.lucks(purpose, cells, hop=t // DAY)
        hit = befallen(flat[cells].astype(np.int64), p, luck)
        some = np.flatnonzero(hit)
        return cells[some], hit[some]

    def _vanish(self, t: int) -> None:
        cells, units = self._befallen("shrink", self._stock.physical, self._rules.shrink, t)
        self._stock.adjust_all(t, cells, SHRUNK, -units, 0)

    def _hide_and_seek(self, t: int) -> None:
        """Whoever is found tonight was lost before tonight."""
        stock, rules = self._stock, self._rules
        found = self._befallen("turn up", stock.misplaced, rules.turns_up, t)
        stock.misplace_all(t, *self._befallen("misplace", stock.physical, rules.misplaced, t))
        stock.find_all(t, *found)

    def _miscount(self, t: int) -> None:
        """A figure goes wrong by one unit, up or down alike; a record of nothing cannot fall."""
        chance = self._rules.errors
        if not chance.any():
            return
        cells = self._held
        luck = self._streams.lucks("miscount", cells, hop=t // DAY)
        p = chance[self._node[cells]]
        hit = np.flatnonzero(luck < p)
        cells, luck, p = cells[hit], luck[hit], p[hit]
        recorded = self._stock.recorded.reshape(-1)[cells]
        up, down = luck < p / 2, (luck >= p / 2) & (recorded > 0)
        off = up | down
        self._stock.adjust_all(t, cells[off].astype(np.int64), MISCOUNTED, 0, np.where(up[off], 1, -1))

    def _count(self, t: int) -> None:
        """Tonight's part of the cycle: misplaced units may come to light, the record is set to what is seen."""
        stock, rules, n = self._stock, self._rules, self._n
        due = self._counted[np.int32(t // DAY) % self._every == self._turn].astype(np.int64)
        if not len(due):
            return
        lost = stock.misplaced.reshape(-1)[due]
        luck = self._streams.lucks("found at a count", due, hop=t // DAY)
        seen = befallen(lost.astype(np.int64), rules.count_finds[due % n], luck)
        stock.find_all(t, due[seen > 0], seen[seen > 0])
        stock.count_all(t, due)
        for node, cells in enumerate(np.bincount(due % n, minlength=n).tolist()):
            place = self._world.nodes[node]
            cost = (cells * int(rules.count_s[node]) * place.wage + HOUR // 2) // HOUR
            if cost:
                self._ledger.cost((t, -1, -1, node, Component.COUNTING, cost))


def _geometric(luck: NDArray[np.float64], mean: NDArray[np.float64]) -> Ints:
    """Units beyond the first, so that the mean of 1 + them is `mean`."""
    with np.errstate(divide="ignore"):  # a mean of one: never more
        return np.floor(np.log1p(-luck) / np.log1p(-1.0 / np.maximum(mean, 1.0))).astype(np.int64)
