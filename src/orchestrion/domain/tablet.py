"""Endless aisle: a seller's tablet in the store, on which what the shelf has not is ordered for the customer."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Tablet:
    """What comes of asking a seller who has one."""

    accepts: float  # share of the customers who ask and let the seller order what is to be had
    collect_share: float  # of these, who would rather collect in the store than have it sent home
    # what the others do: "leave", "other_store", "own_web"
    otherwise: dict[str, float] = field(default_factory=lambda: {"leave": 1.0})
