"""Things show themselves in a notebook as pages that run nothing, and `orchestrion lab` opens where they are."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import orchestrion as orc
from orchestrion.apps import working
from orchestrion.apps.cli import app
from orchestrion.display import Grid
from orchestrion.policies.sourcing import make_policy

NASTY = "<script>alert(1)</script>"


def page(thing: Any) -> str:
    shown = thing._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html"}
    return str(shown["text/html"])


def test_a_scenario_says_what_is_on_and_off() -> None:
    unified = orc.load_scenario("france_unified")
    quiet = unified.vary("quiet", {"records.on": False, "returns.on": False})
    rows = {
        name: re.findall(r"<td[^>]*>([^<]*)</td>", row)[1].split(", ")
        for row in re.findall(r"<tr>(.*?)</tr>", page(quiet))
        for name in re.findall(r"<td[^>]*>([^<]*)</td>", row)[:1]
    }
    assert "records" in rows["off"]
    assert "returns" in rows["off"]
    assert "collecting" in rows["on"]
    assert rows["policy"] == ["warehouse_first"]
    assert rows["hash"] == [quiet.hash[:12]]


def test_a_diff_is_a_table_in_a_notebook_and_text_in_a_terminal() -> None:
    unified = orc.load_scenario("france_unified")
    diff = unified.vary("two weeks", {"time.measured_weeks": 2}).diff(unified)
    assert "<td" in page(diff)
    assert "time.measured_weeks" in page(diff)
    assert str(diff).splitlines()[2].split() == ["time.measured_weeks", "2", "8", "weeks"]
    assert "same world" in page(unified.diff(unified))


def test_a_policy_says_what_it_does_and_its_parameters() -> None:
    shown = page(make_policy({"name": "nearest", "within_km": 50}))
    assert "nearest: Source each order from the nearest node" in shown
    assert re.search(r"within_km</td><td[^>]*>50\.0<", shown)


def test_what_people_wrote_is_shown_and_never_run() -> None:
    scenario = orc.load_scenario("france_unified").vary(NASTY, {"title": NASTY})
    for thing in (scenario, scenario.diff(orc.load_scenario("france_unified"))):
        assert "<script" not in page(thing)
        assert "&lt;script&gt;" in page(thing)
    assert "<script" not in Grid(NASTY, (NASTY,), ((NASTY,),)).html()


def test_the_lab_opens_on_a_copy_of_the_notebooks_and_keeps_what_is_mine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def opened(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", opened)
    monkeypatch.setattr(working, "find_spec", lambda name: name)
    mine = tmp_path / "01_what_is_unifying_stock_worth.ipynb"
    mine.write_text("mine", encoding="utf-8")
    assert CliRunner().invoke(app, ["lab", "--into", str(tmp_path), "--no-browser"]).exit_code == 0
    assert mine.read_text(encoding="utf-8") == "mine"
    others = [path for path in tmp_path.glob("*.ipynb") if path != mine]
    assert all(json.loads(path.read_text(encoding="utf-8"))["cells"] for path in others)
    ((python, *rest),) = commands
    assert python == sys.executable
    assert rest[:3] == ["-m", "jupyterlab", str(tmp_path)]
    assert "--no-browser" in rest
    assert any("NeverCheckForUpdate" in option for option in rest)


def test_without_jupyterlab_the_lab_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "find_spec", lambda name: None)
    told = CliRunner().invoke(app, ["lab", "--into", str(tmp_path / "notebooks")])
    assert told.exit_code == 2
    assert "orchestrion[notebook]" in told.stderr
    assert not (tmp_path / "notebooks").exists()
