"""Every possible plan, counted out: the slow answer that the clever ones must equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import numpy as np
import towns

from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.world import World
from orchestrion.testing import StillView
from orchestrion.units import MICRO

# the price of one shipment: (order, its lines, node) -> micro-euros
Price = Callable[[Order, Sequence[Line], int], float]


def random_town(rng: np.random.Generator, nodes: int, skus: int, most: int) -> World:
    """Stores at random posts with 0 to `most` units of each SKU, all SKUs of one size."""
    return towns.town(
        stock=rng.integers(0, most + 1, (skus, nodes)),
        node_km=rng.permutation(60)[:nodes].tolist(),
        place_km=(0, 40),
        warehouses=0,
        prices=[10.0] * skus,
        costs=[5.0] * skus,
        grams=[500] * skus,
        cm3=[1000] * skus,
    )


def random_orders(rng: np.random.Generator, count: int, skus: int, lines: int, units: int) -> list[Order]:
    orders = []
    for i in range(count):
        wanted = rng.integers(0, skus, rng.integers(1, lines + 1)).tolist()  # now and then one SKU on two lines
        pairs = [(s, int(rng.integers(1, units + 1))) for s in wanted]
        orders.append(towns.order(i, pairs, place=i % 2))
    return orders


def gathered(view: StillView, orders: Sequence[Order]) -> bool:
    """Whether some order asks more of a SKU than any of its nodes holds, so that it must be gathered from several."""
    for order in orders:
        for sku in {line.sku for line in order.lines}:
            asked = sum(line.qty for line in order.lines if line.sku == sku)
            if 0 < max((view.atp(sku, node) for node in view.nearest(order)), default=0) < asked:
                return True
    return False


class Tariff:
    """A fee for each shipment, a price for each unit, and a jump at the second unit that can make two parcels cheaper
    than one: drawn at random for each order and node."""

    def __init__(self, rng: np.random.Generator, orders: int, nodes: int) -> None:
        self.fee = rng.integers(1, 12, (orders, nodes)) * MICRO
        self.unit = rng.integers(0, 5, (orders, nodes)) * MICRO
        self.jump = rng.integers(0, 15, (orders, nodes)) * MICRO

    def __call__(self, order: Order, lines: Sequence[Line], distance: np.ndarray) -> np.ndarray:
        units = sum(line.qty for line in lines)
        return self.fee[order.id] + self.unit[order.id] * units + self.jump[order.id] * (units >= 2)

    def price(self, order: Order, lines: Sequence[Line], node: int) -> float:
        return float(self(order, lines, np.empty(0))[node])


def assignments(view: StillView, orders: Sequence[Order]) -> Iterator[dict[tuple[int, int], list[Line]]]:
    """Every way to give each line one node or none, as {(order, node): lines}, that keeps within the records."""
    lines = [(order, line) for order in orders for line in order.lines]
    choices = [[None, *(n for n in view.nearest(order) if view.atp(line.sku, n) >= line.qty)] for order, line in lines]
    for spots in product(*choices):
        taken: dict[tuple[int, int], int] = {}
        shipments: dict[tuple[int, int], list[Line]] = {}
        for (order, line), node in zip(lines, spots, strict=True):
            if node is not None:
                taken[line.sku, node] = taken.get((line.sku, node), 0) + line.qty
                shipments.setdefault((order.id, node), []).append(line)
        calls: dict[int, int] = {}
        for _, node in shipments:
            calls[node] = calls.get(node, 0) + 1
        fits = all(view.atp(sku, node) >= units for (sku, node), units in taken.items())
        if fits and all(view.capacity_left(node) >= count for node, count in calls.items()):
            yield shipments


def value(shipments: dict[tuple[int, int], list[Line]], orders: Sequence[Order], price: Price) -> tuple[int, float]:
    """(- units served, total price): the smaller, the better."""
    units = sum(line.qty for lines in shipments.values() for line in lines)
    return -units, sum(price(orders[o], lines, node) for (o, node), lines in shipments.items())


def best(view: StillView, orders: Sequence[Order], price: Price) -> tuple[int, float]:
    return min(value(shipments, orders, price) for shipments in assignments(view, orders))


def of_plan(plan: Plan) -> dict[tuple[int, int], list[Line]]:
    """The shipments of a plan: what leaves one node for one order leaves together."""
    shipments: dict[tuple[int, int], list[Line]] = {}
    for decision in plan.decisions:
        lines = shipments.setdefault((decision.line.order, decision.node), [])
        lines.append(decision.line._replace(qty=decision.qty))
    return shipments
