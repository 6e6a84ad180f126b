"""Base stock: at each review, order up to the target."""

from __future__ import annotations

import numpy as np

from orchestrion.policies.replenishment import Levels, Units, replenishment_rule


@replenishment_rule("base_stock")
def base_stock(position: Units, levels: Levels) -> Units:
    """Order what the inventory position lacks to `up_to`, each time, wherever the SKU is reordered at all.

    With continuous review it is (S - 1, S): one unit ordered for each unit gone.

    >>> base_stock(np.array([2, 6, 0]), Levels(np.array([0, 0, -1]), np.array([5, 5, 5]))).tolist()
    [3, 0, 0]
    """
    missing: Units = np.maximum(levels.up_to - position, 0)
    return np.where(levels.low >= 0, missing, 0)
