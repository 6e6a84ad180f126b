"""Markets: what the web, or one store's visitors, want in one week; how much of the plan each day, and which SKUs.

The plan's popularity is bent by the week's moods (a gamma factor for each SKU, so that counts are negative binomial)
and by promotions. In plain weeks nothing is bent and nothing drawn.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from orchestrion.demand.drawing import among, cdf
from orchestrion.domain.world import Floats, Ints

Generators = Callable[[int], np.random.Generator]


def gammas(rng: np.random.Generator, k: float, size: int) -> Floats:
    """Factors of mean 1 and variance 1 / k."""
    return np.asarray(rng.gamma(k, 1.0 / k, size))


class Appetite:
    """One market in one week."""

    __slots__ = ("_cdf", "_cdf_of", "_level", "_level_of")

    def __init__(self, cumulative: Floats, level: float = 1.0) -> None:
        self._cdf, self._level = cumulative, level
        self._cdf_of: dict[int, Floats] = {}
        self._level_of: dict[int, float] = {}

    def special(self, day: int, weights: Floats, planned: float) -> None:
        """A day unlike the others."""
        self._cdf_of[day] = cdf(weights)
        self._level_of[day] = float(weights.sum()) / planned

    def level(self, day: int) -> float:
        """Demand of a day, as a multiple of the plan's."""
        return self._level_of.get(day, self._level)

    def skus(self, day: Ints, u: Floats) -> Ints:
        """The SKU of each line, by the day on which it is asked for and a uniform number."""
        sku = among(self._cdf, u)
        for special, cumulative in self._cdf_of.items():
            here = day == special
            sku[here] = among(cumulative, u[here])
        return sku


class Market:
    """Somewhere SKUs are asked for.

    Parameters
    ----------
    plan
        Popularity that the plan expects, shape (S,); not copied, since there is one for each store.
    surprises
        True popularity as a multiple of it, shape (S,).
    k
        Size of the weekly factor of each SKU; 0 for none.
    moods
        The generator that these factors are drawn from, week by week: a stream of their own.
    promoted
        Multipliers (S,) of the days that have a promotion.
    """

    def __init__(
        self, plan: Floats, surprises: Floats, k: float, moods: Generators, promoted: dict[int, Floats]
    ) -> None:
        self._plan, self._surprises, self._k, self._moods, self._promoted = plan, surprises, k, moods, promoted
        weights = plan * surprises
        self._planned = float(weights.sum())
        self._cdf = None if k else cdf(weights)  # with moods, every week has its own

    @property
    def empty(self) -> bool:
        """Whether nothing is ever asked for."""
        return self._planned <= 0

    def week(self, week: int) -> Appetite:
        """What is wanted in a week."""
        days = [day for day in range(7 * week, 7 * week + 7) if day in self._promoted]
        weights = self._plan * self._surprises
        if self._cdf is not None:
            appetite = Appetite(self._cdf)
        else:
            weights *= gammas(self._moods(week), self._k, len(weights))
            appetite = Appetite(cdf(weights), float(weights.sum()) / self._planned)
        for day in days:
            appetite.special(day, weights * self._promoted[day], self._planned)
        return appetite
