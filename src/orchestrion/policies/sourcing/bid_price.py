"""Look ahead: a unit costs its carriage and what it would be worth to those who may still ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Decider, NetworkView
from orchestrion.policies.assignment import decide_each
from orchestrion.policies.checks import at_least
from orchestrion.policies.free import Free
from orchestrion.policies.lookahead.bids import Bids
from orchestrion.policies.objective import Objective, Scores
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.policies.sourcing.milp import BatchMilp
from orchestrion.policies.sourcing.weighted import InEuros
from orchestrion.streams import Streams
from orchestrion.units import MICRO, duration_s


@dataclass(frozen=True, kw_only=True)
class LooksAhead:
    """What both look-ahead policies ask of the future."""

    resolve: str = "7d"
    horizon_days: float = 14.0

    def check_horizon(self) -> None:
        """Refuse a schedule or horizon that makes no sense."""
        at_least(self, 0.5, "horizon_days")
        try:
            seconds = duration_s(self.resolve)
        except ValueError as problem:
            raise ValueError(f"resolve: {problem}") from None
        if seconds < 60:
            raise ValueError("resolve: must be a minute at least")

    def bids(self, view: NetworkView) -> Bids:
        """Bid prices for one replication."""
        return Bids(view, duration_s(self.resolve), self.horizon_days)


@sourcing_policy("bid_price")
@dataclass(frozen=True, kw_only=True)
class BidPrice(LooksAhead, InEuros):
    """Source each order at the least weighted sum plus the bid prices of the units it takes: what others would pay.

    Exact for orders of up to five lines. Bid prices are the dual values of a transportation programme of forecast
    demand, web and walk-in, solved again for each SKU on a schedule (Acimovic and Graves 2015).

    Parameters
    ----------
    resolve
        Age at which a SKU's bid prices are solved again when it is asked for, "7d".
    horizon_days
        Days of forecast demand that compete for the units [days].
    eur_per_day_late
        Price of a day beyond the promise, by the second [EUR].
    eur_per_t_co2e
        Price of a tonne of CO2e [EUR].
    eur_per_split
        Price of each shipment beyond an order's first, on top of its own cost [EUR].
    eur_per_overstocked_unit
        Credit for each unit taken from above a node's replenishment target [EUR].
    """

    reason: ClassVar[Reason] = Reason.BID_PRICE

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_horizon()

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """One replication's decider, which remembers what it saw."""
        return _Ahead(self, self.bids(view))

    def decide_by(self, objective: Objective, orders: Sequence[Order], view: NetworkView) -> Plan:
        """Order by order, each at the least score."""
        plan = view.new_plan()
        decide_each(objective, orders, Free(view, plan, batch=len(orders) > 1), self.reason)
        return plan


@sourcing_policy("milp_ahead")
@dataclass(frozen=True, kw_only=True)
class BatchMilpAhead(LooksAhead, BatchMilp):
    """The batch MILP with bid prices as the value of what it leaves on the shelves: joint now, and thrifty for later.

    Parameters
    ----------
    resolve
        Age at which a SKU's bid prices are solved again when it is asked for, "7d".
    horizon_days
        Days of forecast demand that compete for the units [days].
    review
        Time between two reviews, "30 min"; orders wait for the next one.
    eur_per_day_late
        Price of a day beyond the promise, by the second [EUR].
    eur_per_t_co2e
        Price of a tonne of CO2e [EUR].
    eur_per_split
        Price of each shipment beyond an order's first, on top of its own cost [EUR].
    eur_per_overstocked_unit
        Credit for each unit taken from above a node's replenishment target [EUR].
    gap
        Share of a batch's score that the solver may leave on the table to stop sooner; 0 asks for the optimum.
    node_limit
        Branch-and-bound nodes after which the solver stops with the best plan found.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_horizon()

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """One replication's decider, which remembers what it saw."""
        return _Ahead(self, self.bids(view))


class Thrifty:
    """An objective whose lines pay for the units they take: what those would be worth to others."""

    def __init__(self, objective: Objective, bids: Bids) -> None:
        self._objective = objective
        self._bids = bids
        self.floor = objective.floor
        self.promise_aware = objective.promise_aware

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        """As the objective says."""
        return self._objective.price(order, lines, nodes, view)

    def reward(self, line: Line, nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        """The objective's reward less the bid prices [micro-euros]."""
        plain = self._objective.reward(line, nodes, view)
        bid: Scores = np.rint(self._bids.of(line.sku, view)[nodes] * (MICRO * line.qty))
        return -bid if plain is None else plain - bid

    def lateness(self, order: Order, lines: Sequence[Line], node: int, view: NetworkView) -> float:
        """As the objective says."""
        return self._objective.lateness(order, lines, node, view)


class _Ahead:
    """One replication of either policy: what it saw, and the bid prices that follow."""

    def __init__(self, policy: BidPrice | BatchMilpAhead, bids: Bids) -> None:
        self._policy = policy
        self._bids = bids

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        self._bids.observe(orders, view)
        return self._policy.decide_by(Thrifty(self._policy, self._bids), orders, view)
