"""The stockout rate over time, one line per alternative with the band of its interval."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

from orchestrion.reports.look import faint, hover, new_figure, safe
from orchestrion.reports.reading import Alternative, Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 400
MOST_BANDS = 7


def day_names(reading: Reading) -> dict[int, str]:
    """Measured days as a reader names them: a date when the scenario tells its start."""
    if reading.start is None:
        return {day: reading.words("day_n", n=day + 1) for day in reading.days}
    return {day: reading.fmt.day_month(reading.start + timedelta(days=day)) for day in reading.days}


def banded(reading: Reading) -> list[Alternative]:
    """Those whose bands are drawn: all of a few, or the baseline and the one shown first, lest all be one grey."""
    if len(reading.alternatives) <= MOST_BANDS:
        return reading.alternatives
    return [item for item in reading.alternatives if item in (reading.baseline, reading.shown_first)]


def bands_said(reading: Reading) -> str:
    """What the page says of bands left out; nothing when all are drawn."""
    drawn = banded(reading)
    if len(drawn) == len(reading.alternatives):
        return ""
    return reading.words("bands_few", names=reading.fmt.join([item.name for item in drawn]))


def over_time(reading: Reading, kpi: str = "stockout_rate") -> go.Figure | None:
    """A KPI by day; None when the study does not hold it by day."""
    import plotly.graph_objects as go

    groups = reading.by_group(kpi, "day")
    days = sorted({day for by_day in groups.values() for day in by_day if day >= 0})
    if len(days) < 2:
        return None
    card = reading.card(kpi)
    how = reading.fmt.unit(card.unit, reading.magnitude(kpi))
    names = day_names(reading)
    figure = new_figure(reading.fmt, height=HEIGHT)
    decimals = max(1, reading.decimals(kpi))
    for item in banded(reading):
        found = groups.get(item.label, {})
        kept = [day for day in days if day in found and math.isfinite(found[day].half)]
        if kept:
            upper = [round(how.shown(found[day].mean + found[day].half), 4) for day in kept]
            floor = 0.0 if card.unit == "share" else -math.inf
            lower = [round(how.shown(max(floor, found[day].mean - found[day].half)), 4) for day in reversed(kept)]
            figure.add_trace(
                go.Scatter(
                    x=kept + kept[::-1],
                    y=upper + lower,
                    mode="lines",
                    line={"width": 0, "color": item.colour},
                    fill="toself",
                    fillcolor=faint(item.colour),
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
    for item in reading.alternatives:
        found = groups.get(item.label, {})
        kept = [day for day in days if day in found]
        texts = []
        for day in kept:
            half = found[day].half
            text = reading.fmt.quantity(found[day].mean, card.unit, decimals)
            if math.isfinite(half):
                text += f" ± {reading.fmt.number(how.shown(half), decimals)}"
            texts.append(hover(item.name, names.get(day, str(day)), text))
        figure.add_trace(
            go.Scatter(
                x=kept,
                y=[round(how.shown(found[day].mean), 4) for day in kept],
                mode="lines+markers",
                name=safe(item.name),
                line={"color": item.colour, "dash": item.dash, "width": 2.2},
                marker={"symbol": item.symbol, "size": 7, "color": item.colour},
                text=texts,
                hovertemplate="%{text}<extra></extra>",
            )
        )
    step = max(1, math.ceil(len(days) / 8))
    ticks = days[::step]
    figure.update_xaxes(tickvals=ticks, ticktext=[safe(names.get(day, str(day))) for day in ticks], showgrid=False)
    figure.update_yaxes(rangemode="tozero")
    if card.unit == "EUR":
        # a prefix would stand before the minus
        figure.update_yaxes(title_text=safe(f"{card.label} [{how.axis}]"), tickformat=",")
    else:
        figure.update_yaxes(tickprefix=how.prefix, ticksuffix=how.suffix.replace("\u202f", "\u00a0"))
    return figure
