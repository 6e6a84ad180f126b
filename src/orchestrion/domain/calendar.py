"""Opening hours and business days as plain sorted numbers: real calendars, compiled once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from orchestrion.units import DAY


class Calendar:
    """When a place is open, in seconds since the scenario's start.

    Parameters
    ----------
    opens, closes
        Sorted, disjoint, same length: open from `opens[i]` (included) to `closes[i]` (excluded) [s].

    >>> shop = Calendar([36_000, 122_400], [68_400, 154_800])      # 10:00-19:00 on two days
    >>> shop.is_open(36_000), shop.next_open(70_000), shop.after_open_seconds(66_600, 7_200)
    (True, 122400, 127800)
    """

    __slots__ = ("_elapsed", "closes", "opens")

    def __init__(self, opens: Sequence[int], closes: Sequence[int]) -> None:
        self.opens = list(opens)
        self.closes = list(closes)
        self._elapsed = [0]  # open seconds before each interval
        for a, b in zip(self.opens, self.closes, strict=True):
            self._elapsed.append(self._elapsed[-1] + b - a)

    def __reduce__(self) -> tuple[type[Calendar], tuple[list[int], list[int]]]:
        return Calendar, (self.opens, self.closes)

    def is_open(self, t: int) -> bool:
        """Whether the place is open at t."""
        i = bisect_right(self.opens, t) - 1
        return i >= 0 and t < self.closes[i]

    def next_open(self, t: int) -> int | None:
        """t itself when open, else the next opening; None when there is none."""
        i = bisect_right(self.opens, t) - 1
        if i >= 0 and t < self.closes[i]:
            return t
        return self.opens[i + 1] if i + 1 < len(self.opens) else None

    def open_seconds(self, t: int) -> int:
        """Open seconds between the start and t."""
        i = bisect_right(self.opens, t) - 1
        return 0 if i < 0 else self._elapsed[i] + min(t, self.closes[i]) - self.opens[i]

    def after_open_seconds(self, t: int, wanted: int) -> int:
        """The moment when `wanted` more open seconds have passed after t; the last closing if they never do."""
        goal = self.open_seconds(t) + wanted
        i = bisect_right(self._elapsed, goal) - 1
        if i >= len(self.opens):
            return self.closes[-1] if self.closes else t
        if goal == self._elapsed[i] and i > 0 and wanted > 0:
            return self.closes[i - 1]  # exactly at a closing: done that evening, not the next morning
        return max(t, self.opens[i] + goal - self._elapsed[i])


class BusinessDays:
    """Counting in working days: which days count is a calendar of its own (the carrier's, the retailer's).

    Parameters
    ----------
    working
        One flag per day since the scenario's start.
    """

    __slots__ = ("_days", "_rank", "working")

    def __init__(self, working: Sequence[bool]) -> None:
        self.working = list(working)
        self._days = [d for d, yes in enumerate(self.working) if yes]
        self._rank = [0]
        for yes in self.working:
            self._rank.append(self._rank[-1] + yes)

    def __reduce__(self) -> tuple[type[BusinessDays], tuple[list[bool]]]:
        return BusinessDays, (self.working,)

    def is_working(self, day: int) -> bool:
        """Whether day (0 = first day) is a working day."""
        return 0 <= day < len(self.working) and self.working[day]

    def after(self, day: int, count: int) -> int:
        """The working day `count` working days after `day`; with 0, `day` itself or the next working day.

        Beyond the calendar every day but each seventh is taken as working, so that late orders still have a date.

        >>> BusinessDays([True] * 5 + [False] * 2 + [True] * 5).after(4, 1)    # Friday + 1 = Monday
        7
        """
        # days worked up to and including `day`, plus count; a day off counts as the eve of the next working day
        done = self._rank[min(day + 1, len(self.working))]
        wanted = done + count - 1 if self.is_working(day) else done + max(count, 1) - 1
        if wanted < len(self._days):
            return self._days[wanted]
        beyond = wanted - len(self._days) + 1
        return max(len(self.working), day) - 1 + beyond + beyond // 6

    def between(self, day: int, later: int) -> int:
        """Working days after `day`, up to and including `later`.

        >>> BusinessDays([True] * 5 + [False] * 2 + [True] * 5).between(4, 8)    # Friday to Tuesday
        2
        """
        end = len(self.working)
        inside = self._rank[min(later + 1, end)] - self._rank[min(day + 1, end)]
        beyond = max(later + 1, end) - max(day + 1, end)
        return inside + beyond - beyond // 7


def opening_calendar(
    start: date,
    days: int,
    hours: Callable[[date], Sequence[tuple[int, int]]],
) -> Calendar:
    """A calendar of `days` days from the opening intervals [s after midnight] that `hours` gives for each date."""
    opens: list[int] = []
    closes: list[int] = []
    for d in range(days):
        for a, b in hours(start + timedelta(days=d)):
            opens.append(d * DAY + a)
            closes.append(d * DAY + b)
    return Calendar(opens, closes)
