"""What each SKU costs at a moment: its list price, less what a promotion takes off that day."""

from __future__ import annotations

from orchestrion.domain.promotions import prices_on
from orchestrion.domain.world import World
from orchestrion.units import DAY


class PriceTags:
    """Prices with VAT, micro-euros."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._list: list[int] = world.skus.price.tolist()
        self._of_day: dict[int, list[int]] = {}
        self._of: dict[tuple[int, ...], list[int]] = {(): self._list}  # promotions that run together -> prices

    def of(self, sku: int, t: int) -> int:
        """The price of one unit at t."""
        return self._on(t // DAY)[sku] if self._world.promotions else self._list[sku]

    def _on(self, day: int) -> list[int]:
        tags = self._of_day.get(day)
        if tags is None:
            promotions = self._world.promotions
            together = tuple(i for i, one in enumerate(promotions) if one.first_day <= day <= one.last_day)
            tags = self._of.get(together)
            if tags is None:
                tags = self._of[together] = prices_on(promotions, self._world.skus.price, day).tolist()
            self._of_day[day] = tags
        return tags
