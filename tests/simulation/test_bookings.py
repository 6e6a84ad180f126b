"""Promises that know how far the network is booked up, and when the last collection of a day is missed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import audits
import pytest
from audits import records
from towns import HOME_STANDARD, PARCEL_STANDARD, one_warehouse, three_stores

from orchestrion.domain.codes import Channel, Outcome, Reason
from orchestrion.domain.world import World
from orchestrion.logistics.transit import promise
from orchestrion.units import DAY, HOUR, MINUTE


def web(t: int, *, place: int = 0) -> Any:
    return (t, Channel.WEB, place, HOME_STANDARD, -1, [(0, 1)])


def capped(count: int, *, per_day: int = 2, hold_s: int = 4 * DAY, sees: bool = True) -> World:
    """One warehouse that takes few orders a day; they come on Monday morning."""
    return one_warehouse(
        wishes=[web(9 * HOUR + i) for i in range(count)],
        daily_orders=per_day,
        sourcing={"hold_s": hold_s, "promise_sees_capacity": sees},
    )


def test_the_promise_of_a_booked_up_day_counts_from_the_day_that_has_room() -> None:
    facts = audits.run(capped(6))
    # three working days, by 19:00: of Monday, Monday, Tuesday, Tuesday, Wednesday, Wednesday
    assert [t for t, in records(facts["orders"], "promised_t")] == [
        d * DAY + 19 * HOUR for d in (3, 3, 4, 4, 5, 5)
    ]  # fmt: skip
    assert [t // DAY for t, in records(facts["decisions"], "t")] == [0, 0, 1, 1, 2, 2]
    ends = dict(records(facts["orders"], "order", "promised_t"))
    assert all(t <= ends[o] for o, t in records(facts["shipments"], "order", "received_t"))
    blind = audits.run(capped(6, sees=False))
    assert {t for t, in records(blind["orders"], "promised_t")} == {3 * DAY + 19 * HOUR}


def test_who_would_have_to_wait_longer_than_lines_may_is_told_no_at_once() -> None:
    told = audits.run(capped(8, hold_s=2 * DAY))
    outcomes = records(told["requests"], "outcome", "reason")
    assert outcomes == [(Outcome.SERVED, -1)] * 6 + [(Outcome.LOST, Reason.UNAVAILABLE)] * 2
    audits.audit(capped(8, hold_s=2 * DAY), told)
    blind = records(audits.run(capped(8, hold_s=2 * DAY, sees=False))["requests"], "outcome", "reason")
    assert (Outcome.CANCELLED, Reason.NO_STOCK) in blind


def test_a_network_with_one_node_without_limit_is_never_booked_up() -> None:
    wishes = [web(9 * HOUR + i) for i in range(9)]
    changes: dict[str, Any] = {"wishes": wishes, "nodes": {"store_1": {"daily_orders": 1}}}
    seen = audits.run(three_stores(**changes, sourcing={"promise_sees_capacity": True}))
    assert audits.digest(seen) == audits.digest(audits.run(three_stores(**changes)))


def test_a_network_that_takes_nothing_promises_nothing() -> None:
    assert {o for o, in records(audits.run(capped(2, per_day=0))["requests"], "outcome")} == {Outcome.LOST}


@pytest.mark.parametrize(("ordered", "day"), [(11 * HOUR, 3), (11 * HOUR + 1, 4), (12 * HOUR, 4)])
def test_an_order_later_than_every_nodes_last_collection_counts_as_tomorrows(ordered: int, day: int) -> None:
    world = one_warehouse(wishes=[web(ordered)])
    option = world.options[HOME_STANDARD]
    last = tuple(d * DAY + 11 * HOUR for d in range(28))
    earlier = replace(option, last_orders=last)
    world = replace(world, options=(earlier, *world.options[1:]))
    assert promise(world, earlier, ordered) == day * DAY + 19 * HOUR
    assert records(audits.run(world)["orders"], "promised_t") == [(day * DAY + 19 * HOUR,)]


def test_a_late_order_misses_the_last_collection_of_its_node_and_not_that_of_another() -> None:
    def handed(hour: float, node: str) -> int:
        world = three_stores(wishes=[web(hour_s := round(hour * HOUR))])
        standard = world.services[PARCEL_STANDARD]
        calls = tuple(
            tuple(t - 4 * HOUR for t in moments) if world.nodes[n].key == "store_1" else moments
            for n, moments in enumerate(standard.collections)
        )
        services = (replace(standard, collections=calls), *world.services[1:])
        facts = audits.run(replace(world, services=services), {"name": "ranked", "ranking": [node]})
        ((t,),) = records(facts["shipments"], "handed_t")
        assert t > hour_s
        return t

    assert handed(12.5, "store_1") == 13 * HOUR
    assert handed(13.5, "store_1") == DAY + 13 * HOUR
    assert handed(13.5, "store_2") == 17 * HOUR


def test_earlier_collections_make_deliveries_later() -> None:
    """Paired: the carrier's call at every node moves from evening to morning."""
    times = []
    for earlier in (0, 3, 6):
        world = three_stores(stock=[[500, 90, 90, 90]] * 3)
        services = tuple(
            replace(s, collections=tuple(tuple(t - earlier * HOUR for t in moments) for moments in s.collections))
            for s in world.services
        )
        facts = audits.run(replace(world, services=services), seed=3)
        placed = dict(records(facts["orders"], "order", "t"))
        sent = facts["shipments"]
        home = sent["collect_at"] < 0
        received = zip(sent["order"][home].tolist(), sent["received_t"][home].tolist(), strict=True)
        waits = [t - placed[o] for o, t in received]
        times.append(sum(waits) / len(waits))
    assert times[0] < times[1] < times[2]
    assert times[2] - times[0] > 30 * MINUTE
