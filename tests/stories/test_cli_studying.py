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


@pytest.mark.slow
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
    assert "Hypervolume 0" in text  # nothing is better than the baseline in both
    points = ["--reference", "contribution=-1e6", "--reference", "cost_to_serve=1000"]
    told = json.loads(well("pareto", "study", "--kpi", "contribution", "--kpi", "cost_to_serve", *points, "--json"))
    assert told["reference"] == {"contribution": -1e6, "cost_to_serve": 1000}
    assert told["hypervolume"] > 0
    wrong = ["--reference", "contribution"]
    assert "write KPI=VALUE" in refused("pareto", "study", "--kpi", "contribution", "--kpi", "cost_to_serve", *wrong)
    pair = ["town · nearest", "town · nearest(within_km=30.0)"]
    rows = json.loads(well("moved", "study", *pair, "--json"))["rows"]
    assert rows[-1]["movement"] == "all"
    assert sum(row["difference"] for row in rows[:-1]) == pytest.approx(rows[-1]["difference"])
    assert "movement" in well("moved", "study", *pair)
    assert "no alternative of this study" in refused("moved", "study", "town · neerest", pair[1])


@pytest.mark.slow
def test_a_sweep_and_a_tornado_draw_charts_that_need_no_network() -> None:
    options = ["--replications", "2", "--workers", "1", "--chart", "chart.html"]
    text = well("sweep", "town.yaml", "--vary", "demand.online.orders_per_day=10:20:2", *options)
    assert "Chart: chart.html" in text
    assert Path("chart.html").stat().st_size > 3_000_000
    assert "cdn.plot.ly" not in Path("chart.html").read_text(encoding="utf-8").split("</script>")[-2]
    assert "Chart" in well("tornado", "town.yaml", "--vary", "demand.online.orders_per_day=20%", *options)


@pytest.mark.slow
def test_sensitivity_says_which_parameter_matters() -> None:
    ranges = ["--vary", "demand.online.orders_per_day=10:40", "--vary", "network.stores.protected_units=0:1"]
    options = ["--points", "2", "--replications", "2", "--workers", "1"]
    text = well("sensitivity", "town.yaml", *ranges, *options, "--chart", "s.html")
    assert "bootstrap intervals of the design" in text
    assert "% of the variance" in text
    told = json.loads(well("sensitivity", "town.yaml", *ranges, *options, "--method", "sobol", "--json"))
    assert {row["parameter"] for row in told["rows"]} == {one.partition("=")[0] for one in ranges[1::2]}
    assert "write morris or sobol" in refused("sensitivity", "town.yaml", *ranges, "--method", "fast")


@pytest.mark.slow
def test_tune_finds_the_best_and_says_on_whom_it_was_measured() -> None:
    over = ["--over", "demand.online.orders_per_day=[10, 20, 60]", "--over", "within_km=50:500"]
    options = ["--policy", "nearest", "--trials", "5", "--first", "2", "--replications", "2", "--finalists", "2"]
    options += ["--confirm", "2", "--workers", "1"]
    text = well("tune", "town.yaml", *over, *options, "--out", "t", "--csv", "t.csv")
    assert "customers on which nothing was chosen" in text
    assert len(pd.read_csv("t.csv")) <= 5
    again = json.loads(well("tune", "town.yaml", *over, *options, "--out", "t", "--json"))
    assert again["best"]["demand.online.orders_per_day"] in (20, 60)
    assert open_study("t/confirmed").labels[0] == "town"
    limited = ["--subject-to", "stockout_rate<=1", *options]
    assert "stockout_rate<=1: kept" in well("tune", "town.yaml", *over, *limited)
    traded = well("tune", "town.yaml", *over, "--pareto", "contribution,co2e_per_order", *options)
    assert "No winner among" in traded
    assert "write KPI<=value" in refused("tune", "town.yaml", *over, "--subject-to", "stockout_rate")


def test_flip_says_where_or_honestly_nowhere() -> None:
    policies = ["--policy", "nearest", "--policy", "nearest:within_km=10"]
    options = ["--first", "2", "--most", "2", "--workers", "1"]
    over = ["--over", "network.stores.wage_eur_per_hour=30%"]
    text = well("flip", "town.yaml", *over, *policies, *options, "--kpi", "revenue")
    assert "No flip within" in text or "takes over" in text or "nothing to flip" in text
    told = json.loads(well("flip", "town.yaml", *over, *policies, *options, "--json"))
    assert len(told["rows"]) == 2
    assert "two alternatives" in refused("flip", "town.yaml", *over, *options)
    listed = json.loads(well("flip", "town.yaml", "--assumed", "--json"))
    assert {"parameter": "demand.online.orders_per_day", "value": "20", "unit": "orders a day",
            "description": "Orders asked for on an average day"} in listed  # fmt: skip


@pytest.mark.slow
def test_precision_bridge_and_warm_up_judge_a_finished_study() -> None:
    changed = TOWN.replace("measured_weeks: 1", "measured_weeks: 8")
    Path("long.yaml").write_text(changed, encoding="utf-8")
    policies = ["--policy", "nearest", "--policy", "nearest:within_km=30"]
    kept = ["--workers", "1", "--out", "study", "--facts", "full"]
    well("compare", "long.yaml", *policies, "--replications", "2", *kept)
    rows = json.loads(well("precision", "study", "--json"))
    assert {row["kpi"] for row in rows} >= {"contribution", "cost_to_serve"}
    assert "would be as precise" in well("precision", "study")
    pair = ["long · nearest", "long · nearest(within_km=30.0)"]
    rows = json.loads(well("bridge", "study", *pair, "--json"))["rows"]
    assert sum(row["contribution"] for row in rows[:-1]) == pytest.approx(rows[-1]["contribution"], abs=1e-6)
    assert "The rows add up to the last one" in well("bridge", "study", *pair)
    told = json.loads(well("warm-up", "study", "--kpi", "revenue", "--days", "14", "--json"))
    assert (told["days"], len(told["series"])) == (14, 56)
    assert told["mean"] == pytest.approx(sum(told["series"][14:]) / 42)
    text = well("warm-up", "study", "--kpi", "revenue", "--chart", "w.html")
    assert "time.warm_up_weeks=" in text
    assert "leave more of them" in refused("warm-up", "study", "--kpi", "revenue", "--days", "56")


def test_perfect_says_what_knowing_everything_could_save_at_most() -> None:
    policies = ["--policy", "nearest", "--policy", "warehouse_first"]
    kept = ["--workers", "1", "--out", "study"]
    well("compare", "town.yaml", *policies, "--replications", "2", *kept)
    text = well("perfect", "study", "--csv", "p.csv")
    assert '"every unit everywhere"' in text
    assert "Table: p.csv" in text
    told = json.loads(well("perfect", "study", "--json"))["rows"]
    assert [row["alternative"] for row in told] == open_study("study").labels
    assert pd.read_csv("p.csv")["gap"].tolist() == pytest.approx([row["gap"] for row in told])
    assert all(0 < row["bound"] < row["booked"] for row in told)
    one = json.loads(well("perfect", "study", "--alternative", "town · nearest", "--json"))["rows"]
    assert one == told[:1]
    well("compare", "town.yaml", "--replications", "1", "--facts", "none", "--workers", "1", "--out", "thin")
    assert "no facts were kept" in refused("perfect", "thin")


def test_policies_are_compared_by_what_they_are_chosen_by() -> None:
    policies = ["--policy", "nearest", "--policy", "warehouse_first"]
    kept = ["--replications", "2", "--workers", "1", "--out", "study"]
    text = well("compare", "town.yaml", *policies, *kept)
    for column in ("Cost", "Delivery", "CO2e", "Split", "Stockout", "gap", "thinking"):
        assert column in text
    assert 'bound "every unit everywhere"' in text
    assert "Not hindsight: " in text
    told = json.loads(well("compare", "town.yaml", *policies, *kept, "--json"))
    frame = open_study("study").gap()
    assert [row["share"] for row in told["gap"]] == pytest.approx(frame["share"].tolist())
    assert all(row["seconds"] > 0 for row in told["gap"])
    assert "split_rate" in told["alternatives"][0]["kpis"]
    plain = well("compare", "town.yaml", *policies, *kept, "--no-gap", "--kpi", "promises_kept")
    assert "Promises" in plain
    assert "thinking" not in plain
    assert "Cost to" not in plain.partition("\n\n\n")[0]
    assert "did you mean 'promises_kept'" in refused("compare", "town.yaml", *policies, *kept, "--kpi", "promises_kep")


def test_help_lists_the_commands() -> None:
    text = orchestrion("--help").stdout
    asking = ("sweep", "tornado", "worth", "best", "pareto", "moved", "tune", "flip", "sensitivity")
    for command in (*asking, "bridge", "precision", "warm-up", "perfect"):
        assert command in text
