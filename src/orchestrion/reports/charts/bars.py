"""Stacked horizontal bars, the name above each and its total beside it: the same drawing on a phone and on a wall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrion.reports.formats import Format
from orchestrion.reports.look import COLOURS, ink_on, new_figure, safe

if TYPE_CHECKING:
    import plotly.graph_objects as go

ROW = 56  # height of one bar with its name [px]


@dataclass(frozen=True, slots=True)
class Part:
    """One colour of the bars: its name and its length in each bar, with the text a pointer shows."""

    name: str
    colour: str
    values: Sequence[float]
    hover: Sequence[str]
    inside: Sequence[str]  # written in the bar, where there is room
    hatched: bool = False


def stacked(fmt: Format, names: Sequence[str], notes: Sequence[str], parts: Sequence[Part]) -> go.Figure:
    """One bar per name from top to bottom; `notes` stand at the right above each bar.

    There is no axis: the lengths are written in the bars, their sums beside the names.
    """
    import plotly.graph_objects as go

    rows = len(names)
    places = list(range(rows))
    figure = new_figure(fmt, height=ROW * rows + 4)
    for part in parts:
        marker: dict[str, object] = {"color": part.colour, "line": {"color": COLOURS["surface"], "width": 1.2}}
        if part.hatched:
            marker["pattern"] = {
                "shape": "/",
                "size": 6,
                "solidity": 0.35,
                "fillmode": "overlay",
                "fgcolor": "rgba(255,255,255,0.75)",
            }
        figure.add_trace(
            go.Bar(
                y=places,
                x=[round(v, 6) for v in part.values],
                orientation="h",
                name=safe(part.name),
                width=0.4,
                offset=-0.02,
                marker=marker,
                text=["" if part.hatched else text for text in part.inside],
                textposition="inside",
                insidetextanchor="middle",
                textangle=0,
                textfont={"size": 11.5, "color": ink_on(part.colour)},
                constraintext="inside",
                hovertext=list(part.hover),
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    notes_above = []
    for place, name, note in zip(places, names, notes, strict=True):
        common = {"xref": "paper", "y": place - 0.25, "yref": "y", "showarrow": False, "yanchor": "middle"}
        notes_above.append(
            {**common, "x": 0, "xanchor": "left", "text": safe(name), "font": {"size": 13, "color": COLOURS["ink"]}}
        )
        if note:
            notes_above.append(
                {**common, "x": 1, "xanchor": "right", "text": note, "font": {"size": 12.5, "color": COLOURS["muted"]}}
            )
    figure.update_layout(
        barmode="relative",
        uniformtext={"minsize": 10, "mode": "hide"},
        annotations=notes_above,
        margin={"l": 0, "r": 2, "t": 2, "b": 2},
    )
    figure.update_yaxes(visible=False, range=[rows - 0.5, -0.5], automargin=False, fixedrange=True)
    lows = [sum(min(0.0, part.values[row]) for part in parts) for row in places]
    highs = [sum(max(0.0, part.values[row]) for part in parts) for row in places]
    low, high = min(lows, default=0.0), max(highs, default=1.0)
    figure.update_xaxes(visible=False, automargin=False, fixedrange=True, range=[low, high or 1.0])
    if low < 0:
        figure.update_layout(
            shapes=[
                {
                    "type": "line",
                    "x0": 0,
                    "x1": 0,
                    "y0": place - 0.07,
                    "y1": place + 0.43,
                    "line": {"color": COLOURS["ink"], "width": 1.6},
                }
                for place in places
            ]
        )
    return figure
