"""The flow of demand: units from the channel they were asked in, through the node that served them, to their end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrion.domain.codes import Channel, EventKind, Outcome, Reason, Role
from orchestrion.experiments.moved import OVER_THE_COUNTER
from orchestrion.reports.formats import Format
from orchestrion.reports.look import COLOURS, new_figure, safe, veil
from orchestrion.reports.naming import told_apart
from orchestrion.reports.reading import Alternative, Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

ENDS = ("on_time", "late", "counter", "open", "waiting", "declined", "cancelled", "lost")
_END_COLOURS = ("time_0", "time_4", "time_1", "part_6", "part_5", "part_4", "time_5", "bad")
_DECLINED = (Reason.TOO_SLOW, Reason.TOO_DEAR, Reason.NOT_DELIVERABLE)
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


def _query(measured: str) -> str:
    """SQL for units by channel, node and end (its place in `ENDS`), those that came into an order first.

    A line's units end as they were picked or cancelled; what is left of it is open. Wishes that came into no order end
    by their outcome. Millions of rows are read twice rather than kept between the two uses.
    """
    ends = {end: ENDS.index(end) for end in ENDS}
    counter = f"outcome IN ({_codes(OVER_THE_COUNTER)})"
    return f"""
        WITH wished AS NOT MATERIALIZED (
            SELECT request, channel, qty, outcome, reason, served_at FROM requests WHERE {measured}
        ),
        moved AS NOT MATERIALIZED (
            SELECT "order", line, shipment, node, qty, kind FROM events
            WHERE kind IN ({int(EventKind.PICKED)}, {int(EventKind.CANCELLED)}) AND qty > 0 AND line >= 0
        ),
        parts AS NOT MATERIALIZED (
            SELECT "order", line, moved.node, qty,
                   CASE WHEN received_t < 0 THEN {ends["open"]} WHEN received_t <= promised_t THEN {ends["on_time"]}
                        ELSE {ends["late"]} END AS "end"
            FROM moved JOIN (SELECT shipment, received_t FROM shipments) USING (shipment)
            JOIN (SELECT "order", promised_t FROM orders) USING ("order") WHERE kind = {int(EventKind.PICKED)}
            UNION ALL
            SELECT "order", line, {NOWHERE}, qty, {ends["cancelled"]} FROM moved
            WHERE kind = {int(EventKind.CANCELLED)}
        ),
        gone AS (SELECT "order", line, sum(qty) AS units FROM parts GROUP BY ALL),
        ended AS (
            SELECT request, node, parts.qty, "end" FROM parts JOIN lines USING ("order", line)
            UNION ALL
            SELECT request, {NOWHERE}, qty - coalesce(units, 0), {ends["open"]}
            FROM lines LEFT JOIN gone USING ("order", line) WHERE qty > coalesce(units, 0)
        )
        SELECT 0 AS apart, channel, node, "end", sum(ended.qty)::BIGINT AS units
        FROM ended JOIN wished USING (request) GROUP BY ALL
        UNION ALL
        SELECT 1, channel, CASE WHEN {counter} THEN served_at ELSE {NOWHERE} END AS node,
               CASE WHEN {counter} THEN {ends["counter"]}
                    WHEN outcome = {int(Outcome.WAITING)} THEN {ends["waiting"]}
                    WHEN outcome = {int(Outcome.CANCELLED)} THEN {ends["cancelled"]}
                    WHEN reason IN ({_codes(_DECLINED)}) THEN {ends["declined"]} ELSE {ends["lost"]} END AS "end",
               sum(qty)::BIGINT
        FROM wished ANTI JOIN lines USING (request) GROUP BY ALL
        ORDER BY apart, channel, node, "end"
    """


def _codes(codes: Iterable[int]) -> str:
    return ", ".join(str(int(code)) for code in codes)


def demand_of(reading: Reading, item: Alternative) -> Demand | None:
    """What became of the units wished under one alternative, mean of a replication; None without facts."""
    links: dict[tuple[int, int, str], float] = {}
    wished = 0
    replications = reading.replication_ids(item.label)
    measured = reading.in_measured_time()
    for replication in replications:
        asked = reading.sql(
            f"SELECT coalesce(sum(qty), 0)::BIGINT AS units FROM requests WHERE {measured}", item.label, replication
        )
        found = reading.sql(_query(measured), item.label, replication)
        if asked is None or found is None:
            return None
        wished += int(asked["units"][0])
        columns = (found[name].tolist() for name in ("channel", "node", "end", "units"))
        for channel, node, end, units in zip(*columns, strict=True):
            link = (channel, node, ENDS[end])
            links[link] = links.get(link, 0.0) + units
    runs = max(1, len(replications))
    return Demand({link: units / runs for link, units in links.items()}, wished / runs)


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
