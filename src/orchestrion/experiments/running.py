"""Run scenarios under policies, replication by replication, into a study folder; finished work is never done twice."""

from __future__ import annotations

import os
import platform
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cloudpickle

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
from orchestrion.experiments.cache import cache_of
from orchestrion.experiments.cell import WORLDS_KEPT, Ran, Task, run_cell
from orchestrion.experiments.comparing import family_of
from orchestrion.experiments.identity import engine_version
from orchestrion.experiments.levels import LEVELS
from orchestrion.experiments.manifest import grown, manifest_of, standing
from orchestrion.experiments.parallel import run_tasks, worker_count
from orchestrion.experiments.precision import Reached, Until, enough, goals, next_look, projected
from orchestrion.experiments.store import StudyFolder
from orchestrion.experiments.study import Study
from orchestrion.experiments.under_way import UnderWay, watched


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
    under_way
        Long replications that are running, and how far each is; then nothing was finished since the last event, which
        may come from another thread.
    """

    done: int
    total: int
    label: str
    replication: int
    seconds: float
    precision: tuple[Reached, ...] = ()
    under_way: tuple[UnderWay, ...] = ()


Progress = Callable[[ProgressEvent], object]
CAP = 200  # replications of a study that runs until it is precise enough, unless told


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
    cluster: str | None = None,
    cache: str | os.PathLike[str] | None = None,
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
        Names, mappings of name and parameters, or policy values; "all": every policy known. Each scenario's own when
        left out.
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
        How much is kept beside the KPIs: "full"; "orders", without stock changes and walk-in wishes; "none"; or
        "reasons": full, and what each decision weighed (the table `candidates`).
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
    cluster
        Address of a Dask scheduler in place of processes on this machine; its workers write into `out`, which they
        must share.
    cache
        Folder in which replications are known by content: what any study with this cache has run is found again. The
        one that the environment variable ORCHESTRION_CACHE names when left out.
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
    if executor is not None and cluster is not None:
        raise StudyError(f"cluster = {cluster!r}: an executor is given, too; leave out one of them")
    runnables = pairs(scenarios_of(scenarios), policies_of(policies))
    about = [one.about for one in runnables]
    asked = baseline if baseline is not None else about[0].label
    named = next(iter(matched(asked, about).values()))
    if second_baseline is not None and second_baseline not in [one.label for one in about]:
        matched(second_baseline, about)
    vanishes = out is None
    path = Path(tempfile.mkdtemp(prefix="orchestrion-")) if out is None else Path(out)
    folder = StudyFolder(path, durable=not vanishes)
    count = next_look(0, (), most) if wanted else most
    manifest = manifest_of(
        runnables,
        engine=engine_version(),
        seed=seed,
        replications=count,
        facts=facts,
        baseline=named,
        baseline_asked=asked,
        second_baseline=second_baseline,
    )
    if wanted:
        manifest |= {"until": {one.kpi: str(one) for one in wanted}, "most": most}
    if family is not None:
        manifest["family"] = family_of(family)
    if notes is not None:
        manifest["notes"] = dict(notes)
    known = cache_of(cache)
    documents = {one.about.scenario_hash: one.scenario.to_yaml() for one in runnables}
    with standing(folder, manifest, documents):
        study = Study(folder, vanishes=vanishes)
        teller = Teller(progress, len(runnables))
        with goes_on(study, vanishes):
            first = 0
            while True:
                teller.replications = projected(first, teller.precision, most) if first else count
                tasks = tasks_of(folder, runnables, seed, range(first, count), facts, cache=known)
                run_cells(folder, tasks, facts, workers, executor, teller, cluster=cluster)
                study.refresh()
                teller.precision = tuple(study.standings(wanted))
                if enough(teller.precision) or count >= most:
                    teller.conclude()
                    return study
                first, count = count, next_look(count, teller.precision, most)
                grown(folder, count)
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
    cluster: str | None = None,
    cache: str | os.PathLike[str] | None = None,
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
        cluster=cluster,
        cache=cache,
    )


def _check(replications: int, seed: int, facts: str) -> None:
    if isinstance(replications, bool) or not isinstance(replications, int) or replications < 1:
        raise StudyError(f"replications = {replications!r}: a whole number, 1 or more")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise StudyError(f"seed = {seed!r}: a whole number, 0 or more")
    if facts not in LEVELS:
        raise StudyError(f"facts = {facts!r}: write one of {', '.join(LEVELS)}")


class Teller:
    """Counts replications as they finish, over all rounds of a study, and tells whoever asked."""

    def __init__(self, progress: Progress | None, alternatives: int) -> None:
        self._progress = progress
        self._alternatives = alternatives
        self._done = 0
        self._last: ProgressEvent | None = None
        self.replications = 0  # of each alternative, as far as one can tell
        self.precision: tuple[Reached, ...] = ()

    @property
    def look(self) -> Callable[[tuple[UnderWay, ...]], None] | None:
        """Tells of long replications that are running; None where nobody listens."""
        progress = self._progress
        if progress is None:
            return None

        def told(running: tuple[UnderWay, ...]) -> None:
            total = max(self._done, self.replications * self._alternatives)
            first = running[0]
            progress(ProgressEvent(self._done, total, first.label, first.replication, 0.0, self.precision, running))

        return told

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


@contextmanager
def goes_on(study: Study, vanishes: bool) -> Iterator[None]:
    """Who interrupts a study is told what is finished and how to go on."""
    try:
        yield
    except KeyboardInterrupt as stop:
        study.refresh()
        done = sum(len(study.cells(label)) for label in study.labels)
        of = f"{done} of {study.replications * len(study.labels)} replications are finished"
        if vanishes:
            stop.add_note(f"{of}, and lost: only a study with a folder of its own (--out DIR, out=...) goes on.")
        else:
            stop.add_note(f"{of} and kept. The same study with the same folder (--out {study.path}) goes on.")
        raise


def run_cells(
    folder: StudyFolder,
    tasks: Sequence[Task],
    level: str,
    workers: int | None,
    executor: Executor | None,
    teller: Teller,
    *,
    cluster: str | None = None,
) -> None:
    """Run what is not finished yet: here, on an executor, or on a cluster."""
    waiting = []
    for task in tasks:
        if folder.finished(task.cell, level):
            teller.tell(task, 0.0)
        else:
            waiting.append(task)
    walls: list[dict[str, Any]] = []
    begun, started = len(waiting), time.time()
    busy: list[Task] = []

    def done(task: Task, ran: Ran) -> None:
        if ran.busy:
            busy.append(replace(task, patient=True))
            return
        seconds = 0.0 if ran.found else ran.seconds
        wall = {"label": task.label, "replication": task.cell.replication, "seconds": round(seconds, 4)}
        walls.append(wall | {"decide_seconds": round(ran.decide_seconds, 6), "orders": ran.orders})
        teller.tell(task, seconds)

    with ExitStack() as stack:
        hands, function = None, run_cell
        if cluster is not None and waiting:
            from orchestrion.experiments import cluster as dask

            hands, function = stack.enter_context(dask.cluster(cluster, folder)), dask.run_there
        if waiting:
            stack.enter_context(watched(folder.path, teller.look))
        try:
            for several in _rounds(folder, waiting, level):
                run_tasks(function, several, done, workers=workers, executor=executor, hands=hands)
            while busy:  # with another process, which may die over them
                again, busy[:] = list(busy), []
                run_tasks(function, again, done, workers=workers, executor=executor, hands=hands)
            lost = [task for task in waiting if not folder.finished(task.cell, level)]
            if lost:
                raise StudyError(
                    f"{folder.path}: {len(lost)} of {begun} replications were run and are not there; do the workers "
                    "write into another folder of that name? Choose one that all share"
                )
        except BaseException:
            with suppress(StudyError):  # what went wrong first is told
                _tidy(folder, walls, workers, cluster, started)
            raise
        _tidy(folder, walls, workers, cluster, started)


def _rounds(folder: StudyFolder, tasks: Sequence[Task], level: str) -> list[list[Task]]:
    """Each piece of work once; what is the same work under another name is copied after it."""
    known = folder.by_key({task.cell.key for task in tasks}, level) if tasks else {}
    first: dict[str, Task] = {}
    later = []
    for task in tasks:
        key = task.cell.key
        if key in first:
            later.append(replace(task, twin=first[key].cell))
        else:
            first[key] = replace(task, twin=known.get(key))
    return [list(first.values()), later]


def _tidy(
    folder: StudyFolder, walls: list[dict[str, Any]], workers: int | None, cluster: str | None, started: float
) -> None:
    folder.remove_stale()  # of workers that died or were stopped
    if walls:
        _write_walls(folder, walls, workers, cluster, started)


def tasks_of(
    folder: StudyFolder,
    runnables: Sequence[Runnable],
    seed: int,
    replications: range,
    level: str,
    *,
    cache: Path | None = None,
) -> list[Task]:
    """The cells of a study as they are handed out."""
    version = engine_version()
    packed = {
        one.about.label: (cloudpickle.dumps(one.scenario), cloudpickle.dumps(one.policy)) for one in runnables
    }

    def task(one: Runnable, replication: int) -> Task:
        scenario, policy = packed[one.about.label]
        cell = one.about.cell(seed, replication, version)
        return Task(
            cell=cell,
            label=one.about.label,
            scenario=scenario,
            policy=policy,
            level=level,
            folder=str(folder.path.absolute()),
            durable=folder.durable,
            cache=None if cache is None else str(cache),
        )

    # replication by replication, so that an interrupted study compares all alternatives on the customers it has seen;
    # but world by world where a process could not remember them all and would compile each again and again
    if len({one.about.scenario_hash for one in runnables}) <= WORLDS_KEPT:
        return [task(one, replication) for replication in replications for one in runnables]
    return [task(one, replication) for one in runnables for replication in replications]


def _write_walls(
    folder: StudyFolder, walls: list[dict[str, Any]], workers: int | None, cluster: str | None, started: float
) -> None:
    """Wall times, which are never compared: a file of their own for each run."""
    told: Mapping[str, Any] = {
        "host": platform.node(),
        "cluster": cluster,
        "workers": workers,
        "cpus": os.cpu_count(),
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "wall_seconds": round(time.time() - started, 3),
        "replications": walls,
    }
    path = folder.path / "volatile" / f"{uuid.uuid4().hex}.json"
    with files.told(path, "write the wall times"):
        files.write_json(path, told, durable=False)
