"""The desk: who decides when, what becomes of units nobody finds, and the limits that no plan may pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from busy_towns import busy
from towns import COLLECT, HOME_J1, HOME_STANDARD, PARCEL_EXPRESS, one_warehouse, three_stores

from orchestrion.domain.codes import Channel, EventKind, Outcome, Reason
from orchestrion.domain.plan import Decision, Plan
from orchestrion.errors import LedgerError, PlanError
from orchestrion.simulation import simulate
from orchestrion.units import DAY, HOUR, MINUTE

PICK = 3 * MINUTE
NOON = 12 * HOUR


def web(t: int, *lines: tuple[int, int], option: int = HOME_STANDARD, store: int = -1, place: int = 0) -> Any:
    return (t, Channel.WEB, place, option, store, list(lines) or [(0, 1)])


def clumsy(*nodes: str) -> dict[str, dict[str, float]]:
    """Nodes where nothing is ever found."""
    return {node: {"pick_success": 0.0} for node in nodes}


# ---- when --------------------------------------------------------------------------------------------------


def test_without_reviews_each_order_is_decided_in_its_own_second() -> None:
    facts = audits.run(three_stores(), seed=2)
    assert len(facts["orders"]["order"]) > 50
    placed = dict(records(facts["orders"], "order", "t"))
    assert all(t == placed[order] for order, t in records(facts["decisions"], "order", "t"))


def test_with_reviews_decisions_fall_on_whole_multiples_of_the_period_and_take_all_that_wait() -> None:
    facts = audits.run(three_stores(review_s=30 * MINUTE), seed=2)
    placed = dict(records(facts["orders"], "order", "t"))
    for order, t in records(facts["decisions"], "order", "t"):
        assert t % (30 * MINUTE) == 0
        assert 0 < t - placed[order] <= 30 * MINUTE
    orders = dict(records(facts["reviews"], "review", "orders"))
    seen = Counter(review for review, _ in sorted(set(records(facts["decisions"], "review", "order"))))
    assert all(seen[review] <= count for review, count in orders.items())
    assert max(orders.values()) > 1


def test_a_policy_may_bring_its_own_period() -> None:
    facts = audits.run(three_stores(wishes=[web(NOON + 1)]), {"name": "milp", "review": "45 min"})
    assert records(facts["decisions"], "t") == [(NOON + 45 * MINUTE,)]


def test_lines_of_an_order_from_one_node_travel_together_and_others_apart() -> None:
    world = three_stores(stock=[[0, 5, 0, 0], [0, 5, 0, 0], [0, 0, 0, 5]], wishes=[web(NOON, (0, 1), (1, 1), (2, 1))])
    facts = audits.run(world)
    assert records(facts["shipments"], "node", "lines", "units") == [(1, 2, 2), (3, 1, 1)]
    assert sorted(records(facts["decisions"], "line", "node")) == [(0, 1), (1, 1), (2, 3)]


# ---- short picks -------------------------------------------------------------------------------------------


def test_what_is_not_found_is_sourced_again_from_the_next_node_until_the_hops_are_used_up() -> None:
    # stores 1 and 2 find nothing; the third does
    world = three_stores(wishes=[web(NOON)], nodes=clumsy("store_1", "store_2"))
    facts = audits.run(world)
    assert records(facts["decisions"], "node", "hop") == [(1, 0), (2, 1), (3, 2)]
    assert records(facts["shipments"], "node", "hop", "units") == [(1, 0, 0), (2, 1, 0), (3, 2, 1)]
    assert records(facts["requests"], "outcome") == [(Outcome.SERVED,)]
    assert audits.order_ends(facts) == {0: "complete"}


@pytest.mark.parametrize("max_hops", [0, 1, 2])
def test_after_the_last_hop_the_line_is_cancelled_with_its_reason(max_hops: int) -> None:
    every = clumsy("warehouse", "store_1", "store_2", "store_3")
    facts = audits.run(three_stores(wishes=[web(NOON)], nodes=every, sourcing={"max_hops": max_hops}))
    assert len(facts["shipments"]["shipment"]) == max_hops + 1
    cancelled = records(facts["events"], "order", "line", "qty", "reason", "hop", kind=EventKind.CANCELLED)
    assert cancelled == [(0, 0, 1, Reason.TOO_MANY_HOPS, max_hops)]
    assert records(facts["requests"], "outcome", "reason") == [(Outcome.CANCELLED, Reason.TOO_MANY_HOPS)]
    assert audits.order_ends(facts) == {0: "cancelled"}


def test_a_short_pick_corrects_the_record_and_the_next_customer_is_not_promised_the_ghost() -> None:
    # store 1 believes it has one shirt; the first order finds it missing; the second goes to store 2 at once
    world = three_stores(
        stock=[[50, 1, 5, 5]], wishes=[web(NOON), web(NOON + HOUR)], nodes=clumsy("store_1")
    )
    facts = audits.run(world)
    assert records(facts["decisions"], "order", "node", "hop") == [(0, 1, 0), (0, 2, 1), (1, 2, 0)]
    lost = records(facts["stock"], "node", "d_physical", "d_recorded", "d_reserved", kind=4)
    assert lost == [(1, -1, -1, -1)]


def test_what_is_found_leaves_and_only_the_rest_is_sourced_again() -> None:
    # two lines from store 1, whose picker finds nothing of the first: three units of luck decide
    world = three_stores(wishes=[web(NOON, (0, 4), (1, 3))], nodes={"store_1": {"pick_success": 0.5}})
    for seed in range(20):
        facts = audits.run(world, seed=seed)
        shorts = records(facts["events"], "line", "qty", kind=EventKind.SHORT)
        again = [(line, qty) for line, qty, hop in records(facts["decisions"], "line", "qty", "hop") if hop == 1]
        assert sorted(shorts) == sorted(again)
        assert sum(units for (units,) in records(facts["shipments"], "units")) == 7
        assert audits.order_ends(facts) == {0: "complete"}


def test_the_node_that_failed_is_not_asked_again_for_that_order() -> None:
    facts = audits.run(busy(), seed=7)
    failed: dict[int, set[int]] = {}
    for order, node in records(facts["events"], "order", "node", kind=EventKind.SHORT):
        failed.setdefault(order, set()).add(node)
    assert len(failed) > 20
    hops = Counter()
    for order, node, hop, t in records(facts["decisions"], "order", "node", "hop", "t"):
        hops[hop] += 1
        shorts = [
            n for s, n in records(facts["events"], "t", "node", kind=EventKind.SHORT, order=order) if s <= t
        ]
        if hop:
            assert node not in shorts
    assert hops[1] > 10


def test_the_luck_of_a_second_hop_owes_nothing_to_the_first_even_for_many_units() -> None:
    # 40 units, half of them found at each try: what is missed at the first node is found as often at the second
    first, second = [], []
    for seed in range(60):
        world = three_stores(
            stock=[[0, 40, 40, 0]], wishes=[web(NOON, (0, 40))], pick_success=0.5, sourcing={"max_hops": 1}
        )
        facts = audits.run(world, seed=seed)
        found = [units for (units,) in records(facts["shipments"], "units")]
        first.append(found[0])
        second.append(found[1] / (40 - found[0]))
    # about 1,200 units at one half: three standard errors are .043; of a correlation over 60 runs .39
    assert abs(np.mean(second) - 0.5) < 0.05
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.39


# ---- waiting -----------------------------------------------------------------------------------------------


def test_who_waits_longer_than_the_limit_is_cancelled_for_want_of_stock_at_the_next_review() -> None:
    world = one_warehouse(1, wishes=[web(NOON + 60)], nodes=clumsy("warehouse"), sourcing={"hold_s": 5 * HOUR})
    facts = audits.run(world)
    # short at 12:04, no other node: held, and tried each hour until five hours after it was placed have passed
    assert records(facts["events"], "t", "kind", order=0)[-3:] == [
        (NOON + 60 + PICK, EventKind.SHORT),
        (NOON + 60 + PICK, EventKind.HELD),
        (18 * HOUR, EventKind.CANCELLED),
    ]
    assert records(facts["events"], "reason", kind=EventKind.CANCELLED) == [(Reason.NO_STOCK,)]


@pytest.mark.parametrize("review_s", [0, HOUR])
def test_that_a_line_waits_is_written_down_once_not_at_every_review(review_s: int) -> None:
    world = one_warehouse(1, wishes=[web(NOON + 60)], nodes=clumsy("warehouse"), review_s=review_s)
    events = audits.run(world)["events"]
    assert len(records(events, "t", kind=EventKind.HELD)) == 1
    assert len(records(events, "t", kind=EventKind.CANCELLED)) == 1


def test_a_wish_of_which_a_part_is_delivered_stays_served_and_one_wholly_cancelled_does_not() -> None:
    # three units wanted: one in the store that finds everything, two in stores that find nothing
    world = three_stores(
        stock=[[0, 1, 2, 0]], wishes=[web(NOON, (0, 3))], nodes=clumsy("store_2"), sourcing={"max_hops": 0}
    )
    facts = audits.run(world)
    assert audits.order_ends(facts) == {0: "partial"}
    assert records(facts["requests"], "outcome", "reason") == [(Outcome.SERVED, -1)]
    world = three_stores(
        stock=[[0, 1, 2, 0]], wishes=[web(NOON, (0, 3))], nodes=clumsy("store_1", "store_2"), sourcing={"max_hops": 0}
    )
    facts = audits.run(world)
    assert audits.order_ends(facts) == {0: "cancelled"}
    assert records(facts["requests"], "outcome", "reason") == [(Outcome.CANCELLED, Reason.TOO_MANY_HOPS)]


# ---- limits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["nearest", "milp"])
@pytest.mark.parametrize("review_s", [0, 2 * HOUR])
def test_no_node_accepts_more_shipments_a_day_than_its_cap(policy: str, review_s: int) -> None:
    world = three_stores(
        stock=[[300, 99, 99, 99]] * 3, online_per_day=40.0, daily_orders=5, review_s=review_s, days=7, run_off_days=5,
        sourcing={"hold_s": 6 * DAY},
    )  # fmt: skip
    facts = audits.run(world, policy, seed=4)
    per_day = Counter(
        (node, t // DAY) for node, t in records(facts["shipments"], "node", "sourced_t")
    )
    assert max(per_day.values()) == 5
    full = [key for key, count in per_day.items() if count == 5]
    assert len(full) > 15
    # demand outruns the network: what waits is taken up at the first review after midnight
    assert any(t % DAY < HOUR * 3 for (t,) in records(facts["shipments"], "sourced_t"))


def test_protected_units_are_never_promised() -> None:
    # each store keeps two of three for walk-ins; the warehouse is empty: three units can be sold online
    world = three_stores(
        stock=[[0, 3, 3, 3]], protected=[[0, 2, 2, 2]], wishes=[web(NOON + i * HOUR) for i in range(5)]
    )
    facts = audits.run(world)
    assert [o for (o,) in records(facts["requests"], "outcome")] == [Outcome.SERVED] * 3 + [Outcome.LOST] * 2
    assert Counter(n for (n,) in records(facts["decisions"], "node")) == {1: 1, 2: 1, 3: 1}


@pytest.mark.parametrize("policy", ["nearest", "cheapest", "overstock_first", "milp"])
def test_a_siloed_web_neither_sees_nor_ships_what_stores_have(policy: str) -> None:
    hidden = {f"store_{n}": {"web_visible": False} for n in (1, 2, 3)}
    wishes = [web(NOON + i * HOUR, option=(HOME_STANDARD, COLLECT)[i % 2], store=(-1, 1)[i % 2]) for i in range(4)]
    facts = audits.run(three_stores(stock=[[3, 5, 5, 5]], wishes=wishes, nodes=hidden), policy)
    assert [o for (o,) in records(facts["requests"], "outcome")] == [Outcome.SERVED] * 3 + [Outcome.LOST]
    assert {n for (n,) in records(facts["shipments"], "node")} == {0}
    # the collection store's own units are not its to hand over: the order comes with the shuttle
    assert audits.order_ends(facts) == {0: "complete", 1: "complete", 2: "complete"}


def test_a_node_that_does_not_ship_may_still_hand_over_what_it_has() -> None:
    wishes = [web(NOON), web(NOON, option=COLLECT, store=1)]
    facts = audits.run(three_stores(wishes=wishes, nodes={"store_1": {"ships": False}}))
    assert sorted(records(facts["decisions"], "order", "node")) == [(0, 2), (1, 1)]


def test_a_carrier_that_never_calls_at_a_node_takes_nothing_from_there() -> None:
    world = three_stores(wishes=[web(NOON), web(NOON, option=HOME_J1)])
    express = world.services[PARCEL_EXPRESS]
    calls = tuple(() if node == 1 else moments for node, moments in enumerate(express.collections))
    world = replace(world, services=tuple(
        replace(express, collections=calls) if service is express else service for service in world.services
    ))  # fmt: skip
    for policy in ("nearest", "cheapest", "milp"):
        facts = audits.run(world, policy)
        nodes = dict(records(facts["decisions"], "order", "node"))
        assert nodes[1] != 1
        assert audits.order_ends(facts) == {0: "complete", 1: "complete"}
    assert dict(records(audits.run(world)["decisions"], "order", "node")) == {0: 1, 1: 2}


def test_what_lies_in_stores_that_only_hand_over_is_not_sold_for_delivery() -> None:
    # the warehouse is empty and no store ships: each store's units are for who collects there
    counters = {f"store_{n}": {"ships": False} for n in (1, 2, 3)}
    wishes = [web(NOON), web(NOON + 1, option=COLLECT, store=1), web(NOON + 2, option=COLLECT, store=2)]
    facts = audits.run(three_stores(stock=[[0, 1, 0, 5]], wishes=wishes, nodes=counters))
    assert records(facts["requests"], "outcome", "reason") == [
        (Outcome.LOST, Reason.UNAVAILABLE),
        (Outcome.SERVED, -1),
        (Outcome.LOST, Reason.UNAVAILABLE),
    ]
    assert audits.order_ends(facts) == {1: "complete"}


# ---- plans -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wild:
    """A policy that does something wrong."""

    wrong: str

    def decide(self, orders: Any, view: Any) -> Any:
        plan = view.new_plan()
        line = orders[0].lines[0]
        if self.wrong == "no plan":
            return [line]
        if self.wrong == "too many units":
            plan.source(line, 1, line.qty + 1)
        if self.wrong == "hidden":
            plan.source(line, 1)
        if self.wrong == "twice":
            plan.source(line, 1)
            plan.source(line, 2)
        if self.wrong == "not there":
            plan.source(line, 3)
        if self.wrong == "another order's line":
            plan.source(line._replace(order=99), 1)
        if self.wrong == "no such node":
            plan.source(line, 7)
        if self.wrong == "past the plan's checks":
            plan.decisions.append(Decision(line, 3, line.qty, 0, Reason.CHOSEN))
        return plan


@pytest.mark.parametrize(
    "wrong", ["no plan", "too many units", "twice", "not there", "another order's line", "no such node"]
)
def test_a_plan_that_promises_what_is_not_there_stops_the_run(wrong: str) -> None:
    world = three_stores(stock=[[5, 5, 5, 0]], wishes=[web(NOON)])
    with pytest.raises(PlanError):
        simulate(world, Wild(wrong), seed=1, replication=0)


def test_a_plan_may_not_use_the_hidden_stock_of_the_very_store_where_the_customer_collects() -> None:
    hidden = {"store_1": {"web_visible": False}}
    world = three_stores(wishes=[web(NOON, option=COLLECT, store=1)], nodes=hidden)
    with pytest.raises(PlanError, match="node 1 may not serve it"):
        simulate(world, Wild("hidden"), seed=1, replication=0)


def test_what_slipped_past_the_plan_is_found_before_it_is_carried_out() -> None:
    world = three_stores(stock=[[5, 5, 5, 0]], wishes=[web(NOON)])
    with pytest.raises(PlanError, match="policy Wild: order 0 line 0: 1 units of SKU 0 promised at node 3, where 0"):
        simulate(world, Wild("past the plan's checks"), seed=1, replication=0)


def test_stock_refuses_a_reservation_that_nobody_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plan, "check", lambda *_: None)
    world = three_stores(stock=[[5, 5, 5, 0]], wishes=[web(NOON)])
    with pytest.raises(LedgerError, match="node 3, which can promise 0"):
        simulate(world, Wild("past the plan's checks"), seed=1, replication=0)


def test_a_policy_cannot_look_up_tomorrows_customers() -> None:
    @dataclass(frozen=True)
    class Nosy:
        def decide(self, orders: Any, view: Any) -> Any:
            assert view.world.demand.replay is None
            seen.append(view.now)
            return view.new_plan()

    seen: list[int] = []
    simulate(three_stores(wishes=[web(NOON)]), Nosy(), seed=1, replication=0)
    assert NOON in seen
