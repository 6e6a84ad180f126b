"""What each SKU costs at a moment: its list price, less what a promotion takes off that day."""

from __future__ import annotations

from orchestrion.domain.promotions import prices_on, running
from orchestrion.domain.world import World
from orchestrion.units import DAY


class PriceTags:
    """Prices with VAT, micro-euros."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._list: list[int] = world.skus.price.tolist()
        self._of_day: dict[int, list[int]] = {}

    def of(self, sku: int, t: int) -> int:
        """The price of one unit at t."""
        return self._on(t // DAY)[sku] if self._world.promotions else self._list[sku]

    def _on(self, day: int) -> list[int]:
        tags = self._of_day.get(day)
        if tags is None:
            promotions = self._world.promotions
            reduced = running(promotions, day)
            tags = prices_on(promotions, self._world.skus.price, day).tolist() if reduced else self._list
            self._of_day[day] = tags
        return tags
