"""Charts of what was asked of a scenario: a sweep by parameter, a tornado, sensitivity, the warm-up of a series."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from orchestrion.reports.look import COLOURS, DASHES, SERIES, faint, new_figure, safe
from orchestrion.reports.reading import KpiCard, Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

_ROW = 44  # height of one bar [px]


def _axis(reading: Reading, card: KpiCard, largest: float) -> tuple[str, float]:
    """Title of a KPI's axis, and what its values are multiplied by."""
    how = reading.fmt.unit(card.unit, largest)
    unit = how.axis if card.unit == "EUR" else card.unit_label
    return safe(f"{card.label} [{unit}]"), how.factor


def _largest(values: list[float]) -> float:
    return max((abs(value) for value in values if math.isfinite(value)), default=0.0)


def swept(reading: Reading, table: Any, kpi: str, x: str | None = None) -> go.Figure:
    """A KPI along one parameter, a line for each combination of the others; bands are 95 % intervals."""
    import plotly.graph_objects as go

    card = reading.card(kpi)
    parameters = list(table.columns[2 : list(table.columns).index("kpi")])
    across = x if x is not None else parameters[0]
    others = [name for name in ["policy", *parameters] if name != across and table[name].astype(str).nunique() > 1]
    title, factor = _axis(reading, card, _largest(table["mean"].tolist()))
    figure = new_figure(reading.fmt, height=460)
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        groups.setdefault(", ".join(f"{name} {row[name]}" for name in others), []).append(row)
    for i, (name, rows) in enumerate(groups.items()):
        numeric = all(isinstance(row[across], int | float) and not isinstance(row[across], bool) for row in rows)
        rows = sorted(rows, key=lambda row: row[across]) if numeric else rows
        places = [row[across] if numeric else str(row[across]) for row in rows]
        low, mean, high = ([row[key] * factor for row in rows] for key in ("low", "mean", "high"))
        colour = SERIES[(i + 1) % len(SERIES)]
        if all(map(math.isfinite, [*low, *high])) and len(rows) > 1:
            figure.add_trace(
                go.Scatter(
                    x=[*places, *reversed(places)], y=[*high, *reversed(low)], fill="toself", mode="lines",
                    fillcolor=faint(colour), line={"width": 0}, hoverinfo="skip", showlegend=False,
                )
            )  # fmt: skip
        figure.add_trace(
            go.Scatter(
                x=places, y=mean, mode="lines+markers", name=safe(name or card.label),
                line={"color": colour, "dash": DASHES[(i + 1) % len(DASHES)], "width": 2}, marker={"size": 7},
                hovertemplate=reading.words.labelled("%{x}", "%{y:,.4~g}") + "<extra></extra>",
            )
        )  # fmt: skip
    figure.update_xaxes(title_text=safe(across))
    figure.update_yaxes(title_text=title)
    figure.update_layout(showlegend=len(groups) > 1, margin={"l": 70, "r": 20, "t": 20, "b": 60})
    return figure


def tornado(reading: Reading, table: Any, kpi: str) -> go.Figure:
    """What moving each parameter to either end does to a KPI, the greatest swing on top."""
    import plotly.graph_objects as go

    words, card = reading.words, reading.card(kpi)
    rows = table.to_dict("records")[::-1]
    title, factor = _axis(reading, card, _largest([row[f"at_{side}"] for row in rows for side in ("low", "high")]))
    figure = new_figure(reading.fmt, height=110 + _ROW * len(rows))
    for side, colour in (("low", COLOURS["series_1"]), ("high", COLOURS["series_3"])):
        means = [row[f"at_{side}"] * factor for row in rows]
        halves = [(row[f"at_{side}_high"] - row[f"at_{side}"]) * factor for row in rows]
        figure.add_trace(
            go.Bar(
                y=[safe(row["parameter"]) for row in rows], x=means, orientation="h", name=words(f"chart_{side}"),
                marker={"color": colour}, width=0.55,
                error_x={"type": "data", "array": halves, "color": COLOURS["muted"], "thickness": 1.2, "width": 4},
                text=[safe(str(row[f"{side}_value"])) for row in rows], textposition="inside", insidetextanchor="end",
                hovertemplate=words.labelled("%{y} = %{text}", "%{x:+,.4~g}") + "<extra></extra>",
            )
        )  # fmt: skip
    figure.update_layout(barmode="overlay", margin={"l": 20, "r": 20, "t": 20, "b": 60}, bargap=0.3)
    figure.update_xaxes(title_text="Δ " + title, zeroline=True, zerolinecolor=COLOURS["axis"])
    figure.update_yaxes(showgrid=False)
    return figure


def sensitivity(reading: Reading, table: Any, kpi: str) -> go.Figure:
    """Which parameters matter: bars of Sobol shares, or Morris effects against their spread."""
    import plotly.graph_objects as go

    words, card = reading.words, reading.card(kpi)
    rows = table.to_dict("records")[::-1]
    if table.attrs["method"] == "sobol":
        figure = new_figure(reading.fmt, height=110 + _ROW * len(rows))
        for key, name, colour in (("s1", "alone", "series_1"), ("st", "whole", "series_3")):
            bar = {"type": "data", "array": [row[f"{key}_half"] for row in rows], "thickness": 1.2, "width": 4}
            figure.add_trace(
                go.Bar(
                    y=[safe(row["parameter"]) for row in rows], x=[row[key] for row in rows], orientation="h",
                    name=words(f"chart_{name}"), marker={"color": COLOURS[colour]},
                    error_x={**bar, "color": COLOURS["muted"]},
                    hovertemplate=words.labelled("%{y}", "%{x:.2f}") + "<extra></extra>",
                )
            )  # fmt: skip
        figure.update_xaxes(title_text=safe(words.labelled(card.label, words("chart_share"))), tickformat=".0%")
        figure.update_yaxes(showgrid=False)
        figure.update_layout(barmode="group", margin={"l": 20, "r": 20, "t": 20, "b": 60})
        return figure
    title, factor = _axis(reading, card, _largest([row["mu_star"] for row in rows]))
    figure = new_figure(reading.fmt, height=460)
    halves = [row["mu_star_half"] * factor for row in rows]
    widest = _largest([row["mu_star"] for row in rows])
    sides = ["top right" if row["mu_star"] < widest / 2 else "top left" for row in rows]
    figure.add_trace(
        go.Scatter(
            x=[row["mu_star"] * factor for row in rows], y=[row["sigma"] * factor for row in rows],
            text=[safe(row["parameter"]) for row in rows], mode="markers+text", textposition=sides,
            cliponaxis=False, marker={"size": 11, "color": COLOURS["series_1"]},
            error_x={"type": "data", "array": halves, "color": COLOURS["muted"], "thickness": 1.2, "width": 4},
            hovertemplate=words.labelled("%{text}", "%{x:,.4~g}") + "<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title_text=words.labelled(words("chart_effect"), title), rangemode="tozero")
    figure.update_yaxes(title_text=words("chart_spread"), rangemode="tozero")
    figure.update_layout(showlegend=False, margin={"l": 70, "r": 90, "t": 30, "b": 60})
    return figure


def warm_up(reading: Reading, found: Any, kpi: str) -> go.Figure:
    """A KPI day by day with what is left out, and the error that MSER makes smallest."""
    import plotly.graph_objects as go

    words, card = reading.words, reading.card(kpi)
    title, factor = _axis(reading, card, _largest(list(found.series)))
    days = list(range(len(found.series)))
    figure = new_figure(reading.fmt, height=460)
    figure.add_trace(
        go.Scatter(
            x=days, y=[value * factor for value in found.series], mode="lines", name=safe(card.label),
            line={"color": COLOURS["series_1"], "width": 1.6},
            hovertemplate=words.labelled("%{x}", "%{y:,.4~g}") + "<extra></extra>",
        )
    )  # fmt: skip
    root = [math.sqrt(max(0.0, error)) * factor for error in found.errors]
    figure.add_trace(
        go.Scatter(
            x=[i * found.batch for i in range(len(root))], y=root, mode="lines", name=words("chart_error"), yaxis="y2",
            line={"color": COLOURS["series_3"], "width": 1.6, "dash": "dot"},
        )
    )  # fmt: skip
    if found.truncate:
        figure.add_vrect(x0=0, x1=found.truncate, fillcolor=COLOURS["rule"], opacity=0.55, layer="below", line_width=0,
                         annotation_text=words("chart_left_out"), annotation_position="top left")  # fmt: skip
    if found.proposed != found.truncate:
        figure.add_vline(x=found.proposed, line={"color": COLOURS["muted"], "dash": "dash", "width": 1},
                         annotation_text=words("chart_proposed", n=found.proposed))  # fmt: skip
    figure.add_shape(type="line", x0=found.truncate, x1=days[-1], y0=found.mean * factor, y1=found.mean * factor,
                     line={"color": COLOURS["ink"], "width": 1})  # fmt: skip
    figure.update_xaxes(title_text=words("chart_day"), rangemode="tozero")
    figure.update_yaxes(title_text=title)
    figure.update_layout(
        margin={"l": 70, "r": 70, "t": 30, "b": 60},
        yaxis2={"overlaying": "y", "side": "right", "showgrid": False, "rangemode": "tozero",
                "title": words("chart_error")},
    )
    return figure
