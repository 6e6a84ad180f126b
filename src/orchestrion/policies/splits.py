"""How many shipments an order may still make: remembered from review to review."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrion.domain.orders import Order


class Splits:
    """The limit of one replication, and what each order has used of it.

    Lines sourced again after a short pick count anew: their shipment is not the order's choice.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._sent: dict[int, tuple[int, int]] = {}  # order -> (hop, shipments of earlier reviews)
        self._now: dict[int, list[int]] = {}  # order -> nodes of this review: what leaves one node leaves together
        self._hops: dict[int, int] = {}  # of the orders of this review

    def review(self, orders: Sequence[Order]) -> None:
        """A review begins: these orders wait."""
        for id, nodes in self._now.items():
            hop = self._hops[id]
            before = self._sent.get(id, (hop, 0))
            self._sent[id] = hop, len(nodes) + (before[1] if before[0] == hop else 0)
        self._now, self._hops = {}, {order.id: order.hop for order in orders}

    def room(self, order: int) -> int:
        """Shipments that an order of this review may still make."""
        hop, sent = self._sent.get(order, (-1, 0))
        before = sent if hop == self._hops[order] else 0
        return max(0, self._most - before - len(self._now.get(order, ())))

    def opened(self, order: int, node: int) -> None:
        """The order has a shipment from the node."""
        nodes = self._now.setdefault(order, [])
        if node not in nodes:
            nodes.append(node)

    def anew(self) -> Splits:
        """The same as at the beginning of this review."""
        other = Splits(self._most)
        other._sent, other._hops = self._sent, self._hops  # only a review's beginning writes to them
        return other

    def take_over(self, other: Splits) -> None:
        """What `other`, made by `anew`, has seen opened in this review takes the place of what was seen here."""
        self._now = other._now

    def __deepcopy__(self, memo: object) -> Splits:
        return self.twin()

    def twin(self) -> Splits:
        """The same, to try something."""
        other = Splits(self._most)
        other._sent, other._hops = dict(self._sent), dict(self._hops)
        other._now = {order: list(nodes) for order, nodes in self._now.items()}
        return other
