"""When each SKU is launched and when it leaves the collection."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.world import Ints, Skus
from orchestrion.scenarios.document.supply import SeasonDocument
from orchestrion.units import DAY, HOUR


def lives(plan: SeasonDocument, skus: Skus, seed: int, days: int) -> tuple[Ints, Ints]:
    """(launch, exit) of each SKU [s]; waves draw their SKUs one after the other from those that are left."""
    rng = np.random.default_rng([seed, 6])
    count = len(skus)
    turn = rng.permutation(count)
    launch, leaves = np.zeros(count, np.int64), np.full(count, (days + 3650) * DAY, np.int64)
    category = np.array(skus.category)
    free = np.ones(count, bool)
    for wave in plan.waves.values():
        concerned = np.isin(category, wave.categories) if wave.categories else np.ones(count, bool)
        chosen = [sku for sku in turn.tolist() if concerned[sku] and free[sku]][: round(wave.share * concerned.sum())]
        free[chosen] = False
        if wave.launch_day is not None:
            launch[chosen] = wave.launch_day * DAY + 8 * HOUR
        if wave.exit_day is not None:
            leaves[chosen] = wave.exit_day * DAY + 6 * HOUR
    return launch, leaves
