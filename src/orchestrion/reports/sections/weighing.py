"""What the reader would pay for: sliders in euros that rank the alternatives again in the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from orchestrion.experiments.inference import t_quantile
from orchestrion.kpis.scorecards import DEPARTMENTS
from orchestrion.kpis.weighing import BASE, CRITERIA, Criterion, amount_of
from orchestrion.kpis.weighing_codes import study_mark
from orchestrion.reports.judging import Parts, parts_of
from orchestrion.reports.page import DataTable, Mark, Page, script_json
from orchestrion.reports.reading import Reading, StudyLike
from orchestrion.reports.sections import section


@dataclass(frozen=True, slots=True)
class Weighable:
    """What the page needs to rank: replications that all alternatives finished, euros and amounts in each."""

    replications: list[int]
    contribution: dict[str, list[float]]
    amounts: dict[str, dict[str, list[float]]]  # label -> criterion -> amount by replication
    criteria: list[Criterion]


def weighable(reading: Reading, criteria: Sequence[Criterion] | None = None) -> Weighable | None:
    """None when the study does not tell amounts, or no replication is finished everywhere.

    Parameters
    ----------
    criteria
        These, whatever happens in the study; those of which something does when left out.
    """
    parts = parts_of(reading)
    labels = [item.label for item in reading.alternatives]
    if BASE not in parts or any(label not in parts[BASE] for label in labels):
        return None
    common = [r for r in sorted(parts[BASE][labels[0]]) if all(r in parts[BASE][label] for label in labels)]
    if not common:
        return None

    def amounts(criterion: Criterion, label: str) -> list[float]:
        by = parts.get(criterion.kpi, {}).get(label, {})
        nothing = Parts(math.nan, math.nan, math.nan)
        found = [by.get(r, nothing) for r in common]
        return [amount_of(criterion, one.value, one.numerator, one.denominator) for one in found]

    asked = CRITERIA if criteria is None else criteria
    told = {label: {one.key: amounts(one, label) for one in asked} for label in labels}
    # a criterion of which nothing ever happens would be a slider without effect
    kept = [one for one in asked if criteria is not None or any(any(told[label][one.key]) for label in labels)]
    return Weighable(
        common,
        {label: [parts[BASE][label][r].value for r in common] for label in labels},
        {label: {one.key: told[label][one.key] for one in kept} for label in labels},
        kept,
    )


def mark_of(study: StudyLike) -> str:
    """The mark by which weighing codes know this study."""
    told = list(study.alternatives)
    return study_mark(
        [one.label for one in told],
        [f"{one.scenario_hash} {one.policy_text}" for one in told],
        study.manifest.get("seed"),
    )


def _table(page: Page, found: Weighable) -> DataTable:
    reading, words, fmt = page.reading, page.words, page.fmt
    columns = [words("alternative"), f"{reading.card(BASE).label} [€]"]
    columns += [one.per[reading.lang] for one in found.criteria]
    rows = []
    for item in reading.alternatives:
        series = [found.contribution[item.label], *(found.amounts[item.label][one.key] for one in found.criteria)]
        rows.append([item.name, *(fmt.number(math.fsum(one) / len(one), 1) for one in series)])
    return DataTable(words("weighing_amounts"), columns, rows)


@section("weighing", order=28)
def weighing(page: Page) -> dict[str, Any] | None:
    """Sliders by department, the ranking, and the amounts behind it."""
    reading, words = page.reading, page.words
    if len(reading.alternatives) < 2:
        return None
    found = weighable(reading)
    if found is None or not found.criteria:
        return None
    page.define(BASE, *(one.kpi for one in found.criteria))
    n = len(found.replications)
    payload = {
        "lang": reading.lang,
        "t": t_quantile(0.975, n - 1) if n > 1 else None,
        # the leader is picked by looking: its 5 % are shared among the others (Bonferroni)
        "sure": t_quantile(1.0 - 0.025 / (len(reading.alternatives) - 1), n - 1) if n > 1 else None,
        "base": reading.baseline.index,
        "study": mark_of(reading.study),
        "places": {"departments": [one.key for one in DEPARTMENTS], "criteria": [one.key for one in CRITERIA]},
        "words": {key: words(f"weighing_live_{key}") for key in ("sure", "noise")}
        | {key: words(f"code_{key}") for key in ("copied", "copy_by_hand")},
        "noise": words("noise_short"),
        "alternatives": [
            {
                "index": item.index,
                "name": item.name,
                "contribution": found.contribution[item.label],
                "amounts": found.amounts[item.label],
            }
            for item in reading.alternatives
        ],
    }
    names = {one.key: one.label[reading.lang] for one in DEPARTMENTS}
    groups = [
        (names[key], [(one, words("weighing_per", what=one.per[reading.lang])) for one in members])
        for key, members in groupby(found.criteria, key=lambda one: one.department)
    ]
    marks: list[Mark] = [page.mark(item) for item in reading.alternatives]
    return {
        "title": words("weighing_title"),
        "lead": words("weighing_lead"),
        "groups": groups,
        "departments": list(names.items()),
        "marks": marks,
        "base": reading.baseline.name,
        "note": words("weighing_note") if n > 1 else words("table_lead_1"),
        "payload": script_json(payload),
        "table": _table(page, found),
    }
