"""Carriers' calls, business days and promises, on a town whose first day is a Monday."""

from __future__ import annotations

from dataclasses import replace

import pytest
import towns

from orchestrion.domain.calendar import BusinessDays
from orchestrion.domain.world import Service
from orchestrion.logistics import transit
from orchestrion.units import DAY, HOUR, MINUTE

WORLD = towns.three_stores()
STANDARD = replace(
    WORLD.services[towns.PARCEL_STANDARD],
    transit=(0.0, 0.25, 0.5, 0.25),
    delivers_from_s=9 * HOUR,
    delivers_to_s=17 * HOUR,
)
FRIDAY, SATURDAY, SUNDAY, MONDAY = 4, 5, 6, 7


def at(day: int, hours: float) -> int:
    return day * DAY + round(hours * HOUR)


def test_two_business_days_after_friday_is_monday_when_saturdays_count() -> None:
    assert transit.arrival(STANDARD, at(FRIDAY, 17), 2, 0.0) == at(MONDAY, 9)
    assert transit.arrival(STANDARD, at(FRIDAY, 17), 1, 0.0) == at(SATURDAY, 9)


def test_a_parcel_handed_over_on_a_day_off_travels_from_its_eve() -> None:
    assert transit.arrival(STANDARD, at(SUNDAY, 10), 1, 0.0) == at(MONDAY, 9)


@pytest.mark.parametrize(("fraction", "hours"), [(0.0, 9), (0.5, 13), (0.999999, 16 + 55 / 60)])
def test_the_round_passes_within_the_delivery_hours_on_a_grid_of_five_minutes(fraction: float, hours: float) -> None:
    t = transit.arrival(STANDARD, at(0, 17), 1, fraction)
    assert t == at(1, hours)
    assert t % (5 * MINUTE) == 0


def test_same_day_never_arrives_before_it_leaves() -> None:
    assert transit.arrival(STANDARD, at(0, 8), 0, 0.0) == at(0, 9)
    late = transit.arrival(STANDARD, at(0, 16) + 1, 0, 0.0)
    assert late == at(0, 16) + 5 * MINUTE


@pytest.mark.parametrize(("u", "days"), [(0.0, 1), (0.2499, 1), (0.25, 2), (0.7499, 2), (0.75, 3), (0.9999999, 3)])
def test_transit_is_drawn_by_the_inverse_of_its_law(u: float, days: int) -> None:
    assert transit.draw_days(STANDARD, u) == days


def test_a_law_a_hair_below_one_still_ends_at_its_last_day() -> None:
    assert transit.draw_days(replace(STANDARD, transit=(0.0, 0.9999999999999999, 0.0)), 1 - 2**-53) == 1


def test_the_expected_arrival_is_the_mean_transit_in_the_middle_of_the_hours() -> None:
    assert transit.expected_days(STANDARD) == 2
    assert transit.expected_arrival(STANDARD, at(0, 17)) == at(2, 13)


def test_what_is_ready_in_the_second_of_the_call_leaves_with_it() -> None:
    assert transit.next_collection(STANDARD, 1, at(0, 17)) == at(0, 17)
    assert transit.next_collection(STANDARD, 1, at(0, 17) + 1) == at(1, 17)
    assert transit.next_collection(STANDARD, 1, at(SATURDAY, 18)) == at(MONDAY, 17)
    assert transit.next_collection(STANDARD, 1, at(10_000, 0)) == -1


def test_a_counter_is_never_called_at() -> None:
    assert transit.next_collection(WORLD.services[towns.COUNTER], 1, 0) == -1


@pytest.mark.parametrize("promised", [at(0, 12), at(2, 12), at(2, 13), at(3, 20), at(MONDAY, 13), at(12, 1)])
def test_the_latest_collection_is_the_last_one_that_keeps_the_promise(promised: int) -> None:
    calls = STANDARD.collections[0]
    good = [call for call in calls if transit.expected_arrival(STANDARD, call) <= promised]
    assert transit.latest_collection(STANDARD, 0, promised) == (good[-1] if good else -1)


def test_an_order_after_the_cut_off_counts_as_placed_on_the_next_working_day() -> None:
    option = WORLD.options[towns.HOME_J1]  # cut-off 13:00, next working day at 19:00
    assert transit.promise(WORLD, option, at(0, 13)) == at(1, 19)
    assert transit.promise(WORLD, option, at(0, 13) + 1) == at(2, 19)
    assert transit.promise(WORLD, option, at(FRIDAY, 14)) == at(MONDAY, 19)
    assert transit.promise(WORLD, option, at(SATURDAY, 10)) == at(MONDAY, 19)


def test_a_sunday_order_counts_as_placed_on_monday() -> None:
    option = WORLD.options[towns.HOME_J1]
    assert transit.promise(WORLD, option, at(SUNDAY, 3)) == at(MONDAY + 1, 19)
    assert transit.promise(WORLD, option, at(SUNDAY, 23)) == at(MONDAY + 1, 19)


def test_click_and_collect_from_the_stores_own_shelf_is_ready_within_opening_hours() -> None:
    option = WORLD.options[towns.COLLECT]  # two opening hours; stores open 10:00-19:00, not on Sundays
    assert transit.promise(WORLD, option, at(0, 11), 1, True) == at(0, 13)
    assert transit.promise(WORLD, option, at(SATURDAY, 18), 1, True) == at(MONDAY, 11)
    assert transit.promise(WORLD, option, at(0, 3), 1, True) == at(0, 12)


def test_click_and_collect_from_elsewhere_is_promised_in_business_days() -> None:
    option = WORLD.options[towns.COLLECT]  # cut-off 15:00, two working days, 12:00
    assert transit.promise(WORLD, option, at(0, 11), 1, False) == at(2, 12)


def test_a_promise_is_never_in_the_past() -> None:
    option = replace(WORLD.options[towns.HOME_STANDARD], promise_days=0, promise_at_s=10 * HOUR)
    assert transit.promise(WORLD, option, at(0, 14)) == at(0, 14)


def test_a_service_of_five_days_a_week_skips_the_weekend() -> None:
    days = BusinessDays([True] * 5 + [False] * 2 + [True] * 5 + [False] * 2)
    service: Service = replace(STANDARD, days=days)
    assert transit.arrival(service, at(FRIDAY, 17), 1, 0.0) == at(MONDAY, 9)
    assert transit.arrival(service, at(SATURDAY, 17), 1, 0.0) == at(MONDAY, 9)


def test_promises_remembered_by_day_are_the_promises() -> None:
    limits = {"last_orders": (10 * HOUR, DAY + 21 * HOUR), "cut_off_s": 13 * HOUR}
    world = replace(WORLD, options=tuple(replace(option, **limits) for option in WORLD.options))
    remembered = transit.Promises(world)
    for option in world.options:
        for t in [day * DAY + s for day in range(9) for s in (0, 10 * HOUR, 10 * HOUR + 1, 13 * HOUR, 13 * HOUR + 1)]:
            for store, whole in ((-1, False), (1, False), (1, True)):
                told = _by_hand(world, option, t, store, whole)
                assert remembered.of(option.id, t, store, whole) == told
                assert transit.promise(world, option, t, store, whole) == told


def _by_hand(world, option, t: int, store: int, whole: bool) -> int:
    if option.collect and store >= 0 and whole:
        return world.nodes[store].calendar.after_open_seconds(t, option.ready_in_s)
    day, days = t // DAY, world.business_days
    first_two = day < 2 and t > (10 * HOUR, DAY + 21 * HOUR)[day]
    if first_two or t % DAY > 13 * HOUR or not days.is_working(day):
        day = days.after(day, 1)
    return max(t, days.after(day, option.promise_days) * DAY + option.promise_at_s)


def test_a_remembered_promise_is_never_in_the_past_either() -> None:
    option = replace(WORLD.options[0], promise_days=0, promise_at_s=9 * HOUR, cut_off_s=22 * HOUR)
    world = replace(WORLD, options=(option, *WORLD.options[1:]))
    assert transit.Promises(world).of(0, at(1, 21)) == transit.promise(world, option, at(1, 21)) == at(1, 21)
