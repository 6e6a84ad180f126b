"""From click to door: how long customers wait, and whether promises are kept."""

from __future__ import annotations

import math
from typing import Any

from orchestrion.reports.charts.delivery import band_names, delivery, distributions
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.sections import section


@section("delivery", order=50)
def section_delivery(page: Page) -> dict[str, Any] | None:
    """Bars of delivery time with their table."""
    reading, words, fmt = page.reading, page.words, page.fmt
    found = distributions(reading)
    figure = delivery(reading, found)
    if figure is None:
        return {"title": words("delivery_title"), "lead": words("no_facts"), "chart": None}
    extra = [
        (key, reading.card(key))
        for key in ("delivery_time_days", "delivery_time_p90", "promises_kept")
        if key in reading.measured
    ]
    rows = []
    for item in reading.alternatives:
        if item.label not in found:
            continue
        row = [item.name, *(fmt.percent(float(share)) for share in found[item.label].shares)]
        for key, _ in extra:
            level = reading.level(key, item.label)
            row.append(reading.written(key, level.mean) if math.isfinite(level.mean) else "–")
        rows.append(row)
    columns = [words("alternative"), *band_names(reading), *(card.label for _, card in extra)]
    chart = page.chart(
        "delivery",
        figure,
        alt=words("delivery_alt"),
        tables=[DataTable(words("delivery_title"), columns, rows)],
    )
    return {"title": words("delivery_title"), "lead": words("delivery_lead"), "chart": chart}
