"""When things leave and arrive: carriers' calls, business days of transit, and the promise told to the customer."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import lru_cache

from orchestrion.domain.world import Option, Service, World
from orchestrion.units import DAY, MINUTE

_GRID_S = 5 * MINUTE  # deliveries fall on a grid, so that many share one event of the clock


def arrival(service: Service, handed_t: int, days: int, fraction: float) -> int:
    """The moment of delivery [s].

    Parameters
    ----------
    handed_t
        Handed over to the service [s].
    days
        Business days of transit after the day of the hand-over; 0: that day, or the next on which the service delivers.
    fraction
        In [0, 1): how far the parcel comes within the service's delivery hours.
    """
    day = service.days.after(handed_t // DAY, days)
    offset = int(fraction * (service.delivers_to_s - service.delivers_from_s)) // _GRID_S * _GRID_S
    t = day * DAY + service.delivers_from_s + offset
    return t if t >= handed_t else -(-handed_t // _GRID_S) * _GRID_S


def draw_days(service: Service, u: float) -> int:
    """Business days of transit for a uniform number u in [0, 1): the inverse of the service's distribution."""
    reached = 0.0
    last = 0
    for days, probability in enumerate(service.transit):
        if probability <= 0.0:
            continue
        reached += probability
        if u < reached:
            return days
        last = days
    return last  # the probabilities summed to a hair less than one


@lru_cache(maxsize=256)
def _mean_days(transit: tuple[float, ...]) -> int:
    return int(sum(days * probability for days, probability in enumerate(transit)) / sum(transit) + 0.5)


def expected_days(service: Service) -> int:
    """Mean business days of transit, rounded to the nearest."""
    return _mean_days(service.transit)


def courier_arrival(service: Service, handed_t: int, road_m: float) -> int:
    """When a courier who left then rings at a door so many metres of road away [s]."""
    courier = service.courier
    assert courier is not None
    return handed_t + courier.handling_s + int(road_m / courier.speed_m_s)


def _courier_comes(service: Service, ready_t: int) -> int:
    """When a courier called for a shipment can leave: at once in its hours, else when they begin again [s]."""
    day, second = divmod(ready_t, DAY)
    if service.days.is_working(day) and second <= service.delivers_to_s:
        return max(ready_t, day * DAY + service.delivers_from_s)
    return service.days.after(day, 1) * DAY + service.delivers_from_s


def expected_arrival(service: Service, handed_t: int, road_m: float = 0.0) -> int:
    """When a parcel handed over then is expected: the mean transit, in the middle of the delivery hours; a courier
    after the road to the door [s]."""
    if service.courier is not None:
        return courier_arrival(service, handed_t, road_m)
    return arrival(service, handed_t, _mean_days(service.transit), 0.5)


def next_collection(service: Service, node: int, ready_t: int) -> int:
    """The next call of the service's carrier at the node, at or after ready_t [s]; -1 if it calls no more.

    A courier comes when called, in its hours, to the nodes it serves (those with any call in its calendar).
    """
    calls = service.collections[node]
    if service.courier is not None:
        return _courier_comes(service, ready_t) if calls else -1
    i = bisect_left(calls, ready_t)
    return calls[i] if i < len(calls) else -1


def latest_collection(service: Service, node: int, promised_t: int) -> int:
    """The last call at the node whose parcels are expected by promised_t [s]; -1 if there is none."""
    calls = service.collections[node]
    low, high = 0, bisect_right(calls, promised_t)
    while low < high:  # expected arrivals never decrease from call to call
        middle = (low + high) // 2
        if expected_arrival(service, calls[middle]) <= promised_t:
            low = middle + 1
        else:
            high = middle
    return calls[low - 1] if low else -1


def promise(world: World, option: Option, t: int, store: int = -1, whole: bool = False) -> int:
    """The latest delivery (or ready) moment told to a customer who orders at t [s].

    Parameters
    ----------
    store
        The collection store; -1 for home delivery.
    whole
        Whether that store has everything: then the order is promised so many *opening* seconds later. Everything else
        is promised in business days, counted from the next working day when the cut-off has passed.
    """
    if option.collect and store >= 0 and whole:
        return world.nodes[store].calendar.after_open_seconds(t, option.ready_in_s)
    last, in_time, late = promises_of_day(world, option, t // DAY)
    return max(t, in_time if t <= last else late)


def promises_of_day(world: World, option: Option, day: int) -> tuple[int, int, int]:
    """The last second of a day to order in time (before the day: none), the promise in time, and the one too late."""
    business_days = world.business_days
    last = day * DAY + option.cut_off_s if business_days.is_working(day) else -1
    if day < len(option.last_orders):
        last = min(last, option.last_orders[day])

    def counted_from(first: int) -> int:
        return business_days.after(first, option.promise_days) * DAY + option.promise_at_s

    return last, counted_from(day), counted_from(business_days.after(day, 1))


class Promises:
    """`promise` for one World, remembered: within a day it changes only once, at the cut-off."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._day = -1
        self._today: list[tuple[int, int, int] | None] = []  # by option

    def of(self, option: int, t: int, store: int = -1, whole: bool = False) -> int:
        """`promise` by the number of the option [s]."""
        offered = self._world.options[option]
        if whole and store >= 0 and offered.collect:
            return promise(self._world, offered, t, store, whole)
        day = t // DAY
        if day != self._day:
            self._day, self._today = day, [None] * len(self._world.options)
        known = self._today[option]
        if known is None:
            known = self._today[option] = promises_of_day(self._world, offered, day)
        last, in_time, late = known
        return max(t, in_time if t <= last else late)
