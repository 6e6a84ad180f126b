"""Audits of a finished replication: identities that must hold for any World, policy and seed, from the facts alone.

Each audit recomputes something from one table and confronts it with another that was written elsewhere in the code.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise

import numpy as np
from money_audits import books_balance

from orchestrion.domain.codes import (
    Channel,
    Component,
    Disposition,
    EventKind,
    Outcome,
    Reason,
    Role,
    Scope,
    StockKind,
)
from orchestrion.domain.facts import SCHEMA, Column, Facts, Table
from orchestrion.domain.world import World
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate
from orchestrion.simulation.life import FOLLOWS
from orchestrion.units import DAY, HOUR

Spell = tuple[int, int, int, int, int]  # scope, SKU, node, from, to
ENDS = ("complete", "partial", "cancelled", "no_show", "open")


def run(world: World, policy: object = "nearest", *, seed: int = 1, replication: int = 0) -> Facts:
    """One replication under a policy given by name, by document or as a value."""
    return simulate(world, make_policy(policy), seed=seed, replication=replication)


def audit(world: World, facts: Facts) -> None:
    """All audits."""
    tables_have_their_shape(facts)
    units_are_conserved(world, facts)
    stock_is_never_negative(facts)
    promises_match_shipments(facts)
    lives_are_legal(facts)
    order_ends(facts)
    wishes_end_once(facts)
    money_adds_up(world, facts)
    books_balance(world, facts)
    what_came_back_had_left(world, facts)
    assert recorded_spells(facts) == spells_from_stock(world, facts)


def rows(table: Table, which: Column) -> Table:
    """Some rows of a table."""
    return {name: column[which] for name, column in table.items()}


def digest(facts: Facts) -> str:
    """One hash of all tables, columns in the schema's order."""
    h = hashlib.sha256()
    for name in SCHEMA:
        for column in SCHEMA[name]:
            h.update(f"{name}.{column}".encode())
            h.update(np.ascontiguousarray(facts[name][column]).tobytes())
    return h.hexdigest()


def records(table: Table, *columns: str, **where: int) -> list[tuple[int, ...]]:
    """The columns named as tuples, of the rows that have the values given."""
    kept = np.ones(len(next(iter(table.values()))), bool)
    for name, value in where.items():
        kept &= table[name] == value
    return list(zip(*(table[name][kept].tolist() for name in columns), strict=True))


# ---- shape -------------------------------------------------------------------------------------------------

SORTED_BY = {
    "requests": ("request",),
    "orders": ("t", "order"),
    "lines": ("order", "line"),
    "events": ("seq",),
    "reviews": ("review",),
    "decisions": ("review",),
    "shipments": ("sourced_t", "shipment"),
    "returns": ("t",),
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


# ---- units -------------------------------------------------------------------------------------------------


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


def promises_match_shipments(facts: Facts) -> None:
    """What is reserved at the end is what open shipments wait for, less what the record lost beneath them: to walk-ins,
    to corrections, to figures gone wrong."""
    stock, events = facts["stock"], facts["events"]
    reserved = rows(stock, stock["kind"] == StockKind.RESERVED)
    given, promised, let_go = _promises(facts)
    assert given == cells(reserved, reserved["d_reserved"])
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
        pending = lost.get(cell, 0) - (sought.get(cell, 0) - off.get(cell, 0))
        pending -= let_go.get(cell, 0) - given_back.get(cell, 0)
        assert pending >= 0, cell
        assert left.get(cell, 0) + pending == promised.get(cell, 0), cell


Cells = dict[tuple[int, int], int]


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


# ---- lives -------------------------------------------------------------------------------------------------


def lives_are_legal(facts: Facts) -> None:
    """Every event follows one that `simulation.life.FOLLOWS` allows, and no unit of a line is in two places."""
    events = facts["events"]
    qty = {
        (o, n): q for o, n, q in zip(*(facts["lines"][c].tolist() for c in ("order", "line", "qty")), strict=True)
    }
    placed: set[int] = set()
    desk: dict[tuple[int, int], set[EventKind]] = defaultdict(set)  # steps so far of a line
    slip: dict[tuple[int, int], EventKind] = {}  # last step of a (shipment, line)
    lines_of: dict[int, list[int]] = defaultdict(list)
    waiting: dict[tuple[int, int], int] = dict(qty)
    to_pick: dict[tuple[int, int], int] = defaultdict(int)
    packed: dict[int, int] = defaultdict(int)
    columns = ("kind", "order", "line", "shipment", "qty")
    for code, order, line, shipment, units in zip(*(events[c].tolist() for c in columns), strict=True):
        kind, key = EventKind(code), (order, line)
        if kind == EventKind.PLACED:
            assert order not in placed
            placed.add(order)
            continue
        assert order in placed, f"{kind.key} before order {order} was placed"
        assert units > 0, f"{kind.key} of {units} units"
        before: set[EventKind]
        if kind in (EventKind.SOURCED, EventKind.HELD, EventKind.CANCELLED):
            before = {EventKind.PLACED} | desk[key]
            if kind == EventKind.HELD:
                assert units == waiting[key]
            else:
                waiting[key] -= units
            assert waiting[key] >= 0, f"order {order} line {line}: {kind.key} of units that do not wait"
            if kind == EventKind.SOURCED:
                assert (shipment, line) not in slip
                lines_of[shipment].append(line)
                to_pick[shipment, line] += units
        elif kind in (EventKind.OFFERED, EventKind.ACCEPTED, EventKind.REFUSED):
            assert units == sum(to_pick[shipment, n] for n in lines_of[shipment])
            for n in lines_of[shipment]:
                assert slip[shipment, n] in FOLLOWS[kind], f"shipment {shipment}: {kind.key} after {slip[shipment, n]}"
                slip[shipment, n] = kind
            continue
        elif kind == EventKind.RETURNED:
            assert slip[shipment, line] in FOLLOWS[kind], f"shipment {shipment} line {line}: {kind.key}"
            slip[shipment, line] = kind  # so that nothing comes back twice
            continue
        elif line >= 0:
            before = {slip[shipment, line]}
            to_pick[shipment, line] -= units
            assert to_pick[shipment, line] >= 0
            if kind == EventKind.PICKED:
                packed[shipment] += units
            else:
                waiting[key] += units
        else:
            assert units == packed[shipment], f"shipment {shipment}: {units} {kind.key}, {packed[shipment]} packed"
            assert not any(to_pick[shipment, n] for n in lines_of[shipment])
            for n in lines_of[shipment]:
                assert slip[shipment, n] in FOLLOWS[kind], f"shipment {shipment}: {kind.key} after {slip[shipment, n]}"
                slip[shipment, n] = kind
            continue
        assert before & FOLLOWS[kind], f"order {order} line {line}: {kind.key} after {sorted(before)}"
        desk[key].add(kind)
        if shipment >= 0:
            slip[shipment, line] = kind
    _shipments_match_events(facts)


def _shipments_match_events(facts: Facts) -> None:
    events, shipments = facts["events"], facts["shipments"]
    moments: dict[tuple[int, int], int] = {}
    for code, shipment, t in zip(*(events[c].tolist() for c in ("kind", "shipment", "t")), strict=True):
        moments[shipment, code] = t
    columns = ("shipment", "collect_at", "service", "units", "sourced_t", "picked_t", "handed_t", "received_t",
               "collected_t")  # fmt: skip
    kinds = facts.dims["services"]["kind"]
    seen = 0
    for id, store, service, units, *times in zip(*(shipments[c].tolist() for c in columns), strict=True):
        seen += 1
        sourced, picked, handed, received, collected = times
        known = [t for t in times if t >= 0]
        assert known == sorted(known), f"shipment {id} runs backwards: {times}"
        assert sourced == moments[id, EventKind.SOURCED]
        found = max(moments.get((id, EventKind.PICKED), -1), moments.get((id, EventKind.SHORT), -1))
        assert picked == found
        if kinds[service] == "counter":
            assert (id, EventKind.HANDED_OVER) not in moments
            assert handed == moments.get((id, EventKind.READY), -1)
        else:
            assert handed == moments.get((id, EventKind.HANDED_OVER), -1)
        at_point = kinds[service] == "pickup" or (id, EventKind.READY) in moments
        arrived = EventKind.READY if store >= 0 or at_point else EventKind.DELIVERED
        assert received == moments.get((id, arrived), -1)
        assert collected == moments.get((id, EventKind.COLLECTED), -1)
        assert units > 0 or handed < 0, f"shipment {id} left empty"
    taken_back = set(events["shipment"][events["kind"] == EventKind.RELEASED].tolist())
    assert not taken_back & set(shipments["shipment"].tolist())
    assert seen == len({s for s in events["shipment"].tolist() if s >= 0} - taken_back)


def order_ends(facts: Facts) -> dict[int, str]:
    """Order id -> complete, partial, cancelled, no_show or open: exactly one; open ones have units under way."""
    total: dict[int, int] = defaultdict(int)
    received: dict[int, int] = defaultdict(int)
    gone: dict[int, int] = defaultdict(int)
    for o, q in zip(facts["lines"]["order"].tolist(), facts["lines"]["qty"].tolist(), strict=True):
        total[o] += q
    shipments, events = facts["shipments"], facts["events"]
    for o, q, t in zip(*(shipments[c].tolist() for c in ("order", "units", "received_t")), strict=True):
        received[o] += q if t >= 0 else 0
    for o, q, k in zip(*(events[c].tolist() for c in ("order", "qty", "kind")), strict=True):
        gone[o] += q if k == EventKind.CANCELLED else 0
    unreceived = set(shipments["shipment"][shipments["received_t"] < 0].tolist())
    back: dict[int, int] = defaultdict(int)
    absent: set[int] = set()
    for o, q, k, i in zip(*(events[c].tolist() for c in ("order", "qty", "kind", "shipment")), strict=True):
        back[o] += q if k == EventKind.SENT_BACK and i in unreceived else 0
        if k == EventKind.NO_SHOW:
            absent.add(o)
    ends = {}
    for o in facts["orders"]["order"].tolist():
        assert total[o] > 0
        ended = received[o] + gone[o] + back[o]
        assert ended <= total[o], f"order {o}: more received, cancelled and sent back than ordered"
        if ended < total[o]:
            ends[o] = "open"
        elif o in absent:
            ends[o] = "no_show"
        elif not gone[o] and not back[o]:
            ends[o] = "complete"
        else:
            ends[o] = "partial" if received[o] else "cancelled"
    sent = set(shipments["order"][shipments["units"] > 0].tolist())
    assert (shipments["units"] > 0).sum() >= len(sent)
    assert all(o in sent for o, end in ends.items() if end in ("complete", "partial"))
    return ends


def wishes_end_once(facts: Facts) -> None:
    """Each wish has one outcome, and the outcome says what the other tables say."""
    requests, events = facts["requests"], facts["events"]
    line_of = {
        r: (o, n, q, s)
        for r, o, n, q, s in zip(
            *(facts["lines"][c].tolist() for c in ("request", "order", "line", "qty", "sku")), strict=True
        )
    }
    assert len(line_of) == len(facts["lines"]["request"]), "a wish became two lines"
    cancelled: dict[tuple[int, int], int] = defaultdict(int)
    for k, o, n, q in zip(*(events[c].tolist() for c in ("kind", "order", "line", "qty")), strict=True):
        cancelled[o, n] += q if k == EventKind.CANCELLED else 0
    gone = set(records(events, "shipment", kind=EventKind.SENT_BACK))
    gone |= set(records(events, "shipment", kind=EventKind.NO_SHOW))
    for i, o, n, q in records(events, "shipment", "order", "line", "qty", kind=EventKind.PICKED):
        cancelled[o, n] += q if (i,) in gone else 0
    columns = (
        "request", "t", "channel", "qty", "outcome", "reason", "order", "resolved_t", "served_at", "sku", "substitute",
        "paid",
    )  # fmt: skip
    for id, t, channel, qty, code, reason, order, resolved, at, sku, substitute, paid in zip(
        *(requests[c].tolist() for c in columns), strict=True
    ):
        outcome, walk_in = Outcome(code), channel == Channel.WALK_IN
        assert resolved == -1 if outcome == Outcome.WAITING else resolved >= t
        assert (reason >= 0) == (outcome in (Outcome.LOST, Outcome.CANCELLED, Outcome.NO_SHOW))
        if id in line_of:
            o, n, q, s = line_of[id]
            assert s == (sku if substitute < 0 else substitute)
            assert (order, qty) == (o, q)
            ended = outcome in (Outcome.CANCELLED, Outcome.NO_SHOW)
            assert ended == (cancelled[o, n] == q), f"request {id} is {outcome.key}"
            assert at == -1
        else:
            assert order == -1
            assert outcome != Outcome.CANCELLED
        bought = {
            Outcome.SERVED: walk_in,
            Outcome.SERVED_LATER: walk_in,
            Outcome.MOVED_TO_STORE: True,
            Outcome.MOVED_TO_OTHER_STORE: True,
            Outcome.SUBSTITUTED: order < 0,
        }
        assert (at >= 0) == bought.get(outcome, False), f"request {id}, {outcome.key}, at {at}"
        if outcome == Outcome.LOST:
            told_no = (Reason.UNAVAILABLE, Reason.COMPANION, Reason.TOO_SLOW, Reason.TOO_DEAR, Reason.NOT_DELIVERABLE)
            assert reason in ((Reason.SHELF_EMPTY,) if walk_in else told_no)
        # another SKU was taken where the outcome says so, or said so before the order was withdrawn
        assert substitute != sku
        assert outcome != Outcome.SUBSTITUTED or substitute >= 0
        assert substitute < 0 or outcome == Outcome.SUBSTITUTED or order >= 0
        assert paid < 0 or at >= 0


# ---- what comes back ---------------------------------------------------------------------------------------


def what_came_back_had_left(world: World, facts: Facts) -> None:
    """Every return is of units that were sent, once, after a step that sent them back, refunded at their price."""
    returns, events = facts["returns"], facts["events"]
    picked = {(i, n): q for i, n, q in records(events, "shipment", "line", "qty", kind=EventKind.PICKED)}
    steps = {
        Reason.RETURNED: {(i, n, t) for i, n, t in records(events, "shipment", "line", "t", kind=EventKind.RETURNED)},
        Reason.UNDELIVERED: set(records(events, "shipment", "t", kind=EventKind.SENT_BACK)),
        Reason.NO_SHOW: set(records(events, "shipment", "t", kind=EventKind.NO_SHOW)),
    }
    price = {(o, n): (p, s) for o, n, p, s in records(facts["lines"], "order", "line", "price", "sku")}
    seen: set[tuple[int, int]] = set()
    columns = ("t", "order", "line", "shipment", "sku", "qty", "reason", "disposition", "refund", "sent_t")
    for t, o, n, i, sku, qty, reason, disposition, refund, sent_t in records(returns, *columns):
        assert (i, n) not in seen, f"shipment {i} line {n} came back twice"
        seen.add((i, n))
        assert picked[i, n] == qty
        assert t >= sent_t
        step = (i, n, sent_t) if reason == Reason.RETURNED else (i, sent_t)
        assert step in steps[Reason(reason)], f"shipment {i} line {n} came back without a step that sent it"
        assert disposition == Disposition.RESTOCKED or reason == Reason.RETURNED
        assert price[o, n][1] == sku
        assert refund == round(price[o, n][0] * qty / (1 + world.economics.vat))


def _fees_given_back(world: World, facts: Facts) -> int:
    """Fees of orders of which the customer kept nothing, something of them having come back."""
    total: dict[int, int] = defaultdict(int)
    for o, q in records(facts["lines"], "order", "qty"):
        total[o] += q
    for o, q in records(facts["events"], "order", "qty", kind=EventKind.CANCELLED):
        total[o] -= q
    last: dict[int, int] = {}
    for o, q, reason in records(facts["returns"], "order", "qty", "reason"):
        total[o] -= q
        last[o] = reason
    fee = dict(records(facts["orders"], "order", "fee"))
    store, points = world.collecting, world.pickup_points
    allowed = {
        Reason.UNDELIVERED: True,
        Reason.RETURNED: world.returns is not None and world.returns.refund_fee,
        Reason.NO_SHOW: bool((store and store.refund_fee) or (points and points.waiting.refund_fee)),
    }
    return sum(fee[o] for o, reason in last.items() if total[o] == 0 and allowed[Reason(reason)])


# ---- money -------------------------------------------------------------------------------------------------


def money_adds_up(world: World, facts: Facts) -> None:
    """Revenue, goods and every cost component, from what happened and the World's prices (carriage: see logistics)."""
    net = 1 + world.economics.vat
    revenue: dict[int, int] = defaultdict(int)
    goods: dict[int, int] = defaultdict(int)
    day = {o: t // DAY for o, t in zip(*(facts["orders"][c].tolist() for c in ("order", "t")), strict=True)}
    for o, s, q, p in zip(*(facts["lines"][c].tolist() for c in ("order", "sku", "qty", "price")), strict=True):
        off = [x.price_off for x in world.promotions if x.first_day <= day[o] <= x.last_day and x.skus[s]]
        full = int(world.skus.price[s])
        assert p == (round(full * (1 - max(off)) / 10_000) * 10_000 if off else full)
        revenue[o] += p * q
        goods[o] += int(world.skus.cost[s]) * q
    orders, shipments, events = facts["orders"], facts["shipments"], facts["events"]
    for o, option, fee, rev, cost in zip(
        *(orders[c].tolist() for c in ("order", "option", "fee", "revenue", "goods")), strict=True
    ):
        assert fee == round(world.options[option].fee / net)
        assert rev == round(revenue[o] / net)
        assert cost == goods[o]
    booked: dict[int, int] = defaultdict(int)
    for component, amount in zip(facts["costs"]["component"].tolist(), facts["costs"]["amount"].tolist(), strict=True):
        booked[component] += amount
    sent = rows(shipments, shipments["units"] > 0)
    columns = ("node", "service", "lines", "units", "parcels")
    picking = packaging = shuttle = transfer = 0
    for n, service, lines, units, parcels in zip(*(sent[c].tolist() for c in columns), strict=True):
        node, kind = world.nodes[n], world.services[service].kind
        seconds = node.pick_setup_s + lines * node.pick_line_s + units * node.pick_unit_s
        picking += _rounded(seconds * node.wage, HOUR)
        boxes = 0 if kind == "counter" else parcels
        packaging += boxes * world.economics.packaging_parcel + units * world.economics.packaging_unit
        if kind == "shuttle" and node.role in (Role.STORE, Role.DARK_STORE):
            dear = world.economics.transfer_parcel
            transfer += parcels * (world.economics.shuttle_parcel if dear < 0 else dear)
        elif kind == "shuttle":
            shuttle += parcels * world.economics.shuttle_parcel
    assert (booked[Component.PICKING], booked[Component.PACKAGING]) == (picking, packaging)
    assert (booked[Component.SHUTTLE], booked[Component.TRANSFER]) == (shuttle, transfer)
    shipped = np.isin(orders["order"], sent["order"])
    assert booked[Component.FEE] == -int(orders["fee"][shipped].sum()) + _fees_given_back(world, facts)
    paid = ("parcel", "pickup", "courier")
    assert (booked[Component.CARRIAGE] > 0) == any(world.services[s].kind in paid for s in sent["service"].tolist())
    placed = dict(zip(orders["order"].tolist(), orders["t"].tolist(), strict=True))
    withdrawn: set[int] = set()
    by_click: set[int] = set()  # within the cool-down window: nobody at customer care hears of it
    for o, t, why in records(events, "order", "t", "reason", kind=EventKind.CANCELLED):
        if o not in withdrawn and why == Reason.CUSTOMER and t < placed[o] + world.sourcing.cool_down_s:
            by_click.add(o)
        withdrawn.add(o)
    assert booked[Component.CARE] == len(withdrawn - by_click) * world.economics.care
    asked = [n for n, in records(events, "node", kind=EventKind.OFFERED)]
    costs = None if world.claiming is None else world.claiming.request_cost
    assert booked[Component.CLAIMING] == (0 if costs is None else sum(int(costs[n]) for n in asked))
    rework = 0
    for n in events["node"][events["kind"] == EventKind.SHORT].tolist():
        node = world.nodes[n]
        rework += _rounded((node.pick_line_s + node.pick_unit_s) * node.wage, HOUR)
    for n in shipments["node"][(shipments["picked_t"] >= 0) & (shipments["units"] == 0)].tolist():
        rework += _rounded(world.nodes[n].pick_setup_s * world.nodes[n].wage, HOUR)
    assert booked[Component.REWORK] == rework
    stock = facts["stock"]
    moved, home = moves_of_stock(world, stock)
    assert booked[Component.REPLENISHMENT] == moved
    assert booked[Component.REPATRIATION] == home
    assert booked[Component.HOLDING] == _holding(world, stock)
    assert booked[Component.COUNTING] == _counting(world)


def moves_of_stock(world: World, stock: Table) -> tuple[int, int]:
    """(replenishment, repatriation): what moving units between nodes and out of the house costs, move by move."""
    source, transfers, season = world.replenishment.source, world.transfers, world.season
    moved = home = 0
    runs: set[tuple[int, int, int]] = set()
    columns = ("t", "sku", "node", "ref", "d_physical")
    leaving = records(stock, *columns, kind=StockKind.DISPATCHED)
    for t, sku, node, to, _ in leaving:
        gone = season is not None and season.exit_s[sku] <= t and to == season.outlet
        if source[to] != node and transfers is not None and not gone:
            runs.add((t, node, to))
    for t, sku, node, ref, units in records(stock, *columns, kind=StockKind.RECEIVED):
        if ref < 0:
            continue
        usual = source[node] == ref
        lead = 0 if season is None else season.lead_s
        if not usual and season is not None and season.exit_s[sku] <= t - lead and node == season.outlet:
            home += units * season.roads[season.road[ref]].unit_cost
        elif usual or transfers is None:
            moved += units * world.replenishment.unit_cost
        else:
            moved += units * transfers.unit_cost
    for kind in (StockKind.SENT_BACK, StockKind.GIVEN_AWAY):
        for _, _, node, _, units in records(stock, *columns, kind=kind):
            assert season is not None
            home += -units * season.roads[season.road[node]].unit_cost
    return moved + len(runs) * (0 if transfers is None else transfers.lane_cost), home


def _rounded(a: int, b: int) -> int:
    return (a + b // 2) // b


def _holding(world: World, stock: Table) -> int:
    """A day's capital cost of what lies in each node at each midnight, misplaced units included."""
    stock = rows(stock, ~np.isin(stock["kind"], (StockKind.MISPLACED, StockKind.FOUND)))
    value = np.zeros(len(world.nodes), np.int64)
    total, row = 0, 0
    t, node = stock["t"].tolist(), stock["node"].tolist()
    worth = (world.skus.cost[stock["sku"]] * stock["d_physical"]).tolist()
    for day in range(1, world.days + 1):
        while row < len(t) and t[row] < day * DAY:
            value[node[row]] += worth[row]
            row += 1
        total += sum(round(v * (world.economics.capital_rate / 365)) for v in value.tolist())
    return total


def _counting(world: World) -> int:
    """Each cell that holds the SKU is counted once in so many nights, whatever night that is."""
    records, total = world.records, 0
    held = world.ranged | (world.opening_stock > 0)
    for night in range(1, world.days if records is not None else 0):
        for node in world.nodes:
            every = int(records.count_every[node.id])
            turns = (np.flatnonzero(held[:, node.id]) + 7919 * node.id) % max(1, every)
            due = int((turns == night % every).sum()) if every else 0
            total += _rounded(due * int(records.count_s[node.id]) * node.wage, HOUR)
    return total


# ---- spells ------------------------------------------------------------------------------------------------


def recorded_spells(facts: Facts) -> list[Spell]:
    """Spells as recorded, those that touch joined."""
    spells = facts["spells"]
    by_key: dict[tuple[int, int, int], list[tuple[int, int]]] = defaultdict(list)
    for scope, sku, node, a, b in zip(*(spells[c].tolist() for c in SCHEMA["spells"]), strict=True):
        assert a < b
        by_key[scope, sku, node].append((a, b))
    joined: list[Spell] = []
    for key, found in by_key.items():
        found.sort()
        assert all(x[1] <= y[0] for x, y in pairwise(found)), f"spells of {key} overlap"
        merged = [found[0]]
        for a, b in found[1:]:
            if a == merged[-1][1]:
                merged[-1] = (merged[-1][0], b)
            else:
                merged.append((a, b))
        joined += [(*key, a, b) for a, b in merged]
    return sorted(joined)


def spells_from_stock(world: World, facts: Facts) -> list[Spell]:
    """Spells worked out anew: levels at the end of every second of the stock facts, looked at one by one."""
    stock = facts["stock"]
    shape = world.opening_stock.shape
    physical, atp_base, transit = np.zeros(shape, int), np.zeros(shape, int), np.zeros(shape[0], int)
    web = np.array([node.web_visible for node in world.nodes])
    is_store = np.array([node.role == Role.STORE for node in world.nodes])
    since: dict[tuple[int, int, int], int] = {}
    found: list[Spell] = []

    def look(sku: int, t: int) -> None:
        states = {(int(Scope.UNIFIED), sku, -1): physical[sku].sum() + transit[sku] == 0}
        if world.skus.web_ranged[sku]:
            states[int(Scope.WEB), sku, -1] = np.maximum(atp_base[sku], 0)[web].sum() == 0
        for n in np.flatnonzero(world.ranged[sku] & is_store).tolist():
            states[int(Scope.SHELF), sku, n] = physical[sku, n] == 0
        for key, empty in states.items():
            if empty:
                since.setdefault(key, t)
            elif key in since and (begin := since.pop(key)) < t:
                found.append((*key, begin, t))

    curve = _Shown(world)
    moves = ("t", "sku", "node", "kind", "ref", "d_physical", "d_recorded", "d_reserved", "d_protected")
    second, touched = 0, set(range(shape[0]))
    for t, sku, node, kind, ref, dp, drec, dres, dprot in zip(*(stock[c].tolist() for c in moves), strict=True):
        if t > second:
            for s in sorted(touched):
                look(s, second)
            second, touched = t, set()
        physical[sku, node] += dp
        atp_base[sku, node] += drec - dres - dprot
        curve.moved(t, sku, node, kind, dp - dres, atp_base[sku, node])
        if kind == StockKind.DISPATCHED or (kind == StockKind.RECEIVED and ref >= 0):
            transit[sku] -= dp
        touched.add(sku)
    for s in sorted(touched):
        look(s, second)
    found += [(*key, begin, facts.end_s) for key, begin in since.items() if begin < facts.end_s]
    if world.records is not None or world.visibility is not None:
        found = [spell for spell in found if spell[0] != Scope.WEB]
        for sku in np.flatnonzero(world.skus.web_ranged).tolist():
            found += curve.spells(sku, facts.end_s)
    return sorted(found)


class _Shown:
    """What the web showed of each SKU and what was there, asked second by second where something may have changed."""

    def __init__(self, world: World) -> None:
        rules, shape = world.visibility, world.opening_stock.shape
        row = None if rules is None else rules.row[Channel.WEB]
        self.held = [0 if node.web_visible else -1 for node in world.nodes]
        self.period = self.delay = 0
        if rules is not None:
            self.held = rules.held_back[row].tolist()
            self.period, self.delay = rules.feeds[row].period_s, rules.feeds[row].delay_s
        self.free, self.atp = np.zeros(shape, int), np.zeros(shape, int)
        # by SKU: (moment, shown with no feed between, free anywhere, free where the web sees); -1: before opening
        self.history: list[list[tuple[int, int, int, int]]] = [[(-1, 0, 0, 0)] for _ in range(shape[0])]

    def moved(self, t: int, sku: int, node: int, kind: int, free: int, atp: int) -> None:
        if t == 0 and kind in (StockKind.OPENING, StockKind.MISCOUNTED):
            t = -1
        self.free[sku, node] += free
        self.atp[sku, node] = atp
        seen = [n for n, held in enumerate(self.held) if held >= 0]
        now = (
            t,
            sum(max(0, int(self.atp[sku, n]) - self.held[n]) for n in seen),
            sum(max(0, int(units)) for units in self.free[sku]),
            sum(max(0, int(self.free[sku, n])) for n in seen),
        )
        rows = self.history[sku]
        if rows[-1][0] == t:
            rows.pop()
        rows.append(now)

    def spells(self, sku: int, end: int) -> list[Spell]:
        rows = self.history[sku]
        moments = [row[0] for row in rows]

        def at(t: int) -> tuple[int, int, int, int]:
            return rows[max(0, bisect_right(moments, t) - 1)]

        def shown(t: int) -> int:
            if not self.period:
                return at(t - self.delay if t >= self.delay else -1)[1]
            snapshot = (t - self.delay) // self.period * self.period
            return at(snapshot - 1 if snapshot > 0 else -1)[1]

        changes = {0, *(t for t in moments if t >= 0)}
        step = self.period or 1
        changes |= {max(0, (t // step + 1) * step) + self.delay if self.period else t + self.delay for t in changes}
        found, since = [], {}
        for t in [*sorted(c for c in changes if c < end), end]:
            _, _, anywhere, there = at(t)
            states = {Scope.WEB: shown(t) == 0, Scope.HIDDEN: shown(t) == 0 and anywhere > 0,
                      Scope.PHANTOM: shown(t) > 0 and there == 0}  # fmt: skip
            for scope, holds in states.items():
                if holds and t < end:
                    since.setdefault(scope, t)
                elif scope in since and (begin := since.pop(scope)) < t:
                    found.append((int(scope), sku, -1, begin, t))
        return found
