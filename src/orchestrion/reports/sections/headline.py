"""The question, the answer in plain sentences, and the headline KPIs of one alternative beside the baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from orchestrion.experiments.assumptions import meanings
from orchestrion.experiments.findings import kept_flips
from orchestrion.kpis import UNITS, kpis
from orchestrion.reports.formats import Format, decimals_for
from orchestrion.reports.page import Mark, Page
from orchestrion.reports.reading import Alternative, Difference, KpiCard
from orchestrion.reports.sections import section
from orchestrion.reports.words import Words

ARROWS = {"up": "▲", "down": "▼", "level": "≈"}


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference and its interval on a line whose zero is marked; all in percent of the line's width."""

    zero: float
    low: float
    high: float
    dot: float


@dataclass(frozen=True, slots=True)
class Change:
    """A difference in words and signs."""

    text: str
    range: str
    verdict: str
    word: str
    arrow: str
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Card:
    """One headline KPI of one alternative."""

    kpi: KpiCard
    value: str
    half: str
    reference: str
    change: Change | None


def interval_on(difference: Difference, reach: float) -> Interval | None:
    """Where a difference stands on a line from -reach to +reach."""
    if not (math.isfinite(difference.low) and math.isfinite(difference.high) and reach > 0):
        return None

    def at(value: float) -> float:
        return round(50 + 46 * max(-1.0, min(1.0, value / reach)), 2)

    return Interval(50.0, at(difference.low), at(difference.high), at(difference.value))


def reach_of(differences: list[Difference]) -> float:
    """The largest distance from zero that any of these intervals reaches."""
    return max(
        (max(abs(d.low), abs(d.high)) for d in differences if math.isfinite(d.low) and math.isfinite(d.high)),
        default=0.0,
    )


def verdict_word(page: Page, kpi: str, difference: Difference) -> str:
    """What may be said of a difference, in a word or two; what is certain but next to nothing is no boast."""
    words = page.words
    word = words({"noise": "noise_short"}.get(difference.verdict, difference.verdict))
    slight = difference.sure and UNITS[kpis[kpi].unit].next_to_nothing(difference.value)
    return words("slightly", word=word) if slight else word


def describe(page: Page, kpi: str, difference: Difference, reach: float) -> Change:
    """A difference as the reader sees it."""
    words, reading = page.words, page.reading
    decimals = reading.decimals_of(kpi, difference, reading.change_decimals(kpi))
    arrow = "level" if not difference.sure else "up" if difference.value > 0 else "down"
    bounds = ""
    if math.isfinite(difference.low) and math.isfinite(difference.high):
        low, high = (
            reading.written_change(kpi, bound, bare=True, decimals=decimals)
            for bound in (difference.low, difference.high)
        )
        bounds = words("to", low=low, high=high)
    return Change(
        reading.written_change(kpi, difference.value, decimals=decimals),
        bounds,
        difference.verdict,
        verdict_word(page, kpi, difference),
        ARROWS[arrow],
        interval_on(difference, reach),
    )


def _cards(page: Page, item: Alternative, reaches: dict[str, float]) -> list[Card]:
    reading = page.reading
    base = reading.baseline
    differences = reading.differences(base.label)
    cards = []
    for kpi in reading.headline:
        level, reference = reading.level(kpi.key, item.label), reading.level(kpi.key, base.label)
        difference = differences.get((item.label, kpi.key))
        cards.append(
            Card(
                kpi,
                reading.written(kpi.key, level.mean),
                reading.written_half(kpi.key, level.half),
                page.words.labelled(base.name, reading.written(kpi.key, reference.mean)),
                describe(page, kpi.key, difference, reaches[kpi.key]) if difference else None,
            )
        )
    return cards


def parameter_said(words: Words, path: str) -> str:
    """A parameter by what it means, and by its path."""
    meaning = words.product("parameter", meanings([path])[path][0])
    return f"{meaning} ({path})" if meaning else path


def flips(page: Page) -> list[str]:
    """What would change the answer, assumption by assumption, where it was searched for."""
    reading, words, fmt = page.reading, page.words, page.fmt
    study = reading.study
    if not hasattr(study, "path"):
        return []
    table = kept_flips(study)  # type: ignore[arg-type]
    if table is None:
        return []
    names = {item.label: item.name for item in reading.alternatives}
    said = []
    for row in table.to_dict("records"):
        numbers = {name: _figure(fmt, row.get(name)) for name in ("now", "towards", "value", "low", "high")}
        told = {
            "parameter": parameter_said(words, str(row["parameter"])),
            "best": names.get(row["recommended"], row["recommended"]),
            "rival": names.get(row["flips_to"], row["flips_to"]),
            **numbers,
        }
        if row["flips_to"]:
            said.append(words("flip_found", **told))
        elif row.get("holds_until") is not None and row["holds_until"] == row.get("towards"):
            said.append(words("flip_none", **told))
        else:
            said.append(words("flip_unsure", **told))
    return said


def _figure(fmt: Format, value: Any) -> str:
    if value is None or not math.isfinite(value):
        return "–"
    return fmt.number(value, 0 if value == round(value) else decimals_for(abs(value) / 20))


@section("headline", order=10)
def headline(page: Page) -> dict[str, Any]:
    """What a director reads."""
    reading, words = page.reading, page.words
    differences = reading.differences(reading.baseline.label)
    reaches = {
        kpi.key: reach_of([d for (_, key), d in differences.items() if key == kpi.key]) for kpi in reading.headline
    }
    first = reading.shown_first
    panels: list[tuple[Mark, list[Card]]] = [
        (page.mark(item), _cards(page, item, reaches))
        for item in reading.alternatives
        if item.label != reading.baseline.label or len(reading.alternatives) == 1
    ]
    unadjusted = any(
        found.verdict == "noise" and math.isfinite(found.low) and found.low * found.high > 0.0
        for found in differences.values()
    )
    return {
        "unadjusted": words("noise_although", k=len(reading.headline)) if unadjusted else "",
        "title": words("in_short"),
        "sentences": reading.sentences(),
        "panels": panels,
        "first": first.label,
        "base": page.mark(reading.baseline),
        "flips": flips(page),
        "single": reading.replications < 2,
        "alone": reading.alone,
    }
