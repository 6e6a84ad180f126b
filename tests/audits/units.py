"""Audits of units: conserved, never below zero, reserved as the record allows."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from audits.tables import cells, rows, with_sku
from orchestrion.domain.codes import Disposition, EventKind, StockKind
from orchestrion.domain.facts import Column, Facts
from orchestrion.domain.world import World


def units_are_conserved(world: World, facts: Facts) -> None:
    """Opening + supplier receipts + restocked = handed over + sold + not found + shrunk + misplaced + sent back + given
    away + closing + in transit, by SKU; each counted where it was recorded: events, requests, returns, stock."""
    stock, count = facts["stock"], len(world.skus)

    def of(kind: StockKind, column: str, which: Column | bool = True) -> Column:
        chosen = (stock["kind"] == kind) & which
        return np.bincount(stock["sku"][chosen], stock[column][chosen], count).astype(np.int64)

    from_nodes = stock["ref"] >= 0
    opening = world.opening_stock.sum(axis=1)
    assert of(StockKind.OPENING, "d_physical").tolist() == opening.tolist()
    supplied = of(StockKind.RECEIVED, "d_physical", ~from_nodes)
    in_transit = of(StockKind.ORDERED, "d_on_order", from_nodes) + of(StockKind.RECEIVED, "d_on_order", from_nodes)
    closing = np.bincount(stock["sku"], stock["d_physical"], count).astype(np.int64)
    picked_events = with_sku(facts, rows(facts["events"], facts["events"]["kind"] == EventKind.PICKED))
    handed = np.bincount(picked_events["sku"], picked_events["qty"], count).astype(np.int64)
    requests = facts["requests"]
    carried = requests["served_at"] >= 0
    taken = np.where(requests["substitute"] >= 0, requests["substitute"], requests["sku"])
    sold = np.bincount(taken[carried], requests["qty"][carried], count).astype(np.int64)
    shrunk = -of(StockKind.NOT_FOUND, "d_physical") - of(StockKind.SHRUNK, "d_physical")
    misplaced = -of(StockKind.MISPLACED, "d_physical") - of(StockKind.FOUND, "d_physical")
    assert (misplaced >= 0).all()
    shrunk += misplaced
    for kind in (StockKind.MISCOUNTED, StockKind.COUNTED):  # figures alone: no unit moves
        assert not stock["d_physical"][stock["kind"] == kind].any()
    for kind in (StockKind.SHRUNK, StockKind.MISPLACED, StockKind.FOUND):  # and units alone: no figure knows
        assert not stock["d_recorded"][stock["kind"] == kind].any()
    left = -of(StockKind.SENT_BACK, "d_physical") - of(StockKind.GIVEN_AWAY, "d_physical")
    back = rows(facts["returns"], facts["returns"]["disposition"] == Disposition.RESTOCKED)
    restocked = np.bincount(back["sku"], back["qty"], count).astype(np.int64)
    moves = rows(stock, stock["kind"] == StockKind.RESTOCKED)
    assert cells(back, back["qty"]) == cells(moves, moves["d_physical"]) == cells(moves, moves["d_recorded"])
    assert (opening + supplied + restocked).tolist() == (
        handed + sold + shrunk + left + closing + in_transit
    ).tolist()
    # what is on its way between nodes left one of them and has not reached the other
    under_way = -of(StockKind.DISPATCHED, "d_physical") - of(StockKind.RECEIVED, "d_physical", from_nodes)
    assert under_way.tolist() == in_transit.tolist()
    assert (in_transit >= 0).all()

    picks = rows(stock, stock["kind"] == StockKind.PICKED)
    assert cells(picked_events, picked_events["qty"]) == cells(picks, -picks["d_physical"])
    sent = rows(facts["shipments"], facts["shipments"]["picked_t"] >= 0)
    assert int(sent["units"].sum()) == int(handed.sum())
    tills = rows(stock, stock["kind"] == StockKind.SOLD)
    till_rows = zip(*(tills[c].tolist() for c in ("ref", "sku", "node", "d_physical")), strict=True)
    served = rows(requests | {"sku": taken}, carried)
    wish_rows = zip(*(served[c].tolist() for c in ("request", "sku", "served_at", "qty")), strict=True)
    assert sorted(till_rows) == sorted((r, s, n, -q) for r, s, n, q in wish_rows)
    # on the way to a node: ordered and not yet received, never negative
    assert all(units > 0 for units in cells(stock, stock["d_on_order"]).values())


def stock_is_never_negative(facts: Facts) -> None:
    """Physical, recorded, reserved, protected and on order at every single fact; reservations within the record."""
    stock = facts["stock"]
    level: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0] * 5)
    columns = ("d_physical", "d_recorded", "d_reserved", "d_protected", "d_on_order")
    for sku, node, *changes in zip(*(stock[c].tolist() for c in ("sku", "node", *columns)), strict=True):
        now = level[sku, node] = [a + b for a, b in zip(level[sku, node], changes, strict=True)]
        assert min(now) >= 0, f"SKU {sku} at node {node}: {dict(zip(columns, now, strict=True))}"
        assert now[2] <= now[1], f"SKU {sku} at node {node}: {now[2]} reserved of {now[1]} recorded"
