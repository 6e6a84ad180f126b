"""What a desk may expect of the days to come: who will ask for a SKU where, what a wish not served costs, what the way
costs. From the plan, recorded sales and orders seen; no true rate, no physical stock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Order
from orchestrion.domain.view import NetworkView
from orchestrion.domain.world import World
from orchestrion.logistics.cost import shipment_costs
from orchestrion.logistics.tariff import Sent, Tariff
from orchestrion.units import DAY, MICRO

Floats = NDArray[np.float64]
_PRIOR_DAYS = 14.0  # the plan counts as so many days of orders seen
_MASSES = np.array([250, 500, 1000, 2000, 5000, 10_000, 30_000])  # grams


class Outlook:
    """One replication's expectations, which grow with the orders seen.

    Attributes
    ----------
    at_counter, online
        What a walk-in, or a customer of the web, who finds nothing costs: the sale, less what the unit still brings
        after its season, times the share of such customers who leave, shape (skus,) [EUR].
    every_days
        Days from one delivery to the next at each node that is fed by a warehouse; infinite elsewhere.
    """

    def __init__(self, view: NetworkView) -> None:
        world = view.world
        self._nodes = [node.id for node in world.nodes]
        self._cost = carriage(world)
        self._planned = planned(world)
        self._seen = np.zeros_like(self._planned)  # units asked for online, by (SKU, area)
        self._counted: set[int] = set()  # orders; only looked up
        net = world.skus.price / (1.0 + world.economics.vat) / MICRO
        sale = np.maximum(0.01, net * (1.0 - world.economics.salvage_share))
        self.at_counter: Floats = np.asarray(sale * world.reactions.store["leave"])
        self.online: Floats = np.asarray(sale * world.reactions.online["leave"])
        calls = world.replenishment.delivery_days.sum(axis=1)
        fed = (world.replenishment.source >= 0) & (calls > 0)
        self.every_days: Floats = np.where(fed, 7.0 / np.maximum(calls, 1), np.inf)

    def __deepcopy__(self, memo: dict[int, Any]) -> Outlook:
        """A twin that knows the same."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        twin._seen, twin._counted = self._seen.copy(), set(self._counted)
        return twin

    def observe(self, orders: Sequence[Order], view: NetworkView) -> None:
        """Count what is asked for the first time."""
        area = view.world.places.agency
        for order in orders:
            if order.id not in self._counted and order.place >= 0:
                self._counted.add(order.id)
                for line in order.lines:
                    self._seen[line.sku, area[order.place]] += line.qty

    def web(self, sku: int, view: NetworkView) -> Floats:
        """Units a day expected from each area, shape (areas,)."""
        rate = (self._planned[sku] * _PRIOR_DAYS + self._seen[sku]) / (_PRIOR_DAYS + view.now / DAY)
        return np.asarray(rate)

    def walk_ins(self, sku: int, view: NetworkView) -> Floats:
        """Units a day expected over the counter of each node, shape (nodes,)."""
        return np.array([view.forecast(sku, node) for node in self._nodes])

    def units(self, sku: int, view: NetworkView, *, coming: bool) -> Floats:
        """Units at each node that nobody has been promised, and, if asked, those on their way to it, shape (nodes,)."""
        there = unpromised(sku, view)
        if coming:
            there += np.array([view.on_order(sku, n) for n in self._nodes])
        return np.maximum(there, 0.0)

    def cost(self, sku: int, view: NetworkView) -> Floats:
        """What sending one unit from a node to an area costs, shape (nodes, areas) [EUR]."""
        way: Floats = self._cost[band(view.world, sku)]
        return way

    def by_mass(self) -> Floats:
        """`cost` by class of mass, shape (classes, nodes, areas) [EUR]."""
        return self._cost


def unpromised(sku: int, view: NetworkView) -> Floats:
    """Units recorded at each node and promised to nobody, those protected included, shape (nodes,)."""
    return np.asarray(view.overstock_row(sku) + view.world.replenishment.up_to[sku], np.float64)


def band(world: World, sku: int) -> int:
    """The SKU's class of mass: a row of the carriage table."""
    return int(np.searchsorted(_MASSES, world.skus.mass[sku], side="left").clip(0, len(_MASSES) - 1))


def carriage(world: World) -> Floats:
    """What sending one unit from a node to an area costs, shape (masses, nodes, areas) [EUR]."""
    tariff = Tariff(world)
    areas = len(world.geography.agencies)
    home = [option for option in world.options if not option.collect] or list(world.options)
    usual = max(home, key=lambda option: world.demand.option_shares[option.id])
    weights = world.demand.place_weights
    total = np.maximum(np.bincount(world.places.agency, weights, areas), 1e-12)
    # an address of each area stands for its zone; a weight and a distance that are means go without a volume
    somewhere = np.zeros(areas, np.int64)
    somewhere[world.places.agency] = np.arange(len(world.places))
    cost = np.full((len(_MASSES), len(world.nodes), areas), 1e6)
    for node in world.nodes:
        if not (node.ships and node.web_visible):
            continue
        metres = np.bincount(world.places.agency, weights * world.geography.node_place[node.id], areas) / total
        for i, mass in enumerate(_MASSES.tolist()):
            sent = Sent(node.id, somewhere, -1, usual.service, 1, 1, mass, 0, np.rint(metres).astype(np.int64))
            cost[i, node.id] = sum(shipment_costs(tariff, sent).values(), np.zeros(areas)) / MICRO
    return cost


def planned(world: World) -> Floats:
    """Units a day planned online, by SKU and area."""
    demand = world.demand
    areas = np.bincount(world.places.agency, demand.place_weights, len(world.geography.agencies))

    def mean(shares: Floats) -> float:
        return float(np.arange(1, len(shares) + 1) @ shares)

    units = demand.online_per_day * mean(demand.lines) * mean(demand.units)
    share = demand.online_popularity / max(float(demand.online_popularity.sum()), 1e-12)
    return np.asarray(units * share[:, None] * areas[None, :])
