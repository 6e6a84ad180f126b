"""How many units to keep back for customers who pay more and come later."""

from __future__ import annotations

import math


def poisson_at_least(mean: float, most: int) -> list[float]:
    """P(at least x come), x = 0 ... most, when their number is Poisson."""
    below, tails = 0.0, []
    for x in range(most + 1):
        tails.append(1.0 - below)
        below += math.exp(x * math.log(mean) - mean - math.lgamma(x + 1)) if mean > 0.0 else float(x == 0)
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
