"""Out of stock on the web, day by day."""

from __future__ import annotations

from typing import Any

from orchestrion.reports.charts.stockouts import day_names, over_time
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.sections import section


@section("stockouts", order=60)
def section_stockouts(page: Page) -> dict[str, Any] | None:
    """Lines with bands and their table."""
    reading, words, fmt = page.reading, page.words, page.fmt
    figure = over_time(reading)
    if figure is None:
        return None
    groups = reading.by_group("stockout_rate", "day")
    names = day_names(reading)
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
    chart = page.chart(
        "stockouts",
        figure,
        alt=words("stockouts_alt"),
        tables=[DataTable(words("stockouts_title"), [words("day"), *(a.name for a in reading.alternatives)], rows)],
    )
    return {"title": words("stockouts_title"), "lead": words("stockouts_lead"), "chart": chart}
