"""Bid prices where few units meet few customers: means from the programme, chances for the last units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from orchestrion.domain.orders import Order
from orchestrion.domain.view import NetworkView
from orchestrion.policies.lookahead.bids import Bids
from orchestrion.policies.lookahead.keeping import Keeping
from orchestrion.policies.lookahead.outlook import Floats


class Prudent:
    """The higher of two prices: the programme's, and what a node's own customers are expected to lose.

    The programme sees the network but knows means only: where one unit meets a third of a customer it finds two thirds
    left over. `Keeping` sees one node only, but counts chances.
    """

    def __init__(self, bids: Bids, keeping: Keeping) -> None:
        self.outlook = bids.outlook
        keeping.outlook = self.outlook  # one memory of what was seen
        self._bids, self._keeping = bids, keeping

    def __deepcopy__(self, memo: dict[int, Any]) -> Prudent:
        """A twin that knows the same."""
        return Prudent(self._bids.__deepcopy__(memo), self._keeping.__deepcopy__(memo))

    def observe(self, orders: Sequence[Order], view: NetworkView) -> None:
        """Count what is asked for the first time."""
        self.outlook.observe(orders, view)

    def worth(self, sku: int, qty: int, view: NetworkView) -> Floats:
        """What taking so many units from each node costs those who come later, shape (nodes,) [EUR]."""
        worth: Floats = np.maximum(self._bids.worth(sku, qty, view), self._keeping.worth(sku, qty, view))
        return worth
