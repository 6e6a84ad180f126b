"""Inventory balancing: a unit grows dearer as its pile runs down, whatever may come. No forecast.

The price of a unit when a share u of the pile is gone is (e^u - 1) / (e - 1) of its sale: nothing while the pile is
full, all of it for the last. It is the dual variable of a primal-dual algorithm (Buchbinder and Naor 2009, *The design
of competitive online algorithms via a primal-dual approach*; the function of Mehta, Saberi, Vazirani and Vazirani 2007)
and, read the other way round, the penalty function of inventory balancing (Golrezaei, Nazerzadeh and Rusmevichientong
2014). Whoever comes, in whatever sequence, it sells at least 1 - 1/e = 63 % of what could have been sold knowing them
all, as piles grow large and costs do not differ; no rule without a forecast can promise more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from orchestrion.domain.orders import Order
from orchestrion.domain.view import NetworkView
from orchestrion.policies.lookahead.outlook import Floats, unpromised
from orchestrion.units import MICRO


class Balancing:
    """The price of a unit by how far each pile has run down since it was largest.

    Parameters
    ----------
    stake
        Share of a sale that a missing unit costs.
    """

    def __init__(self, view: NetworkView, stake: float) -> None:
        world = view.world
        self._sale: Floats = np.asarray(world.skus.price / (1.0 + world.economics.vat) / MICRO * stake)
        self._full: dict[int, Floats] = {}  # SKU -> units of each pile when it was largest, its target at least

    def __deepcopy__(self, memo: dict[int, Any]) -> Balancing:
        """A twin that knows the same."""
        twin = object.__new__(Balancing)
        twin.__dict__.update(self.__dict__)
        twin._full = {sku: units.copy() for sku, units in self._full.items()}
        return twin

    def observe(self, orders: Sequence[Order], view: NetworkView) -> None:
        """Measure the piles of what is asked for."""
        for order in orders:
            for line in order.lines:
                self._measure(line.sku, view)

    def _measure(self, sku: int, view: NetworkView) -> Floats:
        """Units at each node now, shape (nodes,)."""
        units, full = unpromised(sku, view), self._full.get(sku)
        self._full[sku] = np.maximum(units, view.world.replenishment.up_to[sku] if full is None else full)
        return units

    def worth(self, sku: int, qty: int, view: NetworkView) -> Floats:
        """Price of so many units from each node, shape (nodes,) [EUR]."""
        units = self._measure(sku, view)
        full = np.maximum(self._full[sku], 1.0)
        total = np.zeros(len(units))
        for taken in range(qty):
            gone = np.clip(1.0 - (units - taken) / full, 0.0, 1.0)
            total += np.expm1(gone) / np.expm1(1.0)
        return np.asarray(total * self._sale[sku])
