"""Which rules leave for the order-management system, and what is lost where a policy cannot be said in rules.

A policy that optimises, is tuned or looks ahead is approximated: rule sets that may come near are tried on the same
customers; the best one is then measured against the policy on customers that the search never saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from orchestrion.domain.view import SourcingPolicy
from orchestrion.errors import StudyError
from orchestrion.experiments.common import wants_more
from orchestrion.experiments.comparing import difference
from orchestrion.experiments.inference import Estimate
from orchestrion.experiments.running import Progress, compare
from orchestrion.experiments.study import Study
from orchestrion.kpis import HEADLINE, UNITS, kpis
from orchestrion.policies.sourcing.rules import Rules
from orchestrion.scenarios.rules_out import candidates, in_rules, rules_document


@dataclass(frozen=True)
class HandedOver:
    """A rule set, and how it compares with the policy that it stands for.

    Attributes
    ----------
    exact
        The rules are the policy: there is nothing to lose.
    loss
        By KPI, rules minus policy, paired over fresh customers; empty where the rules are the policy.
    tried
        (title, mean of the KPI) of every rule set tried, the best first; empty where none was tried.
    """

    policy: Rules
    exact: bool
    kpi: str
    loss: dict[str, Estimate]
    tried: tuple[tuple[str, float], ...]
    replications: int

    def sentences(self) -> list[str]:
        """What there is to tell."""
        if self.exact:
            return ["The rules are the policy, order by order."]
        told = [
            f"The policy cannot be said in rules. Of {len(self.tried)} rule sets tried, {self.policy.title!r} comes "
            f"nearest in {kpis[self.kpi].label.en.lower()}. Rules minus policy on fresh customers, {self.replications} "
            "replications, paired, 95 % intervals:"
        ]
        for key, one in self.loss.items():
            unit = UNITS[kpis[key].unit]
            half = one.half * unit.times
            noise = " (noise)" if abs(one.mean) <= one.half else ""
            shown = f"{one.mean * unit.times:+,.{unit.decimals}f} ± {half:,.{unit.decimals}f} {unit.label.en}"
            told.append(f"  {kpis[key].label.en}: {shown}{noise}")
        return told


def handed_over(
    study: Study,
    label: str,
    *,
    kpi: str = "contribution",
    replications: int = 5,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> HandedOver:
    """The rules that stand for an alternative's policy.

    Parameters
    ----------
    study, label
        Of the study its scenario and policy are taken.
    kpi
        What the rules should come near in.
    replications
        Of the search; as many fresh ones measure the loss.
    seed
        Of the search, by default the study's; the loss is measured with the next one.

    Raises
    ------
    StudyError
        If fewer than two replications are asked for.
    """
    runnable = study.runnable(label)
    policy = cast(SourcingPolicy, runnable.policy)
    said = in_rules(policy)
    if said is not None and said.exact:
        return HandedOver(said.policy, True, kpi, {}, (), 0)
    if replications < 2:
        raise StudyError("two replications at least are needed to measure what the rules lose")
    more = wants_more(kpi)
    seed = study.seed if seed is None else seed
    options: dict[str, Any] = {"workers": workers, "progress": progress, "facts": "none", "replications": replications}
    tried = _tried(candidates(policy))
    first = compare([runnable.scenario], tried, seed=seed, **options)
    means = {name: first.estimate(kpi, name).mean for name in first.labels}
    order = sorted(means, key=lambda name: -means[name] if more else means[name])
    best = tried[first.labels.index(order[0])]
    fresh = compare([runnable.scenario], [policy, best], seed=seed + 1, **options)
    theirs, ours = fresh.labels
    keys = list(dict.fromkeys([kpi, *HEADLINE]))
    loss = {key: difference(fresh, key, ours, theirs) for key in keys}
    titles = {name: one.title for name, one in zip(first.labels, tried, strict=True)}
    return HandedOver(best, False, kpi, loss, tuple((titles[name], means[name]) for name in order), replications)


def _tried(found: Sequence[Rules]) -> list[Rules]:
    """Each different rule set once."""
    kept: dict[str, Rules] = {}
    for one in found:
        kept.setdefault(repr(rules_document(one)["rules"]), one)
    return list(kept.values())
