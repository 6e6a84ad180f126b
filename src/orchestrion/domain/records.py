"""How the recorded stock parts from the physical, and when the two meet again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# what a short pick does to the record of the cell, and what is booked when a delivery arrives
AT_SHORT_PICK = ("nothing", "missing", "empty", "count")
AT_RECEIPT = ("advice", "delivery", "cell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What goes wrong with units and figures, node by node: arrays of shape (N,), probabilities unless said.

    A *cell* is a SKU at a node. Physical stock is what can be found there; misplaced units are in the building and do
    not count in it until they turn up.
    """

    opening_wrong: NDArray[np.float64]  # share of the cells with goods whose record begins wrong, high or low
    opening_units: NDArray[np.float64]  # by how many units, on average: geometric, one at least
    shrink: NDArray[np.float64]  # per unit and day
    misplaced: NDArray[np.float64]  # per unit and day
    turns_up: NDArray[np.float64]  # per misplaced unit and day
    errors: NDArray[np.float64]  # per record and day: one unit too many or too few
    count_every: NDArray[np.int64]  # days between two counts of the same cell; 0 never
    count_error: NDArray[np.float64]  # a count is wrong by one unit
    count_finds: NDArray[np.float64]  # a count brings a misplaced unit to light
    count_s: NDArray[np.int64]  # labour of counting one cell [s]
    advice_error: NDArray[np.float64]  # the advice of a delivery is wrong by one unit, per cell and delivery
    at_short_pick: str = "count"  # one of AT_SHORT_PICK
    at_receipt: str = "advice"  # one of AT_RECEIPT
    # factors on the probability of missing a unit that is there, when the record says 1, 2, ... (the last: or more)
    misses_by_record: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.at_short_pick not in AT_SHORT_PICK or self.at_receipt not in AT_RECEIPT:
            raise ValueError(f"{self.at_short_pick}, {self.at_receipt}: not among {AT_SHORT_PICK} and {AT_RECEIPT}")

    @classmethod
    def of(cls, nodes: int, **changes: Any) -> Records:
        """Records of so many nodes that stay right but for what is named: one number for all nodes, or one each.

        >>> Records.of(2, shrink=[0.0, 0.01]).shrink.tolist()
        [0.0, 0.01]
        """
        whole = ("count_every", "count_s")
        settings: dict[str, Any] = {}
        changes.setdefault("opening_units", 1.0)
        for name in (
            "opening_wrong", "opening_units", "shrink", "misplaced", "turns_up", "errors", "count_error", "count_finds",
            "advice_error", *whole,
        ):  # fmt: skip
            values = np.broadcast_to(np.asarray(changes.pop(name, 0)), (nodes,))
            settings[name] = values.astype(np.int64 if name in whole else np.float64)
        return cls(**(settings | changes))
