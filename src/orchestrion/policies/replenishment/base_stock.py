"""Base stock: at each review, order up to the target."""

from __future__ import annotations

import numpy as np

from orchestrion.policies.replenishment import Units, replenishment_rule


@replenishment_rule("base_stock")
def base_stock(position: Units, low: Units, up_to: Units) -> Units:
    """Order what the inventory position lacks to `up_to`, each time, wherever the SKU is reordered at all.

    >>> base_stock(np.array([2, 6, 0]), np.array([0, 0, -1]), np.array([5, 5, 5])).tolist()
    [3, 0, 0]
    """
    missing: Units = np.maximum(up_to - position, 0)
    return np.where(low >= 0, missing, 0)
