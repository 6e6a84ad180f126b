"""The purse, day by day."""

from __future__ import annotations

from typing import Any

from orchestrion.reports.charts.stockouts import bands_said, day_names, over_time
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.sections import section


@section("cash", order=75)
def section_cash(page: Page) -> dict[str, Any] | None:
    """Lines with bands, their table, and how deep the purse must be."""
    reading, words = page.reading, page.words
    figure = over_time(reading, "cash_generated")
    if figure is None:
        return None
    groups, names = reading.by_group("cash_generated", "day"), day_names(reading)
    rows = []
    for day in reading.days:
        levels = [groups.get(item.label, {}).get(day) for item in reading.alternatives]
        rows.append([names[day], *("–" if x is None else reading.written("cash_generated", x.mean) for x in levels)])
    peaks = [reading.level("peak_cash_need", item.label).mean for item in reading.alternatives]
    rows.append([words("cash_peak"), *(reading.written("peak_cash_need", peak) for peak in peaks)])
    columns = [words("day"), *(item.name for item in reading.alternatives)]
    chart = page.chart(
        "cash", figure, alt=words("cash_alt"), tables=[DataTable(words("cash_title"), columns, rows)]
    )
    return {"title": words("cash_title"), "lead": words("cash_lead") + bands_said(reading), "chart": chart}
