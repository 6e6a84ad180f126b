"""CO2e of shipments, leg by leg, as activity times factor, over arrays of any shape.

A carrier's parcel travels node -> agency (van), agency -> agency (truck, none if it is the same), agency -> door
(round): never from node to door in a straight line. Method: ADEME's delivery model (see `ademe`), with the distances
of the World. An amount is always the recorded, whole activity times one factor, so that another set of factors gives to
the milligram what a new run with it would.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Leg
from orchestrion.domain.world import Emissions
from orchestrion.logistics.tariff import COUNTER, COURIER, PARCEL, PICKUP, SHUTTLE, Sent, Tariff

Ints = NDArray[np.int64]
# column `unit` of the emissions
VAN_KG_KM, TRUCK_KG_KM, STOP, CM3, PARCELS, TRIP_KM, ORDER, COURIER_KM, CARDBOARD_CM2 = range(9)
_SPHERE = 4.0 * math.pi * (3.0 / (4.0 * math.pi)) ** (2.0 / 3.0)  # surface of the sphere of volume 1


class LegRow(NamedTuple):
    """One leg of some shipments: activity in thousandths of its unit, amount in milligrams; zero where none."""

    leg: Leg
    unit: int
    activity: Ints
    amount: Ints


def whole(amount: Any) -> Ints:
    """Milligrams, or thousandths of a unit, to the nearest."""
    return np.asarray(np.rint(amount)).astype(np.int64)


def factor(e: Emissions, leg: Leg, unit: int, node: Any = 0, collect_at: Any = -1) -> Any:
    """Grams for one unit of activity on a leg, which is milligrams for a thousandth.

    Parameters
    ----------
    node, collect_at
        The shipment's node and collection store: buildings differ.
    """
    if unit == VAN_KG_KM:
        return e.van_g_per_kg_km
    if unit == TRUCK_KG_KM:
        return e.truck_g_per_kg_km
    if unit == STOP:
        return e.round_m / 1000.0 * e.van_g_per_km / e.stops
    if unit == TRIP_KM:
        return e.trip_g_per_km * e.trip_share
    if unit == ORDER:
        return e.ordering_g
    if unit == COURIER_KM:
        return e.courier_g_per_km
    if unit == CARDBOARD_CM2:
        return e.packaging_g_per_cm2
    if unit == PARCELS:
        return e.packaging_g_per_parcel if leg == Leg.PACKAGING else e.hub_g_per_parcel
    if leg == Leg.PACKAGING:
        return e.packaging_g_per_cm3
    if leg == Leg.PICKUP_POINT:  # where it waits to be collected: a store, or a point of the carrier's
        return np.where(np.asarray(collect_at) >= 0, e.building_g_per_cm3[collect_at], e.pickup_g_per_cm3)
    return e.building_g_per_cm3[node]


def priced(e: Emissions, leg: Leg, unit: int, activity: Any, node: Any = 0, collect_at: Any = -1) -> LegRow:
    """A leg from its activity."""
    activity = np.asarray(activity, np.int64)
    return LegRow(leg, unit, activity, whole(activity * factor(e, leg, unit, node, collect_at)))


def carried(e: Emissions, mass: Any, metres: Any) -> Ints:
    """Thousandths of a kg.km: so many grams over so many metres of great circle, by road."""
    return whole(np.asarray(mass) * (np.asarray(metres) * (e.detour / 1000.0)))


def round_activity(e: Emissions, mass: Any, dropped: Any = False) -> tuple[int, Ints]:
    """The delivery round's share of a parcel: (unit, activity).

    "per_stop": the round shared evenly by its stops, whatever is carried to them; at a pickup point or a store several
    parcels share the stop. "by_weight": ADEME's allocation, each kilogram pays the round in full, against the van's
    mean load (a split is then almost free), and what is collected pays none.
    """
    dropped = np.asarray(dropped)
    if e.method == "per_stop":
        return STOP, np.where(dropped, round(1000 / e.drop_parcels), 1000)
    return VAN_KG_KM, np.where(dropped, 0, whole(np.asarray(mass) * (e.round_m / 1000.0)))


def cardboard_cm2(e: Emissions, volume: Any, parcels: Any = 1) -> Ints:
    """Thousandths of a square centimetre of cardboard around parcels that share a volume [cm3] evenly."""
    parcels = np.asarray(parcels)
    each = np.asarray(volume) / np.maximum(parcels, 1)
    return whole(parcels * (each ** (2.0 / 3.0) * (_SPHERE * e.packaging_area * 1000.0)))


def shipment_emissions(tariff: Tariff, sent: Sent) -> list[LegRow]:
    """CO2e of shipments, without what belongs to the whole order (`ordering_row`, `trip_row`).

    A carrier's parcel goes to the agency of the collection store, or where there is none of the address. Between stores
    it rides along as a transfer.
    """
    sent = sent.columns()
    node, place, at, mass, volume = sent.node, sent.place, sent.collect_at, sent.mass, sent.volume
    e, geography = tariff.emissions, tariff.geography
    kind = tariff.kind[sent.service]
    by_network = (kind == PARCEL) | (kind == PICKUP)
    to_agency = tariff.to_agency(place, at)
    boxes = np.where(kind == COUNTER, 0, sent.parcels)
    first_m = np.where(by_network, geography.node_agency[node], 0)
    haul_m = np.where(by_network, geography.agency_agency[tariff.node_agency[node], to_agency], 0)
    tour = carried(e, mass, np.where(kind == SHUTTLE, sent.distance, 0))
    between_stores = tariff.from_store[node]
    stop, activity = round_activity(e, mass, (kind == PICKUP) | (at >= 0))
    waits = np.where(at >= 0, np.where(kind == COUNTER, 0.0, e.collect_share), np.where(kind == PICKUP, 1.0, 0.0))
    rows = [
        # a box by the piece and by its volume, or by its cardboard: what the factors do not price is not recorded
        priced(e, Leg.PACKAGING, PARCELS, boxes * (1000 if e.packaging_g_per_parcel else 0)),
        priced(e, Leg.PACKAGING, CM3, volume * (1000 if e.packaging_g_per_cm3 else 0)),
        priced(e, Leg.PACKAGING, CARDBOARD_CM2, cardboard_cm2(e, volume, boxes)),
        priced(e, Leg.BUILDING, CM3, volume * 1000, node),
        priced(e, Leg.CROSS_DOCK, PARCELS, np.where(by_network, sent.parcels, 0) * 1000),
        priced(e, Leg.FIRST_LEG, VAN_KG_KM, carried(e, mass, first_m)),
        priced(e, Leg.LINE_HAUL, TRUCK_KG_KM, carried(e, mass, haul_m)),
        priced(e, Leg.LAST_LEG, stop, np.where(by_network, activity, 0)),
        priced(e, Leg.SHUTTLE, TRUCK_KG_KM, np.where(between_stores, 0, tour)),
        priced(e, Leg.TRANSFER, TRUCK_KG_KM, np.where(between_stores, tour, 0)),
        priced(e, Leg.PICKUP_POINT, CM3, whole(volume * 1000 * waits), node, at),
        priced(e, Leg.REPLENISHMENT, TRUCK_KG_KM, carried(e, mass, tariff.inbound_m[node])),
    ]
    if (kind == COURIER).any():
        rows.append(priced(e, Leg.COURIER, COURIER_KM, courier_metres(tariff, sent)))
    return rows


def courier_metres(tariff: Tariff, sent: Sent) -> Ints:
    """Metres driven for shipments that a courier takes straight to the door, with the share of the way back."""
    driven = np.zeros(np.shape(sent.node), np.int64)
    for offer in tariff.world.services:
        if offer.courier is not None:
            way = whole(np.asarray(sent.distance) * (tariff.emissions.detour * (1.0 + offer.courier.returns_empty)))
            driven = np.where(np.asarray(sent.service) == offer.id, way, driven)
    return driven


def ordering_row(tariff: Tariff, count: int) -> LegRow:
    """Searching and ordering online, for `count` orders."""
    return priced(tariff.emissions, Leg.ORDERING, ORDER, np.full(count, 1000, np.int64))


def trip_metres(tariff: Tariff, place: Any, store: Any) -> Ints:
    """The customer's road to a store and back, and no less than within one's own commune, since an address is known
    only by its commune's centre; to a pickup point (-1) its own short way; none where the place is -1."""
    e, points = tariff.emissions, tariff.world.pickup_points
    place, store = np.broadcast_arrays(np.asarray(place, np.int64), np.asarray(store, np.int64))
    metres = tariff.geography.node_place[store, place]  # -1 reads the last row, then is masked
    there = np.maximum(whole(2.0 * e.detour * metres), e.trip_min_m)
    return np.where(place < 0, 0, np.where(store >= 0, there, 0 if points is None else points.trip_m))


def trip_row(tariff: Tariff, place: Any, store: Any) -> LegRow:
    """The customer's trip to fetch an order, once for all of it.

    Activity is the road there and back; the share of it put on the order is part of the factor.
    """
    return priced(tariff.emissions, Leg.CUSTOMER_TRIP, TRIP_KM, trip_metres(tariff, place, store))
