"""Commands that look after study folders: verify, repeat."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrion.apps import console
from orchestrion.apps.options import Json, Out, Workers


def verify(
    study: Annotated[Path, typer.Argument(help="Study folder, as written by compare, run or demo with --out.")],
    discard: Annotated[
        bool, typer.Option("--discard", help="Remove what is damaged; the same study run again makes it anew.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check every file of a study against the hashes noted when it was written."""
    from orchestrion.experiments import open_study

    opened = open_study(study)
    finished = sum(len(opened.cells(label)) for label in opened.labels)
    asked = opened.replications * len(opened.labels)
    wrong = opened.verify(discard=discard)
    if as_json:
        console.emit_json({"finished": finished, "asked": asked, "damaged": wrong, "discarded": discard})
    else:
        for line in wrong:
            console.say(line)
        console.say(f"{finished} of {asked} replications are finished; {len(wrong) or 'no'} damaged files.")
        if wrong and discard:
            console.say("What is damaged was removed: the same study run again in this folder makes it anew.")
    if wrong and not discard:
        raise typer.Exit(2)


def repeat(
    study: Annotated[Path, typer.Argument(help="Study folder, as written by compare, run or demo with --out.")],
    replications: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many of each alternative; all when left out.")
    ] = None,
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Run a study again from its folder and compare every fact: exit code 2 when anything differs."""
    from orchestrion import experiments

    opened = experiments.open_study(study)
    with console.progress("Repeating") as told:
        found = experiments.repeat(opened, replications=replications, workers=workers, out=out, progress=told)
    if as_json:
        console.emit_json(
            {
                "compared": found.compared,
                "differing": list(found.differing),
                "same_engine": found.same_engine,
                "made_by": str(opened.manifest.get("engine", "")),
            }
        )
    else:
        for line in found.differing:
            console.say(line)
        if not found.same_engine:
            console.say(f"This Orchestrion is not the one that made the study ({opened.manifest.get('engine')}).")
        console.say(f"{found.compared} replications compared; {len(found.differing) or 'none'} differ.")
    if found.differing:
        raise typer.Exit(2)
