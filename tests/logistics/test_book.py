"""Booking a replication: what is booked, when, on whom, and what is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import shipped
import towns

from orchestrion.domain.codes import Component, EventKind, Leg, Reason
from orchestrion.domain.facts import SCHEMA, Table
from orchestrion.domain.orders import Order
from orchestrion.logistics.book import book

CENT, GRAM = 10_000, 1_000
WORLD = towns.three_stores()


def booked(
    orders: list[Order], shipments: list[dict[str, Any]], events: tuple[dict[str, Any], ...] = (), fee: int = 0
) -> tuple[Table, Table]:
    return book(
        WORLD,
        shipped.facts("orders", [shipped.order_row(order, fee) for order in orders]),
        shipped.facts("lines", []),
        shipped.facts("shipments", shipments),
        shipped.facts("events", events),
    )


def rows(table: Table, *columns: str) -> list[tuple[int, ...]]:
    return list(zip(*(table[column].tolist() for column in columns), strict=True))


def amounts(table: Table, key: str, code: int) -> list[int]:
    return table["amount"][table[key] == code].tolist()


def test_nothing_happened_nothing_is_booked() -> None:
    costs, emissions = booked([], [])
    assert len(costs["t"]) == len(emissions["t"]) == 0


def test_tables_have_the_schemas_columns_and_types() -> None:
    order = towns.order()
    for name, table in zip(
        ("costs", "emissions"), booked([order], [shipped.shipment_row(WORLD, order, 1)]), strict=True
    ):
        assert {column: values.dtype.name for column, values in table.items()} == {
            column: field.dtype for column, field in SCHEMA[name].items()
        }


def test_the_fee_is_income_of_the_order_when_it_was_placed() -> None:
    order = towns.order()
    costs, _ = booked([order], [shipped.shipment_row(WORLD, order, 1)], fee=325 * CENT)
    fee = costs["component"] == Component.FEE
    assert rows({c: v[fee] for c, v in costs.items()}, "t", "order", "shipment", "node", "amount") == [
        (order.t, 0, -1, -1, -325 * CENT)
    ]


def test_an_order_split_in_two_pays_one_fee_and_two_boxes() -> None:
    order = towns.order(lines=[(0, 1), (1, 1)])
    halves = [
        shipped.shipment_row(WORLD, order, 1, id=0, lines=1, units=1, mass=300, volume=1000),
        shipped.shipment_row(WORLD, order, 2, id=1, lines=1, units=1, mass=600, volume=2000),
    ]
    costs, emissions = booked([order], halves, fee=325 * CENT)
    assert amounts(costs, "component", Component.FEE) == [-325 * CENT]
    assert amounts(costs, "component", Component.PACKAGING) == [60 * CENT] * 2
    assert amounts(emissions, "leg", Leg.ORDERING) == [50 * GRAM]
    assert amounts(emissions, "leg", Leg.LAST_LEG) == [300 * GRAM] * 2


def test_an_order_of_which_nothing_was_sent_pays_and_emits_nothing() -> None:
    order = towns.order()
    for empty in ({"units": 0, "lines": 0, "picked_t": -1}, {"picked_t": -1, "received_t": -1}):
        costs, emissions = booked([order], [shipped.shipment_row(WORLD, order, 1, **empty)], fee=325 * CENT)
        assert len(costs["t"]) == len(emissions["t"]) == 0


def test_a_walk_to_the_shelf_that_found_nothing_is_rework() -> None:
    order = towns.order()
    nothing = shipped.shipment_row(WORLD, order, 1, units=0, lines=0, mass=0, volume=0, parcels=0)
    short = {"kind": EventKind.SHORT, "t": order.t + 600, "order": 0, "line": 0, "shipment": 0, "node": 1, "qty": 1}
    costs, emissions = booked([order], [nothing], (short,))
    # a minute on the missing line, two minutes of getting started
    assert sorted(rows(costs, "component", "node", "amount")) == [
        (Component.REWORK, 1, 30 * CENT),
        (Component.REWORK, 1, 60 * CENT),
    ]
    assert len(emissions["t"]) == 0


def test_a_line_not_found_costs_the_time_of_a_line_and_a_unit() -> None:
    world = towns.three_stores(nodes={"store_1": {"pick_unit_s": 20}})
    short = {"kind": EventKind.SHORT, "t": 5, "order": 0, "line": 0, "shipment": 0, "node": 1, "qty": 1}
    nothing = [shipped.facts(name, []) for name in ("orders", "lines", "shipments")]
    costs, _ = book(world, *nothing, shipped.facts("events", [short]))
    assert rows(costs, "t", "order", "shipment", "node", "component", "amount") == [
        (5, 0, 0, 1, Component.REWORK, 40 * CENT)  # 80 seconds at 30 cents a minute
    ]


def test_a_shipment_in_two_parcels_pays_and_packs_two_of_half_the_mass() -> None:
    order = towns.order(lines=[(1, 3)])  # 1.8 kg of jeans: one parcel up to 5 kg, or two up to 1 kg
    one, two = (booked([order], [shipped.shipment_row(WORLD, order, 0, parcels=n)]) for n in (1, 2))
    assert amounts(one[0], "component", Component.CARRIAGE) == [800 * CENT]
    assert amounts(two[0], "component", Component.CARRIAGE) == [1000 * CENT]
    assert amounts(two[0], "component", Component.PACKAGING) == [(2 * 50 + 3 * 10) * CENT]
    assert sum(amounts(two[1], "leg", Leg.PACKAGING)) - sum(amounts(one[1], "leg", Leg.PACKAGING)) == 100 * GRAM


def test_an_order_with_two_cancelled_lines_needs_one_call_of_customer_care() -> None:
    order = towns.order(lines=[(0, 1), (1, 1)])
    events = tuple(
        {"kind": EventKind.CANCELLED, "t": order.t + 100 * (i + 1), "order": 0, "line": i, "reason": Reason.NO_STOCK}
        for i in range(2)
    )
    costs, _ = booked([order], [], events)
    assert rows(costs, "t", "order", "component", "amount") == [(order.t + 100, 0, Component.CARE, 500 * CENT)]


def test_the_customer_comes_once_for_two_parcels_when_both_are_ready() -> None:
    order = towns.order(lines=[(0, 1), (1, 1)], option=towns.COLLECT, collect_at=1)
    halves = [
        shipped.shipment_row(WORLD, order, 1, id=0, received_t=order.t + 9000),
        shipped.shipment_row(WORLD, order, 2, id=1, received_t=order.t + 99_000),
    ]
    _, emissions = booked([order], halves)
    trip = emissions["leg"] == Leg.CUSTOMER_TRIP
    assert rows({c: v[trip] for c, v in emissions.items()}, "t", "shipment", "activity", "amount") == [
        (order.t + 99_000, 1, 20_000, 2_000 * GRAM)
    ]


def test_a_customer_of_the_stores_own_commune_still_makes_a_trip() -> None:
    world = towns.three_stores(emissions={"trip_min_m": 4_000}, node_km=(100, 0, 20, 30))
    near, far = (towns.order(id=i, option=towns.COLLECT, collect_at=store) for i, store in enumerate((1, 2)))
    _, emissions = book(
        world,
        shipped.facts("orders", [shipped.order_row(near), shipped.order_row(far)]),
        shipped.facts("lines", []),
        shipped.facts("shipments", [shipped.shipment_row(world, o, 0, id=o.id) for o in (near, far)]),
        shipped.facts("events", []),
    )
    trips = emissions["leg"] == Leg.CUSTOMER_TRIP
    assert emissions["activity"][trips].tolist() == [4_000, 40_000]  # its store stands at the address; 20 km away


def test_home_deliveries_have_no_customer_trip() -> None:
    order = towns.order()
    _, emissions = booked([order], [shipped.shipment_row(WORLD, order, 1)])
    assert amounts(emissions, "leg", Leg.CUSTOMER_TRIP) == []


def test_activities_are_thousandths_of_their_unit_so_that_another_factor_can_reprice_them() -> None:
    order = towns.order()
    _, emissions = booked([order], [shipped.shipment_row(WORLD, order, 0)])
    assert sorted(rows(emissions, "leg", "unit", "activity")) == [
        (Leg.ORDERING, 6, 1_000),  # one order
        (Leg.PACKAGING, 3, 1_000_000),  # 1,000 cm3
        (Leg.PACKAGING, 4, 1_000),  # one parcel
        (Leg.BUILDING, 3, 1_000_000),
        (Leg.FIRST_LEG, 0, 10_500),  # .3 kg x 35 km by van
        (Leg.LINE_HAUL, 1, 15_000),  # .3 kg x 50 km by truck
        (Leg.LAST_LEG, 2, 1_000),  # one stop
        (Leg.CROSS_DOCK, 4, 1_000),  # one parcel, though this town's hubs emit nothing
    ]


def test_rows_are_sorted_by_time_order_shipment_and_component_without_empty_ones() -> None:
    placed = [towns.order(id=i, t=(7 - i) * 1000, lines=[(0, 1), (1, 1)]) for i in range(7)]
    shipments = [shipped.shipment_row(WORLD, order, order.id % 4, id=10 - order.id) for order in placed]
    for table, key in zip(booked(placed, shipments, fee=CENT), ("component", "leg"), strict=True):
        keys = rows(table, "t", "order", "shipment", key)
        assert keys == sorted(keys)
        assert (table["activity" if key == "leg" else "amount"] != 0).all()


def test_booking_many_shipments_at_once_is_booking_each_alone() -> None:
    rng = np.random.default_rng(11)
    placed = [
        towns.order(
            id=i,
            t=int(rng.integers(0, 10**6)),
            lines=[(int(s), int(rng.integers(1, 4))) for s in rng.integers(0, 3, rng.integers(1, 4))],
            place=int(rng.integers(0, 2)),
            option=int(option),
            collect_at=int(rng.integers(1, 4)) if option == towns.COLLECT else -1,
        )
        for i, option in enumerate(rng.integers(0, 3, 40))
    ]
    shipments = [shipped.shipment_row(WORLD, o, int(rng.integers(0, 4)), id=o.id) for o in placed]
    together = booked(placed, shipments, fee=CENT)
    for table, one in zip(together, range(2), strict=True):
        each = [booked([o], [s], fee=CENT)[one] for o, s in zip(placed, shipments, strict=True)]
        names = list(table)
        assert sorted(rows(table, *names)) == sorted(row for alone in each for row in rows(alone, *names))
