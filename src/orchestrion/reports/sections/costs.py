"""What an order costs, by component, and what it emits, by leg."""

from __future__ import annotations

from typing import Any

from orchestrion.domain.codes import Leg
from orchestrion.reports.charts import components
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.sections import section


def _table(page: Page, found: components.Breakdown, caption: str) -> DataTable:
    reading, words = page.reading, page.words
    unit = reading.card(found.kpi).unit
    columns = [words("alternative"), *(components.part_name(reading, part) for part in found.parts)]
    with_trip = bool(found.parts) and isinstance(found.parts[0], Leg)
    columns += [words("without_trip"), words("with_trip")] if with_trip else [words("total")]
    rows = []
    for item in reading.alternatives:
        amounts = found.amounts.get(item.label)
        if amounts is None:
            continue
        row = [item.name, *(page.fmt.quantity(amounts.get(part, 0.0), unit, 3) for part in found.parts)]
        if with_trip:
            row += [reading.written(found.kpi, value) for value in components.trip_totals(reading, found, item.label)]
        else:
            row.append(reading.written(found.kpi, reading.level(found.kpi, item.label).mean))
        rows.append(row)
    return DataTable(caption, columns, rows)


@section("costs", order=70)
def costs(page: Page) -> dict[str, Any] | None:
    """Two charts side by side."""
    reading, words = page.reading, page.words
    shown = []
    for key, read, draw in (
        ("cost", components.cost_breakdown, components.cost),
        ("co2e", components.emission_breakdown, components.emissions),
    ):
        found, figure = read(reading), draw(reading)
        if found is None or figure is None:
            continue
        caption = words(f"{key}_chart")
        chart = page.chart(key, figure, alt=words(f"{key}_alt"), tables=[_table(page, found, caption)])
        trip = any(part == Leg.CUSTOMER_TRIP and isinstance(part, Leg) for part in found.parts)
        lead = words("co2e_lead_home") if key == "co2e" and not trip else words(f"{key}_lead")
        shown.append((caption, lead, chart))
    return {"title": words("costs_title"), "charts": shown} if shown else None
