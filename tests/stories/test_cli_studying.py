"""The commands that ask more, as a stranger meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from test_cli import TOWN, orchestrion, refused, well

from orchestrion.experiments import open_study

STUDY = """\
scenarios: [town, town#rush]
replications: 2
seed: 3
"""


@pytest.fixture(autouse=True)
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("town.yaml").write_text(TOWN, encoding="utf-8")
    Path("study.yaml").write_text(STUDY, encoding="utf-8")


def test_compare_runs_a_study_file_and_options_come_before_it() -> None:
    told = json.loads(well("compare", "study.yaml", "--workers", "1", "--json"))
    assert (told["seed"], told["replications"]) == (3, 2)
    assert [one["label"] for one in told["alternatives"]] == ["town", "town#rush"]
    told = json.loads(well("compare", "study.yaml", "--workers", "1", "--json", "--replications", "3", "--seed", "5"))
    assert (told["seed"], told["replications"]) == (5, 3)
    assert "a study file says all about its scenarios" in refused("compare", "study.yaml", "--set", "title=x")


def test_compare_until_precise_enough_says_so_or_what_is_missing() -> None:
    arguments = ["compare", "town.yaml", "--workers", "1", "--facts", "none"]
    text = well(*arguments, "--until", "contribution=50%")
    assert "Precise enough after 10 replications (contribution to 50%)." in text
    text = well(*arguments, "--until", "contribution=0.1%", "--replications", "3")
    assert "Not as precise as asked for (contribution to 0.1%) after 3 replications." in text
    assert "did you mean 'contribution'" in refused(*arguments, "--until", "contributio=1%")
    assert "write KPI=PRECISION" in refused(*arguments, "--until", "contribution")


def test_sweep_prints_and_saves_a_tidy_table() -> None:
    arguments = ["--vary", "demand.online.orders_per_day=10:20:2", "--vary", "network.stores.protected_units=[0, 3]"]
    text = well(
        "sweep", "town.yaml", *arguments, "--replications", "2", "--workers", "1", "--csv", "t/s.csv", "--out", "study"
    )
    assert "orders_per_day" in text
    table = pd.read_csv("t/s.csv")
    assert len(table) == 4 * 6
    assert table["mean"].tolist() == pytest.approx(open_study("study").swept()["mean"].tolist())
    one = ["--kpi", "contribution", "--replications", "1", "--workers", "1", "--json"]
    told = json.loads(well("sweep", "town.yaml", *arguments[:2], *one))
    assert [row["orders_per_day"] for row in told["rows"]] == [10, 20]
    assert "write a:b:n" in refused("sweep", "town.yaml", "--vary", "demand.online.orders_per_day=10")


def test_tornado_ranks_and_worth_tells_the_price_of_a_step() -> None:
    options = ["--replications", "2", "--workers", "1"]
    text = well("tornado", "town.yaml", "--vary", "demand.online.orders_per_day=20%", *options)
    assert "16 to 24" in text
    told = json.loads(well("worth", "town.yaml", "--change", "demand.online.orders_per_day=+5", *options, "--json"))
    (row,) = told["rows"]
    assert row["worth"] == pytest.approx(row["difference"] / 5)
    assert "What a change itself costs is not in them" in well("worth", "town.yaml", *options)
    assert "did you mean" in refused("worth", "town.yaml", "--kpi", "contributio")


def test_best_pareto_and_moved_read_a_finished_study() -> None:
    policies = ["--policy", "nearest", "--policy", "nearest:within_km=30"]
    kept = ["--workers", "1", "--out", "study", "--facts", "full"]
    well("compare", "town.yaml", *policies, "--replications", "3", *kept)
    told = json.loads(well("best", "study", "--json"))
    assert sum(row["probability_best"] for row in told) == pytest.approx(1)
    assert "best with" in well("best", "study")
    text = well("pareto", "study", "--kpi", "contribution", "--kpi", "cost_to_serve")
    assert "front" in text
    pair = ["town · nearest", "town · nearest(within_km=30.0)"]
    rows = json.loads(well("moved", "study", *pair, "--json"))["rows"]
    assert rows[-1]["movement"] == "all"
    assert sum(row["difference"] for row in rows[:-1]) == pytest.approx(rows[-1]["difference"])
    assert "movement" in well("moved", "study", *pair)
    assert "no alternative of this study" in refused("moved", "study", "town · neerest", pair[1])


def test_help_lists_the_commands() -> None:
    text = orchestrion("--help").stdout
    for command in ("sweep", "tornado", "worth", "best", "pareto", "moved"):
        assert command in text
