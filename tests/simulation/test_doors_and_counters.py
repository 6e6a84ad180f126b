"""Doors that stay closed, counters where nobody comes, pickup points and couriers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import audits
import numpy as np
import pytest
import road_towns
from road_towns import BY_COURIER, PICKUP, SAME_DAY, attempts, points, waiting, with_service
from towns import COLLECT, HOME_STANDARD, PARCEL_STANDARD, replay, three_stores

from orchestrion.domain.codes import Component, EventKind, Leg, Outcome, Reason, StockKind
from orchestrion.domain.facts import Facts
from orchestrion.domain.world import World
from orchestrion.units import DAY, HOUR, MICRO

MONDAY_TEN = 10 * HOUR


def one_order(world: World, option: int = HOME_STANDARD, place: int = 0, store: int = -1, t: int = MONDAY_TEN) -> World:
    """One shirt ordered on the first day and nothing else."""
    wishes = replay([(t, 0, place, option, store, ((0, 1),))])
    return replace(world, demand=replace(world.demand, replay=wishes, online_per_day=0.0))


def steps(facts: Facts) -> list[tuple[str, int]]:
    """(event, moment) of all that happened to orders."""
    return [(EventKind(k).key, t) for k, t in audits.records(facts["events"], "kind", "t")]


def booked(facts: Facts, table: str, key: str, code: int) -> int:
    rows = facts[table]
    return int(rows["amount"][rows[key] == code].sum())


def test_a_door_that_never_opens_is_tried_twice_and_the_parcel_goes_back_to_its_node() -> None:
    world = one_order(with_service(three_stores(), PARCEL_STANDARD, attempts=attempts(1e-9)))
    facts = audits.run(world)
    names = steps(facts)
    tuesday_after = 3 * DAY + 12 * HOUR  # Monday's parcel comes on Wednesday at noon, the second attempt a day later
    assert names[-3:] == [
        ("attempt_failed", 2 * DAY + 12 * HOUR),
        ("attempt_failed", tuesday_after),
        ("sent_back", tuesday_after),
    ]
    audits.audit(world, facts)
    assert audits.order_ends(facts) == {0: "cancelled"}
    returns = facts["returns"]
    assert returns["reason"].tolist() == [Reason.UNDELIVERED]
    assert returns["node"].tolist() == facts["shipments"]["node"].tolist()
    assert returns["refund"].tolist() == [round(20 * MICRO / 1.2)]
    assert facts["requests"]["outcome"].tolist() == [Outcome.CANCELLED]
    assert facts["stock"]["d_physical"].sum() == world.opening_stock.sum()  # the unit is on sale again
    # a second stop at one euro; the way back at half the carriage; the fee is given back
    carriage = booked(facts, "costs", "component", Component.CARRIAGE)
    assert booked(facts, "costs", "component", Component.FAILED_DELIVERY) == MICRO + carriage // 2
    assert booked(facts, "costs", "component", Component.FEE) == 0
    assert booked(facts, "emissions", "leg", Leg.FAILED_ATTEMPT) == booked(facts, "emissions", "leg", Leg.LAST_LEG)


def test_after_the_last_attempt_the_parcel_may_wait_at_a_pickup_point() -> None:
    world = three_stores(emissions={"pickup_g_per_cm3": 0.002})
    law = attempts(1e-9, 1, to_pickup_point=True)
    world = one_order(with_service(replace(world, pickup_points=points(world)), PARCEL_STANDARD, attempts=law))
    facts = audits.run(world)
    assert [name for name, _ in steps(facts)][-3:] == ["attempt_failed", "ready", "collected"]
    audits.audit(world, facts)
    assert booked(facts, "costs", "component", Component.FAILED_DELIVERY) == MICRO
    assert booked(facts, "emissions", "leg", Leg.PICKUP_POINT) == 2_000  # 1,000 cm3
    assert booked(facts, "emissions", "leg", Leg.CUSTOMER_TRIP) == 200_000  # 2 km at 200 g, half of it


def test_more_closed_doors_mean_later_dearer_and_dirtier_deliveries() -> None:
    base = three_stores(stock=[[400] * 4] * 3, days=14)
    often = with_service(base, PARCEL_STANDARD, attempts=attempts(0.7, 3))
    a, b = (audits.run(world) for world in (base, often))
    both = np.intersect1d(
        *(f["shipments"]["shipment"][f["shipments"]["received_t"] >= 0] for f in (a, b))
    )
    times = [dict(audits.records(f["shipments"], "shipment", "received_t")) for f in (a, b)]
    assert all(times[0][i] <= times[1][i] for i in both.tolist())  # the same parcels, never sooner
    assert sum(times[1][i] - times[0][i] for i in both.tolist()) > 0
    for table in ("costs", "emissions"):
        assert b[table]["amount"].sum() > a[table]["amount"].sum()


def test_luck_at_the_door_is_the_same_under_every_policy() -> None:
    world = with_service(three_stores(stock=[[400, 90, 90, 90]] * 3), PARCEL_STANDARD, attempts=attempts(0.6, 2))

    def failed(policy: str) -> Counter[int]:
        facts = audits.run(world, policy)
        only_one = {o for o, n in Counter(facts["shipments"]["order"].tolist()).items() if n == 1}
        rows = audits.records(facts["events"], "order", kind=EventKind.ATTEMPT_FAILED)
        return Counter(o for (o,) in rows if o in only_one)

    assert failed("nearest") == failed("warehouse_first") != Counter()


def test_units_that_nobody_collects_go_back_on_the_stores_shelf_after_the_days_they_are_kept() -> None:
    world = replace(three_stores(), collecting=waiting(never=0.999999, keep_days=4))
    world = one_order(world, COLLECT, 0, 1)
    facts = audits.run(world)
    ready = dict(steps(facts))["ready"]
    assert steps(facts)[-1] == ("no_show", ready + 4 * DAY)
    audits.audit(world, facts)
    assert audits.order_ends(facts) == {0: "no_show"}
    assert facts["requests"]["outcome"].tolist() == [Outcome.NO_SHOW]
    assert facts["requests"]["reason"].tolist() == [Reason.NO_SHOW]
    back = audits.records(facts["stock"], "node", "d_physical", kind=StockKind.RESTOCKED)
    assert back == [(1, 1)]
    assert booked(facts, "emissions", "leg", Leg.CUSTOMER_TRIP) == 0  # nobody came


@pytest.mark.parametrize("never", [0.1, 0.3])
def test_the_share_of_no_shows_is_the_one_asked_for(never: float) -> None:
    world = three_stores(
        stock=[[0, 3000, 3000, 3000]] * 3, online_per_day=150.0, days=28,
        demand={"option_shares": np.array([0.0, 0.0, 1.0])},
        nodes={f"store_{n}": {"pickers": 4} for n in (1, 2, 3)},
    )  # fmt: skip
    facts = audits.run(replace(world, collecting=waiting(never=never, keep_days=5)))
    ready, absent = (
        len(audits.records(facts["events"], "order", kind=kind)) for kind in (EventKind.READY, EventKind.NO_SHOW)
    )
    assert ready > 3000
    assert absent / ready == pytest.approx(never, abs=3.3 * (never * (1 - never) / ready) ** 0.5)  # 99.9 %


def test_who_comes_later_than_the_goods_are_kept_comes_in_vain() -> None:
    world = replace(three_stores(), collecting=waiting(days=(0.0, 0.0, 0.0, 0.0, 1.0), keep_days=3))
    facts = audits.run(one_order(world, COLLECT, 0, 1))
    assert [name for name, _ in steps(facts)][-1] == "no_show"


def test_a_parcel_for_a_pickup_point_can_be_fetched_when_the_point_opens() -> None:
    world = one_order(road_towns.more_ways(three_stores()), PICKUP)
    facts = audits.run(world)
    assert dict(steps(facts))["ready"] == 2 * DAY + 12 * HOUR
    assert [name for name, _ in steps(facts)][-2:] == ["ready", "collected"]
    audits.audit(world, facts)


def test_a_parcel_that_nobody_fetches_at_its_point_travels_back() -> None:
    world = one_order(road_towns.more_ways(three_stores(), never=0.999999, keep_days=5), PICKUP)
    facts = audits.run(world)
    assert [name for name, _ in steps(facts)][-3:] == ["ready", "no_show", "sent_back"]
    audits.audit(world, facts)
    assert facts["returns"]["reason"].tolist() == [Reason.NO_SHOW]
    carriage = booked(facts, "costs", "component", Component.CARRIAGE)
    assert booked(facts, "costs", "component", Component.FAILED_DELIVERY) == carriage


def test_a_courier_rings_within_the_hour_and_costs_by_the_kilometre() -> None:
    world = one_order(road_towns.more_ways(three_stores(emissions={"courier_g_per_km": 200.0})), SAME_DAY)
    facts = audits.run(world)
    picked = dict(steps(facts))["picked"]
    # ten kilometres at 10 m/s after a quarter of an hour
    assert steps(facts)[-2:] == [("handed_over", picked), ("delivered", picked + 900 + 1000)]
    assert facts["shipments"]["node"].tolist() == [1]  # the only node within 15 km
    assert booked(facts, "costs", "component", Component.CARRIAGE) == 12 * MICRO
    assert booked(facts, "emissions", "leg", Leg.COURIER) == 3_000_000  # 10 km and half the way back
    assert booked(facts, "emissions", "leg", Leg.LAST_LEG) == 0
    audits.audit(world, facts)


def test_an_order_after_the_couriers_hours_comes_the_next_working_day() -> None:
    world = with_service(road_towns.more_ways(three_stores()), BY_COURIER, delivers_to_s=18 * HOUR)
    facts = audits.run(one_order(world, SAME_DAY, t=18 * HOUR))
    assert dict(steps(facts))["handed_over"] == DAY + 9 * HOUR


def test_where_no_courier_comes_the_customer_takes_the_usual_delivery() -> None:
    world = road_towns.more_ways(three_stores(place_km=(0, 60)))
    facts = audits.run(one_order(world, SAME_DAY, place=1))
    assert facts["orders"]["option"].tolist() == [HOME_STANDARD]


def test_switched_off_nothing_changes() -> None:
    """Laws that never bite give the same facts as no laws at all, whatever else they draw."""
    world = three_stores(stock=[[100, 9, 9, 9]] * 3, pick_success=0.9)
    always = with_service(world, PARCEL_STANDARD, attempts=attempts(1.0))
    kept = replace(always, returns=road_towns.returns(world, rate=0.0))
    a, b = audits.run(world), audits.run(kept)
    assert audits.digest(a) == audits.digest(b)
