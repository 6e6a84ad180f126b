"""ADEME's published e-commerce delivery model: grams of CO2e from factors that are rows of a file.

Source: ADEME, *Commerce en ligne: impacts environnementaux de la logistique, des transports et des déplacements*,
published as `publicodes-impact-livraison` 0.7.0; re-implemented from its facts. Every factor is a row of
data/emissions/ademe.csv.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from orchestrion.domain.codes import Role
from orchestrion.domain.world import Emissions
from orchestrion.errors import InputError, Problem
from orchestrion.tables import read_table

Vehicle = Literal["van", "truck"]
Way = Literal["home", "pickup_point", "click_and_collect", "store"]
_TRIP_CLASSES_KM = ((2.0, "2"), (5.0, "5"), (15.0, "15"), (30.0, "30"), (math.inf, "more"))
_MIX = ("motorbike", "transit", "walk_bike", "light_electric")  # the car takes the rest
_PLAIN = """
road distance_correction empty_running packaging_cardboard packaging_density packaging_area electricity gas
days_per_year building_life warehouse_electricity warehouse_gas_year warehouse_construction warehouse_height
warehouse_spread warehouse_days hub_area hub_parcels hub_days hubs pickup_height pickup_days pickup_electricity
pickup_construction store_area store_volume store_spread store_days store_weeks store_energy_shop
store_energy_supermarket store_electricity_share store_gas_share store_construction ordering ordering_published
ordering_published_book trip_car trip_car_electric trip_motorbike trip_transit trip_light_electric trip_walk_bike
trip_default_km trip_min_km trip_share round_km round_stops detour collect_days drop_parcels
"""
_ABOVE_ZERO = """
van_load truck_load days_per_year building_life warehouse_height hub_parcels pickup_height store_volume store_weeks
round_stops store_days drop_parcels
"""
_NEEDED = (
    *_PLAIN.split(),
    *(f"{v}_{x}" for v in ("van", "truck") for x in ("a0", "a1", "a2", "a3", "a4", "speed", "load", "making")),
    *(f"mix_{mode}_{name}" for mode in _MIX for _, name in _TRIP_CLASSES_KM),
)
_MJ_PER_KWH = 3.6


@dataclass(frozen=True, slots=True)
class Factors:
    """A set of factors: number and source by key, as read from its file."""

    values: dict[str, float]
    sources: dict[str, str]

    def __getitem__(self, key: str) -> float:
        return self.values[key]


def read_factors(path: str | Path) -> Factors:
    """Read a factor file.

    Raises
    ------
    InputError
        If a factor that the model needs is missing, is no number, or is zero where the model divides by it.
    """
    table = read_table(path, ("key", "value", "unit", "scope", "year", "source", "confidence"))
    values = table.by_name("key")
    problems = [
        Problem(table.file, None, key, "", "this factor is missing; add a row with this key")
        for key in _NEEDED
        if key not in values
    ]
    problems += [
        row.problem("value", f"{row['key']} must be above zero")
        for row in table
        if row["key"] in _ABOVE_ZERO.split() and values[row["key"]] <= 0
    ]
    problems += [
        row.problem("value", "empty_running must be at least 0 and below 1")
        for row in table
        if row["key"] == "empty_running" and not 0 <= values["empty_running"] < 1
    ]
    if problems:
        raise InputError(problems)
    sources = {
        row["key"]: f"{row['value']} {row['unit']}, {row['source']}, {row['year']}, {row['confidence']}"
        for row in table
    }
    return Factors(values, sources)


def vehicle_g_per_km(f: Factors, vehicle: Vehicle) -> float:
    """Fuel of one vehicle-kilometre at the vehicle's mean speed, well to wheel [g/km] (HBEFA polynomial)."""
    v = f[f"{vehicle}_speed"]
    return math.fsum(f[f"{vehicle}_a{i}"] * v**i for i in range(5))


def g_per_kg_km(f: Factors, vehicle: Vehicle) -> float:
    """One kilogram moved one planned kilometre [g/kg.km]: roads, making the vehicle, fuel with empty running.

    A set that states the intensity of the vehicle's transport operation (`van_intensity`, `truck_intensity`, in the
    manner of ISO 14083) is taken at its word; only the distance is corrected.
    """
    intensity = f.values.get(f"{vehicle}_intensity")
    if intensity is not None:
        return intensity * f["distance_correction"] / 1000.0
    driven = f["distance_correction"] / (1.0 - f["empty_running"])
    fuel = vehicle_g_per_km(f, vehicle) * driven / f[f"{vehicle}_load"]
    return (f["road"] + f[f"{vehicle}_making"] + fuel) / 1000.0


def round_g_per_km(f: Factors) -> float:
    """One kilometre driven on a delivery round: fuel, and the van's load worth of road and vehicle [g/km].

    No empty running is added: the round's kilometres already include the way back.
    """
    intensity = f.values.get("van_intensity")
    if intensity is not None:
        return intensity * f["van_load"]
    return vehicle_g_per_km(f, "van") + (f["road"] + f["van_making"]) * f["van_load"]


def packaging_g(f: Factors, volume_cm3: float) -> float:
    """Cardboard around a parcel: area of the sphere of equal volume, and a margin [g]."""
    radius = math.cbrt(3.0 * volume_cm3 / (4.0 * math.pi))
    area = 4.0 * math.pi * radius**2 * f["packaging_area"]
    return area * f["packaging_density"] * f["packaging_cardboard"]


def warehouse_g(f: Factors, volume_cm3: float, days: float | None = None) -> float:
    """A parcel's share of a warehouse during its stay: power, gas, construction [g]."""
    days = f["warehouse_days"] if days is None else days
    parcels_per_m2 = f["warehouse_height"] * 1e6 / (volume_cm3 * f["warehouse_spread"])
    power = f["warehouse_electricity"] * f["electricity"] + f["warehouse_gas_year"] / f["days_per_year"] * f["gas"]
    construction = f["warehouse_construction"] / (f["building_life"] * f["days_per_year"])
    return (power + construction) * days / parcels_per_m2


def hub_g(f: Factors) -> float:
    """A parcel's share of one sorting hub, whatever its size [g]."""
    m2 = f["hub_area"] / f["hub_parcels"]
    power = f["warehouse_electricity"] * f["electricity"] + f["warehouse_gas_year"] / f["days_per_year"] * f["gas"]
    construction = f["warehouse_construction"] / (f["building_life"] * f["days_per_year"])
    return m2 * (power * f["hub_days"] + construction)


def pickup_point_g(f: Factors, volume_cm3: float) -> float:
    """A parcel's share of a pickup point [g]."""
    parcels_per_m2 = f["pickup_height"] * 1e6 / volume_cm3
    power = f["pickup_electricity"] * f["electricity"] + f["warehouse_gas_year"] / f["days_per_year"] * f["gas"]
    construction = f["pickup_construction"] / (f["building_life"] * f["days_per_year"])
    return (power + construction) * f["pickup_days"] / parcels_per_m2


def store_g(f: Factors, volume_cm3: float, kind: Literal["shop", "supermarket"] = "shop") -> float:
    """The share of a store's power, gas and construction that goods of this volume take during their stay [g]."""
    room = volume_cm3 / 1e6 * f["store_spread"] * (f["store_days"] / 7.0)  # m3 weeks
    share = room / (f["store_volume"] * f["store_weeks"]) * f["store_area"]  # m2 years
    energy = f[f"store_energy_{kind}"]
    power = energy * f["store_electricity_share"] * f["electricity"]
    heat = energy * f["store_gas_share"] * _MJ_PER_KWH * f["gas"]
    return share * (power + heat + f["store_construction"] / f["building_life"])


def trip_mix(f: Factors, km: float) -> dict[str, float]:
    """How people travel over such a distance: shares by mode, summing to one."""
    name = next(name for limit, name in _TRIP_CLASSES_KM if km < limit)
    shares = {mode: f[f"mix_{mode}_{name}"] for mode in _MIX}
    return {"car": 1.0 - sum(shares.values())} | shares


def trip_g_per_km(f: Factors, km: float, mode: str = "average") -> float:
    """A customer's trip of `km`, by one mode or by the average mix for that distance [g/km]."""
    if mode != "average":
        return f[f"trip_{mode}"]
    return math.fsum(share * f[f"trip_{mode}"] for mode, share in trip_mix(f, km).items())


def journey_g(
    f: Factors,
    way: Way,
    volume_cm3: float,
    kg: float,
    warehouse_days: float | None = None,
    ordering: str = "ordering_published",
) -> dict[str, float]:
    """ADEME's reference journey of one parcel, leg by leg, with its own distances [g].

    For comparison with the published table; the simulation uses the distances of the World instead.
    """
    van, truck = g_per_kg_km(f, "van") * kg, g_per_kg_km(f, "truck") * kg
    legs = {"truck_400": truck * 400.0, "truck_123": truck * 123.0, "van_70": van * 70.0}
    legs |= {"warehouse": warehouse_g(f, volume_cm3, warehouse_days), "hubs": hub_g(f) * f["hubs"]}
    if way != "store":
        legs |= {"ordering": f[ordering], "packaging": packaging_g(f, volume_cm3)}
    if way == "home":
        return legs | {"round": van * f["round_km"]}
    if way == "pickup_point":
        legs |= {"pickup_point": pickup_point_g(f, volume_cm3)}
    else:
        legs |= {"store": store_g(f, volume_cm3, "supermarket")}
    return legs | {"trip": trip_g_per_km(f, f["trip_default_km"], "car") * f["trip_default_km"]}


def compile_emissions(
    f: Factors,
    roles: Sequence[Role],
    *,
    method: str = "per_stop",
    detour: float | None = None,
    round_km: float | None = None,
    stops: float | None = None,
    trip_share: float | None = None,
    courier: str = "van",
    inbound: bool = False,
) -> Emissions:
    """The factors ready for multiplication, for nodes with these roles; what is left out is taken from the file.

    Parameters
    ----------
    method
        How the delivery round is shared: "per_stop", or "by_weight" as ADEME does.
    courier
        The vehicle of couriers: "van", "motorbike" or "cargo_bike".
    inbound
        Whether it counts how the goods came from the warehouse to the store that gives them.
    """
    if method not in ("per_stop", "by_weight"):
        raise ValueError(f"method = {method!r}: must be 'per_stop' or 'by_weight'")
    volume = 1000.0  # the buildings' shares are proportional to the volume: any will do
    shop, shed = store_g(f, volume) / volume, warehouse_g(f, volume) / volume
    vehicles = {"van": round_g_per_km(f), "motorbike": f["trip_motorbike"], "cargo_bike": f["trip_light_electric"]}
    return Emissions(
        method=method,
        van_g_per_kg_km=g_per_kg_km(f, "van"),
        truck_g_per_kg_km=g_per_kg_km(f, "truck"),
        van_g_per_km=round_g_per_km(f),
        round_m=round((f["round_km"] if round_km is None else round_km) * 1000.0),
        stops=round(f["round_stops"] if stops is None else stops),
        detour=f["detour"] if detour is None else detour,
        packaging_g_per_parcel=0.0,
        packaging_g_per_cm3=0.0,
        ordering_g=f["ordering"],
        building_g_per_cm3=np.array([shop if role == Role.STORE else shed for role in roles], float),
        trip_g_per_km=trip_g_per_km(f, f["trip_default_km"]),
        trip_share=f["trip_share"] if trip_share is None else trip_share,
        sources=dict(f.sources),
        hub_g_per_parcel=hub_g(f) * f["hubs"],
        trip_min_m=round(f["trip_min_km"] * 1000.0),
        packaging_area=f["packaging_area"],
        packaging_g_per_cm2=f["packaging_density"] * f["packaging_cardboard"],
        pickup_g_per_cm3=pickup_point_g(f, volume) / volume,
        collect_share=f["collect_days"] / f["store_days"],
        drop_parcels=round(f["drop_parcels"]),
        courier_g_per_km=vehicles[courier],
        inbound=inbound,
    )
