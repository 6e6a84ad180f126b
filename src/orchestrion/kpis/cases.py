"""What a KPI hands to the engine: cases to add up, to rank or to share out, and the columns they may be grouped by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrion.units import DAY

Array = NDArray[Any]
Maker = Callable[[], Array]

_EXACT = 2**53  # whole numbers below it are exact in the float sums of np.bincount


def _always(column: Array) -> Maker:
    return lambda: column


class Keys:
    """The columns a table's rows may be grouped by, each made when first asked for; -1 belongs to no group.

    >>> keys = Keys(day=lambda: np.array([0, 0, 1]))
    >>> keys["day"], keys.also(leg=lambda: np.array([2, -1, 2])).names(), "leg" in keys
    (array([0, 0, 1]), ['day', 'leg'], False)
    """

    __slots__ = ("_made", "_makers", "_shifted")

    def __init__(self, **makers: Maker) -> None:
        self._makers = makers
        self._made: dict[str, Array] = {}
        self._shifted: dict[str, NDArray[np.intp]] = {}

    @classmethod
    def of(cls, columns: Mapping[str, Array]) -> Keys:
        """Keys from columns that exist already."""
        return cls(**{name: _always(column) for name, column in columns.items()})

    def __contains__(self, name: str) -> bool:
        return name in self._makers

    def __getitem__(self, name: str) -> Array:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def names(self) -> list[str]:
        """The groupings on offer."""
        return list(self._makers)

    def also(self, **makers: Maker) -> Keys:
        """These columns and more (or others of the same name), made at most once each."""
        kept: dict[str, Maker] = {name: partial(self.__getitem__, name) for name in self._makers}
        return Keys(**(kept | makers))

    def only(self, *names: str) -> Keys:
        """Some of these columns."""
        return Keys(**{name: partial(self.__getitem__, name) for name in names if name in self})

    def bins(self, name: str, rows: NDArray[np.intp] | None) -> NDArray[np.intp]:
        """The column one higher, so that bin 0 collects what belongs to no group."""
        if name not in self._shifted:
            self._shifted[name] = self[name].astype(np.intp) + 1
        shifted = self._shifted[name]
        return shifted if rows is None else shifted[rows]


def group_sums(values: Array, bins: NDArray[np.intp]) -> Array:
    """Sums by bin, without bin 0 (no group); exact for whole numbers whatever their size.

    >>> group_sums(np.array([2**60, 1, 5]), np.array([1, 1, 0]))
    array([1152921504606846977])
    """
    if values.dtype.kind == "f":
        return np.bincount(bins, weights=values, minlength=1)[1:]
    values = values.astype(np.int64, copy=False)
    if not values.size or int(np.abs(values).sum()) < _EXACT:
        return np.bincount(bins, weights=values, minlength=1)[1:].astype(np.int64)
    # micro-euros of very large worlds: the halves of each number are summed apart
    high = np.bincount(bins, weights=values >> 26, minlength=1)[1:].astype(np.int64)
    low = np.bincount(bins, weights=values & (2**26 - 1), minlength=1)[1:].astype(np.int64)
    return (high << 26) + low


class Additive(Protocol):
    """Something with a total and with sums by group, which `per` turns into the KPI's unit."""

    @property
    def per(self) -> int:
        """How many of the facts' whole numbers make one of the KPI's unit, as in 1,000,000 micro-euros a euro."""

    def total(self) -> int | float:
        """The sum over all cases."""

    def by(self, key: str) -> Array | None:
        """Sums by group id (the index); None where the cases cannot be grouped by this key."""


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Numbers to add up, one per case.

    Parameters
    ----------
    values
        One number per case, shape (cases,); whole numbers as in the facts.
    keys
        What the cases may be grouped by.
    rows
        The row of `keys` that each case belongs to, shape (cases,); None when case and row are the same.
    per
        Divides the sums: how many of the values' unit make one of the KPI's.

    >>> cases = Cases(np.array([3, 4]), Keys.of({"day": np.array([1, 1])}))
    >>> cases.total(), cases.by("day"), cases.by("node")
    (7, array([0, 7]), None)
    """

    values: Array
    keys: Keys
    rows: NDArray[np.intp] | None = None
    per: int = 1
    _sums: dict[str, Array] = field(default_factory=dict, repr=False)

    def total(self) -> int | float:
        if self.values.dtype.kind == "f":
            return float(self.values.sum())
        return int(self.values.sum(dtype=np.int64))

    def by(self, key: str) -> Array | None:
        if key not in self.keys:
            return None
        if key not in self._sums:
            self._sums[key] = group_sums(self.values, self.keys.bins(key, self.rows))
        return self._sums[key]

    def only(self, *names: str) -> Cases:
        """The same cases with fewer groupings on offer."""
        return Cases(self.values, self.keys.only(*names), self.rows, self.per)


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """Several sums as one, all in the same unit; groups are those that every part can be grouped by.

    >>> keys = Keys.of({"day": np.array([1])})
    >>> Sum((Cases(np.array([3]), keys), Cases(np.array([-1]), keys))).by("day")
    array([0, 2])
    """

    parts: tuple[Cases, ...]

    @property
    def per(self) -> int:
        units = {part.per for part in self.parts}
        if len(units) != 1:
            raise ValueError(f"parts of a sum in several units: {sorted(units)}")
        return units.pop()

    def total(self) -> int | float:
        return sum(part.total() for part in self.parts)

    def less(self, *off: Cases | Sum) -> Sum:
        """This sum without others."""
        parts = [part for one in off for part in (one.parts if isinstance(one, Sum) else (one,))]
        return Sum((*self.parts, *(Cases(-part.values, part.keys, part.rows, part.per) for part in parts)))

    def only(self, *names: str) -> Sum:
        """The same sum with fewer groupings on offer."""
        return Sum(tuple(part.only(*names) for part in self.parts))

    def by(self, key: str) -> Array | None:
        columns = [part.by(key) for part in self.parts]
        size = max((column.size for column in columns if column is not None), default=0)
        whole = np.zeros(size, np.int64)
        for column in columns:
            if column is None:
                return None
            whole[: column.size] += column
        return whole


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """A level that changes now and then, looked at every midnight of the measured days and added up.

    Parameters
    ----------
    t, change
        When it changes and by how much, shape (changes,); all changes from the start on.
    first, last
        The measured days, `last` excluded.
    """

    t: NDArray[np.int64]
    change: NDArray[np.int64]
    keys: Keys
    first: int
    last: int
    per: int = 1

    def _looks(self) -> NDArray[np.int64]:
        """How many midnights still see each change."""
        seen_from = np.clip(self.t // DAY, self.first, None)
        return np.maximum(self.last - seen_from, 0)

    def total(self) -> int:
        return int((self.change * self._looks()).sum())

    def by(self, key: str) -> Array | None:
        if key == "day":
            days = np.bincount(np.clip(self.t // DAY, 0, self.last), minlength=self.last + 1)[: self.last]
            order = np.argsort(self.t // DAY, kind="stable")
            levels = np.concatenate([[0], np.cumsum(self.change[order])])[np.cumsum(days)]
            levels[: self.first] = 0
            return levels
        return group_sums(self.change * self._looks(), self.keys.bins(key, None)) if key in self.keys else None


@dataclass(frozen=True, slots=True, eq=False)
class Midnights:
    """The midnights that `Levels` looks at: what their sum is divided by, for a mean level."""

    first: int
    last: int
    per: int = 1

    def total(self) -> int:
        return max(self.last - self.first, 0)

    def by(self, key: str) -> Array | None:
        if key != "day":
            return None
        return (np.arange(max(self.last, 0)) >= self.first).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """A running sum, looked at each midnight: where it ends; by day: where it is then.

    Parameters
    ----------
    day, change
        On which day it moves and by how much, shape (moves,).
    depth
        Ask instead how far below zero it ever falls; by day: how far below it is then.
    """

    day: NDArray[np.int64]
    change: NDArray[np.int64]
    per: int = 1
    depth: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Durations:
    """Seconds between two moments, each weighted; by day they are cut at midnight.

    Parameters
    ----------
    from_t, to_t
        Begin and end (excluded) of each spell, shape (spells,) [s]; already clipped to the measured time.
    weight
        How often each spell counts, shape (spells,).
    """

    from_t: NDArray[np.int64]
    to_t: NDArray[np.int64]
    weight: NDArray[np.int64]
    keys: Keys
    per: int = 1

    @classmethod
    def clipped(cls, from_t: Array, to_t: Array, keys: Keys, window: tuple[int, int]) -> Durations:
        """Spells cut to the window, each counting once; an end of -1 means that the spell is still open."""
        begin = np.clip(from_t.astype(np.int64), *window)
        end = np.clip(np.where(to_t < 0, window[1], to_t).astype(np.int64), *window)
        return cls(begin, np.maximum(begin, end), np.ones(begin.size, np.int64), keys)

    def and_also(self, other: Durations) -> Durations:
        """These spells and others, which may then be grouped by day alone."""
        begin, end, weight = (
            np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("from_t", "to_t", "weight")
        )
        return Durations(begin, end, weight, Keys(), self.per)

    def _seconds(self) -> NDArray[np.int64]:
        return (self.to_t - self.from_t) * self.weight

    def total(self) -> int:
        return int(self._seconds().sum())

    def by(self, key: str) -> Array | None:
        if key == "day":
            return self._by_day()
        return group_sums(self._seconds(), self.keys.bins(key, None)) if key in self.keys else None

    def _by_day(self) -> NDArray[np.int64]:
        days = int(max(self.from_t.max(initial=0), self.to_t.max(initial=0))) // DAY + 1
        return self._seconds_before(self.to_t, days) - self._seconds_before(self.from_t, days)

    def _seconds_before(self, moments: NDArray[np.int64], days: int) -> NDArray[np.int64]:
        """Per day, the weighted seconds that lie before each moment: whole days below its own, then what is left."""
        day = moments // DAY + 1
        below = np.zeros(days, np.int64)
        left = np.zeros(days, np.int64)
        counts, rests = group_sums(self.weight, day), group_sums(moments % DAY * self.weight, day)
        below[: counts.size], left[: rests.size] = counts, rests
        return DAY * (int(self.weight.sum()) - np.cumsum(below)) + left


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """One sum over another.

    The numerator may be several sums with signs in their values (a contribution). Without a denominator it is a plain
    total. Where the numerator can be grouped by a key and the denominator cannot, groups are parts of the whole: each
    is divided by the full denominator, and they add up to it (cost to serve by component, lost sales by reason).
    """

    numerator: Additive | tuple[Additive, ...]
    denominator: Additive | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Quantile:
    """The value below which the share `q` of the cases lies.

    Linear between neighbours: definition 7 of Hyndman and Fan (1996), NumPy's and DuckDB's own.
    """

    values: Array
    keys: Keys
    q: float
    rows: NDArray[np.intp] | None = None
    per: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Inequality:
    """The Gini coefficient of sums per member: 0 when all members have the same, towards 1 when one has all.

    Parameters
    ----------
    values
        Whole numbers, not negative, shape (cases,).
    member
        Who each case belongs to, index into the members, shape (cases,).
    members
        How many there are, those without any case included.
    """

    values: Array
    member: NDArray[np.intp]
    members: int
    keys: Keys


Figure = Ratio | Quantile | Inequality | Running


def mean(values: Array, keys: Keys, rows: NDArray[np.intp] | None = None, per: int = 1) -> Ratio:
    """The mean of one number per case."""
    return Ratio(Cases(values, keys, rows, per), Cases(np.ones(values.size, np.int64), keys, rows))
