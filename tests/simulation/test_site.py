"""People pick: in opening hours, the most urgent first, each taking the time their node takes."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import audits
import numpy as np
import pytest
from audits import records
from busy_towns import busy, hurried
from towns import COLLECT, HOME_J1, HOME_STANDARD, one_warehouse, three_stores

from orchestrion.domain.codes import Channel, EventKind
from orchestrion.scenarios.compile.calendars import opening
from orchestrion.scenarios.document.hours import Opening
from orchestrion.units import DAY, HOUR, MINUTE

PICK = 3 * MINUTE


def web(t: int, *lines: tuple[int, int], option: int = HOME_STANDARD, store: int = -1, place: int = 0):  # type: ignore[no-untyped-def]
    return (t, Channel.WEB, place, option, store, list(lines) or [(0, 1)])


@pytest.mark.parametrize(
    ("ordered", "picked"),
    [
        (5 * HOUR, 6 * HOUR + PICK),  # before the warehouse opens at 6:00
        (12 * HOUR, 12 * HOUR + PICK),
        (20 * HOUR - 1, 20 * HOUR - 1 + PICK),  # begun in time, finished after closing
        (20 * HOUR, DAY + 6 * HOUR + PICK),
        (5 * DAY + 21 * HOUR, 7 * DAY + 6 * HOUR + PICK),  # Saturday night: nobody works on Sunday
    ],
)
def test_picking_begins_in_opening_hours_only(ordered: int, picked: int) -> None:
    assert records(audits.run(one_warehouse(wishes=[web(ordered)]))["shipments"], "picked_t") == [(picked,)]


@pytest.mark.parametrize(("departement", "days_off"), [("", (0, 91)), ("67", (0, 88, 91))])
def test_nobody_picks_on_a_public_holiday(departement: str, days_off: tuple[int, ...]) -> None:
    # 2024: New Year is day 0, Good Friday (Alsace and Moselle only) day 88, Easter Monday day 91
    hours = Opening(days=["mon", "tue", "wed", "thu", "fri", "sat"], opens="06:00", closes="20:00")
    calendar = opening(date(2024, 1, 1), 100, hours, departement)
    days = (0, 1, 88, 91)
    world = one_warehouse(
        wishes=[web(day * DAY + 12 * HOUR) for day in days], days=98, nodes={"warehouse": {"calendar": calendar}}
    )
    picked = [t for (t,) in records(audits.run(world)["shipments"], "picked_t")]
    for day, t in zip(days, picked, strict=True):
        if day in days_off:
            assert t == (day + 1) * DAY + 6 * HOUR + PICK
        else:
            assert t == day * DAY + 12 * HOUR + PICK


@pytest.mark.parametrize("town", [busy, hurried])
def test_every_pick_of_a_busy_town_begins_while_its_node_is_open_and_no_picker_is_in_two_places(town) -> None:  # type: ignore[no-untyped-def]
    world = town()
    facts = audits.run(world, seed=5)
    lines = {}
    for shipment, line, qty in records(facts["decisions"], "shipment", "line", "qty"):
        lines.setdefault(shipment, []).append((line, qty))
    at_work: dict[int, list[tuple[int, int]]] = {}
    for shipment, n, sourced, picked in records(facts["shipments"], "shipment", "node", "sourced_t", "picked_t"):
        if picked < 0:
            continue
        node = world.nodes[n]
        units = sum(qty for _, qty in lines[shipment])
        begun = picked - node.pick_setup_s - len(lines[shipment]) * node.pick_line_s - units * node.pick_unit_s
        assert begun >= sourced
        assert node.calendar.is_open(begun)
        at_work.setdefault(n, []).append((begun, picked))
    assert len(at_work) == 4
    for n, spans in at_work.items():
        spans.sort()
        assert world.nodes[n].pickers == 1
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_pick_time_is_setup_plus_lines_plus_units() -> None:
    slow = {"warehouse": {"pick_setup_s": 100, "pick_line_s": 20, "pick_unit_s": 3}}
    world = three_stores(
        stock=[[50, 0, 0, 0]] * 3, wishes=[web(12 * HOUR, (0, 1), (1, 4), (2, 2))], nodes=slow
    )
    facts = audits.run(world)
    assert records(facts["shipments"], "picked_t", "lines", "units") == [(12 * HOUR + 100 + 3 * 20 + 7 * 3, 3, 7)]


def test_the_most_urgent_promise_is_picked_first_and_the_longest_waiting_among_equals() -> None:
    # at night three orders wait: the one for tomorrow overtakes the two standard ones
    wishes = [web(21 * HOUR), web(21 * HOUR + 1), web(21 * HOUR + 2, option=HOME_J1)]
    shipments = audits.run(one_warehouse(wishes=wishes))["shipments"]
    opens = DAY + 6 * HOUR
    assert dict(records(shipments, "order", "picked_t")) == {2: opens + PICK, 0: opens + 2 * PICK, 1: opens + 3 * PICK}


def test_a_pick_under_way_is_not_interrupted_by_a_more_urgent_one() -> None:
    wishes = [web(12 * HOUR), web(12 * HOUR + 1), web(12 * HOUR + 2, option=HOME_J1)]
    shipments = audits.run(one_warehouse(wishes=wishes))["shipments"]
    noon = 12 * HOUR
    assert dict(records(shipments, "order", "picked_t")) == {0: noon + PICK, 2: noon + 2 * PICK, 1: noon + 3 * PICK}


def test_two_pickers_work_side_by_side() -> None:
    wishes = [web(12 * HOUR + i) for i in range(3)]
    shipments = audits.run(one_warehouse(wishes=wishes, pickers=2))["shipments"]
    noon = 12 * HOUR
    assert dict(records(shipments, "order", "picked_t")) == {0: noon + PICK, 1: noon + 1 + PICK, 2: noon + 2 * PICK}


def test_a_node_without_pickers_never_ships() -> None:
    facts = audits.run(one_warehouse(wishes=[web(12 * HOUR)], pickers=0))
    assert records(facts["shipments"], "picked_t", "handed_t", "units") == [(-1, -1, 0)]
    assert audits.order_ends(facts) == {0: "open"}


def test_the_work_of_a_day_is_the_picking_time_of_what_was_picked() -> None:
    world = busy()
    facts = audits.run(world, seed=5)
    work = facts["work"]
    spent = np.zeros(len(world.nodes), np.int64)
    asked = {}
    for shipment, n, qty in records(facts["decisions"], "shipment", "node", "qty"):
        lines, units, _ = asked.get(shipment, (0, 0, n))
        asked[shipment] = lines + 1, units + qty, n
    for shipment, picked in records(facts["shipments"], "shipment", "picked_t"):
        lines, units, n = asked[shipment]
        node = world.nodes[n]
        if picked >= 0:
            spent[n] += node.pick_setup_s + lines * node.pick_line_s + units * node.pick_unit_s
    busy_s = np.bincount(work["node"], work["busy_s"], len(world.nodes)).astype(np.int64)
    assert busy_s.tolist() == spent.tolist()
    assert (spent > 0).all()
    days = world.end_s // DAY
    assert len(work["node"]) == days * len(world.nodes)
    for n, begins, ends, staffed in records(work, "node", "from_t", "to_t", "staffed_s"):
        assert (ends - begins, ends % DAY) == (DAY, 0)
        hours = 0 if begins // DAY % 7 == 6 else 9 if n else 14
        assert staffed == hours * HOUR


def test_the_queue_of_a_day_is_what_was_sourced_and_not_yet_picked_at_midnight() -> None:
    facts = audits.run(hurried(), seed=5)
    shipments = facts["shipments"]
    waited = 0
    for n, ends, queue in records(facts["work"], "node", "to_t", "queue"):
        picked = np.where(shipments["picked_t"] < 0, 1 << 40, shipments["picked_t"])
        waiting = (shipments["node"] == n) & (shipments["sourced_t"] < ends) & (picked >= ends)
        assert queue == int(waiting.sum())
        waited += queue
    assert waited > 0


def test_a_ready_promise_of_two_opening_hours_is_kept_by_an_idle_store() -> None:
    for ordered, promised in (
        (11 * HOUR, 13 * HOUR),
        (18 * HOUR, DAY + 11 * HOUR),  # one hour before closing at 19:00, one after opening at 10:00
        (5 * DAY + 18 * HOUR + 30 * MINUTE, 7 * DAY + 11 * HOUR + 30 * MINUTE),
        (22 * HOUR, DAY + 12 * HOUR),
    ):
        facts = audits.run(three_stores(wishes=[web(ordered, option=COLLECT, store=2)]))
        assert records(facts["orders"], "promised_t", "collect_at") == [(promised, 2)]
        ((node, ready, units),) = records(facts["shipments"], "node", "received_t", "units")
        assert (node, units) == (2, 1)
        assert ready <= promised


def test_goods_that_come_from_elsewhere_are_promised_in_two_working_days_and_wait_for_the_customer() -> None:
    wishes = [web(11 * HOUR, (0, 1), (1, 1), option=COLLECT, store=2)]
    world = three_stores(stock=[[50, 0, 0, 0], [0, 5, 5, 5]], wishes=wishes)
    facts = audits.run(world)
    assert records(facts["orders"], "promised_t") == [(2 * DAY + 12 * HOUR,)]
    parcels = {n: times for n, *times in records(facts["shipments"], "node", "handed_t", "received_t", "collected_t")}
    assert sorted(parcels) == [0, 2]
    # from the warehouse with tomorrow's shuttle at 8:00, there the day after at 9:00; at the counter within minutes
    assert parcels[0][:2] == [DAY + 8 * HOUR, 2 * DAY + 9 * HOUR]
    assert parcels[2][:2] == [11 * HOUR + PICK] * 2
    # the customer comes once, for both, in opening hours, after being told that all is ready
    assert parcels[0][2] == parcels[2][2] >= 2 * DAY + 9 * HOUR + 2 * HOUR
    assert world.nodes[2].calendar.is_open(parcels[0][2])
    assert len(records(facts["events"], "t", kind=EventKind.READY)) == 2
