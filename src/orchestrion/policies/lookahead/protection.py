"""How many units to keep back for customers who pay more and come later."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

_MANY = 500.0


def poisson_at_least(mean: float, most: int) -> list[float]:
    """P(at least x come), x = 0 ... most, when their number is Poisson."""
    below, tails = 0.0, []
    for x in range(most + 1):
        tails.append(1.0 - below)
        below += math.exp(x * math.log(mean) - mean - math.lgamma(x + 1)) if mean > 0.0 else float(x == 0)
    return tails


def poisson_tails(mean: ArrayLike, least: ArrayLike) -> NDArray[np.float64]:
    """P(at least so many come) when their number is Poisson, for arrays that broadcast.

    Parameters
    ----------
    mean
        Expected numbers.
    least
        Whole numbers, 0 or more.

    >>> poisson_tails([0.5, 20.0, 3.0], [1, 20, 0]).round(6).tolist()
    [0.393469, 0.529743, 1.0]
    """
    means, numbers = np.broadcast_arrays(np.asarray(mean, np.float64), np.asarray(least, np.float64))
    tails = np.ones(means.shape)
    far = numbers > means + 7.0 * np.sqrt(means) + 7.0  # so far above the mean that it never happens (below 1e-8)
    tails[far] = 0.0
    many = (means > _MANY) & (numbers > 0.0) & ~far
    if many.any():  # as good as normal, and beyond what the sum can do
        steps = (numbers[many] - 0.5 - means[many]) / np.sqrt(2.0 * means[many])
        tails[many] = [0.5 * math.erfc(step) for step in steps.tolist()]
    few = (means <= _MANY) & (numbers > 0.0) & ~far
    m, n = means[few], numbers[few]
    term, below = np.exp(-m), np.zeros(len(m))
    for x in range(int(n.max(initial=0.0))):
        below += np.where(x < n, term, 0.0)
        term = term * m / (x + 1)
    tails[few] = np.clip(1.0 - below, 0.0, 1.0)
    return tails


def littlewood(high: float, low: float, mean: float) -> int:
    """Units to protect from those who pay `low`, for a Poisson number of later customers who pay `high`.

    The x-th protected unit earns `high` only if at least x of them come; it is worth keeping while that is more than
    `low`. Littlewood (1972), *Forecasting and control of passenger bookings*.

    Parameters
    ----------
    high, low
        Value of a unit to either [money].
    mean
        Expected number of customers who pay `high`.

    >>> littlewood(100, 60, 20)
    19
    """
    if not 0.0 <= low <= high or not (math.isfinite(high) and math.isfinite(mean) and mean >= 0.0):
        raise ValueError("needs 0 <= low <= high and a mean of 0 or more, all finite")
    if low == high:
        return 0
    if low == 0.0:
        raise ValueError("low: 0 is worth no unit at all: everything would be protected")
    most = math.ceil(mean + 40.0 * math.sqrt(mean) + 40.0)
    kept = [x for x, tail in enumerate(poisson_at_least(mean, most)) if x > 0 and high * tail > low]
    return max(kept, default=0)
