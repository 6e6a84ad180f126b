"""What a report judges beyond the headline: any set of KPIs against a baseline, and the amounts behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrion.experiments.inference import Estimate, holm, paired, student, verdict
from orchestrion.kpis import kpis
from orchestrion.reports.reading import VERDICTS, Difference, Reading


def judged(reading: Reading, baseline: str, keys: Sequence[str]) -> dict[tuple[str, str], Difference]:
    """(label, KPI) -> paired difference to the baseline; verdicts by Holm over these KPIs, for each alternative.

    KPIs without a value on either side are left out; those without a better direction are "higher" or "lower" and
    count in the family all the same.
    """
    result: dict[tuple[str, str], Difference] = {}
    for item in reading.alternatives:
        if item.label == baseline:
            continue
        tests = {}
        for key in keys:
            here, there = (reading.measured.get(key, {}).get(label, {}) for label in (item.label, baseline))
            both = [r for r in here if r in there and math.isfinite(here[r]) and math.isfinite(there[r])]
            if both:
                tests[key] = paired([here[r] for r in both], [there[r] for r in both])
        adjusted = dict(zip(tests, holm([test.p for test in tests.values()]), strict=True))
        for key, test in tests.items():
            said = verdict(test, adjusted[key], kpis[key].direction)
            result[item.label, key] = Difference(test.mean, test.low, test.high, VERDICTS.get(said, "unknown"))
    return result


def differing(reading: Reading, values: dict[str, dict[int, float]], baseline: str, label: str) -> Estimate:
    """The paired difference of any amounts (label -> replication -> value), unadjusted."""
    here, there = values.get(label, {}), values.get(baseline, {})
    both = sorted(set(here) & set(there))
    return student([here[r] - there[r] for r in both])


@dataclass(frozen=True, slots=True)
class Parts:
    """A KPI of one replication: its value and what it was divided from."""

    value: float
    numerator: float
    denominator: float


def parts_of(reading: Reading) -> dict[str, dict[str, dict[int, Parts]]]:
    """kpi -> label -> replication -> value, numerator, denominator; empty for tables that do not tell them."""
    table = reading.study.kpis("all")
    if "numerator" not in table:
        return {}
    result: dict[str, dict[str, dict[int, Parts]]] = {}
    names = ("kpi", "label", "replication", "value", "numerator", "denominator")
    for kpi, label, replication, *numbers in zip(*(table[name].tolist() for name in names), strict=True):
        result.setdefault(kpi, {}).setdefault(label, {})[int(replication)] = Parts(*map(float, numbers))
    return result
