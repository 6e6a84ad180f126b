"""What each contact point shows: a third number beside the physical and the recorded, fed every so often and late.

A contact point believes its last feed: it offers what has been sold meanwhile, and hides what has come.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import simpy
from numpy.typing import NDArray

from orchestrion.domain.codes import Channel, Role
from orchestrion.domain.visibility import Feed, Visibility
from orchestrion.domain.world import World
from orchestrion.simulation.moments import FIRST, Clock, Moment, Timetable
from orchestrion.simulation.stock import Stock

Units = NDArray[np.int32]


class Published:
    """The matrix at work: rows of units by SKU, kept up to date by their feeds."""

    def __init__(self, env: Clock, world: World, rules: Visibility, stock: Stock) -> None:
        self._env = env
        self._rules = rules
        self._stock = stock
        self._flat = stock.atp.reshape(-1)
        self._n = len(world.nodes)
        self._ranged: list[bool] = world.skus.web_ranged.tolist()
        self._ranged_cells = np.repeat(world.skus.web_ranged, self._n)
        self._held: list[list[int]] = rules.held_back.tolist()
        self._web = rules.row[Channel.WEB]
        # contact points that show the same, at the same time, are one row of the work: the web's, if it is among them
        alike = self._alike = _alike(rules, self._web)
        self._row = tuple(alike[row] for row in rules.row)  # by channel
        self._page = alike[rules.page]
        # nodes that a row shows only for collection there
        self._counters = [[n.id for n in world.nodes if not n.ships and held[n.id] >= 0] for held in self._held]
        # warehouses that a row shows: where there is nearly always enough
        large = [node.id for node in world.nodes if node.ships and node.role == Role.WAREHOUSE]
        self._large = [[node for node in large if held[node] >= 0] for held in self._held]
        # by channel: whether it makes no difference where the customer would collect
        self.alike_everywhere = [not self._counters[row] for row in self._row]
        self._seen = [row.astype(np.int32) for row in rules.seen]
        self._shown: list[NDArray[np.int64] | memoryview[int]] = [
            np.zeros(len(world.skus), np.int64) for _ in self._held
        ]
        self._shown[self._web] = stock.visible
        self.lines_not_there: set[int] = set()  # requests accepted for units that were shown and not there any more
        feeds = list(dict.fromkeys(rules.feeds))
        distinct = sorted(set(alike))
        self._sources = [_Source(feed, [r for r in distinct if rules.feeds[r] == feed], stock) for feed in feeds]
        self._of = {row: source for source in self._sources for row in source.rows}
        self._at_once = [source for source in self._sources if source.live]
        self._delayed = [source for source in self._sources if not source.live and not source.feed.period_s]
        self._periodic = [source for source in self._sources if source.feed.period_s]
        self._late = Timetable(env, FIRST, self._apply)
        self.any_late = len(self._at_once) < len(self._sources)
        self._begin()
        # a single feed of snapshots, the usual shop's page, has nothing to do but remember what changed
        self.changed = self._touched if len(self._sources) == len(self._periodic) == 1 else self._fed
        stock.published = self

    def _begin(self) -> None:
        """Everybody begins with the records as they are."""
        for row in self._of:
            back = np.array(self._held[row])[None, :]
            units = np.where((back >= 0) & (self._stock.atp > back), self._stock.atp - back, 0).sum(axis=1)
            for sku, now in enumerate(units.tolist()):
                change = (now if self._ranged[sku] else 0) - self._shown[row][sku]
                if change:
                    self._show(row, 0, sku, change)

    def processes(self) -> Iterator[Generator[simpy.Event, None, None]]:
        """A clock for each feed that takes snapshots."""
        for source in self._sources:
            if source.feed.period_s:
                yield self._snapshots(source)

    # -- what customers see -------------------------------------------------------------------------------------

    def shows(self, channel: int, sku: int, qty: int, store: int) -> bool:
        """Whether a contact point offers so many units: of nodes that ship, or of the store of collection (-1 none)."""
        row = self._row[channel]
        shown = self._shown[row][sku]
        if shown < qty:
            return False
        if not self._counters[row]:
            return True
        elsewhere = sum(self._cell(row, sku, node) for node in self._counters[row] if node != store)
        return bool(shown - elsewhere >= qty)

    def page(self, sku: int, store: int) -> int:
        """Units that a store's product page says it has."""
        return self._cell(self._page, sku, store)

    def _cell(self, row: int, sku: int, node: int) -> int:
        held = self._held[row][node]
        return 0 if held < 0 else max(0, self._of[row].atp[sku * self._n + node] - held)

    def accepted(self, channel: int, request: int, sku: int, qty: int, store: int) -> None:
        """A line was accepted on what is shown: is it there, by the record of this moment?"""
        row = self._row[channel]
        for node in self._large[row]:
            if self._stock.promised(sku, node) >= qty:
                return
        there = int(self._stock.atp[sku].dot(self._seen[row]))
        for node in self._counters[row]:
            if node != store:
                there -= self._stock.promised(sku, node)
        if there < qty:
            self.lines_not_there.add(request)

    # -- feeds --------------------------------------------------------------------------------------------------

    def _touched(self, t: int, sku: int, node: int, before: int, now: int) -> None:
        self._periodic[0].touched[sku * self._n + node] = None

    def _fed(self, t: int, sku: int, node: int, before: int, now: int) -> None:
        """The ATP of a cell changed."""
        for source in self._periodic:
            source.touched[sku * self._n + node] = None
        for source in self._at_once:
            self._pass_on(source, t, sku, node, before, now)
        for source in self._delayed:
            self._late.add(t + source.feed.delay_s, source, sku, node, now)

    def all_changed(self, t: int, skus: NDArray[np.int64], node: int, before: Units, now: Units) -> None:
        """The ATP of many cells at one node changed."""
        for source in self._periodic:
            source.touched |= dict.fromkeys((skus * self._n + node).tolist())
        if self._at_once or self._delayed:
            for sku, was, units in zip(skus.tolist(), before.tolist(), now.tolist(), strict=True):
                for source in self._at_once:
                    self._pass_on(source, t, sku, node, was, units)
                for source in self._delayed:
                    self._late.add(t + source.feed.delay_s, source, sku, node, units)

    def _apply(self, source: _Source, sku: int, node: int, now: int) -> None:
        cell = sku * self._n + node
        before = source.atp[cell]
        if now != before:
            source.atp[cell] = now
            self._pass_on(source, self._env.now, sku, node, before, now)

    def _pass_on(self, source: _Source, t: int, sku: int, node: int, before: int, now: int) -> None:
        if self._ranged[sku]:
            for row in source.rows:
                held = self._held[row][node]
                if held >= 0 and (change := max(0, now - held) - max(0, before - held)):
                    self._show(row, t, sku, change)

    def _show(self, row: int, t: int, sku: int, change: int) -> None:
        if row == self._web:
            self._stock.spells.shown(t, sku, change)  # what the web shows, and when it shows none
        else:
            self._shown[row][sku] += change

    def _snapshots(self, source: _Source) -> Generator[simpy.Event, None, None]:
        period, delay = source.feed.period_s, source.feed.delay_s
        late = Timetable(self._env, FIRST, self._publish)
        while True:
            yield Moment(self._env, (self._env.now // period + 1) * period, FIRST)
            if not source.touched:
                continue  # nothing happened: the night is long
            cells = np.array(list(source.touched), np.int64)
            source.touched.clear()
            units = self._flat[cells]
            if delay:
                late.add(self._env.now + delay, source, cells, units)
            else:
                self._publish(source, cells, units)

    def _publish(self, source: _Source, cells: NDArray[np.int64], units: NDArray[np.int32]) -> None:
        """All that changed between two snapshots."""
        t, told = self._env.now, np.asarray(source.atp)
        before = told[cells]
        told[cells] = units
        changed = (before != units) & self._ranged_cells[cells]
        cells, before, now = cells[changed], before[changed], units[changed]
        skus, nodes = np.divmod(cells, self._n)
        for row in source.rows:
            kept = self._rules.held_back[row][nodes]
            change = np.where(kept >= 0, np.maximum(now - kept, 0) - np.maximum(before - kept, 0), 0)
            totals = np.bincount(skus, change, len(self._ranged)).astype(np.int64)
            touched = np.flatnonzero(totals)
            if row == self._web:
                self._stock.spells.all_shown(t, touched, totals[touched].astype(np.int32))
            else:
                self._shown[row] += totals  # type: ignore[operator]  # an array: only the web's row is a view of stock


def _alike(rules: Visibility, web: int) -> list[int]:
    """For each row of the matrix the first that shows the same at the same time; the web's row before all others."""
    rows = [web, *(row for row in range(len(rules.feeds)) if row != web)]
    first: dict[tuple[bytes, Feed], int] = {}
    for row in rows:
        first.setdefault((rules.held_back[row].tobytes(), rules.feeds[row]), row)
    return [first[rules.held_back[row].tobytes(), rules.feeds[row]] for row in range(len(rules.feeds))]


class _Source:
    """One feed, the rows that live on it, and the ATP by cell as it last told them."""

    def __init__(self, feed: Feed, rows: list[int], stock: Stock) -> None:
        self.feed = feed
        self.rows = rows
        self.live = not feed.period_s and not feed.delay_s
        self.touched: dict[int, None] = {}  # cells whose ATP changed since the last snapshot, in order
        mine = stock.atp if self.live else stock.atp.copy()
        self.atp: memoryview[int] = memoryview(mine.reshape(-1))
