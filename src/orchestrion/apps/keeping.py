"""Commands that look after study folders: verify."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrion.apps import console
from orchestrion.apps.options import Json


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
