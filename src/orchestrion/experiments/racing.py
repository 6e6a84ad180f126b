"""The search behind tuning: candidates proposed by Optuna, raced against the best so far on the same customers.

Apart from proposing, all is done here: a candidate is run a few replications, and dropped as soon as its paired
difference from the best candidate so far says that it is worse, or a limit says that it is out of bounds; only what
may win is run in full. A candidate's estimate is the reference's mean plus its paired difference from the reference, so
that candidates run for different numbers of replications compare. Tree-structured Parzen estimator: Bergstra et al.
(2011); its version for several objectives: Ozaki et al. (2020); both as Optuna has them.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import StudyError
from orchestrion.experiments.inference import paired, student
from orchestrion.experiments.parameters import Varied

Floats = NDArray[np.float64]
Point = Mapping[str, Any]
# points (None: as it is) and a number of replications -> KPIs x points x replications
Evaluate = Callable[[Sequence["Point | None"], int], Floats]

BATCH = 4  # proposed together, whatever the number of workers: the search must not depend on it
_CLEARLY = 0.98  # level of the two-sided interval by which a candidate is dropped: one chance in a hundred each look


@dataclass(frozen=True, slots=True)
class Limit:
    """A KPI that must stay on one side of a value, such as `stockout_rate<=0.2`."""

    kpi: str
    most: bool
    value: float

    def excess(self, amount: float) -> float:
        """How far beyond the limit; negative within."""
        return amount - self.value if self.most else self.value - amount

    def __str__(self) -> str:
        return f"{self.kpi}{'<=' if self.most else '>='}{self.value:g}"


@dataclass(slots=True)
class Candidate:
    """One point of the search and what became of it.

    Attributes
    ----------
    estimates
        KPI -> estimate, in the KPI's unit.
    n
        Replications it was run for.
    fate
        "whole" (run in full), "dropped" (clearly worse than another), "out of bounds" (clearly beyond a limit).
    """

    values: Point
    estimates: dict[str, float] = field(default_factory=dict)
    n: int = 0
    fate: str = "whole"

    def within(self, limits: Sequence[Limit]) -> bool:
        """Whether the estimates keep the limits."""
        return all(limit.excess(self.estimates[limit.kpi]) <= 0.0 for limit in limits)


@dataclass(frozen=True, slots=True)
class Race:
    """What is searched, and how.

    Attributes
    ----------
    asked
        The parameters and their ranges.
    objectives
        KPI -> 1.0 when less is better, -1.0 when more is.
    stages
        After how many replications candidates are looked at; the last one is a run in full.
    """

    asked: Sequence[Varied]
    objectives: Mapping[str, float]
    limits: Sequence[Limit]
    trials: int
    stages: Sequence[int]
    seed: int

    @property
    def kpis(self) -> list[str]:
        """Objectives first, then those that only limits ask for."""
        return list(dict.fromkeys([*self.objectives, *(limit.kpi for limit in self.limits)]))


def stages_of(first: int, whole: int) -> list[int]:
    """Looks at a candidate: the first, then twice as many each time.

    >>> stages_of(3, 10), stages_of(5, 8)
    ([3, 6, 10], [5, 8])
    """
    looks = [first]
    while 2 * looks[-1] < whole:
        looks.append(2 * looks[-1])
    return looks if looks[-1] == whole else [*looks, whole]


def race(
    what: Race, evaluate: Evaluate, present: Point | None, told: Callable[[int], object] = lambda _: None
) -> list[Candidate]:
    """Search; the candidates in the order in which they were proposed, each once.

    Parameters
    ----------
    present
        The values as they are, to begin with; None when they are not in the ranges.
    told
        Called with the number of trials behind us after each batch.
    """
    optuna = _optuna()
    whole = what.stages[-1]
    reference = evaluate([None], whole)[:, 0]
    found: dict[str, Candidate] = {}
    values: dict[str, Floats] = {}  # of candidates run in full
    with _silent(optuna):
        sampler = optuna.samplers.TPESampler(
            seed=what.seed,
            multivariate=True,
            constant_liar=True,
            n_startup_trials=min(10, max(4, what.trials // 4)),
        )
        study = optuna.create_study(directions=["minimize"] * len(what.objectives), sampler=sampler)
        if present is not None:
            study.enqueue_trial({one.path: _place(one, present[one.path]) for one in what.asked})
        done = 0
        while done < what.trials:
            batch = [study.ask() for _ in range(min(BATCH, what.trials - done))]
            points = [{one.path: _suggested(trial, one) for one in what.asked} for trial in batch]
            new = {_key(point): Candidate(point) for point in points if _key(point) not in found}
            _raced(what, evaluate, new, found, values, reference)
            found |= new
            for trial, point in zip(batch, points, strict=True):
                candidate = found[_key(point)]
                estimates = candidate.estimates
                for limit in what.limits:
                    trial.set_constraint(str(limit), limit.excess(estimates[limit.kpi]))
                study.tell(trial, [sign * estimates[kpi] for kpi, sign in what.objectives.items()])
            done += len(batch)
            told(done)
    return list(found.values())


def _raced(
    what: Race,
    evaluate: Evaluate,
    new: Mapping[str, Candidate],
    found: Mapping[str, Candidate],
    values: dict[str, Floats],
    reference: Floats,
) -> None:
    """Run new candidates look by look; those clearly beaten by what is known go early."""
    alive = dict(new)
    for n in what.stages:
        if not alive:
            return
        measured = evaluate([one.values for one in alive.values()], n)
        rivals = [values[key] for key in _leaders(what, found)]
        for i, (key, one) in enumerate(list(alive.items())):
            mine = measured[:, i]
            one.n = n
            one.estimates = {
                kpi: float(reference[q].mean() + (mine[q] - reference[q, :n]).mean()) for q, kpi in enumerate(what.kpis)
            }
            if n == what.stages[-1]:
                values[key] = mine
            elif _beyond(what, mine):
                one.fate = "out of bounds"
            elif any(_beaten(what, mine, rival[:, :n]) for rival in rivals):
                one.fate = "dropped"
            if one.fate != "whole":
                del alive[key]


def _leaders(what: Race, found: Mapping[str, Candidate]) -> list[str]:
    """The best candidates so far: one, or with several objectives those that none dominates."""
    whole = {key: one for key, one in found.items() if one.fate == "whole" and one.within(what.limits)}
    if not whole:
        return []
    scores = np.array([[s * one.estimates[kpi] for kpi, s in what.objectives.items()] for one in whole.values()])
    keys = list(whole)
    if scores.shape[1] == 1:
        return [keys[int(np.argmin(scores[:, 0]))]]
    from orchestrion.experiments.pareto import front

    return [key for key, kept in zip(keys, front(scores), strict=True) if kept]


def _beyond(what: Race, mine: Floats) -> bool:
    """Whether a limit is clearly broken."""
    for limit in what.limits:
        seen = student(mine[what.kpis.index(limit.kpi)], _CLEARLY)
        if math.isfinite(seen.half) and limit.excess(seen.low if limit.most else seen.high) > 0.0:
            return True
    return False


def _beaten(what: Race, mine: Floats, rival: Floats) -> bool:
    """Whether a rival is clearly better in every objective, replication by replication."""
    for kpi, sign in what.objectives.items():
        q = what.kpis.index(kpi)
        behind = paired(sign * mine[q], sign * rival[q], _CLEARLY)
        if not behind.low > 0.0:
            return False
    return True


def _key(point: Point) -> str:
    return json.dumps(point, sort_keys=True)


def _suggested(trial: Any, one: Varied) -> Any:
    if one.values:
        return one.values[trial.suggest_categorical(one.path, list(range(len(one.values))))]
    if one.whole:
        return trial.suggest_int(one.path, int(one.low), int(one.high))
    return _rounded(one, trial.suggest_float(one.path, one.low, one.high))


def _rounded(one: Varied, value: float) -> float:
    """To a ten-thousandth of the range or so: nobody sets a parameter to the fifteenth digit."""
    digits = 4 - math.floor(math.log10(one.high - one.low))
    return min(max(round(value, digits), one.low), one.high)


def _place(one: Varied, value: Any) -> Any:
    """A value as Optuna knows it."""
    return one.values.index(value) if one.values else value


def _optuna() -> Any:
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise StudyError("tuning needs Optuna: pip install 'orchestrion[tune]'") from error
    return optuna


@contextmanager
def _silent(optuna: Any) -> Iterator[None]:
    """Optuna tells each trial on its own; progress is told by us. What it was set to stays as it was."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)
