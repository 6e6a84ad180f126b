"""Customer by customer: what an alternative recovered, lost, and only moved against the baseline."""

from __future__ import annotations

from typing import Any

from orchestrion.reports.charts.moved import CHANGING, MOVING, draw, per_run, tables_of, word
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.reading import Alternative
from orchestrion.reports.sections import section


def _said(page: Page, item: Alternative, table: Any) -> str:
    fmt, runs = page.fmt, int(table.attrs["replications"])
    rows = {str(row["movement"]): row for row in table.to_dict("records")}
    changes = [rows[name]["per_replication"] for name in CHANGING]
    moving = sum(per_run(rows[name], runs, "sales_after") for name in MOVING)

    def euros(value: float) -> str:
        return fmt.quantity(value, "EUR", 0, magnitude=0)

    return page.words(
        "moved_says",
        name=item.name,
        recovered=euros(sum(one for one in changes if one > 0)),
        lost=euros(-sum(one for one in changes if one < 0)),
        moved=euros(moving),
        all=fmt.change(rows["all"]["per_replication"], "EUR", 0),
    )


def _table(page: Page, item: Alternative, table: Any) -> DataTable:
    fmt, words, runs = page.fmt, page.words, int(table.attrs["replications"])
    rows = []
    for row in table.to_dict("records"):
        if not row["wishes"] and row["movement"] != "all":
            continue
        change = fmt.number(row["per_replication"], 0, signed=True)
        half = row["high"] - row["per_replication"]
        sales = (fmt.number(per_run(row, runs, f"sales_{side}"), 0) for side in ("before", "after"))
        rows.append(
            [
                word(page.reading, str(row["movement"])),
                fmt.number(row["wishes"] / runs, 1),
                " → ".join(sales),
                change + (f" ± {fmt.number(half, 0)}" if half == half else ""),
            ]
        )
    columns = [words(name) for name in ("moved_movement", "moved_wishes", "moved_sales", "moved_change")]
    return DataTable(item.name, columns, rows)


@section("moved", order=64)
def moved(page: Page) -> dict[str, Any] | None:
    """Bars of sales won, lost and moved, a sentence, and the table of all movements."""
    reading, words = page.reading, page.words
    found, everybody = tables_of(reading)
    items = [item for item in reading.alternatives if item.label in found]
    if not items:
        return None
    first = reading.shown_first
    first = first if first.label in found else items[0]
    chart = page.variants(
        "moved",
        {str(item.index): draw(reading, found[item.label]) for item in items},
        controls=["moved"],
        first=str(first.index),
        alt=words("moved_alt"),
        tables=[_table(page, item, found[item.label]) for item in items],
        legend=[],
    )
    return {
        "title": words("moved_title"),
        "lead": words("moved_lead", name=reading.baseline.name) + ("" if everybody else words("moved_online")),
        "chart": chart,
        "choose": words("moved_choose", name=reading.baseline.name),
        "choices": [(item.index, item.name) for item in items],
        "said": [(item.index, _said(page, item, found[item.label])) for item in items],
        "first": first.index,
    }
