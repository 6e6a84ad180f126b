"""What customers will ask for, week by week, in columns: the same whatever is decided about it.

Each week has its own random streams, so a longer horizon only adds weeks and a replication can be streamed.
"""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Channel
from orchestrion.domain.requests import Requests
from orchestrion.domain.world import Floats, Ints, World
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR, WEEK


def weeks(world: World, streams: Streams) -> Iterator[Requests]:
    """Blocks of one week each, from the start to the end of measured time, ids running on."""
    online, store = true_popularity(world, streams)
    online_cdf = _cdf(online)
    store_cdfs = {node.id: _cdf(store[:, node.id]) for node in world.nodes if node.walk_ins}
    basket = request = 0
    for week in range(-(-world.horizon_s // WEEK)):
        ends = min((week + 1) * WEEK, world.horizon_s)
        parts = []
        if world.demand.replay is not None:
            parts.append(_replayed(world.demand.replay, week * WEEK, ends))
        elif world.demand.online_per_day > 0:
            parts.append(_online(world, streams.generator("online", week), online_cdf, week, ends))
        parts.append(_walk_ins(world, streams, store_cdfs, week, ends))
        block = _merge(parts, basket, request)
        basket += len(block.t)
        request += len(block.sku)
        yield block


def true_popularity(world: World, streams: Streams) -> tuple[Floats, Floats]:
    """Shares of online lines (S,) and of each store's lines (S, N) as customers will really want them.

    The season's surprises: one log-normal factor per SKU, shared by web and stores, since a hit is a hit everywhere.
    """
    demand = world.demand
    factor = np.ones(len(world.skus))
    if demand.popularity_sigma > 0:
        factor = np.exp(streams.generator("popularity").normal(0.0, demand.popularity_sigma, len(world.skus)))
    return demand.online_popularity * factor, demand.store_popularity * factor[:, None]


def _cdf(weights: Floats) -> Floats:
    total = weights.sum()
    if total <= 0:
        return np.zeros(0)
    cdf = np.cumsum(weights) / total
    cdf[np.flatnonzero(weights)[-1] :] = 1.0  # rounding may not leave a gap at the top
    return np.asarray(cdf)


def _pick(cdf: Floats, rng: np.random.Generator, size: int) -> Ints:
    return np.searchsorted(cdf, rng.random(size), side="right").astype(np.int64)


def _online(world: World, rng: np.random.Generator, sku_cdf: Floats, week: int, ends: int) -> Requests:
    demand = world.demand
    days = np.arange(week * 7, -(-ends // DAY))
    counts = rng.poisson(demand.online_per_day * demand.online_day[days])
    n = int(counts.sum())
    hours = _pick(_cdf(demand.online_hour), rng, n)
    t = np.repeat(days, counts) * DAY + hours * HOUR + rng.integers(0, HOUR, n)
    channel = _pick(_cdf(demand.channel_shares), rng, n)
    place = _pick(_cdf(demand.place_weights), rng, n)
    option = _pick(_cdf(demand.option_shares), rng, n)
    collect = np.array([o.collect for o in world.options])
    store = np.where(collect[option], demand.collect_store[place], -1)
    # no collection store within reach: the customer takes the most usual home option instead
    usual = int(np.argmax(np.where(collect, -1.0, demand.option_shares)))
    option = np.where(collect[option] & (store < 0), usual, option)
    lines = _pick(_cdf(demand.lines), rng, n) + 1
    count = int(lines.sum())
    sku, qty = _pick(sku_cdf, rng, count), _pick(_cdf(demand.units), rng, count) + 1
    keep = t < ends
    return _filter(Requests(0, 0, t, channel, place, option, store, lines, sku, qty), keep)


def _walk_ins(world: World, streams: Streams, sku_cdfs: dict[int, Floats], week: int, ends: int) -> Requests:
    demand = world.demand
    times: list[Ints] = []
    nodes: list[Ints] = []
    skus: list[Ints] = []
    units: list[Ints] = []
    for node in world.nodes:
        cdf = sku_cdfs.get(node.id)
        if cdf is None or not len(cdf):
            continue
        # each store has a stream of its own: another one's visitors, or one store more, change nothing here
        rng = streams.generator("walk-in", week, crc32(node.key.encode()))
        calendar = node.calendar
        here: list[Ints] = []
        for day in range(week * 7, -(-ends // DAY)):
            opens = calendar.open_seconds(day * DAY)
            hours = calendar.open_seconds((day + 1) * DAY) - opens
            rate = demand.walk_ins_per_day[node.id] * demand.walk_in_day[day]
            if hours <= 0 or rate <= 0:
                continue
            moments = rng.integers(0, hours, rng.poisson(rate))
            first = calendar.next_open(day * DAY)
            assert first is not None
            # one opening a day is the rule; with a midday break the afternoon begins after it
            here.append(_clock(moments, first, day, calendar.opens, calendar.closes))
        if here:
            t = np.concatenate(here)
            times.append(t)
            nodes.append(np.full(len(t), node.id, np.int64))
            skus.append(_pick(cdf, rng, len(t)))
            units.append(_pick(_cdf(demand.units), rng, len(t)) + 1)
    if not times:
        none = np.zeros(0, np.int64)
        return Requests(0, 0, none, none, none, none, none, none, none, none)
    t = np.concatenate(times)
    n = len(t)
    minus = np.full(n, -1, np.int64)
    channel = np.full(n, Channel.WALK_IN, np.int64)
    qty = np.concatenate(units)
    every = Requests(
        0, 0, t, channel, minus, minus, np.concatenate(nodes), np.ones(n, np.int64), np.concatenate(skus), qty
    )
    return _filter(every, t < ends)


def _clock(moments: Ints, first: int, day: int, opens: list[int], closes: list[int]) -> Ints:
    """Wall-clock seconds of moments counted in open seconds of the day."""
    t = moments + first
    i = opens.index(first) if first in opens else -1
    while 0 <= i < len(opens) - 1 and opens[i + 1] < (day + 1) * DAY:
        t = np.where(t >= closes[i], t + opens[i + 1] - closes[i], t)
        i += 1
    return np.asarray(t, np.int64)


def _replayed(replay: Requests, begins: int, ends: int) -> Requests:
    return _filter(replay, (replay.t >= begins) & (replay.t < ends))


def _filter(block: Requests, keep: NDArray[np.bool_]) -> Requests:
    if keep.all():
        return block
    lines = np.repeat(keep, block.lines)
    return Requests(
        0,
        0,
        block.t[keep],
        block.channel[keep],
        block.place[keep],
        block.option[keep],
        block.node[keep],
        block.lines[keep],
        block.sku[lines],
        block.qty[lines],
    )


def _merge(parts: list[Requests], first_basket: int, first_request: int) -> Requests:
    """One block sorted by time; within one second online orders come before walk-ins, each in drawn order."""
    columns = [np.concatenate(column) for column in list(zip(*parts, strict=True))[2:]]
    t, channel, place, option, node, lines, sku, qty = columns
    order = np.argsort(t, kind="stable")
    starts = np.cumsum(lines) - lines
    sorted_lines = lines[order]
    offsets = np.arange(int(lines.sum())) - np.repeat(np.cumsum(sorted_lines) - sorted_lines, sorted_lines)
    rows = np.repeat(starts[order], sorted_lines) + offsets
    return Requests(
        first_basket,
        first_request,
        t[order],
        channel[order],
        place[order],
        option[order],
        node[order],
        sorted_lines,
        sku[rows],
        qty[rows],
    )
