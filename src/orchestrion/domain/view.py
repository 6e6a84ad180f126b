"""What a sourcing policy may see, and what it must be able to do: two protocols.

The view shows records, reservations, backlogs, calendars, cost, time, CO2e; never the physical stock or the future.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Component, Leg
from orchestrion.domain.orders import Assignment, Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.world import World
from orchestrion.streams import Streams

Amounts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Quote:
    """What one shipment would cost, take and emit, for people and for explanations."""

    node: int
    service: int
    distance_m: int  # great circle from the node to the address
    eta_t: int  # expected delivery or ready moment [s]
    costs: dict[Component, int] = field(default_factory=dict)  # micro-euros
    co2e: dict[Leg, int] = field(default_factory=dict)  # milligrams

    @property
    def cost(self) -> int:
        """Cost to serve of the shipment, micro-euros (without the customer's fee)."""
        return sum(self.costs.values())

    @property
    def co2e_mg(self) -> int:
        """CO2e of the shipment with the customer trip, milligrams."""
        return sum(self.co2e.values())


class Costs:
    """What one shipment costs from every node, remembered for all that are alike [micro-euros].

    Attributes
    ----------
    by_node
        One entry per node of the World; not to be written to.
    at
        The same, to be asked for one node: `costs.at[node]`.
    least
        The smallest of them.
    floor
        No shipment with only some of the goods costs less than this, from any node.
    """

    __slots__ = ("at", "by_node", "floor", "least")

    def __init__(self, by_node: Amounts, floor: int) -> None:
        self.by_node = by_node
        self.at: memoryview[int] = memoryview(by_node)  # type: ignore[arg-type]
        self.least = int(by_node.min())
        self.floor = floor


class Quotes:
    """The same for one shipment from every node at once; each array has one entry per node of the World.

    Parameters
    ----------
    cost
        Micro-euros; not to be written to.
    co2e
        Milligrams, or how to find them when somebody asks: most rules look at the cost alone.
    distance
        Metres.
    """

    __slots__ = ("_co2e", "cost", "distance")

    def __init__(
        self, cost: Amounts, co2e: Amounts | Callable[[], Amounts], distance: Amounts
    ) -> None:
        self.cost = cost
        self._co2e = co2e
        self.distance = distance

    def __iter__(self) -> Iterator[Amounts]:
        """Cost, CO2e, distance."""
        return iter((self.cost, self.co2e, self.distance))

    @property
    def co2e(self) -> Amounts:
        """Milligrams by node."""
        if callable(self._co2e):
            self._co2e = self._co2e()
        return self._co2e

    def at_cost(self, cost: Amounts) -> Quotes:
        """The same shipment at another cost."""
        return Quotes(cost, lambda: self.co2e, self.distance)


class NetworkView(Protocol):
    """The read-only window through which a policy looks at the network."""

    @property
    def now(self) -> int:
        """The moment of the review [s]."""

    @property
    def world(self) -> World:
        """The scenario: nodes, SKUs, options, services, planned demand, targets. Frozen."""

    def new_plan(self) -> Plan:
        """An empty plan that checks itself against this view."""

    def atp(self, sku: int, node: int) -> int:
        """Available to promise: recorded on hand - reserved - protected, never below zero."""

    def atp_row(self, sku: int) -> NDArray[np.int32]:
        """ATP of a SKU at every node, shape (nodes,)."""

    def recorded(self, sku: int, node: int) -> int:
        """Recorded on hand."""

    def reserved(self, sku: int, node: int) -> int:
        """Units of it already given to sourced lines."""

    def on_order(self, sku: int, node: int) -> int:
        """Units on their way to the node."""

    def overstock_row(self, sku: int) -> NDArray[np.int64]:
        """Recorded units, less reservations, above the replenishment target of every node; negative below it."""

    def nearest(self, order: Order, within_km: float | None = None) -> Sequence[int]:
        """Nodes that may serve the order, nearest to its address (or to its collection store) first.

        Nodes closed to the order's option, over their daily cap, or that failed the order before are left out.
        """

    def service(self, line: Line, node: int) -> int:
        """The service (index into World.services) that carries the line's order from the node; -1 if it may not."""

    def quotes(self, order: Order, lines: Sequence[Line]) -> Quotes:
        """Cost, CO2e and distance of one shipment with these lines, from every node."""

    def costs(self, order: Order, lines: Sequence[Line]) -> Costs:
        """The costs of `quotes`, for rules that ask for nothing else."""

    def eta(self, order: Order, lines: Sequence[Line], node: int) -> int:
        """Expected delivery (or ready) moment if the node picked these lines after its present backlog [s]."""

    def quote(self, order: Order, lines: Sequence[Line], node: int) -> Quote:
        """One shipment priced by component, leg and expected moment; `quotes` and `eta` in full."""

    def backlog_s(self, node: int) -> int:
        """Picking work waiting at the node, in picker seconds."""

    def capacity_left(self, node: int) -> int:
        """Shipments the node will still accept today."""

    def next_collection(self, node: int, service: int, ready_t: int) -> int:
        """The next call of the service's carrier at the node at or after ready_t [s]."""

    def waiting(self, order: int) -> Order | None:
        """The slip of an order that this review decides on; None for the others."""

    def releasable(self) -> Sequence[Assignment]:
        """What was decided before and has not begun to be picked, the oldest first.

        Empty for policies that do not ask for it by an attribute `re_evaluates = True`.
        """

    def freed(self, sku: int, node: int, qty: int) -> int:
        """By how much ATP rises when so many reserved units are taken back; fewer where walk-ins took some of them."""

    def forecast(self, sku: int, node: int) -> float:
        """Units a day expected at the node, from its trailing recorded sales."""


@runtime_checkable
class Decider(Protocol):
    """Who decides during one replication; may keep state."""

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """Decide for all waiting orders of a review, first come first."""


@runtime_checkable
class SourcingPolicy(Protocol):
    """A frozen value: interchangeable, picklable, printable."""

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """The decider of one replication; a policy without memory returns itself.

        `streams` are the policy's own: the same for the same seed and replication, and no part of the world's luck.
        """
