"""Scenarios of growing size: the smallest runs here, the larger ones are what they say they are."""

from __future__ import annotations

import numpy as np
import pytest

import orchestrion as orc
from orchestrion.bundled import data_path, scenarios_folder
from orchestrion.domain.world import World

SCALE = scenarios_folder() / "scale"


@pytest.fixture(scope="module")
def village() -> World:
    return orc.load_scenario(SCALE / "village.yaml").compile()


def test_a_village_goes_through_its_season(village: World) -> None:
    assert [node.walk_ins for node in village.nodes].count(True) == 3
    assert len(village.skus) == 150
    facts = orc.simulate(village, orc.sourcing_policies["nearest"](), seed=1, replication=0)
    assert len(facts["orders"]["order"]) > 500
    assert {int(node) for node in np.unique(facts["shipments"]["node"])} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("name", "stores", "skus", "orders", "units"),
    [("country", 200, 5000, 1e6, 10e6), ("continent", 500, 50_000, 10e6, 25e6)],
)
def test_the_large_ones_are_as_large_as_they_say(
    name: str, stores: int, skus: int, orders: float, units: float, village: World
) -> None:
    scenario = orc.load_scenario(SCALE / f"{name}.yaml")
    document = scenario.document
    stores_table = data_path(document.network.stores_table).read_text(encoding="utf-8").splitlines()
    assert sum(not line.startswith("#") for line in stores_table) - 1 == stores
    assert document.assortment.skus == skus
    days = 7 * (document.time.warm_up_weeks + document.time.measured_weeks)
    assert days == 364
    assert document.demand.online.orders_per_day * days == pytest.approx(orders, rel=0.005)
    law = village.demand.units  # of one purchase; the scenarios leave it alone
    each = float(np.dot(law, np.arange(1, len(law) + 1)))
    assert document.demand.walk_in.per_day * days * each == pytest.approx(units, rel=0.03)
