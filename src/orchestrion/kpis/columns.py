"""Joins on plain columns: where an id stands in a table, and what stands there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Rows = NDArray[np.intp]


def positions(ids: Array, wanted: Array) -> Rows:
    """The row at which each wanted id stands in `ids` (unique); -1 where it does not.

    >>> positions(np.array([4, 9]), np.array([9, -1, 4, 5]))
    array([ 1, -1,  0, -1])
    """
    if not ids.size:
        return np.full(wanted.shape, -1, np.intp)
    top = int(ids.max())
    if top <= 8 * ids.size + 1_000_000:
        table = np.full(top + 2, -1, np.intp)  # the last entry answers for ids out of range
        table[ids] = np.arange(ids.size)
        return table[np.where((wanted < 0) | (wanted > top), top + 1, wanted)]
    order = np.argsort(ids, kind="stable")
    ranked = ids[order]
    found = np.minimum(np.searchsorted(ranked, wanted), ids.size - 1)
    return np.where(ranked[found] == wanted, order[found], -1)


def taken(column: Array, rows: Rows) -> Array:
    """The column's values at the rows; -1 where a row is -1.

    >>> taken(np.array([7, 8]), np.array([1, -1]))
    array([ 8, -1])
    """
    if not column.size:
        return np.full(rows.shape, -1, column.dtype)
    return np.where(rows >= 0, column[rows], np.asarray(-1, column.dtype))


def flagged(flags: NDArray[np.bool_], rows: Array) -> NDArray[np.bool_]:
    """The flags at the rows; False where a row is -1 or beyond.

    >>> flagged(np.array([True, False]), np.array([0, 1, -1, 7]))
    array([ True, False, False, False])
    """
    known = (rows >= 0) & (rows < flags.size)
    known[known] = flags[rows[known]]
    return known


def summed(values: Array, rows: Rows, size: int) -> NDArray[np.int64]:
    """Whole numbers added up at their rows, shape (size,); rows of -1 are left out."""
    kept = rows >= 0
    return np.bincount(rows[kept], weights=values[kept], minlength=size).astype(np.int64)


def first_at(values: Array, rows: Rows, rank: Array, size: int) -> Array:
    """Per row, the value of lowest rank; -1 where there is none, shape (size,)."""
    found = np.full(size, -1, np.int64)
    backwards = np.argsort(-rank.astype(np.int64), kind="stable")
    backwards = backwards[rows[backwards] >= 0]
    found[rows[backwards]] = values[backwards]  # of several values for one place NumPy keeps the last
    return found


def highest_at(values: Array, rows: Rows, size: int) -> NDArray[np.int64]:
    """Per row, the highest value; -1 where there is none, shape (size,)."""
    found = np.full(size, -1, np.int64)
    kept = rows >= 0
    np.maximum.at(found, rows[kept], values[kept].astype(np.int64))
    return found
