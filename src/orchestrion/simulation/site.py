"""What happens inside a node: people pick, what is packed waits on the shelf for its carrier."""

from __future__ import annotations

from collections.abc import Generator
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

import simpy

from orchestrion.domain.calendar import Calendar
from orchestrion.domain.codes import EventKind, Reason
from orchestrion.domain.staff import Staff
from orchestrion.domain.world import Node
from orchestrion.simulation.moments import THE_REST, Clock, Moment
from orchestrion.simulation.shipment import Shipment
from orchestrion.units import DAY

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop

PICKED, SHORT = int(EventKind.PICKED), int(EventKind.SHORT)
NOT_FOUND = int(Reason.NOT_FOUND)


class Site:
    """One node at work: its pick list, its idle hands, its workload of the day."""

    def __init__(self, env: Clock, node: Node) -> None:
        self.env = env
        self.node = node
        self.pick_list: list[Shipment] = []  # a heap, most urgent first
        self.idle: list[tuple[simpy.Event, Calendar]] = []  # pickers waiting for work
        self.hands = node.shifts or (node.calendar,) * node.pickers  # a calendar for each pair
        self._staff = Staff(node.shifts) if node.shifts else None
        self.waiting_s = 0  # picking time on the list
        self.busy_s = 0  # picking time since the day book was last written
        self.accepted = 0  # shipments accepted today
        self.asked = 0  # shipments offered that have not been answered yet

    def pick_seconds(self, lines: int, units: int) -> int:
        """One picker's time for a shipment."""
        node = self.node
        return node.pick_setup_s + lines * node.pick_line_s + units * node.pick_unit_s

    def add(self, shipment: Shipment) -> None:
        """A shipment joins the pick list; an idle picker takes notice."""
        shipment.work_s = self.pick_seconds(len(shipment.lines), shipment.promised)
        self.waiting_s += shipment.work_s
        self.accepted += 1
        shipment.accepted_t = self.env.now
        heappush(self.pick_list, shipment)
        if self.idle:
            self._call()

    def _call(self) -> None:
        """An idle picker is called: one on duty; with shifts, those who have gone home look again when they come."""
        if self._staff is not None:
            on_duty = [i for i, (_, calendar) in enumerate(self.idle) if calendar.is_open(self.env.now)]
            if not on_duty:
                for called, _ in self.idle:
                    called.succeed()
                self.idle.clear()
                return
            self.idle.append(self.idle.pop(on_duty[-1]))
        self.idle.pop()[0].succeed()

    def staffed_s(self, t: int) -> int:
        """Picker seconds on duty between the start and t."""
        if self._staff is not None:
            return self._staff.seconds(t)
        return self.node.calendar.open_seconds(t) * self.node.pickers

    def ready(self, t: int, work: int) -> int:
        """When a shipment of so much picking work would be packed, after what waits now [s]."""
        if self._staff is None:
            queue = self.waiting_s // max(1, self.node.pickers)
            return self.node.calendar.after_open_seconds(t, queue + work)
        begins = self._staff.next_on_duty(self._staff.after(t, self.waiting_s))
        return self.node.calendar.closes[-1] if begins is None else begins + work

    @property
    def crowded(self) -> bool:
        """Whether its pick list is as long as it may be."""
        node = self.node
        waiting = len(self.pick_list) + self.asked
        return 0 <= node.max_backlog <= waiting or 0 <= node.max_backlog_s <= self.waiting_s

    def room(self) -> int:
        """Shipments it may still be given: today's number, and what its pick list has room for."""
        node = self.node
        left = 1_000_000_000 if node.daily_orders < 0 else node.daily_orders - self.accepted - self.asked
        if node.max_backlog >= 0:
            left = min(left, node.max_backlog - len(self.pick_list) - self.asked)
        if node.max_backlog_s >= 0:
            small = max(1, self.pick_seconds(1, 1))  # it is full when what waits reaches the limit, not before
            left = min(left, -(-(node.max_backlog_s - self.waiting_s) // small))
        return max(0, left)

    def next(self) -> Shipment:
        """The most urgent shipment of the list."""
        shipment = heappop(self.pick_list)
        shipment.begun = True
        self.waiting_s -= shipment.work_s
        return shipment

    def withdraw(self, shipment: Shipment) -> None:
        """A shipment that nobody has begun to pick leaves the list; it no longer counts among today's."""
        self.pick_list.remove(shipment)
        heapify(self.pick_list)
        self.waiting_s -= shipment.work_s
        if shipment.accepted_t // DAY == self.env.now // DAY and self.accepted:
            self.accepted -= 1


def picker(env: Clock, site: Site, shop: Shop, calendar: Calendar) -> Generator[simpy.Event, None, None]:
    """One pair of hands: take the most urgent shipment, look for each unit, put what was found on the packing shelf.

    A pick begun before the shift ends is finished.
    """
    while True:
        while not site.pick_list:
            called = env.event()
            site.idle.append((called, calendar))
            yield called
        opens = calendar.next_open(env.now)
        if opens is None:
            return  # never open again
        if opens > env.now:
            yield Moment(env, opens, THE_REST)
            continue  # meanwhile a colleague may have emptied the list
        shipment = site.next()
        yield Moment(env, env.now + shipment.work_s, THE_REST)
        site.busy_s += shipment.work_s
        look_for(shipment, env.now, shop)


def look_for(shipment: Shipment, t: int, shop: Shop) -> None:
    """The shelf decides, not the record: what is missing goes back to the desk."""
    order, node, id = shipment.order, shipment.node, shipment.id
    event, pick, hop = shop.ledger.event, shop.stock.pick, order.hop
    missing: list[tuple[int, int]] = []
    for promised in shipment.lines:
        line, qty = promised
        found = pick(t, line.sku, node, qty, shop.findable(line, qty, node, hop), order.id)
        if found:
            shipment.found.append(promised if found == qty else (line, found))
            shipment.units += found
            event((t, PICKED, order.id, line.number, id, node, found, -1, hop))
        if found < qty:
            missing.append((line.number, qty - found))
            event((t, SHORT, order.id, line.number, id, node, qty - found, NOT_FOUND, hop))
    shipment.picked_t = t
    if shipment.found:
        shop.road.packed(t, shipment)
    else:
        shop.road.nothing_to_send(shipment)
    if missing:
        shop.desk.source_again(t, order, missing, node)
