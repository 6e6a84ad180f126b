"""Tune a policy or a scenario: search its parameters for the best of a KPI, and say honestly how good the best is.

The best of many noisy figures is better than it will be in practice: that is how it was chosen. So the finalists run
again on customers the search never saw, the winner is chosen among them there, and its figure is taken from yet other
customers, on which nothing was chosen.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from orchestrion.errors import StudyError
from orchestrion.experiments.alternatives import PolicyLike, Runnable, ScenarioLike, pairs, scenarios_of
from orchestrion.experiments.bench import Bench
from orchestrion.experiments.common import wants_more
from orchestrion.experiments.inference import Estimate, Verdict, paired, student, verdict
from orchestrion.experiments.parameters import MISSING, Varied, named_point, present, short_path, varied
from orchestrion.experiments.racing import Candidate, Evaluate, Floats, Limit, Point, Race, race, stages_of
from orchestrion.experiments.running import Progress
from orchestrion.kpis import kpis
from orchestrion.scenarios import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study

FRESH = 1_000_003  # added to the seed: customers the search never saw
_LIMIT = re.compile(r"\s*([\w.]+)\s*(<=|>=)\s*([^\s]+)\s*")
_AS_IT_IS = "as it is"


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes
    ----------
    objectives
        The KPIs searched for.
    best
        Path -> value of the winner; None when nothing kept the limits, or several objectives make no winner.
    figures
        KPI -> its mean under the winner, with its interval, on customers on which nothing was chosen.
    gains
        KPI -> paired difference from the scenario as it is, on the same customers.
    verdicts
        KPI -> the difference in words, unadjusted; a limit -> "kept", "broken", or "not settled".
    trials
        All candidates: their values, replications run, fate, and estimates on the customers of the search (which
        flatter whoever won).
    finalists
        Finalists and the scenario as it is on fresh customers: mean and interval of each KPI, beside the search's
        estimate.
    study
        The finalists' study on fresh customers: `study.against(...)`, `study.pareto(...)`.
    search
        The search's study.
    """

    objectives: tuple[str, ...]
    best: Point | None
    figures: dict[str, Estimate]
    gains: dict[str, Estimate]
    verdicts: dict[str, str]
    trials: pd.DataFrame
    finalists: pd.DataFrame
    study: Study
    search: Study

    def __str__(self) -> str:
        if self.best is None:
            kept = len(self.finalists) - 1
            return f"No winner among {len(self.trials)} candidates; {kept} finalists: see `finalists`."
        told = ", ".join(f"{path} = {value}" for path, value in self.best.items())
        key = self.objectives[0]
        figure, gain = self.figures[key], self.gains[key]
        return (
            f"Best of {len(self.trials)} candidates: {told}. {kpis[key].label.en} "
            f"{figure.mean:,.4g} ± {figure.half:,.2g}, "
            f"{gain.mean:+,.4g} ± {gain.half:,.2g} from {_AS_IT_IS}: {self.verdicts[key]} "
            f"({figure.n} replications of customers on which nothing was chosen)."
        )


def tune(
    scenario: ScenarioLike,
    over: Mapping[str, Any],
    objective: str | None = None,
    *,
    policy: PolicyLike | None = None,
    subject_to: Sequence[str] = (),
    pareto: Sequence[str] = (),
    trials: int = 40,
    first: int = 3,
    replications: int = 10,
    finalists: int = 3,
    confirm: int = 10,
    seed: int = 1,
    workers: int | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    cluster: str | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Tuned:
    """Search parameters for the best of a KPI, under limits on others; or for the trade-off between several.

    Deterministic: the same question with the same seed finds the same, on any number of workers; with `out`, a search
    that was interrupted goes on where it stopped.

    Parameters
    ----------
    over
        Dotted path -> "low:high", "low:high:n" or a list of values. A name without a dot is a parameter of the policy.
    objective
        The KPI to be improved; contribution when left out.
    policy
        Name, or mapping of name and parameters, in place of the scenario's own.
    subject_to
        Limits such as "stockout_rate<=0.2", in the KPI's unit.
    pareto
        Two or three KPIs in place of an objective: the search spreads over their trade-off, nothing is weighed.
    trials
        Candidates to look at.
    first, replications
        Replications after which a candidate that is clearly worse is dropped, and of a run in full.
    finalists
        How many of the best run again on fresh customers (with `pareto`: at most twice as many).
    confirm
        Replications of each finalist on fresh customers, and as many more of the winner and the scenario as it is.
    seed, workers, out, progress, cluster, cache
        As for `compare`.

    Raises
    ------
    StudyError
        If Optuna is missing, or the question makes no sense.
    InputError, UnknownName
        For parameters, policies and KPIs that do not exist.
    """
    base = scenarios_of(scenario)[0]
    if policy is not None:
        base = base.vary(base.name, {"policy": _document_of(policy)}, place="--policy")
    asked = [varied(base, _path(base, key), text, "--over") for key, text in over.items()]
    goals = list(dict.fromkeys(pareto)) if pareto else [objective or "contribution"]
    if pareto and (objective is not None or not 2 <= len(goals) <= 3):
        raise StudyError("a trade-off is searched between two or three KPIs, without an objective beside them")
    if not asked or trials < 2 or finalists < 1 or confirm < 2 or not 2 <= first <= replications:
        raise StudyError(
            "name a parameter to search over; two trials, one finalist, two replications to confirm and two first ones "
            "(no more than of a run in full) are the least"
        )
    what = Race(
        asked=asked,
        objectives={key: -1.0 if wants_more(key) else 1.0 for key in goals},
        limits=[limit_of(text) for text in subject_to],
        trials=trials,
        stages=stages_of(first, replications),
        seed=seed,
    )
    root = None if out is None else Path(out)
    options: dict[str, Any] = {"workers": workers, "progress": progress, "cluster": cluster, "cache": cache}
    bench = Bench(seed=seed, out=None if root is None else root / "search", **options)
    search = _Searched(what, base, bench)
    search.expect(0, finalists, confirm)
    present_ = _present(base, asked)
    candidates = race(what, search.evaluate, present_, lambda done: search.expect(done, finalists, confirm))
    chosen = _finalists(what, candidates, finalists)
    anew = Bench(
        seed=seed + FRESH, out=None if root is None else root / "confirmed", done_before=bench.done, **options
    )
    anew.expected = bench.done + (len(chosen) + (1 if pareto else 3)) * confirm
    fresh = _Searched(what, base, anew)
    end = confirmed(what, chosen, fresh.evaluate, confirm)
    return Tuned(
        objectives=tuple(goals),
        best=end.best,
        figures=end.figures,
        gains=end.gains,
        verdicts=end.verdicts,
        trials=_trials_table(what, candidates),
        finalists=_finalists_table(what, chosen, end.first, fresh),
        study=anew.study,
        search=bench.study,
    )


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What fresh customers say of the finalists; `first` has KPIs x (as it is, finalists) x replications."""

    first: Floats
    best: Point | None = None
    figures: dict[str, Estimate] = field(default_factory=dict)
    gains: dict[str, Estimate] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)


def confirmed(what: Race, chosen: Sequence[Candidate], evaluate: Evaluate, replications: int) -> Confirmed:
    """Choose among finalists on customers the search never saw, and measure the winner on yet others."""
    first = evaluate([None, *(one.values for one in chosen)], replications)
    best = _winner(what, chosen, first[:, 1:]) if len(what.objectives) == 1 else None
    if best is None:
        return Confirmed(first)
    return Confirmed(first, best, *_measured(what, evaluate([None, best], 2 * replications)[:, :, replications:]))


def limit_of(text: str) -> Limit:
    """A limit from `KPI<=value` or `KPI>=value`.

    Raises
    ------
    StudyError
        For a text that is none.

    >>> str(limit_of("stockout_rate <= 0.2"))
    'stockout_rate<=0.2'
    """
    read = _LIMIT.fullmatch(text)
    try:
        value = float(read[3]) if read else float("nan")
    except ValueError:
        value = float("nan")
    if read is None or not np.isfinite(value):
        raise StudyError(f"--subject-to {text!r}: write KPI<=value or KPI>=value, in the KPI's unit")
    kpis[read[1]]  # raises UnknownName with a suggestion
    return Limit(read[1], read[2] == "<=", value)


class _Searched:
    """Runs points of a search on a bench."""

    def __init__(self, what: Race, base: Scenario, bench: Bench) -> None:
        self._what, self._base, self.bench = what, base, bench
        self._made: dict[str, Runnable] = {}
        self._paths = [one.path for one in what.asked]

    def name(self, point: Point | None) -> str:
        return self._base.name if point is None else named_point(self._base, point, self._paths)

    def evaluate(self, points: Sequence[Point | None], replications: int) -> Floats:
        return self.bench.values(self._what.kpis, [self._runnable(point) for point in points], replications)

    def expect(self, done: int, finalists: int, confirm: int) -> None:
        """How many replications the whole search will take, as far as one can tell after so many trials."""
        whole = self._what.stages[-1]
        each = (self.bench.done - whole) / done if done else whole / 2
        rest = (finalists + 3) * confirm
        self.bench.expected = round(max(self.bench.done, whole) + each * (self._what.trials - done)) + rest

    def _runnable(self, point: Point | None) -> Runnable:
        name = self.name(point)
        if name not in self._made:
            scenario = self._base if point is None else self._base.vary(name, point, place="--over")
            (self._made[name],) = pairs([scenario], None)
        return self._made[name]


def _path(base: Scenario, key: str) -> str:
    """A parameter's path; a bare name is one of the policy's."""
    return key if "." in key or present(base, key) is not MISSING else f"policy.{key}"


def _document_of(policy: PolicyLike) -> dict[str, Any]:
    if isinstance(policy, str):
        return {"name": policy}
    if isinstance(policy, Mapping):
        return dict(policy)
    raise StudyError("tuning changes a policy's parameters: give its name, or a mapping of name and parameters")


def _present(base: Scenario, asked: Sequence[Varied]) -> Point | None:
    values = {one.path: present(base, one.path) for one in asked}
    for one in asked:
        value = values[one.path]
        if value is MISSING or (one.values and value not in one.values):
            return None
        if not one.values and not one.low <= value <= one.high:
            return None
    return values


def _finalists(what: Race, candidates: Sequence[Candidate], count: int) -> list[Candidate]:
    """The best that were run in full and keep the limits; of a trade-off, a front without those most crowded."""
    whole = [one for one in candidates if one.fate == "whole" and one.within(what.limits)]
    scores = np.array([[s * one.estimates[kpi] for kpi, s in what.objectives.items()] for one in whole])
    if not whole:
        return []
    if scores.shape[1] == 1:
        return [whole[i] for i in np.argsort(scores[:, 0], kind="stable")[:count]]
    from orchestrion.experiments.pareto import front, hypervolume

    rows = np.flatnonzero(front(scores))
    members = list(dict.fromkeys(rows.tolist()))
    reference = scores.max(axis=0) + 0.1 * np.ptp(scores, axis=0) + 1e-9
    while len(members) > 2 * count:  # the one whose absence costs least of the volume goes
        left = [hypervolume(scores[[m for m in members if m != out]], reference) for out in members]
        members.pop(int(np.argmax(left)))
    return [whole[i] for i in sorted(members, key=lambda i: float(scores[i, 0]))]


def _winner(what: Race, chosen: Sequence[Candidate], confirmed: Floats) -> Point | None:
    """The best mean on fresh customers, among those whose means keep the limits there too."""
    means = confirmed.mean(axis=2)
    ((kpi, sign),) = what.objectives.items()
    order = np.argsort(sign * means[what.kpis.index(kpi)], kind="stable")
    for i in order:
        if all(limit.excess(float(means[what.kpis.index(limit.kpi), i])) <= 0.0 for limit in what.limits):
            return chosen[int(i)].values
    return None


def _measured(what: Race, values: Floats) -> tuple[dict[str, Estimate], dict[str, Estimate], dict[str, str]]:
    """Figures of the winner, gains over the scenario as it is, and words; values: KPIs x (as is, winner) x n."""
    figures = {kpi: student(values[q, 1]) for q, kpi in enumerate(what.kpis)}
    gains = {kpi: paired(values[q, 1], values[q, 0]) for q, kpi in enumerate(what.kpis)}
    words: dict[str, Verdict] = {kpi: verdict(gain, gain.p, kpis[kpi].direction) for kpi, gain in gains.items()}
    told: dict[str, str] = dict(words)
    for limit in what.limits:
        seen = figures[limit.kpi]
        ends = limit.excess(seen.low), limit.excess(seen.high)
        told[str(limit)] = "kept" if max(ends) <= 0.0 else "broken" if min(ends) > 0.0 else "not settled"
    return figures, gains, told


def _trials_table(what: Race, candidates: Sequence[Candidate]) -> pd.DataFrame:
    import pandas as pd

    paths = [one.path for one in what.asked]
    rows = [
        {short_path(path, paths): one.values[path] for path in paths}
        | {"n": one.n, "fate": one.fate, "within_limits": one.within(what.limits)}
        | one.estimates
        for one in candidates
    ]
    return pd.DataFrame(rows)


def _finalists_table(what: Race, chosen: Sequence[Candidate], confirmed: Floats, fresh: _Searched) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for i, one in enumerate([None, *chosen]):
        row: dict[str, Any] = {"alternative": fresh.name(None if one is None else one.values)}
        for q, kpi in enumerate(what.kpis):
            seen = student(confirmed[q, i])
            row |= {f"{kpi}_search": float("nan") if one is None else one.estimates[kpi]}
            row |= {kpi: seen.mean, f"{kpi}_low": seen.low, f"{kpi}_high": seen.high}
        rows.append(row)
    return pd.DataFrame(rows)
