"""A study repeated from its folder is the same study; when it is not, that is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from small_studies import TOWN
from typer.testing import CliRunner

import orchestrion as orc
from orchestrion.apps.cli import app
from orchestrion.errors import StudyError
from orchestrion.experiments import Study, open_study, repeat
from orchestrion.experiments.findings import keep_flips, kept_flips
from orchestrion.experiments.repeating import _unequal


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    town = orc.Scenario.from_yaml(TOWN, name="town")
    out = tmp_path_factory.mktemp("study") / "out"
    return orc.compare([town], ["nearest", "cheapest"], replications=2, seed=5, workers=1, out=out)


@pytest.mark.slow
def test_a_study_repeated_from_its_folder_has_the_same_facts(study: Study, tmp_path: Path) -> None:
    found = repeat(study, workers=1, out=tmp_path / "again")
    assert found.compared == 4
    assert found.differing == ()
    assert found.same_engine
    assert found.study.kpis().shape == study.kpis().shape
    told = CliRunner().invoke(app, ["repeat", str(study.path), "--replications", "1", "--workers", "1"])
    assert told.exit_code == 0, told.output
    assert "2 replications compared; none differ." in told.stdout


def test_facts_that_differ_are_named(study: Study) -> None:
    done = study.folder.done(study.cells(study.labels[0])[0])
    assert done is not None
    other = replace(done, hashes=done.hashes | {"orders": "another"})
    assert _unequal(done, other) == ["orders"]
    assert _unequal(done, None) == ["unfinished"]
    assert _unequal(done, done) == []


def test_another_seed_is_another_study(study: Study, tmp_path: Path) -> None:
    town = orc.Scenario.from_yaml(TOWN, name="town")
    other = orc.compare([town], ["nearest"], replications=1, seed=6, workers=1, out=tmp_path / "other")
    here, there = (one.folder.done(one.cells(one.labels[0])[0]) for one in (study, other))
    assert "orders" in _unequal(here, there)


def test_nothing_finished_cannot_be_repeated(study: Study, tmp_path: Path) -> None:
    copy = study.save(tmp_path / "copy")
    for done in copy.path.rglob("DONE.json"):
        done.unlink()
    with pytest.raises(StudyError, match="nothing to repeat"):
        repeat(open_study(copy.path))


def test_flip_points_are_kept_with_the_study_and_read_again(study: Study, tmp_path: Path) -> None:
    import pandas as pd

    copy = study.save(tmp_path / "copy")
    assert kept_flips(copy) is None
    table = pd.DataFrame(
        [{"parameter": "a.b", "now": 1.0, "towards": 2, "recommended": "x", "flips_to": "", "value": float("nan")}]
    )
    table.attrs["kpi"] = "contribution"
    keep_flips(copy, table)
    again = kept_flips(open_study(copy.path))
    assert again is not None
    assert again["parameter"].tolist() == ["a.b"]
    assert again["value"].isna().all()
    assert again.attrs["kpi"] == "contribution"
    (copy.path / "findings" / "flip_points.json").write_text("{", encoding="utf-8")
    assert kept_flips(copy) is None
