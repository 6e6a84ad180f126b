"""From the baseline to another alternative: what each cost component and each CO2e leg adds or takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrion.domain.codes import Leg
from orchestrion.reports.charts.components import part_name
from orchestrion.reports.charts.waterfall import ASKED, Waterfall, draw, gathered, waterfall_of
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.reading import Alternative
from orchestrion.reports.sections import section

if TYPE_CHECKING:
    import plotly.graph_objects as go


def _table(page: Page, caption: str, found: list[tuple[Alternative, Waterfall]]) -> DataTable:
    reading, fmt, words = page.reading, page.fmt, page.words
    parts = {step.part: None for _, one in found for step in one.steps}
    rows = []
    unit = reading.card(found[0][1].kpi).unit
    how = fmt.unit(unit)
    for part in sorted((part for part in parts if part is not None), key=int):
        row = [part_name(reading, part)]
        for _, one in found:
            step = next((step for step in one.steps if step.part == part), None)
            if step is None:
                row.append("–")
                continue
            half = step.change.half
            row.append(fmt.change(step.change.mean, unit, 4))
            row[-1] += f" ± {fmt.number(how.shown(half), 4)}" if half == half else ""
        rows.append(row)
    rows.append([words("total"), *(fmt.change(one.end - one.start, unit, 4) for _, one in found)])
    return DataTable(caption, [words("component_or_leg"), *(item.name for item, _ in found)], rows)


@section("waterfall", order=72)
def waterfall(page: Page) -> dict[str, Any] | None:
    """Two waterfalls, a selector, and a switch for the customer's trip."""
    reading, words = page.reading, page.words
    others = [item for item in reading.alternatives if item.label != reading.baseline.label]
    if not others:
        return None
    first = reading.shown_first
    found = {
        name: [(a, one) for a in others if (one := waterfall_of(reading, *what, a))] for name, what in ASKED.items()
    }
    if any(len(one) != len(others) for one in found.values()):
        return None
    costs, whole = found["cost"], found["co2e"]

    def figure(name: str, item: Alternative) -> go.Figure:
        shown = gathered(reading, *ASKED[name], item)
        assert shown is not None
        return draw(reading, shown, item)

    # a switch that changes nothing would be a riddle: nobody collects anything here
    trips = any(step.part == Leg.CUSTOMER_TRIP for _, one in whole for step in one.steps)
    caption = words("waterfall_cost")
    cost = page.variants(
        "waterfall-cost",
        {str(item.index): figure("cost", item) for item in others},
        controls=["waterfall"],
        first=str(first.index),
        alt=words("waterfall_cost_alt"),
        tables=[_table(page, caption, costs)],
    )
    figures = {f"{item.index}|1": figure("co2e", item) for item in others}
    figures |= {f"{item.index}|0": figure("bare", item) for item in others}
    caption_co2e = words("waterfall_co2e")
    if not trips:
        figures = {str(item.index): figure("co2e", item) for item in others}
    co2e = page.variants(
        "waterfall-co2e",
        figures,
        controls=["waterfall", "trip"] if trips else ["waterfall"],
        first=f"{first.index}|1" if trips else str(first.index),
        alt=words("waterfall_co2e_alt"),
        tables=[_table(page, caption_co2e, whole)],
    )
    page.define("cost_to_serve", "co2e_per_order", *(["co2e_per_order_no_trip"] if trips else []))
    return {
        "title": words("waterfall_title", name=reading.baseline.name),
        "lead": words("waterfall_lead"),
        "choose": words("waterfall_choose", name=reading.baseline.name),
        "choices": [(item.index, item.name) for item in others],
        "first": first.index,
        "trips": trips,
        "charts": [(caption, cost, False), (caption_co2e, co2e, trips)],
    }
