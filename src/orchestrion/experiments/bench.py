"""Alternatives run as far as somebody needs, no further: what searches stand on that decide as they go.

`compare` runs every alternative equally often. A search looks at a few replications, drops what is hopeless, thinks of
new alternatives and asks for more of the promising ones; all of it in one study folder, so that finished work is found
again when the search is repeated or was interrupted.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import StudyError
from orchestrion.experiments.alternatives import Runnable
from orchestrion.experiments.cache import cache_of
from orchestrion.experiments.cell import Task
from orchestrion.experiments.parquet import read_table
from orchestrion.experiments.running import Progress, ProgressEvent, Teller, compare, run_cells, tasks_of
from orchestrion.experiments.study import Study


class Bench:
    """Runs alternatives as they are asked for.

    Parameters
    ----------
    seed, workers, out, facts, progress, cluster, cache
        As for `compare`.
    notes
        Kept in the manifest, as for `compare`.
    done_before
        Replications told as done by an earlier bench of the same search.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        workers: int | None = None,
        out: str | os.PathLike[str] | None = None,
        facts: str = "none",
        progress: Progress | None = None,
        cluster: str | None = None,
        cache: str | os.PathLike[str] | None = None,
        notes: Mapping[str, Any] | None = None,
        done_before: int = 0,
    ) -> None:
        self.seed = seed
        self.expected = 0  # replications in all, as far as the search can tell; for the time left
        self._options: dict[str, Any] = {"workers": workers, "out": out, "facts": facts, "notes": notes}
        self._options |= {"cache": cache}
        self._cluster, self._cache = cluster, cache_of(cache)
        self._teller = _Counting(progress, self, done_before)
        self._study: Study | None = None
        self._stale = False
        self._manifest: dict[str, Any] = {}
        self._reached: dict[str, int] = {}
        self._measured: dict[tuple[str, int], dict[str, float]] = {}

    @property
    def study(self) -> Study:
        """All that was run; alternatives dropped early have fewer replications."""
        if self._study is None:
            raise StudyError("nothing was run yet")
        if self._stale:  # reading all again after each step would cost a long search its time
            self._study.refresh()
            self._stale = False
        return self._study

    @property
    def done(self) -> int:
        """Replications told so far."""
        return self._teller.count

    def run(self, runnables: Sequence[Runnable], replications: int) -> None:
        """Make sure that the first `replications` of each of these alternatives are finished."""
        short = [one for one in runnables if self._reached.get(one.about.label, 0) < replications]
        if not short:
            return
        if self._study is None:
            self._study = self._begin(short[0])
        folder = self._study.folder
        added = [one for one in short if one.about.label not in self._reached]
        for one in added:
            folder.write_scenario(one.about.scenario_hash, one.scenario.to_yaml())
        self._manifest["alternatives"] = [*self._manifest["alternatives"], *(_told(one) for one in added)]
        self._manifest["replications"] = max(replications, self._manifest["replications"])
        folder.write_manifest(self._manifest)
        self._stale = True
        facts, workers = self._options["facts"], self._options["workers"]
        tasks = [
            task
            for one in short
            for task in tasks_of(
                folder,
                [one],
                self.seed,
                range(self._reached.get(one.about.label, 0), replications),
                facts,
                cache=self._cache,
            )
        ]
        # replication by replication, as `compare` does: an interrupted search has seen the same of each
        tasks.sort(key=lambda task: task.cell.replication)
        run_cells(folder, tasks, facts, workers, None, self._teller, cluster=self._cluster)
        self._reached |= {one.about.label: replications for one in short}
        for task in tasks:
            (path,) = folder.paths([task.cell], "kpis")
            table = read_table(path, ("kpi", "value"), {"group_by": "all"})
            measured = dict(zip(table["kpi"].tolist(), table["value"].tolist(), strict=True))
            self._measured[task.label, task.cell.replication] = measured

    def values(
        self, kpis: Sequence[str], runnables: Sequence[Runnable], replications: int, first: int = 0
    ) -> NDArray[np.float64]:
        """KPIs of alternatives over their replications from `first` to `replications`, run if need be.

        Returns
        -------
        array of shape (KPIs, alternatives, replications)

        Raises
        ------
        StudyError
            When a KPI has no value in a replication.
        """
        self.run(runnables, replications)
        found = np.array(
            [
                [
                    [self._measured[one.about.label, r].get(kpi, math.nan) for r in range(first, replications)]
                    for one in runnables
                ]
                for kpi in kpis
            ]
        )
        if not np.isfinite(found).all():
            raise StudyError(f"{', '.join(kpis)}: no value in some replication; a search needs one in each")
        return found

    def _begin(self, first: Runnable) -> Study:
        """A study folder with one replication of one alternative in it, to which others are added."""
        options = {key: value for key, value in self._options.items() if value is not None}
        study = compare([first.scenario], [first.policy], replications=1, seed=self.seed, **options)
        # `compare` names a pair by scenario and policy; here it is called what the search calls it
        named = dict.fromkeys(("baseline", "baseline_asked"), first.about.label)
        self._manifest = {**study.manifest, **named, "alternatives": []}
        return study


def _told(one: Runnable) -> dict[str, Any]:
    return {name: value for name, value in asdict(one.about).items() if name != "document"}


class _Counting(Teller):
    """Tells how far a search is; how far it will go is what its bench expects."""

    def __init__(self, progress: Progress | None, bench: Bench, done_before: int) -> None:
        super().__init__(progress, 1)
        self._bench = bench
        self.count = done_before

    def tell(self, task: Task, seconds: float) -> None:
        self.count += 1
        if self._progress is not None:
            total = max(self.count, self._bench.expected)
            self._progress(ProgressEvent(self.count, total, task.label, task.cell.replication, seconds))
