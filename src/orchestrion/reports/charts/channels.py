"""The flow of demand: units from the channel they were asked in, through the node that served them, to their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Channel, EventKind, Outcome, Reason, Role
from orchestrion.experiments.moved import OVER_THE_COUNTER
from orchestrion.reports.formats import Format
from orchestrion.reports.look import COLOURS, new_figure, safe, veil
from orchestrion.reports.naming import told_apart
from orchestrion.reports.reading import Alternative, Reading
from orchestrion.units import DAY

if TYPE_CHECKING:
    import plotly.graph_objects as go

Ints = NDArray[np.int64]
ENDS = ("on_time", "late", "counter", "open", "waiting", "declined", "cancelled", "lost")
_END_COLOURS = ("time_0", "time_4", "time_1", "part_6", "part_5", "part_4", "time_5", "bad")
_DECLINED = (Reason.TOO_SLOW, Reason.TOO_DEAR, Reason.NOT_DELIVERABLE)
_OPEN = ENDS.index("open")
MOST_NODES = 5  # named, of each kind
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Demand:
    """Units a replication of one alternative: (channel, node or -1) and (node or -1, end)."""

    links: dict[tuple[int, int, str], float]  # channel, node, end
    wished: float

    def by(self, *axes: int) -> dict[tuple[int | str, ...], float]:
        """Units added up over all but the given positions of (channel, node, end)."""
        total: dict[tuple[int | str, ...], float] = {}
        for link, units in self.links.items():
            key = tuple(link[axis] for axis in axes)
            total[key] = total.get(key, 0.0) + units
        return total


def _lines_by_end(facts: dict[str, dict[str, Ints]]) -> tuple[Ints, Ints, Ints, Ints]:
    """Request, node, units and end (its place in `ENDS`) of what became of every line of an order."""
    lines, events, shipments, orders = (facts[name] for name in ("lines", "events", "shipments", "orders"))
    key = lines["order"].astype(np.int64) << 16 | lines["line"].astype(np.int64)
    by_key = np.argsort(key, kind="stable")

    def at(rows: Ints) -> Ints:
        wanted = events["order"][rows].astype(np.int64) << 16 | events["line"][rows].astype(np.int64)
        return np.asarray(by_key[np.searchsorted(key[by_key], wanted)], np.int64)

    arrival = np.full(int(shipments["shipment"].max(initial=-1)) + 1, -1, np.int64)
    arrival[shipments["shipment"]] = shipments["received_t"]
    promised = np.full(int(orders["order"].max(initial=-1)) + 1, -1, np.int64)
    promised[orders["order"]] = orders["promised_t"]
    rest = lines["qty"].astype(np.int64).copy()
    parts = []
    for kind in (EventKind.PICKED, EventKind.CANCELLED):
        rows = np.flatnonzero((events["kind"] == kind) & (events["qty"] > 0) & (events["line"] >= 0))
        line = at(rows)
        units = events["qty"][rows].astype(np.int64)
        np.subtract.at(rest, line, units)
        if kind == EventKind.PICKED:
            came, due = arrival[events["shipment"][rows]], promised[events["order"][rows]]
            end = np.where(came < 0, _OPEN, np.where(came <= due, ENDS.index("on_time"), ENDS.index("late")))
            node = events["node"][rows].astype(np.int64)
        else:
            end, node = np.full(len(rows), ENDS.index("cancelled")), np.full(len(rows), NOWHERE)
        parts.append((lines["request"][line].astype(np.int64), node, units, end))
    left = np.flatnonzero(rest > 0)
    parts.append((lines["request"][left].astype(np.int64), np.full(len(left), NOWHERE), rest[left],
                  np.full(len(left), _OPEN)))  # fmt: skip
    request, node, units, end = (np.concatenate(one) for one in zip(*parts, strict=True))
    return request, node, units, end


_COLUMNS = {
    "requests": ("request", "t", "channel", "qty", "outcome", "reason", "served_at"),
    "lines": ("order", "line", "qty", "request"),
    "events": ("kind", "order", "line", "shipment", "node", "qty"),
    "orders": ("order", "promised_t"),
    "shipments": ("shipment", "received_t"),
}


def demand_of(reading: Reading, item: Alternative) -> Demand | None:
    """What became of the units wished under one alternative, mean of a replication; None without facts."""
    links: dict[tuple[int, int, str], float] = {}
    wished = 0
    replications = reading.replication_ids(item.label)
    for replication in replications:
        facts = {}
        for table, columns in _COLUMNS.items():
            found = reading.facts(table, item.label, replication, columns)
            if found is None:
                return None
            facts[table] = found
        asked = facts["requests"]
        day = asked["t"] // DAY
        kept = (day >= reading.days[0]) & (day <= reading.days[-1]) if reading.days else np.ones(len(day), bool)
        wishes = {name: asked[name][kept].astype(np.int64) for name in _COLUMNS["requests"]}
        wished += int(wishes["qty"].sum())
        order = np.argsort(wishes["request"], kind="stable")
        wishes = {name: column[order] for name, column in wishes.items()}
        request, node, units, end = _lines_by_end(facts)
        place = np.minimum(np.searchsorted(wishes["request"], request), max(0, len(order) - 1))
        known = (wishes["request"][place] == request) if len(order) else np.zeros(len(request), bool)
        _add(links, wishes["channel"][place[known]], node[known], end[known], units[known])
        alone = ~np.isin(wishes["request"], request)
        fate, where = _without_order(*(wishes[name][alone] for name in ("outcome", "reason", "served_at")))
        _add(links, wishes["channel"][alone], where, fate, wishes["qty"][alone])
    runs = max(1, len(replications))
    return Demand({link: units / runs for link, units in links.items()}, wished / runs)


def _add(links: dict[tuple[int, int, str], float], channel: Ints, node: Ints, end: Ints, units: Ints) -> None:
    """Add units to the links, by (channel, node, end)."""
    many = int(node.max(initial=0)) + 2
    code = (channel * many + node + 1) * len(ENDS) + end
    codes, index = np.unique(code, return_inverse=True)
    sums = np.bincount(index, weights=units, minlength=len(codes))
    for one, total in zip(codes.tolist(), sums.tolist(), strict=True):
        rest, fate = divmod(one, len(ENDS))
        where, place = divmod(rest, many)
        link = (where, place - 1, ENDS[fate])
        links[link] = links.get(link, 0.0) + total


def _without_order(outcome: Ints, reason: Ints, served_at: Ints) -> tuple[Ints, Ints]:
    """End and node of wishes that came into no order."""
    counter = np.isin(outcome, OVER_THE_COUNTER)
    end = np.select(
        [counter, outcome == Outcome.WAITING, outcome == Outcome.CANCELLED, np.isin(reason, _DECLINED)],
        [ENDS.index(name) for name in ("counter", "waiting", "cancelled", "declined")],
        ENDS.index("lost"),
    )
    return end.astype(np.int64), np.where(counter, served_at, NOWHERE)


def node_groups(reading: Reading, found: dict[str, Demand]) -> dict[int, str]:
    """Node -> what it is called in the chart: the busiest of each kind by name, the others together."""
    nodes = reading.dims("nodes")
    total: dict[int, float] = {}
    for demand in found.values():
        for (node,), units in demand.by(1).items():
            total[int(node)] = total.get(int(node), 0.0) + units
    depot = {node: nodes["role"][node] in (int(Role.WAREHOUSE), Role.WAREHOUSE.key) for node in total if node >= 0}
    names: dict[int, str] = {NOWHERE: reading.words("no_node")}
    for warehouse, others in ((True, "other_warehouses"), (False, "other_stores")):
        ranked = sorted((n for n, yes in depot.items() if yes == warehouse), key=lambda n: (-total[n], n))
        for place, node in enumerate(ranked):
            named = place < MOST_NODES or len(ranked) == MOST_NODES + 1
            names[node] = str(nodes["label"][node]) if named else reading.words(others)
    return names


def _units(fmt: Format, units: float) -> str:
    """Units of a replication on average; a few in all replications together are not none."""
    return "&lt; 1" if 0 < units < 0.5 else fmt.number(units)


def _short(names: list[str], depots: set[str]) -> list[str]:
    """Warehouses without the words that all their names begin with."""
    warehouses = [name for name in names if name in depots]
    known = dict(zip(warehouses, told_apart(warehouses), strict=True))
    return [known.get(name, name) for name in names]


def draw(reading: Reading, demand: Demand, names: dict[int, str]) -> go.Figure:
    """The three columns and their links; what did not reach a node passes through "no node"."""
    import plotly.graph_objects as go

    fmt = reading.fmt
    channels = sorted({int(c) for (c,) in demand.by(0)})
    left = [reading.words(f"channel.{Channel(c).key}") for c in channels]
    middle = list(dict.fromkeys(names[int(n)] for (n,) in sorted(demand.by(1), key=lambda key: -demand.by(1)[key])))
    ends = [end for end in ENDS if (end,) in demand.by(2)]
    right = [reading.words(f"end.{end}") for end in ends]
    labels = [*left, *middle, *right]
    nodes = reading.dims("nodes")
    depots = {names[n] for n in names if n >= 0 and nodes["role"][n] in (int(Role.WAREHOUSE), Role.WAREHOUSE.key)}
    # a phone has room for a word each
    short = [reading.words(f"channel_short.{Channel(c).key}") for c in channels]
    short += [name if len(name) <= 13 else f"{name[:12]}…" for name in _short(middle, depots)]
    short += [reading.words(f"end_short.{end}") for end in ends]
    palette = [COLOURS["series_1"]] * len(left)
    palette += [
        COLOURS["axis"] if name == names[NOWHERE] else COLOURS["flow_warehouse" if name in depots else "flow_store"]
        for name in middle
    ]
    palette += [COLOURS[_END_COLOURS[ENDS.index(end)]] for end in ends]
    flows: dict[tuple[int, int], float] = {}
    for (channel, node, end), units in demand.links.items():
        here = len(left) + middle.index(names[node])
        for pair in ((channels.index(channel), here), (here, len(left) + len(middle) + ends.index(end))):
            flows[pair] = flows.get(pair, 0.0) + units
    inflow: dict[int, float] = {}
    for (source, target), units in flows.items():
        inflow[target] = inflow.get(target, 0.0) + units
        if source < len(left):
            inflow[source] = inflow.get(source, 0.0) + units
    figure = new_figure(fmt, height=max(420, 44 * max(len(middle), len(right))))
    figure.add_trace(
        go.Sankey(
            arrangement="snap",
            valueformat=",.0f",
            textfont={"size": 12.5, "color": COLOURS["ink"]},
            node={
                "label": [f"{safe(name)} {_units(fmt, inflow.get(i, 0.0))}" for i, name in enumerate(labels)],
                "customdata": [safe(name) for name in short],
                "color": palette,
                "pad": 14,
                "thickness": 14,
                "line": {"width": 0},
                "hovertemplate": "%{label}<extra></extra>",
            },
            link={
                "source": [pair[0] for pair in flows],
                "target": [pair[1] for pair in flows],
                "value": [round(units, 2) for units in flows.values()],
                "color": [veil(palette[pair[1]]) for pair in flows],
                "hovertemplate": "%{source.label} → %{target.label}<br>%{value:,.1f}<extra></extra>",
            },
        )
    )
    figure.update_layout(margin={"l": 2, "r": 2, "t": 8, "b": 8})
    return figure
