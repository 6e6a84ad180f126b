"""What customers will really want, against what the plan expects of each SKU."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.world import Floats, World
from orchestrion.streams import Streams


def surprises(world: World, streams: Streams) -> Floats:
    """The season's surprises, shape (S,): true popularity of each SKU as a multiple of the planned.

    One log-normal factor, shared by web and stores, since a hit is a hit everywhere.
    """
    skus, sigma = len(world.skus), world.demand.popularity_sigma
    return np.exp(streams.generator("popularity").normal(0.0, sigma, skus)) if sigma > 0 else np.ones(skus)
