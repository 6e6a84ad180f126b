"""What charts and stories draw, counted the long way: whole fact tables in memory, row by row or array by array."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchestrion.domain.codes import COST_TO_SERVE, EventKind, Outcome
from orchestrion.domain.facts import Facts
from orchestrion.experiments.moved import OVER_THE_COUNTER
from orchestrion.reports.charts.channels import _DECLINED, NOWHERE
from orchestrion.reports.telling import KINDS
from orchestrion.units import DAY


def rows_of(table: dict[str, Any]) -> list[dict[str, int]]:
    return [dict(zip(table, row, strict=True)) for row in zip(*(c.tolist() for c in table.values()), strict=True)]


def measured(facts: Facts, t: Any) -> Any:
    """Of moments, those of the measured time."""
    return (np.asarray(t) >= facts.warm_up_s) & (np.asarray(t) < facts.horizon_s)


def arrivals(facts: Facts) -> dict[int, int]:
    """Order -> moment of its last parcel, -1 while one is under way; orders of which something was sent."""
    moments: dict[int, list[int]] = {}
    for row in rows_of(facts["shipments"]):
        if row["units"] > 0:
            moments.setdefault(row["order"], []).append(row["received_t"])
    return {order: -1 if min(found) < 0 else max(found) for order, found in moments.items()}


def promise_bands(facts: Facts) -> list[int]:
    """Orders by lateness: a day early or more, early, up to a day late, later, never."""
    bands, came = [0] * 5, arrivals(facts)
    for row in rows_of(facts["orders"]):
        if measured(facts, row["t"]):
            received = came.get(row["order"], -1)
            late = received - row["promised_t"]
            bands[4 if received < 0 else 0 if late <= -DAY else 1 if late <= 0 else 2 if late <= DAY else 3] += 1
    return bands


def delivery_bands(facts: Facts) -> list[int]:
    """Complete home orders by days from click to last parcel, up to 1, 2, 3, 4, 5, and more."""
    bands, came = [0] * 6, arrivals(facts)
    for row in rows_of(facts["orders"]):
        received = came.get(row["order"], -1)
        if measured(facts, row["t"]) and row["collect_at"] < 0 and received >= 0:
            bands[int(np.searchsorted((1, 2, 3, 4, 5), (received - row["t"]) / DAY, side="left"))] += 1
    return bands


def shipments_sent(facts: Facts) -> dict[tuple[int, int, int], list[int]]:
    """(node, place, collect_at) -> shipments with goods decided in the measured time, and their metres."""
    total: dict[tuple[int, int, int], list[int]] = {}
    for row in rows_of(facts["shipments"]):
        if row["units"] > 0 and measured(facts, row["sourced_t"]):
            found = total.setdefault((row["node"], row["place"], row["collect_at"]), [0, 0])
            found[0] += 1
            found[1] += row["distance"]
    return total


def demand(facts: Facts) -> dict[tuple[int, int, str], int]:
    """(channel, node or -1, end) -> units, each wish followed to where its units ended."""
    lines = {(row["order"], row["line"]): row for row in rows_of(facts["lines"])}
    left = {key: row["qty"] for key, row in lines.items()}
    came = {row["shipment"]: row["received_t"] for row in rows_of(facts["shipments"])}
    due = {row["order"]: row["promised_t"] for row in rows_of(facts["orders"])}
    ended: dict[int, list[tuple[int, str, int]]] = {row["request"]: [] for row in lines.values()}
    for row in rows_of(facts["events"]):
        key = (row["order"], row["line"])
        if row["kind"] not in (EventKind.PICKED, EventKind.CANCELLED) or row["line"] < 0 or row["qty"] <= 0:
            continue
        left[key] -= row["qty"]
        if row["kind"] == EventKind.CANCELLED:
            node, end = NOWHERE, "cancelled"
        else:
            received = came[row["shipment"]]
            node = row["node"]
            end = "open" if received < 0 else "on_time" if received <= due[row["order"]] else "late"
        ended[lines[key]["request"]].append((node, end, row["qty"]))
    for key, units in left.items():
        if units > 0:
            ended[lines[key]["request"]].append((NOWHERE, "open", units))
    links: dict[tuple[int, int, str], int] = {}
    for wish in rows_of(facts["requests"]):
        if not measured(facts, wish["t"]):
            continue
        counter = wish["outcome"] in OVER_THE_COUNTER
        alone = (
            "counter" if counter
            else "waiting" if wish["outcome"] == Outcome.WAITING
            else "cancelled" if wish["outcome"] == Outcome.CANCELLED
            else "declined" if wish["reason"] in _DECLINED
            else "lost"
        )  # fmt: skip
        where = wish["served_at"] if counter else NOWHERE
        for node, end, units in ended.get(wish["request"]) or [(where, alone, wish["qty"])]:
            link = (wish["channel"], node, end)
            links[link] = links.get(link, 0) + units
    return links


def stories(facts: Facts) -> list[tuple[str, int]]:
    """(kind, order) of those told."""
    orders = facts["orders"]
    ids, t = orders["order"].astype(np.int64), orders["t"]
    row_of = {order: row for row, order in enumerate(ids.tolist())}

    def gather(table: Any, values: Any, most: bool = False) -> Any:
        total = np.zeros(len(ids), np.int64)
        for order, value in zip(table["order"].tolist(), np.asarray(values).tolist(), strict=True):
            if order in row_of:
                row = row_of[order]
                total[row] = max(total[row], value) if most else total[row] + value
        return total

    events, costs, shipments = (facts[name] for name in ("events", "costs", "shipments"))
    came_at = arrivals(facts)
    received = np.array([came_at.get(order, -1) for order in ids.tolist()])
    parcels, hops = gather(shipments, shipments["units"] > 0), gather(events, events["hop"], most=True)
    cancelled, returned = (
        gather(events, np.where(events["kind"] == kind, events["qty"], 0))
        for kind in (EventKind.CANCELLED, EventKind.RETURNED)
    )
    cost = gather(costs, np.where(np.isin(costs["component"], [int(c) for c in COST_TO_SERVE]), costs["amount"], 0))
    came, home = received >= 0, orders["collect_at"] < 0
    late, wait = np.where(came, received - orders["promised_t"], 0), np.where(came, received - t, 0)
    plain = came & home & (late <= 0) & (parcels == 1) & (hops == 0) & (cancelled == 0) & (returned == 0)
    off = -np.abs(wait - (np.median(wait[plain]) if plain.any() else 0))
    worth = {
        "resourced": (hops, hops > 0), "split": (parcels, parcels > 1), "late": (late, late > 0),
        "cancelled": (cancelled, cancelled > 0), "returned": (returned, returned > 0), "dear": (cost, came),
        "collected": (off, came & ~home), "typical": (off, plain),
    }  # fmt: skip
    told: list[tuple[str, int]] = []
    for kind, most in KINDS.items():
        values, fits = worth[kind]
        taken = [order for _, order in told]
        rows = [row for row in np.flatnonzero(fits & measured(facts, t)).tolist() if ids[row] not in taken]
        told += [(kind, int(ids[row])) for row in sorted(rows, key=lambda row: (-values[row], ids[row]))[:most]]
    return told
