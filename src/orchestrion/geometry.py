"""Great-circle distances, by column."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

EARTH_RADIUS_KM = 6371.0088  # mean radius R1 (IUGG), the one geopy uses


def unit_vectors(lat: ArrayLike, lon: ArrayLike) -> NDArray[np.float64]:
    """Points on the unit sphere, shape (n, 3), from degrees."""
    phi, lam = np.radians(np.asarray(lat, float)), np.radians(np.asarray(lon, float))
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


def distance_matrix_m(lat_a: ArrayLike, lon_a: ArrayLike, lat_b: ArrayLike, lon_b: ArrayLike) -> NDArray[np.int32]:
    """Great-circle distances in whole metres, shape (len(a), len(b)).

    The arc sine of half the chord keeps short distances exact, where an arc cosine would lose metres.

    >>> int(distance_matrix_m([48.8566], [2.3522], [45.7640], [4.8357])[0, 0])   # Paris - Lyon
    391499
    """
    a, b = unit_vectors(lat_a, lon_a), unit_vectors(lat_b, lon_b)
    half_chord_squared = np.clip((1.0 - a @ b.T) / 2.0, 0.0, 1.0)
    angle = 2.0 * np.arcsin(np.sqrt(half_chord_squared))
    return np.rint(angle * (EARTH_RADIUS_KM * 1000.0)).astype(np.int32)


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The distance of two (latitude, longitude) points on the ellipsoid, for a single figure that a person reads [km].

    >>> round(distance_km((48.8566, 2.3522), (45.7640, 4.8357)), 1)    # Paris - Lyon
    391.7
    """
    from geopy.distance import geodesic

    return float(geodesic(a, b).km)
