"""(s, S): at or below s, order up to S."""

from __future__ import annotations

from orchestrion.policies.replenishment import Levels, Units, replenishment_rule
from orchestrion.policies.replenishment.min_max import min_max


@replenishment_rule("s_s")
def s_s(position: Units, levels: Levels) -> Units:
    """Min-max under its textbook name: `low` is s, `up_to` is S.

    >>> s_s(np.array([2, 3]), Levels(np.array([2, 2]), np.array([5, 5]))).tolist()
    [3, 0]
    """
    return min_max(position, levels)
