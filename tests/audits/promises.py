"""Audit of reservations: what is reserved is what open shipments wait for."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from audits.tables import Cells, cells, rows, with_sku
from orchestrion.domain.codes import EventKind, StockKind
from orchestrion.domain.facts import Facts


def promises_match_shipments(facts: Facts, late: bool = False) -> None:
    """What is reserved at the end is what open shipments wait for, less what the record lost beneath them: to walk-ins,
    to corrections, to figures gone wrong. A desk that is told late may give units that are on no record any more."""
    stock, events = facts["stock"], facts["events"]
    reserved = rows(stock, stock["kind"] == StockKind.RESERVED)
    given, promised, let_go = _promises(facts)
    booked = cells(reserved, reserved["d_reserved"])
    empty = {cell: units - booked.get(cell, 0) for cell, units in given.items()}
    assert set(booked) <= set(empty)
    assert min(empty.values(), default=0) >= 0
    assert late or not any(empty.values())
    freed = rows(stock, stock["kind"] == StockKind.RELEASED)
    given_back = cells(freed, -freed["d_reserved"])
    looked = with_sku(facts, rows(events, np.isin(events["kind"], (EventKind.PICKED, EventKind.SHORT))))
    taken = rows(stock, np.isin(stock["kind"], (StockKind.PICKED, StockKind.NOT_FOUND)))
    others = (StockKind.RESERVED, StockKind.RELEASED, StockKind.PICKED, StockKind.NOT_FOUND)
    beneath = rows(stock, (stock["d_reserved"] < 0) & ~np.isin(stock["kind"], others))
    sought, off = cells(looked, looked["qty"]), cells(taken, -taken["d_reserved"])
    lost, left = cells(beneath, -beneath["d_reserved"]), cells(stock, stock["d_reserved"])
    for cell in sorted({*sought, *off, *lost, *left, *promised, *let_go, *given_back}):
        # a unit looked for, or taken back, was still reserved, or the record had lost it before
        pending = empty.get(cell, 0) + lost.get(cell, 0) - (sought.get(cell, 0) - off.get(cell, 0))
        pending -= let_go.get(cell, 0) - given_back.get(cell, 0)
        assert pending >= 0, cell
        assert left.get(cell, 0) + pending == promised.get(cell, 0), cell


def _promises(facts: Facts) -> tuple[Cells, Cells, Cells]:
    """Units given to shipments by (SKU, node): all ever, those still promised at the end, those let go before picking.

    From the lives alone: a shipment holds its units at the node it was sourced from, and at every node it was offered
    to, until one of them accepts, until they refuse or until it is released.
    """
    events, shipments = facts["events"], facts["shipments"]
    sourced = with_sku(facts, rows(events, events["kind"] == EventKind.SOURCED))
    units: dict[int, list[tuple[int, int]]] = defaultdict(list)
    held: dict[int, list[int]] = {}  # shipment -> nodes where units are reserved for it
    columns = ("shipment", "sku", "node", "qty")
    for shipment, sku, node, qty in zip(*(sourced[c].tolist() for c in columns), strict=True):
        units[shipment].append((sku, qty))
        held[shipment] = [node]
    given, promised, let_go = defaultdict(int), defaultdict(int), defaultdict(int)

    def add(to: dict[tuple[int, int], int], shipment: int, node: int) -> None:
        for sku, qty in units[shipment]:
            to[sku, node] += qty

    for shipment, (node,) in held.items():
        add(given, shipment, node)
    released: set[int] = set()
    for kind, shipment, node in zip(*(events[c].tolist() for c in ("kind", "shipment", "node")), strict=True):
        if kind == EventKind.OFFERED and node not in held[shipment]:
            held[shipment].append(node)
            add(given, shipment, node)
        elif kind == EventKind.REFUSED and len(held[shipment]) > 1:  # the last one waits for the release
            held[shipment].remove(node)
            add(let_go, shipment, node)
        elif kind == EventKind.ACCEPTED or (kind == EventKind.RELEASED and shipment not in released):
            for other in held[shipment]:
                if other != node or kind == EventKind.RELEASED:
                    add(let_go, shipment, other)
            held[shipment] = [node] if kind == EventKind.ACCEPTED else []
            if kind == EventKind.RELEASED:
                released.add(shipment)
    for shipment in shipments["shipment"][shipments["picked_t"] < 0].tolist():
        for node in held[shipment]:
            add(promised, shipment, node)
    for shipment, node in zip(shipments["shipment"].tolist(), shipments["node"].tolist(), strict=True):
        assert node in held[shipment], f"shipment {shipment} leaves node {node}, which holds nothing for it"
    return dict(given), dict(promised), dict(let_go)
