"""How many shipments an order may still make: remembered from review to review."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView

_FEW = 1000  # orders remembered without asking whether they may come again


class Splits:
    """The limit of one replication, and what each order has used of it.

    Lines sourced again after a short pick count anew: their shipment is not the order's choice. An order is forgotten
    once it has been decided whole and nothing of it can be taken back.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._sent: dict[int, tuple[int, int]] = {}  # order -> (hop, shipments of earlier reviews)
        self._whole: set[int] = set()  # of these, the ones decided whole
        self._many = _FEW  # from so many of them on it is asked which may come again
        self._plan: Plan | None = None  # of this review
        self._now: dict[int, list[int]] = {}  # order -> nodes of this review: what leaves one node leaves together
        self._orders: dict[int, Order] = {}  # of this review

    def review(self, orders: Sequence[Order], plan: Plan, view: NetworkView) -> None:
        """A review begins: these orders wait, and this will be their plan."""
        for id, order in self._orders.items():
            assert self._plan is not None  # that of these orders
            if nodes := self._now.get(id):
                hop, sent = self._sent.get(id, (order.hop, 0))
                self._sent[id] = order.hop, len(nodes) + (sent if hop == order.hop else 0)
            if id in self._sent:
                self._whole.add(id)
                if self._plan.left_of(order):
                    self._whole.remove(id)
        if len(self._whole) > self._many:
            self._forget(view)
        self._plan, self._now, self._orders = plan, {}, {order.id: order for order in orders}

    def _forget(self, view: NetworkView) -> None:
        again = {assignment.order.id for assignment in view.releasable()}
        for id in self._whole - again:
            del self._sent[id]
        self._whole &= again
        self._many = _FEW + 2 * len(self._whole)  # asked seldom, however many there are

    def room(self, order: int) -> int:
        """Shipments that an order of this review may still make."""
        hop, sent = self._sent.get(order, (-1, 0))
        before = sent if hop == self._orders[order].hop else 0
        return max(0, self._most - before - len(self._now.get(order, ())))

    def opened(self, order: int, node: int) -> None:
        """The order has a shipment from the node."""
        nodes = self._now.setdefault(order, [])
        if node not in nodes:
            nodes.append(node)

    def anew(self, plan: Plan) -> Splits:
        """The same as at the beginning of this review, for another plan."""
        other = Splits(self._most)
        other._sent, other._orders, other._plan = self._sent, self._orders, plan  # only a review's beginning writes
        return other

    def take_over(self, other: Splits) -> None:
        """What `other`, made by `anew`, has seen opened in this review takes the place of what was seen here."""
        self._now, self._plan = other._now, other._plan

    def __deepcopy__(self, memo: object) -> Splits:
        return self.twin()

    def twin(self) -> Splits:
        """The same, to try something."""
        other = Splits(self._most)
        other._sent, other._whole, other._many = dict(self._sent), set(self._whole), self._many
        other._plan, other._orders = self._plan, self._orders
        other._now = {order: list(nodes) for order, nodes in self._now.items()}
        return other
