"""Drawing from discrete laws: cumulative weights and the numbers that fall into them."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.world import Floats, Ints


def cdf(weights: Floats) -> Floats:
    """Cumulative probabilities in proportion to the weights; empty when there is nothing to draw."""
    total = weights.sum()
    if total <= 0:
        return np.zeros(0)
    cumulative = np.cumsum(weights) / total
    cumulative[np.flatnonzero(weights)[-1] :] = 1.0  # rounding may not leave a gap at the top
    return np.asarray(cumulative)


def among(cumulative: Floats, u: Floats) -> Ints:
    """The entry that each uniform number falls into."""
    return np.searchsorted(cumulative, u, side="right").astype(np.int64)


def pick(cumulative: Floats, rng: np.random.Generator, size: int) -> Ints:
    """So many independent entries."""
    return among(cumulative, rng.random(size))


def among_rows(cumulative: Floats, rows: Ints, u: Floats) -> Ints:
    """The entry of the row named that each uniform number falls into; rows of equal length, each up to one."""
    width = cumulative.shape[1]
    flat = (cumulative + np.arange(len(cumulative))[:, None]).reshape(-1)
    return np.asarray(among(flat, rows + u) - rows * width)
