"""Reading fact tables in tests, and the audit of their shape: columns, types, order, ids that point somewhere."""

from __future__ import annotations

import hashlib
from collections import defaultdict

import numpy as np

from orchestrion.domain.facts import SCHEMA, Column, Facts, Table

Cells = dict[tuple[int, int], int]


def rows(table: Table, which: Column) -> Table:
    """Some rows of a table."""
    return {name: column[which] for name, column in table.items()}


def records(table: Table, *columns: str, **where: int) -> list[tuple[int, ...]]:
    """The columns named as tuples, of the rows that have the values given."""
    kept = np.ones(len(next(iter(table.values()))), bool)
    for name, value in where.items():
        kept &= table[name] == value
    return list(zip(*(table[name][kept].tolist() for name in columns), strict=True))


def cells(table: Table, qty: Column) -> dict[tuple[int, int], int]:
    """Units by (SKU, node), those that are not zero."""
    total: dict[tuple[int, int], int] = defaultdict(int)
    for sku, node, units in zip(table["sku"].tolist(), table["node"].tolist(), qty.tolist(), strict=True):
        total[sku, node] += units
    return {cell: units for cell, units in sorted(total.items()) if units}


def with_sku(facts: Facts, events: Table) -> Table:
    """Events with the SKU of their line."""
    sku = {
        key: s
        for *key_, s in zip(*(facts["lines"][c].tolist() for c in ("order", "line", "sku")), strict=True)
        for key in [tuple(key_)]
    }
    found = [sku[key] for key in zip(events["order"].tolist(), events["line"].tolist(), strict=True)]
    return events | {"sku": np.array(found, np.int64)}


def digest(facts: Facts) -> str:
    """One hash of all tables, columns in the schema's order."""
    h = hashlib.sha256()
    for name in SCHEMA:
        for column in SCHEMA[name]:
            h.update(f"{name}.{column}".encode())
            h.update(np.ascontiguousarray(facts[name][column]).tobytes())
    return h.hexdigest()


SORTED_BY = {
    "requests": ("request",),
    "orders": ("t", "order"),
    "lines": ("order", "line"),
    "events": ("seq",),
    "reviews": ("review",),
    "decisions": ("review",),
    "shipments": ("sourced_t", "shipment"),
    "returns": ("t",),
    "returns_due": ("order", "line", "shipment", "node", "service"),
    "accruals": ("t", "order", "shipment"),
    "stock": ("seq",),
    "spells": ("from_t", "scope", "sku", "node"),
    "costs": ("t",),
    "emissions": ("t",),
    "work": ("from_t", "node"),
}


def tables_have_their_shape(facts: Facts) -> None:
    """Columns and types of the schema, rows sorted by time, ids that point somewhere."""
    for name, fields in SCHEMA.items():
        table = facts[name]
        assert {column: str(values.dtype) for column, values in table.items()} == {
            column: field.dtype for column, field in fields.items()
        }, name
        assert len({len(values) for values in table.values()}) == 1, name
    for name, columns in SORTED_BY.items():
        keys = list(zip(*(facts[name][column].tolist() for column in columns), strict=True))
        assert keys == sorted(keys), f"{name} is not sorted by {columns}"
    for name in ("requests", "events", "reviews", "decisions", "stock"):
        assert (np.diff(facts[name]["t"]) >= 0).all(), f"{name} goes back in time"
    for name, key in (("requests", "request"), ("orders", "order"), ("shipments", "shipment"), ("reviews", "review")):
        assert len(np.unique(facts[name][key])) == len(facts[name][key]), f"{name}.{key} is not unique"
    for name in ("lines", "shipments"):
        assert np.isin(facts[name]["order"], facts["orders"]["order"]).all()
