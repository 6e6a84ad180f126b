"""Trade-offs: which alternatives are on the Pareto front of several KPIs, how surely, the knee, and the volume gained.

An alternative is called dominated only when another one is better in every KPI (equal in some, perhaps), each by a
paired test: to claim "better everywhere" every single test must pass, so they need no correction among themselves
(intersection-union, Berger 1982); the other alternatives that may dominate are many, so the level is shared among them
(Bonferroni). Knee: Das, Structural Optimization 18 (1999) 107-115. Hypervolume: Zitzler and Thiele (1999).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import StudyError
from orchestrion.experiments.common import shared, wants_more
from orchestrion.experiments.inference import paired
from orchestrion.experiments.selection import student_means

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study

Floats = NDArray[np.float64]
MOST_KPIS = 6


def front(points: Floats) -> NDArray[np.bool_]:
    """Which points no other dominates; less is better in every column; shape (points, KPIs).

    >>> front(np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 3.0], [1.0, 3.0]])).tolist()
    [True, True, False, True]
    """
    return np.array([not any(_dominates(other, one) for other in points) for one in points], np.bool_)


def _dominates(one: Floats, other: Floats) -> bool:
    return bool((one <= other).all() and (one < other).any())


def hypervolume(points: Floats, reference: Floats) -> float:
    """The volume between the points and the reference that they dominate; less is better in every column.

    What is worse than the reference in any column adds nothing. Exact, by slices along the last KPI.

    >>> hypervolume(np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]]), np.array([4.0, 4.0]))
    6.0
    """
    inside = points[(points < reference).all(axis=1)]
    if not len(inside):
        return 0.0
    if inside.shape[1] == 1:
        return float(reference[0] - inside[:, 0].min())
    inside = inside[np.argsort(inside[:, -1], kind="stable")]
    levels = np.append(inside[:, -1], reference[-1])
    return sum(
        hypervolume(inside[: i + 1, :-1], reference[:-1]) * float(levels[i + 1] - levels[i])
        for i in range(len(inside))
        if levels[i + 1] > levels[i]
    )


def knee(points: Floats) -> int | None:
    """The point of a front farthest below the plane through its extreme points; None where there is no such bulge.

    Distances are in the units of the front itself: give KPIs in comparable scales.

    >>> knee(np.array([[0.0, 10.0], [1.0, 2.0], [10.0, 0.0]]))
    1
    """
    count, m = points.shape
    if count < 3:
        return None
    extremes = points[np.argmin(points, axis=0)]
    if len(np.unique(extremes, axis=0)) < m:
        return None
    origin = points.min(axis=0)
    try:
        normal = np.linalg.solve(extremes - origin, np.ones(m))  # the plane: normal . (x - origin) = 1
    except np.linalg.LinAlgError:
        return None
    if not (normal > 0.0).all():
        return None
    below = (1.0 - (points - origin) @ normal) / float(np.linalg.norm(normal))
    best = int(np.argmax(below))
    return best if below[best] > 1e-12 else None


def pareto(
    study: Study, kpis: Sequence[str], *, reference: Mapping[str, float] | None = None, confidence: float = 0.95
) -> pd.DataFrame:
    """The trade-off between KPIs: who is on the front, who is dominated, and how sure that is.

    Parameters
    ----------
    kpis
        Two to six that have a better direction.
    reference
        A value of each KPI that volumes are measured from, in the KPI's unit; the baseline's means when left out.

    Returns
    -------
    DataFrame
        alternative, the mean of each KPI, status ("front", "perhaps dominated" when means alone say so,
        "dominated" when paired intervals do), dominated_by, knee (the alternative of the front farthest below the
        plane through its extremes, each KPI in units of the reference). `attrs` has the reference, the hypervolume
        that the front gains over it (in the product of the units) and its interval.
    """
    import pandas as pd

    keys = list(dict.fromkeys(kpis))
    if not 2 <= len(keys) <= MOST_KPIS:
        raise StudyError(f"a trade-off is between 2 to {MOST_KPIS} KPIs; {len(keys)} given")
    signs = np.array([-1.0 if wants_more(key) else 1.0 for key in keys])
    values = shared(study, keys, study.labels)
    sample = values * signs[:, None, None]  # less is better everywhere
    means = sample.mean(axis=2).T
    on_front = front(means)
    sure = surely_dominated(sample, confidence)
    worst = _reference(study, keys, reference, values.mean(axis=2))
    scale = np.abs(worst)
    members = np.flatnonzero(on_front)
    bulge = knee(means[members] / scale) if (scale > 0.0).all() else None
    low, high = _volume_interval(sample, signs * worst, confidence)
    rows = []
    for i, label in enumerate(study.labels):
        by = [study.labels[j] for j in sure[i]]
        beaten = not on_front[i]
        row: dict[str, object] = {"alternative": label}
        row |= {key: float(values[q, i].mean()) for q, key in enumerate(keys)}
        row["status"] = "dominated" if by else "perhaps dominated" if beaten else "front"
        row["dominated_by"] = ", ".join(by)
        row["knee"] = bulge is not None and int(members[bulge]) == i
        rows.append(row)
    frame = pd.DataFrame(rows)
    frame.attrs |= {
        "reference": dict(zip(keys, worst.tolist(), strict=True)),
        "hypervolume": hypervolume(means, signs * worst),
        "hypervolume_low": low,
        "hypervolume_high": high,
        "confidence": confidence,
        "replications": sample.shape[2],
    }
    return frame


def surely_dominated(sample: Floats, confidence: float) -> list[list[int]]:
    """For each alternative, those that dominate it beyond chance; less is better in every KPI.

    `sample` has shape (KPIs, alternatives, replications).
    The chance of calling a given alternative dominated when nothing dominates it is at most 1 - confidence.
    """
    count = sample.shape[1]
    level = 1.0 - 2.0 * (1.0 - confidence) / max(1, count - 1)  # of a two-sided interval, of which one side counts
    found: list[list[int]] = []
    for i in range(count):
        by = []
        for j in range(count):
            if i == j:
                continue
            tests = [paired(kpi[j], kpi[i], level) for kpi in sample]
            same = [test.mean == 0.0 and test.half == 0.0 for test in tests]
            better = [test.high < 0.0 for test in tests]
            if any(better) and all(a or b for a, b in zip(same, better, strict=True)):
                by.append(j)
        found.append(by)
    return found


def _reference(study: Study, keys: Sequence[str], given: Mapping[str, float] | None, means: Floats) -> Floats:
    """The point that volumes are measured from, in the KPIs' units: as given, else where the baseline stands."""
    if given is not None:
        missing = [key for key in keys if key not in given]
        if missing:
            raise StudyError(f"the reference says nothing of {', '.join(missing)}; give a value for each KPI")
        return np.array([float(given[key]) for key in keys])
    base = study.baseline if study.baseline in study.labels else study.labels[0]
    return np.asarray(means[:, study.labels.index(base)], np.float64)


def _volume_interval(sample: Floats, reference: Floats, confidence: float, draws: int = 1000) -> tuple[float, float]:
    """Where the volume lies when the means are uncertain: quantiles over means compatible with what was seen."""
    if sample.shape[2] < 2:
        return math.nan, math.nan
    m, count, n = sample.shape
    means = student_means(sample.reshape(m * count, n), draws).reshape(-1, m, count)
    volumes = [hypervolume(one.T, reference) for one in means]
    low, high = np.quantile(volumes, [(1.0 - confidence) / 2.0, (1.0 + confidence) / 2.0])
    return float(low), float(high)
