"""Figures added up over the parts of a replication: sums by group, values to rank, shares to compare, running sums."""

from __future__ import annotations

import io
import tempfile
import weakref
from collections.abc import Iterator
from typing import IO, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrion.kpis.cases import Additive, Array, Figure, Inequality, Quantile, Ratio, Running, group_sums
from orchestrion.kpis.order_statistics import by_rank

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Block = tuple[NDArray[np.int32], Floats, Floats, Floats]  # group, value, numerator, denominator
_IN_MEMORY = 1 << 18  # bytes of values to be ranked that are held by KPI and grouping; more of them wait in a file


class Tally(Protocol):
    """What is known of one KPI after some parts."""

    def add(self, figure: Any) -> None:
        """One part more."""

    def block(self, grouping: str, days: Ints) -> Block | None:
        """The rows of one grouping: group, value, numerator, denominator; None where it makes no sense."""


def tally_of(figure: Figure, groupings: tuple[str, ...]) -> Tally:
    """An empty tally for figures of this kind."""
    if isinstance(figure, Ratio):
        return _Ratios(groupings)
    if isinstance(figure, Quantile):
        return _Quantiles(groupings)
    return _Runnings() if isinstance(figure, Running) else _Inequalities(groupings)


class _Sums:
    """One additive number: its total, and its sums by group."""

    def __init__(self, groupings: tuple[str, ...]) -> None:
        self.per = 1
        self.total: int | float = 0
        self.sums: dict[str, Array | None] = {}
        self._groupings = [name for name in groupings if name != "all"]

    def add(self, part: Additive) -> None:
        self.per = part.per
        self.total += part.total()
        for name in self._groupings:
            more = part.by(name)
            known = self.sums.get(name)
            if known is None or more is None:
                self.sums[name] = more
            else:
                wide = known if known.size >= more.size else more
                whole = wide.astype(np.result_type(known, more))  # a copy: figures share their sums
                whole[: min(known.size, more.size)] += (more if wide is known else known)[: whole.size]
                self.sums[name] = whole


class _Ratios:
    def __init__(self, groupings: tuple[str, ...]) -> None:
        self._groupings = groupings
        self._above: list[_Sums] = []
        self._below: _Sums | None = None

    def add(self, figure: Ratio) -> None:
        parts = figure.numerator if isinstance(figure.numerator, tuple) else (figure.numerator,)
        self._above = self._above or [_Sums(self._groupings) for _ in parts]
        for known, part in zip(self._above, parts, strict=True):
            known.add(part)
        if figure.denominator is not None:
            self._below = self._below or _Sums(self._groupings)
            self._below.add(figure.denominator)

    def block(self, grouping: str, days: Ints) -> Block | None:
        below = self._below
        if grouping == "all":
            above = np.array([sum(part.total / part.per for part in self._above)])
            under = np.ones(1) if below is None else np.array([below.total / below.per])
            return _WHOLE, _divided(above, under), above, under
        sums: list[Array] = []
        for part in self._above:
            column = part.sums[grouping]
            if column is None:
                return None
            sums.append(column / part.per)
        own = None if below is None else below.sums[grouping]
        size = max(*(column.size for column in sums), 0 if own is None else own.size, _size(days, grouping))
        columns = np.stack([_padded(column, size) for column in sums])
        above, present = columns.sum(axis=0), (columns != 0).any(axis=0)
        if below is None:
            under = np.ones(size)
        elif own is None:
            under = np.full(size, below.total / below.per)
        else:
            under = _padded(own / below.per, size)
            present |= under != 0
        group = days if grouping == "day" else np.flatnonzero(present)
        return group.astype(np.int32), _divided(above, under)[group], above[group], under[group]


class _Values:
    """Numbers kept in the parts that they came in, in a file when they are many."""

    def __init__(self) -> None:
        self._blocks: list[Array] = []
        self._held = 0
        self._file: IO[bytes] | None = None
        self._filed: list[tuple[np.dtype[Any], int]] = []  # type and length of the parts in the file

    def add(self, values: Array) -> None:
        self._blocks.append(np.ascontiguousarray(values))
        self._held += values.nbytes
        if self._held > _IN_MEMORY:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115  # as long as these values are known
                weakref.finalize(self, self._file.close)
            self._file.seek(0, io.SEEK_END)
            for block in self._blocks:
                self._file.write(block.data)
                self._filed.append((block.dtype, block.size))
            self._blocks, self._held = [], 0

    def parts(self) -> Iterator[Array]:
        """What was added, part by part."""
        place = 0
        for dtype, size in self._filed:
            assert self._file is not None
            self._file.seek(place)
            block = np.frombuffer(self._file.read(size * dtype.itemsize), dtype)
            place += block.nbytes
            yield block
        yield from self._blocks


class _Quantiles:
    def __init__(self, groupings: tuple[str, ...]) -> None:
        self._groupings = [name for name in groupings if name != "all"]
        self._values = _Values()
        self._bins: dict[str, _Values] = {}
        self._counts: dict[str, Array] = {}
        self._q, self._per = 0.0, 1

    def add(self, figure: Quantile) -> None:
        self._q, self._per = figure.q, figure.per
        self._values.add(figure.values)
        self._count("all", np.ones(figure.values.size, np.int32))
        for name in self._groupings:
            if name in figure.keys:
                bins = figure.keys.bins(name, figure.rows)
                self._bins.setdefault(name, _Values()).add(bins.astype(np.int32))
                self._count(name, bins)

    def _count(self, name: str, bins: Array) -> None:
        self._counts[name] = _together(self._counts.get(name), np.bincount(bins))

    def _parts(self, grouping: str) -> Iterator[tuple[Array, Array]]:
        """Values with the bin of each."""
        if grouping == "all":
            return ((values, np.ones(values.size, np.int32)) for values in self._values.parts())
        return zip(self._values.parts(), self._bins[grouping].parts(), strict=True)

    def block(self, grouping: str, days: Ints) -> Block | None:
        if grouping not in self._counts:
            return None
        known = self._counts[grouping]
        size = max(known.size - 1, 1 if grouping == "all" else _size(days, grouping))
        counts = np.zeros(size + 1, np.int64)
        counts[: known.size] = known
        present = np.flatnonzero(counts[1:])
        count = counts[1:][present]
        place = (count - 1) * self._q
        low = place.astype(np.int64)
        high = np.minimum(low + 1, count - 1)
        wanted = np.stack([low, high], axis=1).reshape(-1)
        found = by_rank(lambda: self._parts(grouping), counts, np.repeat(present + 1, 2), wanted)
        below, above = found.reshape(-1, 2).T
        value = np.full(size, np.nan)
        value[present] = (below + (above - below) * (place - low)) / self._per
        group = np.arange(1) if grouping == "all" else days if grouping == "day" else present
        named = _WHOLE if grouping == "all" else group.astype(np.int32)
        return named, value[group], np.full(group.size, np.nan), counts[1:][group].astype(np.float64)


class _Inequalities:
    def __init__(self, groupings: tuple[str, ...]) -> None:
        self._groupings = groupings
        self._sums: dict[str, Array] = {}
        self._members = 0

    def add(self, figure: Inequality) -> None:
        n = self._members = figure.members
        for name in self._groupings:
            if name == "all":
                bins = np.ones(figure.values.size, np.intp)
            elif name in figure.keys:
                bins = figure.keys.bins(name, None)
            else:
                continue
            more = group_sums(figure.values, np.where(bins > 0, (bins - 1) * n + figure.member + 1, 0))
            self._sums[name] = _together(self._sums.get(name), more)

    def block(self, grouping: str, days: Ints) -> Block | None:
        if grouping not in self._sums:
            return None
        n, sums = self._members, self._sums[grouping]
        size = max(-(-sums.size // n) if n else 0, 1 if grouping == "all" else _size(days, grouping))
        cells = np.zeros(size * n, np.int64)
        cells[: sums.size] = sums
        ranked = np.sort(cells.reshape(size, n), axis=1)
        # the mean difference of all pairs over twice the mean, from the ranks: sum of (2 i - n - 1) x_(i) over n sum x
        above = (ranked * (2 * np.arange(1, n + 1) - n - 1)).sum(axis=1).astype(np.float64)
        under = (ranked.sum(axis=1) * n).astype(np.float64)
        if grouping == "all":
            return _WHOLE, _divided(above, under), above, under
        group = days if grouping == "day" else np.flatnonzero(under)
        return group.astype(np.int32), _divided(above, under)[group], above[group], under[group]


class _Runnings:
    def __init__(self) -> None:
        self._moves = np.zeros(0, np.int64)
        self._depth, self._per = False, 1

    def add(self, figure: Running) -> None:
        self._depth, self._per = figure.depth, figure.per
        self._moves = _together(self._moves, group_sums(figure.change, figure.day + 1))

    def block(self, grouping: str, days: Ints) -> Block | None:
        if grouping not in ("all", "day"):
            return None
        balance = np.zeros(max(self._moves.size, _size(days, "day")), np.int64)
        balance[: self._moves.size] = self._moves
        level = np.cumsum(balance)
        if self._depth:
            level = np.maximum(-level, 0)
        if grouping == "all":
            last = level.max(initial=0) if self._depth else balance.sum()
            value = np.array([last / self._per])
            return _WHOLE, value, value, np.ones(1)
        by_day = level[days] / self._per
        return days.astype(np.int32), by_day, by_day, np.ones(days.size)


_WHOLE = np.array([-1], np.int32)


def _together(known: Array | None, more: Array) -> Array:
    if known is None:
        return more
    both = np.zeros(max(known.size, more.size), np.int64)
    both[: known.size] += known
    both[: more.size] += more
    return both


def _size(days: Ints, grouping: str) -> int:
    """Room for every measured day, whether or not anything happened on it."""
    return int(days.max(initial=-1)) + 1 if grouping == "day" else 0


def _padded(column: Array, size: int) -> Floats:
    """As long as `size`: what is missing is nothing of nothing."""
    filled = np.zeros(size)
    filled[: column.size] = column
    return filled


def _divided(above: Floats, under: Floats) -> Floats:
    value = np.full(above.size, np.nan)
    np.divide(above, under, out=value, where=under != 0)
    return value
