"""What each department would say of the alternatives, and where the departments disagree."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from orchestrion.domain.codes import ReviewStatus
from orchestrion.experiments.stopwatch import seconds_per_decision
from orchestrion.kpis.scorecards import DEPARTMENTS, Department, Standing, disagreement, standing
from orchestrion.reports.judging import judged
from orchestrion.reports.page import DataTable, Mark, Page
from orchestrion.reports.reading import Alternative, Difference
from orchestrion.reports.sections import section
from orchestrion.reports.sections.headline import ARROWS, verdict_word

Judged = dict[tuple[str, str], Difference]
SIGNS = {"gains": "▲", "loses": "▼", "torn": "◆", "noise": "≈", "unknown": "–"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One KPI of one alternative on a scorecard."""

    label: str
    value: str
    half: str
    change: str
    word: str
    verdict: str
    arrow: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one department says of one alternative, and why."""

    department: str
    standing: Standing
    word: str
    sign: str
    why: list[str]


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One department's table."""

    key: str
    name: str
    asks: str
    title: str
    columns: list[Any]
    rows: list[tuple[Mark, list[Cell]]]


def kpis_of(page: Page, department: Department) -> list[str]:
    """Those of its KPIs that have a value somewhere: nobody collects in a study without click and collect."""
    reading = page.reading
    return [
        key
        for key in department.kpis
        if any(math.isfinite(reading.level(key, item.label).mean) for item in reading.alternatives)
    ]


def _cell(page: Page, key: str, item: Alternative, found: Difference | None) -> Cell:
    reading = page.reading
    level = reading.level(key, item.label)
    change = word = verdict = arrow = ""
    if found is not None:
        decimals = reading.decimals_of(key, found, reading.decimals(key))
        change = reading.written_change(key, found.value, decimals=decimals)
        verdict = found.verdict
        word = verdict_word(page, key, found)
        arrow = ARROWS["level" if not found.sure else "up" if found.value > 0 else "down"]
    half = reading.written_half(key, level.half)
    return Cell(reading.card(key).label, reading.written(key, level.mean), half, change, word, verdict, arrow)


def _opinion(page: Page, department: Department, keys: list[str], found: Judged, label: str) -> Opinion:
    verdicts = {key: found[label, key].verdict for key in keys if (label, key) in found}
    stands = standing(list(verdicts.values()))
    why = []
    for side in ("better", "worse"):
        names = [page.reading.within(key) for key, verdict in verdicts.items() if verdict == side]
        if names:
            why.append(page.words(f"standing_{side}", list=", ".join(names)))
    return Opinion(
        department.label[page.reading.lang], stands, page.words(f"standing_{stands}"), SIGNS[stands], why
    )


def _said(page: Page, opinions: list[tuple[Alternative, list[Opinion]]]) -> list[str]:
    """Where departments disagree, in sentences."""
    said = []
    for item, told in opinions:
        found = disagreement({one.department: one.standing for one in told})
        if found is None:
            continue
        torn = [name for name in found[0] if name in found[1]]
        winners, losers = ([name for name in side if name not in torn] for side in found)
        join = page.fmt.join
        if winners and losers:
            said.append(page.words("disagree", name=item.name, winners=join(winners), losers=join(losers)))
        if torn:
            said.append(page.words("disagree_torn", name=item.name, torn=join(torn)))
    return said


def _rate(page: Page, item: Alternative) -> str:
    """Orders decided on in a second of computing, where the study was timed: the machine's, no fact."""
    study: Any = page.reading.study
    taken = list(seconds_per_decision(study, item.label).values()) if hasattr(study, "path") else []
    mean = sum(taken) / len(taken) if taken else 0.0
    return page.fmt.number(1.0 / mean) if mean > 0 else "–"


def _rules(page: Page) -> DataTable | None:
    """What IT would have to run: the rule, its parameters, decisions a day, exceptions."""
    reading, words, fmt = page.reading, page.words, page.fmt
    days = len(reading.days)
    within = reading.in_measured_time()
    counts = f"""
        SELECT (SELECT count(*) FROM decisions WHERE {within}) AS decisions, count(*) AS reviews,
               count(*) FILTER (status = {int(ReviewStatus.FALLBACK)}) AS fallbacks
        FROM reviews WHERE {within}
    """
    rows = []
    for item, one in zip(reading.alternatives, reading.study.alternatives, strict=True):
        policy = (getattr(one, "document", None) or {}).get("policy") or {}
        chain = policy.get("rules") or policy.get("pipeline") or []
        name = re.sub(r"\(.*", "", item.policy, flags=re.S) or str(policy.get("name", "–"))
        settings = len(chain) if chain else max(0, len(policy) - 1)
        decisions = reviews = fallbacks = 0
        known = bool(days)
        for replication in reading.replication_ids(item.label):
            found = reading.sql(counts, item.label, replication)
            if found is None:
                known = False
                break
            decisions, reviews, fallbacks = (
                total + int(column[0])
                for total, column in zip((decisions, reviews, fallbacks), found.values(), strict=True)
            )
        per = max(1, days) * max(1, len(reading.replication_ids(item.label)))
        figures = [fmt.number(decisions / per, 1), fmt.number(reviews / per, 1), fmt.number(fallbacks / per, 2)]
        row = [item.name, name, fmt.number(settings), *(figures if known else ["–"] * 3), _rate(page, item)]
        for key in ("resourcing_hops", "cancellation_rate"):
            row.append(reading.written(key, reading.level(key, item.label).mean) if key in reading.measured else "–")
        rows.append(row)
    columns = ["alternative", "it_rules", "it_parameters", "it_decisions", "it_reviews", "it_fallback", "it_rate"]
    names = [words(name) for name in columns]
    names += [reading.card("resourcing_hops").label, words("it_cancelled")]
    return DataTable(words("it_title"), names, rows)


@section("scorecards", order=25)
def scorecards(page: Page) -> dict[str, Any]:
    """A matrix of opinions, the disagreements in words, and a scorecard for each department."""
    reading, words = page.reading, page.words
    base = reading.baseline
    others = [item for item in reading.alternatives if item.label != base.label]
    cards: list[Scorecard] = []
    by_item: dict[str, list[Opinion]] = {item.label: [] for item in others}
    for department in DEPARTMENTS:
        keys = kpis_of(page, department)
        if not keys:
            continue
        page.define(*keys)
        found = judged(reading, base.label, keys)
        rows = [
            (page.mark(item), [_cell(page, key, item, found.get((item.label, key))) for key in keys])
            for item in reading.alternatives
        ]
        name = department.label[reading.lang]
        cards.append(
            Scorecard(
                department.key, name, department.asks[reading.lang], words("scorecard_of", name=name),
                [reading.card(key) for key in keys], rows,
            )
        )  # fmt: skip
        for item in others:
            by_item[item.label].append(_opinion(page, department, keys, found, item.label))
    opinions = [(item, by_item[item.label]) for item in others]
    comparable = bool(others) and reading.replications > 1
    return {
        "title": words("scorecards_title"),
        "lead": words("scorecards_lead", name=base.name) if others else words("scorecards_alone"),
        "departments": [card.name for card in cards],
        "matrix": [(page.mark(item), told) for item, told in opinions] if comparable else [],
        "said": _said(page, opinions) if comparable else [],
        "comparable": comparable,
        "cards": cards,
        "rules": _rules(page),
    }
