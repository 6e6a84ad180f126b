"""What is still to come back when a replication ends, and what that will cost: the accrual that closes its books.

What is on its way counts whole, what customers may still give back by expectation (`return_outlook`). Carriage home,
inspection, what cannot be sold again and fees given back are priced by the functions that book the real ones, and what
can be sold again is valued as closing stock is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Component, Reason
from orchestrion.domain.facts import SCHEMA, Column, Table, empty
from orchestrion.domain.returns import Returns
from orchestrion.domain.world import World
from orchestrion.logistics.attempts import positions
from orchestrion.logistics.coming_back import (
    carriage_home,
    inspection_s,
    nothing_left,
    refundable,
    return_freight,
)
from orchestrion.logistics.entries import Entries, part, rows, table
from orchestrion.logistics.return_outlook import BY_POST, Out, nothing_out, outlook
from orchestrion.logistics.stock_costs import expected_loss
from orchestrion.logistics.tariff import Tariff, labour
from orchestrion.logistics.ways_home import WaysHome
from orchestrion.units import PPM

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_ONE_BY_ONE = 8  # lines of a parcel up to which every combination that may come back is priced


ACCRUALS_SORTED = ("t", "order", "shipment", "component", "node")


class Again(NamedTuple):
    """Units that measured orders will bring back on sale: SKU, node, expected units; equally long."""

    sku: Ints
    node: Ints
    units: Floats


def due_back(world: World, facts: Mapping[str, Table], under_way: Table) -> tuple[Table, Table, Again]:
    """What is still to come back of some orders, with all that hangs on them: but for the closing stock, which is
    everybody's.

    The customer's order is taken as placed: what is still to be picked or delivered counts as if it were received.
    A parcel of more than eight lines comes back at the price of the mass expected of it.

    Parameters
    ----------
    facts
        The tables orders, lines, shipments, events and returns in the shape of `domain.facts.SCHEMA`.
    under_way
        On its way back, or waiting to be opened, in the shape of `returns`.

    Returns
    -------
    The tables `returns_due` and `accruals`, and what the closing stock will have more of.
    """
    orders, lines, shipments, events, returns = (
        facts[name] for name in ("orders", "lines", "shipments", "events", "returns")
    )
    law = world.returns
    if law is None and not len(under_way["order"]):
        nothing = np.zeros(0, np.int64)
        return empty("returns_due"), empty("accruals"), Again(nothing, nothing, np.zeros(0))
    tariff = Tariff(world)
    costs = _of_what_is_under_way(tariff, orders, shipments, under_way)
    due = [under_way | {"units_ppm": under_way["qty"] * PPM}]
    back = {name: np.concatenate([returns[name], under_way[name]]) for name in returns}
    out = nothing_out() if law is None else outlook(world, law, orders, lines, events, back)
    if law is not None:
        for way in (0, 1):
            there = _rows(world, law, orders, out, way)
            due.append(there)
            costs += _by_line(tariff, law, there, out.p * out.by_way[:, way])
        costs += _parcels(tariff, law, orders, out)
    costs += _fees(world, orders, (lines, shipments, events, back), under_way, out)
    found = _due(due)
    entries = [{**one, "t": world.end_s} for one in costs]
    return found, table("accruals", entries, "component"), _again(world, orders, found)


def _due(parts: list[Table]) -> Table:
    fields = SCHEMA["returns_due"]
    joined = {name: np.concatenate([one[name] for one in parts]).astype(f.dtype) for name, f in fields.items()}
    joined = rows(joined, joined["units_ppm"] > 0)
    by = np.lexsort([joined[name] for name in ("service", "node", "shipment", "line", "order")])
    return {name: column[by] for name, column in joined.items()}


def _of_what_is_under_way(tariff: Tariff, orders: Table, shipments: Table, under_way: Table) -> Entries:
    if not len(under_way["order"]):
        return []
    node, qty, sku = under_way["node"].astype(np.int64), under_way["qty"], under_way["sku"]
    wages = labour(inspection_s(tariff, node, qty, under_way["reason"]), tariff.wage[node])
    law = tariff.world.returns
    lost = np.zeros(len(qty))
    if law is not None:
        used = 1.0 - law.restock[sku]
        lost = np.where(under_way["reason"] == Reason.RETURNED, used * qty * tariff.world.skus.cost[sku], 0.0)
    return [
        part(under_way, component=Component.INSPECTION, amount=wages),
        part(under_way, component=Component.RETURN_WRITE_OFF, amount=_whole(lost)),
        carriage_home(tariff, shipments, under_way),
    ]


def _rows(world: World, law: Returns, orders: Table, out: Out, way: int) -> Table:
    """What comes back one way, as rows of `returns_due`."""
    ways = WaysHome(world, law)
    place, collect_at = orders["place"][out.order].tolist(), orders["collect_at"][out.order].tolist()
    if way == BY_POST:
        node = [ways.depot(p) for p in place]
    else:
        node = [ways.store(p, c) for p, c in zip(place, collect_at, strict=True)]
    return {
        "order": orders["order"][out.order].astype(np.int64),
        "line": out.line,
        "shipment": out.shipment,
        "node": np.array(node, np.int64),
        "sku": out.sku,
        "qty": out.qty,
        "service": np.full(out.size, law.service if way == BY_POST else -1),
        "reason": np.full(out.size, int(Reason.RETURNED)),
        "units_ppm": _whole(out.qty * out.p * out.by_way[:, way] * PPM),
    }


def _by_line(tariff: Tariff, law: Returns, there: Table, chance: Floats) -> Entries:
    """Inspection and what cannot be sold again, of what comes back with some probability."""
    node, qty, sku = there["node"], there["qty"], there["sku"]
    wages = labour(inspection_s(tariff, node, qty, there["reason"]), tariff.wage[node])
    lost = (1.0 - law.restock[sku]) * qty * tariff.world.skus.cost[sku]
    return [
        part(there, component=Component.INSPECTION, amount=_whole(chance * wages)),
        part(there, component=Component.RETURN_WRITE_OFF, amount=_whole(chance * lost)),
    ]


def _parcels(tariff: Tariff, law: Returns, orders: Table, out: Out) -> Entries:
    """Carriage home: what left together and is posted at all comes back together."""
    if not out.size:
        return []
    by = np.lexsort((out.line, out.shipment, out.order))
    order, shipment = out.order[by], out.shipment[by]
    starts = np.flatnonzero((np.diff(order, prepend=-1) != 0) | (np.diff(shipment, prepend=-2) != 0))
    sizes = np.diff(starts, append=len(order))
    skus, ways = tariff.world.skus, WaysHome(tariff.world, law)
    place = orders["place"][order[starts]].astype(np.int64)
    depot = np.array([ways.depot(p) for p in place.tolist()], np.int64)
    chance = out.by_way[by[starts], BY_POST]
    amount = np.zeros(len(starts), np.int64)
    for size in np.unique(sizes).tolist():
        which = np.flatnonzero((sizes == size) & (chance > 0))
        at = by[starts[which][:, None] + np.arange(size)]
        qty = out.qty[at]
        price = _expected_freight(
            tariff, law.service, depot[which], place[which], out.p[at], qty * skus.mass[out.sku[at]],
            qty * skus.volume[out.sku[at]],
        )  # fmt: skip
        amount[which] = _whole(chance[which] * price)
    parcels = {"order": orders["order"][order[starts]], "shipment": shipment[starts], "node": depot}
    return [part(parcels, component=Component.RETURN_CARRIAGE, amount=amount)]


def _expected_freight(
    tariff: Tariff, service: int, node: Ints, place: Ints, p: Floats, mass: Ints, volume: Ints
) -> Floats:
    """What the carrier is expected to charge, by parcel, once its day has come; lines come back independently.

    Parameters
    ----------
    p, mass, volume
        Of each line of each parcel, shape (parcels, lines).
    """
    lines = p.shape[1]
    if lines <= _ONE_BY_ONE:
        inside = (np.arange(1, 1 << lines)[:, None] >> np.arange(lines)) & 1  # (combinations, lines)
        chance = np.where(inside.astype(bool), p[:, None, :], 1.0 - p[:, None, :]).prod(axis=2)
        weight, room = mass @ inside.T, volume @ inside.T
    else:
        chance = 1.0 - (1.0 - p).prod(axis=1, keepdims=True)
        weight, room = (np.rint((p * each).sum(axis=1, keepdims=True) / chance) for each in (mass, volume))
    node, place = (np.broadcast_to(ids[:, None], chance.shape).ravel() for ids in (node, place))
    t = np.full(node.size, tariff.world.end_s)
    grams, room = (each.astype(np.int64).ravel() for each in (weight, room))
    price = return_freight(tariff, service, node, place, grams, room, t)
    return np.asarray((price.reshape(chance.shape) * chance).sum(axis=1))


def _fees(world: World, orders: Table, happened: tuple[Table, ...], under_way: Table, out: Out) -> Entries:
    """Delivery fees that will be given back, where nothing of an order that was sent will have been kept."""
    lines, shipments, events, back = happened
    allowed = refundable(world)
    size = len(orders["order"])
    chance = np.zeros(size)
    if size and len(under_way["order"]):
        at = positions(orders["order"], under_way["order"])
        last = np.lexsort((under_way["sent_t"], at))
        chance[at[last]] = [float(allowed[int(reason)]) for reason in under_way["reason"][last].tolist()]
        chance *= nothing_left(orders, lines, events, back)
    chance[out.order] = out.every * allowed[int(Reason.RETURNED)]
    sent = shipments["order"][(shipments["picked_t"] >= 0) & (shipments["units"] > 0)]
    fee = np.where(np.isin(orders["order"], sent), orders["fee"], 0)
    row = {"order": orders["order"], "shipment": np.full(size, -1), "node": np.full(size, -1)}
    return [part(row, component=Component.FEE, amount=_whole(chance * fee))]


def _again(world: World, orders: Table, due: Table) -> Again:
    measured = orders["order"][(orders["t"] >= world.warm_up_s) & (orders["t"] < world.horizon_s)]
    mine = rows(due, np.isin(due["order"], measured))
    used = 0.0 if world.returns is None else 1.0 - world.returns.restock[mine["sku"]]
    units = mine["units_ppm"] / PPM * (1.0 - np.where(mine["reason"] == Reason.RETURNED, used, 0.0))
    return Again(mine["sku"].astype(np.int64), mine["node"].astype(np.int64), units)


def written_down(world: World, again: Sequence[Again], closing: NDArray[np.int32]) -> Table:
    """Rows of `accruals`: what the closing stock will be worth less than it cost for the units that measured orders
    still bring back, as in a longer run in which they would lie there: what will not sell any more is no gain when it
    comes back.

    Parameters
    ----------
    closing
        The retailer's units at the end, those on their way between nodes included, shape (S, N).
    """
    if not sum(len(one.sku) for one in again):
        return empty("accruals")
    units = np.zeros(closing.shape)
    for one in again:
        np.add.at(units, (one.sku, one.node), one.units)
    amount = expected_loss(world, closing + units, world.horizon_s) - expected_loss(world, closing, world.horizon_s)
    nodes = np.arange(len(amount))
    none = np.full(len(amount), -1)
    entry: Mapping[str, Column | int] = {
        "t": world.horizon_s - 1, "order": none, "shipment": none, "node": nodes, "component": Component.WRITE_DOWN,
        "amount": amount,
    }  # fmt: skip
    return table("accruals", [entry], "component")


def _whole(amount: Floats) -> Ints:
    return np.rint(amount).astype(np.int64)
