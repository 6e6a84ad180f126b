"""The bound of perfect information lies below every policy, order by order, in towns where everything goes wrong."""

from __future__ import annotations

import audits
import pytest
from busy_towns import TOWNS

from orchestrion.experiments.everywhere import Everywhere
from orchestrion.experiments.perfect import bounded

OTHERS = ("cheapest", "warehouse_first", "overstock_first")
POLICIES = ("nearest", "milp", *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("town", TOWNS)
def test_no_order_of_any_policy_costs_less_than_its_bound(town: str, policy: str) -> None:
    world = TOWNS[town]()
    found = bounded(Everywhere(world), audits.run(world, policy, seed=3))
    assert found.sent > 100
    assert not found.why
    assert (found.least <= found.booked).all()
    assert found.least.sum() > found.booked.sum() / 5  # and says something
