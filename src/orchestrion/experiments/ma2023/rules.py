"""The rules that are compared: frozen values with one protocol, so that any of them can be replaced by yours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from orchestrion.experiments.ma2023.instances import Instance
from orchestrion.policies.bounds import Flow, FlowProgramme, Season
from orchestrion.policies.lookahead import Choice, rounding

Plan = tuple[int, ...]
Left = Sequence[Sequence[int]]
"""Units left, by node and SKU; the last node is `lost` and never runs out. To be read only."""


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What every rule knows before the season: the instance and its fluid flow. Of what will come, only probabilities.

    `programme` is kept for rules that solve again with what is left.
    """

    instance: Instance
    programme: FlowProgramme
    fluid: Flow

    @property
    def season(self) -> Season:
        return self.instance.season


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
        return _Priced(known, solves=0)


@dataclass(frozen=True, slots=True)
class BidPrice:
    """The cheapest way at immediate cost plus the bid prices of the units, exact for each order.

    Parameters
    ----------
    solves
        Into how many equal parts the season is cut; bid prices are those of the flow from the part's start to the end.
    """

    solves: int = 1

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        return _Priced(known, self.solves)


class _Priced:
    """Plans that stay the cheapest until one of their nodes runs out, as stock only shrinks, or prices change."""

    def __init__(self, known: Knowledge, solves: int) -> None:
        self._known = known
        periods = known.season.periods
        self._due = [periods * part // solves for part in range(1, solves)]
        self._choice = Choice(known.season, known.fluid.price if solves else None)
        self._plans: dict[int, Plan] = {}
        known.programme.restart()

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        if self._due and period >= self._due[0]:
            self._solve(period, left)
        skus = self._known.season.skus[kind]
        plan = self._plans.get(kind)
        if plan is not None:
            for node, sku in zip(plan, skus, strict=True):
                if left[node][sku] == 0:
                    break
            else:
                return plan
        has = [[nodes[sku] > 0 for nodes in left] for sku in skus]
        plan = self._plans[kind] = self._choice.best(kind, has)
        return plan

    def _solve(self, period: int, left: Left) -> None:
        season = self._known.season
        self._due = [due for due in self._due if due > period]
        flow = self._known.programme.solve((season.periods - period) * season.arrival, left[:-1])
        self._choice = Choice(season, flow.price)
        self._plans.clear()


RULES: Mapping[str, Callable[[], Rule]] = {
    "nearest": Nearest,
    "independent rounding": lambda: Rounded(rounding.independent),
    "Jasin-Sinha rounding": lambda: Rounded(rounding.jasin_sinha),
    "dilated rounding": lambda: Rounded(rounding.dilated),
    "forced opening": lambda: Rounded(rounding.forced_opening),
    "cheapest order": CheapestOrder,
    "static bid price": BidPrice,
    "bid price, 10 solves": lambda: BidPrice(10),
}
