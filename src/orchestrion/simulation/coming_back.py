"""What comes back: customers' returns, parcels that nobody took; opened, checked, put on sale again or written off."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from orchestrion.domain.codes import Disposition, EventKind, Reason
from orchestrion.domain.facts import SCHEMA, Table
from orchestrion.domain.orders import Line
from orchestrion.logistics.transit import arrival, draw_days
from orchestrion.logistics.ways_home import WaysHome
from orchestrion.simulation.moments import THE_REST, Clock, Timetable
from orchestrion.simulation.shipment import Shipment
from orchestrion.units import DAY, HOUR

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop

RETURNED = int(EventKind.RETURNED)
Found = list[tuple[Line, int]]


class Back(NamedTuple):
    """Goods of one shipment on their way back together: no more than that, for tens of thousands wait at a time."""

    order: int
    placed_t: int  # when it was ordered [s]
    hop: int
    shipment: int
    lines: tuple[tuple[Line, int], ...]  # with the units of each
    node: int  # where to
    sent_t: int  # given back, or turned around [s]
    service: int  # -1: brought by the customer, or never left the store
    reason: Reason

    @classmethod
    def of(cls, shipment: Shipment, lines: Found, node: int, sent_t: int, service: int, reason: Reason) -> Back:
        """These lines of a shipment."""
        order = shipment.order
        return cls(order.id, order.t, order.hop, shipment.id, tuple(lines), node, sent_t, service, reason)

    @property
    def units(self) -> int:
        return sum(qty for _, qty in self.lines)


class ComingBack:
    """Each line has luck of its own, so that the same things come back under every policy; where they go is for the
    customer's address to say, not for the policy."""

    def __init__(self, env: Clock, shop: Shop) -> None:
        self._env = env
        self._shop = shop
        world = shop.world
        self._given_back = Timetable(env, THE_REST, self._give_back)
        self._checked = Timetable(env, THE_REST, self.put_back)
        self._never_opened: list[Back] = []
        self._net = 1.0 + world.economics.vat
        law = self._law = world.returns
        if law is None:
            return
        self._rate: list[float] = law.rate.tolist()
        self._restock: list[float] = law.restock.tolist()
        self._ways = WaysHome(world, law)

    def received(self, t: int, shipment: Shipment) -> None:
        """The customer has the goods, and will keep them or not."""
        self._shop.door.received(shipment)
        law = self._law
        if law is None:
            return
        luck, order = self._shop.streams.luck, shipment.order
        lines = [(line, qty) for line, qty in shipment.found if luck("return", line.request) < self._rate[line.sku]]
        if not lines:
            return
        days = _drawn(law.days, luck("return_days", order.id))
        moment = t + max(HOUR, days * DAY)
        walks = luck("return_way", order.id) < law.store_share
        store = self._ways.store(order.place, order.collect_at) if walks else -1
        if store >= 0:
            opens = self._shop.world.nodes[store].calendar.next_open(moment)
            if opens is not None:
                self._given_back.add(opens, Back.of(shipment, lines, store, opens, -1, Reason.RETURNED))
        elif (depot := self._ways.depot(order.place)) >= 0:
            self._given_back.add(moment, Back.of(shipment, lines, depot, moment, law.service, Reason.RETURNED))

    def _give_back(self, back: Back) -> None:
        t, law = self._env.now, self._law
        assert law is not None
        for line, qty in back.lines:
            self._shop.ledger.event(
                (t, RETURNED, back.order, line.number, back.shipment, back.node, qty, Reason.RETURNED, back.hop)
            )
        self._await(t if back.service < 0 else self._carried(t, back), law.inspect_s * back.units, back)

    def turned_around(self, t: int, shipment: Shipment, reason: Reason) -> None:
        """The carrier brings a parcel back to the node that sent it."""
        node = self._shop.world.nodes[shipment.node]
        work = len(shipment.found) * node.pick_line_s + shipment.units * node.pick_unit_s
        back = Back.of(shipment, shipment.found, shipment.node, t, shipment.service, reason)
        self._await(self._carried(t, back), work, back)

    def _carried(self, t: int, back: Back) -> int:
        """When a parcel handed to its service at t reaches its node."""
        offer, luck = self._shop.world.services[back.service], self._shop.streams.luck
        days = draw_days(offer, luck("return_transit", back.lines[0][0].request))
        return arrival(offer, t, days, luck("return_round", back.order))

    def _await(self, t: int, work_s: int, back: Back) -> None:
        """Opened and checked in the node's opening hours."""
        calendar = self._shop.world.nodes[back.node].calendar
        opens = calendar.next_open(t)
        if opens is None:
            self._never_opened.append(back)
        else:
            self._checked.add(max(opens, calendar.after_open_seconds(opens, work_s)), back)

    def under_way(self) -> Table:
        """What is on its way back and not yet decided upon, in the shape of the fact table `returns`."""
        waiting = [*self._never_opened, *(back for (back,) in self._checked.pending())]
        rows = [
            (-1, b.order, line.number, b.shipment, b.node, line.sku, qty, b.reason, -1, 0, b.sent_t, b.service)
            for b in waiting for line, qty in b.lines
        ]  # fmt: skip
        columns = zip(*rows, strict=True) if rows else ((),) * len(SCHEMA["returns"])
        fields = SCHEMA["returns"].items()
        return {name: np.array(column, field.dtype) for (name, field), column in zip(fields, columns, strict=True)}

    def put_back(self, back: Back) -> None:
        """On sale again, or written off when it was used; the customer's money is given back either way."""
        shop, t, id = self._shop, self._env.now, back.order
        for line, qty in back.lines:
            used = back.reason == Reason.RETURNED and (
                shop.streams.luck("return_state", line.request) >= self._restock[line.sku]
            )
            if not used:
                shop.stock.restock(t, line.sku, back.node, qty, id)
            disposition = Disposition.WRITTEN_OFF if used else Disposition.RESTOCKED
            refund = round(shop.door.price(line.sku, back.placed_t) * qty / self._net)
            what = (t, id, line.number, back.shipment, back.node, line.sku, qty)
            shop.ledger.came_back((*what, back.reason, disposition, refund, back.sent_t, back.service))


def _drawn(law: tuple[float, ...], u: float) -> int:
    """Days for a uniform number: the inverse of the law."""
    reached = 0.0
    for days, probability in enumerate(law):
        reached += probability
        if u < reached:
            return days
    return len(law) - 1
