"""The README says nothing that does not run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import orchestrion as orc
from orchestrion.kpis import kpis

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


@pytest.fixture
def forget() -> Iterator[None]:
    """What the examples enlist is taken off the lists again."""
    families = (orc.sourcing_policies, kpis)
    before = [dict(family.items()) for family in families]
    yield
    for family, members in zip(families, before, strict=True):
        family._members = dict(members)


@pytest.mark.slow
@pytest.mark.usefixtures("forget")
def test_every_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks("python")
    assert len(found) == 3
    for code in found:
        exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert (tmp_path / "black_friday.html").stat().st_size > 1_000_000
    assert "evening_orders" in kpis
    assert "fullest" in orc.sourcing_policies


def test_the_scenario_example_is_a_valid_document_that_extends_a_bundled_one(tmp_path: Path) -> None:
    text, mapping = blocks("yaml")
    assert "columns:" in mapping
    file = tmp_path / "lyon.yaml"
    file.write_text(text, encoding="utf-8")
    scenario = orc.load_scenario(file)
    changed = {change.path for change in scenario.diff(orc.load_scenario("france_siloed")).changes}
    assert "network.nodes.lyon.pickers" in " ".join(changed)
    assert scenario.description == "Two more pickers in Lyon, and the web sees the stores."


def test_every_command_shown_exists_with_the_options_shown() -> None:
    from orchestrion.apps.cli import app

    lines = [line.split("#")[0] for block in blocks("sh") for line in block.splitlines()]
    commands = [shlex.split(line) for line in lines if line.startswith("orchestrion ")]
    assert len(commands) >= 8
    for _, command, *arguments in commands:
        shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200", "TERM": "dumb", "NO_COLOR": "1"})
        assert shown.exit_code == 0, command
        for option in (a for a in arguments if a.startswith("--")):
            assert option in shown.output, f"{command} {option}"


def test_a_newcomer_with_two_files_gets_to_a_report_in_the_four_commands_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestrion.apps.cli import app

    monkeypatch.chdir(tmp_path)
    days = [f"2026-09-{day:02d} {10 + day % 9}:15" for day in range(7, 21)]
    sold = ["CHEMISE-M;1;39,90;75011", "BONNET;2;14,50;1400", "TASSE;4;9,90;69003"] * 14
    rows = [f"{1000 + i};{days[i % 14]};{line}" for i, line in enumerate(sold)]
    (tmp_path / "orders.csv").write_text("Commande;Date;Réf;Qté;Prix;CP\n" + "\n".join(rows) + "\n", encoding="cp1252")
    stores = "Nom;Code postal;Ville\nParis Bastille;75011;Paris\nLyon Part-Dieu;69003;Lyon\nLille Centre;59800;Lille\n"
    (tmp_path / "stores.csv").write_text(stores, encoding="utf-8")
    (block,) = [block for block in blocks("sh") if "orchestrion import orders" in block]
    commands = [shlex.split(line.split("#")[0]) for line in block.splitlines()]
    assert len(commands) == 4
    for name, *arguments in commands:
        done = CliRunner().invoke(app, arguments)
        assert (name, done.exit_code) == ("orchestrion", 0), f"{arguments}: {done.output}"
    assert (tmp_path / "report.html").stat().st_size > 1_000_000
    assert orc.load_scenario("shop/scenario.yaml").compile().demand.replay is not None


def test_the_names_of_the_front_door_are_all_there() -> None:
    for name in orc.__all__:
        assert getattr(orc, name) is not None
    with pytest.raises(AttributeError, match="it offers"):
        _ = orc.no_such_thing


def test_every_policy_that_comes_along_is_named() -> None:
    section = README.partition("## Policies that come along")[2].partition("\n## ")[0]
    missing = [name for name in orc.sourcing_policies.names() if f"`{name}`" not in section]
    assert not missing
