"""The rules that are compared: frozen values with one protocol, so that any of them can be replaced by yours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from orchestrion.experiments.ma2023.instances import Instance
from orchestrion.policies.bounds import Flow, FlowProgramme, Mix, PlanProgramme
from orchestrion.policies.lookahead import Choice, rounding
from orchestrion.policies.season import Floats, Plan, Season

Left = Sequence[Sequence[int]]
"""Units left, by node and SKU; the last node is `lost` and never runs out. To be read only."""


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What every rule knows before the season: the instance and its fluid optima. Of what comes, only probabilities.

    The programmes are kept for rules that solve again with what is left.
    """

    instance: Instance
    flow: FlowProgramme
    fluid: Flow
    plans: PlanProgramme
    mix: Mix

    @property
    def season(self) -> Season:
        return self.instance.season

    @classmethod
    def of(cls, instance: Instance) -> Knowledge:
        """Solve both programmes for the expected season."""
        season = instance.season
        expected = season.periods * season.arrival
        flow, plans = FlowProgramme(season), PlanProgramme(season)
        return cls(instance, flow, flow.solve(expected, season.stock), plans, plans.solve(expected, season.stock))


class Decider(Protocol):
    """A rule at work in one season."""

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        """A node for each line of the order. A unit sent for to an empty node is not served, at the penalty."""
        ...


class Rule(Protocol):
    """A rule as a value."""

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        """A decider for one season; `luck` is the rule's own."""
        ...


@dataclass(frozen=True, slots=True)
class Nearest:
    """Each line from the closest node that carries it, stock or not: item-level myopic, as published."""

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        return _Fixed(known.instance.closest)


@dataclass(frozen=True, slots=True)
class _Fixed:
    plans: tuple[Plan, ...]

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        return self.plans[kind]


@dataclass(frozen=True, slots=True)
class Rounded:
    """The fluid flow's shares, rounded at random for each order, stock or not, as published: no second choice."""

    scheme: rounding.Rounding

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        return _Drawn(self.scheme, known, luck)


class _Drawn:
    """Plans drawn in advance, a kind's whole season at a time: they do not depend on what happens."""

    def __init__(self, scheme: rounding.Rounding, known: Knowledge, luck: np.random.Generator) -> None:
        self._scheme, self._shares, self._luck = scheme, known.fluid.shares, luck
        expected = known.season.periods * known.season.arrival
        self._draws = np.ceil(expected + 3.0 * np.sqrt(expected) + 3.0).astype(int).tolist()
        self._waiting: list[list[Plan]] = [[] for _ in self._draws]

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        waiting = self._waiting[kind]
        if not waiting:
            drawn = self._scheme(self._shares[kind], self._draws[kind], self._luck)
            waiting = self._waiting[kind] = list(map(tuple, drawn.tolist()))
        return waiting.pop()


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
        Into how many equal parts the season is cut; at the start of each the programme is solved for what is left.
    whole_orders
        Take the prices from the programme of whole-order plans, in place of the flow of units.
    """

    solves: int = 1
    whole_orders: bool = False

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        due = _parts(known.season, self.solves)
        if self.whole_orders:
            known.plans.restart()
            return _Priced(known.season, known.mix.price, due, lambda *rest: known.plans.solve(*rest).price)
        known.flow.restart()
        return _Priced(known.season, known.fluid.price, due, lambda *rest: known.flow.solve(*rest).price)


@dataclass(frozen=True, slots=True)
class FollowPlans:
    """The mix of whole-order plans, followed order by order without luck; at bid prices where its plans have run out.

    Where the programme serves a kind of order in two ways, bid prices hold them equal, and would take one of them until
    it is used up. Here each order takes the plan that is furthest behind its share.

    Parameters
    ----------
    solves
        Into how many equal parts the season is cut; at the start of each the programme is solved for what is left.
    """

    solves: int = 10

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        known.plans.restart()
        return _Followed(known, _parts(known.season, self.solves))


def _parts(season: Season, solves: int) -> list[int]:
    """The first period of each part of the season but the first."""
    return [season.periods * part // solves for part in range(1, solves)]


class _Priced:
    """Plans that stay the cheapest until one of their nodes runs out, as stock only shrinks, or prices change."""

    def __init__(
        self,
        season: Season,
        price: Floats | None,
        due: Sequence[int] = (),
        solve: Callable[[Floats, Left], Floats] | None = None,
    ) -> None:
        self._season, self._due, self._solve = season, list(due), solve
        self._choice = Choice(season, price)
        self._plans: dict[int, Plan] = {}

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        if self._solve is not None and self._due and period >= self._due[0]:
            self._due = [due for due in self._due if due > period]
            self.reprice(self._solve((self._season.periods - period) * self._season.arrival, left[:-1]))
        plan = self._plans.get(kind)
        if plan is None or not _stands(plan, self._season.skus[kind], left):
            has = [[nodes[sku] > 0 for nodes in left] for sku in self._season.skus[kind]]
            plan = self._plans[kind] = self._choice.best(kind, has)[1]
        return plan

    def reprice(self, price: Floats) -> None:
        """From now on, these bid prices."""
        self._choice = Choice(self._season, price)
        self._plans.clear()


class _Followed:
    """How far each plan is behind its share, and bid prices for when none of them is possible."""

    def __init__(self, known: Knowledge, due: list[int]) -> None:
        self._known, self._due = known, due
        self._otherwise = _Priced(known.season, known.mix.price)
        self._begin(known.mix)

    def _begin(self, mix: Mix) -> None:
        self._plans = [[plan for plan, _ in plans] for plans in mix.plans]
        self._shares = [[share for _, share in plans] for plans in mix.plans]
        self._behind = [[0.0] * len(plans) for plans in mix.plans]

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        season = self._known.season
        if self._due and period >= self._due[0]:
            self._due = [due for due in self._due if due > period]
            mix = self._known.plans.solve((season.periods - period) * season.arrival, left[:-1])
            self._otherwise.reprice(mix.price)
            self._begin(mix)
        skus, plans, behind = season.skus[kind], self._plans[kind], self._behind[kind]
        chosen = -1
        for i, share in enumerate(self._shares[kind]):
            behind[i] += share
            if (chosen < 0 or behind[i] > behind[chosen]) and _stands(plans[i], skus, left):
                chosen = i
        if chosen < 0:
            return self._otherwise.decide(period, kind, left)
        behind[chosen] -= 1.0
        return plans[chosen]


def _stands(plan: Plan, skus: Sequence[int], left: Left) -> bool:
    """Whether every node of the plan has its unit."""
    for node, sku in zip(plan, skus, strict=True):  # noqa: SIM110  (a generator costs twice as much here)
        if left[node][sku] == 0:
            return False
    return True


RULES: Mapping[str, Rule] = {
    "nearest": Nearest(),
    "independent rounding": Rounded(rounding.independent),
    "Jasin-Sinha rounding": Rounded(rounding.jasin_sinha),
    "dilated rounding": Rounded(rounding.dilated),
    "forced opening": Rounded(rounding.forced_opening),
    "cheapest order": CheapestOrder(),
    "static bid price": BidPrice(),
    "bid price x 10": BidPrice(solves=10),
    "whole-order bid price x 10": BidPrice(solves=10, whole_orders=True),
    "whole-order plans x 10": FollowPlans(solves=10),
    "whole-order plans x 40": FollowPlans(solves=40),
}
PUBLISHED = tuple(RULES)[:5]
