"""Any small world, any policy, any seed: the identities hold, the same seed repeats, nothing raises."""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from towns import town

from orchestrion.domain.world import World
from orchestrion.policies.sourcing import sourcing_policies
from orchestrion.units import DAY, HOUR, MINUTE

shares = st.lists(st.integers(0, 4), min_size=4, max_size=4).filter(any)


@st.composite
def reactions(draw: st.DrawFn) -> dict[str, Any]:
    online, store = (draw(shares) for _ in range(2))
    online = online[:3] if any(online[:3]) else [1, 0, 0]
    return {
        "online": {k: v / sum(online) for k, v in zip(("leave", "own_store", "wait"), online, strict=True)},
        "store": {k: v / sum(store) for k, v in zip(("leave", "other_store", "own_web", "wait"), store, strict=True)},
        "abandon_basket": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "wait_days": (1, draw(st.integers(1, 4))),
    }


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """One or two warehouses (or none), up to three stores, up to three SKUs, scarce stock, clumsy people."""
    warehouses = draw(st.integers(0, 2))
    stores = draw(st.integers(1 if not warehouses else 0, 3))
    nodes, skus = warehouses + stores, draw(st.integers(1, 3))
    units = st.integers(0, 12)
    stock = [[draw(units) for _ in range(nodes)] for _ in range(skus)]
    pooled = warehouses > 0 and draw(st.booleans())
    protected = [
        [draw(st.integers(0, stock[s][n])) if n >= warehouses or pooled else 0 for n in range(nodes)]
        for s in range(skus)
    ]
    changes = {}
    for n in range(nodes):
        role = "warehouse" if n < warehouses else "store"
        number = n + 1 if n < warehouses else n + 1 - warehouses
        key = "warehouse" if role == "warehouse" and warehouses == 1 else f"{role}_{number}"
        changes[key] = {
            "pickers": draw(st.sampled_from([1, 1, 2, 0])),
            "pick_success": draw(st.sampled_from([1.0, 0.8, 0.5, 0.0])),
            "pick_setup_s": draw(st.sampled_from([120, HOUR, 5 * HOUR])),
            "pick_unit_s": draw(st.sampled_from([0, 30])),
            "daily_orders": draw(st.sampled_from([-1, -1, 2, 5])),
            "ships": draw(st.booleans()) or n == 0,
            "web_visible": draw(st.booleans()) or n == 0,
        }
    share = np.where(np.arange(nodes) < warehouses, 0.5 if pooled else 0.0, 0.0)
    return town(
        stock=stock,
        node_km=[draw(st.integers(0, 200)) for _ in range(nodes)],
        place_km=[draw(st.integers(0, 200)) for _ in range(draw(st.integers(1, 3)))],
        warehouses=warehouses,
        days=draw(st.sampled_from([3, 8])),
        warm_up_days=draw(st.sampled_from([0, 1])),
        run_off_days=draw(st.sampled_from([0, 2, 10])),
        protected=protected,
        low=draw(st.sampled_from([-1, 0, 2])),
        up_to=6,
        online_per_day=draw(st.sampled_from([0.0, 4.0, 12.0])),
        walk_ins=draw(st.sampled_from([0.0, 6.0])),
        review_s=draw(st.sampled_from([0, 30 * MINUTE, 7 * HOUR])),
        nodes=changes,
        demand={"units": np.array([0.5, 0.3, 0.2]), "popularity_sigma": draw(st.sampled_from([0.0, 0.5]))},
        reactions=draw(reactions()),
        replenishment={
            "supplier_lead_days": (0, draw(st.integers(0, 5))),
            "supplier_weekday": draw(st.integers(0, 6)),
            "store_pool_share": share,
            "delivery_at_s": draw(st.sampled_from([8 * HOUR, 12 * HOUR])),
            "review_at_s": draw(st.sampled_from([0, 6 * HOUR, 21 * HOUR])),
        },
        sourcing={"hold_s": draw(st.sampled_from([0, HOUR, DAY])), "max_hops": draw(st.integers(0, 3))},
    )


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(world=worlds(), policy=st.sampled_from(sourcing_policies.names()), seed=st.integers(0, 2**32))
def test_identities_hold_and_the_run_repeats_in_any_small_world(world: World, policy: str, seed: int) -> None:
    facts = audits.run(world, policy, seed=seed)
    audits.audit(world, facts)
    assert audits.digest(facts) == audits.digest(audits.run(world, policy, seed=seed))


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(world=worlds(), policies=st.lists(st.sampled_from(sourcing_policies.names()), min_size=2, max_size=2))
def test_two_policies_meet_the_same_customers_in_any_small_world(world: World, policies: list[str]) -> None:
    one, other = (audits.run(world, policy)["requests"] for policy in policies)
    for column in ("request", "t", "basket", "channel", "zone", "place", "node", "sku", "qty", "option", "value"):
        assert one[column].tolist() == other[column].tolist()
