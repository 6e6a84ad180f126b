"""Rules tried on the town of three stores: km 10, 20, 30, the warehouse at 100, addresses at 0 and 40."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import towns

from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.policies.sourcing import make_policy
from orchestrion.testing import StillView

WAREHOUSE, STORE_10, STORE_20, STORE_30 = 0, 1, 2, 3
SHIRT, JEANS, LAMP = 0, 1, 2  # 20, 50, 100 EUR
STOCK = [[50, 5, 5, 5]] * 3


def decide(rules: Sequence[Any], *orders: Order, world: Any = None, chain: Any = None, **view: Any) -> Plan:
    """The plan of these rules; `chain` are parameters of the whole list."""
    still = StillView(world or towns.three_stores(), orders, **view)
    policy: Any = make_policy({"name": "rules", "rules": list(rules)} | dict(chain or {}))
    plan: Plan = policy.start(still).decide(list(orders), still)
    return plan


def nodes(rules: Sequence[Any] | Mapping[str, Any], *orders: Order, **changes: Any) -> list[int]:
    """The nodes that serve the lines, decision by decision; one shirt for km 0 when no order is given."""
    chain = [rules] if isinstance(rules, Mapping) else rules
    return [d.node for d in decide(chain, *(orders or (towns.order(),)), **changes).decisions]
