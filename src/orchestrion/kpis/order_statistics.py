"""Order statistics of whole numbers that are too many to be held: looked up by going through them twice, not sorted.

First how many fall into each of some hundred thousand narrow ranges, then only the numbers of those ranges in which a
wanted one lies. In memory are the ranges and what is in a few of them, whatever the number of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Parts = Callable[[], Iterable[tuple[NDArray[Any], NDArray[Any]]]]

HELD = 1 << 19  # so many numbers are sorted; more are looked through
_RANGES = 1 << 17
_LARGEST = 2**62  # a bin and a number in it are one integer


def by_rank(parts: Parts, counts: Ints, bins: Ints, ranks: Ints) -> NDArray[Any]:
    """The number of a given rank in each of some bins.

    Parameters
    ----------
    parts
        Begins to tell the numbers and the bin of each, a part at a time, as often as it is called.
    counts
        Numbers in each bin, shape (all bins,).
    bins, ranks
        What is wanted: bins, ascending, and the place in each from 0 on.
    """
    if not bins.size:
        return np.zeros(0, np.int64)
    keys = None if counts.sum() <= HELD else _Keys.of(parts, counts.size)
    if keys is None:
        values, found = (np.concatenate(columns) for columns in zip(*parts(), strict=True))
        before = np.cumsum(counts) - counts
        return np.asarray(values[np.lexsort((values, found))][before[bins] + ranks])
    kept = np.zeros(counts.size, bool)  # a bin of which nothing is wanted (what belongs to no group) is passed over
    kept[bins] = True
    within = np.zeros(keys.ranges, np.int64)
    for key in keys.through(parts, kept):
        within += np.bincount(key >> keys.shift, minlength=keys.ranges)
    upto = np.cumsum(within)
    before = np.cumsum(np.where(kept, counts, 0)) - np.where(kept, counts, 0)
    wanted = before[bins] + ranks  # among all numbers, bin by bin
    ranges = np.searchsorted(upto, wanted, side="right")
    chosen = np.zeros(keys.ranges, bool)
    chosen[ranges] = True
    known, often = np.zeros(0, np.int64), np.zeros(0, np.int64)
    for key in keys.through(parts, kept):
        here = key[chosen[key >> keys.shift]]
        known, often = _counted(np.concatenate([known, here]), np.concatenate([often, np.ones(here.size, np.int64)]))
    passed = upto[ranges] - within[ranges]  # numbers below the range, and of these the ones that are here
    chosen_before = np.cumsum(np.where(chosen, within, 0)) - np.where(chosen, within, 0)
    place = wanted - passed + chosen_before[ranges]
    return keys.numbers(known[np.searchsorted(np.cumsum(often), place, side="right")], bins)


class _Keys:
    """A bin and a number in it as one integer, in the order of bins and then numbers."""

    def __init__(self, least: int, span: int, bins: int) -> None:
        self._least, self._span = least, span
        self.shift = max(0, (span * bins // _RANGES).bit_length())
        self.ranges = (span * bins >> self.shift) + 1

    @classmethod
    def of(cls, parts: Parts, bins: int) -> _Keys | None:
        """Keys for these numbers; None where they are no whole numbers, or lie too far apart."""
        least, most = [], []
        for values, _ in parts():
            if values.dtype.kind not in "iu":
                return None
            if values.size:
                least.append(int(values.min()))
                most.append(int(values.max()))
        span = max(most) - min(least) + 1
        return None if span * bins >= _LARGEST else cls(min(least), span, bins)

    def through(self, parts: Parts, kept: NDArray[np.bool_]) -> Iterable[Ints]:
        """The keys, a part at a time, of the bins that are kept."""
        for values, bins in parts():
            keys = bins.astype(np.int64) * self._span + (values.astype(np.int64) - self._least)
            yield keys if kept.all() else keys[kept[bins]]

    def numbers(self, keys: Ints, bins: Ints) -> Ints:
        """The numbers behind keys."""
        return np.asarray(keys - bins * self._span + self._least)


def _counted(keys: Ints, often: Ints) -> tuple[Ints, Ints]:
    """Each key once, with how often it was met."""
    rows = np.argsort(keys, kind="stable")
    keys, often = keys[rows], often[rows]
    first = np.flatnonzero(np.diff(keys, prepend=keys[:1] - 1))
    return keys[first], np.add.reduceat(often, first) if first.size else often
