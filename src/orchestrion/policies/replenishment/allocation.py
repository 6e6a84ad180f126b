"""Who gets how much when a warehouse has too little for all that ask."""

from __future__ import annotations

import numpy as np

from orchestrion.policies.replenishment import Units


def by_turn(wanted: Units, free: Units) -> Units:
    """First come, first filled, in the order of the columns; the caller lets it turn from night to night.

    >>> by_turn(np.array([[4, 3, 2]]), np.array([6])).tolist()
    [[4, 2, 0]]
    """
    before = np.cumsum(wanted, axis=1) - wanted
    granted: Units = np.clip(free[:, None] - before, 0, wanted)
    return granted


def in_proportion(wanted: Units, free: Units) -> Units:
    """Each asker gets the same share of what they want, in whole units by largest remainder, ties to the first.

    >>> in_proportion(np.array([[4, 3, 2], [1, 1, 0]]), np.array([6, 9])).tolist()
    [[3, 2, 1], [1, 1, 0]]
    """
    total = wanted.sum(axis=1)
    short = total > free
    if not short.any():
        return wanted
    granted: Units = np.array(wanted, np.int64)
    exact = wanted[short] * (free[short] / total[short])[:, None]
    whole = np.floor(exact + 1e-9).astype(np.int64)
    missing = free[short] - whole.sum(axis=1)
    rank = np.argsort(np.argsort(-(exact - whole), axis=1, kind="stable"), axis=1, kind="stable")
    granted[short] = whole + (rank < missing[:, None])
    return granted
