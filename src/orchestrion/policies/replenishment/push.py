"""Push by forecast: each place is sent what it should sell until the next delivery, whatever its target says."""

from __future__ import annotations

import numpy as np

from orchestrion.policies.replenishment import Levels, Units, replenishment_rule


@replenishment_rule("push")
def push(position: Units, levels: Levels) -> Units:
    """The forecast over review period and lead time, rounded up, less the inventory position.

    The forecast comes from recorded trailing sales: what a bare shelf did not sell is not in it, so that a rule that
    pushes by forecast alone starves a store that was starved before. `low` is kept as the least position.

    >>> levels = Levels(np.array([0, 3, -1]), np.array([9, 9, 9]), forecast=np.array([4.2, 0.5, 4.2]))
    >>> push(np.array([1, 1, 1]), levels).tolist()
    [4, 3, 0]
    """
    wanted = np.maximum(np.ceil(np.asarray(levels.forecast) - 1e-9), levels.low + 1)
    missing = np.maximum(wanted - position, 0).astype(np.int64)
    return np.where(levels.low >= 0, missing, 0)
