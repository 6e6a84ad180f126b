"""Real days: weekdays, French public holidays (Alsace and Moselle have two more), opening hours, carriers' calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache

from orchestrion.domain.calendar import BusinessDays, Calendar, opening_calendar
from orchestrion.scenarios.document import WEEKDAYS
from orchestrion.scenarios.document.delivery import ServiceDocument
from orchestrion.scenarios.document.hours import Opening, Shift
from orchestrion.units import DAY, time_of_day_s

_ALSACE_MOSELLE = ("57", "67", "68")
AFTER = 40  # days that calendars go on after the end, so that late promises and deliveries have a date


@cache
def public_holidays(year: int, departement: str) -> frozenset[date]:
    """Public holidays of a departement."""
    import holidays

    subdivision = {"57": "57", "67": "6AE", "68": "6AE"}.get(departement)
    return frozenset(holidays.country_holidays("FR", subdiv=subdivision, years=year))


def is_holiday(day: date, departement: str = "") -> bool:
    """Whether the day is a public holiday there."""
    return day in public_holidays(day.year, departement if departement in _ALSACE_MOSELLE else "")


def opening(start: date, days: int, hours: Opening, departement: str) -> Calendar:
    """Opening hours of a node as a calendar."""
    interval = [(time_of_day_s(hours.opens), time_of_day_s(hours.closes))]
    return opening_calendar(start, days + AFTER, lambda day: interval if is_worked(day, hours, departement) else [])


def is_worked(day: date, hours: Opening, departement: str) -> bool:
    """Whether a node opens on a day: a date named outright decides, then public holidays, then the weekday."""
    if day in hours.closed_on:
        return False
    if day in hours.open_on:
        return True
    if is_holiday(day, departement) and not hours.public_holidays:
        return False
    return WEEKDAYS[day.weekday()] in hours.days


def hands(start: date, days: int, shifts: Sequence[Shift], hours: Opening, departement: str) -> tuple[Calendar, ...]:
    """Shifts as one calendar for each pair of hands: the first is there whenever anybody is, the last at the peaks.

    Shifts are worked on days when the node opens, also before and after its opening hours.
    """

    def people(day: date) -> list[tuple[int, int]]:
        """(time of day, hands from then on) of a day."""
        if not is_worked(day, hours, departement):
            return []
        change: dict[int, int] = {}
        for shift in shifts:
            if WEEKDAYS[day.weekday()] in shift.days:
                for text, count in ((shift.begins, shift.pickers), (shift.ends, -shift.pickers)):
                    change[time_of_day_s(text)] = change.get(time_of_day_s(text), 0) + count
        here, steps = 0, []
        for t in sorted(change):
            here += change[t]
            steps.append((t, here))
        return steps

    most = max((count for d in range(days + AFTER) for _, count in people(start + timedelta(days=d))), default=0)

    def of(hand: int) -> Callable[[date], Sequence[tuple[int, int]]]:
        def on(day: date) -> Sequence[tuple[int, int]]:
            spans: list[tuple[int, int]] = []
            begun = -1
            for t, here in people(day):
                if here > hand and begun < 0:
                    begun = t
                elif here <= hand and begun >= 0:
                    spans.append((begun, t))
                    begun = -1
            return spans

        return on

    return tuple(opening_calendar(start, days + AFTER, of(hand)) for hand in range(most))


def business_days(start: date, days: int, worked: Sequence[str]) -> BusinessDays:
    """Days that count, public holidays left out."""
    indices = {WEEKDAYS.index(day) for day in worked}
    dates = (start + timedelta(days=d) for d in range(days + AFTER))
    return BusinessDays([day.weekday() in indices and not is_holiday(day) for day in dates])


def calls(start: date, days: int, service: ServiceDocument, times: Sequence[str], node: Calendar) -> tuple[int, ...]:
    """When a service calls at a node: on its days, at the given times, if the node is open then."""
    working = business_days(start, days, service.collection_days)
    moments = sorted(time_of_day_s(text) for text in times)
    return tuple(
        t
        for day in range(days + AFTER)
        if working.is_working(day)
        for t in (day * DAY + moment for moment in moments)
        if node.is_open(t - 1)  # a call at closing time still finds somebody
    )
