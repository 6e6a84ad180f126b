"""A fit on customers of known laws finds these laws: its 95 % intervals hold the truth in 95 of 100 repetitions."""

from __future__ import annotations

import json
import math
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from orchestrion.apps.cli import app
from orchestrion.demand.generate import weeks
from orchestrion.domain.codes import Channel
from orchestrion.domain.world import World
from orchestrion.experiments.calibration import (
    Observed,
    check_history,
    fit_history,
    fit_orders,
    fit_shipments,
    write_fit,
)
from orchestrion.experiments.calibration.estimates import Fitted, shares, size_k, summing_to_one, work
from orchestrion.experiments.calibration.services import business_days_between
from orchestrion.scenarios import Scenario, load_scenario
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR

FACTORS = {"mon": 1.2, "tue": 1.0, "wed": 0.9, "thu": 0.9, "fri": 0.8, "sat": 1.1, "sun": 1.1}
LINES = [0.55, 0.3, 0.15]
TOWN = f"""\
title: A town
time: {{start: 2026-09-07, warm_up_weeks: 0, measured_weeks: 10, run_off_days: 5}}
network:
  warehouses_table: null
  stores_table: null
  nodes:
    lille: {{role: warehouse, lat: 50.6, lon: 3.1, size: S}}
assortment: {{skus: 60}}
demand:
  online: {{orders_per_day: 60, weekdays: {FACTORS}, lines: {LINES}, units: [0.8, 0.2],
           options: {{home_standard: 0.7, home_j1: 0.3}}}}
  walk_in: {{per_day: 0}}
  popularity_error: 0
  dispersion: {{on: true, online_k: 2.0, online_day_k: 20, store_k: 0}}
"""


@cache
def town() -> tuple[Scenario, World]:
    from orchestrion.scenarios.scenario import Scenario as Document

    scenario = Document.from_yaml(TOWN, name="town")
    return scenario, scenario.compile()


def asked(replication: int) -> Observed:
    """What the customers of one replication ask for, as a history tells it."""
    scenario, world = town()
    blocks = list(weeks(world, Streams(seed=11, replication=replication)))
    t = np.concatenate([b.t for b in blocks])
    lines = np.concatenate([b.lines for b in blocks])
    options = list(scenario.document.options)
    epoch = (scenario.document.time.start.toordinal() - 719163)
    assert set(np.concatenate([b.channel for b in blocks]).tolist()) <= {Channel.WEB, Channel.APP}
    return Observed(
        file="history.csv",
        day=t // DAY + epoch,
        hour=t % DAY // HOUR,
        place=np.concatenate([b.place for b in blocks]),
        option=tuple(options[o] for o in np.concatenate([b.option for b in blocks]).tolist()),
        order=np.repeat(np.arange(len(t)), lines),
        sku=np.concatenate([b.sku for b in blocks]),
        quantity=np.concatenate([b.qty for b in blocks]),
        price=np.full(int(lines.sum()), 10_000_000),
        skus=tuple(world.skus.key),
    )


REPETITIONS = 100
LEAST = 89  # of 100: 95 % intervals hold so seldom with a probability of 0.4 %


@cache
def held() -> dict[str, int]:
    """How often each interval holds the truth."""
    scenario, world = town()
    level = sum(FACTORS.values()) / 7
    truths = {
        "orders_per_day": 60 * level,
        **{f"weekday {day}": factor / level for day, factor in FACTORS.items()},
        **{f"lines {i + 1}": share for i, share in enumerate(LINES)},
        "two units": 0.2,
        "home_j1": 0.3,
        "hour 11": float(world.demand.online_hour[11] / world.demand.online_hour.sum()),
        "day k": 20.0,
        "sku k": 2.0,
    }
    counts = dict.fromkeys(truths, 0)
    for replication in range(REPETITIONS):
        fit = fit_orders(asked(replication), scenario)
        found: dict[str, Fitted | None] = {"orders_per_day": fit["demand.online.orders_per_day"].estimates[0]}
        days = fit["demand.online.weekdays"].estimates
        found |= {f"weekday {day}": one for day, one in zip(FACTORS, days, strict=True)}
        found |= {f"lines {i + 1}": one for i, one in enumerate(fit["demand.online.lines"].estimates)}
        found["two units"] = fit["demand.online.units"].estimates[1]
        option = fit["demand.online.options"]
        found["home_j1"] = option.estimates[list(option.value).index("home_j1")]
        rows = fit.tables["hours_online.csv"][1]
        found["hour 11"] = Fitted(float(rows[11][1]), float(rows[11][2]), float(rows[11][3]), 1)
        found["day k"] = fit["demand.dispersion.online_day_k"].estimates[0]
        found["sku k"] = fit["demand.dispersion.online_k"].estimates[0]
        for name, truth in truths.items():
            one = found[name]
            counts[name] += one is not None and one.covers(truth)
    return counts


@pytest.mark.slow
def test_intervals_hold_the_truth_in_ninety_five_of_a_hundred_repetitions() -> None:
    counts = held()
    assert {name: count for name, count in counts.items() if count < LEAST} == {}
    share = sum(counts.values()) / (REPETITIONS * len(counts))
    assert 0.93 < share < 0.98, f"{share:.3f} of all intervals"


def test_estimates_are_near_the_truth_in_one_repetition() -> None:
    fit = fit_orders(asked(0), town()[0])
    level = sum(FACTORS.values()) / 7
    assert fit["demand.online.orders_per_day"].value == pytest.approx(60 * level, rel=0.15)
    assert fit["demand.online.lines"].value == pytest.approx(LINES, abs=0.03)
    assert math.fsum(fit["demand.online.lines"].value) == pytest.approx(1, abs=1e-9)
    assert fit["demand.dispersion.online_k"].value == pytest.approx(2, rel=0.5)
    assert any("Lines of an order: the law of town fits too" in note for note in fit.notes)
    assert any("Orders by departement: the population's law fits too" in note for note in fit.notes)
    other = town()[0].vary("other", {"demand.online.lines": [0.9, 0.05, 0.05]})
    assert any("Lines of an order: the law of other is refused" in n for n in fit_orders(asked(0), other).notes)


# -- estimators against closed forms -------------------------------------------------------------------------------


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    published = ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718))
    for count, total, low, high in published:
        one = shares([count, total - count])[0]
        assert (one.low, one.high) == pytest.approx((low, high), abs=5e-5)


def test_chance_alone_shows_no_dispersion() -> None:
    rng = np.random.default_rng(5)
    refused = 0
    for _ in range(60):
        found = size_k(rng.poisson(6.0, (40, 12)).astype(float))
        refused += found is not None and math.isfinite(found.high)
    assert refused <= 6, "an upper limit of k refuses Poisson; one side of a 95 % interval"


def test_the_size_of_negative_binomial_counts_is_found() -> None:
    rng = np.random.default_rng(6)
    means = rng.lognormal(1.0, 1.0, 200)
    counts = rng.poisson(means[:, None] * rng.gamma(0.74, 1 / 0.74, (200, 20)))
    found = size_k(counts.astype(float))
    assert found is not None
    assert found.covers(0.74)
    assert found.value == pytest.approx(0.74, rel=0.12)


def test_few_weeks_do_not_bias_the_size() -> None:
    rng = np.random.default_rng(12)
    counts = rng.poisson(6.0 * rng.gamma(0.74, 1 / 0.74, (4000, 3))).astype(float)
    found = size_k(counts)
    assert found is not None
    # the squared mean of three weeks is half as large again as the mean squared
    assert found.value == pytest.approx(0.74, rel=0.08)


def test_fitted_shares_sum_to_one_however_many_there_are() -> None:
    for kinds in (3, 7, 60, 239):
        values = summing_to_one(shares([1] * kinds))
        assert math.fsum(values) == pytest.approx(1.0, abs=1e-12)
        assert max(values) - min(values) < 1e-4


def test_picking_work_is_parted_among_shipment_lines_and_units() -> None:
    rng = np.random.default_rng(7)
    held_by = np.zeros(3)
    for _ in range(100):
        lines = rng.integers(1, 5, 300).astype(float)
        units = lines + rng.integers(0, 4, 300)
        seconds = 180 + 120 * lines + 20 * units
        seconds = seconds * rng.gamma(25, 1 / 25, 300)  # the more there is to do the more it varies
        found = work(seconds, lines, units)
        assert found is not None
        held_by += [one.covers(truth) for one, truth in zip(found, (180, 120, 20), strict=True)]
    assert held_by.min() >= 89
    assert work(np.full(50, 60.0), np.ones(50), np.ones(50)) is None, "all alike: nothing can be told apart"


def test_business_days_leave_sundays_out() -> None:
    day = np.array([4, 4, 2, 3, 9], np.int64) * DAY  # Monday, Monday, Saturday, Sunday, Saturday
    later = np.array([4, 9, 4, 4, 18], np.int64) * DAY
    assert business_days_between(day, later).tolist() == [0, 5, 1, 1, 7]


# -- files ---------------------------------------------------------------------------------------------------------


@cache
def rows_of(replication: int) -> list[tuple[str, str, str, int, str]]:
    seen = asked(replication)
    found = []
    for order, sku, units in zip(seen.order.tolist(), seen.sku.tolist(), seen.quantity.tolist(), strict=True):
        moment = np.datetime64(int(seen.day[order]), "D") + np.timedelta64(int(seen.hour[order]) * 60 + 7, "m")
        found.append((str(order), str(moment).replace("T", " "), seen.skus[sku], units, seen.option[order]))
    return found


def history(folder: Path, replication: int = 0) -> Path:
    path = folder / "history.csv"
    lines = [f"{order},{t},{sku},{units},10.00,{option}" for order, t, sku, units, option in rows_of(replication)]
    path.write_text("\n".join(["order,t,sku,quantity,price,option", *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "town.yaml"
    path.write_text(TOWN, encoding="utf-8")
    return path


SHIPMENTS = 4000


def shipments(folder: Path) -> Path:
    """A file of shipments of known laws: work 180 + 120 + 20 s, 97 % found, transit 10/70/20 %, 15 % returned."""
    rng = np.random.default_rng(9)
    rows = ["order,node,service,ordered,started,picked,handed,received,lines,units,found,returned"]
    for i in range(SHIPMENTS):
        lines = int(rng.integers(1, 5))
        units = lines + int(rng.integers(0, 4))
        begun = np.datetime64("2026-09-07T09:00:00") + np.timedelta64(int(rng.integers(0, 60)) * 86_400, "s")
        ended = begun + np.timedelta64(round((180 + 120 * lines + 20 * units) * rng.gamma(25, 1 / 25)), "s")
        handed = begun.astype("datetime64[D]") + np.timedelta64(18 * 60, "m")
        left, received = int(rng.choice(4, p=[0.0, 0.1, 0.7, 0.2])), handed
        while left:
            received = received + np.timedelta64(1, "D")
            left -= (received.astype("datetime64[D]").astype(int) + 3) % 7 != 6  # not on Sundays
        had, back = int(rng.binomial(units, 0.97)), int(rng.binomial(units, 0.15))
        moments = ",".join(str(m.astype("datetime64[s]")) for m in (begun, begun, ended, handed, received))
        rows.append(f"{i},lille,parcel_standard,{moments},{lines},{units},{had},{back}")
    path = folder / "shipments.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_service_laws_of_a_file_of_shipments_are_found(tmp_path: Path, base: Path) -> None:
    scenario = load_scenario(base)
    fit = fit_orders(asked(0), scenario)
    fit_shipments(shipments(tmp_path), scenario, fit)
    for path, truth in (
        ("network.warehouses.pick_setup", 180), ("network.warehouses.pick_line", 120),
        ("network.warehouses.pick_unit", 20), ("network.warehouses.pick_success", 0.97),
        ("returns.categories.home.rate", 0.15),
    ):  # fmt: skip
        (one,) = fit[path].estimates
        assert one is not None
        assert one.covers(truth), (path, one)
    transit = fit["services.parcel_standard.transit"]
    for one, share in zip(transit.estimates, (0, 0.1, 0.7, 0.2), strict=True):
        assert one is not None
        assert one.covers(share)
    assert any("Transit of parcel_standard: the law of town is refused" in note for note in fit.notes)


def test_returns_are_fitted_by_category_and_by_day_where_the_file_tells(tmp_path: Path, base: Path) -> None:
    rng = np.random.default_rng(10)
    rows = ["service,category,units,returned,received,back"]
    late = rng.choice(4, p=[0.0, 0.5, 0.3, 0.2], size=3000)
    for i in range(3000):
        category, rate = (("fashion", 0.3), ("home", 0.05), ("toys", 0.5))[i % 3]
        units, came = 1 + i % 2, np.datetime64("2026-09-07") + np.timedelta64(i % 40, "D")
        back = int(rng.binomial(units, rate))
        rows.append(f"parcel_standard,{category},{units},{back},{came},{came + late[i] if back else ''}")
    path = tmp_path / "returns.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    scenario = load_scenario(base)
    fit = fit_orders(asked(0), scenario)
    fit_shipments(path, scenario, fit)
    for category, truth in (("fashion", 0.3), ("home", 0.05)):
        (one,) = fit[f"returns.categories.{category}.rate"].estimates
        assert one is not None
        assert one.covers(truth)
    (every,) = fit["returns.categories.other.rate"].estimates
    assert every is not None
    assert every.covers((0.3 + 0.05 + 0.5) / 3), "of all units, toys among them"
    for one, share in zip(fit["returns.days"].estimates, (0, 0.5, 0.3, 0.2), strict=True):
        assert one is not None
        assert one.covers(share)
    told = " ".join(fit.notes)
    assert "One return rate for all categories is refused" in told
    assert "Categories that town has not: 'toys'" in told
    for law in ("Picking work", "Short picks", "Transit"):
        assert f"{law}: not fitted" in told
    write_fit(fit, tmp_path / "fitted.yaml", "town.yaml")
    fitted = load_scenario(tmp_path / "fitted.yaml").document
    assert fitted.returns.categories["fashion"].rate == pytest.approx(0.3, 0.1)


def test_a_fit_is_written_with_source_and_interval_and_loads(tmp_path: Path, base: Path) -> None:
    path = history(tmp_path)
    done = CliRunner().invoke(
        app,
        ["fit", str(path), "--into", str(tmp_path / "fitted.yaml"), "--base", "town.yaml",
         "--shipments", str(shipments(tmp_path))],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    text = (tmp_path / "fitted.yaml").read_text(encoding="utf-8")
    lines = text.splitlines()
    for key in ("orders_per_day", "lines", "units", "online_k", "pick_success", "transit", "rate"):
        places = [i for i, line in enumerate(lines) if line.strip().startswith(f"{key}:")]
        assert places, key
        above = " ".join(lines[places[0] - 8 : places[0]])
        assert "fitted: " in above
        assert "history.csv, 2026-09-07 to 2026-11-15" in above
        assert "95 %" in above
    scenario = load_scenario(tmp_path / "fitted.yaml")
    assert scenario.document.network.warehouses.pick_success == pytest.approx(0.97, abs=0.01)
    assert scenario.document.returns.on
    world = scenario.compile()
    assert len(world.skus) == len({row[2] for row in rows_of(0)})
    counts: dict[str, int] = {}
    for _, _, sku, units, _ in rows_of(0):
        counts[sku] = counts.get(sku, 0) + units
    planned = world.demand.online_popularity
    top = max(counts, key=lambda sku: counts[sku])
    assert world.skus.key[int(np.argmax(planned))] == top


def test_a_scenario_fitted_on_the_first_weeks_fits_the_rest(tmp_path: Path, base: Path) -> None:
    path = history(tmp_path)
    fit = fit_history(path, load_scenario(base), last=date(2026, 10, 18))
    write_fit(fit, tmp_path / "fitted.yaml", "town.yaml")
    found = check_history(load_scenario(tmp_path / "fitted.yaml"), path, first=date(2026, 10, 19))
    assert (found.first.isoformat(), found.last.isoformat()) == ("2026-10-19", "2026-11-15")
    assert [one.name for one in found.figures if not one.fits] == []
    count = len(found.figures)
    assert found.sentences()[0] == f"{count} of {count} figures fit, 2026-10-19 to 2026-11-15."


def test_a_scenario_that_is_wrong_is_told_where_and_what_to_adjust(tmp_path: Path, base: Path) -> None:
    path = history(tmp_path)
    wrong = load_scenario(base).vary(
        "wrong",
        {
            "demand.online.orders_per_day": 150, "demand.online.lines": [0.05, 0.05, 0.9],
            "demand.online.weekdays": dict.fromkeys(FACTORS, 1.0) | {"sat": 8.0},
        },
    )  # fmt: skip
    found = check_history(wrong, path)
    told = {one.name: one for one in found.figures}
    assert told["Orders"].verdict.endswith("too high")
    assert told["Lines of an order"].off > 0.5
    assert not told["Orders at the weekend"].fits
    assert told["Units of a line"].fits
    sentences = " ".join(found.sentences())
    for path_of in ("demand.online.orders_per_day", "demand.online.lines", "demand.online.weekdays"):
        assert path_of in sentences


def test_real_orders_replayed_are_held_against_what_became_of_them(tmp_path: Path, base: Path) -> None:
    path = history(tmp_path)
    ordered: dict[str, str] = {}
    for order, t, *_ in rows_of(0):
        ordered.setdefault(order, t)
    rows = ["order,node,ordered,received"]
    for order, t in ordered.items():
        arrives = np.datetime64(t.replace(" ", "T")) + np.timedelta64(9, "D")
        rows.append(f"{order},lille,{t},{str(arrives).replace('T', ' ')}")
    (tmp_path / "became.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = CliRunner().invoke(
        app,
        ["check", str(base), "--against", str(path), "--from", "2026-11-02", "--replications", "2", "--workers", "1",
         "--shipments", str(tmp_path / "became.csv"), "--json"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = {one["name"]: one for one in json.loads(done.stdout)["figures"]}
    assert told["Delivery time to the home"]["happened"] == pytest.approx(9)
    assert told["Delivery time to the home"]["verdict"].endswith("too low")
    assert told["Delivery time to the home"]["model"] < 5
    assert told["Orders in several shipments"]["happened"] == 0
    assert told["Shipments from stores"]["verdict"] == "fits"
