"""Two KPIs against each other; the reader chooses which."""

from __future__ import annotations

from typing import Any

from orchestrion.reports.charts.front import standings
from orchestrion.reports.charts.tradeoff import MOST_NAMES, WIDTHS, scene, tradeoff
from orchestrion.reports.page import DataTable, Key, Page
from orchestrion.reports.sections import section

FIRST = ("cost_to_serve", "co2e_per_order")  # across, upwards


def _fronts(page: Page, keys: list[str]) -> DataTable | None:
    """Where each alternative stands when all KPIs count."""
    words, join = page.words, page.fmt.join
    judged = [key for key in keys if page.reading.card(key).direction != "neither"]
    found = standings(page.reading, judged)
    rows = [
        [one.item.name, words(f"pareto_is_{one.status}"), join([by.name for by in one.by]) or "–"] for one in found
    ]
    columns = [words("alternative"), words("pareto_status"), words("pareto_by")]
    return DataTable(words("pareto_all"), columns, rows) if rows else None


@section("tradeoff", order=40)
def section_tradeoff(page: Page) -> dict[str, Any] | None:
    """The scatter chart with its two selectors."""
    reading, words = page.reading, page.words
    keys = [kpi.key for kpi in reading.headline]
    if len(keys) < 2 or len(reading.alternatives) < 2:
        return None
    x, y = FIRST if set(FIRST) <= set(keys) else (keys[0], keys[1])
    scenes = {f"{a}|{b}": scene(reading, a, b) for a in keys for b in keys if a != b}
    rows = []
    for item in reading.alternatives:
        row = [item.name]
        for key in keys:
            level = reading.level(key, item.label)
            row.append(f"{reading.written(key, level.mean)} {reading.written_half(key, level.half)}".rstrip())
        rows.append(row)
    columns = [words("alternative"), *(kpi.label for kpi in reading.headline)]
    marks = [page.mark(item) for item in reading.alternatives]
    all_together = _fronts(page, keys)
    chart = page.chart(
        "tradeoff",
        tradeoff(reading, x, y),
        alt=words("tradeoff_alt", x=reading.card(x).label, y=reading.card(y).label),
        tables=[DataTable(words("tradeoff_title"), columns, rows), *([all_together] if all_together else [])],
        legend=[Key("dot", mark.colour, mark.name, path=mark.path) for mark in marks],
        scenes={key: found for key, found in scenes.items() if found},
        widths=WIDTHS,
    )
    many = len(reading.alternatives)
    return {
        "legend": "always" if many > MOST_NAMES["middle"] else "narrow" if many > MOST_NAMES["narrow"] else "",
        "title": words("tradeoff_title"),
        "lead": words("tradeoff_lead"),
        "chart": chart,
        "choices": [(kpi.key, kpi.label) for kpi in reading.headline],
        "x": x,
        "y": y,
        "says": scenes[f"{x}|{y}"].get("says", []),
    }
