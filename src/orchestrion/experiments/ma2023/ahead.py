"""Rules that see the stock: myopic, and those that look ahead by programmes solved again and again for what is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from orchestrion.experiments.ma2023.protocol import Decider, Knowledge, Left, Reviewer
from orchestrion.policies.bounds import Mix, PlanProgramme
from orchestrion.policies.lookahead import Choice
from orchestrion.policies.season import Floats, Plan, Season

Prices = Callable[[int, Left, Floats], Floats]
"""Bid prices of units, when so many periods are over, so much is left and so many orders of each kind wait."""


@dataclass(frozen=True, slots=True)
class CheapestOrder:
    """The cheapest way to serve the whole order from what is left: order-level myopic, exact."""

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        return _Priced(known.season, None)


@dataclass(frozen=True, slots=True)
class BidPrice:
    """The cheapest way at immediate cost plus the bid prices of the units, exact for each order.

    Parameters
    ----------
    solves
        How often the programme is solved, for what is left then and what is expected.
    whole_orders
        Take the prices from the programme of whole-order plans, in place of the flow of units.
    """

    solves: int = 1
    whole_orders: bool = False

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        season = known.season
        first = known.mix.price if self.whole_orders else known.fluid.price
        programme = known.plans if self.whole_orders else known.flow
        programme.restart()

        def prices(over: int, left: Left, waiting: Floats) -> Floats:
            return programme.solve((season.periods - over) * season.arrival + waiting, left[:-1]).price

        return _Priced(season, first, parts(season.periods, self.solves), prices)


@dataclass(frozen=True, slots=True)
class FollowPlans:
    """The mix of whole-order plans, followed order by order without luck; at bid prices where its plans have run out.

    Where the programme serves a kind of order in two ways, bid prices hold them equal, and would take one of them until
    it is used up. Here each order takes the plan that is furthest behind its share.

    Parameters
    ----------
    solves
        How often the programme is solved, for what is left then and what is expected.
    late
        Solve more often towards the end, when the same luck is a larger part of what is left.
    """

    solves: int = 10
    late: bool = False

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        first = known.mix
        known.plans.restart()
        return _Followed(known, first, parts(known.season.periods, self.solves, late=self.late))


@dataclass(frozen=True, slots=True)
class SampledPrice:
    """Bid prices that know of luck: the mean over sampled futures of what a unit more would save in each.

    With expected demand a cell that is a unit short has a price and one with a unit too many has none. Over many
    futures its price is the penalty times the chance to be short, as a newsvendor would put it. Talluri and van Ryzin
    (1999), *A randomized linear programming method for computing network bid prices*.

    Parameters
    ----------
    solves
        How often prices are found again; more often towards the end.
    samples
        Futures that are sampled each time, from the probabilities that every rule knows.
    """

    solves: int = 20
    samples: int = 20

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        season = known.season
        due = [0, *parts(season.periods, self.solves, late=True)]
        return _Priced(season, None, due, self.prices(known, luck))

    def prices(self, known: Knowledge, luck: np.random.Generator) -> Prices:
        """Bid prices from futures drawn with this luck."""
        season = known.season
        known.mix  # noqa: B018  (solved now, so that `restart` goes back to it)
        known.plans.restart()
        nobody = max(0.0, 1.0 - float(season.arrival.sum()))
        chances = np.append(season.arrival, nobody)
        chances = chances / chances.sum()

        def prices(over: int, left: Left, waiting: Floats) -> Floats:
            total = np.zeros(season.stock.shape)
            for _ in range(self.samples):
                future = luck.multinomial(season.periods - over, chances)[:-1]
                total += known.plans.solve(future + waiting, left[:-1]).price
            return total / self.samples

        return prices


@dataclass(frozen=True, slots=True)
class Batched:
    """Orders wait for a review, which plans all of them together: the cheapest mix, units kept at their bid prices.

    Parameters
    ----------
    every
        Periods between reviews.
    ahead
        Where bid prices come from; None looks at the waiting orders only.
    """

    every: int
    ahead: SampledPrice | None = None

    def start(self, known: Knowledge, luck: np.random.Generator) -> Reviewer:
        if self.ahead is None:
            return _Reviews(known.season, self.every)
        due = [0, *parts(known.season.periods, self.ahead.solves, late=True)]
        return _Reviews(known.season, self.every, due, self.ahead.prices(known, luck))


def parts(periods: int, solves: int, *, late: bool = False) -> list[int]:
    """The periods at which a programme is solved again, the first one apart.

    Equal parts; or, `late`, such that the deviation of the demand still to come shrinks by equal steps.

    >>> parts(100, 4), parts(100, 4, late=True)
    ([25, 50, 75], [43, 75, 93])
    """
    if late:
        return [periods - periods * (solves - part) ** 2 // solves**2 for part in range(1, solves)]
    return [periods * part // solves for part in range(1, solves)]


class _Schedule:
    """When to solve again, and that it has been done."""

    def __init__(self, due: Sequence[int]) -> None:
        self._due = list(due)

    def passed(self, period: int) -> bool:
        """Whether a moment has come since the last time it was asked."""
        if not self._due or period < self._due[0]:
            return False
        self._due = [due for due in self._due if due > period]
        return True


class _Priced:
    """Plans that stay the cheapest until one of their nodes runs out, as stock only shrinks, or prices change."""

    def __init__(
        self, season: Season, price: Floats | None, due: Sequence[int] = (), prices: Prices | None = None
    ) -> None:
        self._season, self._due, self._prices = season, _Schedule(due), prices
        self._nobody = np.zeros(season.kinds)
        self.reprice(price)

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        if self._prices is not None and self._due.passed(period):
            self.reprice(self._prices(period, left, self._nobody))
        plan = self._plans.get(kind)
        if plan is None or not _stands(plan, self._season.skus[kind], left):
            has = [[nodes[sku] > 0 for nodes in left] for sku in self._season.skus[kind]]
            plan = self._plans[kind] = self._choice.best(kind, has)[1]
        return plan

    def reprice(self, price: Floats | None) -> None:
        """From now on, these bid prices."""
        self._choice = Choice(self._season, price)
        self._plans: dict[int, Plan] = {}


class _Mixed:
    """A mix followed order by order: how far each plan is behind its share; prices for when none is possible."""

    def __init__(self, season: Season) -> None:
        self._season = season
        self._otherwise = _Priced(season, None)

    def begin(self, mix: Mix) -> None:
        """From now on, this mix."""
        self._otherwise.reprice(mix.price)
        self._plans = [[plan for plan, _ in plans] for plans in mix.plans]
        self._shares = [[share for _, share in plans] for plans in mix.plans]
        self._behind = [[0.0] * len(plans) for plans in mix.plans]

    def next(self, kind: int, left: Left) -> Plan:
        """The plan of one more order."""
        skus, plans, behind = self._season.skus[kind], self._plans[kind], self._behind[kind]
        chosen = -1
        for i, share in enumerate(self._shares[kind]):
            behind[i] += share
            if (chosen < 0 or behind[i] > behind[chosen]) and _stands(plans[i], skus, left):
                chosen = i
        if chosen < 0:
            return self._otherwise.decide(0, kind, left)
        behind[chosen] -= 1.0
        return plans[chosen]


class _Followed:
    """A mix, found again when it is due."""

    def __init__(self, known: Knowledge, first: Mix, due: Sequence[int]) -> None:
        self._known, self._due = known, _Schedule(due)
        self._mixed = _Mixed(known.season)
        self._mixed.begin(first)

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        if self._due.passed(period):
            season = self._known.season
            self._mixed.begin(self._known.plans.solve((season.periods - period) * season.arrival, left[:-1]))
        return self._mixed.next(kind, left)


class _Reviews:
    """Waiting orders planned together, so that what they take is worth more than what is kept."""

    def __init__(self, season: Season, every: int, due: Sequence[int] = (), prices: Prices | None = None) -> None:
        self.every = every
        self._season, self._due, self._prices = season, _Schedule(due), prices
        self._price = np.zeros(season.stock.shape)
        self._programme = PlanProgramme(season)
        self._mixed = _Mixed(season)

    def review(self, over: int, kinds: Sequence[int], left: Left) -> list[Plan]:
        waiting = np.bincount(kinds, minlength=self._season.kinds).astype(np.float64)
        if over >= self._season.periods:
            self._price = np.zeros(self._season.stock.shape)  # nobody comes any more
        elif self._prices is not None and self._due.passed(over):
            self._price = self._prices(over, left, waiting)
        self._mixed.begin(self._programme.solve(waiting, left[:-1], self._price))
        rest = [list(row) for row in left]
        plans = []
        for kind in kinds:
            plan = self._mixed.next(kind, rest)
            for node, sku in zip(plan, self._season.skus[kind], strict=True):
                rest[node][sku] -= 1
            plans.append(plan)
        return plans


def _stands(plan: Plan, skus: Sequence[int], left: Left) -> bool:
    """Whether every node of the plan has its unit."""
    for node, sku in zip(plan, skus, strict=True):  # noqa: SIM110  (a generator costs twice as much here)
        if left[node][sku] == 0:
            return False
    return True
