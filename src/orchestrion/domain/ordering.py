"""How each node asks for stock: which rule, when, in what packs, and how long suppliers take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.calendar import BusinessDays

Ints = NDArray[np.int64]
Units = NDArray[np.int32]
LAWS = ("fixed", "uniform", "exponential", "gamma", "lognormal", "empirical")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadTime:
    """The law of one supplier's lead time, from the order to the receipt. Each order draws its own; they may cross.

    Parameters
    ----------
    law
        One of `LAWS`. Fixed takes `mean_s`; uniform `least_s` to `most_s`; exponential `mean_s`; gamma and lognormal
        `mean_s` and `cv`; empirical one of `values_s`, each as likely as its weight.
    cv
        Standard deviation over mean.
    days
        The supplier's working days: the lead time counts them, whole. None: every day counts.
    at_s
        Time of day of receipts, for lead times in whole days; -1: to the second, whenever the lead time is over.
    """

    law: str
    mean_s: float = 0.0
    cv: float = 1.0
    least_s: float = 0.0
    most_s: float = 0.0
    values_s: Sequence[float] = ()
    weights: Sequence[float] = ()
    days: BusinessDays | None = None
    at_s: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """Rules by SKU and node in place of one rule for all stores and one for all warehouses."""

    rules: tuple[str, ...]  # names in the family of replenishment rules
    rule: NDArray[np.int8]  # (S, N) row of `rules`
    quantity: Units  # (S, N) batch of (r, Q)
    multiple: Units  # (S,) units of a pack: only whole packs are ordered
    minimum: Units  # (S,) least units of one order of a SKU
    continuous: NDArray[np.bool_]  # (N,) orders at the moment its position falls, not at reviews
    review_s: Ints  # (N,) period of the reviews of a node that suppliers feed; 0: the weekly review
    first_review_s: Ints  # (N,) the first of them
    cover_days: NDArray[np.float64]  # (N,) review period + lead time, for rules that look at the forecast
    leads: tuple[LeadTime, ...] = ()
    lead_of: Ints | None = None  # (N,) row of `leads`; -1 (or None): the uniform law of Replenishment
    allocation: str = "rotation"  # who goes short in the warehouse: "rotation" or "proportional"


def ordering(shape: tuple[int, int], name: str, **changes: Any) -> Ordering:
    """The same rule for every SKU and node, without packs, reviewed as Replenishment says, unless changed."""
    skus, nodes = shape
    settings: dict[str, Any] = {
        "rules": (name,),
        "rule": np.zeros(shape, np.int8),
        "quantity": np.ones(shape, np.int32),
        "multiple": np.ones(skus, np.int32),
        "minimum": np.zeros(skus, np.int32),
        "continuous": np.zeros(nodes, bool),
        "review_s": np.zeros(nodes, np.int64),
        "first_review_s": np.zeros(nodes, np.int64),
        "cover_days": np.ones(nodes),
    }
    return Ordering(**(settings | changes))
