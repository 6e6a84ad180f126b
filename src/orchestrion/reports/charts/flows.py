"""The map: who ships where, as ordinary filled lines on projected outlines, so that it prints and works offline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Role
from orchestrion.reports.look import COLOURS, hover, new_figure, safe
from orchestrion.reports.naming import told_apart
from orchestrion.reports.outlines import View, as_path, outlines, view_of
from orchestrion.reports.placing import place, text_width
from orchestrion.reports.projection import LAMBERT_93, fitted
from orchestrion.reports.reading import Alternative, Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

Floats = NDArray[np.float64]

WIDTHS = (1.0, 1.8, 3.0, 4.8)  # of lines [px], quiet to busy
MOST_LINES = 170  # more is a hairball
HEAT_KPIS = ("walk_in_lost_share", "shelf_stockout_rate")  # the first that the study holds by node
_GRID_M = 85_000.0
_KINDS = ("flow_store", "flow_warehouse", "flow_collect")  # drawn in this order


@dataclass(frozen=True, slots=True)
class Traffic:
    """Shipments a day of one alternative, mean over replications."""

    home: dict[tuple[int, int], float] = field(default_factory=dict)  # (node, area)
    collect: dict[tuple[int, int], float] = field(default_factory=dict)  # (node, other node)
    sent: dict[int, float] = field(default_factory=dict)  # by node, all shipments
    distance_km: float = math.nan  # mean of shipments that travel

    @property
    def total(self) -> float:
        """All shipments a day."""
        return sum(self.sent.values())


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes and delivery areas on the flat map [m], and each alternative's traffic over them."""

    labels: list[str]
    warehouse: NDArray[np.bool_]
    x: Floats
    y: Floats
    area_x: Floats
    area_y: Floats
    view: View
    france: bool
    traffic: dict[str, Traffic]
    heat_kpi: str | None
    heat: dict[str, dict[int, float]]  # label -> node -> share
    heat_breaks: list[float]
    width_breaks: list[float]
    drawn: dict[str, float]  # share of home shipments that the drawn lines carry

    def stores_share(self, label: str) -> float:
        """Share of shipments that leave stores."""
        traffic = self.traffic[label]
        from_stores = sum(count for node, count in traffic.sent.items() if not self.warehouse[node])
        return from_stores / traffic.total if traffic.total else math.nan


def _is_warehouse(role: Any) -> bool:
    return role in (int(Role.WAREHOUSE), Role.WAREHOUSE.key, Role.WAREHOUSE.label)


def nice(value: float) -> float:
    """The nearest of 1, 1.5, 2, 3, 5, 7 times a power of ten.

    >>> nice(0.046), nice(13.0)
    (0.05, 15.0)
    """
    if value <= 0:
        return 0.0
    exponent = math.floor(math.log10(value))
    best = min((1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0), key=lambda step: abs(math.log(value / 10**exponent / step)))
    return float(f"{best * 10.0**exponent:.6g}")


def _breaks(values: Sequence[float], quantiles: Sequence[float]) -> list[float]:
    found = [value for value in values if value > 0]
    if not found:
        return []
    return sorted({nice(float(np.quantile(found, q))) for q in quantiles} - {0.0})


def _areas(places: dict[str, list[Any]], x: Floats, y: Floats) -> tuple[NDArray[np.int64], int]:
    """The area of each place: its zone where zones are fine enough to draw, else a square of a grid."""
    zones = np.asarray(places["zone"], int) if "zone" in places else np.zeros(len(x), int)
    if len(np.unique(zones)) >= 20:
        codes = zones
    else:
        columns, rows = np.floor(x / _GRID_M).astype(int), np.floor(y / _GRID_M).astype(int)
        codes = columns * 100_003 + rows
    _, index = np.unique(codes, return_inverse=True)
    return index.astype(np.int64), int(index.max(initial=-1)) + 1


def _add_pairs(
    total: dict[tuple[int, int], float], left: NDArray[Any], right: NDArray[Any], many: NDArray[Any]
) -> None:
    """Add so many of each pair (left, right) to `total`."""
    base = 1 + int(right.max(initial=0))
    pairs, index = np.unique(left.astype(np.int64) * base + right, return_inverse=True)
    counts = np.bincount(index, many, minlength=len(pairs))
    for code, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        pair = divmod(code, base)
        total[pair] = total.get(pair, 0.0) + count


def _count(reading: Reading, item: Alternative, area_of: NDArray[np.int64], weight: Floats) -> Traffic | None:
    """One pass over an alternative's shipments."""
    home: dict[tuple[int, int], float] = {}
    collect: dict[tuple[int, int], float] = {}
    sent: dict[int, float] = {}
    metres, travelling = 0, 0
    replications = reading.replication_ids(item.label)
    query = f"""
        SELECT node, place, collect_at, count(*) AS shipments, sum(distance)::BIGINT AS metres
        FROM shipments WHERE units > 0 AND {reading.in_measured_time("sourced_t")} GROUP BY ALL
    """
    for replication in replications:
        table = reading.sql(query, item.label, replication)
        if table is None:
            return None
        node, to_place, to_node, many, metre = table.values()
        counts = np.bincount(node, many)
        for key in np.unique(node).tolist():
            sent[key] = sent.get(key, 0.0) + counts[key]
        to_home = (to_node < 0) & (to_place >= 0)
        np.add.at(weight, to_place[to_home], many[to_home])
        _add_pairs(home, node[to_home], area_of[to_place[to_home]], many[to_home])
        moved = (to_node >= 0) & (to_node != node)
        _add_pairs(collect, node[moved], to_node[moved], many[moved])
        metres += int(metre[to_home | moved].sum())
        travelling += int(many[to_home | moved].sum())
    per = 1.0 / (max(1, len(replications)) * max(1, len(reading.days)))
    return Traffic(
        {key: count * per for key, count in home.items()},
        {key: count * per for key, count in collect.items()},
        {key: float(count * per) for key, count in sorted(sent.items())},
        metres / travelling / 1000 if travelling else math.nan,
    )


def network(reading: Reading) -> Network | None:
    """Nodes, areas and traffic of every alternative; None when the study kept no shipments or no coordinates."""
    nodes, places = reading.dims("nodes"), reading.dims("places")
    if not nodes.get("lat") or not places.get("lat"):
        return None
    lat, lon = np.asarray(nodes["lat"], float), np.asarray(nodes["lon"], float)
    projection = fitted(lat, lon)
    x, y = projection(lat, lon)
    place_x, place_y = projection(places["lat"], places["lon"])
    area_of, n_areas = _areas(places, place_x, place_y)
    weight = np.zeros(len(place_x))
    traffic: dict[str, Traffic] = {}
    for item in reading.alternatives:
        found = _count(reading, item, area_of, weight)
        if found is None:
            return None
        traffic[item.label] = found
    mass = np.maximum(weight, 1e-9)
    total = np.bincount(area_of, weights=mass, minlength=n_areas)
    area_x = np.bincount(area_of, weights=mass * place_x, minlength=n_areas) / total
    area_y = np.bincount(area_of, weights=mass * place_y, minlength=n_areas) / total
    busy = weight > 0
    view = view_of(np.concatenate([x, place_x[busy]]), np.concatenate([y, place_y[busy]]), projection)
    heat_kpi = next((kpi for kpi in HEAT_KPIS if reading.by_group(kpi, "node")), None)
    groups = reading.by_group(heat_kpi, "node") if heat_kpi else {}
    heat = {
        label: {node: found.mean for node, found in by.items() if node >= 0 and math.isfinite(found.mean)}
        for label, by in groups.items()
    }
    kept = {label: _busiest(found) for label, found in traffic.items()}
    return Network(
        labels=[str(label) for label in nodes["label"]],
        warehouse=np.asarray([_is_warehouse(role) for role in nodes.get("role", [1] * len(lat))]),
        x=x,
        y=y,
        area_x=area_x,
        area_y=area_y,
        view=view,
        france=projection == LAMBERT_93,
        traffic=traffic,
        heat_kpi=heat_kpi,
        heat=heat,
        heat_breaks=_breaks([v for by in heat.values() for v in by.values()], (0.25, 0.55, 0.8, 0.94)),
        width_breaks=_breaks([v for flows in kept.values() for _, v in flows], (0.5, 0.8, 0.95)),
        drawn={
            label: sum(v for _, v in kept[label]) / sum(found.home.values()) if found.home else math.nan
            for label, found in traffic.items()
        },
    )


def _busiest(traffic: Traffic) -> list[tuple[tuple[int, int], float]]:
    ordered = sorted(traffic.home.items(), key=lambda pair: (-pair[1], pair[0]))
    return ordered[:MOST_LINES]


def _arc(x0: float, y0: float, x1: float, y1: float) -> tuple[list[float | None], list[float | None]]:
    """A gently bent line, in kilometres, with a gap after it."""
    dx, dy = x1 - x0, y1 - y0
    length = math.hypot(dx, dy)
    count = 3 if length < 40_000 else 8 if length < 250_000 else 13
    s = np.linspace(0.0, 1.0, count)
    bend = 0.11 * 4 * s * (1 - s)
    px, py = (x0 + s * dx - bend * dy) / 1000, (y0 + s * dy + bend * dx) / 1000
    return [*np.round(px, 1).tolist(), None], [*np.round(py, 1).tolist(), None]


def _lines(net: Network, item: Alternative) -> list[Any]:
    import plotly.graph_objects as go

    traffic = net.traffic[item.label]
    strokes: dict[tuple[str, int], tuple[list[float | None], list[float | None]]] = {}

    def draw(kind: str, count: float, x0: float, y0: float, x1: float, y1: float) -> None:
        level = sum(count >= limit for limit in net.width_breaks)
        xs, ys = strokes.setdefault((kind, level), ([], []))
        ax, ay = _arc(x0, y0, x1, y1)
        xs += ax
        ys += ay

    for (node, area), count in _busiest(traffic):
        kind = "flow_warehouse" if net.warehouse[node] else "flow_store"
        draw(kind, count, net.x[node], net.y[node], net.area_x[area], net.area_y[area])
    to_stores = sorted(traffic.collect.items(), key=lambda pair: (-pair[1], pair[0]))
    for (node, other), count in to_stores[: MOST_LINES // 2]:
        draw("flow_collect", count, net.x[node], net.y[node], net.x[other], net.y[other])
    order = sorted(strokes, key=lambda key: (key[1], _KINDS.index(key[0])))
    return [
        go.Scatter(
            x=strokes[kind, level][0],
            y=strokes[kind, level][1],
            mode="lines",
            line={
                "color": COLOURS[kind],
                "width": WIDTHS[min(level, len(WIDTHS) - 1)],
                "dash": "4px,3px" if kind == "flow_collect" else "solid",
            },
            opacity=0.5 + 0.1 * level,
            hoverinfo="skip",
            meta={"alternative": item.index},
        )
        for kind, level in order
    ]


def _node_text(reading: Reading, net: Network, item: Alternative, node: int) -> str:
    words = reading.words
    sent = net.traffic[item.label].sent.get(node, 0.0)
    lines = [words.labelled(words("sent_a_day"), reading.fmt.number(sent, 1))]
    share = net.heat.get(item.label, {}).get(node)
    if net.heat_kpi and share is not None:
        lines.append(words.labelled(reading.card(net.heat_kpi).label, reading.fmt.percent(share)))
    return hover(net.labels[node], *lines)


def heat_class(net: Network, share: float) -> int:
    """Which of the five colours a store wears."""
    return min(4, sum(share >= limit for limit in net.heat_breaks))


def _nodes(reading: Reading, net: Network, item: Alternative) -> list[Any]:
    import plotly.graph_objects as go

    sent = net.traffic[item.label].sent
    busiest = max((count for node, count in sent.items() if not net.warehouse[node]), default=0.0) or 1.0
    heat = net.heat.get(item.label, {})
    stores = [node for node in range(len(net.labels)) if not net.warehouse[node]]
    depots = [node for node in range(len(net.labels)) if net.warehouse[node]]
    colours = [COLOURS[f"heat_{heat_class(net, heat[node])}"] if node in heat else COLOURS["abroad"] for node in stores]
    traces = []
    for nodes, marker in (
        (
            stores,
            {
                "color": colours,
                "size": [round(7 + 9 * math.sqrt(sent.get(node, 0.0) / busiest), 1) for node in stores],
                "line": {"color": COLOURS["muted"], "width": 0.8},
                "opacity": 1,
            },
        ),
        (
            depots,
            {
                "color": COLOURS["warehouse"],
                "symbol": "square",
                "size": 13,
                "line": {"color": COLOURS["surface"], "width": 1.5},
            },
        ),
    ):
        if nodes:
            traces.append(
                go.Scatter(
                    x=np.round(net.x[nodes] / 1000, 1).tolist(),
                    y=np.round(net.y[nodes] / 1000, 1).tolist(),
                    mode="markers",
                    marker=marker,
                    text=[_node_text(reading, net, item, node) for node in nodes],
                    hovertemplate="%{text}<extra></extra>",
                    meta={"alternative": item.index},
                )
            )
    return traces


def _ground(net: Network) -> list[Any]:
    import plotly.graph_objects as go

    if not net.france:
        return []
    traces = []
    for name, fill, line, width in (
        ("neighbours.json", "abroad", "abroad", 0.6),
        ("fr_departements.geojson", "land", "border", 0.7),
        ("fr_regions.geojson", None, "coast", 1.0),
    ):
        x, y = as_path(outlines(name, LAMBERT_93, net.view))
        if x:
            traces.append(
                go.Scatter(
                    x=x,
                    y=y,
                    mode="lines",
                    line={"color": COLOURS[line], "width": width},
                    fill="toself" if fill else "none",
                    fillcolor=COLOURS[fill] if fill else None,
                    hoverinfo="skip",
                    meta={"alternative": None},
                )
            )
    return traces


WIDTHS_OF_MAPS = {"wide": 700, "narrow": 310}  # for which warehouses are named [px]


def depot_names(net: Network, pixels: float) -> list[dict[str, Any]]:
    """Names of up to eight warehouses, clear of the stores' dots and inside the map."""
    depots = [node for node in range(len(net.labels)) if net.warehouse[node]][:8]
    names = dict(zip(depots, told_apart([net.labels[node] for node in depots]), strict=True))
    size = 12.5 if pixels > 480 else 11.0
    scale = pixels / (net.view.east - net.view.west)

    def pixel(node: int) -> tuple[float, float]:
        return float((net.x[node] - net.view.west) * scale), float((net.view.north - net.y[node]) * scale)

    dots = [pixel(node) for node in range(len(net.labels)) if not net.warehouse[node]]
    spots = place(
        [pixel(node) for node in depots],
        [(1.06 * text_width(names[node], size) + 6, 18.0) for node in depots],
        [(x - 7, y - 7, x + 7, y + 7) for x, y in dots],
        (4, 4, pixels - 4, pixels * net.view.ratio - 4),
        8.0,
    )
    return [
        {
            "x": round(float(net.x[node]) / 1000, 1),
            "y": round(float(net.y[node]) / 1000, 1),
            "ax": spot.dx,
            "ay": spot.dy,
            "text": f"<b>{safe(names[node])}</b>",
            "showarrow": True,
            "arrowhead": 0,
            "arrowwidth": 1,
            "arrowcolor": COLOURS["muted"] if spot.leader else "rgba(0,0,0,0)",
            "standoff": 8,
            "font": {"size": size, "color": COLOURS["ink"]},
            "bgcolor": COLOURS["surface"],
            "opacity": 0.9,
            "borderpad": 2,
        }
        for node, spot in zip(depots, spots, strict=True)
    ]


def flows(
    reading: Reading, net: Network | None = None, *, alternative: str | None = None, alone: bool = False
) -> go.Figure | None:
    """The map of every alternative in one figure; only one is visible (`meta.alternative` tells whose a trace is).

    Parameters
    ----------
    alternative
        Label of the one shown first; the baseline by default.
    alone
        Leave the others out.
    """
    net = network(reading) if net is None else net
    if net is None:
        return None
    shown = (reading.of(alternative) if alternative else reading.baseline).index
    figure = new_figure(reading.fmt, height=760)
    figure.add_traces(_ground(net))
    items = [reading.of(alternative)] if alone and alternative else reading.drawn_closely
    for item in items:
        for trace in _lines(net, item) + _nodes(reading, net, item):
            trace.visible = item.index == shown
            figure.add_trace(trace)
    figure.update_layout(
        showlegend=False,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        plot_bgcolor=COLOURS["sea"],
        annotations=depot_names(net, WIDTHS_OF_MAPS["wide"]),
    )
    bare = {"visible": False, "showgrid": False, "fixedrange": True, "automargin": False}
    figure.update_xaxes(range=[net.view.west / 1000, net.view.east / 1000], constrain="domain", **bare)
    figure.update_yaxes(
        range=[net.view.south / 1000, net.view.north / 1000], scaleanchor="x", scaleratio=1, constrain="domain", **bare
    )
    return figure
