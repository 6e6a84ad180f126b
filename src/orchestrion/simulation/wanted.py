"""What a node wants of each SKU: its rule, its inventory position, its levels, and what is still bought at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.ordering import Ordering
from orchestrion.domain.world import Floats, Ints, World
from orchestrion.policies.replenishment import Levels, ReplenishmentRule, replenishment_rules, whole_packs
from orchestrion.simulation.stock import Stock

Units = NDArray[np.int32]


class Wanted:
    """Asks the rule of each cell."""

    def __init__(self, world: World, stock: Stock, forecasts: Callable[[], Floats]) -> None:
        self._world = world
        self._stock = stock
        self._forecasts = forecasts
        self._plan = world.replenishment
        self._ordering = world.ordering
        self._store_rule = replenishment_rules[self._plan.store_rule]
        self._supplier_rule = replenishment_rules[self._plan.supplier_rule]
        self._season = world.season
        self._nodes = len(world.nodes)
        self._low: list[int] = self._plan.low.reshape(-1).tolist()
        self._up_to: list[int] = self._plan.up_to.reshape(-1).tolist()
        self._rules = [] if world.ordering is None else [replenishment_rules[name] for name in world.ordering.rules]

    def by_stores(self, t: int, stores: Ints) -> Units:
        """Units that stores ask their warehouse for, shape (S, stores)."""
        return self._ask(t, slice(None), stores, self._store_rule)

    def of(self, t: int, skus: slice | Ints, node: int) -> Units:
        """Units of SKUs that one node asks for, shape (SKUs,)."""
        return self._ask(t, skus, node, self._supplier_rule)

    def _alive(self, t: int) -> NDArray[np.bool_]:
        """SKUs that are bought: their collection is launched and has not left."""
        assert self._season is not None
        return np.asarray((self._season.launch_s <= t) & (t < self._season.exit_s))

    def one(self, ordering: Ordering, t: int, sku: int, node: int) -> int:
        """Units of one SKU that one node asks for."""
        cell = sku * self._nodes + node
        low = self._low[cell]
        if low < 0 or (self._season is not None and not self._alive(t)[sku]):
            return 0
        batch, ahead = int(ordering.quantity[sku, node]), 0.0
        if ordering.cover_days[node]:
            ahead = float(self._forecasts()[sku, node] * ordering.cover_days[node])
        position: Any = self._stock.position_of(sku, node)
        levels: Any = Levels(low, self._up_to[cell], batch, ahead)  # type: ignore[arg-type]  # plain numbers do
        units = int(self._rules[ordering.rule[sku, node]](position, levels))
        if units:
            units = int(whole_packs(np.array(units), int(ordering.multiple[sku]), int(ordering.minimum[sku])))
        return units

    def _ask(self, t: int, skus: slice | Ints, nodes: Ints | int, usual: ReplenishmentRule) -> Units:
        plan, ordering = self._plan, self._ordering
        cells = (skus, nodes)
        position = self._stock.position(skus, nodes)
        low, up_to = plan.low[cells], plan.up_to[cells]
        if self._season is not None:
            alive = self._alive(t)[skus]
            low = np.where(alive if low.ndim == 1 else alive[:, None], low, -1)
        if ordering is None:
            return np.asarray(usual(position, Levels(low, up_to)))
        forecast = self._forecasts()[cells] * ordering.cover_days[nodes]
        levels = Levels(low, up_to, ordering.quantity[cells], forecast)
        chosen = ordering.rule[cells]
        units = np.zeros(position.shape, np.int64)
        for row, rule in enumerate(self._rules):
            mine = chosen == row
            if mine.any():
                units = np.where(mine, rule(position, levels), units)
        multiple, minimum = ordering.multiple[skus], ordering.minimum[skus]
        if units.ndim == 2:
            multiple, minimum = multiple[:, None], minimum[:, None]
        return np.asarray(whole_packs(units, multiple, minimum))
