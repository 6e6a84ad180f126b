"""How much more than by pure chance demand varies: negative binomial counts in place of Poisson ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispersion:
    """Sizes k of the gamma factors, of mean 1 and variance 1/k, that rates are multiplied by; 0 for none.

    A Poisson count of mean m under such a factor is negative binomial of size k: variance m + m^2 / k.
    """

    store_k: float = 0.0  # a factor for each SKU, store and week
    online_k: float = 0.0  # for each SKU and week, online
    online_day_k: float = 0.0  # for each day, all online orders together
