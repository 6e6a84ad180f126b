"""Store by store: the work, the short picks, the walk-in sales lost; and each node's profit and loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from orchestrion.errors import StudyError
from orchestrion.experiments.store_pnl import ONLINE, store_pnl
from orchestrion.reports.charts.stores import heat_of
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.reading import Alternative
from orchestrion.reports.sections import section

_ACCOUNTS = ("revenue", "goods", "commission", "cost_to_serve", "stock_costs", "contribution")


def holder_of(page: Page, row: Mapping[str, Any]) -> str:
    """Whose account a row of the profit and loss is: a node's, what no node earned, or the whole."""
    named = {ONLINE: "pnl_online", "all": "pnl_all"}.get(row["key"])
    return page.words(named) if named else page.reading.node_said(str(row["label"]))


def _accounts(page: Page, item: Alternative) -> tuple[DataTable, str] | None:
    """One alternative's profit and loss by node, against the baseline where it is another one."""
    reading, words, fmt = page.reading, page.words, page.fmt
    base = reading.baseline
    against = base.label if item.label != base.label else None
    try:
        frame = store_pnl(reading.study, item.label, against=against)  # type: ignore[arg-type]
    except StudyError:
        return None  # other nodes than the baseline's
    rows = []
    for row in frame.to_dict("records"):
        cells = [holder_of(page, row), *(fmt.number(row[column]) for column in _ACCOUNTS)]
        if against is not None:
            half = row["high"] - row["change"]
            cells.append(fmt.number(row["change"], signed=True) + (f" ± {fmt.number(half)}" if half == half else ""))
            cells.append(words(f"pnl_{row['who']}"))
        rows.append(cells)
    columns = [words("node"), *(words(f"pnl_{column}") for column in _ACCOUNTS)]
    columns += [words("pnl_change"), words("pnl_who")] if against is not None else []
    said = ""
    if against is not None:
        nodes = frame[~frame["key"].isin([ONLINE, "all"])]
        before, after = (frame.attrs["gini_of_work"][label] for label in (base.label, item.label))
        gain, lose = (int((nodes["who"] == who).sum()) for who in ("gains", "loses"))
        told = {who: words(f"stores_{who}_1" if n == 1 else f"stores_{who}", n=n)
                for who, n in (("gain", gain), ("lose", lose))}  # fmt: skip
        # no inequality where no store picked anything
        work = "both" if math.isfinite(before + after) else "new" if math.isfinite(after) else "none"
        said = words("stores_says", **told) + words(
            f"stores_work_{work}", before=fmt.number(before, 2), after=fmt.number(after, 2)
        )
    return DataTable(words.labelled(words("stores_pnl"), item.name), columns, rows), said


@section("stores", order=78)
def stores(page: Page) -> dict[str, Any] | None:
    """A heat table and a profit and loss for each alternative, behind one selector."""
    reading, words = page.reading, page.words
    keys, heat = heat_of(reading)
    accounts = {}
    if hasattr(reading.study, "folder"):
        for item in reading.drawn_closely:
            found = _accounts(page, item)
            if found is not None:
                accounts[item.index] = found
    if not heat and not accounts:
        return None
    page.define(*keys)
    first = reading.shown_first
    return {
        "title": words("stores_title"),
        "lead": words("stores_lead") + reading.left_out,
        "choices": [(item.index, item.name) for item in reading.drawn_closely],
        "first": first.index,
        "columns": [reading.card(key) for key in keys],
        "heat": heat,
        "accounts": accounts,
        "note": words("stores_pnl_note", name=reading.baseline.name),
    }
