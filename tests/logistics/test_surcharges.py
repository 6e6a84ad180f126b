"""What carriers add to their cards: zones, fuel, Saturdays, bulky and remote parcels; quoted as they are booked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shipped
import towns
from road_towns import more_ways, products, surcharges, with_service

from orchestrion.bundled import data_path
from orchestrion.domain.world import World
from orchestrion.errors import InputError
from orchestrion.logistics.book import book
from orchestrion.logistics.carriers import read_card, read_courier, read_surcharges, read_zones, zoned
from orchestrion.logistics.cost import surcharged
from orchestrion.logistics.quotes import Quoter
from orchestrion.units import DAY, MICRO

TOWN = towns.three_stores()


@pytest.mark.parametrize(
    ("changes", "euros"),
    [
        ({}, 10.0),
        ({"rebate": 0.4}, 6.0),
        ({"fuel": np.array([0.0, 0.1, 0.2])}, 11.0),  # the order is of the second day
        ({"saturday": np.array([0, 2, 0]) * MICRO}, 12.0),
        ({"remote": np.array([0, 6]) * MICRO}, 16.0),
        ({"bulky": 5 * MICRO, "bulky_over_g": 999}, 15.0),
        ({"bulky": 5 * MICRO, "bulky_over_g": 1000, "bulky_over_cm3": 2999}, 15.0),
        ({"bulky": 5 * MICRO, "bulky_over_g": 1000, "bulky_over_cm3": 3000}, 10.0),
        ({"rebate": 0.5, "remote": np.array([0, 5]) * MICRO, "fuel": np.array([0.0, 0.1])}, 11.0),  # fuel on all
    ],
)
def test_each_surcharge_adds_what_it_says(changes: dict[str, Any], euros: float) -> None:
    law = replace(surcharges(TOWN), **changes)
    assert int(surcharged(law, 10 * MICRO, DAY + 1, 1, 1000, 3000)) == round(euros * MICRO)


def loaded(world: World) -> World:
    """Everything at once on the standard parcel."""
    days = world.days + 40
    law = surcharges(
        world, rebate=0.1, fuel=np.linspace(0.05, 0.2, days), saturday=np.full(days, MICRO),
        remote=np.array([0, 3]) * MICRO, bulky=4 * MICRO, bulky_over_g=900,
    )  # fmt: skip
    return with_service(world, towns.PARCEL_STANDARD, surcharges=law)


def by_zone(world: World) -> World:
    """The standard parcel priced by the zone between node and address."""
    card = replace(
        world.services[towns.PARCEL_STANDARD].rate_card,  # type: ignore[arg-type]
        up_to_m=np.empty(0, np.int64),
        column=np.array([[0, 1]] * 2 + [[1, 0]] * 2),
    )
    return with_service(world, towns.PARCEL_STANDARD, rate_card=card)


MAKERS: list[Callable[[], World]] = [
    lambda: loaded(TOWN),
    lambda: by_zone(TOWN),
    lambda: loaded(by_zone(TOWN)),
    lambda: more_ways(TOWN),
]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("lines", [[(0, 1)], [(1, 2), (2, 3)]])
def test_a_quote_is_still_what_will_be_booked(make: Callable[[], World], lines: list[tuple[int, int]]) -> None:
    world = make()
    quoter = Quoter(world)
    for option in range(len(world.options)):
        at = 2 if world.options[option].collect else -1
        order = towns.order(lines=lines, option=option, collect_at=at, place=1, t=3 * DAY)
        vectors = quoter.quotes(order, order.lines)
        for node in range(len(world.nodes)):
            row = shipped.shipment_row(world, order, node)
            tables = (shipped.facts("lines", []), shipped.facts("shipments", [row]), shipped.facts("events", []))
            costs, _ = book(world, shipped.facts("orders", [shipped.order_row(order)]), *tables)
            assert int(costs["amount"].sum()) == vectors.cost[node] == quoter.quote(order, order.lines, node).cost


def test_goods_carried_apart_are_quoted_as_two_parcels() -> None:
    world = more_ways(TOWN)
    world = replace(world, products=products(world))
    order = towns.order(lines=[(0, 1), (2, 1)])
    apart = Quoter(world).quotes(order, order.lines).cost
    each = [Quoter(world).quotes(order, [line]).cost for line in order.lines]
    assert apart.tolist() == (each[0] + each[1]).tolist()


def test_more_fuel_more_carriage() -> None:
    order = towns.order()
    dear = with_service(TOWN, towns.PARCEL_STANDARD, surcharges=surcharges(TOWN, fuel=np.full(99, 0.12)))
    a, b = (Quoter(w).quotes(order, order.lines).cost for w in (TOWN, dear))
    assert (b > a).all()


# ---- reading ------------------------------------------------------------------------------------------------


def file(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("bands", "rules"),
    [
        ("0,1,4|2,5,6", ["from_kg = '2': a gap: the band before ends at 1 kg"]),
        ("0,2,4|1,5,6", ["from_kg = '1': an overlap: the band before ends at 2 kg"]),
        ("0,5,4|5,2,6", ["below line 2; write the bands in ascending order"]),
        ("0,1,nan|1,5,-3", ["not a finite number", "must lie between 0"]),  # both at once
        ("0,1,4|1,5,3", ["cheaper than a lighter parcel"]),
    ],
)
def test_a_card_with_gaps_overlaps_or_nonsense_is_refused(tmp_path: Path, bands: str, rules: list[str]) -> None:
    rows = "".join(f"band,1,{band}\n" for band in bands.split("|"))
    with pytest.raises(InputError) as error:
        read_card(file(tmp_path, f"kind,zone,from_kg,up_to_kg,price_eur\n{rows}extra_kg,,,,0.5\n"))
    assert all(rule in str(error.value) for rule in rules), str(error.value)


def test_the_most_exact_zone_counts() -> None:
    read = read_card(data_path("carriers", "parcel_zones.csv"))
    zones = read_zones(data_path("carriers", "zones_fr.csv"))
    areas = ["59", "75", "77", "78", "91", "92", "93", "94", "95", "2A"]
    # zone 1 in one's own departement and within the region of Paris, zone 3 to Corsica
    card = zoned(read, zones, areas, ["59", "92"], by_agency=False)
    assert card.column is not None
    assert card.column.tolist() == [[0] + [1] * 8 + [2], [1] + [0] * 8 + [2]]


def test_a_table_of_zones_that_leaves_a_pair_out_is_refused(tmp_path: Path) -> None:
    read = read_card(data_path("carriers", "parcel_zones.csv"))
    for text, rule in (("59,59,1", "no zone from '59' to '75'"), ("*,*,9", "no such zone"), ("*,xx,1", "no such area")):
        zones = read_zones(file(tmp_path, f"departure,arrival,zone\n{text}\n"))
        with pytest.raises(InputError, match=rule):
            zoned(read, zones, ["59", "75"], ["59"], by_agency=False)


def test_the_shipped_surcharges_are_read_month_by_month() -> None:
    days = 60
    path, never = data_path("carriers", "surcharges_parcel.csv"), np.zeros(days, bool)
    law = read_surcharges(path, date(2026, 9, 7), days, ["2A", "59"], never, 150_000)
    assert law.fuel[0] == 0.11
    assert law.fuel[24] == 0.115  # 1 October
    assert law.remote.tolist() == [6 * MICRO, 0]
    assert law.rebate == 0.3


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("fuel,2026-13,0.1", "not a month"),
        ("fuel,2026-10,0.1", "no coefficient for 2026-09"),
        ("fuel,2026-09,0.1\nfuel,2026-08,0.1", "in order"),
        ("saturday,,-1", "must lie between 0"),
        ("remote,xx,1", "no such zone"),
        ("petrol,,1", "unknown"),
    ],
)
def test_bad_surcharges_say_what_is_wrong(tmp_path: Path, text: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        read_surcharges(file(tmp_path, f"name,key,value\n{text}\n"), date(2026, 9, 7), 9, ["59"], np.zeros(9, bool))


def test_a_couriers_law_needs_all_its_values(tmp_path: Path) -> None:
    courier = read_courier(data_path("carriers", "courier.csv"))
    assert (courier.radius_m, courier.fixed) == (15_000, round(6.8 * MICRO))
    with pytest.raises(InputError, match="missing"):
        read_courier(file(tmp_path, "name,value\nradius,15\n"))


@pytest.mark.parametrize("make", MAKERS)
def test_what_was_quoted_to_others_before_changes_no_quote(make: Callable[[], World]) -> None:
    world = make()
    asked_before = Quoter(world)
    rng = np.random.default_rng(5)
    for _ in range(150):
        option = int(rng.integers(len(world.options)))
        at = int(rng.integers(1, 4)) if world.options[option].collect else -1
        lines = [(int(sku), int(rng.integers(1, 13))) for sku in rng.permutation(3)[: rng.integers(1, 4)]]
        place, t = int(rng.integers(len(world.places.key))), int(rng.integers(6 * DAY))
        order = towns.order(lines=lines, option=option, collect_at=at, place=place, t=t)
        fresh, found = (quoter.quotes(order, order.lines) for quoter in (Quoter(world), asked_before))
        assert found.cost.tolist() == fresh.cost.tolist()
        assert found.co2e.tolist() == fresh.co2e.tolist()
