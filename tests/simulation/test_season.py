"""Change of collection: launches that need floor space, exits, markdowns, and the last road of leftovers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from busy_towns import busy
from towns import HOME_STANDARD, three_stores

from orchestrion.domain.backorders import Backorders
from orchestrion.domain.codes import Channel, Component, Outcome, StockKind
from orchestrion.domain.season import Season
from orchestrion.domain.transfers import LastRoad
from orchestrion.domain.world import World
from orchestrion.logistics.stock_costs import expected_demand
from orchestrion.units import DAY, HOUR, MICRO

NOON = 12 * HOUR
NEVER = 10_000 * DAY


def season(skus: int, nodes: int = 4, **changes: Any) -> Season:
    """Nothing changes unless said."""
    settings: dict[str, Any] = {
        "launch_s": np.zeros(skus, np.int64), "exit_s": np.full(skus, NEVER), "steps": (),
        "bought": np.zeros((skus, nodes), np.int32), "arrives_s": np.zeros(skus, np.int64),
        "allocation": np.zeros((skus, nodes), np.int32), "lead_s": 10 * HOUR,
        "floor_cm3": np.full(nodes, -1), "roads": (LastRoad(fate="stay"),), "road": np.zeros(nodes, np.int64),
        "outlet": -1, "sells_on": True,
    }  # fmt: skip
    return Season(**(settings | changes))


def walk_in(t: int, store: int, sku: int = 0, qty: int = 1) -> Any:
    return (t, Channel.WALK_IN, -1, -1, store, [(sku, qty)])


def web(t: int, sku: int = 0) -> Any:
    return (t, Channel.WEB, 0, HOME_STANDARD, -1, [(sku, 1)])


def collection(skus: int = 1, **changes: Any) -> World:
    parts = {name: changes.pop(name) for name in list(changes) if name in Season.__dataclass_fields__}
    settings: dict[str, Any] = {"online_per_day": 0.0, "wishes": []}
    return three_stores(mechanisms={"season": season(skus, **parts)}, **(settings | changes))


# ---- launches ----------------------------------------------------------------------------------------------

LAUNCH = 5 * DAY + 8 * HOUR


def test_a_new_collection_is_in_the_stores_on_the_morning_of_its_launch() -> None:
    world = collection(
        stock=[[0, 0, 0, 0]], launch_s=np.array([LAUNCH]), bought=np.array([[20, 0, 0, 0]]),
        arrives_s=np.array([2 * DAY]), allocation=np.array([[0, 4, 3, 2]]),
    )  # fmt: skip
    facts = audits.run(world)
    audits.audit(world, facts)
    assert records(facts["stock"], "t", "node", "d_on_order", "ref", kind=StockKind.ORDERED)[0] == (0, 0, 20, -1)
    came = records(facts["stock"], "t", "node", "d_physical", kind=StockKind.RECEIVED)
    assert came == [(2 * DAY, 0, 20), (LAUNCH, 1, 4), (LAUNCH, 2, 3), (LAUNCH, 3, 2)]


def test_what_has_no_room_on_the_floor_waits_in_the_warehouse_until_there_is_some() -> None:
    # a shirt takes 1,000 cm3: store 1 has room for five, three are there; two more are sold the day after
    wishes = [walk_in(6 * DAY + NOON, 1, 0, 2)]
    world = collection(
        2, stock=[[0, 3, 0, 0], [9, 0, 0, 0]], cm3=(1000, 1000), launch_s=np.array([0, LAUNCH]),
        allocation=np.array([[0, 0, 0, 0], [0, 4, 0, 0]]), floor_cm3=np.array([-1, 5000, -1, -1]), wishes=wishes,
    )  # fmt: skip
    facts = audits.run(world)
    came = records(facts["stock"], "t", "sku", "d_physical", node=1, kind=StockKind.RECEIVED)
    # Saturday 8:00 two; sold on Sunday noon, sent on Sunday night, there on Monday
    assert came == [(LAUNCH, 1, 2), (LAUNCH + 2 * DAY, 1, 2)]


def test_the_nightly_feed_too_needs_floor_space() -> None:
    world = collection(
        stock=[[50, 2, 2, 2]], low=[[-1, 8, 8, 8]], up_to=[[50, 9, 9, 9]], floor_cm3=np.array([-1, 5000, 0, -1])
    )
    facts = audits.run(world)
    came = records(facts["stock"], "node", "d_physical", kind=StockKind.RECEIVED)
    assert came == [(1, 3), (3, 7)]


def test_nobody_asks_for_what_is_not_launched_nor_orders_it() -> None:
    settings: dict[str, Any] = {
        "stock": [[50, 5, 5, 5]] * 2, "walk_ins": (0.0, 20.0, 20.0, 20.0), "online_per_day": 20.0, "days": 21,
        "low": [[49, 4, 4, 4]] * 2, "wishes": None,
    }  # fmt: skip
    world = collection(2, launch_s=np.array([0, 10 * DAY]), **settings)
    facts = audits.run(world)
    audits.audit(world, facts)
    t, sku = facts["requests"]["t"], facts["requests"]["sku"]
    assert t[sku == 1].min() >= 10 * DAY
    assert t[sku == 0].min() < HOUR * 12
    # the same customers as without seasons, but for those who would have come too early
    plain = audits.run(replace(world, season=None))["requests"]
    early = (plain["sku"] == 1) & (plain["t"] < 10 * DAY)
    assert plain["t"][~early].tolist() == t.tolist()
    assert plain["sku"][~early].tolist() == sku.tolist()
    ordered = records(facts["stock"], "t", sku=1, kind=StockKind.ORDERED)
    assert all(when >= 10 * DAY for (when,) in ordered)


# ---- exits -------------------------------------------------------------------------------------------------

EXIT = 6 * DAY + 6 * HOUR


def test_after_its_exit_a_sku_is_not_reordered() -> None:
    wishes = [walk_in(d * DAY + NOON, 1) for d in (1, 8)]
    world = collection(
        stock=[[50, 5, 5, 5]], low=[[-1, 4, 4, 4]], wishes=wishes, exit_s=np.array([EXIT]),
    )  # fmt: skip
    sent = records(audits.run(world)["stock"], "t", kind=StockKind.DISPATCHED)
    assert sent == [(DAY + 21 * HOUR,)]


def test_nobody_may_wait_for_a_sku_that_has_left() -> None:
    world = collection(stock=[[0, 0, 0, 0]], wishes=[web(5 * DAY), web(7 * DAY)], exit_s=np.array([EXIT]))
    waits = Backorders(allowed=np.ones(1, bool), node=np.zeros(2, np.int64), limit=-1, patience_s=DAY, promise_s=0)
    outcomes = [o for (o,) in records(audits.run(replace(world, backorders=waits))["requests"], "outcome")]
    assert outcomes == [Outcome.CANCELLED, Outcome.LOST]


@pytest.mark.parametrize(
    ("road", "kind", "repatriation", "write_off"),
    [
        (LastRoad(fate="stay"), None, 0, 0),
        (LastRoad(fate="send_back", unit_cost=MICRO, kept_share=0.5), StockKind.SENT_BACK, 6, 6 * 8 * 0.5),
        (LastRoad(fate="give_away", unit_cost=MICRO // 2, kept_share=0.6), StockKind.GIVEN_AWAY, 3, 6 * 8 * 0.4),
        (LastRoad(fate="move", unit_cost=2 * MICRO), StockKind.DISPATCHED, 12, 0),
    ],
)
def test_leftovers_take_their_last_road_at_its_cost(
    road: LastRoad, kind: StockKind | None, repatriation: float, write_off: float
) -> None:
    world = collection(
        stock=[[10, 3, 2, 1]], exit_s=np.array([EXIT]), roads=(LastRoad(fate="stay"), road),
        road=np.array([0, 1, 1, 1]), outlet=0,
    )  # fmt: skip
    facts = audits.run(world)
    audits.audit(world, facts)
    costs = Counter[int]()
    for component, amount in records(facts["costs"], "component", "amount"):
        costs[component] += amount
    assert costs[Component.REPATRIATION] == repatriation * MICRO
    assert costs[Component.WRITE_OFF] == pytest.approx(write_off * MICRO)
    if kind is not None:
        left = records(facts["stock"], "t", "node", "d_physical", kind=kind)
        assert left == [(EXIT, 1, -3), (EXIT, 2, -2), (EXIT, 3, -1)]
    closing = facts["stock"]["d_physical"][facts["stock"]["node"] == 0].sum()
    assert closing == (16 if road.fate == "move" else 10)


def test_units_promised_online_are_shipped_before_the_rest_leaves_and_a_late_delivery_follows() -> None:
    # promised on Saturday evening, picked on Monday; sent to the store on Saturday night, there after the exit
    wishes = [web(5 * DAY + 20 * HOUR), walk_in(5 * DAY + NOON, 2)]
    world = collection(
        stock=[[9, 2, 2, 0]], low=[[-1, -1, 1, -1]], wishes=wishes, exit_s=np.array([EXIT]),
        roads=(LastRoad(fate="stay"), LastRoad(fate="give_away")), road=np.array([0, 1, 1, 1]),
        replenishment={"delivery_days": np.ones((4, 7), bool)},
    )  # fmt: skip
    facts = audits.run(world)
    audits.audit(world, facts)
    given = records(facts["stock"], "t", "node", "d_physical", kind=StockKind.GIVEN_AWAY)
    assert given == [(EXIT, 1, -1), (EXIT, 2, -1), (EXIT + DAY, 2, -1)]
    assert records(facts["requests"], "outcome", channel=Channel.WEB) == [(Outcome.SERVED,)]


# ---- markdowns and value -----------------------------------------------------------------------------------


def test_a_marked_down_unit_costs_the_price_not_obtained() -> None:
    # 20 EUR with 20 % VAT; 30 % off from two days before the exit, 50 % from the exit on
    steps = ((2 * DAY, 0.3), (0, 0.5))
    wishes = [walk_in(3 * DAY, 1), walk_in(5 * DAY, 1, qty=2), walk_in(8 * DAY, 2), web(8 * DAY)]
    world = collection(stock=[[9, 9, 9, 9]], wishes=wishes, exit_s=np.array([EXIT]), steps=steps)
    facts = audits.run(world)
    net = 20 / 1.2
    booked = records(facts["costs"], "t", "node", "amount", component=Component.MARKDOWN)
    assert booked == [
        (5 * DAY, 1, round(2 * 0.3 * net * MICRO)), (8 * DAY, -1, round(0.5 * net * MICRO)),
        (8 * DAY, 2, round(0.5 * net * MICRO)),
    ]  # fmt: skip


def test_stock_is_valued_to_the_end_of_its_own_season() -> None:
    world = three_stores(walk_ins=(0.0, 3.0, 3.0, 3.0))
    whole = expected_demand(world, 0)
    ends = np.array([world.economics.season_end_s, world.economics.season_end_s // 2, 0])
    with_exits = expected_demand(replace(world, season=season(3, exit_s=ends)), 0)
    assert with_exits == pytest.approx(whole * np.array([1.0, 0.5, 0.0])[:, None])


def test_every_identity_holds_in_a_busy_town_that_changes_its_collection() -> None:
    world = busy(stock=[[120, 60, 60, 60]] * 3)
    change = season(
        3, launch_s=np.array([0, 4 * DAY, 0]), exit_s=np.array([8 * DAY, NEVER, 9 * DAY + HOUR]),
        steps=((3 * DAY, 0.2), (DAY, 0.4)), bought=np.array([[0, 0, 0, 0], [30, 0, 0, 0], [0, 0, 0, 0]]),
        arrives_s=np.full(3, 2 * DAY), allocation=np.array([[0, 0, 0, 0], [0, 6, 6, 6], [0, 0, 0, 0]]),
        floor_cm3=np.array([-1, 200_000, 90_000, -1]),
        roads=(LastRoad(fate="stay"), LastRoad(fate="send_back", unit_cost=MICRO, kept_share=0.3),
               LastRoad(fate="give_away", kept_share=0.6), LastRoad(fate="move", unit_cost=MICRO)),
        road=np.array([0, 1, 2, 3]), outlet=0, sells_on=False,
    )  # fmt: skip
    changing = replace(world, season=change)
    facts = audits.run(changing, seed=3)
    audits.audit(changing, facts)
    kinds = set(facts["stock"]["kind"].tolist())
    assert {StockKind.SENT_BACK, StockKind.GIVEN_AWAY} <= kinds


def test_a_season_in_which_nothing_changes_changes_nothing() -> None:
    world = busy()
    still = replace(world, season=season(3))
    assert audits.digest(audits.run(still, seed=5)) == audits.digest(audits.run(world, seed=5))
