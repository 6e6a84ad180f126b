"""Study files: what they ask for is what runs; what is wrong in them is told by line, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_sweeps import TOWN

from orchestrion import bundled
from orchestrion.errors import InputError, UnknownName
from orchestrion.experiments import compare, is_study_file, load_study_plan
from orchestrion.scenarios import load_scenario

STUDY = """\
# Two towns, two rules.
title: Towns
scenarios:
  - town
  - {name: busy, from: town.yaml, set: {demand.online.orders_per_day: 30}}
policies: [nearest, {name: nearest, within_km: 5}]
baseline: town · nearest
replications: 2
seed: 7
facts: none
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "town.yaml").write_text(TOWN, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_a_study_file_runs_as_the_same_call_of_compare(folder):
    plan = load_study_plan(folder / "study.yaml")
    assert (plan.title, plan.description) == ("Towns", "Two towns, two rules.")
    study = plan.run(workers=1)
    town = load_scenario(folder / "town.yaml")
    busy = town.vary("busy", {"demand.online.orders_per_day": 30})
    policies = ["nearest", {"name": "nearest", "within_km": 5}]
    same = compare([town, busy], policies, replications=2, seed=7, facts="none", workers=1)
    assert study.labels == same.labels == [
        "town · nearest", "town · nearest(within_km=5.0)", "busy · nearest", "busy · nearest(within_km=5.0)",
    ]  # fmt: skip
    assert study.kpis().equals(same.kpis())
    assert study.manifest["notes"]["study"]["title"] == "Towns"
    assert study.baseline == "town · nearest"


def test_options_given_come_before_those_of_the_file(folder):
    study = load_study_plan(folder / "study.yaml").run(workers=1, replications=1, seed=None, baseline="nearest")
    assert (study.replications, study.seed, study.baseline) == (1, 7, "nearest")


def test_other_policies_than_those_of_the_file_may_be_asked_for(folder):
    plan = load_study_plan(folder / "study.yaml")
    study = plan.run(["cheapest"], workers=1, replications=1, baseline="busy")
    assert study.labels == ["town · cheapest", "busy · cheapest"]
    assert set(study.against()["baseline"]) == {"busy · cheapest"}


def test_all_that_is_wrong_is_told_at_once_by_line(folder):
    (folder / "wrong.yaml").write_text(
        "scenarios:\n"
        "  - twon\n"
        "  - {name: busy, from: town, set: {demand.online.order_per_day: 30}}\n"
        "polices: [nearest]\n"
        "policies: [neerest, 3, {name: nearest, within: 5}]\n"
        "replications: 0\n"
        "until: {contribution: often, contributio: 1%}\n"
        "facts: some\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        load_study_plan(folder / "wrong.yaml")
    told = [(problem.line, problem.where) for problem in caught.value.problems]
    assert told == [
        (2, "scenarios.0"),
        (3, "demand.online.order_per_day"),
        (4, "polices"),
        (5, "policies.0"),
        (5, "policies.1"),
        (5, "policies.2"),
        (6, "replications"),
        (7, "until.contribution"),
        (7, "until.contributio"),
        (8, "facts"),
    ]
    text = str(caught.value)
    assert "did you mean policies?" in text
    assert "did you mean 'nearest'" in text
    assert "order_per_day" in text
    assert "write a part of the mean" in text


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (("baseline: town · nearest", "baseline: twon"), 7, "no alternative of this study is called 'twon'"),
        (("{name: busy, from", "{name: town, from"), 3, "two alternatives are called"),
        (("policies: [nearest, {name: nearest, within_km: 5}]", "policies: nearest"), 6, "a list is expected"),
    ],
)
def test_names_that_do_not_fit_together_are_told_by_line(folder, change, line, words):
    (folder / "study.yaml").write_text(STUDY.replace(*change), encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        load_study_plan(folder / "study.yaml")
    assert caught.value.problems[0].line in (line, line + 1)


def test_a_scenario_is_no_study_file_and_a_missing_one_is_told(folder):
    assert is_study_file(folder / "study.yaml")
    assert is_study_file(folder / "study")
    assert not is_study_file(folder / "town.yaml")
    assert not is_study_file("france_unified")
    with pytest.raises(UnknownName, match="no study file"):
        load_study_plan(folder / "town.yaml")


def test_every_bundled_study_is_sound():
    names = sorted(path.stem for path in (bundled.scenarios_folder() / "studies").glob("*.yaml"))
    assert names
    for name in names:
        assert name not in bundled.scenario_names()
        assert is_study_file(name)
        plan = load_study_plan(name)
        assert plan.description
        assert plan.options.get("replications", 10) >= 10
