"""What the tests of demand share: a whole replication's wishes in one block, and how far a count may stray."""

from __future__ import annotations

from math import sqrt

from orchestrion.demand import weeks
from orchestrion.domain.requests import Requests, united
from orchestrion.domain.world import World
from orchestrion.streams import Streams


def drawn(world: World, seed: int = 1, replication: int = 0) -> Requests:
    """All weeks as one block."""
    return united(list(weeks(world, Streams(seed, replication))))


def fits(count: int, share: float, total: int) -> bool:
    """Whether a count is within 3.3 standard errors of its share."""
    return abs(count - share * total) < 3.3 * sqrt(total * share * (1 - share)) + 1e-9
