"""What customers will ask for, week by week, in columns: the same whatever is decided about it.

Each week has its own random streams, so a longer horizon only adds weeks and a replication can be streamed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from zlib import crc32

import numpy as np

from orchestrion.demand.collection import in_collection
from orchestrion.demand.markets import Market
from orchestrion.demand.online import online_week
from orchestrion.demand.popularity import surprises
from orchestrion.demand.walk_ins import walk_in_week
from orchestrion.domain.dispersion import Dispersion
from orchestrion.domain.requests import Requests, united
from orchestrion.domain.world import Floats, World
from orchestrion.streams import Streams
from orchestrion.units import WEEK


def weeks(world: World, streams: Streams) -> Iterator[Requests]:
    """Blocks of one week each, from the start to the end of measured time, ids running on.

    Within one second online orders come before walk-ins, and these store by store.
    """
    web, stores = _markets(world, streams)
    replay = world.demand.replay
    basket = request = 0
    for week in range(-(-world.horizon_s // WEEK)):
        begins, ends = week * WEEK, min((week + 1) * WEEK, world.horizon_s)
        parts = []
        if replay is not None:
            parts.append(replay.only((replay.t >= begins) & (replay.t < ends)))
        elif world.demand.online_per_day > 0:
            parts.append(online_week(world, streams, web, week, ends))
        parts.append(walk_in_week(world, streams, stores, week, ends))
        if world.season is not None:
            parts = [in_collection(part, world.season) for part in parts]
        block = united(parts, basket, request)
        basket += len(block.t)
        request += len(block.sku)
        del parts  # a week of customers is large: only one is held while it is served, and none while the next is drawn
        yield block
        del block


def _markets(world: World, streams: Streams) -> tuple[Market, dict[int, Market]]:
    """The web, and each store that people walk into."""
    demand, factor = world.demand, surprises(world, streams)
    dispersion = world.dispersion or Dispersion()
    generator = streams.generator
    online_moods = partial(generator, "online moods")
    web = Market(demand.online_popularity, factor, dispersion.online_k, online_moods, _promoted(world, "online"))
    promoted = _promoted(world, "store")
    stores = {}
    for node in world.nodes:
        if node.walk_ins:

            def moods(week: int, own: int = crc32(node.key.encode())) -> np.random.Generator:
                return generator("store moods", week, own)

            plan = demand.store_popularity[:, node.id]
            stores[node.id] = Market(plan, factor, dispersion.store_k, moods, promoted)
    return web, stores


def _promoted(world: World, where: str) -> dict[int, Floats]:
    """Multipliers (S,) of each day that has a promotion, the product where several run."""
    found: dict[int, Floats] = {}
    for promotion in world.promotions:
        for day in range(max(promotion.first_day, 0), min(promotion.last_day + 1, world.days)):
            known = found.setdefault(day, np.ones(len(world.skus)))
            found[day] = np.where(promotion.skus, known * getattr(promotion, where), known)
    return found
