"""What customers will still give back after the end, told from the laws of returns and from what they did until then.

Each order has one delay and one way home (to a store, or by post), each line its own luck; see
`simulation.coming_back`. Whoever has had the goods for longer than the longest delay keeps them. Before that, every
line kept so far makes the short delays less likely, and every line given back the long ones impossible: Bayes' rule
over delay and way, order by order. So expectations are right whatever is already known, and right together: two lines
of one parcel come back on the same day, in one parcel.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import EventKind, Reason
from orchestrion.domain.facts import Table
from orchestrion.domain.returns import Returns
from orchestrion.domain.world import World
from orchestrion.logistics.ways_home import WaysHome
from orchestrion.units import DAY, HOUR

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
WAYS = BY_STORE, BY_POST = 0, 1
_LINES = 1 << 15  # more lines than an order can have: int16 positions


class Out(NamedTuple):
    """Units that may still come back, a row for each line of each shipment; equally long columns."""

    order: Ints  # row of the table of orders
    line: Ints
    shipment: Ints  # -1: not sent yet
    sku: Ints
    qty: Ints
    p: Floats  # probability of coming back after the end, given that the order's delay and way allow it
    by_way: Floats  # (rows, ways) probability that they allow it
    every: Floats  # of the row's order: probability that all of its rows come back

    @property
    def size(self) -> int:
        return len(self.order)


def nothing_out() -> Out:
    """Nobody will give anything back any more."""
    none = np.zeros(0, np.int64)
    return Out(none, none, none, none, none, np.zeros(0), np.zeros((0, len(WAYS))), np.zeros(0))


class Items(NamedTuple):
    """Lines of shipments that the customer may give back, has given back, or still waits for."""

    order: Ints
    line: Ints
    shipment: Ints
    qty: Ints
    has_t: Ints  # since when the customer has them; -1 not yet [s]
    way: Ints  # by which they were given back; -1 they were not


def items_of(orders: Table, lines: Table, events: Table, back: Table) -> Items:
    """Everything of the orders that is neither cancelled nor turned around: by shipment, and what is not picked yet."""
    turned = np.isin(events["kind"], (EventKind.SENT_BACK, EventKind.NO_SHOW))
    got = np.isin(events["kind"], (EventKind.DELIVERED, EventKind.COLLECTED))
    picked = (events["kind"] == EventKind.PICKED) & (events["line"] >= 0) & (events["qty"] > 0)
    found = {name: events[name][picked].astype(np.int64) for name in ("order", "line", "shipment", "qty")}
    left = lines["qty"] - _by_line(lines, found) - _by_line(lines, _cancelled(events))
    waits = np.flatnonzero(left > 0)
    stays = ~np.isin(found["shipment"], events["shipment"][turned])

    def joined(name: str, waiting: Any) -> Ints:
        return np.concatenate([found[name][stays], np.broadcast_to(waiting, waits.size)]).astype(np.int64)

    order, shipment = joined("order", lines["order"][waits]), joined("shipment", -1)
    line = joined("line", lines["line"][waits])
    has_t = _looked_up(shipment, events["shipment"][got], events["t"][got])
    given = back["reason"] == Reason.RETURNED
    way = _looked_up(
        shipment * _LINES + line,
        back["shipment"][given].astype(np.int64) * _LINES + back["line"][given],
        np.where(back["service"][given] < 0, BY_STORE, BY_POST),
    )
    row = _looked_up(order, orders["order"], np.arange(len(orders["order"])))
    known, qty = row >= 0, joined("qty", left[waits])
    return Items(*(column[known] for column in (row, line, shipment, qty, has_t, np.where(shipment >= 0, way, -1))))


def _cancelled(events: Table) -> Table:
    rows = (events["kind"] == EventKind.CANCELLED) & (events["line"] >= 0)
    return {name: events[name][rows].astype(np.int64) for name in ("order", "line", "qty")}


def _by_line(lines: Table, units: Table) -> Ints:
    """Units by row of `lines`."""
    key = lines["order"].astype(np.int64) * _LINES + lines["line"]
    at = _looked_up(units["order"] * _LINES + units["line"], key, np.arange(len(key)))
    kept = at >= 0
    return np.bincount(at[kept], units["qty"][kept], len(key)).astype(np.int64)


def _looked_up(wanted: Any, keys: Any, values: Any) -> Ints:
    """The value of each wanted key; -1 where there is none."""
    if not len(keys):
        return np.full(len(wanted), -1, np.int64)
    by = np.argsort(keys, kind="stable")
    at = by[np.minimum(np.searchsorted(keys, wanted, sorter=by), len(by) - 1)]
    return np.where(np.asarray(keys)[at] == wanted, np.asarray(values)[at], -1).astype(np.int64)


def outlook(world: World, law: Returns, orders: Table, lines: Table, events: Table, back: Table) -> Out:
    """What is still to be expected of every order.

    Parameters
    ----------
    back
        All that came back or is on its way, in the shape of the fact table `returns`.
    """
    items = items_of(orders, lines, events, back)
    sku_of = _looked_up(
        orders["order"][items.order].astype(np.int64) * _LINES + items.line,
        lines["order"].astype(np.int64) * _LINES + lines["line"],
        lines["sku"],
    )
    p = law.rate[sku_of]
    days = np.array(law.days)
    days[-1] += 1.0 - days.sum()  # what rounding leaves belongs to the last, as in the simulation
    shows = np.maximum(np.arange(len(days)) * DAY, HOUR)
    may = _orders_in_question(world, items, int(shows[-1]))
    items = Items(*(column[may] for column in items))
    sku_of, p = sku_of[may], p[may]
    by = np.lexsort((items.shipment, items.line, items.order))
    items, sku_of, p = Items(*(column[by] for column in items)), sku_of[by], p[by]
    if not len(items.order):
        return nothing_out()
    new = np.diff(items.order, prepend=-1) > 0
    starts, who = np.flatnonzero(new), np.cumsum(new) - 1
    prior, open_until = _ways(world, law, orders, items.order[starts])

    has_t = items.has_t[:, None, None]  # (items, ways, days) from here on
    shown = (has_t >= 0) & (has_t + shows < open_until[who][:, :, None])
    is_way = items.way[:, None, None] == np.arange(len(WAYS))[None, :, None]
    kept = (items.way < 0)[:, None, None]
    likely = np.where(kept, np.where(shown, 1.0 - p[:, None, None], 1.0), shown & is_way)
    whole = np.multiply.reduceat(likely, starts, axis=0)
    weight = prior[:, :, None] * days * whole
    total = weight.sum(axis=(1, 2))
    weight /= np.where(total > 0, total, 1.0)[:, None, None]
    comes = open_until > np.iinfo(np.int64).min
    later = weight[who] * ~shown * comes[who][:, :, None]

    still = kept[:, 0, 0]
    alone = np.where(kept, np.where(~shown & comes[who][:, :, None], p[:, None, None], 0.0), 1.0)
    every = (weight * np.multiply.reduceat(alone, starts, axis=0)).sum(axis=(1, 2))
    chosen = still & (p > 0) & (later.sum(axis=(1, 2)) > 0)
    by_way, together = later.sum(axis=2)[chosen], every[who][chosen]
    order, line, shipment, sku, qty = (
        column[chosen] for column in (items.order, items.line, items.shipment, sku_of, items.qty)
    )
    return Out(order, line, shipment, sku, qty, p[chosen], by_way, together)


def _orders_in_question(world: World, items: Items, longest: int) -> Flags:
    """Items of orders of which something may still come back: not everything has been out for the longest delay."""
    last = min(_last_open(node.calendar.opens, node.calendar.closes, world.end_s) for node in world.nodes)
    fresh = (items.way < 0) & ((items.has_t < 0) | (items.has_t + longest >= min(last, world.end_s)))
    return np.asarray(np.isin(items.order, items.order[fresh]))


def _last_open(opens: list[int], closes: list[int], end: int) -> int:
    """The first second after which a place is not open any more before the end; the smallest number if it never was."""
    before = [min(b, end) for a, b in zip(opens, closes, strict=True) if a < end]
    return before[-1] if before else int(np.iinfo(np.int64).min)


def _ways(world: World, law: Returns, orders: Table, rows: Ints) -> tuple[Floats, Ints]:
    """By order: the probability of each way, and until when what takes it shows; the smallest number: never."""
    ways, never = WaysHome(world, law), int(np.iinfo(np.int64).min)
    shut = [_last_open(node.calendar.opens, node.calendar.closes, world.end_s) for node in world.nodes]
    prior, until = np.zeros((len(rows), len(WAYS))), np.full((len(rows), len(WAYS)), never, np.int64)
    addresses = zip(orders["place"][rows].tolist(), orders["collect_at"][rows].tolist(), strict=True)
    for i, (place, collect_at) in enumerate(addresses):
        store = ways.store(place, collect_at)
        share = law.store_share if store >= 0 else 0.0
        prior[i] = share, 1.0 - share
        until[i, BY_STORE] = shut[store] if store >= 0 else never
        until[i, BY_POST] = world.end_s if ways.depot(place) >= 0 else never
    return prior, until
