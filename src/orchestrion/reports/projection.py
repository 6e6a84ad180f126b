"""Lambert's conformal conic projection: a flat map of a country whose shapes stay true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LambertConic:
    """Two standard parallels on an ellipsoid (method 9802 of the EPSG Guidance Note 7-2).

    Angles in degrees, lengths in the unit of `semi_major`; `squared_eccentricity` 0 gives the sphere.
    """

    lat_origin: float
    lon_origin: float
    parallel_1: float
    parallel_2: float
    easting: float
    northing: float
    semi_major: float = 6_378_137.0  # GRS 80
    squared_eccentricity: float = 0.006_694_380_022_90

    def _t(self, phi: Floats) -> Floats:
        e = np.sqrt(self.squared_eccentricity)
        bent = ((1 - e * np.sin(phi)) / (1 + e * np.sin(phi))) ** (e / 2)
        return np.asarray(np.tan(np.pi / 4 - phi / 2) / bent, float)

    def _m(self, phi: Floats) -> Floats:
        return np.asarray(np.cos(phi) / np.sqrt(1 - self.squared_eccentricity * np.sin(phi) ** 2), float)

    def __call__(self, lat: ArrayLike, lon: ArrayLike) -> tuple[Floats, Floats]:
        """Eastings and northings of points given in degrees."""
        phi, phi_1, phi_2, phi_0 = (
            np.radians(np.asarray(angle, float)) for angle in (lat, self.parallel_1, self.parallel_2, self.lat_origin)
        )
        m_1, t_1 = self._m(phi_1), self._t(phi_1)
        if self.parallel_1 == self.parallel_2:
            n = np.sin(phi_1)
        else:
            n = np.log(m_1 / self._m(phi_2)) / np.log(t_1 / self._t(phi_2))
        scale = self.semi_major * m_1 / (n * t_1**n)
        radius, radius_0 = scale * self._t(phi) ** n, scale * self._t(phi_0) ** n
        theta = n * (np.radians(np.asarray(lon, float)) - np.radians(self.lon_origin))
        x = self.easting + radius * np.sin(theta)
        y = self.northing + radius_0 - radius * np.cos(theta)
        return np.asarray(x, float), np.asarray(y, float)


# RGF93 / Lambert-93 (EPSG:2154), the legal projection of metropolitan France
LAMBERT_93 = LambertConic(
    lat_origin=46.5, lon_origin=3.0, parallel_1=49.0, parallel_2=44.0, easting=700_000.0, northing=6_600_000.0
)


def fitted(lat: ArrayLike, lon: ArrayLike) -> LambertConic:
    """Lambert-93 for points in metropolitan France, else a cone fitted to them (parallels at 1/6 and 5/6)."""
    phi, lam = np.asarray(lat, float), np.asarray(lon, float)
    if phi.size and phi.min() >= 41 and phi.max() <= 51.5 and lam.min() >= -5.5 and lam.max() <= 10:
        return LAMBERT_93
    low, high = (float(phi.min()), float(phi.max())) if phi.size else (40.0, 50.0)
    if high - low < 1.0:
        low, high = low - 0.5, high + 0.5
    if abs(low + high) < 2.0:
        low, high = low + 2.0, high + 2.0  # a cone astride the equator would be a cylinder
    middle = (low + high) / 2
    return LambertConic(
        lat_origin=middle,
        lon_origin=float((lam.min() + lam.max()) / 2) if lam.size else 0.0,
        parallel_1=low + 5 * (high - low) / 6,
        parallel_2=low + (high - low) / 6,
        easting=0.0,
        northing=0.0,
    )
