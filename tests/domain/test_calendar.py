"""Calendars against counting by hand: second by second, day by day."""

from __future__ import annotations

import pickle
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from orchestrion.domain.calendar import BusinessDays, Calendar, opening_calendar
from orchestrion.units import DAY, HOUR


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Up to four openings within 40 seconds; some touch."""
    marks = sorted(draw(st.lists(st.integers(0, 40), unique=True, max_size=8)))
    pairs = list(zip(marks[::2], marks[1::2], strict=False))
    if pairs and draw(st.booleans()):
        pairs.append((pairs[-1][1], pairs[-1][1] + draw(st.integers(1, 5))))
    return Calendar([a for a, _ in pairs], [b for _, b in pairs])


def is_open(calendar: Calendar, t: int) -> bool:
    return any(a <= t < b for a, b in zip(calendar.opens, calendar.closes, strict=True))


@given(calendar=calendars(), t=st.integers(0, 50))
def test_opening_hours_are_what_counting_seconds_says(calendar: Calendar, t: int) -> None:
    assert calendar.is_open(t) == is_open(calendar, t)
    assert calendar.next_open(t) == next((s for s in range(t, 60) if is_open(calendar, s)), None)
    assert calendar.open_seconds(t) == sum(is_open(calendar, s) for s in range(t))


@given(calendar=calendars(), t=st.integers(0, 50), wanted=st.integers(1, 30))
def test_opening_seconds_pass_only_while_the_place_is_open(calendar: Calendar, t: int, wanted: int) -> None:
    ends = calendar.after_open_seconds(t, wanted)
    passed, s = 0, t
    while passed < wanted and s < 60:
        passed += is_open(calendar, s)
        s += 1
    if passed == wanted:
        assert ends == s  # the end of the last second needed: at a closing, that evening
    else:
        assert ends == (calendar.closes[-1] if calendar.closes else t)


@given(calendar=calendars())
def test_a_calendar_survives_pickling(calendar: Calendar) -> None:
    twin = pickle.loads(pickle.dumps(calendar))
    assert [twin.open_seconds(t) for t in range(50)] == [calendar.open_seconds(t) for t in range(50)]


@given(working=st.lists(st.booleans(), min_size=1, max_size=15), day=st.integers(0, 14), count=st.integers(0, 8))
def test_working_days_are_counted_one_by_one(working: list[bool], day: int, count: int) -> None:
    calendar = BusinessDays(working)
    day = min(day, len(working) - 1)
    after = [d for d in range(day + 1, len(working)) if working[d]]
    if count == 0 and working[day]:
        assert calendar.after(day, 0) == day
        return
    wanted = max(count, 1)  # from a day off, 0 days later is the next working day
    if len(after) >= wanted:
        assert calendar.after(day, count) == after[wanted - 1]
    else:
        assert calendar.after(day, count) >= len(working)


@given(working=st.lists(st.booleans(), min_size=1, max_size=15), day=st.integers(0, 40), count=st.integers(0, 20))
def test_a_longer_wait_never_ends_earlier_even_beyond_the_calendar(working: list[bool], day: int, count: int) -> None:
    calendar = BusinessDays(working)
    assert day <= calendar.after(day, count) <= calendar.after(day, count + 1)
    assert calendar.after(day, count) <= calendar.after(day + 1, count)


def test_a_working_day_is_within_the_calendar() -> None:
    calendar = BusinessDays([True, False])
    assert [calendar.is_working(day) for day in (-1, 0, 1, 2)] == [False, True, False, False]


def test_an_opening_calendar_asks_for_the_hours_of_each_date() -> None:
    asked: list[date] = []

    def hours(day: date) -> list[tuple[int, int]]:
        asked.append(day)
        return [] if day.weekday() == 6 else [(9 * HOUR, 12 * HOUR), (14 * HOUR, 18 * HOUR)]

    calendar = opening_calendar(date(2024, 3, 2), 3, hours)  # Saturday, Sunday, Monday
    assert asked == [date(2024, 3, 2), date(2024, 3, 3), date(2024, 3, 4)]
    assert calendar.opens == [9 * HOUR, 14 * HOUR, 2 * DAY + 9 * HOUR, 2 * DAY + 14 * HOUR]
    assert not calendar.is_open(13 * HOUR)
    assert calendar.after_open_seconds(11 * HOUR, 2 * HOUR) == 15 * HOUR
