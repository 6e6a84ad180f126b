"""How many of n units a probability befalls, from one number of luck: the quantile of the binomial law.

With the same luck, more units never suffer fewer mishaps: what differs between two policies is the stock they left
there, not their fate.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

_MANY = 100.0  # expected mishaps above which the normal law is right to a unit or so, and no sum underflows


def befallen(units: NDArray[np.int64], chance: NDArray[np.float64], luck: NDArray[np.float64]) -> NDArray[np.int64]:
    """Smallest k with P(Binomial(units, chance) <= k) > luck; arrays of one shape.

    >>> befallen(np.array([0, 1, 1, 2]), np.full(4, 0.5), np.array([0.9, 0.4, 0.6, 0.8])).tolist()
    [0, 0, 1, 2]
    """
    counts = np.zeros(len(units), np.int64)
    # (1 - p)^n is never below 1 - np: who has less luck than that is spared, and no power need be taken
    some = np.flatnonzero(luck + units * chance >= 1.0 - 1e-9)
    n, p, u = units[some], chance[some], luck[some]
    hit = (u >= (1.0 - p) ** n) & (n > 0) & (p > 0)
    some, n, p, u = some[hit], n[hit], p[hit], u[hit]
    once = (n * np.minimum(p, 1.0 - p) <= _MANY) & (p <= 0.5)
    none = (1.0 - p) ** n
    with np.errstate(divide="ignore", invalid="ignore"):  # where p is one, which is more than a half
        once &= none + none * (n * (p / (1.0 - p))) > u  # the usual mishap befalls one unit
    counts[some[once]] = 1
    more = ~once
    for i, *what in zip(some[more].tolist(), n[more].tolist(), p[more].tolist(), u[more].tolist(), strict=True):
        counts[i] = _quantile(*what)
    return counts


def _quantile(n: int, p: float, u: float) -> int:
    if n * min(p, 1.0 - p) > _MANY:
        spread = sqrt(n * p * (1.0 - p))
        return min(n, max(0, round(n * p + NormalDist().inv_cdf(max(u, 1e-300)) * spread)))
    if p > 0.5:  # count those that are spared: no power of a small number underflows then
        return n - _first(n, 1.0 - p, lambda total: total >= 1.0 - u)
    return _first(n, p, lambda total: total > u)


def _first(n: int, p: float, enough: Callable[[float], bool]) -> int:
    """The first k whose cumulated binomial probability is enough."""
    term = total = (1.0 - p) ** n
    k = 0
    while k < n and not enough(total):
        term *= (n - k) / (k + 1) * (p / (1.0 - p))
        k += 1
        total += term
    return k
