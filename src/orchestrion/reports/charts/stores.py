"""Stores by their work, short picks and sales lost: five shades from calm to alarming, the number in each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestrion.domain.codes import Role
from orchestrion.reports.look import COLOURS, new_figure, safe
from orchestrion.reports.naming import alphabetical
from orchestrion.reports.reading import Alternative, Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

ROW = 26  # height of a store [px]
HEAT = ("store_hours", "store_utilisation", "short_pick_rate", "walk_in_lost_share", "walk_in_lost_caused_eur")


@dataclass(frozen=True, slots=True)
class HeatTable:
    """One alternative's stores: a name, then a text and a shade (0 calm to 4, -1 none) for each KPI."""

    index: int
    name: str
    rows: list[tuple[str, list[tuple[str, int]]]]


def stores_of(reading: Reading) -> list[int]:
    """The nodes that are stores."""
    roles = reading.dims("nodes").get("role", [])
    return [node for node, role in enumerate(roles) if role in (int(Role.STORE), Role.STORE.key, Role.STORE.label)]


def shade(value: float, breaks: list[float]) -> int:
    """Which of five classes a value belongs to; nothing at zero.

    >>> shade(0.0, [1.0, 2.0]), shade(1.5, [1.0, 2.0]), shade(float("nan"), [1.0])
    (-1, 1, -1)
    """
    if not math.isfinite(value) or value <= 0:
        return -1
    return sum(value >= limit for limit in breaks)


def heat_of(reading: Reading, items: list[Alternative] | None = None) -> tuple[list[str], list[HeatTable]]:
    """The KPIs of which stores have any, and the table of each alternative given: those drawn closely, if none is."""
    stores, labels = stores_of(reading), reading.dims("nodes").get("label", [])
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
    order = sorted(stores, key=lambda node: alphabetical(str(labels[node])))
    for item in reading.drawn_closely if items is None else items:
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


def draw(reading: Reading, keys: list[str], table: HeatTable) -> go.Figure:
    """The heat table of one alternative as a figure."""
    import plotly.graph_objects as go

    figure = new_figure(reading.fmt, height=ROW * len(table.rows) + 110)
    shades = [COLOURS["surface"], *(COLOURS[f"heat_{i}"] for i in range(5))]
    scale = [(edge, shade) for i, shade in enumerate(shades) for edge in (i / 6, (i + 1) / 6)]
    names = [safe(name) for name, _ in table.rows]
    heads = [f"{safe(reading.card(key).label)}" for key in keys]
    figure.add_trace(
        go.Heatmap(
            x=heads,
            y=names,
            z=[[shade for _, shade in cells] for _, cells in table.rows],
            text=[[text for text, _ in cells] for _, cells in table.rows],
            texttemplate="%{text}",
            hovertemplate="<b>%{y}</b><br>" + reading.words.labelled("%{x}", "%{text}") + "<extra></extra>",
            colorscale=scale,
            zmin=-1,
            zmax=5,
            showscale=False,
            xgap=2,
            ygap=2,
        )
    )
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(side="top", showgrid=False, tickangle=0)
    return figure
