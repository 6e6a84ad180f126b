"""Great-circle distances, by column."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_KM = 6371.0088  # mean radius R1 (IUGG), the one geopy uses
_POINTS = 2048  # of the second kind, at a time


def unit_vectors(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.float64]:
    """Points on the unit sphere, shape (n, 3), from degrees."""
    phi, lam = np.radians(np.asarray(lat, float)), np.radians(np.asarray(lon, float))
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


def distance_matrix_m(
    lat_a: ArrayLike, lon_a: ArrayLike, lat_b: ArrayLike, lon_b: ArrayLike, order: Literal["C", "F"] = "C"
) -> NDArray[np.int32]:
    """Great-circle distances in whole metres, shape (len(a), len(b)); with "F", a column is one stretch of memory.

    The arc sine of half the chord keeps short distances exact, where an arc cosine would lose metres.

    >>> int(distance_matrix_m([48.8566], [2.3522], [45.7640], [4.8357])[0, 0])   # Paris - Lyon
    391499
    """
    a, b = unit_vectors(lat_a, lon_a), unit_vectors(lat_b, lon_b)
    found = np.empty((len(a), len(b)), np.int32, order)
    for begin in range(0, len(b), _POINTS):  # a large network's matrix is twice its own size in real numbers
        some = slice(begin, begin + _POINTS)
        work = a @ b[some].T
        np.subtract(1.0, work, out=work)
        work /= 2.0  # half the chord, squared
        np.clip(work, 0.0, 1.0, out=work)
        np.sqrt(work, out=work)
        np.arcsin(work, out=work)
        work *= 2.0
        work *= EARTH_RADIUS_KM * 1000.0
        found[:, some] = np.rint(work, out=work)
    return found


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The distance of two (latitude, longitude) points on the ellipsoid, for a single figure that a person reads [km].

    >>> round(distance_km((48.8566, 2.3522), (45.7640, 4.8357)), 1)    # Paris - Lyon
    391.7
    """
    from geopy.distance import geodesic

    return float(geodesic(a, b).km)
