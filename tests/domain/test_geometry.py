"""Distances against published ones and against geopy."""

from __future__ import annotations

import numpy as np
import pytest
from geopy.distance import geodesic, great_circle

from orchestrion.geometry import distance_km, distance_matrix_m

PARIS, LYON = (48.8566, 2.3522), (45.7640, 4.8357)
LILLE, MARSEILLE = (50.6292, 3.0573), (43.2965, 5.3698)


@pytest.mark.parametrize(("a", "b", "km"), [(PARIS, LYON, 391.4995), (LILLE, MARSEILLE, 833.9184)])
def test_known_distances_between_towns(a: tuple[float, float], b: tuple[float, float], km: float) -> None:
    (metres,) = distance_matrix_m([a[0]], [a[1]], [b[0]], [b[1]])[0]
    assert metres == pytest.approx(km * 1000, abs=0.6)


def test_the_matrix_is_geopys_great_circle_and_near_its_geodesic() -> None:
    rng = np.random.default_rng(5)
    lat, lon = rng.uniform(42.5, 51, (2, 30)), rng.uniform(-4.5, 8, (2, 30))
    ours = distance_matrix_m(lat[0], lon[0], lat[1], lon[1])
    for i in range(30):
        for j in range(30):
            a, b = (lat[0, i], lon[0, i]), (lat[1, j], lon[1, j])
            assert ours[i, j] == pytest.approx(great_circle(a, b).m, abs=0.6)
            assert ours[i, j] == pytest.approx(geodesic(a, b).m, rel=0.006)


def test_neighbours_are_told_apart_to_the_metre() -> None:
    # one ten-thousandth of a degree of latitude is 11.12 m
    assert distance_matrix_m([45.0], [3.0], [45.0001], [3.0])[0, 0] == 11
    assert distance_matrix_m([45.0], [3.0], [45.0], [3.0])[0, 0] == 0


def test_a_distance_that_a_person_reads_is_the_geodesic() -> None:
    assert distance_km(PARIS, LYON) == pytest.approx(geodesic(PARIS, LYON).km)
