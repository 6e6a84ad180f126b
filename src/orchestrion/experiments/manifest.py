"""The manifest: what a study says of itself; and the folder it stands in, which runs one study at a time."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from orchestrion import __version__
from orchestrion.errors import StudyError
from orchestrion.experiments import files
from orchestrion.experiments.alternatives import Runnable
from orchestrion.experiments.locks import CLAIMS, FolderLock, claimed
from orchestrion.experiments.store import StudyFolder

LOCK = ".lock"
_SET_UP_S = 60.0  # as long as another process may take to put its scenarios and its manifest there
_TOLD = (
    "numpy", "pandas", "scipy", "simpy", "pulp", "highspy", "duckdb", "pydantic", "holidays", "loky", "distributed",
)  # fmt: skip
# what two runs may differ in and still be of one study: how many replications, and where they happened
_CIRCUMSTANCES = ("format", "replications", "versions", "git", "platform")


def manifest_of(runnables: Sequence[Runnable], **said: Any) -> dict[str, Any]:
    """The study document: what was asked, each scenario in full, and what it ran on.

    Wall times and host names are not in it: they are in `volatile/`, a file for each run.
    """
    return {
        "orchestrion": __version__,
        **said,
        "alternatives": [
            {name: value for name, value in asdict(one.about).items() if name != "document"} for one in runnables
        ],
        "scenarios": {one.about.scenario_hash: _document(one) for one in runnables},
        "versions": _versions(),
        "git": _git_state(),
        "platform": _platform(),
    }


def _document(one: Runnable) -> Any:
    """The scenario as JSON writes it."""
    document: Any = one.scenario.document
    return document if isinstance(document, Mapping) else document.model_dump(mode="json")


@contextmanager
def standing(
    folder: StudyFolder, manifest: Mapping[str, Any], scenarios: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """The folder with the study's manifest and scenarios in it, kept from other studies until this one has run.

    Parameters
    ----------
    manifest
        What the study says of itself; a process that runs the same study joins, whatever replications it wants.
    scenarios
        Hash -> document in YAML.

    Returns
    -------
    The manifest that stands there.

    Raises
    ------
    StudyError
        If the folder cannot be used, holds a study with another seed, or another process runs another study in it.
    """
    _prepare(folder, manifest["seed"])
    lock = FolderLock(folder.path / LOCK)
    with files.told(folder.path, "lock the study folder"):
        _enter(lock, folder, manifest, scenarios)
    try:
        folder.remove_stale()
        yield grown(folder, manifest["replications"])
    finally:
        lock.release()


def _enter(lock: FolderLock, folder: StudyFolder, manifest: Mapping[str, Any], scenarios: Mapping[str, str]) -> None:
    patience = time.monotonic() + _SET_UP_S
    while time.monotonic() < patience:
        if lock.alone():
            _same_seed(folder, manifest["seed"])
            for hash_, text in scenarios.items():
                folder.write_scenario(hash_, text)
            folder.write_manifest(manifest)
        if lock.together():
            if _same(folder, manifest):
                return
            # either another study runs here, or one came and went between our two steps
            if not lock.alone():
                lock.release()
                raise StudyError(
                    f"{folder.path}: another process is running another study in this folder; wait until it is done, "
                    "or choose another folder"
                )
            continue
        time.sleep(0.05)
    lock.release()
    raise StudyError(f"{folder.path}: another process holds {LOCK} and does not let go; choose another folder")


def _same(folder: StudyFolder, manifest: Mapping[str, Any]) -> bool:
    there = folder.manifest()
    ours = json.loads(json.dumps(manifest))  # as it would come back from the file
    keys = (set(there) | set(ours)) - set(_CIRCUMSTANCES)
    return all(there.get(key) == ours.get(key) for key in keys)


def grown(folder: StudyFolder, replications: int) -> dict[str, Any]:
    """The manifest, once it asks for at least so many replications; it never asks for fewer."""
    with claimed(folder.path / CLAIMS, "0", until=lambda: False):
        told = folder.manifest()
        if told.get("replications", 0) < replications:
            told["replications"] = replications
            folder.write_manifest(told)
    return told


def _prepare(folder: StudyFolder, seed: int) -> None:
    """Make sure that the folder is ours to write in."""
    with files.told(folder.path, "make the study folder"):
        folder.path.mkdir(parents=True, exist_ok=True)
        strangers = not folder.manifest_path.exists() and any(not _left(path) for path in folder.path.iterdir())
    if strangers:
        raise StudyError(f"{folder.path}: not empty and not a study folder; choose another folder")
    _same_seed(folder, seed)


def _left(path: Path) -> bool:
    """Whether a run that was killed before its manifest stood there may have left this."""
    return files.is_temporary(path) or path.name == LOCK or (path.name == "scenarios" and path.with_name(LOCK).exists())


def _same_seed(folder: StudyFolder, seed: int) -> None:
    if folder.manifest_path.exists():
        known = folder.manifest().get("seed")
        if known != seed:
            raise StudyError(
                f"{folder.path}: holds a study with seed {known}, this one has seed {seed}; "
                "choose another folder or that seed"
            )


@lru_cache(maxsize=1)
def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in _TOLD:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _platform() -> dict[str, str]:
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "implementation": sys.implementation.name,
        "byte_order": sys.byteorder,
    }


@lru_cache(maxsize=1)
def _git_state() -> str | None:
    """Commit of the working copy that the package runs from, "-dirty" when changed since; None when installed."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            capture_output=True, text=True, timeout=10, check=False, env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
