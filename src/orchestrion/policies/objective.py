"""What a rule wants: the score of one shipment from each node, the smaller the better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import NetworkView

Scores = NDArray[np.floating[Any]]

# One more shipment outweighs any cost, distance or preference inside it, and sums of thousands of shipments stay exact
# in a float (below 2**53): the rules that split only when they must add it to each shipment's score.
SHIPMENT = 1e12


class Objective(Protocol):
    """The score of an order is the sum over its shipments of price - rewards + lateness.

    Scores are whole numbers in floats (micro-euros, metres), so that ties are ties; among equals the nearest node wins,
    then the lower id.
    """

    @property
    def floor(self) -> float:
        """No shipment is priced lower than this; `SHIPMENT` where splits are for need only, else 0."""

    @property
    def promise_aware(self) -> bool:
        """Whether `lateness` can be anything but zero."""

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        """Price of one shipment with these lines from each of the nodes; more or heavier lines never cost less."""

    def reward(self, line: Line, nodes: NDArray[np.intp], view: NetworkView) -> Scores | None:
        """What taking the line from each of the nodes is worth by itself; None for nothing."""

    def lateness(self, order: Order, lines: Sequence[Line], node: int, view: NetworkView) -> float:
        """Price of the delay beyond the promise; never negative."""


def score_of(objective: Objective, order: Order, lines: Sequence[Line], node: int, view: NetworkView) -> float:
    """The score of one shipment: price - rewards + lateness."""
    at = np.array([node], np.intp)
    score = float(objective.price(order, lines, at, view)[0]) + objective.lateness(order, lines, node, view)
    for line in lines:
        reward = objective.reward(line, at, view)
        score -= 0.0 if reward is None else float(reward[0])
    return score


def distance_m(order: Order, nodes: NDArray[np.intp], view: NetworkView) -> NDArray[np.int32]:
    """Metres from each of the nodes to the order's address or collection store."""
    geography = view.world.geography
    to = geography.node_node[:, order.collect_at] if order.collect_at >= 0 else geography.node_place[:, order.place]
    metres: NDArray[np.int32] = to[nodes]
    return metres
