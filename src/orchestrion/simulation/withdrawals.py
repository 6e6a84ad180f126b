"""Customers who withdraw: those who change their mind, and those whose patience ends before anybody began to pick."""

from __future__ import annotations

from math import log1p
from typing import TYPE_CHECKING

from orchestrion.domain.orders import Order
from orchestrion.domain.withdrawing import SecondThoughts
from orchestrion.simulation.moments import THE_REST, Clock, Timetable
from orchestrion.simulation.shipment import Shipment

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop


class Withdrawals:
    """Remembers what each order has under way, and when its customer will want it no more.

    An order with a shipment that somebody has begun to pick is kept; the customer would be told that it is too late.
    """

    def __init__(self, env: Clock, shop: Shop, thoughts: SecondThoughts | None) -> None:
        self._shop = shop
        self._env = env
        self._thoughts = thoughts
        self._under_way: dict[int, list[Shipment]] = {}  # order -> its shipments so far
        self._moments = Timetable(env, THE_REST, self._enough)

    def placed(self, order: Order) -> None:
        """A new order: its customer's patience and second thoughts belong to the customer, whatever the policy."""
        until = self._until(order)
        if until >= 0:
            self._under_way[order.id] = []
            self._moments.add(until, order.id)

    def _until(self, order: Order) -> int:
        """The moment when the customer withdraws; -1 never."""
        moments = [order.t + order.patience] if order.patience >= 0 else []
        thoughts = self._thoughts
        if thoughts is not None:
            luck = self._shop.streams.luck
            if luck("second thoughts", order.id) < thoughts.share:
                takes = -thoughts.mean_s * log1p(-luck("second thoughts", order.id, 1))
                moments.append(order.t + round(takes))
        return max(self._env.now, min(moments)) if moments else -1

    def sourced(self, shipment: Shipment) -> None:
        """A shipment of an order was decided."""
        under_way = self._under_way.get(shipment.order.id)
        if under_way is not None:
            under_way.append(shipment)

    def taken_back(self, shipment: Shipment) -> None:
        """It was taken back before picking."""
        under_way = self._under_way.get(shipment.order.id)
        if under_way is not None:
            under_way.remove(shipment)

    def _enough(self, order: int) -> None:
        under_way = self._under_way.pop(order)
        if not any(shipment.begun for shipment in under_way):
            self._shop.desk.withdraw(self._env.now, order, under_way)
