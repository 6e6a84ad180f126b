"""Run scenarios under policies, replication by replication, into a study folder; finished work is never done twice."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import cloudpickle

from orchestrion import __version__
from orchestrion.errors import StudyError
from orchestrion.experiments import files
from orchestrion.experiments.alternatives import (
    PolicyLike,
    Runnable,
    ScenarioLike,
    matched,
    pairs,
    policies_of,
    scenarios_of,
)
from orchestrion.experiments.cell import WORLDS_KEPT, Ran, Task, run_cell
from orchestrion.experiments.identity import engine_version
from orchestrion.experiments.parallel import run_tasks, worker_count
from orchestrion.experiments.store import LEVELS, StudyFolder
from orchestrion.experiments.study import Study


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """One more replication is there.

    Attributes
    ----------
    done, total
        Replications finished, out of all asked for.
    seconds
        Wall time of this one; 0 when it was found finished.
    """

    done: int
    total: int
    label: str
    replication: int
    seconds: float


Progress = Callable[[ProgressEvent], object]
_TOLD = ("numpy", "pandas", "scipy", "simpy", "pulp", "highspy", "duckdb", "pydantic", "holidays")


def compare(
    scenarios: ScenarioLike | Iterable[ScenarioLike],
    policies: PolicyLike | Sequence[PolicyLike] | None = None,
    *,
    replications: int = 10,
    seed: int = 1,
    workers: int | None = None,
    out: str | os.PathLike[str] | None = None,
    facts: str = "orders",
    baseline: str | None = None,
    second_baseline: str | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Study:
    """Compare alternatives on the same customers.

    Every scenario runs under every policy, `replications` times. The same replication of two alternatives draws the
    same wishes and the same mishaps. Replications that the folder already holds are kept, so an interrupted study goes
    on where it stopped and a larger one adds to a smaller.

    Parameters
    ----------
    scenarios
        Scenarios, files or names of bundled ones.
    policies
        Names, mappings of name and parameters, or policy values; each scenario's own when left out.
    workers
        Processes; as many as there are CPUs when left out, 1 to stay in this one. Results do not depend on it.
    out
        Study folder. Left out: a temporary one that is deleted with the Study object.
    facts
        How much is kept beside the KPIs: "full"; "orders", without stock changes, candidates and walk-in wishes;
        "none".
    baseline
        What others are compared with unless told otherwise: a label, a policy (compared within each scenario) or a
        scenario (within each policy); the first alternative when left out.
    second_baseline
        A label that the remaining alternatives are compared with in the sentences and the report.
    progress
        Called here with a `ProgressEvent` after each replication.
    executor
        Any executor of `concurrent.futures` in place of processes on this machine.

    Raises
    ------
    StudyError
        If the folder cannot be used, or holds a study with another seed.
    InputError, UnknownName
        For scenarios and policies that do not exist or break a rule.
    """
    _check(replications, seed, facts)
    worker_count(workers if workers is not None else 1)
    runnables = pairs(scenarios_of(scenarios), policies_of(policies))
    about = [one.about for one in runnables]
    asked = baseline if baseline is not None else about[0].label
    named = next(iter(matched(asked, about).values()))
    if second_baseline is not None and second_baseline not in [one.label for one in about]:
        matched(second_baseline, about)
    vanishes = out is None
    path = Path(tempfile.mkdtemp(prefix="orchestrion-")) if out is None else Path(out)
    folder = StudyFolder(path, durable=not vanishes)
    _prepare(folder, seed)
    for one in runnables:
        folder.write_scenario(one.about.scenario_hash, one.scenario.to_yaml())
    folder.write_manifest(
        {
            "orchestrion": __version__,
            "engine": engine_version(),
            "seed": seed,
            "replications": replications,
            "facts": facts,
            "baseline": named,
            "baseline_asked": asked,
            "second_baseline": second_baseline,
            "alternatives": [
                {name: value for name, value in asdict(one).items() if name != "document"} for one in about
            ],
            "versions": _versions(),
            "git": _git_state(),
        }
    )
    study = Study(folder, vanishes=vanishes)
    _run(folder, runnables, seed, replications, facts, workers, executor, progress)
    return study.refresh()


def run(
    scenario: ScenarioLike,
    policy: PolicyLike | None = None,
    *,
    replications: int = 1,
    seed: int = 1,
    workers: int | None = 1,
    out: str | os.PathLike[str] | None = None,
    facts: str = "full",
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Study:
    """Run one scenario under one policy (its own when left out); a study with a single alternative."""
    return compare(
        [scenario],
        None if policy is None else [policy],
        replications=replications,
        seed=seed,
        workers=workers,
        out=out,
        facts=facts,
        progress=progress,
        executor=executor,
    )


def _check(replications: int, seed: int, facts: str) -> None:
    if isinstance(replications, bool) or not isinstance(replications, int) or replications < 1:
        raise StudyError(f"replications = {replications!r}: a whole number, 1 or more")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise StudyError(f"seed = {seed!r}: a whole number, 0 or more")
    if facts not in LEVELS:
        raise StudyError(f"facts = {facts!r}: write one of {', '.join(LEVELS)}")


def _prepare(folder: StudyFolder, seed: int) -> None:
    """Make sure that the folder is ours to write in, and clear away what dead processes left."""
    with files.told(folder.path, "make the study folder"):
        folder.path.mkdir(parents=True, exist_ok=True)
        strangers = not folder.manifest_path.exists() and any(
            not files.is_temporary(path) for path in folder.path.iterdir()
        )
    if strangers:
        raise StudyError(f"{folder.path}: not empty and not a study folder; choose another folder")
    if folder.manifest_path.exists():
        known = folder.manifest().get("seed")
        if known != seed:
            raise StudyError(
                f"{folder.path}: holds a study with seed {known}, this one has seed {seed}; "
                "choose another folder or that seed"
            )
    folder.remove_stale()


def _run(
    folder: StudyFolder,
    runnables: Sequence[Runnable],
    seed: int,
    replications: int,
    level: str,
    workers: int | None,
    executor: Executor | None,
    progress: Progress | None,
) -> None:
    tasks = _tasks(folder, runnables, seed, replications, level)
    total = len(tasks)
    waiting = [task for task in tasks if not folder.finished(task.cell, level)]
    count = total - len(waiting)
    walls: list[dict[str, Any]] = []
    if progress is not None:
        found = [task for task in tasks if folder.finished(task.cell, level)] if count else []
        for number, task in enumerate(found[:count], 1):
            progress(ProgressEvent(number, total, task.label, task.cell.replication, 0.0))

    def done(task: Task, ran: Ran) -> None:
        nonlocal count
        count += 1
        walls.append({"label": task.label, "replication": task.cell.replication, "seconds": round(ran.seconds, 4)})
        if progress is not None:
            progress(ProgressEvent(count, total, task.label, task.cell.replication, 0.0 if ran.found else ran.seconds))

    try:
        run_tasks(run_cell, waiting, done, workers=workers, executor=executor)
    finally:
        folder.remove_stale()  # of workers that died or were stopped
        if walls:
            _write_walls(folder, walls, workers)


def _tasks(
    folder: StudyFolder, runnables: Sequence[Runnable], seed: int, replications: int, level: str
) -> list[Task]:
    version = engine_version()
    packed = {
        one.about.label: (cloudpickle.dumps(one.scenario), cloudpickle.dumps(one.policy)) for one in runnables
    }

    def task(one: Runnable, replication: int) -> Task:
        scenario, policy = packed[one.about.label]
        cell = one.about.cell(seed, replication, version)
        return Task(cell, one.about.label, scenario, policy, level, str(folder.path.absolute()), folder.durable)

    # replication by replication, so that an interrupted study compares all alternatives on the customers it has seen;
    # but world by world where a process could not remember them all and would compile each again and again
    if len({one.about.scenario_hash for one in runnables}) <= WORLDS_KEPT:
        return [task(one, replication) for replication in range(replications) for one in runnables]
    return [task(one, replication) for one in runnables for replication in range(replications)]


def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {"python": platform.python_version()}
    for name in _TOLD:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def _git_state() -> str | None:
    """Commit of the working copy that the package runs from, "-dirty" when changed since; None when installed."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None


def _write_walls(folder: StudyFolder, walls: list[dict[str, Any]], workers: int | None) -> None:
    """Wall times, which are never compared: a file of their own for each run."""
    told: Mapping[str, Any] = {
        "host": platform.node(),
        "machine": platform.machine(),
        "workers": workers,
        "replications": walls,
    }
    path = folder.path / "volatile" / f"{uuid.uuid4().hex}.json"
    with files.told(path, "write the wall times"):
        files.write_json(path, told, durable=False)
