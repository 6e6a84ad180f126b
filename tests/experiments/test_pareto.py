"""Trade-offs: fronts by brute force, volumes by Monte Carlo, false claims counted."""

from __future__ import annotations

import numpy as np
import pytest
from small_studies import TownScenario

from orchestrion.errors import StudyError, UnknownName
from orchestrion.experiments import compare
from orchestrion.experiments.pareto import front, hypervolume, knee, surely_dominated


@pytest.mark.parametrize("m", [2, 3, 4])
def test_a_point_is_on_the_front_when_no_other_is_at_least_as_good_everywhere(m):
    points = np.random.default_rng(m).integers(0, 5, (30, m)).astype(float)
    expected = [
        not any((other <= one).all() and not np.array_equal(other, one) for other in points) for one in points
    ]
    assert front(points).tolist() == expected


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_the_hypervolume_is_the_share_of_random_points_dominated(m):
    rng = np.random.default_rng(m)
    points, reference = rng.uniform(0, 1.2, (6, m)), np.full(m, 1.0)
    probes = rng.uniform(0, 1, (200_000, m))
    share = np.zeros(len(probes), bool)
    for point in points:
        share |= (probes >= point).all(axis=1)
    assert hypervolume(points, reference) == pytest.approx(share.mean(), abs=0.004)


def test_what_is_worse_than_the_reference_adds_nothing_and_duplicates_count_once():
    points = np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 9.0]])
    assert hypervolume(points, np.array([2.0, 3.0])) == 2.0
    assert hypervolume(points[2:], np.array([2.0, 3.0])) == 0.0


def test_the_knee_of_a_bent_front_is_its_bend_whatever_its_units():
    points = np.array([[0.0, 10.0], [1.0, 3.0], [3.0, 1.0], [10.0, 0.0], [2.0, 1.5]])
    distance = (10 - points.sum(axis=1)) / np.sqrt(2)  # from the line x + y = 10
    assert knee(points) == int(np.argmax(distance)) == 4
    assert knee(np.array([[0.0, 2.0], [1.0, 1.0], [2.0, 0.0]])) is None
    assert knee(points[:2]) is None
    plane = np.array([[0.0, 5.0, 5.0], [5.0, 0.0, 5.0], [5.0, 5.0, 0.0], [1.0, 1.0, 1.0], [2.0, 2.0, 1.0]])
    assert knee(plane) == 3


def test_domination_is_seldom_claimed_where_there_is_none():
    """The hardest case: clearly better in one KPI, exactly as good in the other, many rivals, shared customers."""
    rng = np.random.default_rng(5)
    runs, wrong = 1000, 0
    for _ in range(runs):
        noise = rng.normal(size=(2, 4, 10)) + 2 * rng.normal(size=(2, 1, 10))
        noise[0, 1:] -= 5.0
        wrong += bool(surely_dominated(noise, 0.9)[0])
    assert wrong / runs < 0.10 + 3 * np.sqrt(0.09 / runs)
    assert wrong > 0


def test_domination_is_claimed_where_it_is_plain_also_with_a_kpi_that_is_always_equal():
    rng = np.random.default_rng(6)
    base = rng.normal(100, 10, (2, 1, 10))
    sample = np.concatenate([base + 1 + rng.normal(0, 0.1, (2, 1, 10)), base], axis=1)
    assert surely_dominated(sample, 0.95) == [[1], []]
    sample[1, 0] = sample[1, 1]
    assert surely_dominated(sample, 0.95) == [[1], []]
    sample[0, 0] = sample[0, 1]
    assert surely_dominated(sample, 0.95) == [[], []]


@pytest.fixture(scope="module")
def study():
    towns = [TownScenario(name, orders_per_day=rate) for name, rate in (("calm", 10.0), ("busy", 20.0), ("rush", 60.0))]
    return compare(towns, ["nearest", "cheapest"], replications=5, workers=1, facts="none")


def test_a_study_tells_its_front_in_the_units_of_the_kpis(study):
    keys = ["contribution", "cost_to_serve"]
    found = study.pareto(keys)
    means = np.array([[study.estimate(key, label).mean for key in keys] for label in study.labels])
    assert found[keys].to_numpy() == pytest.approx(means)
    on_front = front(means * [-1, 1])
    assert (found["status"] == "front").tolist() == on_front.tolist()
    for row in found[found["status"] == "dominated"].to_dict("records"):
        for rival in row["dominated_by"].split(", "):
            for key, better in zip(keys, (1, -1), strict=True):
                change = study.difference(key, rival, row["alternative"])
                assert change.mean * better >= 0
    assert found.attrs["reference"] == dict(zip(keys, means[0].tolist(), strict=True))


def test_the_volume_is_measured_from_a_point_that_does_not_depend_on_the_set_shown(study):
    reference = {"contribution": -5000.0, "cost_to_serve": 40.0}
    found = study.pareto(["contribution", "cost_to_serve"], reference=reference)
    points = found[["contribution", "cost_to_serve"]].to_numpy() * [-1, 1]
    volume = hypervolume(points, np.array([5000.0, 40.0]))
    assert volume > 0
    assert found.attrs["hypervolume"] == pytest.approx(volume)
    assert found.attrs["hypervolume_low"] < volume < found.attrs["hypervolume_high"]


def test_a_trade_off_needs_kpis_with_a_better_direction(study):
    with pytest.raises(StudyError, match="between 2 to 6 KPIs"):
        study.pareto(["contribution"])
    with pytest.raises(StudyError, match="neither less nor more"):
        study.pareto(["contribution", "moved_to_store_share"])
    with pytest.raises(StudyError, match="says nothing of cost_to_serve"):
        study.pareto(["contribution", "cost_to_serve"], reference={"contribution": 0.0})
    with pytest.raises(UnknownName):
        study.pareto(["contribution", "cost_to_serv"])
