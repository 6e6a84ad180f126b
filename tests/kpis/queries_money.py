"""The money KPIs a second time, as SQL: whose sale it is, what comes back, when it is paid, what lies in stock."""

from __future__ import annotations

from typing import Any

import duckdb

from orchestrion.domain.facts import Facts

DAY = 86_400
_NOTHING_AGREED = {"credit_shipping": 1_000_000, "opening_paid": 1_000_000}
_TERMS = (
    "start", "marketplace_commission", "franchise_commission", "credit_ordering", "credit_shipping",
    "credit_collection", "supplier_days", "supplier_month_end", "carrier_days", "other_days", "wages_month_end",
    "capture_at_hand_over", "online_days", "store_days", "marketplace_days", "refund_days", "opening_paid",
)  # fmt: skip


def prepare_money(con: duckdb.DuckDBPyConnection, facts: Facts) -> None:
    """The tables that the money queries read."""
    told = facts.dims.get("terms", {})
    known = dict(zip(told.get("key", ()), map(int, told.get("value", ())), strict=True))
    agreed = {name: known.get(name, _NOTHING_AGREED.get(name, 0)) for name in _TERMS}
    for name, value in agreed.items():
        con.execute(f"CREATE MACRO {name}() AS {value}::BIGINT")
    low, high, end = facts.warm_up_s, facts.horizon_s, facts.end_s
    con.execute(f"""
        CREATE MACRO net(v) AS (v * 1000000 + 600000) // 1200000;
        CREATE MACRO part(v, ppm) AS sign(v) * ((abs(v) * ppm + 500000) // 1000000);
        CREATE MACRO month_end(d) AS
            (last_day(DATE '1970-01-01' + (d + start() - 719163)::INTEGER) - DATE '1970-01-01') - start() + 719163;
        CREATE TABLE sales AS
            SELECT a.*, CASE WHEN channel = 3
                        THEN coalesce((SELECT node FROM requests r WHERE r.request = a."order"), -1)
                        ELSE -1 END AS ordered_at,
                   (channel IN (0, 1) AND capture_at_hand_over() = 1) OR channel = 4 AS as_it_leaves,
                   CASE WHEN channel = 4 THEN marketplace_days() WHEN channel IN (2, 3) THEN store_days()
                        ELSE online_days() END AS delay,
                   (SELECT CASE WHEN max(handed_t) >= 0 THEN max(handed_t) ELSE {end} END
                    FROM shipments s WHERE s."order" = a."order") AS left_t
            FROM accepted a;
        CREATE TABLE gone AS
            SELECT e."order", e.t, net(e.qty * l.price) AS revenue, e.qty * c.cost AS goods
            FROM events e JOIN lines l ON l."order" = e."order" AND l.line = e.line
                 JOIN sales s ON s."order" = e."order" JOIN catalogue c USING (sku) WHERE e.kind = 9;
        CREATE TABLE found AS
            SELECT e."order", e.node, net(e.qty * l.price) AS revenue, e.qty * c.cost AS goods,
                   coalesce((SELECT CASE WHEN handed_t >= 0 THEN handed_t ELSE {end} END
                             FROM shipments s WHERE s.shipment = e.shipment), {end}) AS handed_t
            FROM events e JOIN lines l ON l."order" = e."order" AND l.line = e.line
                 JOIN sales s ON s."order" = e."order" JOIN catalogue c USING (sku) WHERE e.kind = 3;
        CREATE TABLE came AS
            SELECT r."order", r.t, r.qty, r.sku, c.category, r.reason, r.refund AS revenue, r.qty * c.cost AS goods,
                   coalesce((SELECT node FROM shipments s WHERE s.shipment = r.shipment), -1) AS node
            FROM returns r JOIN sales USING ("order") JOIN catalogue c USING (sku);
        CREATE TABLE due AS
            SELECT d."order", (d.units_ppm * net(l.price) + 500000) // 1000000 AS revenue,
                   (d.units_ppm * c.cost + 500000) // 1000000 AS goods,
                   coalesce((SELECT node FROM shipments s WHERE s.shipment = d.shipment), -1) AS node
            FROM returns_due d JOIN sales USING ("order") JOIN lines l ON l."order" = d."order" AND l.line = d.line
                 JOIN catalogue c ON c.sku = d.sku;
        CREATE TABLE through AS
            SELECT "order", node, revenue, goods FROM found
            UNION ALL SELECT "order", node, -revenue, -goods FROM came
            UNION ALL SELECT "order", node, -revenue, -goods FROM due;
        CREATE TABLE own_sales AS
            SELECT "order", revenue, goods FROM sales UNION ALL SELECT "order", -revenue, -goods FROM gone
            UNION ALL SELECT "order", -revenue, -goods FROM came UNION ALL SELECT "order", -revenue, -goods FROM due;
        CREATE TABLE shifted AS
            WITH given AS (
                SELECT t."order", t.node, part(t.revenue, credit_shipping()) AS revenue,
                       part(t.goods, credit_shipping()) AS goods
                FROM through t JOIN dim_nodes n ON n.id = t.node WHERE NOT n.franchised
                UNION ALL
                SELECT t."order", s.collect_at, part(t.revenue, credit_collection()), part(t.goods, credit_collection())
                FROM through t JOIN sales s USING ("order") WHERE s.collect_at >= 0)
            SELECT * FROM given
            UNION ALL SELECT g."order", s.ordered_at, -g.revenue, -g.goods FROM given g JOIN sales s USING ("order");
        CREATE TABLE ledger AS
            SELECT o.revenue, o.goods, s.day, s.ordered_at AS node, s.option, s.zone, s.channel
            FROM own_sales o JOIN sales s USING ("order")
            UNION ALL SELECT m.revenue, m.goods, s.day, m.node, s.option, s.zone, s.channel
            FROM shifted m JOIN sales s USING ("order")
            UNION ALL SELECT net(value), goods, day, node, option, zone, channel FROM counter;
        CREATE TABLE commissions AS
            WITH earned AS (SELECT t."order", t.node, part(t.revenue, franchise_commission()) AS v
                            FROM through t JOIN dim_nodes n ON n.id = t.node WHERE n.franchised)
            SELECT part(o.revenue, marketplace_commission()) AS v, s.day, s.ordered_at AS node, s.option, s.zone,
                   s.channel FROM own_sales o JOIN sales s USING ("order") WHERE s.channel = 4
            UNION ALL SELECT -v, s.day, e.node, s.option, s.zone, s.channel FROM earned e JOIN sales s USING ("order")
            UNION ALL SELECT v, s.day, s.ordered_at, s.option, s.zone, s.channel
            FROM earned e JOIN sales s USING ("order");
        CREATE TABLE moves AS
            SELECT s.*, s.t // {DAY} AS day, c.cost, c.category, s.t >= {low} AND s.t < {high} AS inside,
                   d_physical + CASE WHEN kind IN (7, 8) AND ref >= 0 THEN d_on_order ELSE 0 END AS owned
            FROM stock s JOIN catalogue c USING (sku);
        CREATE TABLE there AS
            SELECT coalesce(sum(owned * cost), 0)::BIGINT AS v FROM moves WHERE t < {low} OR kind = 0;
        CREATE TABLE purse AS
            SELECT t // {DAY} + delay AS day, revenue AS v FROM sales WHERE NOT as_it_leaves
            UNION ALL SELECT g.t // {DAY} + refund_days(), -g.revenue
            FROM gone g JOIN sales s USING ("order") WHERE NOT s.as_it_leaves
            UNION ALL SELECT f.handed_t // {DAY} + s.delay, f.revenue
            FROM found f JOIN sales s USING ("order") WHERE s.as_it_leaves
            UNION ALL SELECT {end} // {DAY} + delay,
                revenue - coalesce((SELECT sum(revenue) FROM gone g WHERE g."order" = s."order"), 0)
                        - coalesce((SELECT sum(revenue) FROM found f WHERE f."order" = s."order"), 0)
            FROM sales s WHERE as_it_leaves
            UNION ALL SELECT s.left_t // {DAY} + s.delay, -part(o.revenue, marketplace_commission())
            FROM own_sales o JOIN sales s USING ("order") WHERE s.channel = 4
            UNION ALL SELECT t // {DAY} + refund_days(), -revenue FROM came
            UNION ALL SELECT {end} // {DAY} + refund_days(), -revenue FROM due
            UNION ALL SELECT paid_t // {DAY} + store_days(), net(value) FROM counter
            UNION ALL SELECT CASE
                WHEN component = 6 AND amount > 0 THEN p.t // {DAY} + refund_days()
                WHEN component = 6 THEN
                    CASE WHEN s.as_it_leaves THEN s.left_t ELSE p.t END // {DAY} + coalesce(s.delay, 0)
                WHEN component IN (2, 3, 9, 10, 11, 12, 17) THEN p.t // {DAY} + carrier_days()
                WHEN component IN (0, 4, 13, 15, 19) THEN
                    CASE WHEN wages_month_end() = 1 THEN month_end(p.t // {DAY}) ELSE p.t // {DAY} END
                WHEN component = 18 THEN CASE WHEN supplier_month_end() = 1
                    THEN month_end(p.t // {DAY} + supplier_days()) ELSE p.t // {DAY} + supplier_days() END
                WHEN component IN (1, 5) THEN p.t // {DAY} + other_days()
                ELSE p.t // {DAY} + store_days() END, -amount
            FROM paid p LEFT JOIN sales s ON s."order" = p."order" WHERE component NOT IN (7, 8, 14)
            UNION ALL SELECT CASE WHEN supplier_month_end() = 1 THEN month_end(due_t // {DAY} + supplier_days())
                             ELSE due_t // {DAY} + supplier_days() END, -v
            FROM (SELECT t AS due_t, d_physical * cost AS v FROM stock JOIN catalogue USING (sku)
                  WHERE ((kind = 8 AND ref < 0) OR kind IN (4, 10, 11, 12, 17, 18)) AND t >= {low} AND t < {high}
                  UNION ALL SELECT {low}, v - (v * opening_paid() + 500000) // 1000000 FROM there)
            UNION ALL SELECT {low} // {DAY}, -((v * opening_paid() + 500000) // 1000000) FROM there;
        CREATE TABLE held AS
            SELECT m.node, m.sku, m.category, d.day, m.owned * m.cost AS v
            FROM moves m JOIN days d ON m.day <= d.day;
        CREATE TABLE missed AS
            WITH lost AS (SELECT r.request, r.sku, r.node, r.t, 2 AS sort, -r.qty AS change FROM requests r
                          WHERE outcome = 5 AND reason = 2 AND node >= 0),
                 happened AS (
                    SELECT -1 AS request, sku, node, t, 0 AS sort, 0 AS change
                    FROM stock JOIN dim_nodes n ON n.id = node WHERE kind = 8 AND n.role = 'store'
                    UNION ALL SELECT -1, l.sku, e.node, e.t, 1, e.qty FROM events e
                         JOIN lines l ON l."order" = e."order" AND l.line = e.line
                         JOIN orders o ON o."order" = e."order" JOIN dim_nodes n ON n.id = e.node
                         WHERE e.kind = 3 AND n.role = 'store'
                    UNION ALL SELECT * FROM lost),
                 placed AS (SELECT *, row_number() OVER (PARTITION BY sku, node ORDER BY t, sort, request) AS i,
                            FROM happened),
                 stretched AS (SELECT *, sum((sort = 0)::INT) OVER (PARTITION BY sku, node ORDER BY i) AS stretch
                               FROM placed),
                 balanced AS (SELECT *, sum(change) OVER (PARTITION BY sku, node, stretch ORDER BY i) AS balance
                              FROM stretched),
                 lowered AS (SELECT *, least(0, min(balance) OVER (PARTITION BY sku, node, stretch ORDER BY i)) AS low
                             FROM balanced)
            SELECT request, -change - (coalesce(lag(low) OVER (PARTITION BY sku, node, stretch ORDER BY i), 0) - low)
                   AS units FROM lowered QUALIFY request >= 0;
    """)


_ORDER = "day, node, option, zone, channel"
_SHIPPED = f"SELECT 1 AS v, {_ORDER} FROM accepted WHERE shipped > 0"
_OWN = "CASE WHEN own >= 0 THEN own ELSE node END AS node"
_OF = "s.day, s.ordered_at AS node, s.option, s.zone, s.channel"
_LATER = """(SELECT s.shipment, s.node, s."order" FROM sent s JOIN accepted a USING ("order")
             WHERE EXISTS (FROM sent e WHERE e."order" = s."order" AND e.shipment < s.shipment))"""
_EUR = 1_000_000

MONEY: dict[str, dict[str, Any]] = {
    "revenue": {"above": f"SELECT revenue AS v, {_ORDER} FROM ledger", "per": _EUR},
    "goods": {"above": f"SELECT goods AS v, {_ORDER} FROM ledger", "per": _EUR},
    "gross_margin": {"above": f"SELECT revenue - goods AS v, {_ORDER} FROM ledger", "per": _EUR},
    "margin_rate": {
        "above": f"SELECT revenue - goods AS v, {_ORDER} FROM ledger",
        "below": f"SELECT revenue AS v, {_ORDER} FROM ledger",
    },
    "refunds": {"above": f'SELECT c.revenue AS v, {_OF} FROM came c JOIN sales s USING ("order")', "per": _EUR},
    "returns_expected_cost": {
        "above": 'SELECT x.amount AS v, x.component, CASE WHEN x.node >= 0 THEN x.node ELSE f.node END AS node, '
                 'f.day, f.option, f.zone, f.channel FROM accruals x JOIN accepted f USING ("order") '
                 'WHERE x.component NOT IN (7, 8, 9, 15, 16, 17, 18)',
        "per": _EUR,
    },
    "returns_expected": {"above": f'SELECT d.revenue AS v, {_OF} FROM due d JOIN sales s USING ("order")', "per": _EUR},
    "commission": {"above": f"SELECT v, {_ORDER} FROM commissions", "per": _EUR},
    "contribution": {
        "above": "SELECT revenue - goods AS v, day, node FROM ledger UNION ALL SELECT -v, day, node FROM commissions "
        f"UNION ALL SELECT -amount, day, {_OWN} FROM paid",
        "per": _EUR,
    },
    "lost_margin": {
        "above": "SELECT net(value) - qty * cost AS v, day, node, option, zone, channel, sku, category, reason "
        "FROM asked WHERE lost",
        "per": _EUR,
    },
    "labour_cost": {
        "above": f"SELECT amount AS v, day, {_OWN}, option, zone, channel, component FROM paid "
        "WHERE component IN (0, 4, 13, 15, 19)",
        "per": _EUR,
    },
    "split_cost": {
        "above": f"""SELECT p.amount AS v, {", ".join("p." + c for c in _ORDER.split(", "))} FROM paid p
                     JOIN {_LATER} l USING (shipment) WHERE p.component IN (1, 2, 3)
                     UNION ALL SELECT n.setup_cost, {", ".join("a." + c for c in _ORDER.split(", "))}
                     FROM {_LATER} l JOIN accepted a ON a."order" = l."order" JOIN dim_nodes n ON n.id = l.node""",
        "below": _SHIPPED,
        "per": _EUR,
    },
    "return_rate": {
        "above": f'SELECT qty AS v, {", ".join("a." + c for c in _ORDER.split(", "))}, sku, category '
        'FROM came JOIN accepted a USING ("order") WHERE came.reason = 26',
        "below": f"SELECT least(got, qty) AS v, {_ORDER}, sku, category FROM ordered",
    },
    "cash_generated": {"above": "SELECT v, day FROM purse", "per": _EUR, "running": 1},
    "peak_cash_need": {"above": "SELECT v, day FROM purse", "per": _EUR, "running": -1},
    "working_capital": {
        "above": "SELECT v / 1e6 AS v, day, node, sku, category FROM held",
        "below": "SELECT 1 AS v, day FROM days",
    },
    "cash_released": {
        "above": "SELECT -owned * cost AS v, day, node, sku, category FROM moves WHERE inside AND kind <> 0",
        "per": _EUR,
    },
    "stock_turns": {
        "above": "SELECT -d_physical * cost * 365 AS v, day, node, sku, category FROM moves "
        "WHERE inside AND kind IN (3, 5, 15)",
        "below": "SELECT v, day, node, sku, category FROM held",
    },
    "sell_through": {
        "above": "SELECT -d_physical AS v, node, sku, category FROM moves WHERE inside AND kind IN (3, 5, 15)",
        "below": "SELECT d_physical AS v, node, sku, category FROM moves "
        "WHERE t < (SELECT low FROM the_window) OR kind = 0 OR (inside AND kind IN (0, 6, 8))",
    },
    "full_price_sell_through": {
        "above": "SELECT -d_physical AS v, m.node, m.sku, m.category FROM moves m JOIN dim_skus s ON s.id = m.sku "
        "WHERE inside AND kind IN (3, 5, 15) AND m.t < s.marked_t",
        "below": "SELECT d_physical AS v, node, sku, category FROM moves "
        "WHERE t < (SELECT low FROM the_window) OR kind = 0 OR (inside AND kind IN (0, 6, 8))",
    },
    "launch_day_outgoing": {
        "above": "SELECT -m.d_physical AS v, m.day, m.node FROM moves m JOIN dim_nodes n ON n.id = m.node "
        "WHERE n.role = 'store' AND m.kind IN (6, 17, 18) AND m.day IN (SELECT launch_t // 86400 FROM dim_skus, "
        "the_window WHERE launch_t > 0 AND launch_t >= low AND launch_t < high)",
        "below": "SELECT 1 AS v, d.day, n.id AS node FROM dim_nodes n, (SELECT DISTINCT launch_t // 86400 AS day "
        "FROM dim_skus, the_window WHERE launch_t > 0 AND launch_t >= low AND launch_t < high) d "
        "WHERE n.role = 'store'",
    },
    "walk_in_lost_caused_eur": {
        "above": "SELECT units * (value // qty) AS v, day, node, option, zone, channel, sku, category "
        "FROM missed JOIN asked USING (request)",
        "per": _EUR,
    },
}
