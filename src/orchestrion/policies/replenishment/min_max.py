"""Min-max: wait until the shelf is low, then fill it up."""

from __future__ import annotations

import numpy as np

from orchestrion.policies.replenishment import Levels, Units, replenishment_rule


@replenishment_rule("min_max")
def min_max(position: Units, levels: Levels) -> Units:
    """Where the inventory position is at or below `low` (the minimum), order what is missing to `up_to` (the maximum).

    >>> min_max(np.array([2, 3, 0]), Levels(np.array([2, 2, -1]), np.array([5, 5, 5]))).tolist()
    [3, 0, 0]
    """
    missing: Units = np.maximum(levels.up_to - position, 0)
    return np.where((position <= levels.low) & (levels.low >= 0), missing, 0)
