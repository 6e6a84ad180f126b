"""Deciding with an eye on later: lines pay for the units they take, at prices that follow what the desk has seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.policies.lookahead.outlook import Floats
from orchestrion.policies.objective import Objective, Scores
from orchestrion.policies.splits import Splits
from orchestrion.units import MICRO


class Prices(Protocol):
    """What units are worth to those who may still come; one replication's."""

    def observe(self, orders: Sequence[Order], view: NetworkView) -> None:
        """A review begins: these orders wait."""

    def worth(self, sku: int, qty: int, view: NetworkView) -> Floats:
        """What taking so many units from each node costs those who come later, shape (nodes,) [EUR]."""


class Thrifty:
    """An objective whose lines pay for the units they take: what those would be worth to others."""

    def __init__(self, objective: Objective, prices: Prices) -> None:
        self._objective = objective
        self._prices = prices
        self.paid: dict[tuple[int, int], Floats] = {}  # (SKU, units) -> what they were worth [EUR], as far as asked
        self.floor = objective.floor
        self.promise_aware = objective.promise_aware

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        """As the objective says."""
        return self._objective.price(order, lines, nodes, view)

    def reward(self, line: Line, nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        """The objective's reward less what the units are worth [micro-euros]."""
        plain = self._objective.reward(line, nodes, view)
        paid = self.paid[line.sku, line.qty] = self._prices.worth(line.sku, line.qty, view)
        worth: Scores = np.rint(paid[nodes] * MICRO)
        return -worth if plain is None else plain - worth

    def lateness(self, order: Order, lines: Sequence[Line], node: int, view: NetworkView) -> float:
        """As the objective says."""
        return self._objective.lateness(order, lines, node, view)


class DecidesBy(Objective, Protocol):
    """A policy that can decide at the least score of another objective than its own."""

    def decide_by(
        self, objective: Objective, orders: Sequence[Order], view: NetworkView, splits: Splits | None = None
    ) -> Plan:
        """A plan for the waiting orders."""

    def splits(self) -> Splits | None:
        """The memory of how far orders have been split."""


class Ahead:
    """One replication of a policy that looks ahead: what it saw, and the prices that follow."""

    def __init__(self, policy: DecidesBy, prices: Prices) -> None:
        self.policy = policy
        self._prices = prices
        self._splits = policy.splits()
        self.paid: dict[tuple[int, int], Floats] = {}  # what units were worth at the last review, for who asks why

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for the waiting orders."""
        self._prices.observe(orders, view)
        thrifty = Thrifty(self.policy, self._prices)
        self.paid = thrifty.paid
        return self.policy.decide_by(thrifty, orders, view, self._splits)
