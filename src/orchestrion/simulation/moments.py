"""The clock: whole seconds, and a written order of what happens first within one.

Within a second: receipts of stock, then collections (what is ready at that second leaves), then sourcing reviews, then
new orders and walk-ins, then the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from typing import Any

import simpy

RECEIPTS, COLLECTIONS, REVIEWS, ARRIVALS, THE_REST = range(1, 6)  # SimPy takes the lowest number first


class Clock(simpy.Environment):
    """SimPy's environment in whole seconds."""

    @property
    def now(self) -> int:
        """Seconds since the scenario's start."""
        return self._now  # type: ignore[return-value]  # every delay is a whole number of seconds

    def slip(self, t: int) -> bool:
        """Go straight to t if nothing else happens up to and including t: most customers need no event of their own."""
        if self._queue and self._queue[0][0] <= t:
            return False
        self._now = t
        return True

    def work_until(self, t: int) -> None:
        """Everything that happens before t, in order; what `run(until=t)` does, without a call for each event."""
        queue = self._queue
        while queue and queue[0][0] < t:
            self._now, _, _, event = heappop(queue)
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]  # none once it has happened
            for callback in callbacks:
                callback(event)
            if not event._ok and not event.defused:
                raise event._value
        self._now = t


class Moment(simpy.Event):
    """An event at a given second, ranked among those of the same second."""

    def __init__(self, env: Clock, t: int, rank: int) -> None:
        # what `simpy.Event` and `Environment.schedule` do, without their calls: there are millions of moments
        self.env = env
        self.callbacks = []
        self._ok = True
        self._value = None
        heappush(env._queue, (t, rank, next(env._eid), self))  # type: ignore[misc]  # a rank is a priority


class Timetable:
    """Things due at the same second share one event: a carrier's call, a delivery minute, a morning's receipts."""

    __slots__ = ("_act", "_due", "_env", "_rank")

    def __init__(self, env: Clock, rank: int, act: Callable[..., None]) -> None:
        self._env = env
        self._rank = rank
        self._act = act
        self._due: dict[int, list[tuple[Any, ...]]] = {}

    def add(self, t: int, *thing: Any) -> None:
        """Call `act(*thing)` at t, after whatever was added for t before."""
        due = self._due.get(t)
        if due is None:
            due = self._due[t] = []
            Moment(self._env, t, self._rank).callbacks.append(self._ring)
        due.append(thing)

    def pending(self) -> Iterator[tuple[Any, ...]]:
        """What has been added and is not due yet, by moment."""
        for t in sorted(self._due):
            yield from self._due[t]

    def _ring(self, _: simpy.Event) -> None:
        for thing in self._due.pop(self._env.now):
            self._act(*thing)
