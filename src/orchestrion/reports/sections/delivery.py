"""From click to door: how long customers wait, and how that stands against what they were promised."""

from __future__ import annotations

import math
from typing import Any

from orchestrion.reports.charts import promise
from orchestrion.reports.charts.delivery import band_names, delivery, distributions
from orchestrion.reports.page import Chart, DataTable, Page
from orchestrion.reports.sections import section


def _by_days(page: Page) -> Chart | None:
    reading, words, fmt = page.reading, page.words, page.fmt
    found = distributions(reading)
    figure = delivery(reading, found)
    if figure is None:
        return None
    extra = [
        (key, reading.card(key))
        for key in ("delivery_time_days", "delivery_time_p90", "promises_kept")
        if key in reading.measured
    ]
    page.define(*(key for key, _ in extra))
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
    tables = [DataTable(words("delivery_title"), columns, rows)]
    return page.chart("delivery", figure, alt=words("delivery_alt"), tables=tables)


def _by_promise(page: Page) -> Chart | None:
    reading, words, fmt = page.reading, page.words, page.fmt
    found = promise.distributions(reading)
    figure = promise.promise(reading, found)
    if figure is None:
        return None
    rows = [
        [item.name, *(fmt.percent(float(share)) for share in found[item.label])]
        for item in reading.alternatives
        if item.label in found
    ]
    columns = [words("alternative"), *(words(key) for key in promise.BANDS)]
    tables = [DataTable(words("promise_chart"), columns, rows)]
    return page.chart("promise", figure, alt=words("promise_alt"), tables=tables)


@section("delivery", order=50)
def section_delivery(page: Page) -> dict[str, Any] | None:
    """Bars of delivery time, and bars against the promise, with their tables."""
    words = page.words
    days, told = _by_days(page), _by_promise(page)
    charts = []
    if days is not None:
        charts.append((words("delivery_chart"), words("delivery_lead"), days))
    if told is not None:
        charts.append((words("promise_chart"), words("promise_lead"), told))
    title = words("delivery_title")
    return {"title": title, "lead": "" if charts else words("no_facts"), "charts": charts}
