"""`orchestrion run SCENARIO --orders FILE`: real orders from the command line, and what became of each row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from orchestrion.apps.cli import app

TOWN = """\
time: {warm_up_weeks: 0, measured_weeks: 1, run_off_days: 5}
network:
  warehouses_table: null
  stores_table: null
  nodes:
    lille: {role: warehouse, lat: 50.6, lon: 3.1, size: S}
    lens: {role: store, lat: 50.43, lon: 2.83, size: S}
demand: {walk_in: {per_day: 5}}
policy: {name: nearest}
"""

ORDERS = """\
invoice;day;code;units;price
1;05/01/2026 09:30;A;2;19,90
2;06/01/2026 10:00;A;1;19,90
2;06/01/2026 10:00;B;3;5,00
3;07/01/2026 10:00;A;-1;19,90
"""

MAPPING = """\
columns: {order: invoice, t: day, sku: code, quantity: units}
reading: {date_format: dd/mm/yyyy HH:MM}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("town.yaml", TOWN), ("orders.csv", ORDERS), ("map.yaml", MAPPING)):
        (tmp_path / name).write_text(text, encoding="utf-8")


def orchestrion(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def test_run_replays_an_order_file_and_tells_what_became_of_its_rows() -> None:
    result = orchestrion("run", "town.yaml", "--orders", "orders.csv", "--mapping", "map.yaml")
    assert result.exit_code == 0, result.output
    assert "Replayed from orders.csv: 2 orders, 3 lines, 2 SKUs, 6 units" in result.stdout
    assert "Dropped 1 of 4 rows" in result.stdout
    assert "line 5: quantity = '-1'" in result.stdout


def test_the_history_is_part_of_the_json() -> None:
    result = orchestrion("run", "town.yaml", "--orders", "orders.csv", "--mapping", "map.yaml", "--json")
    told = json.loads(result.stdout)["history"]["town"]
    assert (told["rows"], told["lines"], told["orders"], told["first_day"]) == (4, 3, 2, "2026-01-05")
    assert [(drop["rows"], drop["examples"]) for drop in told["dropped"]] == [(1, ["line 5: quantity = '-1'"])]
    plain = orchestrion("run", "town.yaml", "--json")
    assert "history" not in json.loads(plain.stdout), "generated orders have no file"


def test_compare_gives_every_scenario_the_same_real_orders() -> None:
    Path("near.yaml").write_text("extends: town.yaml\npolicy: {name: cheapest}\n", encoding="utf-8")
    arguments = ("town.yaml", "near.yaml", "--orders", "orders.csv", "--mapping", "map.yaml", "--replications", "2")
    result = orchestrion("compare", *arguments, "--workers", "1", "--out", "study")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("Replayed from orders.csv: 2 orders") == 1, "the same replay is told once"
    from orchestrion.experiments import open_study

    study = open_study("study")
    met = {
        (label, replication): study.facts("requests", label=label, replication=replication)
        .query("channel < 2")[["t", "place", "option", "sku", "qty"]]
        .to_numpy()
        .tolist()
        for label in study.labels
        for replication in (0, 1)
    }
    rows = list(met.values())
    assert len(rows) == 4
    assert len(rows[0]) == 3
    assert all(other == rows[0] for other in rows)


def test_real_orders_are_replayed_with_and_without_people_in_the_stores() -> None:
    files = ("--orders", "orders.csv", "--mapping", "map.yaml")
    policies = ("--policy", "nearest", "--policy", "cheapest")
    how = ("--replications", "1", "--workers", "1", "--facts", "full")
    for out, people in (("with", 300), ("without", 0)):
        walk_ins = ("--set", f"demand.walk_in.per_day={people}", "--out", out)
        result = orchestrion("compare", "town.yaml", *files, *policies, *how, *walk_ins)
        assert result.exit_code == 0, result.output
    from orchestrion.experiments import open_study

    for label in open_study("with").labels:
        asked = {out: open_study(out).facts("requests", label=label) for out in ("with", "without")}
        web = {
            out: table[table["channel"] < 2][["t", "place", "option", "sku", "qty"]].to_numpy().tolist()
            for out, table in asked.items()
        }
        assert web["with"] == web["without"], "the same orders at the same addresses"
        assert len(web["with"]) == 3
        assert len(asked["without"]) == 3
        assert len(asked["with"]) > 1000


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--mapping", "map.yaml"], "give that, too"),
        (["--orders", "missing.csv"], "no such file in this folder"),
        (["--orders", "orders.csv"], "Say in a mapping what the columns are called"),
        (["--orders", "orders.csv", "--mapping", "town.yaml"], "town.yaml:1: time"),
    ],
)
def test_wrong_files_are_refused_before_anything_runs(arguments: list[str], told: str) -> None:
    result = orchestrion("run", "town.yaml", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
