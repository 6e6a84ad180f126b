"""One day on the map: where each shipment decided that day is, minute by minute, until it is received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.reports.charts.flows import Network, flows
from orchestrion.reports.look import COLOURS, safe
from orchestrion.reports.projection import fitted
from orchestrion.reports.reading import Reading
from orchestrion.units import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    import plotly.graph_objects as go

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LONGEST = 5 * DAY
STEP = 30 * MINUTE
AT_FIRST = 30 * HOUR  # the morning after: parcels are between their nodes and their doors


@dataclass(frozen=True, slots=True)
class Day:
    """The shipments of one alternative decided on one day; moments in seconds from its midnight, -1 for never."""

    node: Ints
    x: Floats  # where it goes [km on the map]
    y: Floats
    sourced: Ints
    handed: Ints
    received: Ints

    def counts(self, t: int) -> tuple[int, int, int, int]:
        """Decided, waiting at nodes, under way and received at a moment."""
        there = (self.received >= 0) & (self.received <= t)
        gone = (self.handed >= 0) & (self.handed <= t) & ~there
        known = self.sourced <= t
        waiting = known & ~gone & ~there
        return int(known.sum()), int(waiting.sum()), int(gone.sum()), int((there & known).sum())


def busiest_day(reading: Reading, label: str, replication: int) -> int | None:
    """The measured day on which most shipments of an alternative were decided."""
    query = f"""
        SELECT sourced_t // {DAY} AS day FROM shipments WHERE units > 0 AND {reading.in_measured_time("sourced_t")}
        GROUP BY day ORDER BY count(*) DESC, day LIMIT 1
    """
    found = reading.sql(query, label, replication)
    return None if found is None or not reading.days or not len(found["day"]) else int(found["day"][0])


def day_of(reading: Reading, net: Network, label: str, replication: int, day: int) -> Day | None:
    """The shipments decided on that day; those whose address is unknown stay out."""
    query = f"""
        SELECT node, place, collect_at, sourced_t, handed_t, received_t FROM shipments
        WHERE units > 0 AND sourced_t >= {day * DAY} AND sourced_t < {(day + 1) * DAY}
    """
    found = reading.sql(query, label, replication)
    if found is None:
        return None
    part: dict[str, Any] = {name: column.astype(np.int64) for name, column in found.items()}
    places, nodes = reading.dims("places"), reading.dims("nodes")
    projection = fitted(np.asarray(nodes["lat"], float), np.asarray(nodes["lon"], float))
    place_x, place_y = projection(places["lat"], places["lon"])
    collected = part["collect_at"] >= 0
    known = collected | (part["place"] >= 0)
    place, shop = np.maximum(part["place"], 0), np.maximum(part["collect_at"], 0)
    x = np.where(collected, net.x[shop], place_x[place]) / 1000
    y = np.where(collected, net.y[shop], place_y[place]) / 1000

    def since(name: str) -> Ints:
        t = part[name][known]
        return np.where(t < 0, -1, t - day * DAY)

    return Day(part["node"][known], x[known], y[known], since("sourced_t"), since("handed_t"), since("received_t"))


def clock_end(days: list[Day]) -> int:
    """When the replay may stop: nearly everything is received, five days later at most; whole steps."""
    received = np.concatenate([one.received[one.received >= 0] for one in days]) if days else np.zeros(0)
    last = float(np.quantile(received, 0.98)) if len(received) else float(DAY)
    return int(min(LONGEST, -(-last // STEP) * STEP))


def payload(net: Network, day: Day) -> dict[str, list[float] | list[int]]:
    """As the page takes it: minutes, and tenths of kilometres."""

    def minutes(values: Ints) -> list[int]:
        return [int(value) if value < 0 else int(value) // MINUTE for value in values.tolist()]

    return {
        "node": day.node.tolist(),
        "x": np.round(day.x, 1).tolist(),
        "y": np.round(day.y, 1).tolist(),
        "sourced": minutes(day.sourced),
        "handed": minutes(day.handed),
        "received": minutes(day.received),
        "depot": [int(net.warehouse[node]) for node in day.node.tolist()],
    }


def moments(reading: Reading, day: int, end: int, step: int = STEP) -> list[str]:
    """What the clock says at each step: the date and the time of day."""
    said = []
    for t in range(0, end + 1, step):
        days, rest = divmod(t, DAY)
        if reading.start is None:
            name = reading.words("day_n", n=day + days + 1)
        else:
            name = reading.fmt.day_month(reading.start + timedelta(days=day + days))
        said.append(f"{name}, {rest // HOUR:02d}:{rest % HOUR // MINUTE:02d}")
    return said


def _dots(net: Network, day: Day, t: int) -> list[Any]:
    """What is on the map at a moment: received, nodes with what waits there, parcels of warehouses and of stores."""
    import plotly.graph_objects as go

    there = (day.received >= 0) & (day.received <= t)
    road = (day.handed >= 0) & (day.handed <= t) & ~there
    waits = np.bincount(day.node[(day.sourced <= t) & ~road & ~there], minlength=len(net.labels))
    end = np.where(day.received < 0, day.handed + 2 * DAY, day.received)
    part = np.clip((t - day.handed) / np.maximum(1, end - day.handed), 0.0, 1.0)
    from_x, from_y = net.x[day.node] / 1000, net.y[day.node] / 1000
    x, y = from_x + part * (day.x - from_x), from_y + part * (day.y - from_y)
    depot = np.asarray(net.warehouse, bool)

    def marks(name: str, symbol: str, size: int, kept: NDArray[np.bool_], at: tuple[Floats, Floats]) -> Any:
        edge = {"color": COLOURS["surface"], "width": 0.5}
        return go.Scatter(
            x=np.round(at[0][kept], 1).tolist(), y=np.round(at[1][kept], 1).tolist(), mode="markers", hoverinfo="skip",
            marker={"color": COLOURS[name], "symbol": symbol, "size": size, "line": edge},
        )  # fmt: skip

    nodes = go.Scatter(
        x=np.round(net.x / 1000, 1).tolist(), y=np.round(net.y / 1000, 1).tolist(), mode="markers",
        text=[f"{safe(label)}: {count}" for label, count in zip(net.labels, waits.tolist(), strict=True)],
        hovertemplate="%{text}<extra></extra>",
        marker={
            "color": COLOURS["warehouse"], "symbol": ["square" if one else "circle" for one in depot],
            "size": (np.where(depot, 8, 4) + 2.2 * np.sqrt(waits)).round(1).tolist(), "opacity": 1,
            "line": {"color": COLOURS["surface"], "width": 1},
        },
    )  # fmt: skip
    return [
        marks("time_3", "diamond", 5, there, (day.x, day.y)),
        nodes,
        marks("flow_warehouse", "circle", 6, road & depot[day.node], (x, y)),
        marks("flow_store", "triangle-up", 7, road & ~depot[day.node], (x, y)),
    ]


def replay(reading: Reading, net: Network, label: str, found: Day, day: int, step: int) -> go.Figure | None:
    """A day as an animated figure: a frame for each step of the clock [s], a slider and a button."""
    import plotly.graph_objects as go

    figure = flows(reading, net, alternative=label, alone=True)
    if figure is None:
        return None
    figure.data = [trace for trace in figure.data if trace.meta["alternative"] is None]
    ground, end = len(figure.data), clock_end([found])
    names = moments(reading, day, end, step)
    figure.add_traces(_dots(net, found, min(end, AT_FIRST // step * step)))
    moving = list(range(ground, ground + 4))
    figure.frames = [
        go.Frame(data=_dots(net, found, i * step), traces=moving, name=name) for i, name in enumerate(names)
    ]
    quiet = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 0}}
    running = {"frame": {"duration": 220, "redraw": False}, "transition": {"duration": 0}, "fromcurrent": True}
    figure.update_layout(
        annotations=[],
        margin={"l": 0, "r": 0, "t": 0, "b": 70},
        sliders=[
            {
                "active": min(end, AT_FIRST) // step,
                "x": 0.12, "len": 0.88, "pad": {"t": 6},
                "currentvalue": {"font": {"size": 12.5, "color": COLOURS["ink"]}},
                "font": {"size": 1, "color": "rgba(0,0,0,0)"},
                "steps": [{"label": name, "method": "animate", "args": [[name], quiet]} for name in names],
            }
        ],
        updatemenus=[
            {
                "type": "buttons", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top", "pad": {"t": 22},
                "buttons": [{"label": reading.words("replay_play"), "method": "animate", "args": [None, running]}],
            }
        ],
    )  # fmt: skip
    return figure
