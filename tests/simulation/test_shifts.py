"""Hands that come and go, pick lists that are full, and who works when by the document."""

from __future__ import annotations

from datetime import date
from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from towns import HOME_STANDARD, one_warehouse, three_stores

from orchestrion.domain.calendar import Calendar
from orchestrion.domain.codes import Channel, EventKind, Reason
from orchestrion.domain.staff import Staff
from orchestrion.scenarios.compile.calendars import hands, is_worked, opening
from orchestrion.scenarios.document.hours import Opening, Shift
from orchestrion.simulation.moments import Clock
from orchestrion.simulation.site import Site
from orchestrion.units import DAY, HOUR, MINUTE

PICK = 3 * MINUTE
NOON = 12 * HOUR


def web(t: int, *lines: tuple[int, int], option: int = HOME_STANDARD, store: int = -1) -> Any:
    return (t, Channel.WEB, 0, option, store, list(lines) or [(0, 1)])


def worked(*spans: tuple[int, int], days: int = 28) -> Calendar:
    """The same hours every day."""
    return Calendar(
        [d * DAY + a for d in range(days) for a, _ in spans], [d * DAY + b for d in range(days) for _, b in spans]
    )


MORNING, EVENING = worked((6 * HOUR, 12 * HOUR)), worked((10 * HOUR, 18 * HOUR))
SHIFTS: dict[str, Any] = {"warehouse": {"shifts": (MORNING, EVENING), "pickers": 2}}


def picked(wishes: list[Any], **changes: Any) -> dict[int, int]:
    facts = audits.run(one_warehouse(wishes=wishes, **changes))
    audits.audit(one_warehouse(wishes=wishes, **changes), facts)
    return dict(records(facts["shipments"], "order", "picked_t"))


@pytest.mark.parametrize(
    ("ordered", "done"),
    [
        (5 * HOUR, 6 * HOUR + PICK),  # the morning's picker
        (12 * HOUR - 1, 12 * HOUR - 1 + PICK),  # begun in the shift, finished after it
        (13 * HOUR, 13 * HOUR + PICK),  # the evening's
        (18 * HOUR, DAY + 6 * HOUR + PICK),  # nobody any more, although the warehouse is open until 20:00
    ],
)
def test_a_pick_begins_only_while_somebody_is_on_duty(ordered: int, done: int) -> None:
    assert picked([web(ordered)], nodes=SHIFTS) == {0: done}


def test_as_many_pick_at_a_time_as_are_on_duty() -> None:
    wishes = [web(9 * HOUR + i) for i in range(3)]
    assert picked(wishes, nodes=SHIFTS) == {0: 9 * HOUR + PICK, 1: 9 * HOUR + 2 * PICK, 2: 9 * HOUR + 3 * PICK}
    wishes = [web(11 * HOUR + i) for i in range(3)]
    assert picked(wishes, nodes=SHIFTS) == {0: 11 * HOUR + PICK, 1: 11 * HOUR + 1 + PICK, 2: 11 * HOUR + 2 * PICK}


def test_who_comes_to_an_empty_list_is_called_when_work_comes() -> None:
    # the morning's picker idles from 6:00, the evening's from 10:00; after noon only the second hears the call
    assert picked([web(7 * HOUR), web(15 * HOUR), web(DAY + 7 * HOUR)], nodes=SHIFTS) == {
        0: 7 * HOUR + PICK, 1: 15 * HOUR + PICK, 2: DAY + 7 * HOUR + PICK,
    }  # fmt: skip


def test_every_pick_of_a_busy_month_begins_in_somebodys_shift() -> None:
    world = one_warehouse(2_000, online_per_day=60.0, nodes=SHIFTS, days=21)
    facts = audits.run(world, seed=3)
    audits.audit(world, facts)
    lines = dict(records(facts["shipments"], "shipment", "lines"))
    staff = Staff(world.nodes[0].shifts)
    at_work: list[tuple[int, int]] = []
    for shipment, done in records(facts["shipments"], "shipment", "picked_t"):
        begun = done - 120 - 60 * lines[shipment]
        assert staff.on_duty(begun) > 0
        at_work += [(begun, 1), (done, -1)]
    busy = 0
    for t, change in sorted(at_work):
        busy += change
        # who began before the shift ended may still be finishing
        assert busy <= max(staff.on_duty(t), staff.on_duty(t - PICK - 120))


def test_staffed_time_of_a_day_is_the_sum_of_its_shifts() -> None:
    facts = audits.run(one_warehouse(wishes=[web(NOON)], nodes=SHIFTS))
    assert {s for s, in records(facts["work"], "staffed_s")} == {14 * HOUR}


def test_the_expected_moment_counts_who_will_be_there() -> None:
    site = Site(Clock(), one_warehouse(nodes=SHIFTS).nodes[0])
    # at 18:30 the warehouse is still open, but nobody picks before 6:00
    assert site.ready(18 * HOUR + 30 * MINUTE, PICK) == DAY + 6 * HOUR + PICK
    assert site.ready(7 * HOUR, PICK) == 7 * HOUR + PICK
    site.waiting_s = 6 * HOUR  # one picker from 6:00, two from 10:00: done at 11:00
    assert site.ready(5 * HOUR, PICK) == 11 * HOUR + PICK
    site.waiting_s = 15 * HOUR  # a whole day's work and an hour of the next
    assert site.ready(5 * HOUR, PICK) == DAY + 7 * HOUR + PICK


def test_staff_adds_up_calendars() -> None:
    staff = Staff([MORNING, EVENING])
    assert [staff.on_duty(h * HOUR) for h in (5, 6, 11, 12, 18)] == [0, 1, 2, 1, 0]
    assert staff.seconds(DAY) == 14 * HOUR
    assert staff.after(5 * HOUR, 4 * HOUR) == 10 * HOUR
    assert staff.after(5 * HOUR, 6 * HOUR) == 11 * HOUR
    assert staff.after(17 * HOUR, 2 * HOUR) == DAY + 7 * HOUR
    assert staff.next_on_duty(19 * HOUR) == DAY + 6 * HOUR
    assert staff.next_on_duty(28 * DAY) is None
    assert Staff([]).next_on_duty(0) is None
    rng = np.random.default_rng(1)
    for t, work in rng.integers(0, 20 * DAY, (200, 2)).tolist():
        work //= 10
        done = staff.after(t, work)
        assert staff.seconds(done) - staff.seconds(t) >= work  # reached ...
        assert not work or staff.seconds(done - 1) - staff.seconds(t) < work  # ... and not a second before


@pytest.mark.parametrize("pickers", [1, 2, 3])
def test_more_pickers_pick_sooner(pickers: int) -> None:
    def mean(count: int) -> float:
        shifts = (worked((8 * HOUR, 16 * HOUR)),) * count
        world = one_warehouse(2_000, online_per_day=200.0, days=7, nodes={"warehouse": {"shifts": shifts}})
        shipments = audits.run(world, seed=3)["shipments"]
        return float((shipments["picked_t"] - shipments["sourced_t"]).mean())

    assert mean(pickers + 1) < mean(pickers)


# ---- pick lists that are full ------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [{"max_backlog": 2}, {"max_backlog_s": 2 * PICK}])
def test_a_node_with_a_full_pick_list_is_given_no_more(limit: dict[str, int]) -> None:
    wishes = [web(9 * HOUR + i) for i in range(4)]  # stores open at 10:00
    facts = audits.run(three_stores(wishes=wishes, nodes={"store_1": limit}))
    assert [n for n, in records(facts["decisions"], "node")] == [1, 1, 2, 2]
    assert [n for n, in records(audits.run(three_stores(wishes=wishes))["decisions"], "node")] == [1] * 4


def test_a_review_of_many_orders_fills_a_pick_list_no_further() -> None:
    wishes = [web(9 * HOUR + i) for i in range(8)]
    for policy in ("nearest", "cheapest", {"name": "milp", "review": "30 min"}):
        world = three_stores(wishes=wishes, review_s=30 * MINUTE, nodes={"store_1": {"max_backlog": 2}})
        facts = audits.run(world, policy)
        assert [n for n, in records(facts["decisions"], "node")].count(1) <= 2


def test_lines_that_wait_only_because_pick_lists_are_full_say_so() -> None:
    full = {"max_backlog": 1, "pickers": 0}
    nodes = {"warehouse": full, **{f"store_{n}": full for n in (1, 2, 3)}}
    facts = audits.run(three_stores(wishes=[web(NOON + i) for i in range(5)], nodes=nodes, days=6))
    assert records(facts["events"], "order", "reason", kind=EventKind.HELD) == [(4, Reason.BACKLOG)]
    assert records(facts["events"], "order", "reason", kind=EventKind.CANCELLED) == [(4, Reason.BACKLOG)]
    # without stock the reason is another
    facts = audits.run(three_stores(stock=[[1, 1, 1, 1]], wishes=[web(NOON, (0, 4)), web(NOON, (0, 1))], nodes=nodes))
    assert Reason.BACKLOG not in [r for r, in records(facts["events"], "reason", kind=EventKind.HELD)]


def test_shorter_pick_lists_send_more_orders_elsewhere() -> None:
    """Paired: the tighter the limit, the farther the parcels come from, and the shorter the longest queue."""
    distance, queue = [], []
    for limit in (-1, 6, 3, 1):
        nodes = {f"store_{n}": {"max_backlog": limit, "pick_setup_s": HOUR} for n in (1, 2, 3)}
        world = three_stores(stock=[[900, 90, 90, 90]] * 3, nodes=nodes)
        facts = audits.run(world, seed=8)
        audits.audit(world, facts)
        sent = facts["shipments"]
        distance.append(float(sent["distance"].mean()))
        queue.append(int(facts["work"]["queue"][facts["work"]["node"] > 0].max()))
        if limit >= 0:
            assert queue[-1] <= limit
    assert distance == sorted(distance)
    assert distance[0] < distance[3]
    assert queue == sorted(queue, reverse=True)


# ---- by the document ---------------------------------------------------------------------------------------

START = date(2024, 1, 1)


def test_a_date_named_outright_decides_over_holidays_and_weekdays() -> None:
    hours = Opening(open_on=[date(2024, 12, 22), date(2024, 11, 1)], closed_on=[date(2024, 12, 24)])
    sunday, all_saints, eve = date(2024, 12, 22), date(2024, 11, 1), date(2024, 12, 24)
    assert [is_worked(day, hours, "75") for day in (sunday, all_saints, eve)] == [True, True, False]
    assert [is_worked(day, Opening(), "75") for day in (sunday, all_saints, eve)] == [False, False, True]


@pytest.mark.parametrize(("departement", "open_"), [("75", True), ("57", False), ("67", False), ("68", False)])
def test_good_friday_and_saint_stephens_are_worked_except_in_alsace_and_moselle(departement: str, open_: bool) -> None:
    for day in (date(2024, 3, 29), date(2024, 12, 26), date(2026, 4, 3), date(2025, 12, 26)):
        assert is_worked(day, Opening(), departement) is open_
    assert not is_worked(date(2024, 5, 1), Opening(), departement)
    assert is_worked(date(2024, 5, 1), Opening(public_holidays=True), departement)


def test_shifts_add_up_and_stop_on_days_when_the_node_is_shut() -> None:
    shifts = [
        Shift(days=["mon", "tue", "wed", "thu", "fri"], begins="08:00", ends="12:00", pickers=2),
        Shift(begins="10:00", ends="19:00"),
    ]
    people = hands(START, 14, shifts, Opening(), "75")  # 1 January 2024 is a Monday and a holiday
    staff = Staff(people)
    assert len(people) == 3
    assert staff.seconds(DAY) == 0
    tuesday, saturday, sunday = DAY, 5 * DAY, 6 * DAY
    assert [staff.on_duty(tuesday + h * HOUR) for h in (7, 8, 10, 12, 18, 19)] == [0, 2, 3, 1, 1, 0]
    assert [staff.on_duty(saturday + h * HOUR) for h in (8, 10, 18)] == [0, 1, 1]
    assert [staff.on_duty(sunday + h * HOUR) for h in (8, 10, 18)] == [0, 0, 0]


def test_opening_hours_are_those_of_the_days_worked() -> None:
    calendar = opening(START, 14, Opening(days=["sun"], opens="14:00", closes="18:00"), "75")
    assert calendar.opens[:2] == [6 * DAY + 14 * HOUR, 13 * DAY + 14 * HOUR]
