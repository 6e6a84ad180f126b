"""What happens first within one second is written down, and kept."""

from __future__ import annotations

from collections.abc import Generator

import audits
import pytest
import simpy
from audits import records
from towns import COLLECT, HOME_STANDARD, one_store_walk_in, one_warehouse, three_stores

from orchestrion.domain.codes import Channel, EventKind, Outcome
from orchestrion.errors import PlanError
from orchestrion.simulation.moments import ARRIVALS, COLLECTIONS, RECEIPTS, REVIEWS, THE_REST, Clock, Moment, Timetable
from orchestrion.units import DAY, HOUR, MINUTE

CALL = 17 * HOUR  # of the standard carrier
PICK = 3 * MINUTE  # one shipment with one line


def web(t: int, sku: int = 0, qty: int = 1) -> tuple[int, int, int, int, int, list[tuple[int, int]]]:
    return (t, Channel.WEB, 0, HOME_STANDARD, -1, [(sku, qty)])


def walk_in(t: int, store: int, sku: int = 0, qty: int = 1) -> tuple[int, int, int, int, int, list[tuple[int, int]]]:
    return (t, Channel.WALK_IN, -1, -1, store, [(sku, qty)])


def test_the_ranks_of_one_second_are_receipts_collections_reviews_arrivals_and_the_rest() -> None:
    clock, seen = Clock(), []
    ranks = [THE_REST, ARRIVALS, REVIEWS, COLLECTIONS, RECEIPTS]
    for rank in ranks:
        Moment(clock, 60, rank).callbacks.append(lambda _, rank=rank: seen.append((clock.now, rank)))
    clock.run()
    assert seen == [(60, RECEIPTS), (60, COLLECTIONS), (60, REVIEWS), (60, ARRIVALS), (60, THE_REST)]


def test_a_timetable_keeps_the_order_of_entry_and_takes_late_entries_of_the_same_second() -> None:
    clock, seen = Clock(), []
    table = Timetable(clock, COLLECTIONS, lambda *thing: seen.append((clock.now, *thing)))
    table.add(60, "first")
    table.add(30, "early")
    table.add(60, "second")
    Moment(clock, 60, THE_REST).callbacks.append(lambda _: table.add(60, "packed at the very second"))
    clock.run()
    assert seen == [(30, "early"), (60, "first"), (60, "second"), (60, "packed at the very second")]


def test_what_ranks_before_or_was_due_already_happens_before_the_turn_of_a_customer() -> None:
    clock, seen = Clock(), []

    def due(t: int, rank: int, name: str) -> None:
        Moment(clock, t, rank).callbacks.append(lambda _: seen.append((clock.now, name)))

    due(59, THE_REST, "before")
    due(60, THE_REST, "after")
    due(60, REVIEWS, "a review")
    due(60, ARRIVALS, "asks again")
    # scheduled only while the customer is on the way: it waits for its turn
    Moment(clock, 58, THE_REST).callbacks.append(lambda _: due(60, ARRIVALS, "too late"))
    clock.reach(60, ARRIVALS)
    assert clock.now == 60
    assert seen == [(59, "before"), (60, "a review"), (60, "asks again")]
    clock.reach(61, ARRIVALS)
    assert seen[3:] == [(60, "too late"), (60, "after")]


def test_a_process_that_fails_stops_the_clock_with_its_own_error() -> None:
    clock = Clock()

    def process() -> Generator[simpy.Event, None, None]:
        yield Moment(clock, 5, THE_REST)
        raise PlanError("no")

    clock.process(process())
    with pytest.raises(PlanError, match="no"):
        clock.reach(9, ARRIVALS)
    assert clock.now == 5


@pytest.mark.parametrize(("late", "day"), [(-1, 0), (0, 0), (1, 1), (HOUR, 1)])
def test_a_late_order_misses_the_last_collection(late: int, day: int) -> None:
    # picked at the call's second exactly (late = 0): it leaves with it; a second later it waits for tomorrow's
    facts = audits.run(one_warehouse(wishes=[web(CALL - PICK + late)]))
    assert records(facts["shipments"], "picked_t", "handed_t") == [(CALL + late, day * DAY + CALL)]


def test_a_saturday_evening_order_leaves_on_monday() -> None:
    facts = audits.run(one_warehouse(wishes=[web(5 * DAY + 18 * HOUR)]))
    assert records(facts["shipments"], "picked_t", "handed_t") == [(5 * DAY + 18 * HOUR + PICK, 7 * DAY + CALL)]


def test_stock_received_at_a_second_is_there_for_who_walks_in_at_that_second() -> None:
    # one shirt sold on Monday is replaced on Tuesday at 11:00
    world = three_stores(
        stock=[[50, 1, 1, 1]],
        low=[[-1, 0, -1, -1]],
        replenishment={"delivery_at_s": 11 * HOUR},
        wishes=[walk_in(11 * HOUR, 1), walk_in(DAY + 11 * HOUR - 1, 1), walk_in(DAY + 11 * HOUR, 1)],
    )
    outcomes = records(audits.run(world)["requests"], "outcome")
    assert outcomes == [(Outcome.SERVED,), (Outcome.LOST,), (Outcome.SERVED,)]


def test_stock_received_at_a_second_is_there_for_the_review_of_that_second() -> None:
    # ten units wanted where nine are: the tenth arrives on Monday week at 6:00, a review's second
    world = one_warehouse(
        10,
        low=0,
        wishes=[web(7 * HOUR, qty=10), *[web(8 * HOUR)]],
        replenishment={"supplier_weekday": 1, "supplier_lead_days": (6, 6)},
        reactions={"online": {"leave": 0.0, "own_store": 0.0, "wait": 1.0}, "wait_days": (6, 6)},
        review_s=HOUR,
    )
    facts = audits.run(world)
    # the second customer is told to wait and asks again on Sunday at 8:00, in vain
    assert records(facts["requests"], "outcome", request=1) == [(Outcome.LOST,)]
    received = records(facts["stock"], "t", d_on_order=-10)
    assert received == [(7 * DAY + 6 * HOUR,)]


def test_a_short_pick_waits_for_the_receipt_and_is_reviewed_in_the_same_second() -> None:
    # both units of the warehouse are promised, none is found; the supplier's two arrive at a review's second
    world = one_warehouse(
        2,
        low=0,
        up_to=2,
        pick_success=0.0,
        wishes=[web(7 * HOUR)],
        review_s=HOUR,
        replenishment={"supplier_weekday": 1, "supplier_lead_days": (1, 1)},
        nodes={},
    )
    facts = audits.run(world)
    assert records(facts["events"], "t", kind=EventKind.SHORT) == [(8 * HOUR + PICK,)]
    # the only node failed the order before: it is held, and withdrawn once it has waited for more than two days
    assert records(facts["events"], "t", kind=EventKind.HELD) == [(9 * HOUR,)]
    assert records(facts["events"], "t", kind=EventKind.CANCELLED) == [(2 * DAY + 10 * HOUR,)]


def test_who_orders_at_the_second_of_a_review_waits_for_the_next() -> None:
    world = one_warehouse(review_s=HOUR, wishes=[web(9 * HOUR - 1), web(9 * HOUR), web(9 * HOUR + 1)])
    assert records(audits.run(world)["decisions"], "t", "order") == [(9 * HOUR, 0), (10 * HOUR, 1), (10 * HOUR, 2)]


def test_online_and_walk_in_of_one_second_are_served_in_the_order_they_are_given() -> None:
    wishes = [walk_in(11 * HOUR, 0), walk_in(11 * HOUR, 0)]
    facts = audits.run(one_store_walk_in(1, wishes=wishes, walk_ins=0.0))
    assert records(facts["requests"], "outcome") == [(Outcome.SERVED,), (Outcome.LOST,)]


def test_a_parcel_ready_as_the_collection_store_opens_is_collected_two_hours_later_at_the_earliest() -> None:
    wishes = [(9 * HOUR, Channel.WEB, 0, COLLECT, 1, [(0, 1)])]
    facts = audits.run(three_stores(wishes=wishes))
    ((ready, collected),) = records(facts["shipments"], "received_t", "collected_t")
    assert ready == 10 * HOUR + PICK
    assert collected >= ready + 2 * HOUR
