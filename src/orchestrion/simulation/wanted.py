"""What a node wants of each SKU: its rule, its inventory position, its levels, and what is still bought at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.ordering import Ordering
from orchestrion.domain.world import Floats, Ints, World
from orchestrion.policies.replenishment import BY_LEVELS, Levels, ReplenishmentRule, replenishment_rules, whole_packs
from orchestrion.simulation.stock import Stock, flat

Units = NDArray[np.int32]


_REMEMBERED = 100_000  # answers of rules for one cell


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
        self._low, self._up_to = (flat(np.ascontiguousarray(level)) for level in (self._plan.low, self._plan.up_to))
        # what a rule answered for one cell: few of them differ in position, levels and packs
        self._answers: dict[tuple[int, ...], int] = {}
        # nodes that go by their forecasts; the others answer the same as long as position and levels are the same
        self._ahead: list[bool] = []
        if world.ordering is not None:
            by_forecast = np.array([name not in BY_LEVELS for name in world.ordering.rules], bool)
            used = by_forecast[world.ordering.rule].any(axis=0)
            self._ahead = (used & (world.ordering.cover_days > 0)).tolist()
        self._alike: memoryview[int] | None = None
        self._rules = [] if world.ordering is None else [replenishment_rules[name] for name in world.ordering.rules]

    def looks_ahead(self, node: int) -> bool:
        """Whether what the node wants also changes with its forecasts."""
        return bool(self._ahead) and self._ahead[node]

    def by_stores(self, t: int, skus: Ints, stores: Ints) -> Units:
        """Units of SKUs that stores ask their warehouse for, shape (SKUs, stores)."""
        return self._ask(t, skus, stores, self._store_rule)

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
        if self.looks_ahead(node):
            ahead = float(self._forecasts()[sku, node] * ordering.cover_days[node])
            return self._answer(ordering, sku, node, self._stock.position_of(sku, node), ahead)
        asked = (self._stock.position_of(sku, node), low, self._up_to[cell], self._alike_of(ordering, sku, cell))
        units = self._answers.get(asked)
        if units is None:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            units = self._answers[asked] = self._answer(ordering, sku, node, asked[0], 0.0)
        return units

    def _alike_of(self, ordering: Ordering, sku: int, cell: int) -> int:
        """Cells of one number have the same rule, batch and packs."""
        if self._alike is None:
            code = np.zeros(self._plan.low.shape, np.int64)
            for column in (ordering.quantity, ordering.rule, ordering.multiple[:, None], ordering.minimum[:, None]):
                code = code * (int(column.max(initial=0)) + 1) + column
            self._alike = flat(code)
        return self._alike[cell]

    def _answer(self, ordering: Ordering, sku: int, node: int, position: Any, ahead: float) -> int:
        cell = sku * self._nodes + node
        batch = int(ordering.quantity[sku, node])
        levels: Any = Levels(self._low[cell], self._up_to[cell], batch, ahead)  # type: ignore[arg-type]  # plain numbers
        units = int(self._rules[ordering.rule[sku, node]](position, levels))
        if units:
            units = int(whole_packs(np.array(units), int(ordering.multiple[sku]), int(ordering.minimum[sku])))
        return units

    def _ask(self, t: int, skus: slice | Ints, nodes: Ints | int, usual: ReplenishmentRule) -> Units:
        plan, ordering = self._plan, self._ordering
        every = isinstance(skus, np.ndarray) and isinstance(nodes, np.ndarray)
        cells: Any = np.ix_(skus, nodes) if every else (skus, nodes)  # type: ignore[arg-type]
        position = self._stock.position(*cells)
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
