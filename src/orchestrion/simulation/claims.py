"""Claiming: stores are asked before they get a shipment; who accepts in time has it, who does not is passed over.

Luck belongs to the wish and the node: a store that would refuse this shirt refuses it under every policy, asked first
or last, alone or beside others. Units are reserved at every node that is asked, from the question until somebody
accepts or all have passed, so that a yes can always be kept.
"""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING

from orchestrion.domain.claiming import Claiming
from orchestrion.domain.codes import EventKind, Reason
from orchestrion.simulation.moments import THE_REST, Clock, Timetable
from orchestrion.simulation.shipment import Shipment

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop

OFFERED, ACCEPTED, REFUSED = int(EventKind.OFFERED), int(EventKind.ACCEPTED), int(EventKind.REFUSED)


class Offer:
    """One shipment and the nodes that have not answered yet."""

    __slots__ = ("asked", "open", "shipment")

    def __init__(self, shipment: Shipment, asked: list[int]) -> None:
        self.shipment = shipment
        self.asked = asked
        self.open = set(asked)  # only ever looked up, never walked through


class Claims:
    """Asks the nodes, waits for their answers in opening hours, and tells the desk how it ended."""

    def __init__(self, env: Clock, shop: Shop, claiming: Claiming) -> None:
        self._env = env
        self._shop = shop
        self._law = claiming
        self._asked: list[bool] = claiming.asked.tolist()
        self._acceptance: list[float] = claiming.acceptance.tolist()
        self._response: list[float] = claiming.response_s.tolist()
        self._answers = Timetable(env, THE_REST, self._answer)
        self._offers: dict[int, Offer] = {}  # shipment -> its offer

    def must_ask(self, node: int) -> bool:
        """Whether the node has a say."""
        return self._asked[node]

    def ask(self, t: int, shipment: Shipment) -> None:
        """Offer the shipment to the node the policy chose, and where stores compete to its next-nearest candidates."""
        nodes = [shipment.node, *self._rivals(shipment)]
        offer = self._offers[shipment.id] = Offer(shipment, nodes)
        for node in nodes:
            if node != shipment.node:
                for line, qty in shipment.lines:
                    self._shop.stock.reserve(t, line.sku, node, qty, shipment.order.id)
            self._shop.sites[node].asked += 1
            self._event(t, OFFERED, shipment, node, -1)
        for node in nodes:
            self._expect(t, offer, node)

    def _rivals(self, shipment: Shipment) -> list[int]:
        """The nearest other nodes that have a say and every unit; a collection store's own customer is not shared."""
        wanted = self._law.at_once - 1
        order = shipment.order
        if wanted < 1 or order.collect_at >= 0:
            return []
        need: dict[int, int] = {}
        for line, qty in shipment.lines:
            need[line.sku] = need.get(line.sku, 0) + qty
        promised = self._shop.stock.promised
        found: list[int] = []
        for node in self._shop.view.nearest(order):
            if len(found) == wanted:
                break
            if node != shipment.node and self._asked[node] and all(promised(s, node) >= q for s, q in need.items()):
                found.append(node)
        return found

    def _expect(self, t: int, offer: Offer, node: int) -> None:
        """When and how the node will answer, by its luck with this wish."""
        streams, request = self._shop.streams, offer.shipment.lines[0][0].request
        calendar = self._shop.world.nodes[node].calendar
        mean, timeout = self._response[node], self._law.timeout_s
        takes = -mean * log1p(-streams.luck("response", request, node)) if self._law.exponential else mean
        # by the number of the node: hops and other nodes leave the luck alone
        says_yes = streams.luck("acceptance", request, node) < self._acceptance[node]
        in_time = takes <= timeout and calendar.next_open(t) is not None
        answer = ACCEPTED if says_yes and in_time else REFUSED
        reason = -1 if answer == ACCEPTED else Reason.REFUSED if in_time else Reason.NOT_ACCEPTED
        at = calendar.after_open_seconds(t, round(takes) if in_time else timeout)
        self._answers.add(max(t, at), offer, node, answer, reason)

    def _answer(self, offer: Offer, node: int, answer: int, reason: int) -> None:
        if node not in offer.open:
            return  # the offer lapsed: somebody was quicker, or the customer withdrew
        t, shipment = self._env.now, offer.shipment
        self._event(t, answer, shipment, node, reason)
        if answer == ACCEPTED:
            self._lapse(t, offer, keep=node)
            shipment.node = node
            self._shop.sites[node].add(shipment)
            return
        offer.open.discard(node)
        self._shop.sites[node].asked -= 1
        if offer.open:
            self._let_go(t, shipment, node)
            return
        # the last one to pass: the desk takes the shipment back, with the units that this node still holds for it
        del self._offers[shipment.id]
        shipment.node = node
        self._shop.desk.passed_over(t, shipment, offer.asked, Reason(reason))

    def withdraw(self, t: int, shipment: Shipment) -> bool:
        """The customer withdrew: every open offer lapses. False if the shipment is not on offer."""
        offer = self._offers.get(shipment.id)
        if offer is None:
            return False
        last = next(node for node in offer.asked if node in offer.open)
        self._lapse(t, offer, keep=last)
        shipment.node = last  # where units are still reserved
        return True

    def _lapse(self, t: int, offer: Offer, keep: int) -> None:
        """Nobody waits for answers any more; all but one node get their units back."""
        del self._offers[offer.shipment.id]
        for node in offer.asked:
            if node in offer.open:
                self._shop.sites[node].asked -= 1
                if node != keep:
                    self._let_go(t, offer.shipment, node)
        offer.open.clear()

    def _let_go(self, t: int, shipment: Shipment, node: int) -> None:
        for line, qty in shipment.lines:
            self._shop.stock.release(t, line.sku, node, qty, shipment.order.id)

    def _event(self, t: int, kind: int, shipment: Shipment, node: int, reason: int) -> None:
        order = shipment.order
        self._shop.ledger.event((t, kind, order.id, -1, shipment.id, node, shipment.promised, reason, order.hop))
