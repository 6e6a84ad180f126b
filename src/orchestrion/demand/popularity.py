"""What customers will really want, against what the plan expects of each SKU."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.world import Floats, World
from orchestrion.streams import Streams


def true_popularity(world: World, streams: Streams) -> tuple[Floats, Floats]:
    """Shares of online lines (S,) and of each store's lines (S, N) as customers will really want them.

    The season's surprises: one log-normal factor per SKU, shared by web and stores, since a hit is a hit everywhere.
    """
    demand = world.demand
    factor = np.ones(len(world.skus))
    if demand.popularity_sigma > 0:
        factor = np.exp(streams.generator("popularity").normal(0.0, demand.popularity_sigma, len(world.skus)))
    return demand.online_popularity * factor, demand.store_popularity * factor[:, None]
