"""A study run again from its own folder, and held against itself fact by fact."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrion.errors import StudyError
from orchestrion.experiments.bench import Bench
from orchestrion.experiments.identity import engine_version
from orchestrion.experiments.levels import LEVELS
from orchestrion.experiments.running import Progress
from orchestrion.experiments.store import Done

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study


@dataclass(frozen=True, slots=True)
class Repeated:
    """What came of it.

    Attributes
    ----------
    study
        The study made anew.
    compared
        Replications held against each other.
    differing
        "label, replication N: tables" where they are not equal; empty when all are.
    same_engine
        Whether the program that repeated it has the same rules and data as the one that made it.
    """

    study: Study
    compared: int
    differing: tuple[str, ...]
    same_engine: bool


def repeat(
    study: Study,
    *,
    replications: int | None = None,
    workers: int | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Repeated:
    """Run a study again with its own scenarios, policies and seed, and compare every fact that both kept.

    Parameters
    ----------
    replications
        Only the first so many of each alternative; all that are finished when left out.

    Raises
    ------
    StudyError
        If nothing is finished, or a policy is not one that this Orchestrion knows by name.
    """
    finished = min(len(study.cells(label)) for label in study.labels)
    if not finished:
        raise StudyError(f"{study.path}: no replication is finished; there is nothing to repeat")
    count = min(finished, replications or finished)
    levels = {done.level for label in study.labels for done in study.finished(label)}
    level = next(one for one in LEVELS if one in levels)
    runnables = [study.runnable(label) for label in study.labels]
    bench = Bench(seed=study.seed, workers=workers, out=out, facts=level, progress=progress)
    bench.expected = count * len(runnables)
    bench.run(runnables, count)
    differing = []
    for label in study.labels:
        for replication in range(count):
            done = (one.folder.done(one.cell(label, replication)) for one in (study, bench.study))
            tables = _unequal(*done)
            if tables:
                differing.append(f"{label}, replication {replication}: {', '.join(tables)}")
    same = str(study.manifest.get("engine", "")) == engine_version()
    return Repeated(bench.study, count * len(runnables), tuple(differing), same)


def _unequal(here: Done | None, there: Done | None) -> list[str]:
    """The tables that both kept and that are not the same to the last figure."""
    if here is None or there is None:
        return ["unfinished"]
    return [name for name, value in here.hashes.items() if there.hashes.get(name, value) != value]
