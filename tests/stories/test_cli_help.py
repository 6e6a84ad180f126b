"""What the help says is what was written: nothing is taken for markup or for an emoji."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from orchestrion.apps.cli import app

COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_explained_in_full(name: str) -> None:
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "400", "TERM": "dumb", "NO_COLOR": "1"}).output
    assert all(ord(letter) < 0x1F000 for letter in shown)
    for parameter in command.params:
        told = getattr(parameter, "help", None)
        if told:
            assert told.replace("\\[", "[") in " ".join(shown.split()), parameter.name
