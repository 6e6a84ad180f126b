"""When the web hid what was there and showed what was not: worked out from the facts of stock and the feed's calendar.

*There* is a unit that is on a shelf and not promised to an order. A SKU is hidden while the web shows none of it and
some node has one; it is a phantom while the web shows it and no node that the web sees has one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Channel, Scope, StockKind
from orchestrion.domain.facts import Table
from orchestrion.domain.visibility import Feed
from orchestrion.domain.world import World

Ints = NDArray[np.int64]


def hidden_and_phantom(world: World, stock: Table) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Columns scope, sku, node, from_t, to_t of the spells table."""
    held = _held_back(world)
    feed = Feed() if world.visibility is None else world.visibility.feeds[world.visibility.row[Channel.WEB]]
    sku, node = stock["sku"].astype(np.int64), stock["node"].astype(np.int64)
    # what is known before the doors open counts from the beginning
    opening = (stock["t"] == 0) & np.isin(stock["kind"], (StockKind.OPENING, StockKind.MISCOUNTED))
    t = np.where(opening, -1, stock["t"])
    # sorted by cell, then by row: numbers that differ need no stable sort, which takes several times as long
    order = np.argsort((sku * len(world.nodes) + node) * (len(t) + 1) + np.arange(len(t)))
    cell = (sku * len(world.nodes) + node)[order]
    first = np.flatnonzero(np.diff(cell, prepend=-1))

    def level(column: str) -> Ints:
        """The level of the row's cell after it."""
        total = np.cumsum(stock[column][order].astype(np.int64))
        before = np.concatenate([[0], total])[first]
        return np.asarray(total - np.repeat(before, np.diff(np.append(first, len(total)))))

    physical, reserved = level("d_physical"), level("d_reserved")
    back = held[node[order]]
    atp = np.maximum(level("d_recorded") - reserved - level("d_protected"), 0)
    free = np.maximum(physical - reserved, 0)
    count, seen = len(world.skus), back >= 0
    of, at = sku[order], t[order]
    shown = _by_sku(count, of, at, _steps(np.where(seen, np.maximum(atp - back, 0), 0), first))
    there = _by_sku(count, of, at, _steps(free, first))
    seen_there = _by_sku(count, of, at, _steps(np.where(seen, free, 0), first))
    late = _as_fed(shown, feed)
    return _spells(world, late, there, seen_there)


def _held_back(world: World) -> Ints:
    """Units of each SKU that the web does not show, by node; -1 where it does not see it."""
    if world.visibility is None:
        return np.array([0 if node.web_visible else -1 for node in world.nodes], np.int64)
    return np.asarray(world.visibility.held_back[world.visibility.row[Channel.WEB]], np.int64)


def _steps(values: Ints, first: Ints) -> Ints:
    """Changes within each cell, whose rows hang together."""
    change = np.diff(values, prepend=0)
    change[first] = values[first]
    return np.asarray(change, np.int64)


_Curve = tuple[Ints, Ints, Ints]  # SKU, moment, level from that moment on; each SKU begins at -1


def _by_sku(count: int, sku: Ints, t: Ints, change: Ints) -> _Curve:
    """Sum over nodes: the level of each SKU at the end of every second in which it changed."""
    moved = np.flatnonzero(change)
    sku, t, change = sku[moved], t[moved], change[moved]
    sku = np.concatenate([np.arange(count), sku])
    t = np.concatenate([np.full(count, -1), t])
    change = np.concatenate([np.zeros(count, np.int64), change])
    order = np.argsort(sku * (t.max(initial=0) + 2) + t)  # within a second, only the sum counts
    sku, t = sku[order], t[order]
    total = np.cumsum(change[order])
    first = np.flatnonzero(np.diff(sku, prepend=-1))
    level = total - np.repeat(np.concatenate([[0], total])[first], np.diff(np.append(first, len(total))))
    return _last(sku, t, level)


def _last(sku: Ints, t: Ints, level: Ints) -> _Curve:
    """What holds when the second is over."""
    kept = np.append((np.diff(sku) != 0) | (np.diff(t) != 0), True)
    return sku[kept], t[kept], level[kept]


def _as_fed(shown: _Curve, feed: Feed) -> _Curve:
    """The curve as the contact point learns of it."""
    sku, t, level = shown
    sent = t if not feed.period_s else (t // feed.period_s + 1) * feed.period_s
    return _last(sku, np.where(t < 0, t, sent + feed.delay_s), level)


def _spells(world: World, shown: _Curve, there: _Curve, seen: _Curve) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    span = world.end_s + 2

    def keys(curve: _Curve) -> Ints:
        return curve[0] * span + np.minimum(curve[1], world.end_s) + 1

    moments = np.sort(np.concatenate([keys(shown), keys(there), keys(seen)]))
    moments = moments[np.diff(moments, prepend=-1) > 0]  # `np.unique` hashes, which takes ten times as long

    def at(curve: _Curve) -> Ints:
        return curve[2][np.searchsorted(keys(curve), moments, side="right") - 1]

    sku, t = moments // span, np.maximum(moments % span - 1, 0)
    ends = np.append(t[1:], 0)
    ends[np.append(np.diff(sku) != 0, True)] = world.end_s
    ranged = world.skus.web_ranged[sku]
    states = {
        Scope.HIDDEN: ranged & (at(shown) <= 0) & (at(there) > 0),
        Scope.PHANTOM: ranged & (at(shown) > 0) & (at(seen) <= 0),
    }
    columns: list[tuple[Ints, ...]] = []
    for scope, holds in states.items():
        begins = holds & ~(np.append(False, holds[:-1]) & np.append(False, np.diff(sku) == 0))
        stops = holds & ~(np.append(holds[1:], False) & np.append(np.diff(sku) == 0, False))
        spell = np.column_stack([sku[begins], t[begins], ends[stops]])
        spell = spell[spell[:, 1] < spell[:, 2]]
        kind, nowhere = np.full(len(spell), int(scope)), np.full(len(spell), -1)
        columns.append((kind, spell[:, 0], nowhere, spell[:, 1], spell[:, 2]))
    return tuple(np.concatenate(parts) for parts in zip(*columns, strict=True))  # type: ignore[return-value]
