"""Min-max: wait until the shelf is low, then fill it up."""

from __future__ import annotations

import numpy as np

from orchestrion.policies.replenishment import Units, replenishment_rule


@replenishment_rule("min_max")
def min_max(position: Units, low: Units, up_to: Units) -> Units:
    """The (s, S) rule: where the inventory position is at or below `low`, order what is missing to `up_to`.

    >>> min_max(np.array([2, 3, 0]), np.array([2, 2, -1]), np.array([5, 5, 5])).tolist()
    [3, 0, 0]
    """
    missing: Units = np.maximum(up_to - position, 0)
    return np.where((position <= low) & (low >= 0), missing, 0)
