"""The command line: `orchestrion demo`, `run`, `compare`, `report`, and what explains them.

Results go to standard output, progress and complaints to standard error. Exit codes: 0 well, 2 wrong input (a message,
no traceback), 130 interrupted. Heavy libraries are imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from orchestrion import __version__
from orchestrion.apps import (
    benchmarks,
    calibrating,
    enrolling,
    handing_over,
    importing,
    judging,
    keeping,
    looking_up,
    moving,
    perfecting,
    running,
    searching,
    tracing,
    varying,
    why,
    working,
)
from orchestrion.apps.workshop import command as workshop
from orchestrion.errors import OrchestrionError


class _Doors(TyperGroup):
    """Turns what went wrong into a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except OrchestrionError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt as stop:
            typer.echo(" ".join(["Interrupted.", *getattr(stop, "__notes__", [])]), err=True)
            raise typer.Exit(130) from None


app = typer.Typer(
    name="orchestrion",
    cls=_Doors,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Rehearse omnichannel order orchestration before rolling it out: which node ships what, what it costs, "
    "how long it takes, what it emits, and whose customers find the shelf empty.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"orchestrion {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Options of every command."""


_PANELS: dict[str, list[Callable[..., None]]] = {
    "Rehearse": [
        running.demo, running.run, running.compare, running.report, keeping.verify, keeping.repeat, working.lab,
        workshop.workshop,
    ],
    "Your own data": [importing.import_, calibrating.fit, calibrating.check, handing_over.export_rules],
    "Ask more": [
        varying.sweep, varying.tornado, varying.worth, judging.best, judging.pareto, moving.moved, moving.bridge,
        judging.precision, judging.warm_up, searching.tune, searching.flip, searching.sensitivity,
        enrolling.enrol, why.explain,
        tracing.trace, perfecting.perfect,
    ],
    "Look things up": [
        looking_up.validate,
        looking_up.scenarios,
        looking_up.policies,
        looking_up.kpis,
        looking_up.schema,
    ],
}
for _panel, _commands in _PANELS.items():
    for _command in _commands:
        app.command(_command.__name__.strip("_").replace("_", "-"), rich_help_panel=_panel)(_command)
app.add_typer(benchmarks.app, name="benchmark", rich_help_panel="Look things up")


def main() -> None:
    """Entry point of the `orchestrion` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console without a euro sign still gets its table
    app()
