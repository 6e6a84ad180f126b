"""A selling season in small: a given stock, customers one by one, no replenishment; what can be bounded and proved."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Plan = tuple[int, ...]
"""A node for each line of an order."""


@dataclass(frozen=True, slots=True, eq=False)
class Season:
    """A number of periods, each with at most one order of a known kind; what is not served costs a penalty.

    A kind of order is a set of SKUs asked from one zone, one unit of each. Nodes are numbered from 0; the number after
    the last one, `lost`, stands for not serving a line, and always has stock.

    Parameters
    ----------
    periods
        How many there are.
    arrival
        Probability that a period brings an order of a kind, shape (kinds,); what is missing to one is nobody.
    skus
        For each kind its SKUs, one or more, all different.
    opening
        Cost of a shipment from a node to a kind's zone, whatever is in it, shape (nodes + 1, kinds), lost last [money].
    unit
        Cost of each unit in it, same shape [money].
    stock
        Units at the start, shape (nodes, skus).
    """

    periods: int
    arrival: Floats
    skus: tuple[tuple[int, ...], ...]
    opening: Floats
    unit: Floats
    stock: Ints

    def __post_init__(self) -> None:
        kinds, nodes = len(self.skus), len(self.stock)
        if self.arrival.shape != (kinds,) or not {self.opening.shape, self.unit.shape} == {(nodes + 1, kinds)}:
            raise ValueError(f"{kinds} kinds of order and {nodes} nodes: the shapes of arrival, opening or unit differ")
        if self.periods < 0 or (self.arrival < 0).any() or self.arrival.sum() > 1.0 + 1e-9 or (self.stock < 0).any():
            raise ValueError("periods, probabilities and stock are not negative, and probabilities sum to 1 at most")
        if not all(skus and len(dict.fromkeys(skus)) == len(skus) for skus in self.skus):
            raise ValueError("an order asks for one SKU at least, and for each only once")

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.stock)

    @property
    def lost(self) -> int:
        """The number that stands for not serving."""
        return len(self.stock)

    @property
    def kinds(self) -> int:
        """How many kinds of order there are."""
        return len(self.skus)

    def cost(self, kind: int, plan: Plan) -> float:
        """Of one order served by a plan, a node for each of its SKUs [money]."""
        opened = sum(float(self.opening[node, kind]) for node in dict.fromkeys(plan))
        return opened + sum(float(self.unit[node, kind]) for node in plan)

    def plans(self, kind: int) -> list[Plan]:
        """Every way to serve an order of the kind, stock or not: (nodes + 1) to the power of its SKUs."""
        return list(product(range(self.nodes + 1), repeat=len(self.skus[kind])))


def counts(season: Season, orders: NDArray[np.integer]) -> Ints:
    """How many orders of each kind there are in a sequence of kinds; -1 is nobody, shape (kinds,)."""
    return np.bincount(orders[orders >= 0], minlength=season.kinds).astype(np.int64)
