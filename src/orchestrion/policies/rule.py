"""What the rules that decide order by order have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.policies.assignment import decide_each
from orchestrion.policies.free import Free
from orchestrion.policies.objective import SHIPMENT, Objective, Scores
from orchestrion.policies.splits import Splits


class Rule:
    """First come, first promised: each order gets the assignment with the least score.

    A rule is its `price`; the others are refinements (see `objective.Objective`).
    """

    reason: ClassVar[Reason] = Reason.CHOSEN

    @property
    def floor(self) -> float:
        return 0.0

    @property
    def promise_aware(self) -> bool:
        return False

    def reach_km(self) -> float | None:
        """Nodes farther than this from the address are ignored; None for no limit."""
        return None

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        raise NotImplementedError

    def reward(self, line: Line, nodes: NDArray[np.intp], view: NetworkView) -> Scores | None:
        return None

    def lateness(self, order: Order, lines: Sequence[Line], node: int, view: NetworkView) -> float:
        return 0.0

    def at_first_sight(self, order: Order, free: Free) -> int:
        """The node from which the whole order goes best, where no price is needed to see it; -1: weigh them all."""
        return -1

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for the waiting orders."""
        return self.decide_by(self, orders, view)

    def decide_by(
        self, objective: Objective, orders: Sequence[Order], view: NetworkView, splits: Splits | None = None
    ) -> Plan:
        """The same at the least score of another objective, and within a limit on shipments."""
        plan = view.new_plan()
        if splits is not None:
            splits.review(orders, plan, view)
        free = Free(view, plan, batch=len(orders) > 1, splits=splits)
        sight = self.at_first_sight if objective is self and splits is None else None
        decide_each(objective, orders, free, self.reason, self.reach_km(), sight)
        return plan


class FewestParcels(Rule):
    """A rule that splits only when it must: the number of shipments comes first, `price` second."""

    @property
    def floor(self) -> float:
        return SHIPMENT
