"""Delivery addresses: communes of mainland France with their population, and the agencies that serve them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from sys import intern

import numpy as np

from orchestrion.bundled import table_path
from orchestrion.domain.world import Floats, Ints
from orchestrion.geometry import distance_matrix_m
from orchestrion.tables import each_row, read_table

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
    key: list[str] = []
    label: list[str] = []
    departement: list[str] = []
    postcodes: list[tuple[str, ...]] = []
    figures: list[tuple[float, float, float]] = []  # latitude, longitude, population
    for row in each_row(table_path(file), columns):  # 35,000 of them: a row as it stands takes a kilobyte
        if row["zone"] == "metro" and (corsica or row["departement"] not in CORSICA) and row["lat"]:
            key.append(row["insee"])
            label.append(row["name"])
            departement.append(intern(row["departement"]))
            postcodes.append(tuple(map(intern, row["postcodes"].split("|"))))
            figures.append((float(row["lat"]), float(row["lon"]), float(row["population"] or 0)))
    lat, lon, population = np.array(figures, float).reshape(-1, 3).T.copy()
    departements = sorted(set(departement))
    index = {code: i for i, code in enumerate(departements)}
    by_postcode: dict[str, int] = {}
    for i in np.argsort(-population, kind="stable").tolist():
        for postcode in postcodes[i]:
            by_postcode.setdefault(postcode, i)
    return Communes(
        key=key,
        label=label,
        lat=lat,
        lon=lon,
        population=population,
        departement=np.array([index[code] for code in departement], np.int64),
        departements=tuple(departements),
        by_postcode=by_postcode,
        postcodes=postcodes,
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
