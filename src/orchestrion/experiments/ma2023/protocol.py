"""What a rule is: a frozen value that knows the instance, and decides orders one by one or a review's worth at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from orchestrion.experiments.ma2023.instances import Instance
from orchestrion.policies.bounds import Flow, FlowProgramme, Mix, PlanProgramme
from orchestrion.policies.season import Floats, Ints, Plan, Season

Left = Sequence[Sequence[int]]
"""Units left, by node and SKU; the last node is `lost` and never runs out. To be read only."""


class Knowledge:
    """What every rule knows before the season: the instance and its fluid optima. Of what comes, only probabilities.

    Each programme is solved when first asked for, and kept for rules that solve again with what is left.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    @property
    def season(self) -> Season:
        return self.instance.season

    @property
    def expected(self) -> Floats:
        """Orders of each kind that a season brings on average, shape (kinds,)."""
        return self.season.periods * self.season.arrival

    @cached_property
    def flow(self) -> FlowProgramme:
        """The programme of units, with `fluid` as the answer to go back to."""
        return FlowProgramme(self.season)

    @cached_property
    def fluid(self) -> Flow:
        return self.flow.solve(self.expected, self.season.stock)

    @cached_property
    def plans(self) -> PlanProgramme:
        """The programme of whole-order plans, with `mix` as the answer to go back to."""
        return PlanProgramme(self.season)

    @cached_property
    def mix(self) -> Mix:
        return self.plans.solve(self.expected, self.season.stock)


class Decider(Protocol):
    """A rule at work in one season, each order decided as it comes."""

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        """A node for each line of the order. A unit sent for to an empty node is not served, at the penalty."""
        ...


@runtime_checkable
class Reviewer(Protocol):
    """A rule at work in one season that lets orders wait, and decides all of them at the next review.

    Attributes
    ----------
    every
        Periods from one review to the next; the last one is at the end of the season.
    """

    every: int

    def review(self, over: int, kinds: Sequence[int], left: Left) -> Sequence[Plan]:
        """A plan for each waiting order, first come first; so many periods are over."""
        ...


class Rule(Protocol):
    """A rule as a value."""

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider | Reviewer:
        """A decider or a reviewer for one season; `luck` is the rule's own."""
        ...


@runtime_checkable
class Blind(Protocol):
    """A rule that sees no stock: all its plans can be said beforehand, which is a hundred times faster."""

    def plans(self, known: Knowledge, kinds: Ints, luck: np.random.Generator) -> Ints:
        """A node for each line of each order, shape (orders, most lines); what is beyond an order's lines is -1."""
        ...
