"""Paired differences against one alternative, each KPI a row of dots and intervals around zero."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from orchestrion.reports.look import COLOURS, new_figure, safe
from orchestrion.reports.reading import Alternative, Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

ROW = 30  # height of one alternative [px]
_COLOURS = {"better": "good", "worse": "bad"}
_SYMBOLS = {"better": "diamond", "worse": "square"}  # no meaning by colour alone


def differences(reading: Reading, kpi: str, baseline: Alternative) -> go.Figure | None:
    """One KPI: a row for each other alternative; None when there is nothing to compare."""
    import plotly.graph_objects as go

    found = {label: one for (label, key), one in reading.differences(baseline.label).items() if key == kpi}
    items = [item for item in reading.alternatives if item.label in found]
    if not items:
        return None
    card = reading.card(kpi)
    how = reading.fmt.unit(card.unit, reading.magnitude(kpi))
    figure = new_figure(reading.fmt, height=ROW * len(items) + 90)
    for place, item in enumerate(items):
        one = found[item.label]
        colour = COLOURS[_COLOURS.get(one.verdict, "muted")]
        bounds = math.isfinite(one.low) and math.isfinite(one.high)
        text = f"<b>{safe(item.name)}</b><br>{reading.written_change(kpi, one.value)}"
        if bounds:
            low, high = (reading.written_change(kpi, bound, bare=True) for bound in (one.low, one.high))
            text += f" [{reading.words('to', low=low, high=high)}]"
        figure.add_trace(
            go.Scatter(
                x=[how.shown(one.value)],
                y=[place],
                mode="markers",
                marker={"color": colour, "symbol": _SYMBOLS.get(one.verdict, "circle"), "size": 9},
                error_x={
                    "type": "data",
                    "array": [how.shown(one.high - one.value) if bounds else 0.0],
                    "color": colour,
                    "thickness": 1.6,
                    "width": 4,
                },
                text=[f"{text}<br>{reading.words(one.verdict)}"],
                hovertemplate="%{text}<extra></extra>",
                showlegend=False,
            )
        )
    unit = how.difference.strip() or how.prefix or card.unit_label
    if card.unit == "EUR":
        unit = how.axis
    title = f"{card.label} [{unit}]: {reading.words('change_from', name=baseline.name)}"
    figure.update_xaxes(title_text=safe(title), zeroline=True, zerolinecolor=COLOURS["axis"], zerolinewidth=1.6)
    figure.update_yaxes(
        tickvals=list(range(len(items))),
        ticktext=[safe(item.name) for item in items],
        range=[len(items) - 0.5, -0.5],
        showgrid=False,
    )
    return figure
