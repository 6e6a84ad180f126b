"""A week of customers who ask online: when, through which channel, from where, for what, and how they want it."""

from __future__ import annotations

from functools import partial

import numpy as np

from orchestrion.demand.drawing import among, cdf, pick
from orchestrion.demand.hours import hours_online
from orchestrion.demand.markets import Appetite, Market, gammas
from orchestrion.demand.patience import patiences
from orchestrion.domain.codes import ONLINE_CHANNELS, Channel
from orchestrion.domain.requests import Requests
from orchestrion.domain.world import Demand, Floats, Ints, World
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR

_CODES = np.array(ONLINE_CHANNELS, np.int64)


def online_week(world: World, streams: Streams, market: Market, week: int, ends: int) -> Requests:
    """The week's online baskets, in the order drawn."""
    demand, rng = world.demand, streams.generator("online", week)
    days = np.arange(week * 7, -(-ends // DAY))
    appetite = market.week(week)
    rates = demand.online_per_day * demand.online_day[days] * _levels(world, streams, appetite, days)
    if world.offers is not None:
        rates *= world.offers.potential  # those too who would only buy at better offers than the usual
    counts = rng.poisson(rates)
    n = int(counts.sum())
    day = np.repeat(days, counts)
    hours = hours_online(demand.online_hour, (day + world.start.weekday()) % 7, rng.random(n))
    t = day * DAY + hours * HOUR + rng.integers(0, HOUR, n)
    channel = _CODES[pick(cdf(demand.channel_shares), rng, n)]
    place = pick(cdf(demand.place_weights), rng, n)
    option, store = options(world, channel, place, rng.random(n))
    lines = pick(cdf(demand.lines), rng, n) + 1
    count = int(lines.sum())
    sku = appetite.skus(np.repeat(day, lines), rng.random(count))
    qty = pick(cdf(demand.units), rng, count) + 1
    patience = patiences(world.patience, partial(streams.generator, "patience", week), n)
    return Requests(0, 0, t, channel, place, option, store, patience, lines, sku, qty).only(t < ends)


def _levels(world: World, streams: Streams, appetite: Appetite, days: Ints) -> Floats:
    """Demand of each day as a multiple of the plan's: promotions, the week's moods and the day's own."""
    levels = np.array([appetite.level(day) for day in days.tolist()])
    if world.dispersion is not None and world.dispersion.online_day_k:
        # seven of each week, whichever of them are asked for
        moods = gammas(streams.generator("online day", int(days[0]) // 7), world.dispersion.online_day_k, 7)
        levels *= moods[: len(days)]
    return levels


def options(world: World, channel: Ints, place: Ints, u: Floats) -> tuple[Ints, Ints]:
    """The option each customer wants, and the store where they would collect it (-1: none).

    Without a collection store within reach, and on a marketplace, which shows no stores, a customer who would have
    collected takes the most usual home option of the channel instead.
    """
    demand = world.demand
    collect = np.array([option.collect for option in world.options])
    option, usual = np.zeros(len(u), np.int64), np.zeros(len(u), np.int64)
    for code in ONLINE_CHANNELS:
        here = channel == code
        shares = option_shares(demand, code)
        option[here] = among(cdf(shares), u[here])
        usual[here] = int(np.argmax(np.where(collect, -1.0, shares)))
    reachable = np.where(channel == Channel.MARKETPLACE, -1, demand.collect_store[place])
    store = np.where(collect[option], reachable, -1)
    return np.where(collect[option] & (store < 0), usual, option), store


def option_shares(demand: Demand, channel: int) -> Floats:
    """Shares of the options among the customers of a channel."""
    return demand.channel_options.get(channel, demand.option_shares)
