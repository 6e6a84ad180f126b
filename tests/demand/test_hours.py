"""When customers come: counts per hour of the week against the intensity, by chi-square; M_t arrivals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from draws import drawn
from scipy import stats
from towns import one_store_walk_in, one_warehouse

import orchestrion as orc
from orchestrion.bundled import data_folder
from orchestrion.demand.hours import moments_open
from orchestrion.domain.calendar import Calendar
from orchestrion.domain.requests import Requests
from orchestrion.scenarios.hours import hour_profile
from orchestrion.units import DAY, HOUR

ONLINE, STORE = "demand/hours_of_week_online.csv", "demand/hours_of_week_store.csv"
Counts = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Means = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def by_hour_of_week(block: Requests) -> Counts:
    return np.bincount(block.t // HOUR % 168, minlength=168)


def p_value(counts: Counts, expected: Means) -> float:
    """Of Pearson's chi-square against Poisson counts with these means (their total is not fixed)."""
    kept = expected > 0
    assert not counts[~kept].any()
    return float(stats.chi2(kept.sum()).sf(((counts - expected)[kept] ** 2 / expected[kept]).sum()))


@pytest.mark.parametrize("seed", [1, 2])
def test_online_orders_follow_the_hours_of_the_week(seed: int) -> None:
    profile, days = hour_profile(ONLINE), np.array([0.8, 1.1, 1.0, 1.2, 1.3, 0.7, 0.9])
    world = one_warehouse(
        online_per_day=250.0, days=140, run_off_days=0, demand={"online_hour": profile, "online_day": np.tile(days, 20)}
    )
    expected = (250.0 * 20 * days[:, None] * profile).reshape(-1)
    counts = by_hour_of_week(drawn(world, seed))
    assert p_value(counts, expected) > 0.001
    assert p_value(counts, np.roll(expected, 24)) < 1e-6  # a Tuesday is no Monday: the test can tell


def test_walk_ins_follow_the_hours_of_the_week_while_the_store_is_open() -> None:
    profile = hour_profile(STORE)
    world = one_store_walk_in(walk_ins=200.0, days=140, demand={"walk_in_hour": profile})
    inside = np.zeros((7, 24))
    inside[:6, 10:19] = profile[:6, 10:19] / profile[:6, 10:19].sum(axis=1, keepdims=True)  # 10-19 h, no Sunday
    counts = by_hour_of_week(drawn(world))
    assert p_value(counts, (200.0 * 20 * inside).reshape(-1)) > 0.001
    even = np.where(inside > 0, 1 / 9, 0.0)
    assert p_value(counts, (200.0 * 20 * even).reshape(-1)) < 1e-6


def test_a_midday_break_and_half_hours_take_their_part_of_the_profile() -> None:
    profile = np.zeros(24)
    profile[[9, 11, 12, 14]] = [0.4, 0.2, 0.3, 0.1]
    u = (np.arange(100_000) + 0.5) / 100_000
    t = moments_open([(9 * HOUR + 1800, 12 * HOUR), (14 * HOUR, 19 * HOUR)], profile, u)
    # half of the hour from 9 (.2), the hour from 11 (.2), none at noon, the hour from 14 (.1)
    shares = np.bincount(t // HOUR, minlength=24) / len(t)
    assert shares[[9, 11, 12, 14]] == pytest.approx([0.4, 0.4, 0.0, 0.2], abs=1e-4)
    assert t.min() == 9 * HOUR + 1800
    assert (np.diff(t) >= 0).all()
    assert stats.kstest((t[t // HOUR == 11] - 11 * HOUR) / HOUR, "uniform").statistic < 0.001


def test_a_store_open_when_nobody_would_come_sees_its_visitors_evenly() -> None:
    t = moments_open([(2 * HOUR, 4 * HOUR)], np.zeros(24), np.array([0.0, 0.25, 0.5, 0.999]))
    assert t.tolist() == [2 * HOUR, 2 * HOUR + 1800, 3 * HOUR, 4 * HOUR - 8]


def test_the_same_hours_every_day_are_the_same_customers_as_one_day_s_profile() -> None:
    world = one_warehouse(online_per_day=50.0)
    weekly = replace(world, demand=replace(world.demand, online_hour=np.tile(world.demand.online_hour, (7, 1))))
    one, other = drawn(world), drawn(weekly)
    assert (one.t == other.t).mean() > 0.999  # but for the last bit of a uniform number
    assert one.sku.tolist() == other.sku.tolist()


def test_nobody_comes_while_the_store_is_closed() -> None:
    calendar = Calendar([d * DAY + 9 * HOUR + 600 for d in range(14)], [d * DAY + 11 * HOUR + 60 for d in range(14)])
    world = one_store_walk_in(
        walk_ins=500.0, days=14, nodes={"store_1": {"calendar": calendar}}, demand={"walk_in_hour": hour_profile(STORE)}
    )
    t = drawn(world).t
    assert all(calendar.is_open(moment) for moment in t.tolist())


def test_a_scenario_names_its_tables_and_a_weekday_that_does_not_sum_to_one_is_refused(tmp_path: Path) -> None:
    france = orc.load_scenario("france_unified").with_override("textbook")
    weekly = france.vary(
        "by the week", {"demand.online.hours_table": ONLINE, "demand.walk_in.hours_table": STORE}
    ).compile()
    assert weekly.demand.online_hour.shape == (7, 24)
    assert weekly.demand.walk_in_hour is not None
    assert weekly.demand.walk_in_hour.sum(axis=1) == pytest.approx(np.ones(7))
    assert france.compile().demand.walk_in_hour is None
    text = (data_folder() / ONLINE).read_text(encoding="utf-8").replace("3,Thursday,12,0.0620", "3,Thursday,12,0.5620")
    (tmp_path / "hours.csv").write_text(text)
    wrong = france.vary("wrong", {"demand.online.hours_table": str(tmp_path / "hours.csv")})
    with pytest.raises(orc.InputError, match=r"hours\.csv:\d+: share.*sum to 1\.5"):
        wrong.compile()


def test_the_measured_hours_peak_on_the_way_home_from_work() -> None:
    profile = hour_profile(STORE)
    assert (profile[:5].argmax(axis=1) == 17).all()
    assert profile.sum(axis=1) == pytest.approx(np.ones(7))
