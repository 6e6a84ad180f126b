"""Every KPI a second time, as a SQL query on the same facts that shares no code with the first.

Each KPI is a pair of queries: what is added up, and what it is divided by (None: nothing). Both give `v` and the
columns they may be grouped by. `prepared` creates the tables they read.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd
from queries_money import MONEY, prepare_money

from orchestrion.domain.facts import Facts

DAY = 86_400


class Sql(NamedTuple):
    """Numerator and denominator; with `quantile` the values to rank; with `running` the moves of a running sum: 1 its
    level, -1 how far it is below zero."""

    above: str
    below: str | None = None
    per: int = 1
    quantile: float | None = None
    running: int = 0


def prepared(facts: Facts) -> duckdb.DuckDBPyConnection:
    """An in-memory database of the facts, with what became of each order joined to it."""
    con = duckdb.connect()
    for name, table in facts.tables.items():
        _load(con, name, pd.DataFrame(dict(table)))
    for name in ("nodes", "skus"):
        rows = pd.DataFrame({column: list(values) for column, values in facts.dims[name].items()})
        _load(con, f"dim_{name}", rows.reset_index(names="id"))
    names = pd.DataFrame({"name": sorted(set(facts.dims["skus"]["category"]))})
    _load(con, "categories", names.reset_index(names="id"))
    low, high = facts.warm_up_s, facts.horizon_s
    days = pd.DataFrame({"day": np.arange(low // DAY, (high - 1) // DAY + 1)})
    _load(con, "days", days)
    con.execute(f"""
        CREATE VIEW the_window AS SELECT {low} AS low, {high} AS high, {facts.end_s} AS over;
        CREATE TABLE catalogue AS
            SELECT s.id AS sku, s.cost, s.web_ranged, c.id AS category
            FROM dim_skus s JOIN categories c ON c.name = s.category;
        CREATE TABLE asked AS
            SELECT r.*, r.t // {DAY} AS day, c.category, c.cost, r.channel IN (0, 1, 4) AS online,
                   r.outcome IN (5, 6) AS lost
            FROM requests r JOIN catalogue c USING (sku) WHERE r.t >= {low} AND r.t < {high};
        CREATE TABLE sent AS
            SELECT s.* FROM shipments s JOIN orders o USING ("order") WHERE s.units > 0 AND s.picked_t >= 0;
        CREATE TABLE fate AS
            SELECT o.*, o.t // {DAY} AS day, o.t >= {low} AND o.t < {high} AS measured,
                   coalesce((SELECT sum(qty) FROM lines l WHERE l."order" = o."order"), 0) AS units,
                   coalesce((SELECT sum(units) FROM shipments s
                             WHERE s."order" = o."order" AND received_t >= 0), 0) AS units_received,
                   coalesce((SELECT sum(qty) FROM events e
                             WHERE e."order" = o."order" AND kind = 9), 0) AS units_cancelled,
                   coalesce((SELECT sum(e.qty) FROM events e LEFT JOIN shipments s USING (shipment)
                             WHERE e."order" = o."order" AND e.kind = 16
                               AND coalesce(s.received_t, -1) < 0), 0) AS units_back,
                   coalesce((SELECT max(received_t) FROM sent s WHERE s."order" = o."order"), -1) AS last_t,
                   (SELECT count(*) FROM sent s WHERE s."order" = o."order") AS shipped,
                   coalesce((SELECT sum(parcels) FROM sent s WHERE s."order" = o."order"), 0) AS parcels,
                   coalesce((SELECT arg_min(node, shipment) FROM sent s WHERE s."order" = o."order"), -1) AS node,
                   coalesce((SELECT arg_min(reason, seq) FROM events e
                             WHERE e."order" = o."order" AND kind = 9), -1) AS reason,
                   greatest(coalesce((SELECT max(hop) FROM events e WHERE e."order" = o."order"), 0), 0) AS hops
            FROM orders o;
        CREATE TABLE accepted AS
            SELECT *, units_received + units_cancelled + units_back >= units AS complete,
                   units_received + units_cancelled + units_back >= units AND last_t >= 0 AS received,
                   units_received + units_cancelled + units_back >= units AND last_t >= 0 AND last_t <= promised_t
                       AS kept
            FROM fate WHERE measured;
        CREATE TABLE ordered AS
            SELECT l.*, a.day, a.node, a.option, a.zone, a.channel, c.category,
                   coalesce((SELECT sum(e.qty) FROM events e JOIN shipments s USING (shipment)
                             WHERE e.kind = 3 AND e."order" = l."order" AND e.line = l.line
                               AND s.received_t >= 0), 0) AS got
            FROM lines l JOIN accepted a USING ("order") JOIN catalogue c USING (sku);
        CREATE TABLE paid AS
            SELECT c.component, c.amount, c.t, c."order", c.shipment, c.node AS own, f.node, f.option, f.zone,
                   f.channel,
                   coalesce(f.t, c.t) // {DAY} AS day
            FROM (SELECT * FROM costs UNION ALL SELECT * FROM accruals) c LEFT JOIN fate f USING ("order")
            WHERE coalesce(f.t, c.t) >= {low} AND coalesce(f.t, c.t) < {high};
        CREATE TABLE emitted AS
            SELECT e.leg, e.unit, e.amount, f.node, f.option, f.zone, f.channel, coalesce(f.t, e.t) // {DAY} AS day
            FROM emissions e LEFT JOIN fate f USING ("order")
            WHERE coalesce(f.t, e.t) >= {low} AND coalesce(f.t, e.t) < {high};
        CREATE TABLE carried AS
            SELECT s.*, a.day, a.option, a.zone, a.channel, n.role
            FROM sent s JOIN accepted a USING ("order") JOIN dim_nodes n ON n.id = s.node;
        CREATE TABLE counter AS
            SELECT CASE WHEN paid >= 0 THEN paid ELSE value END AS value,
                   qty * coalesce((SELECT s.cost FROM catalogue s WHERE s.sku = substitute), cost) AS goods,
                   day, zone, channel, option, category, sku,
                   greatest(t, resolved_t) AS paid_t, CASE WHEN served_at >= 0 THEN served_at ELSE node END AS node
            FROM asked
            WHERE "order" < 0 AND (
                (channel = 2 AND outcome IN (0, 1, 4)) OR (online AND outcome = 2) OR (outcome = 8 AND served_at >= 0));
        CREATE TABLE looks AS
            SELECT e.shipment, e.line, any_value(e.node) AS node, max(e.kind) = 4 AS short,
                   any_value(a.day) AS day, any_value(a.option) AS option, any_value(a.zone) AS zone,
                   any_value(a.channel) AS channel
            FROM events e JOIN accepted a USING ("order") WHERE e.kind IN (3, 4) GROUP BY e.shipment, e.line;
        CREATE TABLE shifts AS
            SELECT w.*, w.from_t // {DAY} AS day, n.role FROM work w JOIN dim_nodes n ON n.id = w.node
            WHERE w.from_t >= {low} AND w.from_t < {high};
        CREATE TABLE out_by_day AS
            SELECT p.scope, p.sku, p.node, c.category, c.web_ranged, d.day,
                   greatest(0, least(CASE WHEN to_t < 0 THEN {high} ELSE to_t END, {high}, (d.day + 1) * {DAY})
                               - greatest(from_t, {low}, d.day * {DAY})) AS v
            FROM spells p JOIN catalogue c USING (sku) CROSS JOIN days d;
        CREATE TABLE there_by_day AS
            SELECT day, least({high}, (day + 1) * {DAY}) - greatest({low}, day * {DAY}) AS v FROM days;
    """)
    prepare_money(con, facts)
    return con


def _load(con: duckdb.DuckDBPyConnection, name: str, rows: pd.DataFrame) -> None:
    con.register("rows", rows)
    con.execute(f'CREATE TABLE "{name}" AS SELECT * FROM rows')
    con.unregister("rows")


_ASKED = "day, node, option, zone, channel, sku, category"
_ORDER = "day, node, option, zone, channel"
_LINE = f"{_ORDER}, sku, category"
_ALL_ONLINE = f"SELECT value AS v, {_ASKED} FROM asked WHERE online"
_SHIPPED = f"SELECT 1 AS v, {_ORDER} FROM accepted WHERE shipped > 0"
_ACCEPTED = f"SELECT 1 AS v, {_ORDER} FROM accepted"
_TO = "CASE WHEN p.to_t < 0 THEN (SELECT over FROM the_window) ELSE p.to_t END"


def _while_out(scope: int, who: str) -> str:
    """Requests made while there was none, but for those who took the last unit in the second it went."""
    same = f"p.scope = {scope} AND p.sku = asked.sku" + (" AND p.node = asked.node" if scope == 1 else "")
    return (
        f"{who} AND EXISTS (FROM spells p WHERE {same} AND p.from_t <= asked.t AND asked.t < {_TO}) "
        f"AND NOT (outcome IN (0, 6) AND EXISTS (FROM spells p WHERE {same} AND p.from_t = asked.t))"
    )


_UNAVAILABLE = "((outcome = 5 AND reason = 0) OR (outcome = 6 AND reason IN (3, 4, 27)))"
_COST_TO_SERVE = "(0, 1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 19)"
_OWN = "CASE WHEN own >= 0 THEN own ELSE node END AS node"  # where a cost arises


def _lost(column: str, where: str, *, reason: bool = True) -> str:
    return f"SELECT {column} AS v, {_ASKED}{', reason' if reason else ''} FROM asked WHERE {where}"


def _booked(components: str) -> str:
    return (
        f"SELECT amount AS v, day, {_OWN}, option, zone, channel, component FROM paid WHERE component IN {components}"
    )


QUERIES: dict[str, Sql] = {
    "stockout_rate": Sql(
        "SELECT v, day, category, sku FROM out_by_day WHERE scope = 0 AND web_ranged",
        "SELECT t.v, t.day, c.category, c.sku FROM there_by_day t CROSS JOIN catalogue c WHERE c.web_ranged",
    ),
    "unified_stockout_rate": Sql(
        "SELECT v, day, category, sku FROM out_by_day WHERE scope = 2",
        "SELECT t.v, t.day, c.category, c.sku FROM there_by_day t CROSS JOIN catalogue c",
    ),
    "shelf_stockout_rate": Sql(
        "SELECT o.v, o.day, o.node FROM out_by_day o JOIN dim_nodes n ON n.id = o.node "
        "WHERE scope = 1 AND role = 'store'",
        "SELECT t.v * n.ranged AS v, t.day, n.id AS node FROM there_by_day t CROSS JOIN dim_nodes n "
        "WHERE role = 'store'",
    ),
    "demand_stockout_rate": Sql(_lost("value", _while_out(0, "online"), reason=False), _ALL_ONLINE),
    "shelf_demand_stockout_rate": Sql(
        _lost("value", _while_out(1, "channel = 2 AND node >= 0"), reason=False),
        f"SELECT value AS v, {_ASKED} FROM asked WHERE channel = 2 AND node >= 0",
    ),
    "unified_demand_stockout_rate": Sql(
        _lost("value", _while_out(2, "true"), reason=False), f"SELECT value AS v, {_ASKED} FROM asked"
    ),
    "product_unavailability": Sql(
        "SELECT v, o.day FROM out_by_day o LEFT JOIN dim_nodes n ON n.id = o.node "
        "WHERE (scope = 0 AND web_ranged) OR (scope = 1 AND n.role = 'store')",
        "SELECT v * ((SELECT count(*) FROM catalogue WHERE web_ranged) "
        "+ (SELECT sum(ranged) FROM dim_nodes WHERE role = 'store')) AS v, day FROM there_by_day",
    ),
    "hidden_rate": Sql(
        "SELECT v, day, category, sku FROM out_by_day WHERE scope = 3 AND web_ranged",
        "SELECT t.v, t.day, c.category, c.sku FROM there_by_day t CROSS JOIN catalogue c WHERE c.web_ranged",
    ),
    "phantom_rate": Sql(
        "SELECT v, day, category, sku FROM out_by_day WHERE scope = 4 AND web_ranged",
        "SELECT t.v, t.day, c.category, c.sku FROM there_by_day t CROSS JOIN catalogue c WHERE c.web_ranged",
    ),
    "hidden_demand_share": Sql(_lost("value", _while_out(3, "online"), reason=False), _ALL_ONLINE),
    "phantom_lost_share": Sql(_lost("value", "online AND outcome = 6 AND reason = 27", reason=False), _ALL_ONLINE),
    "lost_sales_share": Sql(_lost("value", f"online AND {_UNAVAILABLE}"), _ALL_ONLINE),
    "moved_to_store_share": Sql(_lost("value", "online AND outcome = 2", reason=False), _ALL_ONLINE),
    "companion_lost_share": Sql(_lost("value", "online AND outcome = 5 AND reason = 1", reason=False), _ALL_ONLINE),
    "substituted_share": Sql(
        _lost("value", "outcome = 8", reason=False), f"SELECT value AS v, {_ASKED} FROM asked"
    ),
    "unconverted_share": Sql(_lost("value", "online AND outcome = 5 AND reason IN (17, 18)"), _ALL_ONLINE),
    "revenue_lost_share": Sql(_lost("value", "lost"), f"SELECT value AS v, {_ASKED} FROM asked"),
    "walk_in_lost_share": Sql(
        _lost("value", "channel = 2 AND lost"), f"SELECT value AS v, {_ASKED} FROM asked WHERE channel = 2"
    ),
    "walk_in_lost_eur": Sql(_lost("value", "channel = 2 AND lost"), None, 1_000_000),
    "lost_sales_units": Sql(_lost("qty", "lost")),
    "lost_sales_eur": Sql(_lost("value", "lost"), None, 1_000_000),
    "unit_fill_rate": Sql(
        f"SELECT least(got, qty) AS v, {_LINE} FROM ordered", f"SELECT qty AS v, {_LINE} FROM ordered"
    ),
    "line_fill_rate": Sql(
        f"SELECT 1 AS v, {_LINE} FROM ordered WHERE got >= qty", f"SELECT 1 AS v, {_LINE} FROM ordered"
    ),
    "order_fill_rate": Sql(f"SELECT 1 AS v, {_ORDER} FROM accepted WHERE received AND units_cancelled = 0", _ACCEPTED),
    "cancellation_rate": Sql(f"SELECT 1 AS v, {_ORDER}, reason FROM accepted WHERE units_cancelled > 0", _ACCEPTED),
    "delivery_time_days": Sql(
        f"SELECT last_t - t AS v, {_ORDER} FROM accepted WHERE received AND collect_at < 0",
        f"SELECT 1 AS v, {_ORDER} FROM accepted WHERE received AND collect_at < 0",
        DAY,
    ),
    "delivery_time_p50": Sql(
        f"SELECT last_t - t AS v, {_ORDER} FROM accepted WHERE received AND collect_at < 0", None, DAY, 0.5
    ),
    "delivery_time_p90": Sql(
        f"SELECT last_t - t AS v, {_ORDER} FROM accepted WHERE received AND collect_at < 0", None, DAY, 0.9
    ),
    "ready_time_hours": Sql(
        "SELECT last_t - t AS v, day, collect_at AS node, option, zone, channel FROM accepted "
        "WHERE received AND collect_at >= 0",
        "SELECT 1 AS v, day, collect_at AS node, option, zone, channel FROM accepted "
        "WHERE received AND collect_at >= 0",
        3_600,
    ),
    "promises_kept": Sql(
        f"SELECT 1 AS v, {_ORDER} FROM accepted WHERE kept AND NOT (units_cancelled >= units AND units_cancelled > 0)",
        f"SELECT 1 AS v, {_ORDER} FROM accepted WHERE NOT (units_cancelled >= units AND units_cancelled > 0)",
    ),
    "otif": Sql(f"SELECT 1 AS v, {_ORDER} FROM accepted WHERE kept AND units_cancelled = 0", _ACCEPTED),
    "cost_to_serve": Sql(
        f"SELECT amount AS v, {_ORDER}, component FROM paid WHERE component IN {_COST_TO_SERVE}", _SHIPPED, 1_000_000
    ),
    "cost_to_serve_total": Sql(_booked(_COST_TO_SERVE), None, 1_000_000),
    "stock_costs": Sql(_booked("(7, 8, 9, 15, 16, 17, 18)"), None, 1_000_000),
    "markdown_exposure": Sql(_booked("(8)"), None, 1_000_000),
    "co2e_per_order": Sql(f"SELECT amount AS v, {_ORDER}, leg FROM emitted", _SHIPPED, 1_000_000),
    "co2e_per_order_no_trip": Sql(
        f"SELECT amount AS v, {_ORDER}, leg FROM emitted WHERE leg <> 7 AND unit <> 5", _SHIPPED, 1_000_000
    ),
    "orders": Sql(_ACCEPTED),
    "split_rate": Sql(f"SELECT 1 AS v, {_ORDER} FROM accepted WHERE shipped > 1", _SHIPPED),
    "parcels_per_order": Sql(f"SELECT parcels AS v, {_ORDER} FROM accepted WHERE shipped > 0", _SHIPPED),
    "resourcing_hops": Sql(f"SELECT hops AS v, {_ORDER} FROM accepted", _ACCEPTED),
    "short_pick_rate": Sql(f"SELECT 1 AS v, {_ORDER} FROM looks WHERE short", f"SELECT 1 AS v, {_ORDER} FROM looks"),
    "fulfilment_distance_km": Sql(
        f"SELECT distance / 1e3 AS v, {_ORDER}, service FROM carried", f"SELECT 1 AS v, {_ORDER}, service FROM carried"
    ),
    "share_from_stores": Sql(
        f"SELECT 1 AS v, {_ORDER}, service FROM carried WHERE role = 'store'",
        f"SELECT 1 AS v, {_ORDER}, service FROM carried",
    ),
    "store_hours": Sql("SELECT busy_s AS v, day, node FROM shifts WHERE role = 'store'", None, 3_600),
    "store_utilisation": Sql(
        "SELECT busy_s AS v, day, node FROM shifts WHERE role = 'store'",
        "SELECT staffed_s AS v, day, node FROM shifts WHERE role = 'store'",
    ),
    "queue_p90": Sql("SELECT queue AS v, day, node FROM shifts WHERE staffed_s > 0", None, 1, 0.9),
    # all pairs of stores: the definition itself, half the mean difference over the mean
    "workload_gini": Sql(
        """SELECT abs(a.v - b.v) / 2 AS v, a.day FROM {per_store} a JOIN {per_store} b USING (day)""",
        """SELECT (a.v + b.v) / 2 AS v, a.day FROM {per_store} a JOIN {per_store} b USING (day)""",
    ),
    **{key: Sql(**how) for key, how in MONEY.items()},
}


def sql_values(con: duckdb.DuckDBPyConnection, key: str, grouping: str) -> dict[int, float] | None:
    """Value by group from SQL, NaN where there is nothing to divide by; None where the grouping makes no sense."""
    query = QUERIES[key]
    above, below = query.above, query.below
    if "{per_store}" in above:
        by_day = grouping == "day"
        per_store = f"""(SELECT {"d.day" if by_day else "0 AS day"}, n.id AS node,
            coalesce((SELECT sum(busy_s) FROM shifts s
                      WHERE s.node = n.id {"AND s.day = d.day" if by_day else ""}), 0) AS v
            FROM dim_nodes n {"CROSS JOIN days d" if by_day else ""} WHERE n.role = 'store')"""
        above, below = above.format(per_store=per_store), (below or "").format(per_store=per_store)
    if grouping != "all" and grouping not in _columns(con, above):
        return None
    if query.running:
        total = f"SELECT coalesce(sum(v), 0) FROM ({above}) m WHERE m.day <= d.day"
        days = f"SELECT day FROM ({above}) UNION SELECT day FROM days"
        found_levels = con.execute(f"SELECT d.day, ({total}) FROM ({days}) d ORDER BY 1").fetchall()
        level = {int(day): float(v) / query.per for day, v in found_levels}
        if query.running < 0:
            level = {day: max(0.0, -v) for day, v in level.items()}
        if grouping == "all":
            return {-1: max(level.values()) if query.running < 0 else level[max(level)]}
        return {day: level[day] for (day,) in con.execute("SELECT day FROM days").fetchall()}
    if query.quantile is not None:
        found = _grouped(con, f"quantile_cont(v, {query.quantile})", above, grouping)
        values = {group: v / query.per for group, v in found.items() if v is not None}
        empty = float("nan")
    else:
        upper = {group: (v or 0) / query.per for group, v in _grouped(con, "sum(v)", above, grouping).items()}
        if below is None:
            values = {group: v for group, v in upper.items() if v != 0}
            empty = 0.0
        else:
            own = grouping == "all" or grouping in _columns(con, below)
            whole = _grouped(con, "sum(v)", below, "all")[-1] or 0
            lower = _grouped(con, "sum(v)", below, grouping) if own else dict.fromkeys(upper, whole)
            groups = [g for g in sorted(upper | lower) if upper.get(g, 0) != 0 or (own and lower.get(g))]
            values = {g: _over(upper.get(g, 0.0), float(lower.get(g) or 0)) for g in groups}
            empty = float("nan")
    if grouping == "day":
        return {day: values.get(day, empty) for (day,) in con.execute("SELECT day FROM days").fetchall()}
    if grouping == "all":
        return {-1: values.get(-1, empty)}
    return values


def _over(above: float, below: float) -> float:
    return above / below if below else float("nan")


def _columns(con: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    return [column[0] for column in con.execute(f"SELECT * FROM ({query}) LIMIT 0").description or []]


def _grouped(con: duckdb.DuckDBPyConnection, figure: str, query: str, grouping: str) -> dict[int, Any]:
    if grouping == "all":
        return {-1: con.execute(f"SELECT {figure} FROM ({query})").fetchall()[0][0]}
    rows = con.execute(f'SELECT "{grouping}", {figure} FROM ({query}) WHERE "{grouping}" >= 0 GROUP BY 1').fetchall()
    return {int(group): float(v) if v is not None else None for group, v in rows}
