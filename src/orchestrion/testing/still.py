"""A network held still: a NetworkView over a World at one moment, without a clock, priced by simple functions."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestrion.domain.codes import Component, Leg
from orchestrion.domain.orders import Assignment, Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Costs, Quote, Quotes
from orchestrion.domain.world import World
from orchestrion.logistics.carrying import Carrying
from orchestrion.units import DAY, HOUR, MICRO

UNLIMITED = 2**31 - 1

# (order, lines, distance from every node [m]) -> an amount for every node
Pricing = Callable[[Order, Sequence[Line], NDArray[np.int64]], NDArray[np.int64]]


def five_euros_and_ten_cents_a_km(
    order: Order, lines: Sequence[Line], distance: NDArray[np.int64]
) -> NDArray[np.int64]:
    """5 EUR a shipment, 0.50 EUR a unit, 0.10 EUR a kilometre [micro-euros]."""
    return 5 * MICRO + MICRO // 2 * sum(line.qty for line in lines) + 100 * distance


def one_gram_a_metre(order: Order, lines: Sequence[Line], distance: NDArray[np.int64]) -> NDArray[np.int64]:
    """1 kg of CO2e a kilometre and 100 g a shipment [mg]: here near is green."""
    return 100_000 + 1_000 * distance


class StillView:
    """A NetworkView at one moment, to try a policy at a prompt; what products and services allow is as in a simulation.

    Parameters
    ----------
    world
        Nodes, SKUs, options, services, targets.
    orders
        The orders of the review; others may not be served.
    recorded, reserved, on_order
        Units, shape (S, N); the opening stock, and nothing.
    now
        The moment [s]; 11:00 on the first day.
    capacity
        Shipments each node still accepts today; the nodes' daily caps when left out.
    backlog_s
        Picking work waiting at each node [picker seconds].
    cost, co2e
        Functions of (order, lines, distances [m]) giving micro-euros and milligrams for every node.
    transit_s
        Function of (order, node) giving the seconds from decision to door; one day and an hour per 100 km.
    """

    def __init__(
        self,
        world: World,
        orders: Sequence[Order] = (),
        *,
        recorded: ArrayLike | None = None,
        reserved: ArrayLike = 0,
        on_order: ArrayLike = 0,
        now: int = 11 * HOUR,
        capacity: Sequence[int] | None = None,
        backlog_s: ArrayLike = 0,
        cost: Pricing = five_euros_and_ten_cents_a_km,
        co2e: Pricing = one_gram_a_metre,
        transit_s: Callable[[Order, int], int] | None = None,
    ) -> None:
        shape = world.opening_stock.shape
        self._world = world
        self._carrying = Carrying(world)
        self._now = now
        self._orders = {order.id: order for order in orders}
        self._recorded: NDArray[np.int32] = np.array(world.opening_stock if recorded is None else recorded, np.int32)
        self._reserved = np.array(np.broadcast_to(np.asarray(reserved, np.int32), shape))
        self._on_order = np.array(np.broadcast_to(np.asarray(on_order, np.int32), shape))
        self._atp: NDArray[np.int32] = np.maximum(0, self._recorded - self._reserved - world.protected).astype(np.int32)
        self._backlog = np.broadcast_to(np.asarray(backlog_s), shape[1:])
        caps = [node.daily_orders for node in world.nodes] if capacity is None else capacity
        self._capacity = [UNLIMITED if cap < 0 else int(cap) for cap in caps]
        self._cost, self._co2e = cost, co2e
        self._transit_s = transit_s

    @property
    def now(self) -> int:
        return self._now

    @property
    def world(self) -> World:
        return self._world

    def new_plan(self) -> Plan:
        return Plan(self)

    def atp(self, sku: int, node: int) -> int:
        return int(self._atp[sku, node])

    def atp_row(self, sku: int) -> NDArray[np.int32]:
        row: NDArray[np.int32] = self._atp[sku]
        return row

    def recorded(self, sku: int, node: int) -> int:
        return int(self._recorded[sku, node])

    def reserved(self, sku: int, node: int) -> int:
        return int(self._reserved[sku, node])

    def on_order(self, sku: int, node: int) -> int:
        return int(self._on_order[sku, node])

    def overstock_row(self, sku: int) -> NDArray[np.int64]:
        target: NDArray[np.int32] = self._world.replenishment.up_to[sku]
        over: NDArray[np.int32] = self._recorded[sku] - self._reserved[sku] - target
        return over.astype(np.int64)

    def _distances(self, order: Order) -> NDArray[np.int64]:
        geography = self._world.geography
        if order.collect_at >= 0:
            return geography.node_node[:, order.collect_at].astype(np.int64)
        return geography.node_place[:, order.place].astype(np.int64)

    def nearest(self, order: Order, within_km: float | None = None) -> Sequence[int]:
        distance = self._distances(order)
        return [
            int(n)
            for n in np.argsort(distance, kind="stable")
            if any(self._service(order, line, int(n)) >= 0 for line in order.lines)
            and (within_km is None or distance[n] <= within_km * 1000)
        ]

    def _service(self, order: Order, line: Line, n: int) -> int:
        if not 0 <= n < len(self._world.nodes) or n in order.excluded or self._capacity[n] <= 0:
            return -1
        return self._carrying.services(line.sku, order.option, order.place, order.collect_at, order.channel)[n]

    def service(self, line: Line, node: int) -> int:
        order = self._orders.get(line.order)
        return -1 if order is None else self._service(order, line, node)

    def quotes(self, order: Order, lines: Sequence[Line]) -> Quotes:
        distance = self._distances(order)
        return Quotes(self._cost(order, lines, distance), self._co2e(order, lines, distance), distance)

    def costs(self, order: Order, lines: Sequence[Line]) -> Costs:
        distance = self._distances(order)
        floor = min(int(self._cost(order, [line], distance).min()) for line in lines)
        return Costs(self._cost(order, lines, distance), floor)

    def eta(self, order: Order, lines: Sequence[Line], node: int) -> int:
        if self._transit_s is not None:
            return self._now + self.backlog_s(node) + self._transit_s(order, node)
        return self._now + self.backlog_s(node) + DAY + int(self._distances(order)[node]) * HOUR // 100_000

    def quote(self, order: Order, lines: Sequence[Line], node: int) -> Quote:
        quotes = self.quotes(order, lines)
        return Quote(
            node=node,
            service=self._service(order, lines[0], node),
            distance_m=int(quotes.distance[node]),
            eta_t=self.eta(order, lines, node),
            costs={Component.CARRIAGE: int(quotes.cost[node])},
            co2e={Leg.LAST_LEG: int(quotes.co2e[node])},
        )

    def backlog_s(self, node: int) -> int:
        return int(self._backlog[node])

    def capacity_left(self, node: int) -> int:
        return self._capacity[node]

    def next_collection(self, node: int, service: int, ready_t: int) -> int:
        calls = self._world.services[service].collections[node]
        i = bisect_left(calls, ready_t)
        return calls[i] if i < len(calls) else -1

    def waiting(self, order: int) -> Order | None:
        """None: a still view knows no orders but those it is asked about."""
        return None

    def releasable(self) -> Sequence[Assignment]:
        """Nothing was decided before."""
        return []

    def freed(self, sku: int, node: int, qty: int) -> int:
        """All of them: nobody walks in."""
        return qty

    def forecast(self, sku: int, node: int) -> float:
        demand = self._world.demand
        return float(demand.walk_ins_per_day[node] * demand.store_popularity[sku, node])
