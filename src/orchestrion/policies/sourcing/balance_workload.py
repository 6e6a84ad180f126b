"""Balance the work: the node whose pickers have least on their list ships, as long as it is near and in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.policies.assignment import decide_each
from orchestrion.policies.checks import at_least
from orchestrion.policies.free import Free
from orchestrion.policies.objective import SHIPMENT, Scores
from orchestrion.policies.queues import Queues
from orchestrion.policies.rule import FewestParcels
from orchestrion.policies.sourcing import sourcing_policy

LATE = 1e10  # a late parcel outweighs any queue [s]; and one more parcel outweighs both


@sourcing_policy("balance_workload")
@dataclass(frozen=True, kw_only=True)
class BalanceWorkload:
    """Source each order from the node with the least picking work waiting per picker, splitting only when it must.

    Work given out earlier in the same review counts. Nodes that would miss the promise come after all that keep it;
    among equally idle nodes the nearest ships.

    Parameters
    ----------
    within_km
        Ignore nodes farther than this from the delivery address or collection store [km]; without limit when left out.
    keep_promise
        Whether a busier node in time is preferred to an idle one that would be late.
    """

    within_km: float | None = None
    keep_promise: bool = True

    def __post_init__(self) -> None:
        at_least(self, 0.0, "within_km")

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for the waiting orders."""
        plan = view.new_plan()
        free = Free(view, plan, batch=len(orders) > 1)
        queues = Queues(view)
        rule = LeastBusy(queues, self.keep_promise)
        for order in orders:
            before = len(plan.decisions)
            decide_each(rule, [order], free, rule.reason, self.within_km)
            sent: dict[int, list[int]] = {}
            for decision in plan.decisions[before:]:
                sent.setdefault(decision.node, []).append(decision.qty)
            for node, quantities in sent.items():
                queues.add(node, len(quantities), sum(quantities))
        return plan


@dataclass(frozen=True)
class LeastBusy(FewestParcels):
    """The rule itself, during one review."""

    queues: Queues = field(repr=False)
    keep_promise: bool

    reason: ClassVar[Reason] = Reason.CHOSEN

    @property
    def promise_aware(self) -> bool:
        return self.keep_promise

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        return SHIPMENT + self.queues.seconds(nodes).astype(np.float64)

    def lateness(self, order: Order, lines: Sequence[Line], node: int, view: NetworkView) -> float:
        return LATE if self.keep_promise and view.eta(order, lines, node) > order.promised_t else 0.0
