"""A week of people who walk into the stores wanting to buy one line, while these are open."""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from zlib import crc32

import numpy as np

from orchestrion.demand.drawing import cdf, pick
from orchestrion.demand.hours import moments_open, openings
from orchestrion.demand.markets import Market
from orchestrion.demand.patience import patiences
from orchestrion.domain.calendar import Calendar
from orchestrion.domain.codes import Channel
from orchestrion.domain.requests import Requests, no_requests, united
from orchestrion.domain.world import Floats, Ints, Node, World
from orchestrion.streams import Streams
from orchestrion.units import DAY


def walk_in_week(world: World, streams: Streams, markets: dict[int, Market], week: int, ends: int) -> Requests:
    """The week's walk-ins of every store."""
    units = cdf(world.demand.units)
    stores = [
        _store_week(world, streams, node, markets[node.id], units, week, ends)
        for node in world.nodes
        if node.id in markets and not markets[node.id].empty
    ]
    return united(stores) if stores else no_requests()


def _store_week(
    world: World, streams: Streams, node: Node, market: Market, units: Floats, week: int, ends: int
) -> Requests:
    demand, calendar = world.demand, node.calendar
    # each store has a stream of its own: another one's visitors, or one store more, change nothing here
    own = (week, crc32(node.key.encode()))
    rng = streams.generator("walk-in", *own)
    appetite = market.week(week)
    here: list[Ints] = []
    for day in range(week * 7, -(-ends // DAY)):
        opens = calendar.open_seconds(day * DAY)
        hours = calendar.open_seconds((day + 1) * DAY) - opens
        rate = demand.walk_ins_per_day[node.id] * demand.walk_in_day[day] * appetite.level(day)
        if hours <= 0 or rate <= 0:
            continue
        count = rng.poisson(rate)
        if demand.walk_in_hour is not None:
            profile = demand.walk_in_hour[(day + world.start.weekday()) % 7]
            here.append(moments_open(openings(calendar, day), profile, rng.random(count)))
            continue
        moments = rng.integers(0, hours, count)
        # one opening a day is the rule; with a midday break the afternoon begins after it
        here.append(_clock(moments, calendar, day))
    if not here:
        return no_requests()
    t = np.concatenate(here)
    n = len(t)
    nobody = np.full(n, -1, np.int64)
    everybody = Requests(
        first_basket=0,
        first_request=0,
        t=t,
        channel=np.full(n, Channel.WALK_IN, np.int64),
        place=nobody,
        option=nobody,
        node=np.full(n, node.id, np.int64),
        patience=patiences(world.patience, partial(streams.generator, "walk-in patience", *own), n),
        lines=np.ones(n, np.int64),
        sku=appetite.skus(t // DAY, rng.random(n)),
        qty=pick(units, rng, n) + 1,
    )
    return everybody.only(t < ends)


def _clock(moments: Ints, calendar: Calendar, day: int) -> Ints:
    """Wall-clock seconds of moments counted in open seconds of the day."""
    opens, closes = calendar.opens, calendar.closes
    i = bisect_right(closes, day * DAY)  # the first that is not over when the day begins
    first = max(opens[i], day * DAY)
    t = moments + first
    while i < len(opens) - 1 and opens[i + 1] < (day + 1) * DAY:
        t = np.where(t >= closes[i], t + opens[i + 1] - closes[i], t)
        i += 1
    return np.asarray(t, np.int64)
