"""What each department would choose at its own prices, how much it regrets the others' choice, where its red lines are.

Scores are those of `kpis.weighing`: contribution less price times amount, replication by replication. A trial has fewer
replications than the study, the same customers in each: it stands as far from its base as in the replications that both
have, on top of what all replications say of the base.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrion.apps.workshop.played import Played, mean_score
from orchestrion.experiments.inference import paired, student
from orchestrion.kpis.weighing import ranking


@dataclass(frozen=True, slots=True)
class Crossing:
    """A red line that an alternative crosses; `sure` when its whole interval lies beyond."""

    measure: str
    limit: float
    value: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """One alternative in the eyes of one department.

    Attributes
    ----------
    score
        Mean over replications [euros].
    regret, share
        Euros that the department gives up against its best, and the same as a part of what is at stake for it.
    """

    label: str
    score: float
    regret: float
    share: float
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True, slots=True)
class Opinion:
    """One department.

    Attributes
    ----------
    voices
        Participants who are here.
    best, preferred
        The highest score of all; the highest of those that cross none of its red lines (`best` when none is left).
    sure
        Whether the preferred one's lead over every other one is beyond chance (5 %, shared among them).
    """

    department: str
    voices: int
    prices: Mapping[str, float]
    rows: tuple[Standing, ...]
    best: str
    preferred: str
    sure: bool

    def of(self, label: str) -> Standing:
        """Its view of one alternative."""
        return next(one for one in self.rows if one.label == label)


def opinion(
    department: str,
    voices: int,
    prices: Mapping[str, float],
    red_lines: Mapping[str, float],
    played: Sequence[Played],
    sides: Mapping[str, str],
) -> Opinion:
    """What a department thinks of everything on the table.

    Parameters
    ----------
    played
        The baseline first; trials with their base among the others.
    sides
        Measure -> "most" or "least": on which side of a limit it is crossed.
    """
    by = {one.label: one for one in played}
    means = {one.label: mean_score(one, by, prices) for one in played}
    order = [name for name, _ in ranking({name: [value] for name, value in means.items()})]
    top, bottom = means[order[0]], means[order[-1]]
    rows = []
    for one in played:
        crossed = tuple(
            found
            for measure, limit in red_lines.items()
            if (found := crossing(measure, limit, one.measures.get(measure, {}), sides[measure])) is not None
        )
        regret = top - means[one.label]
        share = regret / (top - bottom) if top > bottom else 0.0
        rows.append(Standing(one.label, means[one.label], regret, share, crossed))
    free = [one.label for one in rows if not one.crossings]
    preferred = next((name for name in order if name in free), order[0])
    rivals = [one for one in played if one.label != preferred and (one.label in free or preferred not in free)]
    sure = all(_surely(by[preferred], other, prices, len(rivals)) for other in rivals)
    return Opinion(department, voices, dict(prices), tuple(rows), order[0], preferred, sure)


def _both(one: Played, other: Played, prices: Mapping[str, float]) -> tuple[list[float], list[float]]:
    mine, theirs = one.scores(prices), other.scores(prices)
    shared = [r for r in mine if r in theirs]
    return [mine[r] for r in shared], [theirs[r] for r in shared]


def _surely(one: Played, other: Played, prices: Mapping[str, float], rivals: int) -> bool:
    """Whether it is ahead beyond chance; the level is shared among all rivals (Bonferroni)."""
    found = paired(*_both(one, other, prices), 1.0 - 0.05 / max(1, rivals))
    return found.n > 1 and found.low > 0.0


def crossing(measure: str, limit: float, values: Mapping[int, float], side: str) -> Crossing | None:
    """Whether the mean of a measure lies beyond a limit."""
    finite = [one for one in values.values() if math.isfinite(one)]
    if not finite:
        return None
    found = student(finite)
    sign = 1.0 if side == "most" else -1.0
    if sign * (found.mean - limit) <= 0.0:
        return None
    near = found.low if side == "most" else found.high
    sure = found.n > 1 and sign * (near - limit) > 0.0
    return Crossing(measure, limit, found.mean, sure)


def told(one: Opinion) -> dict[str, Any]:
    """The same for the page."""
    return {
        "department": one.department,
        "voices": one.voices,
        "prices": dict(one.prices),
        "best": one.best,
        "preferred": one.preferred,
        "sure": one.sure,
        "rows": [
            {
                "label": row.label,
                "score": row.score,
                "regret": row.regret,
                "share": row.share,
                "crossings": [
                    {"measure": c.measure, "limit": c.limit, "value": c.value, "sure": c.sure} for c in row.crossings
                ],
            }
            for row in one.rows
        ],
    }  # fmt: skip
