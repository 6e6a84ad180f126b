"""ADEME's published table reached by the simulation itself, on Worlds reduced to its journey; another set of factors.

ADEME's parcel travels 70 km by van and 523 km by truck through two hubs, then 45 km on a round when it goes home. Here
a warehouse stands 70 km from its agency, 523 km from the agency of the address; the round is shared by weight.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import audits
import numpy as np
import pytest
import road_towns
from towns import COLLECT, HOME_STANDARD, PARCEL_STANDARD, replay, town

from orchestrion.bundled import data_path, table_path
from orchestrion.domain.codes import Leg
from orchestrion.domain.facts import Facts
from orchestrion.domain.world import World
from orchestrion.geometry import distance_matrix_m
from orchestrion.logistics import ademe
from orchestrion.logistics.repricing import repriced
from orchestrion.units import HOUR

FACTORS = ademe.read_factors(data_path("emissions", "ademe.csv"))
OTHER = ademe.read_factors(table_path("emissions/iso14083.csv"))
WAY = {HOME_STANDARD: "home", road_towns.PICKUP: "pickup_point", COLLECT: "click_and_collect"}


def journey(volume: int, grams: int, van_km: float, truck_km: float, days: float = 20.0, **emissions: Any) -> World:
    """A warehouse at km 0, its agency at `van_km`, the agency of address and store `truck_km` beyond."""
    plain = town(
        stock=[[50, 0]],
        node_km=(0.0, van_km + truck_km),
        place_km=(van_km + truck_km,),
        agency_km=(van_km, van_km + truck_km),
        grams=(grams,),
        cm3=(volume,),
    )
    world = road_towns.more_ways(plain, days=(1.0,))
    compiled = ademe.compile_emissions(
        FACTORS, [node.role for node in world.nodes], method="by_weight", detour=1.0, trip_share=1.0
    )
    shed = ademe.warehouse_g(FACTORS, volume, days) / volume
    shop = ademe.store_g(FACTORS, volume, "supermarket") / volume
    e = replace(
        compiled,
        ordering_g=FACTORS["ordering_published"],
        building_g_per_cm3=np.array([shed, shop]),
        collect_share=1.0,  # ADEME gives the parcel the whole stay of goods in a store
        trip_g_per_km=218.0,  # by car, 7 km
        trip_min_m=7_000,
    )
    options = tuple(replace(o, service=PARCEL_STANDARD) if o.collect else o for o in world.options)
    points = replace(world.pickup_points, trip_m=7_000)
    return replace(world, emissions=replace(e, **emissions), options=options, pickup_points=points)


def sent(world: World, option: int) -> Facts:
    """One unit ordered with an option, by the simulation."""
    store = 1 if world.options[option].collect else -1
    wishes = replay([(10 * HOUR, 0, 0, option, store, ((0, 1),))])
    return audits.run(replace(world, demand=replace(world.demand, replay=wishes, online_per_day=0.0)))


def grams(facts: Facts) -> float:
    return float(facts["emissions"]["amount"].sum()) / 1000


@pytest.mark.parametrize(
    ("option", "clothing"),
    [(HOME_STANDARD, 898.488), (road_towns.PICKUP, 2324.896), (COLLECT, 2566.334)],
)
def test_the_simulation_emits_what_ademe_prints_for_a_clothing_parcel(option: int, clothing: float) -> None:
    assert grams(sent(journey(10_000, 1500, 70, 523), option)) == pytest.approx(clothing, abs=0.002)  # legs in mg


@pytest.mark.parametrize(
    ("option", "book"), [(HOME_STANDARD, 140.000), (road_towns.PICKUP, 1652.632), (COLLECT, 1670.740)]
)
def test_and_for_a_book(option: int, book: float) -> None:
    world = journey(750, 200, 70, 523, days=30.0, ordering_g=FACTORS["ordering_published_book"])
    assert grams(sent(world, option)) == pytest.approx(book, abs=0.002)


@pytest.mark.parametrize("option", list(WAY))
@pytest.mark.parametrize(
    ("volume", "mass", "van", "truck"), [(2_500, 340, 12, 88), (60_000, 9_700, 150, 900), (400, 55, 3, 41)]
)
def test_and_for_other_parcels_over_other_distances(option: int, volume: int, mass: int, van: int, truck: int) -> None:
    legs = ademe.journey_g(FACTORS, WAY[option], volume, mass / 1000)  # type: ignore[arg-type]
    per_van, per_truck = (ademe.g_per_kg_km(FACTORS, v) * mass / 1000 for v in ("van", "truck"))  # type: ignore[arg-type]
    own = legs["van_70"] + legs["truck_400"] + legs["truck_123"]
    expected = math.fsum(legs.values()) - own + per_van * van + per_truck * truck
    assert grams(sent(journey(volume, mass, van, truck), option)) == pytest.approx(expected, rel=1e-6, abs=0.004)


def test_goods_handed_over_from_the_stores_own_shelf_came_there_by_truck() -> None:
    world = journey(10_000, 1500, 70, 523, inbound=True)
    world = replace(world, opening_stock=np.array([[0, 5]], np.int32))
    facts = sent(world, COLLECT)
    came = facts["emissions"]["amount"][facts["emissions"]["leg"] == Leg.REPLENISHMENT].sum() / 1000
    assert came == pytest.approx(ademe.g_per_kg_km(FACTORS, "truck") * 1.5 * 593, abs=0.001)
    legs = ademe.journey_g(FACTORS, "store", 10_000, 1.5)
    expected = legs["store"] + legs["trip"] + came + FACTORS["ordering_published"]
    assert grams(facts) == pytest.approx(expected, abs=0.002)


def test_a_store_parcel_is_computed_not_assumed_greener() -> None:
    """Sent from the store next door, a shirt skips line-haul and hubs only if nobody counts how it got to the store."""
    from towns import three_stores

    bare = three_stores(node_km=(400, 10, 20, 30))
    counted = replace(bare, emissions=replace(bare.emissions, inbound=True))
    totals = [
        audits.run(replace(w, demand=replace(w.demand, replay=replay([(10 * HOUR, 0, 0, 0, -1, ((2, 1),))]))), policy)
        for w in (bare, counted)
        for policy in ("nearest", "warehouse_first")
    ]
    near, far, near_counted, far_counted = map(grams, totals)
    assert far_counted == far
    assert near_counted - near == pytest.approx(0.1 * 2 * 390)  # 2 kg over 390 km by truck


@pytest.mark.parametrize("method", ["per_stop", "by_weight"])
def test_another_set_prices_what_was_recorded_as_a_new_run_with_it_would(method: str) -> None:
    world = road_towns.restless()
    roles = [node.role for node in world.nodes]
    one, other = (
        ademe.compile_emissions(f, roles, method=method, inbound=True, courier="cargo_bike") for f in (FACTORS, OTHER)
    )
    a, b = (audits.run(replace(world, emissions=e)) for e in (one, other))
    again = repriced(a["emissions"], a["shipments"], other)
    assert len(again["amount"]) > 500
    assert again["amount"].sum() != a["emissions"]["amount"].sum()
    for column in b["emissions"]:
        assert again[column].tolist() == b["emissions"][column].tolist(), column


def test_the_second_set_is_complete_and_states_its_intensities() -> None:
    assert ademe.g_per_kg_km(OTHER, "van") == pytest.approx(0.9 * 1.05)
    assert ademe.g_per_kg_km(OTHER, "truck") == pytest.approx(0.095 * 1.05)
    assert "assumed" in OTHER.sources["van_intensity"]


def test_our_great_circles_are_within_six_in_a_thousand_of_the_ellipsoid() -> None:
    geopy = pytest.importorskip("geopy.distance")
    cities = [(48.8566, 2.3522), (45.7640, 4.8357), (50.6292, 3.0573), (43.2965, 5.3698), (48.3904, -4.4861)]
    lat, lon = (list(column) for column in zip(*cities, strict=True))
    ours = distance_matrix_m(lat, lon, lat, lon) / 1000
    for i, a in enumerate(cities):
        for j, b in enumerate(cities):
            if i != j:
                assert ours[i, j] == pytest.approx(geopy.geodesic(a, b).km, rel=0.006)
