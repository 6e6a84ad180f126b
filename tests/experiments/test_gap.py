"""The gap of each policy to perfect information, as a study tells it, and how long policies think."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl
import pytest

import orchestrion.reports  # noqa: F401  (hangs the report on studies)
from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.errors import PlanError
from orchestrion.experiments import Study, compare, open_study
from orchestrion.experiments import gap as gaps
from orchestrion.experiments.alternatives import every_policy
from orchestrion.experiments.hindsight import Customers, spent
from orchestrion.experiments.stopwatch import Stopwatch
from orchestrion.policies.bounds import clairvoyant
from orchestrion.policies.sourcing import make_policy, sourcing_policies
from orchestrion.scenarios import Scenario
from orchestrion.simulation import simulate
from orchestrion.units import MICRO

# nobody asks twice, nothing is ordered again: stock and demand do not depend on what a policy does
CLOSED = """\
title: A town that sells what it has
time: {warm_up_weeks: 0, measured_weeks: 1, run_off_days: 5}
network:
  warehouses_table: null
  stores_table: null
  nodes:
    lille: {role: warehouse, lat: 50.6, lon: 3.1, size: S}
    lyon: {role: warehouse, lat: 45.75, lon: 4.85, size: S}
    lens: {role: store, lat: 50.43, lon: 2.83, size: S}
assortment: {skus: 20, reorderable: 0}
visibility: {web_sees: [warehouses, stores]}
stock: {separate_pools: false}
replenishment: {store_delivery: {S: [], M: [], L: []}}
demand:
  online: {orders_per_day: 10}
  walk_in: {per_day: 0}
reactions:
  online: {leave: 1, own_store: 0, wait: 0, substitute: 0}
  store: {leave: 1, other_store: 0, own_web: 0, wait: 0, substitute: 0, ask_seller: 0}
policy: {name: nearest}
"""
SCENARIO = Scenario.from_yaml(CLOSED, name="closed")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    path = tmp_path_factory.mktemp("gap") / "study"
    policies = ["nearest", "cheapest", {"name": "milp", "review": "2 h"}]
    return compare([SCENARIO], policies=policies, replications=3, seed=5, out=path, workers=1)


def test_where_nothing_answers_the_gap_is_to_hindsight(study: Study) -> None:
    frame = study.gap()
    assert set(frame["basis"]) == {gaps.HINDSIGHT}
    assert set(frame["why"]) == {""}
    world = SCENARIO.compile()
    customers = Customers(world)
    for row, label in zip(frame.to_dict("records"), study.labels, strict=True):
        booked, bound = [], []
        for cell in study.cells(label):
            facts = study.folder.facts(cell)
            wishes = customers.wishes(facts["requests"])
            assert wishes.orders > 40
            booked.append(spent(facts, wishes) / wishes.orders / MICRO)
            bound.append(customers.least(wishes).value / wishes.orders / MICRO)
        assert row["booked"] == pytest.approx(np.mean(booked))
        assert row["bound"] == pytest.approx(np.mean(bound))
        assert row["share"] == pytest.approx(1 - np.mean(bound) / np.mean(booked))
        assert 0 < row["share"] < 1
        # the delta method on three pairs, written out
        residual = np.array(bound) - np.mean(bound) / np.mean(booked) * np.array(booked)
        half = 4.302652729911275 * residual.std(ddof=1) / math.sqrt(3) / np.mean(booked)
        assert row["share_high"] - row["share"] == pytest.approx(half)
    assert frame["bound"].nunique() == 1  # one bound for all who met the same customers


def test_bounds_are_kept_in_the_folder_and_asked_for_once(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    first = study.gap()
    monkeypatch.setattr(gaps.Bounds, "_judge", None)
    assert open_study(study.path).gap()["gap"].tolist() == first["gap"].tolist()
    assert len(list((study.path / "bounds").glob("*.json"))) == 9
    assert not study.verify()


def test_bounds_in_shares_of_orders_say_so(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = study.gap()
    for path in (study.path / "bounds").glob("*.json"):
        path.unlink()
    monkeypatch.setattr(clairvoyant, "MOST_WHOLE", 0)
    loose = study.gap()
    assert set(loose["basis"]) == {gaps.SHARED}
    assert (loose["bound"] <= exact["bound"] + 1e-9).all()
    for path in (study.path / "bounds").glob("*.json"):
        path.unlink()


def test_orders_with_too_many_ways_fall_back_to_the_relaxation(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrion.experiments.hindsight.MOST_PARTS", 0)
    frame = study.gap(study.labels[0])
    assert frame["basis"][0] == gaps.EVERYWHERE
    assert "too many ways to be parted" in frame["why"][0]
    for path in (study.path / "bounds").glob("*.json"):
        path.unlink()


def test_walk_ins_whose_fate_was_not_kept_need_full_facts() -> None:
    busy = SCENARIO.vary("busy", {"demand.walk_in.per_day": 20})
    thin = compare([busy], replications=1, seed=5, workers=1)
    frame = thin.gap()
    assert frame["basis"][0] == gaps.EVERYWHERE
    assert 'facts="full"' in frame["why"][0]
    whole = compare([busy], replications=1, seed=5, workers=1, facts="full").gap()
    assert whole["basis"][0] == gaps.HINDSIGHT
    assert "walk-ins who carry off" in whole["left_aside"][0]
    assert math.isnan(whole["share_low"][0])  # one replication tells nothing of the spread


@pytest.mark.slow
def test_report_and_workbook_tell_the_gap_once_it_is_known(study: Study, tmp_path: Path) -> None:
    assert study.known_gap() is None
    study.to_html(tmp_path / "without.html")
    frame = study.gap()
    assert study.known_gap() is not None
    study.to_html(tmp_path / "with.html")
    study.to_html(tmp_path / "fr.html", lang="fr")
    study.to_excel(tmp_path / "study.xlsx")
    told = (tmp_path / "with.html").read_text(encoding="utf-8")
    assert "Gap to perfect information" in told
    assert "Gap to perfect information" not in (tmp_path / "without.html").read_text(encoding="utf-8")
    assert f"{frame['share'][0] * 100:.1f}" in told.partition("Gap to perfect information")[2][:400]
    assert "Écart à l’information parfaite" in (tmp_path / "fr.html").read_text(encoding="utf-8")
    sheet = openpyxl.load_workbook(tmp_path / "study.xlsx")["Gap to perfect information"]
    header, *rows = sheet.iter_rows(values_only=True)
    assert [row[header.index("Gap [%]")] for row in rows] == pytest.approx((frame["share"] * 100).tolist())
    assert [row[header.index("Alternative")] for row in rows] == study.labels


# -- how long it thinks ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slow:
    """Ten milliseconds of work for each order, and whatever nearest says."""

    review: str | None = None

    def start(self, view: NetworkView, streams: object) -> Slow:
        return self

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        until = time.thread_time() + 0.01 * len(orders)
        while time.thread_time() < until:
            pass
        return make_policy("nearest").decide(orders, view)  # type: ignore[attr-defined, no-any-return]


@pytest.mark.slow
def test_the_time_a_policy_takes_is_told_per_order() -> None:
    for review in (None, "6 h"):
        frame = compare([SCENARIO], policies=["nearest", Slow(review)], replications=1, seed=5, workers=1).gap()
        quick, slow = frame["seconds"]
        assert 0 < quick < 0.005
        assert 0.01 <= slow < 0.015


def test_time_is_taken_beside_the_facts() -> None:
    world = SCENARIO.compile()
    for name in ("nearest", "milp", "re_evaluate"):
        watch = Stopwatch(make_policy(name))
        timed = simulate(world, watch, seed=3, replication=0)
        plain = simulate(world, make_policy(name), seed=3, replication=0)
        assert watch.seconds > 0
        assert watch.orders == plain["reviews"]["orders"].sum()
        for table, columns in plain.tables.items():
            for column, values in columns.items():
                np.testing.assert_array_equal(values, timed[table][column])


def test_an_error_names_the_policy_not_its_watch() -> None:
    class Babbler(Slow):
        def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
            return "all from Lille"  # type: ignore[return-value]

    with pytest.raises(PlanError, match=r"^policy Babbler: decide answered 'all from Lille'"):
        simulate(SCENARIO.compile(), Stopwatch(Babbler()), seed=3, replication=0)


def test_what_was_not_run_here_has_no_time(tmp_path: Path) -> None:
    one = compare([SCENARIO], replications=2, seed=5, workers=1, out=tmp_path / "one", cache=tmp_path / "cache")
    other = compare([SCENARIO], replications=2, seed=5, workers=1, out=tmp_path / "other", cache=tmp_path / "cache")
    assert one.gap()["seconds"][0] > 0
    assert math.isnan(other.gap()["seconds"][0])
    (wall,) = (tmp_path / "one" / "volatile").glob("*.json")
    assert all(run["orders"] > 0 for run in json.loads(wall.read_text())["replications"])
    wall.write_text("{")
    assert math.isnan(one.gap()["seconds"][0])


# -- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_all_stands_for_every_policy_that_needs_no_more() -> None:
    names = [getattr(policy, "policy_name", "") for policy in every_policy()]
    assert names == sourcing_policies.names()
    frame = compare([SCENARIO], policies="all", replications=1, seed=5, workers=1).gap()
    assert len(frame) == len(names)
    assert (frame["share"] >= 0).all()
