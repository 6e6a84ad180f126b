"""What each rule adds to the second baseline: paired differences drawn against zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from orchestrion.reports.page import Mark, Page
from orchestrion.reports.sections import section
from orchestrion.reports.sections.headline import Change, describe, reach_of


@dataclass(frozen=True, slots=True)
class Row:
    """One alternative: a change (or nothing) per headline KPI."""

    mark: Mark
    changes: list[tuple[str, Change | None]]


@section("additions", order=30)
def additions(page: Page) -> dict[str, Any] | None:
    """Shown when the study names a second baseline and has replications to compare."""
    reading, words = page.reading, page.words
    second = reading.second_baseline
    if second is None or reading.replications < 2:
        return None
    differences = reading.differences(second.label)
    # the first baseline is another world: its distance would hide what the rules do
    items = [a for a in reading.alternatives if a.label not in (second.label, reading.baseline.label)]
    if not items:
        return None
    kept = {item.label for item in items}
    reaches = {
        kpi.key: reach_of([d for (label, key), d in differences.items() if key == kpi.key and label in kept])
        for kpi in reading.headline
    }
    rows = []
    for item in items:
        changes: list[tuple[str, Change | None]] = []
        for kpi in reading.headline:
            found = differences.get((item.label, kpi.key))
            changes.append((kpi.label, describe(page, kpi.key, found, reaches[kpi.key]) if found else None))
        rows.append(Row(page.mark(item), changes))
    return {
        "title": words("additions_title", name=second.name),
        "lead": words("additions_lead", name=second.name),
        "columns": reading.headline,
        "rows": rows,
    }
