"""The door: who is told no reacts as the matrix says, by luck that belongs to the wish; each reaction is forced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import audits
import pytest
from audits import records
from busy_towns import busy
from towns import COLLECT, HOME_J1, HOME_STANDARD, one_store_walk_in, one_warehouse, three_stores

from orchestrion.domain.calendar import Calendar
from orchestrion.domain.codes import Channel, EventKind, Outcome, Reason
from orchestrion.units import DAY, HOUR, MICRO, MINUTE

NOON = 12 * HOUR
PICK = 3 * MINUTE


def web(t: int, *lines: tuple[int, int], option: int = HOME_STANDARD, store: int = -1, place: int = 0) -> Any:
    return (t, Channel.WEB, place, option, store, list(lines) or [(0, 1)])


def walk_in(t: int, store: int, sku: int = 0, qty: int = 1) -> Any:
    return (t, Channel.WALK_IN, -1, -1, store, [(sku, qty)])


def always(online: str = "leave", store: str = "leave", **more: Any) -> dict[str, Any]:
    """Everybody reacts in the one way named."""
    return {"online": {online: 1.0}, "store": {store: 1.0}, **more}


# ---- served ------------------------------------------------------------------------------------------------


def test_an_order_carries_its_lines_prices_fee_and_promise() -> None:
    facts = audits.run(three_stores(wishes=[web(NOON, (0, 2), (2, 1), option=HOME_J1)]))
    assert records(facts["lines"], "order", "line", "sku", "qty", "price", "request") == [
        (0, 0, 0, 2, 20 * MICRO, 0),
        (0, 1, 2, 1, 100 * MICRO, 1),
    ]
    # 140 EUR with 20 % VAT; the delivery costs 9 EUR with VAT; bought for 2 x 8 + 60
    orders = records(facts["orders"], "revenue", "fee", "goods", "promised_t")
    assert orders == [(round(140 / 1.2 * MICRO), round(9 / 1.2 * MICRO), 76 * MICRO, DAY + 19 * HOUR)]
    assert records(facts["requests"], "outcome", "order", "value") == [
        (Outcome.SERVED, 0, 40 * MICRO),
        (Outcome.SERVED, 0, 100 * MICRO),
    ]


def test_a_walk_in_takes_what_is_on_the_shelf_all_of_it_or_nothing() -> None:
    wishes = [walk_in(NOON, 0, qty=2), walk_in(NOON + 1, 0, qty=2), walk_in(NOON + 2, 0, qty=1)]
    facts = audits.run(one_store_walk_in(3, walk_ins=0.0, wishes=wishes))
    assert records(facts["requests"], "outcome", "reason", "served_at") == [
        (Outcome.SERVED, -1, 0),
        (Outcome.LOST, Reason.SHELF_EMPTY, -1),
        (Outcome.SERVED, -1, 0),
    ]


# ---- told no online ----------------------------------------------------------------------------------------


def test_who_leaves_online_is_lost_for_want_of_stock() -> None:
    facts = audits.run(one_warehouse(0, wishes=[web(NOON)], reactions=always("leave")))
    assert records(facts["requests"], "outcome", "reason", "resolved_t") == [(Outcome.LOST, Reason.UNAVAILABLE, NOON)]
    assert len(facts["orders"]["order"]) == 0


@pytest.mark.parametrize(("abandon", "outcome"), [(1.0, Outcome.LOST), (0.0, Outcome.SERVED)])
def test_who_leaves_over_one_line_may_abandon_the_whole_basket(abandon: float, outcome: Outcome) -> None:
    world = three_stores(
        stock=[[9, 0, 0, 0], [0, 0, 0, 0]], wishes=[web(NOON, (0, 1), (1, 1))],
        reactions=always("leave", abandon_basket=abandon),
    )  # fmt: skip
    reason = Reason.COMPANION if outcome == Outcome.LOST else -1
    assert records(audits.run(world)["requests"], "outcome", "reason") == [
        (outcome, reason),
        (Outcome.LOST, Reason.UNAVAILABLE),
    ]


def test_who_waits_for_one_line_does_not_abandon_the_others() -> None:
    world = three_stores(
        stock=[[9, 0, 0, 0], [0, 0, 0, 0]], wishes=[web(NOON, (0, 1), (1, 1))],
        reactions=always("wait", abandon_basket=1.0),
    )  # fmt: skip
    assert records(audits.run(world)["requests"], "outcome") == [(Outcome.SERVED,), (Outcome.LOST,)]


def test_who_waits_online_asks_once_more_after_the_days_of_their_patience() -> None:
    # on Monday nothing; the supplier comes on Friday: who waits four days is served at noon, who waits two is not
    for days, outcome in ((4, Outcome.SERVED_LATER), (2, Outcome.LOST)):
        world = one_warehouse(
            0, low=0, up_to=5, wishes=[web(NOON)],
            reactions=always("wait", wait_days=(days, days)),
            replenishment={"supplier_lead_days": (4, 4)},
        )  # fmt: skip
        facts = audits.run(world)
        assert records(facts["requests"], "outcome", "resolved_t") == [(outcome, days * DAY + NOON)]
        assert records(facts["orders"], "order", "t") == ([(0, 4 * DAY + NOON)] if days == 4 else [])


def test_patience_varies_between_its_limits() -> None:
    world = one_warehouse(0, reactions=always("wait", wait_days=(1, 3)))
    requests = audits.run(world)["requests"]
    waited = {resolved - t for t, resolved in records(requests, "t", "resolved_t")}
    assert waited == {DAY, 2 * DAY, 3 * DAY}


def test_who_goes_to_an_own_store_buys_there_in_opening_hours_or_is_lost() -> None:
    # the web is siloed; the nearest store to km 0 is store 1, which has two shirts left
    hidden = {f"store_{n}": {"web_visible": False} for n in (1, 2, 3)}
    wishes = [web(21 * HOUR + i) for i in range(3)]
    world = three_stores(stock=[[0, 2, 9, 9]], wishes=wishes, nodes=hidden, reactions=always("own_store"))
    facts = audits.run(world)
    outcomes = sorted(records(facts["requests"], "outcome", "served_at"))
    assert outcomes == [(Outcome.MOVED_TO_STORE, 1)] * 2 + [(Outcome.LOST, -1)]
    for t, resolved in records(facts["requests"], "t", "resolved_t"):
        assert t + HOUR <= resolved <= 2 * DAY
        assert world.nodes[1].calendar.is_open(resolved)


# ---- told no in a store ------------------------------------------------------------------------------------


def test_who_leaves_a_store_is_lost_to_an_empty_shelf() -> None:
    facts = audits.run(one_store_walk_in(0, walk_ins=0.0, wishes=[walk_in(NOON, 0)]))
    assert records(facts["requests"], "outcome", "reason") == [(Outcome.LOST, Reason.SHELF_EMPTY)]


def test_who_tries_another_store_goes_to_the_nearest_one_in_opening_hours() -> None:
    wishes = [walk_in(18 * HOUR, 1), walk_in(18 * HOUR + 1, 1)]
    world = three_stores(stock=[[9, 0, 1, 9]], wishes=wishes, reactions=always(store="other_store"))
    facts = audits.run(world)
    assert sorted(records(facts["requests"], "outcome", "served_at")) == [
        (Outcome.MOVED_TO_OTHER_STORE, 2),
        (Outcome.LOST, -1),
    ]
    for (resolved,) in records(facts["requests"], "resolved_t"):
        assert world.nodes[2].calendar.is_open(resolved)


def test_who_turns_to_the_own_web_orders_home_delivery_at_the_address_next_to_the_store() -> None:
    world = three_stores(stock=[[9, 0, 0, 0]], wishes=[walk_in(NOON, 3)], reactions=always(store="own_web"))
    facts = audits.run(world)
    assert records(facts["requests"], "outcome", "order") == [(Outcome.MOVED_TO_WEB, 0)]
    # km 30 lies nearer to km 40 than to km 0
    assert records(facts["orders"], "channel", "place", "option", "collect_at") == [(Channel.WEB, 1, HOME_STANDARD, -1)]
    assert audits.order_ends(facts) == {0: "complete"}


def test_who_turns_to_an_empty_web_is_lost() -> None:
    world = three_stores(stock=[[0, 0, 0, 0]], wishes=[walk_in(NOON, 3)], reactions=always(store="own_web"))
    assert records(audits.run(world)["requests"], "outcome", "reason") == [(Outcome.LOST, Reason.SHELF_EMPTY)]


@pytest.mark.parametrize(
    ("day", "back"), [(0, DAY + NOON), (5, 7 * DAY + 10 * HOUR)]  # Saturday + 1 day: Monday as the store opens
)
def test_who_waits_in_a_store_comes_back_while_it_is_open(day: int, back: int) -> None:
    world = one_store_walk_in(
        0, walk_ins=0.0, wishes=[walk_in(day * DAY + NOON, 0)], reactions=always(store="wait", wait_days=(1, 1))
    )
    assert records(audits.run(world)["requests"], "outcome", "resolved_t") == [(Outcome.LOST, back)]


def test_who_would_come_back_after_the_end_is_still_waiting() -> None:
    world = one_store_walk_in(
        0, walk_ins=0.0, wishes=[walk_in(DAY + NOON, 0)], reactions=always(store="wait", wait_days=(3, 3)),
        days=2, run_off_days=1, nodes={"store_1": {"calendar": Calendar([0], [30 * DAY])}},
    )  # fmt: skip
    columns = ("outcome", "resolved_t", "served_at")
    assert records(audits.run(world)["requests"], *columns) == [(Outcome.WAITING, -1, -1)]


def test_nobody_is_ever_served_in_a_store_that_is_closed() -> None:
    world = busy()
    facts = audits.run(world, seed=11)
    served = [(t, n) for t, n in records(facts["requests"], "resolved_t", "served_at") if n >= 0]
    assert len(served) > 100
    assert all(world.nodes[n].calendar.is_open(t) for t, n in served)


def test_the_matrix_is_followed_in_its_proportions() -> None:
    shares = {"leave": 0.5, "own_store": 0.2, "wait": 0.3}
    facts = audits.run(one_warehouse(0, online_per_day=150.0, reactions={"online": shares}))
    count = len(facts["requests"]["request"])
    # no store in this town: who would go to one leaves at once; who waits is refused later
    at_once = sum(t == resolved for t, resolved in records(facts["requests"], "t", "resolved_t"))
    sigma = (count * 0.7 * 0.3) ** 0.5
    assert abs(at_once - 0.7 * count) < 3.3 * sigma
    assert count > 1500


# ---- one unit, two customers -------------------------------------------------------------------------------


def test_a_walk_in_carries_off_the_unit_promised_online_and_the_order_goes_elsewhere() -> None:
    # 9:50: store 1 is still closed, its last shirt is promised online; at 10:00 a walk-in is faster than the picker
    wishes = [web(9 * HOUR + 50 * MINUTE), walk_in(10 * HOUR, 1)]
    facts = audits.run(three_stores(stock=[[0, 1, 1, 0]], wishes=wishes))
    assert records(facts["requests"], "outcome", "served_at") == [(Outcome.SERVED, -1), (Outcome.SERVED, 1)]
    assert records(facts["stock"], "d_physical", "d_recorded", "d_reserved", kind=5) == [(-1, -1, -1)]
    assert records(facts["events"], "t", "node", kind=EventKind.SHORT) == [(10 * HOUR + PICK, 1)]
    assert records(facts["decisions"], "node", "hop") == [(1, 0), (2, 1)]
    assert audits.order_ends(facts) == {0: "complete"}


def test_a_walk_in_takes_a_free_unit_before_a_promised_one() -> None:
    wishes = [web(9 * HOUR + 50 * MINUTE), walk_in(10 * HOUR, 1)]
    facts = audits.run(three_stores(stock=[[0, 2, 0, 0]], wishes=wishes))
    assert len(records(facts["events"], "t", kind=EventKind.SHORT)) == 0
    assert records(facts["shipments"], "node", "units") == [(1, 1)]


def test_what_a_delivery_brings_does_not_make_good_the_unit_carried_off() -> None:
    # store 1 picks from Tuesday on; on Monday the promised shirt is sold, on Tuesday at 8:00 a new one comes
    tuesday = [DAY + 10 * HOUR], [DAY + 19 * HOUR]
    wishes = [web(9 * HOUR), walk_in(10 * HOUR, 1)]
    world = three_stores(
        stock=[[9, 1, 0, 0]], low=[[-1, 0, -1, -1]], wishes=wishes, nodes={"store_1": {"calendar": Calendar(*tuesday)}}
    )
    facts = audits.run(world)
    audits.audit(world, facts)
    assert records(facts["events"], "t", "node", kind=EventKind.SHORT) == [(DAY + 10 * HOUR + PICK, 1)]
    assert records(facts["decisions"], "node", "hop") == [(1, 0), (0, 1)]


def test_two_orders_and_one_walk_in_for_two_units_cost_one_short_pick() -> None:
    wishes = [web(9 * HOUR), web(9 * HOUR + 1), walk_in(10 * HOUR, 1)]
    world = three_stores(stock=[[9, 2, 0, 0]], wishes=wishes)
    facts = audits.run(world)
    audits.audit(world, facts)
    assert records(facts["events"], "order", "qty", kind=EventKind.SHORT) == [(0, 1)]
    assert sorted(records(facts["shipments"], "order", "node", "units")) == [(0, 0, 1), (0, 1, 0), (1, 1, 1)]


# ---- click and collect -------------------------------------------------------------------------------------


def test_the_customer_collects_once_when_everything_is_ready_or_cancelled() -> None:
    # lamps are found nowhere: the shirt is collected alone
    world = three_stores(
        stock=[[0, 0, 5, 0], [0, 0, 0, 5]],
        wishes=[web(NOON, (0, 1), (1, 1), option=COLLECT, store=2)],
        nodes={"store_3": {"pick_success": 0.0}},
        sourcing={"max_hops": 0},
    )
    facts = audits.run(world)
    audits.audit(world, facts)
    assert audits.order_ends(facts) == {0: "partial"}
    assert len(records(facts["events"], "t", kind=EventKind.COLLECTED)) == 1


def test_a_collection_order_cancelled_in_full_is_never_collected() -> None:
    world = three_stores(
        stock=[[0, 0, 5, 0]], wishes=[web(NOON, option=COLLECT, store=2)],
        nodes={"store_2": {"pick_success": 0.0}}, sourcing={"max_hops": 0},
    )  # fmt: skip
    facts = audits.run(world)
    assert audits.order_ends(facts) == {0: "cancelled"}
    assert records(facts["events"], "t", kind=EventKind.COLLECTED) == []


def test_every_ready_parcel_of_a_busy_town_is_collected_within_days_while_the_store_is_open() -> None:
    world = busy()
    shipments = audits.run(world, seed=11)["shipments"]
    collected = [
        (ready, taken, store)
        for ready, taken, store in records(shipments, "received_t", "collected_t", "collect_at")
        if store >= 0 and ready >= 0
    ]
    assert len(collected) > 30
    for ready, taken, store in collected:
        assert ready + 2 * HOUR <= taken
        assert world.nodes[store].calendar.is_open(taken)


def test_parcels_of_one_order_that_arrive_on_one_day_arrive_with_the_same_round() -> None:
    wishes = [web(11 * HOUR + i, (0, 1), (1, 1)) for i in range(5)]
    world = three_stores(stock=[[5, 0, 0, 0], [0, 5, 0, 0]], wishes=wishes)
    rounds = [
        replace(service, delivers_from_s=9 * HOUR, delivers_to_s=19 * HOUR) if service.kind == "parcel" else service
        for service in world.services
    ]
    shipments = audits.run(replace(world, services=tuple(rounds)))["shipments"]
    moments = set(records(shipments, "order", "received_t"))
    assert len(shipments["shipment"]) == 10
    assert len(moments) == len({t for _, t in moments}) == 5  # one for each address's order, at five times of the day


def test_a_parcel_picked_on_monday_is_handed_over_at_five_and_arrives_on_wednesday_noon() -> None:
    facts = audits.run(three_stores(wishes=[web(11 * HOUR)]))
    times = records(facts["shipments"], "sourced_t", "picked_t", "handed_t", "received_t", "collected_t")
    assert times == [(11 * HOUR, 11 * HOUR + PICK, 17 * HOUR, 2 * DAY + NOON, -1)]
