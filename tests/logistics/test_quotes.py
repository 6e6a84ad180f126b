"""What a shipment costs and emits, in a town where it can be checked in the head; quotes equal bookings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shipped
import towns
from hypothesis import given
from hypothesis import strategies as st

from orchestrion.domain.codes import Component, Leg
from orchestrion.domain.orders import Order
from orchestrion.domain.world import World
from orchestrion.logistics.book import book
from orchestrion.logistics.quotes import Quoter

CENT, GRAM = 10_000, 1_000  # micro-euros, milligrams
WORLD = towns.three_stores()  # warehouse at km 100, stores at 10, 20, 30; addresses 0 and 40; agencies 15 and 65
QUOTER = Quoter(WORLD)
WAREHOUSE, STORE_1, STORE_3 = 0, 1, 3


def test_a_shirt_from_the_warehouse_by_component_and_leg() -> None:
    quote = QUOTER.quote(towns.order(), towns.order().lines, WAREHOUSE, eta_t=7)
    assert quote.costs == {
        Component.PICKING: 90 * CENT,  # three minutes at 30 cents
        Component.PACKAGING: 60 * CENT,  # a box and a wrapping
        Component.CARRIAGE: 500 * CENT,  # up to 1 kg, beyond 50 km
    }
    assert quote.co2e == {
        Leg.ORDERING: 50 * GRAM,
        Leg.PACKAGING: 110 * GRAM,  # 100 and 1,000 cm3 at .01
        Leg.BUILDING: 1 * GRAM,
        Leg.FIRST_LEG: 10_500,  # .3 kg, 35 km to the eastern agency by van
        Leg.LINE_HAUL: 1_500,  # .3 kg, 50 km to the western agency by truck
        Leg.LAST_LEG: 300 * GRAM,  # 100 km at 300 g, shared by 100 stops
    }
    assert (quote.node, quote.service, quote.distance_m, quote.eta_t) == (WAREHOUSE, 0, 100_000, 7)


def test_a_parcel_of_the_same_agency_needs_no_truck() -> None:
    quote = QUOTER.quote(towns.order(), towns.order().lines, STORE_1)
    assert Leg.LINE_HAUL not in quote.co2e
    assert quote.co2e[Leg.FIRST_LEG] == 1_500  # 5 km to its agency, though the address is 10 km away
    assert quote.costs[Component.CARRIAGE] == 400 * CENT


def test_heavy_parcels_move_up_the_bands_and_pay_each_kilogram_begun_above_them() -> None:
    lamps = [towns.order(lines=[(2, units)]) for units in (1, 3, 16)]  # 2, 6 and 32 kg
    paid = [QUOTER.quote(order, order.lines, WAREHOUSE).costs[Component.CARRIAGE] for order in lamps]
    assert paid == [800 * CENT, 1400 * CENT, 1500 * CENT]


def test_click_and_collect_rides_on_the_stores_tour() -> None:
    order = towns.order(option=towns.COLLECT, collect_at=STORE_1)
    quote = QUOTER.quote(order, order.lines, WAREHOUSE)
    assert quote.service == towns.SHUTTLE
    assert quote.costs == {Component.PICKING: 90 * CENT, Component.PACKAGING: 60 * CENT, Component.SHUTTLE: 80 * CENT}
    assert quote.co2e[Leg.SHUTTLE] == 2_700  # .3 kg, 90 km by truck
    assert quote.co2e[Leg.CUSTOMER_TRIP] == 2_000 * GRAM  # 20 km there and back at 200 g, half of it for the parcel
    assert Leg.LAST_LEG not in quote.co2e
    assert Leg.FIRST_LEG not in quote.co2e


def test_the_collection_stores_own_goods_need_no_box_and_no_carriage() -> None:
    order = towns.order(option=towns.COLLECT, collect_at=STORE_1)
    quote = QUOTER.quote(order, order.lines, STORE_1)
    assert quote.service == towns.COUNTER
    assert quote.costs == {Component.PICKING: 90 * CENT, Component.PACKAGING: 10 * CENT}
    assert quote.co2e[Leg.PACKAGING] == 10 * GRAM
    assert Leg.SHUTTLE not in quote.co2e


def test_a_parcel_to_a_store_goes_by_the_stores_agency() -> None:
    world = WORLDS["parcel_to_store"]
    order = towns.order(option=towns.COLLECT, collect_at=STORE_1, place=0)
    east = replace(world, places=replace(world.places, agency=np.array([1, 1])))
    for quoter in (Quoter(world), Quoter(east)):  # where the customer lives plays no part
        quote = quoter.quote(order, order.lines, STORE_3)
        assert Leg.LINE_HAUL not in quote.co2e
        assert Leg.LAST_LEG in quote.co2e


def test_two_lines_together_cost_less_than_apart() -> None:
    order = towns.order(lines=[(0, 1), (1, 1)])
    together = QUOTER.quotes(order, order.lines)
    apart = [QUOTER.quotes(order, [line]) for line in order.lines]
    assert (together.cost < apart[0].cost + apart[1].cost).all()
    assert (together.co2e < apart[0].co2e + apart[1].co2e).all()


def test_shared_by_weight_a_split_is_almost_free_and_shared_by_stop_it_is_not() -> None:
    order = towns.order(lines=[(0, 1), (1, 1)])
    extra = {}
    for method in ("per_stop", "by_weight"):
        quoter = Quoter(towns.three_stores(emissions={"method": method}))
        last = [quoter.quote(order, lines, STORE_1).co2e[Leg.LAST_LEG] for lines in (order.lines, *zip(order.lines))]
        extra[method] = last[1] + last[2] - last[0]
    assert extra == {"per_stop": 300 * GRAM, "by_weight": 0}


def test_by_weight_each_kilogram_pays_the_round_in_full() -> None:
    quoter = Quoter(towns.three_stores(emissions={"method": "by_weight", "detour": 1.3}))
    quote = quoter.quote(towns.order(), towns.order().lines, STORE_1)
    assert quote.co2e[Leg.LAST_LEG] == 30 * GRAM  # .3 kg, a round of 100 km driven: the detour is in it already
    assert quote.co2e[Leg.FIRST_LEG] == 1_950  # 5 km become 6.5


def test_what_a_node_charges_comes_on_top_of_wages_for_the_shipment_and_each_unit() -> None:
    plain, dear = (
        Quoter(towns.three_stores(nodes={"store_1": charged}))
        for charged in ({}, {"per_shipment": 500_000, "per_unit": 20_000})
    )
    order = towns.order(lines=[(0, 3), (2, 1)])
    more = dear.quotes(order, order.lines).cost - plain.quotes(order, order.lines).cost
    assert more.tolist() == [0, 580_000, 0, 0]
    assert dear.quote(order, order.lines, STORE_1).costs[Component.PICKING] == (
        plain.quote(order, order.lines, STORE_1).costs.get(Component.PICKING, 0) + 580_000
    )


def test_asking_twice_gives_the_same_and_nothing_is_written_into() -> None:
    order = towns.order(lines=[(0, 1), (2, 2)], option=towns.COLLECT, collect_at=STORE_3)
    first = [column.copy() for column in QUOTER.quotes(order, order.lines)]
    for at in (STORE_1, STORE_3):
        other = towns.order(lines=[(0, 1), (2, 2)], option=towns.COLLECT, collect_at=at)
        QUOTER.quotes(other, other.lines)
    assert all((a == b).all() for a, b in zip(first, QUOTER.quotes(order, order.lines), strict=True))


def worlds() -> dict[str, World]:
    """Odd numbers on purpose: rounding must fall alike in a quote and in a booking."""
    odd = {"detour": 1.27, "van_g_per_kg_km": 1.4982109810, "truck_g_per_kg_km": 0.3454715546, "hub_g_per_parcel": 5.43}
    odd |= {"packaging_g_per_cm3": 0.02931, "packaging_g_per_parcel": 46.7, "trip_g_per_km": 196.676}
    odd |= {"stops": 83, "trip_min_m": 4_001}
    odd |= {"building_g_per_cm3": np.array([0.0010877, 0.00388, 0.00388, 0.0039])}
    nodes: dict[str, dict[str, int]] = {
        "store_2": {"pick_line_s": 77, "pick_unit_s": 13, "wage": 17_333_333},
        "store_3": {"per_shipment": 1_234_567, "per_unit": 89_011},  # a logistics provider's
    }
    return {
        method: towns.three_stores(emissions=odd | {"method": method}, nodes=nodes, node_km=(99.7, 10.3, 21.1, 33.3))
        for method in ("per_stop", "by_weight")
    }


WORLDS = worlds()
# the same collected in stores, but carried there as parcels
WORLDS["parcel_to_store"] = replace(
    WORLDS["per_stop"],
    options=(
        *WORLDS["per_stop"].options[:2],
        replace(WORLDS["per_stop"].options[towns.COLLECT], service=towns.PARCEL_STANDARD),
    ),
)
QUOTERS = {method: Quoter(world) for method, world in WORLDS.items()}


@st.composite
def orders(draw: st.DrawFn) -> Order:
    option = draw(st.sampled_from([towns.HOME_STANDARD, towns.HOME_J1, towns.COLLECT]))
    lines = draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40)), min_size=1, max_size=5))
    at = draw(st.integers(1, 3)) if option == towns.COLLECT else -1
    return towns.order(lines=lines, place=draw(st.integers(0, 1)), option=option, collect_at=at)


@given(orders(), st.sampled_from(sorted(WORLDS)))
def test_a_quote_is_what_will_be_booked(order: Order, method: str) -> None:
    world, quoter = WORLDS[method], QUOTERS[method]
    vectors = quoter.quotes(order, order.lines)
    for node in range(len(world.nodes)):
        quote = quoter.quote(order, order.lines, node)
        row = shipped.shipment_row(world, order, node)
        costs, emissions = book(
            world,
            shipped.facts("orders", [shipped.order_row(order)]),
            shipped.facts("lines", []),
            shipped.facts("shipments", [row]),
            shipped.facts("events", []),
        )
        booked = dict(zip(costs["component"].tolist(), costs["amount"].tolist(), strict=True))
        assert booked == quote.costs
        by_leg: dict[int, int] = {}
        for leg, amount in zip(emissions["leg"].tolist(), emissions["amount"].tolist(), strict=True):
            by_leg[leg] = by_leg.get(leg, 0) + amount
        assert by_leg == quote.co2e
        assert (row["service"], row["distance"]) == (quote.service, quote.distance_m)

        of_the_order = quote.co2e[Leg.ORDERING] + quote.co2e.get(Leg.CUSTOMER_TRIP, 0)
        assert vectors.cost[node] == quote.cost
        assert vectors.co2e[node] == quote.co2e_mg - of_the_order
        assert vectors.distance[node] == quote.distance_m


@pytest.mark.parametrize("option", [towns.HOME_STANDARD, towns.COLLECT])
def test_quotes_are_whole_numbers_for_every_node(option: int) -> None:
    order = towns.order(option=option, collect_at=STORE_1 if option == towns.COLLECT else -1)
    for column in QUOTER.quotes(order, order.lines):
        assert column.dtype == np.int64
        assert column.shape == (4,)
