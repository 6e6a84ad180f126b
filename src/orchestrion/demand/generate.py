"""What customers will ask for, week by week, in columns: the same whatever is decided about it.

Each week has its own random streams, so a longer horizon only adds weeks and a replication can be streamed.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrion.demand.drawing import cdf
from orchestrion.demand.online import online_week
from orchestrion.demand.popularity import true_popularity
from orchestrion.demand.walk_ins import walk_in_week
from orchestrion.domain.requests import Requests, united
from orchestrion.domain.world import World
from orchestrion.streams import Streams
from orchestrion.units import WEEK


def weeks(world: World, streams: Streams) -> Iterator[Requests]:
    """Blocks of one week each, from the start to the end of measured time, ids running on.

    Within one second online orders come before walk-ins, and these store by store.
    """
    online, store = true_popularity(world, streams)
    online_cdf = cdf(online)
    store_cdfs = {node.id: cdf(store[:, node.id]) for node in world.nodes if node.walk_ins}
    replay = world.demand.replay
    basket = request = 0
    for week in range(-(-world.horizon_s // WEEK)):
        begins, ends = week * WEEK, min((week + 1) * WEEK, world.horizon_s)
        parts = []
        if replay is not None:
            parts.append(replay.only((replay.t >= begins) & (replay.t < ends)))
        elif world.demand.online_per_day > 0:
            parts.append(online_week(world, streams, online_cdf, week, ends))
        parts.append(walk_in_week(world, streams, store_cdfs, week, ends))
        block = united(parts, basket, request)
        basket += len(block.t)
        request += len(block.sku)
        yield block
