"""Delivery addresses: communes of mainland France with their population, and the agencies that serve them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from orchestrion.bundled import table_path
from orchestrion.domain.world import Floats, Ints
from orchestrion.geometry import distance_matrix_m
from orchestrion.tables import read_table

CORSICA = ("2A", "2B")  # delivered by sea from the mainland's agencies: left out until a scenario asks for it


@dataclass(frozen=True, slots=True)
class Communes:
    """Columns over communes, each of length P, and the names of their departements."""

    key: list[str]
    label: list[str]
    lat: Floats
    lon: Floats
    population: Floats
    departement: Ints  # row of `departements`
    departements: tuple[str, ...]
    by_postcode: dict[str, int]  # the most populous commune of each postcode
    postcodes: list[tuple[str, ...]]


@lru_cache(maxsize=4)
def read_communes(file: str, corsica: bool = False) -> Communes:
    """The communes of mainland France, and of Corsica where asked for, from a table with insee, name, departement,
    zone, population, lat, lon."""
    columns = ("insee", "name", "departement", "zone", "population", "lat", "lon", "postcodes")
    rows = [
        row
        for row in read_table(table_path(file), columns)
        if row["zone"] == "metro" and (corsica or row["departement"] not in CORSICA) and row["lat"]
    ]
    departements = sorted({row["departement"] for row in rows})
    index = {code: i for i, code in enumerate(departements)}
    by_postcode: dict[str, int] = {}
    for i, row in sorted(enumerate(rows), key=lambda pair: -float(pair[1]["population"] or 0)):
        for postcode in row["postcodes"].split("|"):
            by_postcode.setdefault(postcode, i)
    return Communes(
        key=[row["insee"] for row in rows],
        label=[row["name"] for row in rows],
        lat=np.array([float(row["lat"]) for row in rows]),
        lon=np.array([float(row["lon"]) for row in rows]),
        population=np.array([float(row["population"] or 0) for row in rows]),
        departement=np.array([index[row["departement"]] for row in rows], np.int64),
        departements=tuple(departements),
        by_postcode=by_postcode,
        postcodes=[tuple(row["postcodes"].split("|")) for row in rows],
    )


@dataclass(frozen=True, slots=True)
class Agencies:
    """The parcel carrier's agencies."""

    key: tuple[str, ...]
    label: tuple[str, ...]
    lat: Floats
    lon: Floats

    def nearest(self, lat: Floats, lon: Floats) -> tuple[Ints, Ints]:
        """Index of the nearest agency of each point, and the distance to it in metres."""
        distance = distance_matrix_m(lat, lon, self.lat, self.lon)
        index = np.argmin(distance, axis=1)
        return index.astype(np.int64), distance[np.arange(len(index)), index].astype(np.int64)


@lru_cache(maxsize=4)
def read_agencies(file: str) -> Agencies:
    """The agencies from a table with label, lat, lon."""
    table = read_table(table_path(file), ("key", "label", "lat", "lon"))
    return Agencies(
        tuple(row["key"] for row in table),
        tuple(row["label"] for row in table),
        np.array(table.numbers("lat", -90, 90)),
        np.array(table.numbers("lon", -180, 180)),
    )
