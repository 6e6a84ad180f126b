"""When within a day customers come: hours of the day, or of the week, and a store's opening hours."""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise

import numpy as np

from orchestrion.demand.drawing import among, among_rows, cdf
from orchestrion.domain.calendar import Calendar
from orchestrion.domain.world import Floats, Ints
from orchestrion.units import DAY, HOUR


def hours_online(profile: Floats, weekdays: Ints, u: Floats) -> Ints:
    """The hour of each order, by its weekday (Monday 0) and a uniform number; a profile (24,) is that of every day."""
    if profile.ndim == 1:
        return among(cdf(profile), u)
    return among_rows(np.stack([cdf(day) for day in profile]), weekdays, u)


def openings(calendar: Calendar, day: int) -> list[tuple[int, int]]:
    """When a store opens and closes on a day, seconds since the scenario's start."""
    first, last = bisect_left(calendar.opens, day * DAY), bisect_left(calendar.opens, (day + 1) * DAY)
    return list(zip(calendar.opens[first:last], calendar.closes[first:last], strict=True))


def moments_open(openings: list[tuple[int, int]], profile: Floats, u: Floats) -> Ints:
    """Moments within opening hours as dense as the profile (24,) of that day has it; even where it says nothing.

    Returns
    -------
    Seconds since the scenario's start, as many as uniform numbers.
    """
    edges = sorted({t for o, c in openings for t in (o, c, *range(-(-o // HOUR) * HOUR, c, HOUR))})
    pieces = [(a, b) for a, b in pairwise(edges) if any(o <= a and b <= c for o, c in openings)]
    begin, end = np.array(pieces, np.int64).T
    weights = (end - begin) * profile[begin // HOUR % 24]
    if weights.sum() <= 0:
        weights = (end - begin).astype(np.float64)
    cumulative = cdf(weights)
    piece = among(cumulative, u)
    below = np.concatenate([[0.0], cumulative])[piece]
    within = (u - below) / (cumulative[piece] - below)
    return np.asarray(np.minimum(begin[piece] + (within * (end - begin)[piece]).astype(np.int64), end[piece] - 1))
