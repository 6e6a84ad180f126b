"""The house look: one palette for light and dark, one Plotly template, one way of writing text in charts."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from orchestrion.reports.formats import Format

if TYPE_CHECKING:
    import plotly.graph_objects as go

FONT = 'Inter, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif'

# name -> (light, dark). Charts are drawn in the light colours; the page exchanges them, one for one, in the dark.
# Every light value is therefore unlike every other.
PALETTE: dict[str, tuple[str, str]] = {
    "paper": ("#fbfaf7", "#12161c"),
    "surface": ("#ffffff", "#1a2029"),
    "ink": ("#1c2430", "#e9ecf1"),
    "muted": ("#596372", "#a6b0be"),
    "rule": ("#e2dfd7", "#2d3542"),
    "axis": ("#b9b5aa", "#4a5463"),
    "accent": ("#2b66d1", "#82aaff"),
    "good": ("#0a7550", "#54cb95"),
    "bad": ("#b03a22", "#ff957a"),
    "sea": ("#eff4f6", "#151b23"),
    "land": ("#fbf8ef", "#262e3a"),
    "abroad": ("#e5e2d8", "#1f2630"),
    "coast": ("#cbc6b8", "#3c4655"),
    "border": ("#dedacd", "#333d4b"),
    "warehouse": ("#14213a", "#f4f6fa"),
    # alternatives
    "series_0": ("#5b6675", "#aab4c2"),
    "series_1": ("#2f6fde", "#78a6ff"),
    "series_2": ("#0d957a", "#35cfae"),
    "series_3": ("#d9731a", "#ffab5e"),
    "series_4": ("#8b4fd1", "#c49bff"),
    "series_5": ("#c43d7c", "#ff8fbd"),
    "series_6": ("#7c7a12", "#cfca4f"),
    "series_7": ("#0f86a8", "#5ccbe8"),
    "series_8": ("#8a5a3a", "#d3a27f"),
    "series_9": ("#46507a", "#a7b2e6"),
    # flows
    "flow_warehouse": ("#3a74db", "#6f9ff8"),
    "flow_store": ("#149069", "#4cc79b"),
    "flow_collect": ("#7d56c2", "#b798f0"),
    # shares of stock missing, five classes from calm to alarming
    "heat_0": ("#fdf0bd", "#5a5433"),
    "heat_1": ("#fbcf77", "#97742f"),
    "heat_2": ("#f49a4a", "#d98832"),
    "heat_3": ("#dd5a35", "#f2744e"),
    "heat_4": ("#a31a30", "#ff9aa6"),
    # delivery time, from quick to slow
    "time_0": ("#0b6e63", "#2fb8a5"),
    "time_1": ("#3d9c8a", "#2f8779"),
    "time_2": ("#8cc4ae", "#4b746e"),
    "time_3": ("#e6d7a8", "#9a8d5e"),
    "time_4": ("#dfa363", "#c98c48"),
    "time_5": ("#b8572f", "#e57f58"),
    # parts of a sum
    "part_0": ("#3567b5", "#6c98e0"),
    "part_1": ("#7fa6d9", "#42638f"),
    "part_2": ("#12886f", "#38b899"),
    "part_3": ("#8fc7b3", "#3d6f62"),
    "part_4": ("#c99a2e", "#d9b152"),
    "part_5": ("#9a6bb5", "#b58fce"),
    "part_6": ("#9aa3af", "#6b7686"),
    "part_7": ("#c8553d", "#e68a73"),
    "part_8": ("#5a4fa3", "#8f86d6"),
    "part_9": ("#a83279", "#df7cb5"),
    "part_10": ("#6f7d1f", "#a9b84e"),
    "part_11": ("#b9c66b", "#66702f"),
    "part_12": ("#7a3b2e", "#b87a6b"),
}
COLOURS = {name: light for name, (light, _) in PALETTE.items()}
DARK = dict(PALETTE.values())
SERIES = [COLOURS[f"series_{i}"] for i in range(10)]
DASHES = ["solid", "solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "dash", "dot", "dashdot"]
SYMBOLS = [
    "diamond",
    "circle",
    "square",
    "triangle-up",
    "pentagon",
    "star-triangle-down",
    "hexagon",
    "cross",
    "x",
    "bowtie",
]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2): 4.5 is asked of small text."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _best_ink(colour: str, number: int) -> str:
    # the last digits make each ink a colour of its own, which the page can exchange
    white, black = f"#{0xFFFFFE - number:06x}", f"#{0x141810 + number:06x}"
    return white if contrast(white, colour) >= contrast(black, colour) else black


_WRITTEN_ON = [name for name in PALETTE if name.startswith(("time_", "part_"))]
INKS: dict[str, tuple[str, str]] = {
    light: (_best_ink(light, i), _best_ink(dark, i))
    for i, (light, dark) in enumerate(PALETTE[name] for name in _WRITTEN_ON)
}


def ink_on(colour: str) -> str:
    """The ink to write with on a part of a bar."""
    return INKS[colour][0]


def faint(colour: str) -> str:
    """The colour at the opacity of a band."""
    return f"rgba({int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:7], 16)},0.1)"


def veil(colour: str) -> str:
    """The colour at the opacity of a wide flow, under which others can be seen."""
    return f"rgba({int(colour[1:3], 16)},{int(colour[3:5], 16)},{int(colour[5:7], 16)},0.36)"


def exchange() -> dict[str, str]:
    """Light colour -> dark colour, bands included: what the page needs to change its clothes."""
    pairs = dict(DARK) | dict(INKS.values())
    for light, dark in PALETTE.values():
        pairs[faint(light)] = faint(dark).replace("0.1)", "0.15)")
        pairs[veil(light)] = veil(dark)
    return pairs


def safe(text: str) -> str:
    """Text of the user's inside a chart: Plotly reads tags in it, so they are escaped."""
    return html.escape(text, quote=False)


def hover(head: str, *lines: str) -> str:
    """What a chart says under the pointer: a name in bold and lines of text, all of it escaped."""
    return "<br>".join([f"<b>{safe(head)}</b>", *map(safe, lines)])


def _template() -> Any:
    import plotly.graph_objects as go

    axis = {
        "showgrid": True,
        "gridcolor": COLOURS["rule"],
        "gridwidth": 1,
        "zeroline": False,
        "linecolor": COLOURS["axis"],
        "tickfont": {"size": 12, "color": COLOURS["muted"]},
        "title": {"font": {"size": 12.5, "color": COLOURS["muted"]}, "standoff": 12},
        "automargin": True,
        "ticks": "",
        "ticklabelstandoff": 5,
    }
    layout = {
        "font": {"family": FONT, "size": 13, "color": COLOURS["ink"]},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": SERIES,
        "margin": {"l": 12, "r": 16, "t": 12, "b": 12},
        "xaxis": axis,
        "yaxis": axis,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": COLOURS["surface"],
            "bordercolor": COLOURS["axis"],
            "font": {"family": FONT, "size": 12.5, "color": COLOURS["ink"]},
            "align": "left",
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": -0.14,
            "yanchor": "top",
            "font": {"size": 12.5, "color": COLOURS["ink"]},
            "bgcolor": "rgba(0,0,0,0)",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "bargap": 0.38,
        "dragmode": False,
    }
    return go.layout.Template(layout=layout)


def new_figure(fmt: Format, *, height: int = 420) -> go.Figure:
    """An empty figure in the house look."""
    import plotly.graph_objects as go

    figure = go.Figure()
    figure.update_layout(template=_template(), height=height, separators=fmt.separators)
    return figure
