"""Stores that ask a warehouse in vain: remembered, and served the moment it receives; nobody else need be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import audits
import numpy as np
import pytest
from audits import records
from towns import three_stores

from orchestrion.domain.codes import StockKind
from orchestrion.domain.ordering import LeadTime, ordering
from orchestrion.domain.world import World
from orchestrion.simulation.supply import Supply
from orchestrion.units import DAY


def hungry(seed: int = 0, **changes: Any) -> World:
    """A warehouse with too little for three stores that order one for one; suppliers need three days.

    With odd seeds the warehouse orders every other day, several SKUs together.
    """
    rng = np.random.default_rng(seed)
    most = rng.integers(3, 9, (3, 4)) + [[6, 0, 0, 0]]
    leads = (LeadTime(law="fixed", mean_s=1.0 * DAY), LeadTime(law="fixed", mean_s=3.0 * DAY))
    asked = ordering(
        (3, 4), "base_stock", continuous=np.array([seed % 2 == 0, True, True, True]), leads=leads,
        lead_of=np.array([1, 0, 0, 0]), multiple=rng.integers(1, 3, 3), review_s=np.array([2 * DAY, 0, 0, 0]),
    )  # fmt: skip
    settings = {"walk_ins": (0.0, 6.0, 6.0, 6.0), "days": 21, "low": most - 1, "up_to": most, "online_per_day": 3.0}
    return three_stores(most, mechanisms={"ordering": asked}, **(settings | changes))


def starved(facts: Any) -> Iterator[tuple[int, int, int]]:
    """(SKU, store, moment) of each delivery to a store that left in the second its warehouse received the SKU."""
    came = set(records(facts["stock"], "sku", "t", node=0, kind=StockKind.RECEIVED))
    for sku, store, t in records(facts["stock"], "sku", "node", "t", kind=StockKind.ORDERED):
        if store and (sku, t) in came:
            yield sku, store, t


def test_an_empty_store_is_served_in_the_second_in_which_its_warehouse_receives() -> None:
    """An empty shelf sells nothing, so that no sale of its own would ever make it ask again."""
    facts = audits.run(hungry())
    assert len(list(starved(facts))) > 20
    waited = [
        (sku, store, t) for sku, store, t in starved(facts)
        if not _sales(facts, sku, store, t - 2 * DAY, t) and _sales(facts, sku, store, t, t + 4 * DAY)
    ]  # fmt: skip
    assert waited, "some had been empty for two days, and sold again"


def _sales(facts: Any, sku: int, store: int, begin: int, end: int) -> int:
    sold = records(facts["stock"], "t", sku=sku, node=store, kind=StockKind.SOLD)
    return sum(begin <= t < end for (t,) in sold)


@pytest.mark.parametrize("seed", range(6))
def test_looking_at_those_who_asked_in_vain_is_looking_at_everybody(seed: int) -> None:
    """To the last fact: whoever is not remembered would have asked for nothing, or been given nothing."""
    world = hungry(seed)
    remembering = audits.run(world, seed=seed)
    init = Supply.__init__

    def forgetful(self: Supply, *args: Any) -> None:
        init(self, *args)
        self._vain = None

    with patch.object(Supply, "__init__", forgetful):
        everybody = audits.run(world, seed=seed)
    assert len(list(starved(remembering))) > 10
    for name, table in remembering.tables.items():
        for column, values in table.items():
            assert np.array_equal(values, everybody[name][column]), (name, column)
