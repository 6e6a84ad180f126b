"""Stock moved between nodes outside the usual feed: rebalancing of stores, and what policies ask for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers:
    """How units travel from node to node, and when overstocked stores are asked to help the others."""

    period_s: int  # between two rebalancings; 0: never, transfers happen only when a policy asks
    first_s: int  # the first of them
    nodes: NDArray[np.bool_]  # (N,) take part in rebalancing
    lead_s: int  # from the decision to the receipt
    unit_cost: int  # moving one unit, micro-euros
    lane_cost: int  # one run from a node to another, whatever it carries, micro-euros
    within_m: int  # lanes no longer than this, great circle
    cover_days: float  # a moved unit must find its customer within so many days to count


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRoad:
    """What becomes of leftovers of one kind of node when their season ends, and what it costs."""

    fate: str  # "stay" (marked down), "move" (to the outlet), "send_back" (to the supplier), "give_away"
    unit_cost: int = 0  # handling and carriage of a unit, micro-euros
    kept_share: float = 0.0  # of the purchase cost: credited by the supplier, or as tax relief on a gift
