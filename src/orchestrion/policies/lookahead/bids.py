"""What a unit on a shelf is worth to those who may still ask for it: duals of a transportation programme of forecasts.

For each SKU: units at the nodes flow to what walk-ins are expected to want at each store and to what the web is
expected to ask for in each area; a wish not served costs its sale. The dual value of a node's stock is its bid price
(Acimovic and Graves 2015): what an order that takes a unit there should pay for it besides the carriage.
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
from orchestrion.policies.solver import LinearProgramme
from orchestrion.units import DAY, MICRO

Floats = NDArray[np.float64]
_PRIOR_DAYS = 14.0  # the plan counts as so many days of orders seen


class Bids:
    """Bid prices by SKU, each solved again when it is asked for and older than `resolve_s`.

    Forecasts come from what a desk knows: recorded sales over the counter, orders seen so far, and the plan before
    there are any. No true rate, no physical stock.

    Parameters
    ----------
    horizon_days
        How far ahead demand is counted.
    """

    def __init__(self, view: NetworkView, resolve_s: int, horizon_days: float) -> None:
        world = view.world
        self._resolve_s = resolve_s
        self._horizon = horizon_days
        self._nodes = [node.id for node in world.nodes]
        self._cost = _carriage(world)
        self._planned = _planned(world)
        self._seen = np.zeros_like(self._planned)  # units asked for online, by (SKU, area)
        self._solved: dict[int, int] = {}  # SKU -> when
        self._bids = np.zeros((len(world.skus), len(world.nodes)))
        net = world.skus.price / (1.0 + world.economics.vat) / MICRO
        self._sale: Floats = np.asarray(net * (1.0 - world.economics.salvage_share), np.float64)
        self._programmes: dict[int, LinearProgramme] = {}

    def __deepcopy__(self, memo: dict[int, Any]) -> Bids:
        """A twin that knows the same; the solver's models are built again when needed."""
        twin = object.__new__(Bids)
        twin.__dict__.update(self.__dict__)
        twin._seen, twin._bids = self._seen.copy(), self._bids.copy()
        twin._solved, twin._programmes = dict(self._solved), {}
        return twin

    def observe(self, orders: Sequence[Order], view: NetworkView) -> None:
        """Count what is asked for the first time."""
        area = view.world.places.agency
        for order in orders:
            if order.hop == 0 and order.t > view.now - DAY and order.place >= 0:
                for line in order.lines:
                    self._seen[line.sku, area[order.place]] += line.qty

    def of(self, sku: int, view: NetworkView) -> Floats:
        """Bid price of a unit at every node, shape (nodes,) [EUR]."""
        solved = self._solved.get(sku)
        if solved is None or view.now - solved >= self._resolve_s:
            self._bids[sku] = self._solve(sku, view)
            self._solved[sku] = view.now
        row: Floats = self._bids[sku]
        return row

    def _solve(self, sku: int, view: NetworkView) -> Floats:
        days = view.now / DAY
        rate = (self._planned[sku] * _PRIOR_DAYS + self._seen[sku]) / (_PRIOR_DAYS + days)
        walk_in = np.array([view.forecast(sku, node) for node in self._nodes]) * self._horizon
        stock = np.array(
            [view.recorded(sku, n) - view.reserved(sku, n) + view.on_order(sku, n) for n in self._nodes], float
        )
        weight = _band(view.world, sku)
        programme = self._programmes.get(weight)
        if programme is None:
            programme = self._programmes[weight] = _programme(self._cost[weight])
        # one programme serves SKUs of any price: only what a lost wish costs differs
        count, areas = self._cost[weight].shape
        sale = max(float(self._sale[sku]), 0.01)
        lost = np.full(count + areas, sale)
        programme.reprice(np.arange(count * areas, count * areas + len(lost)), lost)
        wanted = np.concatenate([walk_in, rate * self._horizon])
        lower = np.concatenate([np.full(count, -np.inf), wanted])
        upper = np.concatenate([np.maximum(stock, 0.0), np.full(len(wanted), np.inf)])
        programme.restart()
        found = programme.solve(lower, upper)
        return np.maximum(0.0, -found.duals[:count])


def _band(world: World, sku: int) -> int:
    """The SKU's class of mass: a row of the carriage table."""
    return int(np.searchsorted(_MASSES, world.skus.mass[sku], side="left").clip(0, len(_MASSES) - 1))


_MASSES = np.array([250, 500, 1000, 2000, 5000, 10_000, 30_000])  # grams


def _carriage(world: World) -> Floats:
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


def _planned(world: World) -> Floats:
    """Units a day planned online, by SKU and area."""
    demand = world.demand
    areas = np.bincount(world.places.agency, demand.place_weights, len(world.geography.agencies))

    def mean(shares: Floats) -> float:
        return float(np.arange(1, len(shares) + 1) @ shares)

    units = demand.online_per_day * mean(demand.lines) * mean(demand.units)
    share = demand.online_popularity / max(float(demand.online_popularity.sum()), 1e-12)
    return np.asarray(units * share[:, None] * areas[None, :])


def _programme(cost: Floats) -> LinearProgramme:
    """Columns: node -> area (row by row), then lost sales of each store's walk-ins and of each area, then sales over
    the counter; rows: stock of each node, wishes of walk-ins at each node, wishes of each area.
    """
    count, areas = cost.shape
    flow = np.arange(count * areas).reshape(count, areas)
    lost = count * areas + np.arange(count + areas)
    counter = count * areas + count + areas + np.arange(count)
    rows: list[list[tuple[int, float]]] = []
    for node in range(count):
        rows.append([(int(c), 1.0) for c in flow[node]] + [(int(counter[node]), 1.0)])
    for node in range(count):
        rows.append([(int(counter[node]), 1.0), (int(lost[node]), 1.0)])
    for area in range(areas):
        rows.append([(int(c), 1.0) for c in flow[:, area]] + [(int(lost[count + area]), 1.0)])
    costs = np.concatenate([cost.reshape(-1), np.ones(count + areas), np.zeros(count)])
    programme = LinearProgramme(costs, rows, name="bids")
    # an answer to start from that does not depend on which SKU happens to be asked for first
    programme.solve(np.concatenate([np.full(count, -np.inf), np.ones(count + areas)]),
                    np.concatenate([np.ones(count), np.full(count + areas, np.inf)]))  # fmt: skip
    programme.mark()
    return programme
