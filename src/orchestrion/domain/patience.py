"""How long customers let an accepted order wait before somebody begins to pick it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """A share of the customers waits for ever; the others a log-normal time, then they withdraw what is not begun."""

    forever: float  # share of customers who never withdraw
    median_s: int  # of the others
    sigma: float  # log-normal
