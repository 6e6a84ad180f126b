"""Two KPIs held against each other, one mark per alternative, with error bars and names that do not overlap."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from orchestrion.reports.charts.front import Standing, staircase, standings
from orchestrion.reports.formats import Format
from orchestrion.reports.look import COLOURS, hover, new_figure, safe
from orchestrion.reports.placing import place, text_width
from orchestrion.reports.reading import Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 500
WIDTHS = {"narrow": 330, "middle": 640, "wide": 1010}  # of the chart [px], for which names are placed
MOST_NAMES = {"narrow": 8, "middle": 12, "wide": 20}  # marks that have room for their names; a legend tells of more
_MARGIN = {"l": 68, "r": 20, "t": 14, "b": 58}
_FONT = 12.5
_RADIUS = 8.0


def _scale(values: list[float], halves: list[float]) -> tuple[float, float]:
    """Axis limits with air around the intervals."""
    low = min(v - h for v, h in zip(values, halves, strict=True))
    high = max(v + h for v, h in zip(values, halves, strict=True))
    air = (high - low) * 0.14 or abs(high) * 0.1 or 1.0
    bottom = low - air
    if low >= 0 and bottom < 0:
        bottom = -(high - low) * 0.03  # nothing below zero exists, but a mark at zero needs room
    return bottom, high + air


def _tick_format(limits: tuple[float, float]) -> str:
    """As many decimals for every tick as the finest needs."""
    step = (limits[1] - limits[0]) / 6
    return f",.{max(0, min(4, -math.floor(math.log10(step)))) if step > 0 else 2}f"


def _wrapped(name: str, most: int) -> list[str]:
    lines = [""]
    for word in name.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > most:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _axis_title(reading: Reading, kpi: str, *, short: bool = False) -> str:
    card = reading.card(kpi)
    how = reading.fmt.unit(card.unit, reading.magnitude(kpi))
    unit = how.axis if card.unit == "EUR" else card.unit_label
    if short:
        return safe(f"{card.label} [{how.axis or unit}]")
    arrow = {"less": reading.words("less_better"), "more": reading.words("more_better"), "neither": ""}[card.direction]
    return safe(f"{card.label} [{unit}]") + (f" – <i>{arrow}</i>" if arrow else "")


def scene(reading: Reading, x: str, y: str) -> dict[str, Any]:
    """Coordinates, limits, hover texts and, for each width, the names' places: what changes with the axes."""
    shown: dict[str, list[float]] = {}
    for axis, kpi in (("x", x), ("y", y)):
        how = reading.fmt.unit(reading.card(kpi).unit, reading.magnitude(kpi))
        levels = [reading.level(kpi, item.label) for item in reading.alternatives]
        shown[axis] = [how.shown(level.mean) for level in levels]
        shown[axis + "_half"] = [how.shown(level.half) if math.isfinite(level.half) else 0.0 for level in levels]
    kept = [i for i, (a, b) in enumerate(zip(shown["x"], shown["y"], strict=True)) if math.isfinite(a + b)]
    if not kept:
        return {}
    pick = {name: [values[i] for i in kept] for name, values in shown.items()}
    limits = {axis: _scale(pick[axis], pick[axis + "_half"]) for axis in ("x", "y")}
    hover = [_hover(reading, i, x, y) for i in kept]
    names = {
        width: _names(reading, kept, pick, limits, pixels) if len(kept) <= MOST_NAMES[width] else []
        for width, pixels in WIDTHS.items()
    }
    standing = standings(reading, (x, y))
    front_x, front_y = staircase(reading, x, y, standing)
    return {
        "front_x": front_x,
        "front_y": front_y,
        "says": said(reading, standing),
        "rows": kept,
        **{name: [round(v, 6) for v in values] for name, values in pick.items()},
        "x_range": list(limits["x"]),
        "y_range": list(limits["y"]),
        "x_format": _tick_format(limits["x"]),
        "y_format": _tick_format(limits["y"]),
        "x_title": _axis_title(reading, x),
        "y_title": _axis_title(reading, y),
        "x_short": _axis_title(reading, x, short=True),
        "y_short": _axis_title(reading, y, short=True),
        "hover": hover,
        "names": names,
    }


def said(reading: Reading, found: list[Standing]) -> list[str]:
    """Who is on the front, and who is behind it how surely, in sentences."""
    words, join = reading.words, reading.fmt.join
    if not found:
        return []
    told = [words("pareto_front", list=join([one.item.name for one in found if one.status in ("front", "knee")]))]
    told += [words("pareto_knee", name=one.item.name) for one in found if one.status == "knee"]
    told += [
        words("pareto_dominated", name=one.item.name, list=join([by.name for by in one.by]))
        for one in found
        if one.status == "dominated"
    ]
    perhaps = [one.item.name for one in found if one.status == "perhaps"]
    if perhaps:
        told.append(words("pareto_perhaps" if len(perhaps) == 1 else "pareto_perhaps_n", name=join(perhaps)))
    return told


def _hover(reading: Reading, i: int, x: str, y: str) -> str:
    item = reading.alternatives[i]
    lines = []
    for kpi in (x, y):
        level = reading.level(kpi, item.label)
        half = reading.written_half(kpi, level.half)
        value = f"{reading.written(kpi, level.mean)} {half}".rstrip()
        lines.append(reading.words.labelled(reading.card(kpi).label, value))
    return hover(item.name, *lines)


def _names(
    reading: Reading, kept: list[int], pick: dict[str, list[float]], limits: dict[str, tuple[float, float]], pixels: int
) -> list[dict[str, Any]]:
    left, right = _MARGIN["l"], pixels - _MARGIN["r"]
    top, bottom = _MARGIN["t"], HEIGHT - _MARGIN["b"]
    per_x = (right - left) / (limits["x"][1] - limits["x"][0])
    per_y = (bottom - top) / (limits["y"][1] - limits["y"][0])
    points = [
        (left + (a - limits["x"][0]) * per_x, bottom - (b - limits["y"][0]) * per_y)
        for a, b in zip(pick["x"], pick["y"], strict=True)
    ]
    bars = []
    for (a, b), half_x, half_y in zip(points, pick["x_half"], pick["y_half"], strict=True):
        # a little longer and wider than drawn: the page may be wider than the width worked out for
        across, up = 1.12 * half_x * per_x + 4, 1.12 * half_y * per_y + 4
        bars += [(a - across, b - 5, a + across, b + 5), (a - 5, b - up, a + 5, b + up)]
    texts = [_wrapped(reading.alternatives[i].name, 16 if pixels < 500 else 28) for i in kept]
    sizes = [(max(text_width(line, _FONT) for line in lines) + 6, 16.0 * len(lines)) for lines in texts]
    spots = place(points, sizes, bars, (left + 2, top, right, bottom - 2), _RADIUS)
    names = []
    for lines, spot, a, b, i in zip(texts, spots, pick["x"], pick["y"], kept, strict=True):
        names.append(
            {
                "x": round(a, 6),
                "y": round(b, 6),
                "ax": round(spot.dx, 1),
                "ay": round(spot.dy, 1),
                "text": "<br>".join(safe(line) for line in lines),
                "showarrow": True,
                "arrowhead": 0,
                "arrowwidth": 1,
                "standoff": _RADIUS,
                "arrowcolor": COLOURS["axis"] if spot.leader else "rgba(0,0,0,0)",
                "font": {"size": _FONT, "color": reading.alternatives[i].colour},
                "align": "center",
                "borderpad": 1,
            }
        )
    return names


def tradeoff(reading: Reading, x: str, y: str, *, width: str = "wide") -> go.Figure:
    """Means and 95 % intervals of KPI `y` against KPI `x`."""
    import plotly.graph_objects as go

    view = scene(reading, x, y)
    figure = new_figure(Format(reading.lang), height=HEIGHT)
    figure.update_layout(showlegend=False, margin=_MARGIN)
    if not view:
        return figure
    for row, i in enumerate(view["rows"]):
        item = reading.alternatives[i]
        bar = {"type": "data", "color": item.colour, "thickness": 1.4, "width": 5}
        figure.add_trace(
            go.Scatter(
                x=[view["x"][row]],
                y=[view["y"][row]],
                error_x={**bar, "array": [view["x_half"][row]]},
                error_y={**bar, "array": [view["y_half"][row]]},
                mode="markers",
                name=safe(item.name),
                marker={"color": item.colour, "symbol": item.symbol, "size": 13},
                text=[view["hover"][row]],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=view["front_x"],
            y=view["front_y"],
            mode="lines",
            name=safe(reading.words("pareto_line")),
            line={"color": COLOURS["axis"], "dash": "dot", "width": 1.6},
            hoverinfo="skip",
        )
    )
    for axis, update in (("x", figure.update_xaxes), ("y", figure.update_yaxes)):
        title, limits, form = (view[f"{axis}_{name}"] for name in ("title", "range", "format"))
        update(title_text=title, range=limits, tickformat=form, automargin=False)
    figure.update_layout(annotations=view["names"][width])
    return figure
