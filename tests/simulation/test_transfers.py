"""Stock between nodes outside the usual feed: rebalancing by night, and what a sourcing policy asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from busy_towns import busy
from towns import HOME_STANDARD, three_stores

from orchestrion.domain.codes import Channel, Component, StockKind
from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.transfers import Transfers
from orchestrion.errors import PlanError
from orchestrion.units import DAY, HOUR, MICRO

NOON = 12 * HOUR


def carts(nodes: int = 4, **changes: Any) -> Transfers:
    settings: dict[str, Any] = {
        "period_s": DAY, "first_s": 22 * HOUR, "nodes": np.arange(nodes) > 0, "lead_s": 35 * HOUR,
        "unit_cost": MICRO // 2, "lane_cost": 3 * MICRO, "within_m": 50_000, "cover_days": 3.0,
    }  # fmt: skip
    return Transfers(**(settings | changes))


def lopsided(**changes: Any) -> Any:
    """Nine units too many in store 1, stores 2 and 3 bare; nobody else has any."""
    settings: dict[str, Any] = {
        "stock": [[0, 12, 0, 0]], "up_to": [[0, 3, 3, 3]], "walk_ins": (0.0, 1.0, 1.0, 1.0), "online_per_day": 0.0,
        "days": 7, "mechanisms": {"transfers": carts()},
    }  # fmt: skip
    return three_stores(**(settings | changes))


def quiet(**changes: Any) -> Any:
    """The same when nobody comes, though the plan expects one a day until sales say otherwise."""
    world = lopsided(**changes)
    return replace(world, demand=replace(world.demand, walk_in_day=np.zeros(world.days)))


def test_an_overstocked_store_fills_its_bare_neighbours_overnight() -> None:
    world = quiet()
    facts = audits.run(world)
    audits.audit(world, facts)
    night = 22 * HOUR
    sent = records(facts["stock"], "t", "node", "ref", "d_physical", kind=StockKind.DISPATCHED)
    assert [row for row in sent if row[0] == night] == [(night, 1, 2, -3), (night, 1, 3, -3)]
    came = records(facts["stock"], "t", "node", "d_physical", "d_on_order", kind=StockKind.RECEIVED)
    assert came[:2] == [(night + 35 * HOUR, 2, 3, -3), (night + 35 * HOUR, 3, 3, -3)]
    runs = records(facts["costs"], "t", "node", "amount", component=Component.REPLENISHMENT)
    assert runs[0] == (night, 1, 3 * MICRO)
    assert (night + 35 * HOUR, 2, 3 * MICRO // 2) in runs


def test_what_is_on_its_way_is_not_sent_again() -> None:
    # 35 hours under way: the next night must see it; each store gets three and no more while nothing is sold there
    world = quiet()
    sent = records(audits.run(world)["stock"], "ref", "d_physical", kind=StockKind.DISPATCHED)
    assert sent == [(2, -3), (3, -3)]


def test_stores_too_far_apart_do_not_help_each_other() -> None:
    facts = audits.run(quiet(mechanisms={"transfers": carts(within_m=10_000)}))
    assert {n for (n,) in records(facts["stock"], "ref", kind=StockKind.DISPATCHED)} == {2}


def test_rebalancing_saves_sales() -> None:
    def lost(mechanisms: dict[str, Any]) -> int:
        world = lopsided(mechanisms=mechanisms, days=14, stock=[[0, 40, 0, 0]], up_to=[[0, 6, 6, 6]])
        requests = audits.run(world, seed=4)["requests"]
        return int((requests["served_at"] < 0).sum())

    assert lost({"transfers": carts()}) < lost({}) - 3


@pytest.mark.parametrize("policy", ["nearest", "milp"])
def test_every_identity_holds_in_a_busy_town_with_transfers(policy: str) -> None:
    # before the nightly feed: after it nobody lacks anything
    world = busy(
        mechanisms={"transfers": carts(first_s=20 * HOUR)}, stock=[[120, 40, 2, 2]] * 3, walk_ins=(0.0, 1.0, 14.0, 8.0)
    )
    facts = audits.run(world, policy, seed=3)
    audits.audit(world, facts)
    sent = facts["stock"]["kind"] == StockKind.DISPATCHED
    assert (facts["stock"]["node"][sent] > 0).any()


class Mover:
    """Sources from the nearest node, and moves a unit to store 2 the first time it is asked."""

    def __init__(self, sku: int, giver: int, taker: int, qty: int) -> None:
        self.load = (sku, giver, taker, qty)
        self.done = False

    def decide(self, orders: Sequence[Order], view: Any) -> Plan:
        plan: Plan = view.new_plan()
        if not self.done:
            self.done = True
            plan.transfer(*self.load)
        for order in orders:
            for line in order.lines:
                node = next((n for n in view.nearest(order) if plan.can_source(line, n)), None)
                if node is not None:
                    plan.source(line, node)
        return plan


def one_order(**mechanisms: Any) -> Any:
    return three_stores(
        stock=[[5, 2, 0, 0]], wishes=[(NOON, Channel.WEB, 0, HOME_STANDARD, -1, [(0, 1)])], mechanisms=mechanisms
    )


def test_a_policy_may_ask_for_a_transfer() -> None:
    world = one_order(transfers=carts(period_s=0))
    facts = audits.run(world, Mover(0, 1, 2, 1))
    audits.audit(world, facts)
    assert records(facts["stock"], "t", "node", "ref", kind=StockKind.DISPATCHED) == [(NOON, 1, 2)]
    assert records(facts["stock"], "t", "node", kind=StockKind.RECEIVED) == [(NOON + 35 * HOUR, 2)]
    assert records(facts["decisions"], "node") == [(1,)], "the second unit was still there to promise"


def test_a_unit_that_a_plan_moves_cannot_be_promised_as_well() -> None:
    facts = audits.run(one_order(transfers=carts(period_s=0)), Mover(0, 1, 2, 2))
    assert records(facts["decisions"], "node") == [(0,)]


@pytest.mark.parametrize(
    ("load", "message"),
    [((0, 1, 2, 3), "3 units to be moved"), ((0, 1, 2, 0), "0 units to be moved"),
     ((0, 1, 1, 1), "two different nodes"), ((0, 1, 9, 1), "two different nodes")],
)  # fmt: skip
def test_an_impossible_transfer_is_refused(load: tuple[int, int, int, int], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        audits.run(one_order(transfers=carts(period_s=0)), Mover(*load))


def test_without_transfers_in_the_scenario_there_are_none() -> None:
    with pytest.raises(PlanError, match="no transfers"):
        audits.run(one_order(), Mover(0, 1, 2, 1))
