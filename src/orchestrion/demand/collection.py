"""Nobody asks for what is not in the collection: wishes outside a SKU's life never come up."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.requests import Requests
from orchestrion.domain.season import Season


def in_collection(block: Requests, season: Season) -> Requests:
    """The block without lines for SKUs not yet launched, or gone; baskets left empty do not come at all.

    What remains of a Poisson stream is a Poisson stream, and every other customer stays who they were.
    """
    basket = np.repeat(np.arange(len(block.t)), block.lines)
    t = block.t[basket]
    alive = season.launch_s[block.sku] <= t
    if not season.sells_on:
        alive &= t < season.exit_s[block.sku]
    if alive.all():
        return block
    return block.lines_only(alive)
