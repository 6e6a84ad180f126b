"""Out of stock and lost sales, day by day."""

from __future__ import annotations

from typing import Any

from orchestrion.reports.charts.stockouts import bands_said, day_names, over_time
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.sections import section

SHOWN = ("stockout_rate", "lost_sales_share", "shelf_stockout_rate", "walk_in_lost_share")


def _table(page: Page, kpi: str) -> DataTable:
    reading, fmt = page.reading, page.fmt
    groups, names = reading.by_group(kpi, "day"), day_names(reading)
    rows = []
    for day in reading.days:
        row = [names[day]]
        for item in reading.alternatives:
            level = groups.get(item.label, {}).get(day)
            if level is None:
                row.append("–")
                continue
            half = f" ± {fmt.number(100 * level.half, 1)}" if level.n > 1 else ""
            row.append(fmt.percent(level.mean) + half)
        rows.append(row)
    return DataTable(reading.card(kpi).label, [page.words("day"), *(a.name for a in reading.alternatives)], rows)


@section("stockouts", order=60)
def section_stockouts(page: Page) -> dict[str, Any] | None:
    """Lines with bands for each KPI that the study has by day, and their tables."""
    reading, words = page.reading, page.words
    figures = {kpi: figure for kpi in SHOWN if (figure := over_time(reading, kpi)) is not None}
    if not figures:
        return None
    page.define(*figures)
    first = next(iter(figures))
    chart = page.variants(
        "stockouts",
        figures,
        controls=["over-time"],
        first=first,
        alt=words("stockouts_alt"),
        tables=[_table(page, kpi) for kpi in figures],
    )
    return {
        "title": words("stockouts_title"),
        "lead": words("stockouts_lead") + bands_said(reading),
        "chart": chart,
        "choices": [(kpi, reading.card(kpi).label) for kpi in figures],
        "definitions": [(kpi, reading.card(kpi).definition) for kpi in figures],
        "first": first,
    }
