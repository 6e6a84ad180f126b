"""CO2e of shipments, leg by leg, as activity times factor, over arrays of any shape.

A carrier's parcel travels node -> agency (van), agency -> agency (truck, none if it is the same), agency -> door
(round): never from node to door in a straight line. Method: ADEME's delivery model (see `ademe`), with the distances of
the World.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Leg
from orchestrion.domain.world import Emissions
from orchestrion.logistics.tariff import COUNTER, PARCEL, SHUTTLE, Tariff

Ints = NDArray[np.int64]
VAN_KG_KM, TRUCK_KG_KM, STOP, CM3, PARCELS, TRIP_KM, ORDER = range(7)  # column `unit` of the emissions


class LegRow(NamedTuple):
    """One leg of some shipments: activity in thousandths of its unit, amount in milligrams; zero where none."""

    leg: Leg
    unit: int
    activity: Ints
    amount: Ints


def per_gram(factor_g_per_kg_km: float, detour: float, metres: Any) -> NDArray[np.float64]:
    """Milligrams of CO2e for each gram carried so far by road (g for each kg: the thousandths cancel)."""
    return np.asarray(factor_g_per_kg_km * (np.asarray(metres) * (detour / 1000.0)))


def whole(amount: Any) -> Ints:
    """Milligrams to the nearest."""
    return np.asarray(np.rint(amount)).astype(np.int64)


def round_row(e: Emissions, mass: Any) -> tuple[int, Any, Any]:
    """The delivery round's share of a parcel: (unit, activity, milligrams).

    "per_stop": the round shared evenly by its stops, whatever is carried to them. "by_weight": ADEME's allocation, each
    kilogram pays the round in full, against the van's mean load; a split is then almost free.
    """
    if e.method == "per_stop":
        return STOP, 1000, whole(e.round_m * e.van_g_per_km / e.stops)
    return VAN_KG_KM, whole(mass * (e.round_m / 1000.0)), whole(per_gram(e.van_g_per_kg_km, 1.0, e.round_m) * mass)


def shipment_emissions(
    tariff: Tariff,
    node: Any,
    place: Any,
    collect_at: Any,
    service: Any,
    mass: Any,
    volume: Any,
    distance: Any,
    parcels: Any = 1,
) -> list[LegRow]:
    """CO2e of shipments, without what belongs to the whole order (`ordering_row`, `trip_row`).

    Parameters
    ----------
    node, place, collect_at, service, mass, volume, distance, parcels
        Columns or scalars that broadcast; grams, cubic centimetres, metres. A carrier's parcel goes to the agency of
        the collection store, or where there is none (-1) of the address; `distance` (great circle, node to collection
        store) is used for the shuttle only.
    """
    e, geography = tariff.emissions, tariff.geography
    columns = (node, place, collect_at, service, mass, volume, distance, parcels)
    node, place, collect_at, service, mass, volume, distance, parcels = np.broadcast_arrays(
        *(np.asarray(column, np.int64) for column in columns)
    )
    kind = tariff.kind[service]
    to_agency = np.where(collect_at >= 0, tariff.node_agency[collect_at], tariff.place_agency[place])
    by_parcel, by_shuttle = kind == PARCEL, kind == SHUTTLE
    boxes = np.where(kind == COUNTER, 0, parcels)
    hubs = np.where(by_parcel, parcels, 0)
    first_m = np.where(by_parcel, geography.node_agency[node], 0)
    haul_m = np.where(by_parcel, geography.agency_agency[tariff.node_agency[node], to_agency], 0)
    shuttle_m = np.where(by_shuttle, distance, 0)
    building = e.building_g_per_cm3[node] * 1000.0
    unit, activity, amount = round_row(e, mass)

    def carried(leg: Leg, unit: int, factor: float, metres: Ints) -> LegRow:
        driven = whole(mass * (metres * (e.detour / 1000.0)))
        return LegRow(leg, unit, driven, whole(per_gram(factor, e.detour, metres) * mass))

    return [
        LegRow(Leg.PACKAGING, PARCELS, boxes * 1000, whole(e.packaging_g_per_parcel * 1000.0) * boxes),
        LegRow(Leg.PACKAGING, CM3, volume * 1000, whole(e.packaging_g_per_cm3 * 1000.0 * volume)),
        LegRow(Leg.BUILDING, CM3, volume * 1000, whole(building * volume)),
        LegRow(Leg.BUILDING, PARCELS, hubs * 1000, whole(e.hub_g_per_parcel * 1000.0) * hubs),
        carried(Leg.FIRST_LEG, VAN_KG_KM, e.van_g_per_kg_km, first_m),
        carried(Leg.LINE_HAUL, TRUCK_KG_KM, e.truck_g_per_kg_km, haul_m),
        LegRow(Leg.LAST_LEG, unit, np.where(by_parcel, activity, 0), np.where(by_parcel, amount, 0)),
        carried(Leg.SHUTTLE, TRUCK_KG_KM, e.truck_g_per_kg_km, shuttle_m),
    ]


def ordering_row(tariff: Tariff, count: int) -> LegRow:
    """Searching and ordering online, for `count` orders."""
    amount = whole(tariff.emissions.ordering_g * 1000.0)
    return LegRow(Leg.ORDERING, ORDER, np.full(count, 1000, np.int64), np.full(count, amount, np.int64))


def trip_row(tariff: Tariff, place: Any, store: Any) -> LegRow:
    """The customer's trip to the collection store and back, once for an order; none where place or store is -1.

    Activity is the road there and back, and no less than within one's own commune, since an address is known only by
    its commune's centre; the share of it put on the parcel is part of the factor.
    """
    e = tariff.emissions
    place, store = np.broadcast_arrays(np.asarray(place, np.int64), np.asarray(store, np.int64))
    there = (place >= 0) & (store >= 0)
    metres = np.where(there, tariff.geography.node_place[store, place], 0)  # -1 reads the last row, then is masked
    road_m = np.where(there, np.maximum(whole(2.0 * e.detour * metres), e.trip_min_m), 0)
    return LegRow(Leg.CUSTOMER_TRIP, TRIP_KM, road_m, whole(road_m * (e.trip_g_per_km * e.trip_share)))
