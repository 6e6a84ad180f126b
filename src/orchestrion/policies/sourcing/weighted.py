"""A weighted sum in euros: cost, delay, CO2e, splits and markdown risk on one scale, whose weights are prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Decider, NetworkView
from orchestrion.policies.checks import at_least
from orchestrion.policies.objective import Scores
from orchestrion.policies.rule import Rule
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.policies.splits import Splits
from orchestrion.policies.stakes import overstock_reward
from orchestrion.streams import Streams
from orchestrion.units import DAY, MICRO


@dataclass(frozen=True, kw_only=True)
class InEuros(Rule):
    """The weighted objective itself: one rule decides order by order with it, another in batches.

    Parameters
    ----------
    eur_per_day_late
        Price of a day beyond the promise, by the second [EUR].
    eur_per_t_co2e
        Price of a tonne of CO2e [EUR].
    eur_per_split
        Price of each shipment beyond an order's first, on top of its own cost [EUR].
    eur_per_overstocked_unit
        Credit for each unit taken from above a node's replenishment target [EUR].
    max_shipments
        Shipments in which one order may leave, over all reviews; without limit when left out. What would need more
        waits, as few units as possible; lines sourced again after a short pick count anew.
    """

    eur_per_day_late: float = 5.0
    eur_per_t_co2e: float = 100.0
    eur_per_split: float = 0.0
    eur_per_overstocked_unit: float = 0.0
    max_shipments: int | None = None

    def __post_init__(self) -> None:
        at_least(self, 0.0, "eur_per_day_late", "eur_per_t_co2e", "eur_per_split", "eur_per_overstocked_unit")
        at_least(self, 1, "max_shipments")

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """One replication's decider: the policy itself, with a memory where splits are limited."""
        return self if self.max_shipments is None else _Remembers(self)

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for one review by itself, with nothing to remember."""
        return self.decide_by(self, orders, view, self.splits())

    def splits(self) -> Splits | None:
        """The memory of how far orders have been split, for one replication; None without a limit."""
        return None if self.max_shipments is None else Splits(self.max_shipments)

    @property
    def promise_aware(self) -> bool:
        return self.eur_per_day_late > 0

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        quotes = view.quotes(order, lines)
        # a price for each shipment, not only for the second: the same choice, for the first one is paid by every plan
        # (and EUR a tonne are thousandths of a micro-euro a milligram)
        euros = quotes.cost[nodes] + quotes.co2e[nodes] * (self.eur_per_t_co2e / 1000) + self.eur_per_split * MICRO
        return np.rint(euros)

    def reward(self, line: Line, nodes: NDArray[np.intp], view: NetworkView) -> Scores | None:
        if not self.eur_per_overstocked_unit:
            return None
        return overstock_reward(line, nodes, view, self.eur_per_overstocked_unit)

    def lateness(self, order: Order, lines: Sequence[Line], node: int, view: NetworkView) -> float:
        if not self.eur_per_day_late:
            return 0.0
        late = view.eta(order, lines, node) - order.promised_t
        return float(round(late * self.eur_per_day_late * MICRO / DAY)) if late > 0 else 0.0


class _Remembers:
    """One replication of a policy whose orders may not be split too far."""

    def __init__(self, policy: InEuros) -> None:
        self._policy, self._splits = policy, policy.splits()

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for the waiting orders."""
        return self._policy.decide_by(self._policy, orders, view, self._splits)

    def __getattr__(self, name: str) -> Any:
        """Prices and the like are the policy's."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._policy, name)


@sourcing_policy("weighted")
@dataclass(frozen=True, kw_only=True)
class Weighted(InEuros):
    """Source each order at the least weighted sum, in euros, of cost, delay, CO2e, splits and overstock moved.

    Each shipment later than the promise pays for its own delay. Amounts are rounded to micro-euros.
    """

    reason: ClassVar[Reason] = Reason.CHOSEN
