"""What perfect information is worth at most: bounds by hand, and what a study says of them."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from typing import Any

import audits
import numpy as np
import pytest
from road_towns import more_ways, products, with_service
from small_studies import TOWN
from towns import COLLECT, HOME_STANDARD, PARCEL_STANDARD, one_warehouse, order, rate_card, replay, three_stores

from orchestrion.domain.codes import Component
from orchestrion.domain.world import World
from orchestrion.errors import StudyError
from orchestrion.experiments import Study, compare, everywhere
from orchestrion.experiments import gap as gaps
from orchestrion.experiments.everywhere import Everywhere
from orchestrion.experiments.perfect import bounded, sent_orders
from orchestrion.scenarios import Scenario
from orchestrion.units import HOUR, MICRO

SCENARIO = Scenario.from_yaml(TOWN, name="town")
NOT_DECIDED = [  # by whoever sources the order
    Component.FEE, Component.CARE, Component.FAILED_DELIVERY, Component.RETURN_CARRIAGE, Component.INSPECTION,
    Component.RETURN_WRITE_OFF,
]  # fmt: skip


def test_where_one_node_sends_everything_the_bound_is_what_was_booked() -> None:
    world = one_warehouse()
    found = bounded(Everywhere(world), audits.run(world, seed=3))
    assert found.sent > 90
    np.testing.assert_array_equal(found.least, found.booked)


def test_an_order_costs_at_least_what_the_cheapest_node_would_take() -> None:
    # two shirts and a coat, 2.6 kg, from the nearest store: 120 s + 2 x 60 s at 0.30 EUR a minute, a box of 0.50, three
    # units of 0.10, up to 5 kg within 50 km 6.00
    least = Everywhere(three_stores()).least(order(lines=[(0, 2), (2, 1)]))
    assert least == round((1.2 + 0.5 + 0.3 + 6.0) * MICRO)


def test_the_collection_store_hands_over_what_it_might_have_had() -> None:
    # no box and no way: 120 s + 60 s of picking and a unit's wrapping
    least = Everywhere(three_stores()).least(order(lines=[(0, 1)], option=COLLECT, collect_at=1))
    assert least == round((0.9 + 0.1) * MICRO)


def test_nodes_that_do_not_ship_are_not_counted_on() -> None:
    stores = {f"store_{n}": {"ships": False} for n in (1, 2, 3)}
    far = Everywhere(three_stores(nodes=stores)).least(order(lines=[(0, 1)]))
    assert far - Everywhere(three_stores()).least(order(lines=[(0, 1)])) == MICRO  # 5 EUR beyond 50 km, not 4


def test_an_order_that_is_cheaper_in_two_parcels_is_bounded_by_two() -> None:
    card = rate_card([700, 2000], [], [[1.0, 9.0]], 1.0)
    town = with_service(three_stores(), PARCEL_STANDARD, rate_card=card)
    two_jeans = order(lines=[(1, 2)])  # 600 g each
    assert Everywhere(town).least(two_jeans) == 2 * round((0.9 + 0.5 + 0.1 + 1.0) * MICRO)


def test_goods_that_no_node_sends_together_are_bounded_apart() -> None:
    world = more_ways(three_stores())
    world = replace(world, products=products(world))
    shirt, coat = ((sku, 1) for sku in (0, 2))
    least = Everywhere(world).least
    both = least(order(lines=[shirt, coat]))
    # the coat comes from the warehouse by two people, the shirt from a store
    assert both == least(order(lines=[shirt])) + least(order(lines=[coat]))


def test_a_large_order_has_a_looser_bound_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    mixed = more_ways(three_stores())
    mixed = replace(mixed, products=products(mixed))
    slips = [
        order(lines=lines, place=place, option=option, collect_at=at)
        for lines in ([(0, 2)], [(0, 1), (1, 2)], [(0, 1), (2, 2)], [(1, 3), (2, 1)])
        for place in (0, 1)
        for option, at in ((HOME_STANDARD, -1), (COLLECT, 1), (COLLECT, 3))
    ]
    for world in (three_stores(), mixed):
        exact = [Everywhere(world).least(slip) for slip in slips]
        monkeypatch.setattr(everywhere, "MOST_PARTS", 0)
        loose = [Everywhere(world).least(slip) for slip in slips]
        monkeypatch.undo()
        assert all(0 < a <= b for a, b in zip(loose, exact, strict=True))
        assert sum(loose) > 0.7 * sum(exact)
    monkeypatch.setattr(everywhere, "MOST_PARTS", 1)
    card = rate_card([700, 2000], [], [[1.0, 9.0]], 1.0)
    town = Everywhere(with_service(three_stores(), PARCEL_STANDARD, rate_card=card))
    assert town.least(order(lines=[(1, 2)])) == -1
    assert "parting may pay: parcel_standard" in town.why_not(order(lines=[(1, 2)]))


def test_what_was_sent_is_put_together_over_shipments_and_hops() -> None:
    # no node has both; the third shirt is nowhere
    wishes = replay([(10 * HOUR, 0, 0, HOME_STANDARD, -1, ((0, 2), (1, 1)))])
    world = three_stores(stock=[[0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]])
    world = replace(world, demand=replace(world.demand, replay=wishes, online_per_day=0.0))
    facts = audits.run(world)
    assert len(facts["shipments"]["shipment"]) > 1
    (slip,) = sent_orders(facts, np.unique(facts["orders"]["order"]).astype(np.int64))
    assert [(line.sku, line.qty) for line in slip.lines] == [(0, 2), (1, 1)]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    path = tmp_path_factory.mktemp("perfect") / "study"
    policies = ["nearest", "warehouse_first"]
    return compare([SCENARIO], policies=policies, replications=3, seed=5, out=path, workers=1)


def test_the_rows_are_means_over_replications_of_what_was_booked(study: Study) -> None:
    frame = study.gap()
    assert frame["alternative"].tolist() == study.labels
    assert set(frame["basis"]) == {gaps.EVERYWHERE}
    assert all("nodes order again when their stock falls" in why for why in frame["why"])
    for row in frame.to_dict("records"):
        assert row["gap"] == pytest.approx(row["booked"] - row["bound"])
        assert 0 <= row["share"] < 1
        for name in ("booked", "bound", "gap", "share"):
            assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
    only = study.gap(study.labels[1])
    assert only["gap"].tolist() == frame["gap"].tolist()[1:]


def test_the_bound_is_per_order_sent_as_booked_costs_are(study: Study) -> None:
    world, label = SCENARIO.compile(), study.labels[1]
    parts = [bounded(Everywhere(world), study.folder.facts(cell)) for cell in study.cells(label)]
    frame = study.gap(label)
    assert frame["orders"][0] == pytest.approx(np.mean([p.sent for p in parts]))
    assert frame["bound"][0] == pytest.approx(np.mean([p.least.sum() / p.sent / MICRO for p in parts]))


def test_only_orders_of_the_measured_time_are_compared() -> None:
    world = three_stores(warm_up_days=3)
    facts = audits.run(world)
    found = bounded(Everywhere(world), facts)
    placed = dict(zip(facts["orders"]["order"].tolist(), facts["orders"]["t"].tolist(), strict=True))
    assert min(placed.values()) < world.warm_up_s <= min(placed[order] for order in found.order.tolist())
    assert found.sent == len(found.order)


def test_what_is_compared_and_what_is_left_out_make_up_the_cost_to_serve(study: Study) -> None:
    label = study.labels[0]
    others = []
    for replication in range(3):
        costs = study.facts("costs", label=label, replication=replication)
        shipments = study.facts("shipments", label=label, replication=replication)
        sent = shipments[(shipments["picked_t"] >= 0) & (shipments["units"] > 0)]["order"].nunique()
        left_out = costs["component"].isin(NOT_DECIDED) & (costs["order"] >= 0)
        others.append(costs[left_out]["amount"].sum() / sent / MICRO)
    served = study.estimate("cost_to_serve", label).mean
    assert study.gap(label)["booked"][0] + np.mean(others) == pytest.approx(served, rel=1e-9)


def test_a_study_without_facts_and_an_order_without_bound_say_so(
    study: Study, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    thin = compare([SCENARIO], replications=1, seed=5, facts="none", out=tmp_path / "thin", workers=1)
    with pytest.raises(StudyError, match='no facts were kept; run the study again with facts="orders"'):
        thin.gap()

    class Lost(Everywhere):
        def __init__(self, world: World) -> None:
            card = rate_card([100, 2000], [], [[1.0, 9.0]], 1.0)
            super().__init__(with_service(world, PARCEL_STANDARD, rate_card=card))

    monkeypatch.setattr(everywhere, "MOST_PARTS", 0)
    monkeypatch.setattr(gaps, "Everywhere", Lost)
    shutil.rmtree(study.path / "bounds", ignore_errors=True)
    row = study.gap(study.labels[0]).iloc[0]
    assert "orders have no bound (too large" in row["why"]
    assert row["basis"] == gaps.NONE
    assert math.isnan(row["bound"])
    assert math.isnan(row["share_high"])
    assert row["booked"] > 0
