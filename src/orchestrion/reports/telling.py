"""Orders worth telling: chosen by what happened to them, and gathered from the facts of one replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import COST_TO_SERVE, EventKind, Outcome
from orchestrion.reports.reading import Reading

Columns = dict[str, NDArray[Any]]
# kind -> how many are told, in this order; an order is told once, as the first kind it fits
KINDS = {"resourced": 2, "split": 2, "late": 2, "cancelled": 1, "returned": 1, "dear": 1, "collected": 1, "typical": 2}
LOST = 1  # wishes that became no order

_TABLES: dict[str, tuple[str, ...]] = {
    "orders": ("order", "t", "channel", "place", "option", "collect_at", "promised_t"),
    "lines": ("order", "line", "sku", "qty", "price", "request"),
    "events": ("seq", "t", "kind", "order", "line", "shipment", "node", "qty", "reason", "hop"),
    "decisions": ("t", "order", "line", "node", "qty", "hop", "reason"),
    "shipments": ("order", "shipment", "node", "units", "received_t", "collected_t"),
    "costs": ("order", "component", "amount"),
    "emissions": ("order", "leg", "amount"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """The facts of some orders of one replication, of which stories are made."""

    label: str
    replication: int
    tables: dict[str, Columns]

    def of(self, table: str, order: int) -> list[dict[str, int]]:
        """The rows of one order."""
        columns = self.tables[table]
        rows = np.flatnonzero(columns["order"] == order)
        return [{name: int(column[row]) for name, column in columns.items()} for row in rows.tolist()]


def told_of(reading: Reading, label: str, replication: int, orders: list[int]) -> Told | None:
    """All that happened to these orders; None when the study did not keep it."""
    tables = {}
    wanted = ", ".join(map(str, orders)) or "NULL"
    for name, columns in _TABLES.items():
        chosen = ", ".join(f'"{column}"' for column in columns)
        found = reading.sql(f'SELECT {chosen} FROM {name} WHERE "order" IN ({wanted})', label, replication)
        if found is None:
            return None
        tables[name] = found
    return Told(label, replication, tables)


# which orders are of a kind, and those with the highest value first; NULL is neither
_WORTH = {
    "resourced": ("hops", "hops > 0"),
    "split": ("parcels", "parcels > 1"),
    "late": ("late", "late > 0"),
    "cancelled": ("cancelled", "cancelled > 0"),
    "returned": ("returned", "returned > 0"),
    "dear": ("cost", "came"),
    "collected": ("-abs(wait - middle)", "came AND NOT home"),
    "typical": ("-abs(wait - middle)", "plain"),
}


def _query(measured: str) -> str:
    """SQL for the first orders of each kind: all that may be told of it, whatever the kinds before it take."""
    serve = ", ".join(str(int(part)) for part in COST_TO_SERVE)
    most = sum(KINDS.values())
    kinds = " UNION ALL ".join(
        f"""(SELECT '{kind}' AS kind, "order" FROM known, usual WHERE {fits} AND {measured}
             ORDER BY {value} DESC, "order" LIMIT {most})"""
        for kind, (value, fits) in _WORTH.items()
    )
    return f"""
        WITH sent AS (
            SELECT "order", count(*) AS parcels, min(received_t) AS first, max(received_t) AS last
            FROM shipments WHERE units > 0 GROUP BY "order"
        ),
        happened AS (
            SELECT "order", max(hop) AS hops,
                   coalesce(sum(qty) FILTER (kind = {int(EventKind.CANCELLED)}), 0) AS cancelled,
                   coalesce(sum(qty) FILTER (kind = {int(EventKind.RETURNED)}), 0) AS returned
            FROM events GROUP BY "order"
        ),
        spent AS (SELECT "order", sum(amount) AS cost FROM costs WHERE component IN ({serve}) GROUP BY "order"),
        summed AS (
            SELECT "order", t, promised_t, coalesce(parcels, 0) AS parcels, coalesce(hops, 0) AS hops,
                   coalesce(cancelled, 0) AS cancelled, coalesce(returned, 0) AS returned, coalesce(cost, 0) AS cost,
                   collect_at < 0 AS home, coalesce(first >= 0, false) AS came,
                   CASE WHEN came THEN last - promised_t ELSE 0 END AS late,
                   CASE WHEN came THEN last - t ELSE 0 END AS wait
            FROM orders LEFT JOIN sent USING ("order") LEFT JOIN happened USING ("order")
            LEFT JOIN spent USING ("order")
        ),
        known AS MATERIALIZED (
            SELECT *, came AND home AND late <= 0 AND parcels = 1 AND hops = 0 AND cancelled = 0 AND returned = 0
                      AS plain
            FROM summed
        ),
        usual AS (SELECT coalesce(median(wait) FILTER (plain), 0) AS middle FROM known)
        {kinds}
    """


def chosen(reading: Reading, label: str, replication: int) -> list[tuple[str, int]] | None:
    """(kind, order id) of those told: the extremes first, the ordinary last; ties by order id. None without facts.

    An ordinary order came whole, in one parcel, in time, at home, after about the median time.
    """
    found = reading.sql(_query(reading.in_measured_time()), label, replication)
    if found is None:
        return None
    stories: list[tuple[str, int]] = []
    taken: set[int] = set()
    for kind, most in KINDS.items():
        free = [order for order in found["order"][found["kind"] == kind].tolist() if order not in taken][:most]
        taken.update(free)
        stories += [(kind, order) for order in free]
    return stories


def lost_wishes(reading: Reading, label: str, replication: int, most: int = LOST) -> list[dict[str, int]]:
    """Wishes of the measured time that were lost for lack of stock, the most valuable first."""
    query = f"""
        SELECT request, t, channel, sku, qty, outcome, reason, value FROM requests
        WHERE outcome = {int(Outcome.LOST)} AND reason IN (0, 1, 2) AND {reading.in_measured_time()}
        ORDER BY value DESC, request LIMIT {most}
    """
    found = reading.sql(query, label, replication) or {}
    return [dict(zip(found, row, strict=True)) for row in zip(*(c.tolist() for c in found.values()), strict=True)]
