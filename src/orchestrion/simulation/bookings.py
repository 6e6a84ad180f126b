"""How far the network is booked up: daily orders of the nodes against the orders that wait to be given to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrion.units import DAY

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop


class Bookings:
    """What the web knows of capacity when it promises: an order may have to wait for a day on which somebody takes it.

    Counted in orders, as if each left in one shipment: splits use up more, so the promise is at most too early.
    """

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._hold_s = shop.world.sourcing.hold_s
        limits = [node.daily_orders for node in shop.world.nodes]
        self._shippers = [node.id for node in shop.world.nodes if node.web_visible and node.ships]
        free = not self._shippers or any(limits[node] < 0 for node in self._shippers)
        self._per_day = -1 if free else sum(limits[node] for node in self._shippers)  # -1 without limit

    @property
    def limited(self) -> bool:
        """Whether there is anything to count: some node that ships may take any number of orders otherwise."""
        return self._per_day >= 0

    def days(self, t: int) -> int:
        """Days until an order placed at t can be given to a node; 0: today, -1: never, or later than lines may wait."""
        if self._per_day < 0:
            return 0
        sites = self._shop.sites
        waiting = self._shop.desk.waits
        ahead = waiting - sum(sites[node].room() for node in self._shippers)
        if ahead < 0:
            return 0
        if not self._per_day:
            return -1
        days = 1 + ahead // self._per_day
        return days if (t // DAY + days) * DAY - t <= self._hold_s else -1

    def counts_as_placed(self, t: int) -> int:
        """The moment from which the promise counts: t, or the midnight before the day on which a node takes it."""
        days = self.days(t)
        return t if days <= 0 else (t // DAY + days) * DAY
