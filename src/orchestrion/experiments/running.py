"""Run scenarios under policies, replication by replication, into a study folder; finished work is never done twice."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
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
from orchestrion.experiments.comparing import family_of
from orchestrion.experiments.identity import engine_version
from orchestrion.experiments.parallel import run_tasks, worker_count
from orchestrion.experiments.precision import Reached, Until, enough, goals, next_look, projected
from orchestrion.experiments.store import LEVELS, StudyFolder
from orchestrion.experiments.study import Study


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """One more replication is there.

    Attributes
    ----------
    done, total
        Replications finished, out of all asked for.
        With `until`, the total is the one expected now: it changes as the study learns how much replications differ.
    seconds
        Wall time of this one; 0 when it was found finished.
    precision
        With `until`: how far each KPI asked for was from its half-width at the last look. When all is done, the last
        replication is told once more, with what was reached in the end.
    """

    done: int
    total: int
    label: str
    replication: int
    seconds: float
    precision: tuple[Reached, ...] = ()


Progress = Callable[[ProgressEvent], object]
CAP = 200  # replications of a study that runs until it is precise enough, unless told
_TOLD = ("numpy", "pandas", "scipy", "simpy", "pulp", "highspy", "duckdb", "pydantic", "holidays")


def compare(
    scenarios: ScenarioLike | Iterable[ScenarioLike],
    policies: PolicyLike | Sequence[PolicyLike] | None = None,
    *,
    replications: int | None = None,
    until: Until | None = None,
    seed: int = 1,
    workers: int | None = None,
    out: str | os.PathLike[str] | None = None,
    facts: str = "orders",
    baseline: str | None = None,
    second_baseline: str | None = None,
    family: Sequence[str] | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    notes: Mapping[str, Any] | None = None,
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
    replications
        How many of each alternative, 10 when left out; with `until` the most there may be, 200 when left out.
    until
        Half-widths of the 95 % intervals to be reached for every alternative, such as `{"contribution": "1%",
        "stockout_rate": 0.005}`: a text with a percent sign is a part of the mean, a number is in the KPI's unit.
        Ten replications are run first, then as many as it takes; `study.precision()` says what was reached.
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
    family
        The KPIs that the comparison is about, six at most: their tests are adjusted for one another (Holm). The
        headline KPIs when left out.
    progress
        Called here with a `ProgressEvent` after each replication.
    executor
        Any executor of `concurrent.futures` in place of processes on this machine.
    notes
        Anything JSON can write, kept in the manifest as it is: the design of a sweep, for example.

    Raises
    ------
    StudyError
        If the folder cannot be used, or holds a study with another seed.
    InputError, UnknownName
        For scenarios and policies that do not exist or break a rule.
    """
    wanted = goals(until)
    most = replications if replications is not None else CAP if wanted else 10
    _check(most, seed, facts)
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
    count = next_look(0, (), most) if wanted else most
    manifest = {
        "orchestrion": __version__,
        "engine": engine_version(),
        "seed": seed,
        "replications": count,
        "facts": facts,
        "baseline": named,
        "baseline_asked": asked,
        "second_baseline": second_baseline,
        "alternatives": [{name: value for name, value in asdict(one).items() if name != "document"} for one in about],
        "versions": _versions(),
        "git": _git_state(),
    }
    if wanted:
        manifest |= {"until": {one.kpi: str(one) for one in wanted}, "most": most}
    if family is not None:
        manifest["family"] = family_of(family)
    if notes is not None:
        manifest["notes"] = dict(notes)
    folder.write_manifest(manifest)
    study = Study(folder, vanishes=vanishes)
    teller = Teller(progress, len(runnables))
    first = 0
    while True:
        teller.replications = projected(first, teller.precision, most) if first else count
        tasks = tasks_of(folder, runnables, seed, range(first, count), facts)
        run_cells(folder, tasks, facts, workers, executor, teller)
        study.refresh()
        teller.precision = tuple(study.standings(wanted))
        if enough(teller.precision) or count >= most:
            teller.conclude()
            return study
        first, count = count, next_look(count, teller.precision, most)
        folder.write_manifest(manifest | {"replications": count})
        study.refresh()


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


class Teller:
    """Counts replications as they finish, over all rounds of a study, and tells whoever asked."""

    def __init__(self, progress: Progress | None, alternatives: int) -> None:
        self._progress = progress
        self._alternatives = alternatives
        self._done = 0
        self._last: ProgressEvent | None = None
        self.replications = 0  # of each alternative, as far as one can tell
        self.precision: tuple[Reached, ...] = ()

    def tell(self, task: Task, seconds: float) -> None:
        self._done += 1
        if self._progress is not None:
            total = max(self._done, self.replications * self._alternatives)
            self._last = ProgressEvent(self._done, total, task.label, task.cell.replication, seconds, self.precision)
            self._progress(self._last)

    def conclude(self) -> None:
        """Only when all is done is it known that a study that ran until it was precise enough is."""
        if self._progress is not None and self._last is not None and self.precision:
            self._progress(replace(self._last, total=self._done, seconds=0.0, precision=self.precision))


def run_cells(
    folder: StudyFolder,
    tasks: Sequence[Task],
    level: str,
    workers: int | None,
    executor: Executor | None,
    teller: Teller,
) -> None:
    waiting = []
    for task in tasks:
        if folder.finished(task.cell, level):
            teller.tell(task, 0.0)
        else:
            waiting.append(task)
    walls: list[dict[str, Any]] = []

    def done(task: Task, ran: Ran) -> None:
        walls.append({"label": task.label, "replication": task.cell.replication, "seconds": round(ran.seconds, 4)})
        teller.tell(task, 0.0 if ran.found else ran.seconds)

    try:
        run_tasks(run_cell, waiting, done, workers=workers, executor=executor)
    finally:
        folder.remove_stale()  # of workers that died or were stopped
        if walls:
            _write_walls(folder, walls, workers)


def tasks_of(
    folder: StudyFolder, runnables: Sequence[Runnable], seed: int, replications: range, level: str
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
        return [task(one, replication) for replication in replications for one in runnables]
    return [task(one, replication) for one in runnables for replication in replications]


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
