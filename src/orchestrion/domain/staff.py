"""Hands over time: how many people are on duty when, and how much work they can have done by then."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from orchestrion.domain.calendar import Calendar


class Staff:
    """Several people with calendars of their own as one capacity.

    >>> early, late = Calendar([0], [3600]), Calendar([1800], [5400])
    >>> staff = Staff([early, late])
    >>> staff.seconds(5400), staff.after(0, 3600), staff.next_on_duty(9000) is None
    (7200, 2700, True)
    """

    __slots__ = ("_done", "_hands", "_times")

    def __init__(self, people: Sequence[Calendar]) -> None:
        changes: dict[int, int] = {}
        for calendar in people:
            for a, b in zip(calendar.opens, calendar.closes, strict=True):
                changes[a] = changes.get(a, 0) + 1
                changes[b] = changes.get(b, 0) - 1
        self._times = sorted(changes)  # moments when the number of people changes
        self._hands: list[int] = []  # from each of them on
        self._done = [0]  # people-seconds before each of them
        here = 0
        for i, t in enumerate(self._times):
            if i:
                self._done.append(self._done[-1] + here * (t - self._times[i - 1]))
            here += changes[t]
            self._hands.append(here)

    def on_duty(self, t: int) -> int:
        """People on duty at t."""
        i = bisect_right(self._times, t) - 1
        return self._hands[i] if i >= 0 else 0

    def seconds(self, t: int) -> int:
        """People-seconds on duty between the start and t."""
        i = bisect_right(self._times, t) - 1
        return self._done[i] + self._hands[i] * (t - self._times[i]) if i >= 0 else 0

    def next_on_duty(self, t: int) -> int | None:
        """t itself when somebody is on duty, else when the next one comes; None when nobody comes any more."""
        i = bisect_right(self._times, t) - 1
        if i >= 0 and self._hands[i]:
            return t
        return next((self._times[k] for k in range(i + 1, len(self._times)) if self._hands[k]), None)

    def after(self, t: int, work: int) -> int:
        """When `work` people-seconds more have been on duty after t; the end of the calendars if they never are."""
        goal = self.seconds(t) + work
        if not work or not self._times:
            return t
        i = bisect_left(self._done, goal) - 1  # the stretch that reaches the goal begins before it
        if i >= 0 and self._hands[i]:
            return max(t, self._times[i] + -(-(goal - self._done[i]) // self._hands[i]))
        return max(t, self._times[-1])
