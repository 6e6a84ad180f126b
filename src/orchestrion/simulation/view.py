"""The window policies look through: records and promises, never the physical stock or the future."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Assignment, Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Costs, Quote, Quotes
from orchestrion.domain.world import World
from orchestrion.logistics.quotes import Quoter
from orchestrion.logistics.transit import expected_arrival, next_collection
from orchestrion.simulation.trailing import TrailingSales

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop


_CANDIDATES = 1_000_000  # nodes in the lists that are remembered: 4 MB, and as much again for the lists


class View:
    """Implements `domain.view.NetworkView` on the running simulation."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        # replayed history is the future: a policy may plan with rates, not look up who comes next
        self._world = replace(shop.world, demand=replace(shop.world.demand, replay=None))
        self._stock = shop.stock
        known = self._known = shop.stock.believed or shop.stock  # the records, or what the desk has been told of them
        self.atp = known.promised  # available to promise of (SKU, node)
        self._atp = known.atp.view()
        self._atp.setflags(write=False)  # rows are shown, not lent
        self._quoter = Quoter(shop.world)
        self._orders: dict[int, Order] = {}
        self._serving: dict[int, list[int]] = {}  # order -> the services by node, where goods and hour play no part
        self._assigned: dict[int, Order] = {}  # orders behind the assignments that may be taken back
        self._releasable: list[Assignment] | None = None  # as of this review, once somebody asked
        self.now = 0
        world = shop.world
        nodes = world.nodes
        carrying = self._carrying = shop.carrying
        self._choosing = carrying.choosy
        # who asked where may be served from the nodes that this contact point sees: by row of the matrix, (rows, nodes)
        self._row, self._seen = carrying.row, carrying.seen
        carried = carrying.carried  # by row and service
        self._carried = [np.array(nodes, bool) for nodes in carried]
        self._ships = [_ids(able) for able in self._carried]
        self._services = carrying.services
        self._nodes = len(nodes)
        like = [carried.index(nodes) for nodes in carried]  # the first with the same nodes
        services = len(world.services)
        # by row and option: which of those lists applies
        self._like = [[like[row * services + o.service] for o in world.options] for row in range(len(self._seen))]
        self._to_place = self._quoter.to_place
        # candidates, nearest first: so many addresses at a time, since there may be as many lists as addresses
        self._remembered = _CANDIDATES // max(1, len(nodes))
        self._near_place: dict[tuple[int, int], Sequence[int]] = {}
        self._near_store: dict[tuple[int, int, int], Sequence[int]] = {}
        self._backlogs = any(node.max_backlog >= 0 or node.max_backlog_s >= 0 for node in nodes)
        self._limited = self._backlogs or any(node.daily_orders >= 0 for node in nodes)
        self._sales = TrailingSales(world, shop.stock)

    @property
    def world(self) -> World:
        """The scenario."""
        return self._world

    def open(self, t: int, orders: Sequence[Order]) -> Mapping[int, Order]:
        """A review begins; these are its slips, by order."""
        self.now = t
        self._orders = {order.id: order for order in orders}
        self._serving = {}
        if self._shop.desk.re_evaluates:
            self._assigned, self._releasable = {}, None
        return self._orders

    def new_plan(self) -> Plan:
        """An empty plan."""
        return Plan(self)

    def atp_row(self, sku: int) -> NDArray[np.int32]:
        """Available to promise at every node."""
        row: NDArray[np.int32] = self._atp[sku]
        return row

    def recorded(self, sku: int, node: int) -> int:
        """Recorded on hand."""
        return self._known.units(sku, node)[1]

    def reserved(self, sku: int, node: int) -> int:
        """Units already given to sourced lines."""
        return self._known.units(sku, node)[2]

    def on_order(self, sku: int, node: int) -> int:
        """Units on their way to the node."""
        return int(self._stock.on_order[sku, node])

    def overstock_row(self, sku: int) -> NDArray[np.int64]:
        """Recorded units, less reservations, above the target of every node."""
        target = self._world.replenishment.up_to[sku]
        return np.asarray(self._known.unpromised(sku).astype(np.int64) - target)

    def nearest(self, order: Order, within_km: float | None = None) -> Sequence[int]:
        """Nodes that may serve the order, nearest first.

        Click and collect is a forced location: a collection store that has the whole order hands it over itself, as its
        promise says.
        """
        if order.collect_at >= 0 and self._on_the_spot(order):
            return [order.collect_at]
        if self._choosing:
            return self._choosy(order, within_km)
        near, row = self._able(order)
        if within_km is not None:
            limit = within_km * 1000
            near = [node for node in near if row[node] <= limit]
        if order.excluded:
            excluded = order.excluded
            near = [node for node in near if node not in excluded]
        if self._limited:
            near = [node for node in near if self.capacity_left(node) > 0]
        return near

    def _able(self, order: Order) -> tuple[Sequence[int], NDArray[np.int32]]:
        """Nodes that ship to the order's address or collection store, nearest first, and the distances of all nodes."""
        sees = self._row[order.channel]
        like = self._like[sees][order.option]
        if order.collect_at >= 0:
            row = self._world.geography.node_node[order.collect_at]
            near = self._near_store.get((order.collect_at, like, sees))
            if near is None:
                store = self._world.nodes[order.collect_at]
                allowed = self._carried[like].copy()
                allowed[store.id] = store.collects and self._seen[sees][store.id]
                near = self._near_store[order.collect_at, like, sees] = _sorted(row, _ids(allowed))
        else:
            row = self._to_place[order.place]
            near = self._near_place.get((order.place, like))
            if near is None:
                if len(self._near_place) >= self._remembered:
                    self._near_place.clear()
                near = self._near_place[order.place, like] = _sorted(row, self._ships[like])
        return near, row

    def crowded_out(self, order: Order, line: Line) -> bool:
        """Whether a node has units of the line and might serve it, were its pick list not too long."""
        return self._backlogs and any(
            self._shop.sites[node].crowded and node not in order.excluded and self.atp(line.sku, node) > 0
            for node in self._able(order)[0]
        )

    def _choosy(self, order: Order, within_km: float | None) -> Sequence[int]:
        """Nodes that may send at least one of the lines, nearest first; `service` tells which."""
        geography, at = self._world.geography, order.collect_at
        row = geography.node_node[at] if at >= 0 else geography.node_place[:, order.place]
        able = np.zeros(len(row), bool)
        for line in order.lines:
            able |= np.array(self._carrying.services(line.sku, order.option, order.place, at, order.channel)) >= 0
        able[list(order.excluded)] = False
        if within_km is not None:
            able &= row <= within_km * 1000
        near = _sorted(row, _ids(able))
        return [node for node in near if self.capacity_left(node) > 0] if self._limited else near

    def _on_the_spot(self, order: Order) -> bool:
        """Whether the collection store has all that waits and may hand it over."""
        store = self._world.nodes[order.collect_at]
        return (
            store.collects
            and self._seen[self._row[order.channel]][store.id]
            and store.id not in order.excluded
            and (not self._limited or self.capacity_left(store.id) > 0)
            and all(self.atp(line.sku, store.id) >= line.qty for line in order.lines)
        )

    def service(self, line: Line, node: int) -> int:
        """The service that carries the line's order from the node; -1 if it may not serve it."""
        if not 0 <= node < self._nodes:
            return -1
        serving = self._serving.get(line.order)
        if serving is not None:
            return serving[node]
        order = self._orders.get(line.order) or self._assigned.get(line.order)
        if order is None:
            return -1
        if self._choosing or self._limited:
            return self._service(order, line, node)
        serving = self._services(line.sku, order.option, order.place, order.collect_at, order.channel)
        if order.excluded:
            serving = [-1 if node in order.excluded else service for node, service in enumerate(serving)]
        self._serving[line.order] = serving
        return serving[node]

    def _service(self, order: Order, line: Line, node: int) -> int:
        if (order.excluded and node in order.excluded) or (self._limited and self.capacity_left(node) <= 0):
            return -1
        return self._services(line.sku, order.option, order.place, order.collect_at, order.channel)[node]

    def quotes(self, order: Order, lines: Sequence[Line]) -> Quotes:
        """Cost, CO2e and distance of one shipment with these lines from every node."""
        return self._quoter.quotes(order, lines)

    def costs(self, order: Order, lines: Sequence[Line]) -> Costs:
        """The costs of `quotes`."""
        return self._quoter.costs(order, lines)

    def eta(self, order: Order, lines: Sequence[Line], node: int) -> int:
        """Expected delivery (or ready) moment after the node's present backlog."""
        site = self._shop.sites[node]
        ready = site.ready(self.now, site.pick_seconds(len(lines), sum(line.qty for line in lines)))
        option = self._world.options[order.option]
        if node == order.collect_at:
            return ready
        if not self._carrying.choosy:
            service = self._world.services[option.service]
            call = next_collection(service, node, ready)
            return self._world.end_s if call < 0 else expected_arrival(service, call)
        last = 0  # goods that are carried apart arrive with the last of them
        for by in dict.fromkeys(self._service(order, line, node) for line in lines):
            service = self._world.services[by if by >= 0 else option.service]
            call = next_collection(service, node, ready)
            road_m = 0.0
            if service.courier is not None:
                road_m = float(self._world.geography.node_place[node, order.place] * self._world.emissions.detour)
            last = max(last, self._world.end_s if call < 0 else expected_arrival(service, call, road_m))
        return last

    def quote(self, order: Order, lines: Sequence[Line], node: int) -> Quote:
        """One shipment by component, leg and expected moment."""
        return self._quoter.quote(order, lines, node, self.eta(order, lines, node))

    def backlog_s(self, node: int) -> int:
        """Picking work waiting at the node."""
        return self._shop.sites[node].waiting_s

    def capacity_left(self, node: int) -> int:
        """Shipments the node will still accept today."""
        return self._shop.sites[node].room()

    def next_collection(self, node: int, service: int, ready_t: int) -> int:
        """The next call of the service's carrier at the node; -1 without one."""
        return next_collection(self._world.services[service], node, ready_t)

    def waiting(self, order: int) -> Order | None:
        """The slip of an order that this review decides on."""
        return self._orders.get(order)

    def releasable(self) -> Sequence[Assignment]:
        """What was decided before and has not begun to be picked, for policies that re-evaluate."""
        if not self._shop.desk.re_evaluates:
            return []
        if self._releasable is None:
            self._releasable = self._shop.desk.assignments()
            self._assigned = {assignment.order.id: assignment.order for assignment in self._releasable}
        return self._releasable

    def freed(self, sku: int, node: int, qty: int) -> int:
        """By how much ATP rises when so many reserved units are taken back."""
        return self._known.freed(sku, node, qty)

    def forecast(self, sku: int, node: int) -> float:
        """Units a day expected at the node, from its trailing recorded sales; planned ones at first."""
        return float(self._sales.rates()[sku, node])

    def forecasts(self) -> NDArray[np.float64]:
        """`forecast` of every cell, shape (S, N)."""
        return self._sales.rates()

    def close_day(self) -> None:
        """Midnight: today's recorded sales join the trailing ones."""
        self._sales.close_day()


def _ids(able: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The ids of those that are able."""
    return np.flatnonzero(able).astype(np.int32)


def _sorted(distances: NDArray[np.int32], nodes: NDArray[np.int32]) -> Sequence[int]:
    """These nodes (by id) by distance, ties by id; signed and wide enough for whoever computes with them in NumPy."""
    return array("i", nodes[distances[nodes].argsort(kind="stable")].tobytes())
