"""Rewards for moving overstock, in euros."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Line
from orchestrion.domain.view import NetworkView
from orchestrion.policies.objective import Scores
from orchestrion.units import MICRO


def overstock_reward(line: Line, nodes: NDArray[np.intp], view: NetworkView, euros: float) -> Scores:
    """`euros` for each unit of the line that would leave a shelf above its target [micro-euros].

    Counted from the stock at the start of the review: two orders of one batch may count the same surplus unit.
    """
    surplus = np.clip(view.overstock_row(line.sku)[nodes], 0, line.qty)
    reward: Scores = np.rint(surplus * (euros * MICRO))
    return reward
