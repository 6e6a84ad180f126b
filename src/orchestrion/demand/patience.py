"""Patience of each basket, from streams of its own: who can wait how long shifts nothing else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from orchestrion.domain.patience import Patience
from orchestrion.domain.world import Ints

FOREVER = -1


def patiences(law: Patience | None, stream: Callable[[], np.random.Generator], size: int) -> Ints:
    """Seconds that each of so many customers lets an accepted order wait; -1 for ever."""
    if law is None:
        return np.full(size, FOREVER, np.int64)
    rng = stream()
    stays = rng.random(size) < law.forever
    waits = np.rint(law.median_s * np.exp(law.sigma * rng.normal(size=size))).astype(np.int64)
    return np.where(stays, FOREVER, np.maximum(waits, 1))
