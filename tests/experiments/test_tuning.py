"""Tuning: functions whose optimum is known, searches that claim nothing they should not, towns found again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_studies import TOWN

from orchestrion.errors import InputError, StudyError, UnknownName
from orchestrion.experiments import open_study, tune
from orchestrion.experiments.parameters import Varied
from orchestrion.experiments.racing import Limit, Race, race, stages_of
from orchestrion.experiments.tuning import _finalists, confirmed, limit_of
from orchestrion.scenarios import Scenario

RATE = "demand.online.orders_per_day"


class Shop:
    """Contribution with a top at x = 3, y = 7, under customers in common and luck of its own; counts what it runs."""

    def __init__(self, seed: int, own: float = 0.5, height: float = 1.0) -> None:
        self.seed, self.own, self.height = seed, own, height
        self.runs: dict[tuple[Any, ...], int] = {}

    def __call__(self, points: Sequence[Any], replications: int) -> np.ndarray:
        shared = np.random.default_rng(self.seed).normal(0, 5, replications)
        rows = []
        for point in points:
            x, y = (5.0, 5) if point is None else (point["x"], point["y"])
            luck = np.random.default_rng([self.seed, round(x * 1e6), y]).normal(0, self.own, 1000)[:replications]
            rows.append(100 - self.height * ((x - 3) ** 2 + (y - 7) ** 2) + shared + luck)
            self.runs[x, y] = max(self.runs.get((x, y), 0), replications)
        values = np.array(rows)
        return np.array([values, np.array([[(p or {"x": 5.0})["x"]] * replications for p in points])])


def search(objectives: dict[str, float] | None = None, **changes: Any) -> Race:
    asked = [Varied("x", (), 0.0, 10.0), Varied("y", (), 0, 10, whole=True)]
    told = {"limits": [Limit("cost_to_serve", True, 1e9)], "trials": 40, "stages": [3, 6, 10], "seed": 1} | changes
    return Race(asked=asked, objectives=objectives or {"contribution": -1.0}, **told)


def test_the_search_comes_near_the_top_and_drops_the_hopeless_early() -> None:
    shop = Shop(1)
    found = race(search(), shop, {"x": 5.0, "y": 5})
    best = max((one for one in found if one.fate == "whole"), key=lambda one: one.estimates["contribution"])
    assert abs(best.values["x"] - 3) < 1
    assert best.values["y"] in (6, 7, 8)
    assert found[0].values == {"x": 5.0, "y": 5}
    dropped = [one for one in found if one.fate == "dropped"]
    assert len(dropped) > len(found) / 2
    assert sum(shop.runs.values()) < 0.6 * 10 * len(found)
    for one in dropped:  # what was dropped is worse in truth
        truth = -((one.values["x"] - 3) ** 2) - (one.values["y"] - 7) ** 2
        assert truth < -((best.values["x"] - 3) ** 2) - (best.values["y"] - 7) ** 2


def test_the_same_seed_searches_the_same_and_another_does_not() -> None:
    first, again, other = (race(search(trials=16, seed=seed), Shop(1), None) for seed in (4, 4, 5))
    assert [one.values for one in first] == [one.values for one in again]
    assert [one.values for one in first] != [one.values for one in other]


def test_a_limit_keeps_the_search_within_bounds() -> None:
    what = search(limits=[Limit("cost_to_serve", False, 6.0)])  # the second figure is x itself: x >= 6
    found = race(what, Shop(2), None)
    chosen = _finalists(what, found, 3)
    assert chosen
    assert all(one.values["x"] >= 6 for one in chosen)
    assert any(one.fate == "out of bounds" for one in found) or all(one.values["x"] >= 6 for one in found)
    assert min(one.values["x"] for one in chosen) < 7.5
    end = confirmed(what, chosen, Shop(99), 10)
    assert end.best is not None
    assert end.verdicts["cost_to_serve>=6"] == "kept"


def test_a_trade_off_spreads_over_the_front() -> None:
    """More contribution (x near 3) against a smaller second figure (x itself): the front is x from 0 to 3."""
    what = search({"contribution": -1.0, "cost_to_serve": 1.0}, limits=[], trials=60)
    chosen = _finalists(what, race(what, Shop(3), None), 3)
    assert 3 <= len(chosen) <= 6
    places = [one.values["x"] for one in chosen]
    assert max(places) < 4.5
    assert max(places) - min(places) > 1


def honest(searches: int) -> tuple[float, float, float]:
    """All candidates are equally good: how far the search's figure and the confirmed one are from the truth."""
    flattered, told, covered = [], [], 0
    for seed in range(searches):
        shop, fresh = (Shop(seed + part, own=3.0, height=0.0) for part in (0, 10_000))
        what = search(trials=12, stages=[4, 8], seed=seed)
        chosen = _finalists(what, race(what, shop, None), 3)
        end = confirmed(what, chosen, fresh, 8)
        assert end.best is not None
        gain = end.gains["contribution"]
        reference = shop([None], 8)[0, 0].mean()
        flattered.append(chosen[0].estimates["contribution"] - reference)
        told.append(gain.mean)
        covered += gain.low <= 0.0 <= gain.high
    return float(np.mean(flattered)), float(np.mean(told)), covered / searches


def test_the_winners_figure_is_not_optimistic_although_the_searchs_is() -> None:
    searches = 40
    flattered, told, covered = honest(searches)
    error = 3.0 * math.sqrt(2 / 8) / math.sqrt(searches)  # of a mean of paired differences
    assert flattered > 4 * error
    assert abs(told) < 3 * error
    assert covered > 0.95 - 3.3 * math.sqrt(0.95 * 0.05 / searches)


@pytest.mark.slow
def test_the_winners_interval_covers_the_truth_in_many_searches() -> None:
    searches = 600
    flattered, told, covered = honest(searches)
    assert flattered > 1.0
    assert abs(told) < 3.3 * 3.0 * math.sqrt(2 / 8) / math.sqrt(searches)
    assert abs(covered - 0.95) < 3.3 * math.sqrt(0.95 * 0.05 / searches)


def test_looks_double_until_the_run_is_whole() -> None:
    assert [stages_of(3, 3), stages_of(2, 20), stages_of(3, 12)] == [[3], [2, 4, 8, 16, 20], [3, 6, 12]]


def test_limits_are_read_and_others_refused() -> None:
    assert limit_of("stockout_rate<=0.2") == Limit("stockout_rate", True, 0.2)
    assert limit_of("contribution >= -1e3").excess(-2000.0) == 1000.0
    for text in ("stockout_rate<0.2", "stockout_rate<=", "<=3", "stockout_rate<=nan"):
        with pytest.raises(StudyError, match="write KPI<=value"):
            limit_of(text)
    with pytest.raises(UnknownName, match="did you mean 'stockout_rate'"):
        limit_of("stockout_rat<=0.2")


# -- towns --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def town() -> Scenario:
    return Scenario.from_yaml(TOWN, name="town")


OPTIONS = {"trials": 6, "first": 2, "replications": 3, "finalists": 2, "confirm": 3}


@pytest.mark.slow
def test_a_town_is_tuned_the_same_on_one_and_two_workers_and_goes_on_where_it_stopped(town, tmp_path) -> None:
    over = {"within_km": "5:500", "network.stores.protected_units": "0:4"}
    events = []

    def stop(event: Any) -> None:
        events.append(event)
        if len(events) == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(town, over, policy="nearest", workers=1, out=tmp_path, progress=stop, **OPTIONS)
    again: list[Any] = []
    found = tune(town, over, policy="nearest", workers=1, out=tmp_path, progress=again.append, **OPTIONS)
    assert sum(event.seconds == 0 for event in again) >= 8  # found finished
    assert [event.done for event in again] == list(range(1, len(again) + 1))
    assert again[-1].total == again[-1].done
    other = tune(town, over, policy="nearest", workers=2, **OPTIONS)
    pd.testing.assert_frame_equal(found.trials, other.trials)
    pd.testing.assert_frame_equal(found.finalists, other.finalists)
    assert (found.best, found.gains) == (other.best, other.gains)
    assert set(found.trials.columns[:2]) == {"within_km", "protected_units"}
    assert open_study(tmp_path / "search").seed + 1_000_003 == open_study(tmp_path / "confirmed").seed
    assert "customers on which nothing was chosen" in str(found)


@pytest.mark.slow
def test_the_winners_figure_is_that_of_the_last_replications_of_its_study(town) -> None:
    found = tune(town, {RATE: [10.0, 20.0, 60.0]}, workers=1, **OPTIONS)
    assert found.best == {RATE: 60.0}
    values = found.study.replicated("contribution", "town[orders_per_day=60]")
    last = [values[r] for r in (3, 4, 5)]
    assert found.figures["contribution"].mean == pytest.approx(np.mean(last))
    assert found.verdicts["contribution"] == "better"
    assert found.study.against("town")["alternative"].tolist()[0].startswith("town[")


@pytest.mark.slow
def test_a_trade_off_of_a_town_has_finalists_and_no_winner(town) -> None:
    found = tune(town, {RATE: "10:60"}, pareto=["contribution", "co2e_per_order"], workers=1, **OPTIONS)
    assert found.best is None
    assert len(found.finalists) >= 2
    assert "No winner" in str(found)
    assert set(found.study.pareto(["contribution", "co2e_per_order"])["status"]) <= {
        "front", "dominated", "perhaps dominated"
    }  # fmt: skip


@pytest.mark.slow
def test_limits_nobody_keeps_leave_no_winner(town) -> None:
    found = tune(town, {RATE: "10:60"}, subject_to=["contribution<=-1e9"], workers=1, **OPTIONS)
    assert found.best is None
    assert not found.trials["within_limits"].any()


def test_questions_without_sense_are_refused(town) -> None:
    with pytest.raises(StudyError, match="between two or three KPIs"):
        tune(town, {RATE: "10:60"}, pareto=["contribution"])
    with pytest.raises(StudyError, match="name a parameter to search over"):
        tune(town, {})
    with pytest.raises(StudyError, match="neither less nor more"):
        tune(town, {RATE: "10:60"}, "moved_to_store_share")
    with pytest.raises(InputError, match="within_kms"):
        tune(town, {"within_kms": "5:50"}, policy="nearest", workers=1, **OPTIONS)
    with pytest.raises(InputError, match="write a:b:n"):
        tune(town, {RATE: "much"})


def test_without_optuna_it_says_what_to_install(town, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(StudyError, match=r"pip install 'orchestrion\[tune\]'"):
        tune(town, {RATE: "10:60"}, workers=1, **OPTIONS)
