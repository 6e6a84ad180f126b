"""What became of each order: how much was sent, received, cancelled, by when, and from where.

An order is complete when every unit of its lines is received (delivered, or ready for collection), cancelled, or sent
back by the carrier; it is in full when none was cancelled or sent back. A shipment in which the picker found nothing
was not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import EventKind
from orchestrion.domain.facts import LINES, Table
from orchestrion.domain.picks import picks_of
from orchestrion.kpis.cases import Cases, Keys, Ratio
from orchestrion.kpis.columns import Array, Rows, first_at, flagged, highest_at, positions, summed, taken
from orchestrion.units import DAY

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


class OrderBook:
    """Orders, lines, shipments and events joined by order; arrays are by row of `orders` unless said otherwise."""

    def __init__(self, tables: Mapping[str, Table], measured: Flags) -> None:
        self.orders = tables["orders"]
        self.lines = tables["lines"]
        self.shipments = tables["shipments"]
        self.events = tables["events"]
        self.measured = measured
        self.size = measured.size

    # ---------------------------------------------------------------- orders

    @cached_property
    def keys(self) -> Keys:
        """Node: the one that sent the order's first shipment."""
        orders = self.orders
        return Keys(
            day=lambda: orders["t"] // DAY,
            node=lambda: self.lead_node,
            option=lambda: orders["option"],
            zone=lambda: orders["zone"],
            channel=lambda: orders["channel"],
        )

    def via(self, at: Rows) -> Keys:
        """The keys of the orders at these rows, for a table that hangs on them."""
        return Keys(
            day=lambda: taken(self.keys["day"], at),
            node=lambda: taken(self.keys["node"], at),
            option=lambda: taken(self.keys["option"], at),
            zone=lambda: taken(self.keys["zone"], at),
            channel=lambda: taken(self.keys["channel"], at),
        )

    def count(self, which: Flags) -> Cases:
        """The measured orders chosen, each counting one."""
        rows = np.flatnonzero(which & self.measured)
        return Cases(np.ones(rows.size, np.int64), self.keys, rows)

    def sum(self, values: Array, which: Flags, per: int = 1) -> Cases:
        """A number per order, to be added up over the measured orders chosen."""
        rows = np.flatnonzero(which & self.measured)
        return Cases(values[rows].astype(np.int64), self.keys, rows, per)

    def share(self, which: Flags, among: Flags) -> Ratio:
        """The share of the measured orders `among` that are also in `which`."""
        return Ratio(self.count(which & among), self.count(among))

    @cached_property
    def every(self) -> Flags:
        """All orders."""
        return np.ones(self.size, np.bool_)

    @cached_property
    def home(self) -> Flags:
        """Orders delivered to an address."""
        return np.asarray(self.orders["collect_at"] < 0)

    @cached_property
    def units(self) -> Ints:
        """Units accepted."""
        return summed(self.lines["qty"], self.line_order, self.size)

    @cached_property
    def units_received(self) -> Ints:
        """Units delivered, or ready for collection."""
        received = self.shipments["received_t"] >= 0
        return summed(np.where(received, self.shipments["units"], 0), self.shipment_order, self.size)

    @cached_property
    def units_cancelled(self) -> Ints:
        """Units withdrawn after acceptance."""
        return summed(self.events["qty"][self.cancellations], self.event_order[self.cancellations], self.size)

    @cached_property
    def units_sent_back(self) -> Ints:
        """Units that no door opened for; those that waited at a counter in vain count as received."""
        rows = np.flatnonzero(self.events["kind"] == EventKind.SENT_BACK)
        shipment = positions(self.shipments["shipment"], self.events["shipment"][rows])
        rows = rows[taken(self.shipments["received_t"], shipment) < 0]
        return summed(self.events["qty"][rows], self.event_order[rows], self.size)

    @cached_property
    def complete(self) -> Flags:
        """Orders with every unit received, cancelled or sent back."""
        return self.units_received + self.units_cancelled + self.units_sent_back >= self.units

    @cached_property
    def cancelled_in_full(self) -> Flags:
        """Orders of which nothing was left."""
        return (self.units_cancelled >= self.units) & (self.units_cancelled > 0)

    @cached_property
    def received(self) -> Flags:
        """Complete orders with at least one parcel received."""
        return self.complete & (self.last_received >= 0)

    @cached_property
    def last_received(self) -> Ints:
        """The moment the last parcel was received; -1 while none was [s]."""
        return highest_at(self.shipments["received_t"][self.sent], self.shipment_order[self.sent], self.size)

    @cached_property
    def kept_promise(self) -> Flags:
        """Orders complete by the moment promised, something having been received."""
        return self.received & (self.last_received <= self.orders["promised_t"])

    @cached_property
    def shipments_sent(self) -> Ints:
        """Shipments sent."""
        return np.bincount(self.shipment_order[self.sent_of_an_order], minlength=self.size)

    @cached_property
    def shipped(self) -> Flags:
        """Orders with at least one shipment sent."""
        return self.shipments_sent > 0

    @cached_property
    def parcels(self) -> Ints:
        """Parcels sent."""
        return summed(self.shipments["parcels"][self.sent], self.shipment_order[self.sent], self.size)

    @cached_property
    def lead_node(self) -> Ints:
        """The node that sent the first shipment; -1 while none was sent."""
        sent = self.sent
        return first_at(
            self.shipments["node"][sent], self.shipment_order[sent], self.shipments["shipment"][sent], self.size
        )

    @cached_property
    def hops(self) -> Ints:
        """How often the order had to be sourced again: the most of any of its lines."""
        return np.maximum(highest_at(self.events["hop"], self.event_order, self.size), 0)

    @cached_property
    def first_reason(self) -> Ints:
        """The reason of the first cancellation; -1 when there was none."""
        rows = self.cancellations
        return first_at(self.events["reason"][rows], self.event_order[rows], self.events["seq"][rows], self.size)

    # ---------------------------------------------------------------- lines

    @cached_property
    def line_order(self) -> Rows:
        """The order's row, by row of `lines`."""
        return positions(self.orders["order"], self.lines["order"])

    @cached_property
    def line_rows(self) -> Rows:
        """Rows of `lines` that belong to measured orders."""
        return np.flatnonzero(flagged(self.measured, self.line_order))

    @cached_property
    def line_received(self) -> Ints:
        """Units found by a picker and received by the customer, by row of `lines`."""
        rows = np.flatnonzero(self.events["kind"] == EventKind.PICKED)
        shipment = positions(self.shipments["shipment"], self.events["shipment"][rows])
        rows = rows[taken(self.shipments["received_t"], shipment) >= 0]
        return summed(self.events["qty"][rows], self.event_line[rows], self.lines["order"].size)

    def _line_key(self, order_row: Rows, line: Array) -> Ints:
        return np.where((order_row >= 0) & (line >= 0), order_row * LINES + line, -1).astype(np.int64)

    # ---------------------------------------------------------------- shipments

    @cached_property
    def shipment_order(self) -> Rows:
        """The order's row, by row of `shipments`."""
        return positions(self.orders["order"], self.shipments["order"])

    @cached_property
    def sent(self) -> Rows:
        """Rows of `shipments` that were sent: something was found in them."""
        return np.flatnonzero((self.shipments["units"] > 0) & (self.shipments["picked_t"] >= 0))

    @cached_property
    def sent_of_an_order(self) -> Rows:
        """Those that belong to an order of the table."""
        return self.sent[self.shipment_order[self.sent] >= 0]

    @cached_property
    def sent_measured(self) -> Rows:
        """Those that belong to a measured order."""
        rows = self.sent_of_an_order
        return rows[self.measured[self.shipment_order[rows]]]

    @cached_property
    def later_shipments(self) -> Rows:
        """Those of an order that had one sent already: what a split adds."""
        rows = self.sent_of_an_order
        rank = np.lexsort((self.shipments["shipment"][rows], self.shipment_order[rows]))
        ordered = rows[rank]
        order = self.shipment_order[ordered]
        return np.sort(ordered[1:][order[1:] == order[:-1]])

    @cached_property
    def shipment_keys(self) -> Keys:
        """By row of `shipments`; day: of the order; node: the sender."""
        shipments = self.shipments
        return self.via(self.shipment_order).also(node=lambda: shipments["node"], service=lambda: shipments["service"])

    # ---------------------------------------------------------------- events

    @cached_property
    def event_order(self) -> Rows:
        """The order's row, by row of `events`."""
        return positions(self.orders["order"], self.events["order"])

    @cached_property
    def event_line(self) -> Rows:
        """The line's row, by row of `events`; -1 for events of a whole shipment or order."""
        return self.line_at(self.event_order, self.events["line"])

    def line_at(self, order_row: Rows, line: Array) -> Rows:
        """The rows of lines known by the row of their order and their position in it; -1 where there is none."""
        known = self._line_key(self.line_order, self.lines["line"])
        rows = np.argsort(known, kind="stable")
        wanted = self._line_key(order_row, line)
        if not known.size:
            return np.full(wanted.size, -1, np.intp)
        at = np.minimum(np.searchsorted(known, wanted, sorter=rows), known.size - 1)
        return np.where((wanted >= 0) & (known[rows[at]] == wanted), rows[at], -1)

    @cached_property
    def picks(self) -> Table:
        """What pickers found of known lines, a row each: t, sku, node, qty."""
        return picks_of(self.events, self.lines)

    @cached_property
    def cancellations(self) -> Rows:
        """Rows of `events` that withdraw units."""
        return np.flatnonzero(self.events["kind"] == EventKind.CANCELLED)

    @cached_property
    def cancelled_measured(self) -> Rows:
        """Those of lines of measured orders."""
        rows = self.cancellations
        rows = rows[self.event_line[rows] >= 0]
        return rows[self.measured[self.event_order[rows]]]
