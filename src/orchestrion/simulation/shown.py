"""When the web hid what was there and showed what was not: worked out from the facts of stock and the feed's calendar.

*There* is a unit that is on a shelf and not promised to an order. A SKU is hidden while the web shows none of it and
some node has one; it is a phantom while the web shows it and no node that the web sees has one.

The facts come in blocks, in the order of recording; what is known after one is carried over to the next.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Channel, Scope, StockKind
from orchestrion.domain.facts import Table
from orchestrion.domain.visibility import Feed
from orchestrion.domain.world import World

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
_LEVELS = ("d_physical", "d_recorded", "d_reserved", "d_protected")
_COLUMNS = ("t", "sku", "node", "kind", *_LEVELS)
_CELLS = 100_000  # whose opening stock is counted at a time
_SCOPES = (Scope.HIDDEN, Scope.PHANTOM)


class _Curve(NamedTuple):
    """A level by SKU that holds from a moment on; sorted by SKU, then moment, each once."""

    sku: Ints
    t: Ints
    level: Ints


class Shown:
    """Follows what the web shows of each SKU, and what is there, through the facts of stock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._nodes = len(world.nodes)
        skus = len(world.skus)
        self._held = _held_back(world)
        self._feed = Feed() if world.visibility is None else world.visibility.feeds[world.visibility.row[Channel.WEB]]
        cells = skus * self._nodes
        # of each cell, and of each SKU over all nodes, after what has been read
        self._levels = {name: np.zeros(cells, np.int32) for name in _LEVELS}
        self._open = False
        self._counted = [np.zeros(skus, np.int64) for _ in range(3)]  # shown by the record; there; there and seen
        self._compared = [np.zeros(skus, np.int64) for _ in range(3)]  # the same, but shown as the web was told
        self._to_come = _Curve(*(np.zeros(0, np.int64) for _ in range(3)))  # what the web will be told
        self._since = {scope: np.full(skus, -1, np.int64) for scope in _SCOPES}
        self._second: Table | None = None  # rows of the last second read: more of it may come

    def block(self, stock: Table) -> tuple[Ints, ...]:
        """More rows of `stock`; spells that are over: scope, sku, node, from_t, to_t."""
        # what is ordered or has merely changed its reason shows nowhere
        moves = np.flatnonzero(np.logical_or.reduce([stock[name] != 0 for name in _LEVELS]))
        rows = {name: stock[name][moves] for name in _COLUMNS}
        opening = (rows["t"] == 0) & np.isin(rows["kind"], (StockKind.OPENING, StockKind.MISCOUNTED))
        if opening.any():
            self._stocked({name: column[opening] for name, column in rows.items()})
            rows = {name: column[~opening] for name, column in rows.items()}
        if self._second is not None:
            rows = {name: np.concatenate([self._second[name], column]) for name, column in rows.items()}
        if not len(rows["t"]):
            return _columns([])
        done = int(np.searchsorted(rows["t"], rows["t"][-1]))
        self._second = {name: column[done:] for name, column in rows.items()}
        return self._read({name: column[:done] for name, column in rows.items()}, int(rows["t"][-1]) - 1)

    def close(self) -> tuple[Ints, ...]:
        """The rest, and every spell that lasts until the end."""
        end = self._world.end_s
        rest = self._second or {name: np.zeros(0, np.int64) for name in _COLUMNS}
        self._second = None
        found = [self._read(rest, end)]
        for scope, since in self._since.items():
            still = np.flatnonzero((since >= 0) & (since < end))
            found.append(_spells(scope, still, since[still], np.full(len(still), end)))
        return _columns(found)

    def _stocked(self, opening: Table) -> None:
        """Rows of what is there and known before the doors open."""
        cells = opening["sku"].astype(np.int64) * self._nodes + opening["node"]
        for name, base in self._levels.items():
            np.add.at(base, cells, opening[name])

    def _doors_open(self) -> None:
        """What the stock that the season begins with shows, counted from the beginning."""
        skus = len(self._since[Scope.HIDDEN])
        step = max(1, _CELLS // self._nodes)
        for begin in range(0, skus, step):
            some = np.arange(begin, min(begin + step, skus))
            cells = (some[:, None] * self._nodes + np.arange(self._nodes)).reshape(-1)
            counts = self._free(cells, np.tile(self._held, len(some)))
            for total, count in zip(self._counted, counts, strict=True):
                total[some] = count.reshape(len(some), -1).sum(axis=1)
        self._open = True
        every, before = np.arange(skus), np.full(skus, -1, np.int64)
        self._compare([_Curve(every, before, total) for total in self._counted])

    def _read(self, stock: Table, until: int) -> tuple[Ints, ...]:
        """Rows of whole seconds, `until` included: no later row belongs to one of these."""
        if until >= 0 and not self._open:
            self._doors_open()
        sku, node, t = (stock[name].astype(np.int64) for name in ("sku", "node", "t"))
        cells = sku * self._nodes + node
        # sorted by cell, then by row: numbers that differ need no stable sort, which takes several times as long
        order = np.argsort(cells * (len(t) + 1) + np.arange(len(t)))
        cell = cells[order]
        first = np.flatnonzero(np.diff(cell, prepend=-1))
        last = np.append(first[1:], len(cell)) - 1 if len(cell) else first
        size = np.diff(np.append(first, len(cell)))
        back = self._held[node[order]]
        before = self._free(cell[first], back[first])

        def level(column: str) -> Ints:
            """The level of the row's cell after it."""
            base = self._levels[column]
            total = np.cumsum(stock[column][order].astype(np.int64))
            start = base[cell[first]] - np.concatenate([[0], total])[first]
            levels = np.asarray(total + np.repeat(start, size))
            base[cell[last]] = levels[last]
            return levels

        of, at = sku[order], t[order]
        counts = _counts(back, *map(level, _LEVELS))
        curves = [
            self._by_sku(total, of, at, _steps(values, first, start))
            for total, values, start in zip(self._counted, counts, before, strict=True)
        ]
        return self._compare([self._as_fed(curves[0], until), *curves[1:]])

    def _free(self, cell: Ints, back: Ints) -> tuple[Ints, Ints, Ints]:
        return _counts(back, *(self._levels[name][cell].astype(np.int64) for name in _LEVELS))

    def _by_sku(self, total: Ints, sku: Ints, t: Ints, change: Ints) -> _Curve:
        """Sum over nodes: the level of each SKU at the end of every second in which it changed."""
        moved = np.flatnonzero(change)
        sku, t, change = sku[moved], t[moved], change[moved]
        order = np.argsort(sku * (t.max(initial=0) + 2) + t)  # within a second, only the sum counts
        sku, t = sku[order], t[order]
        summed = np.cumsum(change[order])
        first = np.flatnonzero(np.diff(sku, prepend=-1))
        start = total[sku[first]] - np.concatenate([[0], summed])[first]
        level = summed + np.repeat(start, np.diff(np.append(first, len(sku))))
        curve = _last(sku, t, level)
        ends = np.append(np.diff(curve.sku) != 0, True)[: len(curve.sku)]
        total[curve.sku[ends]] = curve.level[ends]
        return curve

    def _as_fed(self, shown: _Curve, until: int) -> _Curve:
        """The curve as the contact point learns of it, as far as that is known."""
        feed, t = self._feed, shown.t
        sent = t if not feed.period_s else (t // feed.period_s + 1) * feed.period_s
        t = np.where(t < 0, t, sent + feed.delay_s)
        known = [np.concatenate(columns) for columns in zip(self._to_come, (shown.sku, t, shown.level), strict=True)]
        order = np.lexsort((known[1], known[0]))  # of two for one moment the later stays
        sku, t, level = (column[order] for column in known)
        curve = _last(sku, t, level)
        now = curve.t <= until
        self._to_come = _Curve(*(column[~now] for column in curve))
        return _Curve(*(column[now] for column in curve))

    def _compare(self, curves: list[_Curve]) -> tuple[Ints, ...]:
        """Spells that end while these curves run (shown, there, there and seen); those that go on are remembered."""
        end = self._world.end_s
        span = end + 2
        keys = [curve.sku * span + np.minimum(curve.t, end) + 1 for curve in curves]
        moments = np.sort(np.concatenate(keys))
        moments = moments[np.diff(moments, prepend=-1) > 0]  # `np.unique` hashes, which takes ten times as long
        sku, t = moments // span, np.maximum(moments % span - 1, 0)
        levels = []
        for curve, key, base in zip(curves, keys, self._compared, strict=True):
            level = base[sku]
            if len(key):
                row = np.maximum(np.searchsorted(key, moments, side="right") - 1, 0)
                level = np.where((curve.sku[row] == sku) & (key[row] <= moments), curve.level[row], level)
                base[curve.sku] = curve.level  # NumPy assigns in order: the last stays
            levels.append(level)
        shown, there, seen = levels
        ranged = self._world.skus.web_ranged[sku]
        hidden, phantom = ranged & (shown <= 0) & (there > 0), ranged & (shown > 0) & (seen <= 0)
        return _columns([self._turns(Scope.HIDDEN, sku, t, hidden), self._turns(Scope.PHANTOM, sku, t, phantom)])

    def _turns(self, scope: Scope, sku: Ints, t: Ints, holds: Flags) -> tuple[Ints, ...]:
        """Spells that end where the state stops to hold."""
        since = self._since[scope]
        first = np.diff(sku, prepend=-1) != 0
        before = np.where(first, since[sku] >= 0, np.append(False, holds[:-1]))
        carried = np.flatnonzero(first & before)
        begins, stops = np.flatnonzero(holds & ~before), np.flatnonzero(before & ~holds)
        # every spell begins once, here or in an earlier block; in order, those that end meet their ends
        row = np.concatenate([carried, begins])
        from_t = np.concatenate([since[sku[carried]], t[begins]])
        order = np.argsort(row * 2 + np.repeat([0, 1], [len(carried), len(begins)]))
        row, from_t = row[order], from_t[order]
        last = np.append(np.diff(sku[row]) != 0, True)[: len(row)]
        goes_on = np.zeros(len(since), bool)
        goes_on[sku] = holds  # the last stays
        open_ = last & goes_on[sku[row]]
        since[sku] = -1
        since[sku[row[open_]]] = from_t[open_]
        return _spells(scope, sku[stops], from_t[~open_], t[stops])


def _held_back(world: World) -> Ints:
    """Units of each SKU that the web does not show, by node; -1 where it does not see it."""
    if world.visibility is None:
        return np.array([0 if node.web_visible else -1 for node in world.nodes], np.int64)
    return np.asarray(world.visibility.held_back[world.visibility.row[Channel.WEB]], np.int64)


def _counts(back: Ints, physical: Ints, recorded: Ints, reserved: Ints, protected: Ints) -> tuple[Ints, Ints, Ints]:
    """Units shown, units there, units there where the web sees them."""
    atp = np.maximum(recorded - reserved - protected, 0)
    free, seen = np.maximum(physical - reserved, 0), back >= 0
    return np.where(seen, np.maximum(atp - back, 0), 0), free, np.where(seen, free, 0)


def _steps(values: Ints, first: Ints, start: Ints) -> Ints:
    """Changes within each cell, whose rows hang together, from where it stood."""
    change = np.diff(values, prepend=0)
    change[first] = values[first] - start
    return np.asarray(change, np.int64)


def _last(sku: Ints, t: Ints, level: Ints) -> _Curve:
    """What holds when the second is over."""
    kept = np.append((np.diff(sku) != 0) | (np.diff(t) != 0), True)[: len(sku)]
    return _Curve(sku[kept], t[kept], level[kept])


def _spells(scope: Scope, sku: Ints, from_t: Ints, to_t: Ints) -> tuple[Ints, ...]:
    some = np.flatnonzero(from_t < to_t)
    size = len(some)
    return np.full(size, int(scope), np.int64), sku[some], np.full(size, -1, np.int64), from_t[some], to_t[some]


def _columns(found: list[tuple[Ints, ...]]) -> tuple[Ints, ...]:
    """Columns scope, sku, node, from_t, to_t of the spells table."""
    none = (np.zeros(0, np.int64),) * 5
    return tuple(np.concatenate(parts) for parts in zip(none, *found, strict=True))
