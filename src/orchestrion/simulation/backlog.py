"""Who waits for stock that nobody has: counted in the inventory position, served in order of arrival when it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestrion.domain.backorders import Backorders
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.world import Ints
from orchestrion.simulation.moments import REVIEWS, Clock, Timetable

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop


class Backlog:
    """The waiting units of each line, and the node that buys for them."""

    def __init__(self, env: Clock, shop: Shop, rules: Backorders) -> None:
        self._env = env
        self._shop = shop
        self._allowed: list[bool] = rules.allowed.tolist()
        self._node: list[int] = rules.node.tolist()
        self._limit = rules.limit
        self.patience_s = rules.patience_s
        self.promise_s = rules.promise_s
        self._lines: dict[tuple[int, int], tuple[int, int, int]] = {}  # (order, line) -> SKU, node, units
        self._orders: dict[int, dict[int, int]] = {}  # SKU -> order -> its units that wait
        self._reviews = Timetable(env, REVIEWS, self._review)

    def accepts(self, sku: int, qty: int) -> bool:
        """Whether the web takes an order for units that are not there."""
        season = self._shop.season
        if not self._allowed[sku] or (season is not None and not season.alive(self._env.now)[sku]):
            return False
        return self._limit < 0 or sum(self._orders.get(sku, {}).values()) + qty <= self._limit

    def waits(self, t: int, order: Order, rest: Sequence[Line]) -> None:
        """These lines of the order found no node."""
        for line in rest:
            key = (line.order, line.number)
            _, node, before = self._lines.get(key, (0, self._node[order.place], 0))
            self._set(t, key, line.sku, node, line.qty, line.qty - before)

    def leaves(self, t: int, order: int, number: int, qty: int) -> None:
        """Units of a line are sourced at last, or cancelled; what never waited is ignored."""
        key = (order, number)
        known = self._lines.get(key)
        if known is not None:
            sku, node, waiting = known
            self._set(t, key, sku, node, max(0, waiting - qty), -min(qty, waiting))

    def _set(self, t: int, key: tuple[int, int], sku: int, node: int, units: int, change: int) -> None:
        if not change:
            return
        orders = self._orders.setdefault(sku, {})
        left = orders.get(key[0], 0) + change
        if left:
            orders[key[0]] = left
        else:
            del orders[key[0]]
        if units:
            self._lines[key] = (sku, node, units)
        else:
            del self._lines[key]
        self._shop.stock.backorder(t, sku, node, change)

    def came(self, skus: Ints) -> None:
        """Stock came: whoever waits for it is looked at in this second's reviews, before any new customer."""
        waiting = [sku for sku in skus.tolist() if self._orders.get(sku)]
        if waiting:
            self._reviews.add(self._env.now, waiting)

    def _review(self, skus: list[int]) -> None:
        orders = sorted({order for sku in skus for order in self._orders.get(sku, ())})
        if orders:
            self._shop.desk.look_again(orders)  # ids are in order of arrival: first come, first served

    def hopeless(self, order: Order) -> bool:
        """Whether every line of the order waits for a SKU of which nothing can be promised anywhere."""
        if self._shop.published is not None:
            return False  # what a contact point shows is not what can be promised
        visible = self._shop.stock.visible
        return all((order.id, line.number) in self._lines and visible[line.sku] < 1 for line in order.lines)
