"""Select the best alternative with as few replications as it takes: the Kim-Nelson procedure on a study folder."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import StudyError
from orchestrion.experiments.alternatives import PolicyLike, ScenarioLike, pairs, policies_of, scenarios_of
from orchestrion.experiments.cache import cache_of
from orchestrion.experiments.common import wants_more
from orchestrion.experiments.running import Progress, Teller, compare, run_cells, tasks_of
from orchestrion.experiments.selection import Chosen, kim_nelson
from orchestrion.experiments.study import Study

BLOCK = 5  # replications run at once, so that several processes have something to do; the decisions stay one by one


@dataclass(frozen=True, slots=True)
class Selection:
    """What a selection found.

    Attributes
    ----------
    best
        Label of the alternative selected; None when the most replications allowed did not settle it.
    survivors
        Labels that may still be best, the best seen first.
    dropped
        Label -> after how many replications it was dropped.
    study
        All replications made; alternatives dropped early have fewer.
    """

    kpi: str
    indifference: float
    confidence: float
    best: str | None
    survivors: tuple[str, ...]
    dropped: dict[str, int]
    study: Study

    def __str__(self) -> str:
        gone = "; ".join(f"{label} dropped after {n} replications" for label, n in self.dropped.items())
        sure = f"{self.confidence:.0%} confidence, differences below {self.indifference:g} do not matter"
        if self.best is None:
            return f"Not settled: {', '.join(self.survivors)} may be best in {self.kpi} ({sure}). {gone}".rstrip()
        return f"{self.best} is best in {self.kpi} ({sure}). {gone}".rstrip()


def select_best(
    scenarios: ScenarioLike | Iterable[ScenarioLike],
    policies: PolicyLike | Sequence[PolicyLike] | None = None,
    *,
    kpi: str = "contribution",
    indifference: float,
    confidence: float = 0.95,
    first: int = 10,
    most: int = 200,
    seed: int = 1,
    workers: int | None = None,
    out: str | os.PathLike[str] | None = None,
    facts: str = "none",
    progress: Progress | None = None,
    cluster: str | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Selection:
    """Find the alternative that is best in a KPI, spending replications only on those still in contention.

    Where others run every alternative equally often, this drops one as soon as it is beaten beyond doubt (Kim and
    Nelson 2001; valid although customers are shared, and the faster for it).

    Parameters
    ----------
    scenarios, policies, seed, workers, out, facts, progress, cluster, cache
        As for `compare`.
    indifference
        The smallest difference worth knowing, in the KPI's unit: the one selected is the best, or within this of it,
        with the confidence asked for.
    first, most
        Replications before the first look, and at most.

    Raises
    ------
    StudyError
        With one alternative only, or when the KPI has no value in a replication.
    """
    chosen = scenarios_of(scenarios)
    rules = policies_of(policies)
    runnables = pairs(chosen, rules)
    more = wants_more(kpi)
    if len(runnables) < 2 or not indifference > 0 or not 2 <= first <= most:
        raise StudyError(
            "a selection needs two alternatives, an indifference above zero, and 2 or more first replications, no more "
            "than the most"
        )
    study = compare(
        chosen, rules, replications=first, seed=seed, workers=workers, out=out, facts=facts, progress=progress,
        cluster=cluster, cache=cache,
    )  # fmt: skip
    labels = [one.about.label for one in runnables]
    known = cache_of(cache)

    def observe(rows: Sequence[int], replications: range) -> NDArray[np.float64]:
        if replications.stop > study.replications:
            last = min(most, study.replications + BLOCK)
            span = range(study.replications, last)
            study.folder.write_manifest({**study.manifest, "replications": last})
            teller = Teller(progress, len(rows))
            teller.replications = len(span)
            tasks = tasks_of(study.folder, [runnables[i] for i in rows], seed, span, facts, cache=known)
            run_cells(study.folder, tasks, facts, workers, None, teller, cluster=cluster)
            study.refresh()
        values = [study.replicated(kpi, labels[i]) for i in rows]
        found = np.array([[one.get(r, math.nan) for r in replications] for one in values])
        if not np.isfinite(found).all():
            raise StudyError(f"{kpi}: has no value in some replication; a selection needs one in each")
        return found

    result = kim_nelson(
        observe, len(labels), indifference, more=more, confidence=confidence, n0=first, most=most
    )
    return _told(result, labels, kpi, indifference, confidence, study)


def _told(
    result: Chosen, labels: Sequence[str], kpi: str, indifference: float, confidence: float, study: Study
) -> Selection:
    return Selection(
        kpi=kpi,
        indifference=indifference,
        confidence=confidence,
        best=None if result.best is None else labels[result.best],
        survivors=tuple(labels[i] for i in result.survivors),
        dropped={label: n for label, n in zip(labels, result.dropped_at, strict=True) if n},
        study=study,
    )
