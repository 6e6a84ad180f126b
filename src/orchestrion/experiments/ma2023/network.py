"""The map of the benchmark: areas where customers live, towns where nodes stand."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchestrion.bundled import data_path
from orchestrion.errors import InputError, Problem
from orchestrion.geometry import distance_matrix_m
from orchestrion.tables import Row, Table, read_table

KM_PER_MILE = 1.61  # as in the published experiment


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Miles between every town and every area, and how many people live in an area.

    Attributes
    ----------
    miles
        Great circle, shape (towns, areas).
    population
        Shape (areas,).
    """

    miles: NDArray[np.float64]
    population: NDArray[np.float64]


def read_network(areas: str | Path | None = None, towns: str | Path | None = None) -> Network:
    """The network from two CSV files; the bundled ones when left out.

    A file names its columns (`lat`, `lon`, for areas also `population`), or has none of that, as the files published
    with the experiment: name, state, latitude, longitude and, for areas, population.

    Raises
    ------
    InputError
        If a file cannot be read, or a value is none; by file and line, all of both files together.
    """
    problems: list[Problem] = []
    columns: list[list[float]] = []
    limits = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "population": (0.0, np.inf)}
    for path, wanted in (
        (areas or data_path("benchmarks", "ma2023_areas.csv"), ["lat", "lon", "population"]),
        (towns or data_path("benchmarks", "ma2023_towns.csv"), ["lat", "lon"]),
    ):
        try:
            table = _read(path, wanted)
        except InputError as error:
            problems += error.problems
            continue
        for name in wanted:
            try:
                columns.append(table.numbers(name, *limits[name]))
            except InputError as error:
                problems += error.problems
            else:
                if name == "population" and not sum(columns[-1]) > 0.0:
                    problems.append(Problem(table.file, None, name, "0", "nobody lives in any area"))
    if problems:
        raise InputError(problems)
    area_lat, area_lon, population, lat, lon = columns
    metres = distance_matrix_m(lat, lon, area_lat, area_lon)
    return Network(metres / 1000.0 / KM_PER_MILE, np.array(population))


# (areas, towns): ours, plain, and those published with the experiment: its small network, else its large one
_NAMES = (
    ("ma2023_areas.csv", "ma2023_towns.csv"),
    ("areas.csv", "towns.csv"),
    ("cities_warmup.csv", "fulfillment_centers_warmup.csv"),
    ("cities.csv", "fulfillment_centers.csv"),
)


def network_files(folder: str | Path) -> tuple[Path, Path]:
    """The two files of a network in a folder, areas and towns, by their names; `read_network` reads them.

    Raises
    ------
    InputError
        If there is no such folder, or not both files of one network in it.
    """
    where = Path(folder)
    known = "; or ".join(f"{areas} and {towns}" for areas, towns in _NAMES)
    if not where.is_dir():
        rule = "not a folder" if where.exists() else "no such folder"
        raise InputError([Problem(str(folder), None, "", "", f"{rule}; give one that holds {known}")])
    for pair in _NAMES:
        files = where / pair[0], where / pair[1]
        if all(file.is_file() for file in files):
            return files
    for pair in _NAMES:
        found = [name for name in pair if (where / name).is_file()]
        if found:
            missing = next(name for name in pair if name not in found)
            raise InputError([Problem(str(where / missing), None, "", "", f"not found; it belongs to {found[0]}")])
    raise InputError([Problem(str(folder), None, "", "", f"no network in this folder; it must hold {known}")])


def _read(path: str | Path, columns: list[str]) -> Table:
    """The table; a file without a header is given the one of the published files."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return read_table(path, columns)  # which says what is wrong
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    header = ["name", "state", *columns]
    if not lines or any(name in lines[0][1].split(",") for name in columns):
        return read_table(path, columns)
    rows = []
    for number, line in lines:
        values = [value.strip() for value in next(csv.reader([line]))]
        if len(values) != len(header):
            rule = f"{len(values)} values; without a header there must be {len(header)}: {', '.join(header)}"
            raise InputError([Problem(str(path), number, "", "", rule)])
        rows.append(Row(str(path), number, dict(zip(header, values, strict=True))))
    return Table(str(path), header, rows)
