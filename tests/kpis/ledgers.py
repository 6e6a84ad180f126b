"""Facts made by hand and facts made at random: tables to score, without a simulation behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from orchestrion.domain.codes import (
    DIMENSIONS,
    Channel,
    Component,
    Disposition,
    EventKind,
    Leg,
    Outcome,
    Reason,
    Scope,
    StockKind,
)
from orchestrion.domain.facts import SCHEMA, Facts, Table, empty
from orchestrion.units import DAY, HOUR

NODES, SKUS, ZONES, OPTIONS, SERVICES = 5, 8, 3, 3, 4


def table(name: str, rows: Sequence[Mapping[str, int]]) -> Table:
    """A fact table from rows that name only the columns they care for; the others are -1."""
    return {
        column: np.array([row.get(column, i if column == "seq" else -1) for i, row in enumerate(rows)], field.dtype)
        for column, field in SCHEMA[name].items()
    }


def dims() -> dict[str, Mapping[str, Any]]:
    """Two warehouses, three stores, eight SKUs in three categories, VAT 20 %."""

    def named(kind: str, count: int) -> dict[str, Any]:
        return {"key": [f"{kind}_{i}" for i in range(count)], "label": [f"{kind} {i}" for i in range(count)]}

    codes = {
        name: {"key": [c.key for c in kind], "label": [c.label for c in kind]} for name, kind in DIMENSIONS.items()
    }
    return codes | {
        "nodes": named("node", NODES)
        | {"role": ["warehouse", "warehouse", "store", "store", "store"], "ranged": np.array([8, 8, 5, 3, 0])}
        | {"franchised": np.array([False] * NODES), "setup_cost": np.arange(1, NODES + 1) * 900_000},
        "skus": named("sku", SKUS)
        | {
            "category": ["shirts", "lamps", "shirts", "chairs", "lamps", "shirts", "chairs", "lamps"],
            "cost": np.arange(1, SKUS + 1) * 4_000_000,
            "web_ranged": np.array([True, True, False, True, True, True, True, False]),
            "launch_t": np.array([0, 0, 2, 3, 0, 0, 30, 0]) * 86_400,
            "marked_t": np.array([9, 4, 6, 2, 0, 9, 5, 90]) * 86_400,
        },
        "zones": named("zone", ZONES),
        "options": named("option", OPTIONS) | {"collect": np.array([False, False, True])},
        "services": named("service", SERVICES),
        "economics": {"key": ["vat"], "label": ["VAT"], "vat_ppm": np.array([200_000])},
    }


# agreements that differ from what holds when none is written down, one set for each random ledger
AGREED: list[dict[str, int]] = [
    {"start": 738_886, "marketplace_commission": 150_000},
    {
        "start": 738_900, "marketplace_commission": 120_000, "franchise_commission": 200_000,
        "credit_ordering": 300_000, "credit_shipping": 500_000, "credit_collection": 200_000,
        "supplier_days": 2, "supplier_month_end": 1, "carrier_days": 3, "other_days": 1, "wages_month_end": 1,
        "capture_at_hand_over": 1, "online_days": 2, "store_days": 1, "marketplace_days": 4, "refund_days": 2,
        "opening_paid": 400_000,
    },
    {"start": 738_915, "credit_ordering": 1_000_000, "credit_shipping": 0, "wages_month_end": 1, "supplier_days": 1},
]  # fmt: skip


def agreed(**terms: int) -> dict[str, Any]:
    """The dimension `terms`."""
    return {"key": list(terms), "label": list(terms), "value": np.array(list(terms.values()), np.int64)}


def facts(
    warm_up_s: int = 0, horizon_s: int = 2 * DAY, end_s: int = 4 * DAY, **rows: Sequence[Mapping[str, int]]
) -> Facts:
    """Facts with these rows and no others."""
    tables = {name: table(name, rows[name]) if name in rows else empty(name) for name in SCHEMA}
    return Facts(tables, dims(), warm_up_s, horizon_s, end_s)


def random_facts(seed: int, orders: int = 60, requests: int = 400) -> Facts:
    """Facts without rhyme or reason but of the right shape: odd windows, missing ids, spells overlapping or open."""
    draw = np.random.default_rng(seed)
    warm_up, horizon, end = DAY + 5_000, 5 * DAY - 7_000, 8 * DAY

    def integers(low: int, high: int, size: int) -> np.ndarray[Any, Any]:
        return draw.integers(low, high, size, endpoint=True)

    def pick(values: Sequence[int], size: int) -> np.ndarray[Any, Any]:
        return draw.choice(np.array(values, int), size)

    order_id = np.sort(draw.choice(5_000, orders, replace=False))
    placed = np.sort(integers(0, 6 * DAY, orders))
    tables: dict[str, dict[str, Any]] = {}
    skus, quantities = integers(0, SKUS - 1, requests), integers(1, 3, requests)
    tables["requests"] = {
        "request": np.arange(requests),
        "t": np.sort(integers(0, 6 * DAY // HOUR, requests) * HOUR),  # on the hour, so that spells begin there too
        "channel": pick(list(Channel), requests),
        "zone": integers(-1, ZONES - 1, requests),
        "node": integers(-1, NODES - 1, requests),
        "sku": skus,
        "qty": quantities,
        "option": integers(-1, OPTIONS - 1, requests),
        "outcome": pick(list(Outcome), requests),
        "reason": pick([-1, *Reason], requests),
        "value": quantities * (skus + 1) * 9_990_000,
        "order": pick([-1, -1, *order_id.tolist()], requests),
        "resolved_t": integers(-1, end, requests),
        "served_at": integers(-1, NODES - 1, requests),
    }
    # some orders are known by one of these requests, so that the store that ordered is known too
    order_id[:12] = np.arange(12) * 9 + 3
    order_id.sort()
    tables["requests"]["order"] = pick([-1, -1, *order_id.tolist()], requests)
    # one in two ended with another SKU, or another price than the day's
    other = np.random.default_rng([seed, 1])
    tables["requests"]["substitute"] = np.maximum(other.integers(-SKUS, SKUS, requests), -1)
    tables["requests"]["paid"] = np.maximum(other.integers(-90_000_000, 90_000_000, requests), -1)
    option = integers(0, OPTIONS - 1, orders)
    tables["orders"] = {
        "order": order_id,
        "t": placed,
        "channel": pick([0, 1, 3, 4], orders),
        "zone": integers(0, ZONES - 1, orders),
        "option": option,
        "collect_at": np.where(option == 2, integers(2, 4, orders), -1),
        "promised_t": placed + integers(HOUR, 3 * DAY, orders),
        "revenue": integers(0, 90_000_000, orders),
        "goods": integers(0, 50_000_000, orders),
    }
    count = integers(1, 3, orders)
    of = np.repeat(np.arange(orders), count)
    number = np.arange(of.size) - np.repeat(np.cumsum(count) - count, count)
    sku = integers(0, SKUS - 1, of.size)
    tables["lines"] = {
        "order": order_id[of],
        "line": number,
        "sku": sku,
        "qty": integers(1, 2, of.size),
        "price": (sku + 1) * 9_990_000,
        "request": np.arange(of.size),
    }
    shipments = 2 * orders
    sender = np.concatenate([np.arange(orders), integers(0, orders - 1, shipments - orders)])
    received = placed[sender] + integers(HOUR, 4 * DAY, shipments)
    tables["shipments"] = {
        "order": order_id[sender],
        "shipment": draw.permutation(shipments),
        "node": integers(0, NODES - 1, shipments),
        "service": integers(0, SERVICES - 1, shipments),
        "units": integers(0, 3, shipments),
        "parcels": integers(1, 2, shipments),
        "distance": integers(0, 900_000, shipments),
        "picked_t": np.where(draw.random(shipments) < 0.9, placed[sender] + 60, -1),
        "handed_t": np.where(draw.random(shipments) < 0.8, placed[sender] + integers(60, DAY, shipments), -1),
        "received_t": np.where(draw.random(shipments) < 0.8, received, -1),
    }
    events = 5 * orders
    line = integers(0, of.size - 1, events)
    rest = (EventKind.SHORT, EventKind.CANCELLED, EventKind.HELD, EventKind.RETURNED)
    kind = pick([EventKind.PICKED, EventKind.PICKED, *rest], events)
    through = np.array([draw.choice(np.flatnonzero(sender == o)) for o in of[line]])
    tables["events"] = {
        "seq": np.arange(events),
        "t": integers(0, end, events),
        "kind": kind,
        "order": np.where(draw.random(events) < 0.97, order_id[of[line]], 999_999),
        "line": number[line],
        "shipment": tables["shipments"]["shipment"][through],
        "node": tables["shipments"]["node"][through],
        "qty": integers(1, 2, events),
        "reason": pick(list(Reason), events),
        "hop": integers(0, 3, events),
    }
    spells = 60
    begins = integers(0, 6 * DAY // HOUR, spells) * HOUR
    scope = pick(list(Scope), spells)
    tables["spells"] = {
        "scope": scope,
        "sku": integers(0, SKUS - 1, spells),
        "node": np.where(scope == Scope.SHELF, integers(0, NODES - 1, spells), -1),
        "from_t": begins,
        "to_t": np.where(draw.random(spells) < 0.1, -1, begins + integers(1, 2 * DAY, spells)),
    }
    booked = 8 * orders
    whose = pick([-1, -1, 999_999, *order_id.tolist()], booked)
    tables["costs"] = {
        "t": integers(0, end, booked),
        "order": whose,
        "shipment": pick([-1, *range(shipments)], booked),
        "node": integers(-1, NODES - 1, booked),
        "component": pick(list(Component), booked),
        "amount": integers(-5_000_000, 9_000_000, booked),
    }
    tables["emissions"] = {
        "t": integers(0, end, booked),
        "order": whose,
        "leg": pick(list(Leg), booked),
        "amount": integers(0, 3_000_000, booked),
    }
    back = 2 * orders
    of_line = integers(0, of.size - 1, back)
    tables["returns"] = {
        "t": integers(0, end, back),
        "order": np.where(draw.random(back) < 0.95, order_id[of[of_line]], 999_999),
        "line": number[of_line],
        "shipment": pick([-1, *range(shipments)], back),
        "node": integers(0, NODES - 1, back),
        "sku": sku[of_line],
        "qty": integers(1, 2, back),
        "reason": pick([Reason.RETURNED, Reason.RETURNED, Reason.UNDELIVERED, Reason.NO_SHOW], back),
        "disposition": pick(list(Disposition), back),
        "refund": integers(0, 20_000_000, back),
    }
    expected = integers(0, of.size - 1, back)
    tables["returns_due"] = {
        "order": np.where(draw.random(back) < 0.95, order_id[of[expected]], 999_999),
        "line": number[expected],
        "shipment": pick([-1, *range(shipments)], back),
        "node": integers(0, NODES - 1, back),
        "sku": sku[expected],
        "units_ppm": integers(0, 2_000_000, back),
    }
    accrued = [Component.RETURN_CARRIAGE, Component.INSPECTION, Component.RETURN_WRITE_OFF, Component.FEE]
    tables["accruals"] = {
        "t": np.full(back, end),
        "order": order_id[of[expected]],
        "node": integers(-1, NODES - 1, back),
        "component": pick(accrued, back),
        "amount": integers(0, 3_000_000, back),
    }
    moved = 300
    when = np.sort(np.concatenate([np.zeros(40, int), integers(0, 6 * DAY // HOUR, moved - 40) * HOUR]))
    stock_kind = np.where(np.arange(moved) < 40, int(StockKind.OPENING), pick([k for k in StockKind if k], moved))
    stock_kind[40:140] = pick([StockKind.RECEIVED, StockKind.SOLD, StockKind.PICKED], 100)
    units = integers(1, 9, moved)
    comes = np.isin(stock_kind, (StockKind.OPENING, StockKind.RECEIVED, StockKind.RESTOCKED))
    tables["stock"] = {
        "seq": np.arange(moved),
        "t": when,
        "sku": integers(0, SKUS - 1, moved),
        "node": integers(0, NODES - 1, moved),
        "kind": stock_kind,
        "d_physical": np.where(comes, units, np.where(stock_kind == StockKind.ORDERED, 0, -units)),
        "d_on_order": np.where(comes, -units, units),
        "ref": integers(-1, NODES - 1, moved),
    }
    days = np.repeat(np.arange(8), NODES)
    staffed = pick([0, 8 * HOUR, 16 * HOUR], days.size)
    tables["work"] = {
        "node": np.tile(np.arange(NODES), 8),
        "from_t": days * DAY,
        "to_t": (days + 1) * DAY,
        "staffed_s": staffed,
        "busy_s": (staffed * draw.random(days.size)).astype(int),
        "queue": integers(0, 9, days.size),
    }
    full: dict[str, Table] = {}
    for name, fields in SCHEMA.items():
        given = tables.get(name, {})
        rows = len(next(iter(given.values()))) if given else 0
        full[name] = {
            column: np.asarray(given.get(column, np.full(rows, -1))).astype(field.dtype)
            for column, field in fields.items()
        }
    named = dims()
    named["terms"] = agreed(**AGREED[seed % len(AGREED)])
    named["nodes"] = {**named["nodes"], "franchised": draw.random(NODES) < 0.4}
    return Facts(full, named, warm_up, horizon, end)
