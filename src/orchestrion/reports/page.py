"""What a section is given to build with: the reading, the words, and the shapes that templates know how to draw."""

from __future__ import annotations

import html as escaping
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orchestrion.reports.formats import Format
from orchestrion.reports.look import PALETTE
from orchestrion.reports.reading import Alternative, Reading
from orchestrion.reports.words import Words

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from orchestrion.reports.charts.flows import Network

_TOKENS = {light: name for name, (light, _) in PALETTE.items()}

# one path per Plotly symbol in use, in a box from -6 to 6
SYMBOL_PATHS = {
    "circle": "M-4.6,0a4.6,4.6 0 1,0 9.2,0a4.6,4.6 0 1,0 -9.2,0Z",
    "diamond": "M0,-5.8L5.8,0L0,5.8L-5.8,0Z",
    "square": "M-4.4,-4.4H4.4V4.4H-4.4Z",
    "triangle-up": "M0,-5.4L5.4,4.4H-5.4Z",
    "pentagon": "M0,-5.4L5.2,-1.6L3.2,4.6H-3.2L-5.2,-1.6Z",
    "star-triangle-down": "M-5.4,-4.2Q0,-1.8 5.4,-4.2Q1.6,0 0,5.6Q-1.6,0 -5.4,-4.2Z",
    "hexagon": "M0,-5.4L4.7,-2.7V2.7L0,5.4L-4.7,2.7V-2.7Z",
    "cross": "M-1.8,-5.4H1.8V-1.8H5.4V1.8H1.8V5.4H-1.8V1.8H-5.4V-1.8H-1.8Z",
    "x": "M0,-2.4L2.9,-5.3L5.3,-2.9L2.4,0L5.3,2.9L2.9,5.3L0,2.4L-2.9,5.3L-5.3,2.9L-2.4,0L-5.3,-2.9L-2.9,-5.3Z",
    "bowtie": "M-5.4,-4.6L5.4,4.6V-4.6L-5.4,4.6Z",
}
_DASH_ARRAYS = {
    "solid": "",
    "dash": "7 5",
    "dot": "2 4",
    "dashdot": "8 4 2 4",
    "longdash": "12 5",
    "longdashdot": "12 4 2 4",
    "4px,3px": "4 3",
}


def colour_variable(colour: str) -> str:
    """The CSS variable of a palette colour, so that legends change with the theme."""
    return f"var(--{_TOKENS[colour]})" if colour in _TOKENS else colour


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: a line, a dot or a box in a palette colour, and its name."""

    kind: str  # "line", "dot", "box"
    colour: str  # CSS
    name: str
    dash: str = ""
    path: str = ""
    hatched: bool = False
    width: float = 2.4


@dataclass(frozen=True, slots=True)
class DataTable:
    """The figures behind a chart; the first column names the row."""

    caption: str
    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as the page embeds it."""

    key: str
    alt: str
    payload: str  # JSON, safe inside a script element
    height: int
    tables: list[DataTable]
    legend: list[Key] = field(default_factory=list)
    ratio: float | None = None  # height over width, for maps


def script_json(value: Any) -> str:
    """JSON that cannot end the script element it stands in, whatever a user's text says."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


@dataclass(frozen=True, slots=True)
class Mark:
    """How an alternative is recognised everywhere: symbol, colour, name."""

    index: int
    label: str
    name: str
    colour: str
    path: str
    baseline: bool


class Page:
    """The context of one report."""

    def __init__(self, reading: Reading, *, explain: bool = False) -> None:
        self.reading = reading
        self.explain = explain  # whether sections may run a replication again to ask for reasons
        self.charts: list[Chart] = []
        self.shown: dict[str, None] = {}  # KPIs, in the order in which a reader meets them

    @property
    def fmt(self) -> Format:
        return self.reading.fmt

    @property
    def words(self) -> Words:
        return self.reading.words

    def mark(self, item: Alternative) -> Mark:
        """The mark of an alternative."""
        return Mark(
            item.index,
            item.label,
            item.name,
            colour_variable(item.colour),
            SYMBOL_PATHS[item.symbol],
            item.label == self.reading.baseline.label and not self.reading.alone,
        )

    @cached_property
    def network(self) -> Network | None:
        """The map's nodes, areas and traffic, read once for the sections that draw on it."""
        from orchestrion.reports.charts.flows import network

        return network(self.reading)

    def chart(
        self,
        key: str,
        figure: go.Figure,
        *,
        alt: str,
        tables: Sequence[DataTable],
        legend: list[Key] | None = None,
        ratio: float | None = None,
        **payload: Any,
    ) -> Chart:
        """Turn a figure into a chart of the page; its legend is drawn by the page, which can wrap and print it."""
        shown = figure.to_plotly_json()
        plain = json.loads(figure.to_json(engine="json"))
        plain["layout"]["showlegend"] = False
        chart = Chart(
            key,
            alt,
            script_json({"data": plain["data"], "layout": plain["layout"], **payload}),
            int(shown["layout"].get("height") or 420),
            list(tables),
            legend_of(figure) if legend is None else legend,
            ratio,
        )
        self.charts.append(chart)
        return chart


    def variants(
        self,
        key: str,
        figures: Mapping[str, go.Figure],
        *,
        controls: Sequence[str],
        first: str,
        alt: str,
        tables: Sequence[DataTable],
        legend: list[Key] | None = None,
    ) -> Chart:
        """A chart with a figure for each choice of its controls (their values, joined by "|"); `first` is shown."""
        plain = {choice: json.loads(figure.to_json(engine="json")) for choice, figure in figures.items()}
        shared = plain[first]["layout"].get("template")
        told = {}
        for choice, figure in plain.items():
            figure["layout"].pop("template", None)  # the same for all: written once, in the chart's own layout
            figure["layout"]["showlegend"] = False
            told[choice] = {"data": figure["data"], "layout": figure["layout"]}
        keys: dict[str, Key] = {}
        for figure in figures.values():
            keys.update((entry.name, entry) for entry in legend_of(figure))
        chart = Chart(
            key,
            alt,
            script_json(
                {
                    "data": [],
                    "layout": {"template": shared, "showlegend": False},
                    "controls": list(controls),
                    "first": first,
                    "variants": told,
                }
            ),
            max(int(one["layout"].get("height") or 420) for one in told.values()),
            list(tables),
            list(keys.values()) if legend is None else legend,
        )
        self.charts.append(chart)
        return chart

    def define(self, *kpis: str) -> None:
        """Note that these KPIs are shown, so that the method section defines them."""
        self.shown.update(dict.fromkeys(kpis))


def legend_of(figure: go.Figure) -> list[Key]:
    """Legend entries of a figure's named traces."""
    keys = []
    for trace in figure.data:
        if not trace.name or trace.showlegend is False:
            continue
        name = escaping.unescape(trace.name)
        if trace.type == "bar":
            hatched = bool(trace.marker.pattern.shape)
            keys.append(Key("box", colour_variable(trace.marker.color), name, hatched=hatched))
        elif "lines" in (trace.mode or ""):
            dash = _DASH_ARRAYS.get(trace.line.dash or "solid", "")
            path = SYMBOL_PATHS.get(trace.marker.symbol or "", "") if "markers" in trace.mode else ""
            keys.append(Key("line", colour_variable(trace.line.color), name, dash, path))
        else:
            symbol = trace.marker.symbol
            path = SYMBOL_PATHS.get(symbol or "circle", SYMBOL_PATHS["circle"])
            keys.append(Key("dot", colour_variable(trace.marker.color), name, path=path))
    return keys
