"""Coasts and borders as projected rings, cut at the edge of the view."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.bundled import data_path
from orchestrion.reports.projection import LAMBERT_93, LambertConic

Ring = NDArray[np.float64]  # (points, 2), closed


@dataclass(frozen=True, slots=True)
class View:
    """The rectangle of the map that is shown, in projected metres."""

    west: float
    east: float
    south: float
    north: float

    @property
    def ratio(self) -> float:
        """Height over width."""
        return (self.north - self.south) / (self.east - self.west)


# metropolitan France with a rim of its neighbours
FRANCE = View(70_000.0, 1_270_000.0, 6_022_000.0, 7_132_000.0)


def view_of(x: NDArray[np.float64], y: NDArray[np.float64], projection: LambertConic) -> View:
    """France for points spread over it, else the points with a rim of one eighth, 0.6 to 1.1 times as high as wide."""
    wide = max(np.ptp(x), np.ptp(y)) > 0.4 * (FRANCE.east - FRANCE.west)
    if projection == LAMBERT_93 and wide:
        return FRANCE
    mid_x, mid_y = float(x.min() + x.max()) / 2, float(y.min() + y.max()) / 2
    width, height = max(float(np.ptp(x)) * 1.25, 20_000.0), max(float(np.ptp(y)) * 1.25, 20_000.0)
    width = max(width, height / 1.1)
    height = max(height, width * 0.6)
    return View(mid_x - width / 2, mid_x + width / 2, mid_y - height / 2, mid_y + height / 2)


def clip(ring: Ring, view: View) -> Ring:
    """The part of a ring inside the view (Sutherland and Hodgman 1974); empty when nothing is."""
    for axis, limit, sign in ((0, view.west, 1), (0, view.east, -1), (1, view.south, 1), (1, view.north, -1)):
        if len(ring) < 3:
            return np.empty((0, 2))
        here, there = ring, np.roll(ring, -1, axis=0)
        inside_here, inside_there = sign * (here[:, axis] - limit) >= 0, sign * (there[:, axis] - limit) >= 0
        points: list[Ring] = []
        for i in range(len(ring)):
            a, b = here[i], there[i]
            if inside_here[i]:
                points.append(a)
            if inside_here[i] != inside_there[i]:
                share = (limit - a[axis]) / (b[axis] - a[axis])
                points.append(a + share * (b - a))
        ring = np.array(points) if points else np.empty((0, 2))
    return np.vstack([ring, ring[:1]]) if len(ring) else ring


def _rings(document: dict[str, Any]) -> Iterator[NDArray[np.float64]]:
    for feature in document["features"]:
        geometry = feature["geometry"]
        polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        for polygon in polygons:
            # inner rings are enclaves, drawn by whoever owns them
            yield np.asarray(polygon[0], float)


@lru_cache(maxsize=16)
def outlines(name: str, projection: LambertConic, view: View) -> tuple[Ring, ...]:
    """Rings of one file of `data/geo`, projected, cut to the view, in whole hundreds of metres."""
    document = json.loads(data_path("geo", name).read_text(encoding="utf-8"))
    cut: list[Ring] = []
    for ring in _rings(document):
        x, y = projection(ring[:, 1], ring[:, 0])
        part = clip(np.column_stack([x, y])[:-1], view)
        if len(part) > 3:
            cut.append(np.round(part, -2))
    return tuple(cut)


def as_path(rings: tuple[Ring, ...] | list[Ring]) -> tuple[list[float | None], list[float | None]]:
    """Coordinates of all rings with gaps between them, as one trace takes them; kilometres, one decimal."""
    x: list[float | None] = []
    y: list[float | None] = []
    for ring in rings:
        x += [round(float(value) / 1000, 1) for value in ring[:, 0]] + [None]
        y += [round(float(value) / 1000, 1) for value in ring[:, 1]] + [None]
    return x[:-1], y[:-1]
