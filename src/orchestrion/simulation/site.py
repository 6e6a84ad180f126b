"""What happens inside a node: people pick, what is packed waits on the shelf for its carrier."""

from __future__ import annotations

from collections.abc import Generator
from heapq import heappop, heappush
from typing import TYPE_CHECKING

import simpy

from orchestrion.domain.codes import EventKind, Reason
from orchestrion.domain.world import Node
from orchestrion.simulation.moments import THE_REST, Clock, Moment
from orchestrion.simulation.shipment import Shipment

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
        self.idle: list[simpy.Event] = []  # pickers waiting for work
        self.waiting_s = 0  # picking time on the list
        self.busy_s = 0  # picking time since the day book was last written
        self.accepted = 0  # shipments accepted today

    def pick_seconds(self, lines: int, units: int) -> int:
        """One picker's time for a shipment."""
        node = self.node
        return node.pick_setup_s + lines * node.pick_line_s + units * node.pick_unit_s

    def add(self, shipment: Shipment) -> None:
        """A shipment joins the pick list; an idle picker takes notice."""
        shipment.work_s = self.pick_seconds(len(shipment.lines), sum(qty for _, qty in shipment.lines))
        self.waiting_s += shipment.work_s
        self.accepted += 1
        heappush(self.pick_list, shipment)
        if self.idle:
            self.idle.pop().succeed()

    def next(self) -> Shipment:
        """The most urgent shipment of the list."""
        shipment = heappop(self.pick_list)
        self.waiting_s -= shipment.work_s
        return shipment


def picker(env: Clock, site: Site, shop: Shop) -> Generator[simpy.Event, None, None]:
    """One pair of hands: take the most urgent shipment, look for each unit, put what was found on the packing shelf."""
    calendar = site.node.calendar
    while True:
        while not site.pick_list:
            site.idle.append(called := env.event())
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
    order, node = shipment.order, shipment.node
    missing: list[tuple[int, int]] = []
    for line, qty in shipment.lines:
        findable = shop.findable(line, qty, node, order.hop)
        found = shop.stock.pick(t, line.sku, node, qty, findable, order.id)
        if found:
            shipment.found.append((line, found))
            shop.ledger.event((t, PICKED, order.id, line.number, shipment.id, node, found, -1, order.hop))
        if found < qty:
            missing.append((line.number, qty - found))
            shop.ledger.event((t, SHORT, order.id, line.number, shipment.id, node, qty - found, NOT_FOUND, order.hop))
    shipment.picked_t = t
    if shipment.found:
        shop.road.packed(t, shipment)
    else:
        shop.road.nothing_to_send(shipment)
    if missing:
        shop.desk.source_again(t, order, missing, node)
