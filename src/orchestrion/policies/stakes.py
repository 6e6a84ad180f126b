"""What is at stake on the shelf a unit is taken from: overstock moved, sales over the counter put at risk."""

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


def daily_sales(sku: int, nodes: NDArray[np.intp], view: NetworkView) -> NDArray[np.float64]:
    """Units a day expected over the counter of each of the nodes, from trailing recorded sales."""
    return np.array([view.forecast(sku, node) for node in nodes.tolist()], np.float64)


def overstock(
    sku: int, nodes: NDArray[np.intp], view: NetworkView, weeks_of_cover: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(units above the target, the target) at each of the nodes; negative below it.

    Parameters
    ----------
    weeks_of_cover
        The target in weeks of expected sales; the replenishment target when left out.
    """
    over = view.overstock_row(sku)[nodes].astype(np.float64)
    up_to = view.world.replenishment.up_to[sku, nodes].astype(np.float64)
    if weeks_of_cover is None:
        return over, up_to
    target = daily_sales(sku, nodes, view) * (7 * weeks_of_cover)
    return over + up_to - target, target
