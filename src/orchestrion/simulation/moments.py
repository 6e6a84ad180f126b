"""The clock: whole seconds, and a written order of what happens first within one.

Within a second: receipts of stock, then collections (what is ready at that second leaves), then sourcing reviews, then
new orders and walk-ins, then the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any

import simpy

FIRST, RECEIPTS, COLLECTIONS, REVIEWS, ARRIVALS, THE_REST = range(6)  # SimPy takes the lowest number first


class Clock(simpy.Environment):
    """SimPy's environment in whole seconds."""

    # seconds since the scenario's start: every delay is a whole number of them; read thirteen times an order
    now = property(attrgetter("_now"))

    def reach(self, t: int, rank: int) -> None:
        """Let everything happen that comes before `rank` at t; then it is t.

        What was scheduled at t with the same rank before this call comes first, as if an event had been scheduled now:
        customers, who are millions, need none of their own.
        """
        queue = self._queue
        if queue and queue[0][0] <= t:
            turn = (t, rank, next(self._eid))
            while queue and queue[0] < turn:
                self._now, _, _, event = heappop(queue)
                if isinstance(event, Timetable):
                    event.ring()
                    continue
                # what `Environment.step` does, without a call for each event
                callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]  # it has happened
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
    """Things due at the same second share one event: a carrier's call, a delivery minute, a morning's receipts.

    It is that event itself, as often as it is due: SimPy finds in it what it wants of an event.
    """

    __slots__ = ("_act", "_due", "_env", "_rank")
    _ok = True

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
            env = self._env
            heappush(env._queue, (t, self._rank, next(env._eid), self))  # type: ignore[misc]  # a rank is a priority
        due.append(thing)

    def pending(self) -> Iterator[tuple[Any, ...]]:
        """What has been added and is not due yet, by moment."""
        for t in sorted(self._due):
            yield from self._due[t]

    @property
    def callbacks(self) -> list[Callable[[Any], None]]:
        """What is called when it is due."""
        return [lambda _: self.ring()]

    @callbacks.setter
    def callbacks(self, none: None) -> None:
        """SimPy takes them away from an event that has happened; this one will happen again."""

    def ring(self) -> None:
        """Do what is due now."""
        act = self._act
        for thing in self._due.pop(self._env.now):
            act(*thing)
