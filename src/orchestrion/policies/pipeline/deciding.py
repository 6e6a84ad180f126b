"""Walking an order down the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.domain.world import World
from orchestrion.logistics.tariff import Tariff
from orchestrion.policies.assignment import Shipment, assign
from orchestrion.policies.free import Free
from orchestrion.policies.groups import Groups
from orchestrion.policies.pipeline.rule import HOLD, NEXT, Rule
from orchestrion.policies.pipeline.sight import Desk, Memory, value_eur
from orchestrion.policies.queues import Queues
from orchestrion.policies.rule import Rule as Heuristic
from orchestrion.policies.splits import Splits

# a queue: which order of a review is decided first
Urgency = Callable[[World, Order], tuple[float, ...]]
QUEUES: Mapping[str, Urgency] = {
    "placed": lambda world, order: (),
    "promise": lambda world, order: (order.promised_t,),
    "value": lambda world, order: (-value_eur(world, order.lines),),
}


@dataclass(frozen=True, slots=True)
class Chain:
    """The rules as they are walked through."""

    rules: tuple[Rule, ...]
    queue: str
    steps_s: tuple[int, ...]  # tolerance beyond the promise, one walk after the other
    max_shipments: int | None
    fallback: Heuristic | None


class RuleDesk:
    """The decider of one replication; it remembers what it gave to whom and what came back."""

    def __init__(self, chain: Chain, groups: Groups, world: World) -> None:
        self._chain = chain
        self._groups = groups
        self._tariff = Tariff(world)
        self._memory = Memory(len(world.nodes))
        self._splits = None if chain.max_shipments is None else Splits(chain.max_shipments)
        self.ruled_out: dict[tuple[int, int], str] | None = None  # set to {} by who wants to know; see `Desk`

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for the waiting orders, in the order of the queue."""
        plan = view.new_plan()
        if self._splits is not None:
            self._splits.review(orders, plan, view)
        free = Free(view, plan, batch=len(orders) > 1, splits=self._splits)
        desk = Desk(view, free, self._memory, self._groups, self._tariff, Queues(view))
        desk.ruled_out = self.ruled_out
        self._memory.review(view.now, orders)
        urgency = QUEUES[self._chain.queue]
        for order in sorted(orders, key=lambda order: urgency(view.world, order)):  # ties: first come, first promised
            _Walk(self._chain, desk, order).through()
        return plan


class _Walk:
    """One order on its way through the rules."""

    def __init__(self, chain: Chain, desk: Desk, order: Order) -> None:
        self._chain, self._desk, self._order = chain, desk, order
        self._plan = desk.free.plan
        self._waits: list[int] = []  # numbers of lines that a rule holds

    def through(self) -> None:
        """Rule after rule, once for each step of tolerance, then the fallback; what is left waits."""
        for late_s in self._chain.steps_s:
            for rule in self._chain.rules:
                if not self._open():
                    break
                self._try(rule, late_s)
        if self._chain.fallback is not None and self._open():
            self._fall_back(self._chain.fallback)
        for line in self._order.lines:
            if self._plan.open_units(line):
                chosen = line.number in self._waits
                self._plan.hold(line, Reason.CHOSEN if chosen else self._desk.free.why_open(self._order, line))

    def _open(self) -> list[Line]:
        """Lines without a decision, with the units they still want."""
        plan = self._plan
        return [
            line._replace(qty=units)
            for line in self._order.lines
            if line.number not in self._waits and (units := plan.open_units(line))
        ]

    def _try(self, rule: Rule, late_s: int) -> None:
        desk, order = self._desk, self._order
        lines = rule.when.lines(order, self._open(), desk.world, desk.view.now)
        if not lines or rule.action == NEXT:
            return
        if rule.action != HOLD:
            room = desk.free.room(order.id)  # further nodes that may ship for the order
            self._take(rule.source(desk, order, lines, room, late_s), rule.reason)
        if HOLD in (rule.action, rule.otherwise):
            mine = [line.number for line in lines]
            self._waits += [line.number for line in self._open() if line.number in mine]

    def _take(self, shipments: Sequence[Shipment], reason: Reason) -> None:
        asked = {line.number: line for line in self._order.lines}
        for shipment in shipments:
            for line in shipment.lines:
                self._desk.free.take(asked[line.number], shipment.node, line.qty, reason)
            self._note(shipment.node, [line.qty for line in shipment.lines])

    def _note(self, node: int, quantities: Sequence[int]) -> None:
        desk = self._desk
        there = [d for d in self._plan.decisions if d.line.order == self._order.id and d.node == node]
        opened = len(there) == len(quantities)  # decisions for one order at one node travel together
        if opened:
            desk.free.opened(node, self._order.id)
            desk.queues.add(node, len(quantities), sum(quantities))
        desk.memory.gave(node, len(quantities), opened=opened)

    def _fall_back(self, heuristic: Heuristic) -> None:
        slip = self._order._replace(lines=tuple(self._open()))
        self._take(assign(heuristic, slip, self._desk.free, heuristic.reach_km()), Reason.FALLBACK)
