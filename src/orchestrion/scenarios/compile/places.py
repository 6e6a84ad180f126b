"""Delivery addresses: communes of mainland France with their population, and the agencies that serve them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from sys import intern

import numpy as np

from orchestrion.bundled import table_path
from orchestrion.domain.world import Floats, Ints
from orchestrion.errors import InputError, Problem, Together
from orchestrion.geometry import distance_matrix_m
from orchestrion.tables import Row, each_row, read_table

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
    zone, population, lat, lon. Those without a latitude are nobody's address; an empty population is none.

    Raises
    ------
    InputError
        If positions or populations are no numbers or out of their bounds, all of them together; if nobody lives
        anywhere.
    """
    columns = ("insee", "name", "departement", "zone", "population", "lat", "lon", "postcodes")
    key: list[str] = []
    label: list[str] = []
    departement: list[str] = []
    postcodes: list[tuple[str, ...]] = []
    figures: list[tuple[float, float, float]] = []  # latitude, longitude, population
    together = Together()
    with together:
        for row in each_row(table_path(file), columns):  # 35,000 of them: a row as it stands takes a kilobyte
            if row["zone"] == "metro" and (corsica or row["departement"] not in CORSICA) and row["lat"]:
                key.append(row["insee"])
                label.append(row["name"])
                departement.append(intern(row["departement"]))
                postcodes.append(tuple(map(intern, row["postcodes"].split("|"))))
                figures.append(_figures(row, together))
    together.tell()
    lat, lon, population = np.array(figures, float).reshape(-1, 3).T.copy()
    if not population.sum() > 0:
        rule = "nobody lives anywhere; give rows of zone metro a lat, a lon and a population above 0"
        raise InputError([Problem(str(table_path(file)), None, "population", "", rule)])
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


def _figures(row: Row, together: Together) -> tuple[float, float, float]:
    """Latitude, longitude, population of a commune; NaN where they are wrong, which is told together."""
    lat = lon = population = math.nan
    with together:
        lat = row.number("lat", -90, 90)
    with together:
        lon = row.number("lon", -180, 180)
    with together:
        population = row.number("population", 0) if row["population"] else 0.0
    return lat, lon, population


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
    together = Together()
    with together:
        lat = np.array(table.numbers("lat", -90, 90))
    with together:
        lon = np.array(table.numbers("lon", -180, 180))
    together.tell()
    return Agencies(tuple(row["key"] for row in table), tuple(row["label"] for row in table), lat, lon)
