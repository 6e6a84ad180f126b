"""(r, Q): at or below r, order as many batches of Q as lift the position above r."""

from __future__ import annotations

import numpy as np

from orchestrion.policies.replenishment import Levels, Units, replenishment_rule


@replenishment_rule("r_q")
def r_q(position: Units, levels: Levels) -> Units:
    """Fixed batches: a pallet, a production lot. `low` is r, `quantity` is Q; `up_to` plays no part.

    >>> r_q(np.array([8, 7, -4]), Levels(np.array([7, 7, 7]), np.array([0, 0, 0]), np.array([10, 10, 10]))).tolist()
    [0, 10, 20]
    """
    low, quantity = levels.low, levels.quantity
    batches: Units = (low - position) // quantity + 1
    return np.where((position <= low) & (low >= 0), batches * quantity, 0)
