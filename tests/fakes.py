"""Stand-ins for the running network: a view held still at one moment, and what it is priced with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Line, Order
from orchestrion.testing.still import Pricing, StillView, five_euros_and_ten_cents_a_km, one_gram_a_metre
from orchestrion.units import MICRO

__all__ = ["Pricing", "StillView", "five_euros_and_ten_cents_a_km", "one_gram_a_metre", "price_table"]


def price_table(euros: Sequence[Sequence[float]]) -> Pricing:
    """Cost of one shipment by order id (row) and node (column), whatever its lines."""

    def cost(order: Order, lines: Sequence[Line], distance: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.array([round(e * MICRO) for e in euros[order.id]], np.int64)

    return cost
