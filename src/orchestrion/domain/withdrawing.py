"""Second thoughts: customers who withdraw soon after ordering, and the window in which that is free."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondThoughts:
    """Some customers change their mind a while after ordering, whatever we do; too late once picking began."""

    share: float  # of orders
    mean_s: float  # mean time from ordering to the change of mind, exponential [s]
