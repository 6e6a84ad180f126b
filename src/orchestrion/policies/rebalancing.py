"""Which units should move from overstocked to understocked stores: those whose better chance is worth the move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.policies.lookahead.protection import poisson_at_least

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lanes:
    """What a move may cost and how far it may go."""

    unit_cost: float
    lane_cost: float
    allowed: NDArray[np.bool_]  # (N, N) from, to


def rebalance(
    spare: Ints, position: Ints, room: Ints, expected: Floats, worth: Floats, lanes: Lanes
) -> list[tuple[int, int, int, int]]:
    """Moves (SKU, from, to, units), sorted.

    A unit more at a node sells with the chance that demand reaches it: P(D > position). Moving one is worth the
    difference of these chances between taker and giver, times what a sale is worth. The best moves are taken one by one
    while they earn more than the unit costs; a lane whose moves together do not pay for the run is left.

    Parameters
    ----------
    spare
        Units each node may give, shape (S, N): free and above its target.
    position
        Inventory position, shape (S, N).
    room
        Units each node may take, shape (S, N): below its target.
    expected
        Demand expected in the time a unit should sell in, shape (S, N).
    worth
        What a sale earns more than a leftover, shape (S,).
    """
    found: dict[tuple[int, int], dict[int, int]] = {}
    gains: dict[tuple[int, int], float] = {}
    for sku in np.flatnonzero((spare > 0).any(axis=1) & (room > 0).any(axis=1) & (worth > 0)).tolist():
        for giver, taker, gain in _moves(spare[sku], position[sku], room[sku], expected[sku], worth[sku], lanes):
            lane = found.setdefault((giver, taker), {})
            lane[sku] = lane.get(sku, 0) + 1
            gains[giver, taker] = gains.get((giver, taker), 0.0) + gain
    return sorted(
        (sku, giver, taker, units)
        for (giver, taker), lane in found.items()
        if gains[giver, taker] > lanes.lane_cost
        for sku, units in lane.items()
    )


def _moves(
    spare: Ints, position: Ints, room: Ints, expected: Floats, worth: float, lanes: Lanes
) -> list[tuple[int, int, float]]:
    """(from, to, gain) of one SKU's units, the best first."""
    spare, room, level = spare.copy(), room.copy(), np.maximum(position, 0)
    most = int(level.max()) + int(min(spare.sum(), room.sum())) + 2
    sells = np.array([poisson_at_least(float(mean), most) for mean in expected])  # (N, most + 1): P(D >= x)
    node = np.arange(len(spare))
    moves: list[tuple[int, int, float]] = []
    while True:
        given_up = np.where(spare > 0, worth * sells[node, np.maximum(level, 1)], np.inf)
        won = np.where(room > 0, worth * sells[node, level + 1], -np.inf)
        gain = np.where(lanes.allowed, won[None, :] - given_up[:, None], -np.inf)
        best = int(np.argmax(gain))
        giver, taker = divmod(best, len(spare))
        net = float(gain[giver, taker]) - lanes.unit_cost
        if not net > 0.0:
            return moves
        moves.append((giver, taker, net))
        spare[giver] -= 1
        room[taker] -= 1
        level[giver] -= 1
        level[taker] += 1
