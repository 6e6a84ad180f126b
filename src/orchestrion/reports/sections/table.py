"""Headline KPIs of every alternative: levels, intervals, best where statistics allow, differences with a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from orchestrion.reports.page import DataTable, Mark, Page
from orchestrion.reports.sections import section
from orchestrion.reports.sections.headline import Change, describe, reach_of


@dataclass(frozen=True, slots=True)
class Cell:
    """One KPI of one alternative."""

    label: str
    value: str
    half: str
    rank: str  # "best", "tied", ""
    bar: float  # percent of the column's largest
    change: Change | None


@dataclass(frozen=True, slots=True)
class Row:
    """One alternative."""

    mark: Mark
    cells: list[Cell]


def rank(page: Page, kpi: str, label: str) -> str:
    """ "best" when better than all others beyond noise, "tied" when the leader cannot be told apart, else nothing."""
    found = page.reading.best.get(kpi)
    if found is None:
        return ""
    leader, tied = found
    if len(tied) + 1 >= len(page.reading.alternatives):
        return ""  # nothing can be told apart: no praise
    if label == leader:
        return "tied" if tied else "best"
    return "tied" if label in tied else ""


def _perfect(page: Page) -> DataTable | None:
    """How far each policy is from perfect information, where that was worked out for every replication before."""
    study: Any = page.reading.study
    if not hasattr(study, "gap"):
        return None
    finished = sum(len(study.cells(label)) for label in study.labels)
    if len(list(study.path.glob("bounds/*.json"))) < finished:
        return None  # `orchestrion perfect STUDY` does that; it may take long
    words, fmt, rows = page.words, page.fmt, []

    def interval(row: dict[str, Any], name: str, unit: str, decimals: int) -> str:
        if not math.isfinite(row[name]):
            return "–"
        times = 100.0 if unit == "share" else 1.0
        half = times * (row[f"{name}_high"] - row[name])
        text = fmt.quantity(row[name], unit, decimals, magnitude=0)
        return text + (f" ± {fmt.number(half, decimals)}" if math.isfinite(half) else "")

    for row in study.gap().to_dict("records"):
        figures = [interval(row, name, "EUR", 2) for name in ("booked", "bound", "gap")]
        basis = words(f"gap_{row['basis'].replace(', ', '_').replace(' ', '_')}")
        name = page.reading.of(str(row["alternative"])).name
        rows.append([name, *figures, interval(row, "share", "share", 1), basis])
    columns = ("alternative", "gap_booked", "gap_bound", "gap_gap", "gap_share", "gap_basis")
    return DataTable(words("gap_title"), [words(name) for name in columns], rows)


@section("table", order=20)
def table(page: Page) -> dict[str, Any]:
    """The KPI table."""
    reading, words = page.reading, page.words
    base = reading.baseline
    differences = reading.differences(base.label)
    largest = {kpi.key: reading.magnitude(kpi.key) for kpi in reading.headline}
    reaches = {
        kpi.key: reach_of([d for (_, key), d in differences.items() if key == kpi.key]) for kpi in reading.headline
    }
    rows = []
    for item in reading.alternatives:
        cells = []
        for kpi in reading.headline:
            level = reading.level(kpi.key, item.label)
            difference = differences.get((item.label, kpi.key))
            share = level.mean / largest[kpi.key] if largest[kpi.key] and math.isfinite(level.mean) else 0.0
            cells.append(
                Cell(
                    kpi.label,
                    reading.written(kpi.key, level.mean),
                    reading.written_half(kpi.key, level.half),
                    rank(page, kpi.key, item.label),
                    round(100 * max(0.0, share), 1),
                    describe(page, kpi.key, difference, reaches[kpi.key])
                    if difference and item.label != base.label
                    else None,
                )
            )
        rows.append(Row(page.mark(item), cells))
    lead = words("table_lead_1")
    if reading.replications > 1:
        lead = words("table_lead_alone" if reading.alone else "table_lead", n=reading.replications, name=base.name)
    return {
        "title": words("table_title"),
        "lead": lead,
        "note": words("table_note", k=len(reading.headline)) if reading.replications > 1 and not reading.alone else "",
        "columns": reading.headline,
        "rows": rows,
        "perfect": _perfect(page),
    }
