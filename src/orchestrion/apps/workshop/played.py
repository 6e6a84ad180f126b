"""One alternative as the workshop weighs it: euros, amounts and measures, replication by replication."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orchestrion.errors import StudyError
from orchestrion.kpis.weighing import BASE, scores


@dataclass(frozen=True)
class Played:
    """An alternative of the study, or a trial.

    Attributes
    ----------
    contribution, amounts
        Euros, and criterion -> amount, in each of the replications.
    measures
        Measure -> replication -> value, for red lines.
    base
        Of a trial: the alternative it changes.
    """

    label: str
    replications: Sequence[int]
    contribution: Sequence[float]
    amounts: Mapping[str, Sequence[float]]
    measures: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    base: str | None = None

    def scores(self, prices: Mapping[str, float]) -> dict[int, float]:
        """Replication -> score [euros]."""
        found = scores(self.contribution, self.amounts, prices)
        return dict(zip(self.replications, found.tolist(), strict=True))

    def mean_amount(self, key: str) -> float:
        """Mean over replications of a criterion's amount."""
        values = self.amounts[key]
        return math.fsum(values) / len(values)


def mean_score(one: Played, others: Mapping[str, Played], prices: Mapping[str, float]) -> float:
    """The score of an alternative; of a trial: what its base has, and the paired difference on top.

    Raises
    ------
    StudyError
        When a trial and its base share no replication.
    """
    mine = one.scores(prices)
    if one.base is None:
        return math.fsum(mine.values()) / len(mine)
    base = others[one.base].scores(prices)
    shared = [r for r in mine if r in base]
    if not shared:
        raise StudyError(f"{one.label} and {one.base} have no replication in common to compare them in")
    over = math.fsum(mine[r] - base[r] for r in shared) / len(shared)
    return math.fsum(base.values()) / len(base) + over


def flat(played: Sequence[Played]) -> list[Played]:
    """The same alternatives with one replication that stands for all: scores are linear, so its score is their mean."""
    by = {one.label: one for one in played}
    found = []
    for one in played:
        level = mean_score(one, by, {})
        amounts = {key: [level - mean_score(one, by, {key: 1.0})] for key in one.amounts}
        found.append(Played(one.label, [0], [level], amounts, one.measures))
    return found


def swings(played: Sequence[Played], keys: Sequence[str]) -> dict[str, float]:
    """Criterion, and the contribution -> largest less smallest mean amount among alternatives."""
    found = {}
    for key in keys:
        means = [one.mean_amount(key) for one in played]
        found[key] = max(means) - min(means)
    euros = [math.fsum(one.contribution) / len(one.contribution) for one in played]
    return found | {BASE: max(euros) - min(euros)}
