"""Correlated rounding: each line goes where the forecast programme sends its kind, lines of one order together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Decider, NetworkView
from orchestrion.policies.assignment import Nodes, decide_each
from orchestrion.policies.free import Free
from orchestrion.policies.lookahead.bids import Bids
from orchestrion.policies.lookahead.outlook import Floats
from orchestrion.policies.lookahead.rounding import dilated_at
from orchestrion.policies.lookahead.thrifty import Thrifty
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.policies.sourcing.bid_price import LooksAhead
from orchestrion.policies.sourcing.weighted import InEuros
from orchestrion.streams import Streams

_NOTHING = 1e-9  # of a unit: what a programme leaves of a flow that is none


@sourcing_policy("dilated_rounding")
@dataclass(frozen=True, kw_only=True)
class DilatedRounding(LooksAhead, InEuros):
    """Send each line where the forecast programme would, drawn so that the lines of an order meet as often as can be.

    The programme of `bid_price` says, SKU by SKU, which share of an area's units each node should serve. For each order
    nodes open at random moments, and each line takes the first as it sees them, stretched by its share: every line
    keeps its shares, and lines with alike shares go together (correlated rounding, Jasin and Sinha 2015; dilated, Ma
    2023). Nodes that cannot serve a line do not take part. Lines with no node left are decided at the least weighted
    sum plus bid prices. An order asked twice is drawn alike.
    """

    reason: ClassVar[Reason] = Reason.ROUNDED

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_horizon()

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """One replication's decider, which remembers what it saw."""
        return _Rounds(self, self.bids(view), streams)


class _Rounds:
    """One replication: the flows, and a moment for each order and node."""

    def __init__(self, policy: DilatedRounding, bids: Bids, streams: Streams) -> None:
        self._policy, self._bids, self._streams = policy, bids, streams
        self._otherwise = Thrifty(policy, bids)
        self._splits = policy.splits()

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for the waiting orders."""
        self._bids.observe(orders, view)
        plan = view.new_plan()
        free = Free(view, plan, batch=len(orders) > 1, splits=self._splits)
        if self._splits is not None:
            self._splits.review(orders, plan, view)
        for order in orders:
            self._round(order, free, view)
            rest = tuple(line for line in order.lines if plan.open_units(line))
            if rest:
                decide_each(self._otherwise, [order._replace(lines=rest)], free, Reason.FALLBACK)
        return plan

    def _round(self, order: Order, free: Free, view: NetworkView) -> None:
        """Give each line that has shares the node it drew; none, where that makes more shipments than allowed."""
        nodes = free.nodes(order)
        found = [(line, self._shares(line, order, nodes, free, view)) for line in order.lines] if len(nodes) else []
        drawn = [(line, shares) for line, shares in found if shares.sum() > _NOTHING]
        if not drawn:
            return
        everybody = order.id * len(view.world.nodes) + nodes
        moments = -np.log1p(-self._streams.lucks("opening", everybody, order.hop))
        chosen = nodes[dilated_at(np.array([shares for _, shares in drawn]), moments[None, :])[0]].tolist()
        opened = list(dict.fromkeys(chosen))
        room = free.room(order.id)
        if room is not None and len(opened) > room:
            return
        for (line, _), node in zip(drawn, chosen, strict=True):
            if free.plan.can_source(line, node):  # two lines of one SKU may have drawn its last unit
                free.take(line, node, line.qty, self._policy.reason)
        for node in opened:
            free.opened(node, order.id)

    def _shares(self, line: Line, order: Order, nodes: Nodes, free: Free, view: NetworkView) -> Floats:
        """The flow from each candidate to the order's area, where the node holds the line in full."""
        places, world = view.world.places, view.world
        area = world.nodes[order.collect_at].agency if order.collect_at >= 0 else int(places.agency[order.place])
        flow = self._bids.flows(line.sku, view)[nodes, area]
        return np.asarray(np.where(free.held(line, nodes) >= line.qty, flow, 0.0))
