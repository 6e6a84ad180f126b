"""Any small world, any policy, any seed: the identities hold, the same seed repeats, nothing raises."""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from towns import town

from orchestrion.domain.claiming import Claiming
from orchestrion.domain.collecting import Waiting
from orchestrion.domain.dispersion import Dispersion
from orchestrion.domain.offers import Offers
from orchestrion.domain.patience import Patience
from orchestrion.domain.records import AT_RECEIPT, AT_SHORT_PICK, Records
from orchestrion.domain.returns import Returns
from orchestrion.domain.tablet import Tablet
from orchestrion.domain.withdrawing import SecondThoughts
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
def mechanisms(draw: st.DrawFn, warehouses: int, nodes: int, skus: int) -> dict[str, Any]:
    """Some of what can go wrong, each switched on or not."""
    is_store = np.arange(nodes) >= warehouses
    every: dict[str, Any] = {
        "records": Records.of(
            nodes, opening_wrong=0.5, opening_units=1.5, shrink=0.02, misplaced=0.03, turns_up=0.3, errors=0.1,
            count_every=draw(st.sampled_from([0, 2, 5])), count_error=0.1, count_finds=0.5, count_s=30,
            advice_error=0.3, at_short_pick=draw(st.sampled_from(AT_SHORT_PICK)),
            at_receipt=draw(st.sampled_from(AT_RECEIPT)), misses_by_record=(2.0, 0.5),
        ),
        "claiming": Claiming(
            asked=is_store, acceptance=np.full(nodes, draw(st.sampled_from([0.0, 0.6, 1.0]))),
            response_s=np.full(nodes, 1800.0), request_cost=np.full(nodes, 200_000), timeout_s=HOUR,
            at_once=draw(st.integers(1, 3)),
        ),
        "second_thoughts": SecondThoughts(share=0.3, mean_s=2 * HOUR),
        "patience": Patience(forever=0.3, median_s=DAY // 2, sigma=1.0),
        "dispersion": Dispersion(store_k=0.74, online_k=3.0, online_day_k=40.0),
        "tablet": Tablet(accepts=0.7, collect_share=0.5),
        "offers": Offers(
            usual_fee=np.array([4.0, 9.0, 0.0]), usual_days=np.array([3.0, 1.0, 2.0]), fee_weight=0.2, day_value=1.0,
            per_day=0.015, per_euro=0.02,
        ),
        "collecting": Waiting(days=(0.4, 0.3, 0.3), never=0.3, keep_days=1),
        "returns": Returns(
            rate=np.full(skus, 0.5), days=(0.5, 0.3, 0.2), store_share=0.5, takes=np.ones(nodes, bool), service=0,
            restock=np.full(skus, 0.6), inspect_s=300, refund_fee=True,
        ),
    }  # fmt: skip
    return {name: value for name, value in every.items() if draw(st.booleans())}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """One or two warehouses (or none), up to three stores, up to three SKUs, scarce stock, clumsy people, any flaw."""
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
        sourcing={
            "hold_s": draw(st.sampled_from([0, HOUR, DAY])),
            "max_hops": draw(st.integers(0, 3)),
            "cool_down_s": draw(st.sampled_from([0, 0, HOUR])),
        },
        mechanisms=draw(mechanisms(warehouses, nodes, skus)),
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
