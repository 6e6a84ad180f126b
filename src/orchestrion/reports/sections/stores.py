"""Store by store: the work, the short picks, the walk-in sales lost; and each node's profit and loss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrion.domain.codes import Role
from orchestrion.errors import StudyError
from orchestrion.experiments.store_pnl import ONLINE, store_pnl
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.reading import Alternative
from orchestrion.reports.sections import section
from orchestrion.reports.sections.headline import shown_first

HEAT = ("store_hours", "store_utilisation", "short_pick_rate", "walk_in_lost_share", "walk_in_lost_caused_eur")
_ACCOUNTS = ("revenue", "goods", "commission", "cost_to_serve", "stock_costs", "contribution")


@dataclass(frozen=True, slots=True)
class HeatTable:
    """One alternative's stores: a name, then a text and a shade (0 calm to 4, -1 none) for each KPI."""

    index: int
    name: str
    rows: list[tuple[str, list[tuple[str, int]]]]


def stores_of(page: Page) -> list[int]:
    """The nodes that are stores."""
    roles = page.reading.dims("nodes").get("role", [])
    return [node for node, role in enumerate(roles) if role in (int(Role.STORE), Role.STORE.key, Role.STORE.label)]


def shade(value: float, breaks: list[float]) -> int:
    """Which of five classes a value belongs to; nothing at zero.

    >>> shade(0.0, [1.0, 2.0]), shade(1.5, [1.0, 2.0]), shade(float("nan"), [1.0])
    (-1, 1, -1)
    """
    if not math.isfinite(value) or value <= 0:
        return -1
    return sum(value >= limit for limit in breaks)


def _heat(page: Page) -> tuple[list[str], list[HeatTable]]:
    reading = page.reading
    stores, labels = stores_of(page), reading.dims("nodes").get("label", [])
    means: dict[str, dict[str, dict[int, float]]] = {}
    for key in HEAT:
        groups = reading.by_group(key, "node")
        found = {a.label: {n: groups.get(a.label, {})[n].mean for n in stores if n in groups.get(a.label, {})}
                 for a in reading.alternatives}  # fmt: skip
        if any(value > 0 for by in found.values() for value in by.values()):
            means[key] = found
    breaks = {}
    for key, found in means.items():
        values = [value for by in found.values() for value in by.values() if math.isfinite(value) and value > 0]
        breaks[key] = sorted({float(np.quantile(values, q)) for q in (0.2, 0.4, 0.6, 0.8)})
    tables = []
    order = sorted(stores, key=lambda node: str(labels[node]))
    for item in reading.alternatives:
        rows = []
        for node in order:
            cells = []
            for key, found in means.items():
                value = found[item.label].get(node, 0.0 if key in reading.totals else math.nan)
                unit = reading.card(key).unit
                decimals = {"store_hours": 1, "walk_in_lost_caused_eur": 0}.get(key, 1)
                cells.append((reading.fmt.quantity(value, unit, decimals, magnitude=0), shade(value, breaks[key])))
            rows.append((str(labels[node]), cells))
        tables.append(HeatTable(item.index, item.name, rows))
    return list(means), tables if means else []


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
        name = {ONLINE: words("pnl_online"), "all": words("pnl_all")}.get(row["key"], str(row["label"]))
        cells = [name, *(fmt.number(row[column]) for column in _ACCOUNTS)]
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
        ginis = [frame.attrs["gini_of_work"][label] for label in (base.label, item.label)]
        before, after = (fmt.number(one, 2) for one in ginis)  # a dash where no store picked anything
        gain, lose = (fmt.number(int((nodes["who"] == who).sum())) for who in ("gains", "loses"))
        said = words("stores_says", gain=gain, lose=lose, before=before, after=after)
    return DataTable(f"{words('stores_pnl')}: {item.name}", columns, rows), said


@section("stores", order=78)
def stores(page: Page) -> dict[str, Any] | None:
    """A heat table and a profit and loss for each alternative, behind one selector."""
    reading, words = page.reading, page.words
    keys, heat = _heat(page)
    accounts = {}
    if hasattr(reading.study, "folder"):
        for item in reading.alternatives:
            found = _accounts(page, item)
            if found is not None:
                accounts[item.index] = found
    if not heat and not accounts:
        return None
    page.define(*keys)
    first = shown_first(page)
    return {
        "title": words("stores_title"),
        "lead": words("stores_lead"),
        "choices": [(item.index, item.name) for item in reading.alternatives],
        "first": first.index,
        "columns": [reading.card(key) for key in keys],
        "heat": heat,
        "accounts": accounts,
        "note": words("stores_pnl_note", name=reading.baseline.name),
    }
