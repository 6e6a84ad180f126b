"""The map: projected as surveyors do, cut at its edge, its lines counting every shipment."""

from __future__ import annotations

import numpy as np
import pytest
from fake_study import FakeStudy

from orchestrion.reports.charts import flows
from orchestrion.reports.outlines import FRANCE, clip, outlines
from orchestrion.reports.projection import LAMBERT_93, LambertConic, fitted
from orchestrion.reports.reading import Reading


def test_the_projection_gives_the_worked_example_of_the_epsg_guidance_note() -> None:
    """EPSG Guidance Note 7-2, Lambert Conic Conformal (2SP): NAD27 / Texas South Central, Clarke 1866, US feet."""
    texas = LambertConic(
        lat_origin=27 + 50 / 60,
        lon_origin=-99.0,
        parallel_1=28 + 23 / 60,
        parallel_2=30 + 17 / 60,
        easting=2_000_000.0,
        northing=0.0,
        semi_major=20_925_832.16,
        squared_eccentricity=0.006_768_66,
    )
    x, y = texas(28.5, -96.0)
    assert float(x) == pytest.approx(2_963_503.91, abs=0.02)
    assert float(y) == pytest.approx(254_759.80, abs=0.02)


def test_lambert_93_has_its_origin_where_the_law_puts_it() -> None:
    x, y = LAMBERT_93(46.5, 3.0)
    assert (round(float(x), 3), round(float(y), 3)) == (700_000.0, 6_600_000.0)


def test_shapes_stay_true_a_step_north_is_as_long_as_a_step_east() -> None:
    for lat, lon in ((43.3, -1.5), (48.6, 7.7), (50.9, 1.9)):
        step = 1e-4
        x0, y0 = LAMBERT_93(lat, lon)
        north, east = LAMBERT_93(lat + step, lon), LAMBERT_93(lat, lon + step)
        e2, a = LAMBERT_93.squared_eccentricity, LAMBERT_93.semi_major
        w = 1 - e2 * np.sin(np.radians(lat)) ** 2
        metres_north = np.radians(step) * a * (1 - e2) / w**1.5
        metres_east = np.radians(step) * a * np.cos(np.radians(lat)) / np.sqrt(w)
        scales = (
            np.hypot(north[0] - x0, north[1] - y0) / metres_north,
            np.hypot(east[0] - x0, east[1] - y0) / metres_east,
        )
        assert scales[0] == pytest.approx(scales[1], rel=1e-4)
        assert scales[0] == pytest.approx(1.0, abs=0.003)


def _area(ring: np.ndarray) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) / 2


def test_the_departments_together_are_as_large_as_metropolitan_france() -> None:
    """543,940 km2 (INSEE); the outlines are simplified."""
    total = sum(_area(ring) for ring in outlines("fr_departements.geojson", LAMBERT_93, FRANCE)) / 1e6
    assert total == pytest.approx(543_940, rel=0.02)


def test_neighbours_are_cut_at_the_edge_and_none_of_france_is() -> None:
    for name in ("neighbours.json", "fr_departements.geojson"):
        points = np.vstack(outlines(name, LAMBERT_93, FRANCE))
        assert points[:, 0].min() >= FRANCE.west
        assert points[:, 0].max() <= FRANCE.east
        assert points[:, 1].min() >= FRANCE.south
        assert points[:, 1].max() <= FRANCE.north
    france = np.vstack(outlines("fr_departements.geojson", LAMBERT_93, FRANCE))
    assert france[:, 0].min() > FRANCE.west
    assert france[:, 1].max() < FRANCE.north


def test_a_square_half_outside_is_halved() -> None:
    from orchestrion.reports.outlines import View

    square = np.array([(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)])
    assert _area(clip(square, View(1.0, 9.0, -9.0, 9.0))) == pytest.approx(2.0)
    assert len(clip(square, View(5.0, 9.0, -9.0, 9.0))) == 0


def test_a_network_elsewhere_gets_a_cone_of_its_own() -> None:
    assert fitted([48.8, 43.3], [2.3, 5.4]) == LAMBERT_93
    elsewhere = fitted([40.7, 34.0, 41.9], [-74.0, -118.2, -87.6])
    x, y = elsewhere([40.7, 34.0], [-74.0, -118.2])
    # New York - Los Angeles, great circle 3,936 km
    assert float(np.hypot(x[0] - x[1], y[0] - y[1])) / 1000 == pytest.approx(3936, rel=0.02)


@pytest.fixture(scope="module")
def small() -> tuple[FakeStudy, Reading, flows.Network]:
    study = FakeStudy(
        ("france_siloed", "france_unified", "france_nearest"), replications=2, places=300, orders_per_day=40
    )
    reading = Reading(study)
    net = flows.network(reading)
    assert net is not None
    return study, reading, net


def test_every_shipment_sent_is_counted_once_per_day_and_replication(
    small: tuple[FakeStudy, Reading, flows.Network],
) -> None:
    study, _, net = small
    for label in study.labels:
        sent = 0
        for replication in range(2):
            frame = study.facts("shipments", label=label, replication=replication, columns=("node", "units"))
            sent += int((frame["units"] > 0).sum())
        assert net.traffic[label].total == pytest.approx(sent / (2 * 14))
        on_lines = sum(net.traffic[label].home.values()) + sum(net.traffic[label].collect.values())
        assert on_lines <= net.traffic[label].total + 1e-9


def test_siloed_orders_leave_warehouses_only(small: tuple[FakeStudy, Reading, flows.Network]) -> None:
    _, _, net = small
    assert net.stores_share("france_siloed") == 0.0
    assert 0.7 < net.stores_share("france_nearest") < 0.95


def test_only_one_alternative_is_visible_and_the_ground_always(small: tuple[FakeStudy, Reading, flows.Network]) -> None:
    _, reading, net = small
    figure = flows.flows(reading, net, alternative="france_nearest")
    assert figure is not None
    owners = [(trace.meta["alternative"], trace.visible) for trace in figure.data]
    assert {owner for owner, visible in owners if visible is True} == {2}
    assert any(owner is None and visible is None for owner, visible in owners)
    assert figure.layout.yaxis.scaleanchor == "x"


def test_stores_are_coloured_by_class_in_order(small: tuple[FakeStudy, Reading, flows.Network]) -> None:
    _, _, net = small
    assert net.heat_breaks == sorted(set(net.heat_breaks))
    shares = np.linspace(0, 0.5, 50)
    classes = [flows.heat_class(net, float(share)) for share in shares]
    assert classes == sorted(classes)
    assert (classes[0], classes[-1]) == (0, len(net.heat_breaks))
