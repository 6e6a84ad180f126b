"""Randomised rounding: from the share in which each line should go to each node, to a node for every line.

All four respect the shares of each line on its own; they differ in how often the lines of an order meet at a node,
which is what saves shipments. Sources: Jasin and Sinha, *An LP-based correlated rounding scheme for multi-item
ecommerce order fulfillment*, Operations Research 63 (2015); Ma, *Order-optimal correlated rounding for fulfilling
multi-item e-commerce orders*, M&SOM 25 (2023), whose exponential clocks are the last two.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from orchestrion.policies.season import Floats, Ints

Rounding = Callable[[Floats, int, np.random.Generator], Ints]
"""(shares of shape (lines, nodes), draws, luck) -> nodes, shape (draws, lines)."""


def independent(shares: Floats, draws: int, luck: np.random.Generator) -> Ints:
    """Each line on its own."""
    return np.stack([_pick(row, luck.random(draws)) for row in _clean(shares)], axis=1)


def dilated(shares: Floats, draws: int, luck: np.random.Generator) -> Ints:
    """Nodes open at exponential moments; each line sees a node's moment stretched by 1 / share, takes the first."""
    return dilated_at(shares, luck.standard_exponential((draws, shares.shape[1])))


def dilated_at(shares: Floats, opening: Floats) -> Ints:
    """`dilated` at given moments, shape (draws, nodes)."""
    return np.asarray(_stretched(opening[:, None, :], _clean(shares)[None]).argmin(axis=2))


def forced_opening(shares: Floats, draws: int, luck: np.random.Generator) -> Ints:
    """`dilated`, where each line's favourite node is open at time 1 at the latest, less often than not exactly then.

    The chance of "exactly then" makes up for the favourite's advantage, so that the shares are kept.
    """
    x = _clean(shares)
    opening = luck.standard_exponential((draws, x.shape[1]))
    seen = _stretched(opening[:, None, :], x[None])
    coins = luck.random((draws, len(x)))
    for i, row in enumerate(x):
        favourite = int(row.argmax())
        share = float(row[favourite])
        forced = coins[:, i] < _forced(share)
        seen[:, i, favourite] = np.where(forced, 1.0, np.minimum(opening[:, favourite], 1.0)) / share
    return np.asarray(seen.argmin(axis=2))


def _forced(share: float) -> float:
    """The chance that a favourite of this share opens exactly at time 1.

    Left alone until 1 it would win 1 - exp(-1 / share) of the orders from the other clocks, opened at 1 only
    exp(1 - 1 / share) of those still undecided: the mixture that gives back `share`.
    """
    rest = 1.0 - share
    if rest <= 0.0:
        return 0.0  # nothing to compete with
    return rest / (rest + share * math.exp(1.0 / share) - math.e)


def jasin_sinha(shares: Floats, draws: int, luck: np.random.Generator) -> Ints:
    """Layers of lines that go to one node together.

    A node's shares, seen as a heap, are cut at the height of each line's share: every layer holds the m lines that
    reach it. One layer of one node is drawn, in proportion to thickness x m / lines; its lines go there together. The
    other lines draw a node each from what the layers left of their shares.
    """
    x = _clean(shares)
    lines, nodes = x.shape
    layers: list[tuple[int, NDArray[np.bool_], float]] = []  # (node, lines in it, probability)
    left = x.copy()
    for node in range(nodes):
        order = np.argsort(-x[:, node], kind="stable")
        heights = np.append(x[order, node], 0.0)
        for m in range(1, lines + 1):
            thickness = float(heights[m - 1] - heights[m])
            if thickness > 0.0:
                members = np.zeros(lines, bool)
                members[order[:m]] = True
                layers.append((node, members, thickness * m / lines))
                left[members, node] -= thickness * m / lines
    drawn = _pick(np.array([probability for _, _, probability in layers]), luck.random(draws))
    together = np.array([members for _, members, _ in layers])[drawn]
    chosen = np.repeat(np.array([node for node, _, _ in layers])[drawn][:, None], lines, axis=1)
    for i in range(lines):
        alone = ~together[:, i]
        rest = np.maximum(left[i], 0.0)
        coins = luck.random(draws)  # as many as ever, so that one line's luck does not move the next one's
        if alone.any() and rest.sum() > 0.0:
            chosen[alone, i] = _pick(rest, coins[alone])
    return np.asarray(chosen)


def _clean(shares: Floats) -> Floats:
    """The shares, every nothing a plain zero: 1 / -0.0 would be the earliest moment of all."""
    x = np.where(np.asarray(shares, np.float64) > 1e-12, shares, 0.0)
    return np.asarray(x / x.sum(axis=1, keepdims=True))


def _stretched(opening: Floats, x: Floats) -> Floats:
    """Moments divided by shares; never where the share is nothing."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.where(x > 0.0, opening / x, np.inf))


def _pick(weights: Floats, coins: Floats) -> Ints:
    """Indices drawn in proportion to the weights, one for each number in [0, 1)."""
    edges = np.cumsum(weights)
    return np.asarray(np.searchsorted(edges[:-1], coins * edges[-1], side="right"), np.int64)
