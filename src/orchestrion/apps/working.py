"""The command that opens JupyterLab on the notebooks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from orchestrion.apps import console
from orchestrion.bundled import notebooks
from orchestrion.errors import OrchestrionError

# the extension manager, the news and the look for updates ask the network; none of them is needed
_OFFLINE = (
    "--LabApp.extension_manager=readonly",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
)


def lab(
    into: Annotated[
        Path, typer.Option("--into", metavar="DIR", file_okay=False, help="Folder of the notebooks, yours to change.")
    ] = Path("notebooks"),
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
) -> None:
    """Open JupyterLab, offline, on the notebooks: a copy of each where the folder has none of that name yet."""
    if find_spec("jupyterlab") is None:
        raise OrchestrionError("JupyterLab is not installed: pip install 'orchestrion[notebook]' brings it.")
    into.mkdir(parents=True, exist_ok=True)
    for notebook in notebooks():
        if not (into / notebook.name).exists():
            shutil.copyfile(notebook, into / notebook.name)
    console.say(f"Notebooks in {into}; stop with Ctrl-C.")
    command = [sys.executable, "-m", "jupyterlab", str(into), *_OFFLINE, *([] if browser else ["--no-browser"])]
    raise typer.Exit(subprocess.run(command, check=False).returncode)
