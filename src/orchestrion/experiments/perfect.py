"""Sourcing as booked, beside a relaxation below what any policy could book, order by order.

For the very units that an alternative sent to its measured orders (`experiments.everywhere`). Only what sourcing
decides is compared: fees, care, returns and failed deliveries are left to luck and customers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import EventKind
from orchestrion.domain.facts import Facts
from orchestrion.domain.orders import Line, Order
from orchestrion.experiments.everywhere import Everywhere
from orchestrion.experiments.hindsight import SOURCING
from orchestrion.kpis.reading import Reading

Ints = NDArray[np.int64]
_LINES = 1 << 15  # more lines than an order can have


@dataclass(frozen=True, slots=True)
class Bounded:
    """Measured orders of one replication, by order id.

    Attributes
    ----------
    order
        Orders of which something was picked or for which sourcing cost something.
    booked
        What sourcing them cost, micro-euros.
    least
        What it may have cost at least, micro-euros; -1 where no bound is known.
    sent
        How many measured orders had a shipment sent: what the KPI of cost to serve divides by.
    why
        For the first order without a bound, why it has none; "" when all have one.
    """

    order: Ints
    booked: Ints
    least: Ints
    sent: int
    why: str = ""


def bounded(everywhere: Everywhere, facts: Facts) -> Bounded:
    """The measured orders of one replication: what sourcing each cost, and what it may have cost at least."""
    book = Reading(facts).book
    measured = np.sort(book.orders["order"][book.measured].astype(np.int64))
    costs = facts["costs"]
    rows = np.flatnonzero(np.isin(costs["component"], SOURCING) & np.isin(costs["order"], measured))
    booked = np.zeros(measured.size, np.int64)
    np.add.at(booked, np.searchsorted(measured, costs["order"][rows]), costs["amount"][rows].astype(np.int64))
    least = np.zeros(measured.size, np.int64)
    why = ""
    for order in sent_orders(facts, measured):
        bound, reason = everywhere.bound(order)
        least[np.searchsorted(measured, order.id)] = bound
        why = why or reason
    some = (booked != 0) | (least != 0)
    return Bounded(measured[some], booked[some], least[some], int((book.shipped & book.measured).sum()), why)


def sent_orders(facts: Facts, orders: Ints) -> list[Order]:
    """These orders with the lines and units that were picked for them, over all shipments; those with none left out."""
    events, lines, table = facts["events"], facts["lines"], facts["orders"]
    picked = np.flatnonzero(
        (events["kind"] == EventKind.PICKED) & (events["qty"] > 0) & np.isin(events["order"], orders)
    )
    keys, where = np.unique(_key(events["order"][picked], events["line"][picked]), return_inverse=True)
    units = np.zeros(keys.size, np.int64)
    np.add.at(units, where, events["qty"][picked])
    of_line = _key(lines["order"], lines["line"])
    by_key = np.argsort(of_line, kind="stable")
    at = by_key[np.searchsorted(of_line[by_key], keys)]
    slips: dict[int, list[Line]] = {}
    for key, qty, sku, request in zip(
        keys.tolist(), units.tolist(), lines["sku"][at].tolist(), lines["request"][at].tolist(), strict=True
    ):
        slips.setdefault(key // _LINES, []).append(Line(key // _LINES, key % _LINES, sku, qty, request))
    columns = [name for name in Order._fields if name in table]
    rows = zip(table["order"].tolist(), *(table[column].tolist() for column in columns), strict=True)
    return [
        Order(id=id, lines=tuple(slips[id]), **dict(zip(columns, row, strict=True))) for id, *row in rows if id in slips
    ]


def _key(order: NDArray[np.int32], line: NDArray[np.int16]) -> Ints:
    return np.asarray(order.astype(np.int64) * _LINES + line)
