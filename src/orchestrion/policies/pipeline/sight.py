"""What a rule sees: one order in front of its candidate nodes, and what the desk remembers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import NetworkView, Quotes
from orchestrion.domain.world import World
from orchestrion.logistics.tariff import Tariff, labour
from orchestrion.policies.free import Free
from orchestrion.policies.groups import Groups
from orchestrion.policies.objective import distance_m
from orchestrion.policies.queues import Queues
from orchestrion.units import DAY, MICRO

Values = NDArray[np.float64]
Nodes = NDArray[np.intp]

_TRUST = 10  # shipments that a new node is believed to have picked without fault


class Memory:
    """What the desk did and what came back, as a store manager could know it: work given out, refusals, turns."""

    def __init__(self, nodes: int) -> None:
        self._day = -1
        self.orders_today = [0] * nodes
        self.lines_today = [0] * nodes
        self._turn = 0
        self.last_turn = [0] * nodes  # 0: never had one
        self._given = [0] * nodes
        self._failed = [0] * nodes
        self._counted: dict[int, tuple[int, ...]] = {}  # order -> nodes whose refusal is counted

    def review(self, now: int, orders: Sequence[Order]) -> None:
        """A review begins: a new day empties the day's counts; who refused what is noted."""
        if now // DAY != self._day:
            self._day = now // DAY
            self.orders_today = [0] * len(self.orders_today)
            self.lines_today = [0] * len(self.lines_today)
        for order in orders:
            if not order.excluded:
                continue
            known = self._counted.get(order.id, ())
            new = tuple(node for node in order.excluded if node not in known)
            self._counted[order.id] = (*known, *new)
            for node in new:
                self._failed[node] += 1

    def gave(self, node: int, lines: int, *, opened: bool) -> None:
        """So many lines of an order went to the node; in a shipment of their own where `opened`."""
        self.lines_today[node] += lines
        if opened:
            self.orders_today[node] += 1
            self._given[node] += 1
            self._turn += 1
            self.last_turn[node] = self._turn

    def found_share(self, node: int) -> float:
        """Share of the node's shipments that it picked in full, as far as the desk has seen."""
        return 1.0 - min(1.0, self._failed[node] / (self._given[node] + _TRUST))


class Desk:
    """All that is the same for every order of one review."""

    def __init__(
        self, view: NetworkView, free: Free, memory: Memory, groups: Groups, tariff: Tariff, queues: Queues
    ) -> None:
        self.view, self.free, self.memory, self.groups, self.tariff, self.queues = (
            view, free, memory, groups, tariff, queues,
        )  # fmt: skip
        # (order, node) -> the filter that excluded the node, while somebody wants to know
        self.ruled_out: dict[tuple[int, int], str] | None = None

    @property
    def world(self) -> World:
        return self.view.world


class Sight:
    """One order (its lines of concern) in front of candidate nodes, nearest first."""

    def __init__(self, desk: Desk, order: Order, lines: Sequence[Line], nodes: Nodes, tolerance_s: int = 0) -> None:
        self.desk, self.order, self.lines, self.nodes = desk, order, tuple(lines), nodes
        self.tolerance_s = tolerance_s  # what the present step adds to the promise
        self.view = desk.view
        self._quotes: Quotes | None = None
        self._etas: NDArray[np.int64] | None = None

    def each(self, values: Sequence[float] | Mapping[int, float]) -> Values:
        """A number of every node, as a column over the candidates."""
        return np.array([values[node] for node in self.nodes.tolist()], np.float64)

    @property
    def km(self) -> Values:
        return distance_m(self.order, self.nodes, self.view) / 1000

    @property
    def quotes(self) -> Quotes:
        if self._quotes is None:
            self._quotes = self.view.quotes(self.order, self.lines)
        return self._quotes

    @property
    def euros(self) -> Values:
        """Cost to serve of one shipment with these lines [EUR]."""
        return self.quotes.cost[self.nodes] / MICRO

    @property
    def etas(self) -> NDArray[np.int64]:
        """When such a shipment would arrive, or be ready [s]."""
        if self._etas is None:
            moments = [self.view.eta(self.order, self.lines, node) for node in self.nodes.tolist()]
            self._etas = np.array(moments, np.int64)
        return self._etas

    @property
    def labour_eur(self) -> Values:
        """Pickers' wages for such a shipment."""
        tariff = self.desk.tariff
        seconds = tariff.pick_seconds(self.nodes, len(self.lines), self.units)
        return labour(seconds, tariff.wage[self.nodes]) / MICRO

    @property
    def packing_eur(self) -> Values:
        """Box and wrapping; the collection store hands its own goods over without a box."""
        economics = self.desk.world.economics
        option = self.desk.world.options[self.order.option]
        spot = (self.nodes == self.order.collect_at) if option.counter >= 0 else np.zeros(len(self.nodes), bool)
        packed = economics.packaging_unit * self.units + np.where(spot, 0, economics.packaging_parcel)
        found: Values = packed / MICRO
        return found

    @property
    def units(self) -> int:
        return sum(line.qty for line in self.lines)

    def atp(self, line: Line) -> NDArray[np.int64]:
        """Units of the line's SKU that the candidates can still promise."""
        return self.desk.free.row(line.sku)[self.nodes].astype(np.int64)


def value_eur(world: World, lines: Sequence[Line]) -> float:
    """List price of the lines, VAT included."""
    return float(sum(int(world.skus.price[line.sku]) * line.qty for line in lines)) / MICRO
