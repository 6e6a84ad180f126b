"""When money moves: every payment behind the accounts on its day, without VAT, by the scenario's terms.

The customers, counters and costs are those of the measured time, followed to their last payment; suppliers are paid for
what they deliver in it. The stock there at its beginning is money already spent: the curve begins that far below zero,
less what of it is still to be paid. VAT is left out throughout, as if it were settled on the day it is charged. Holding
and expected losses are no payments, nor is a write-off: the goods were paid for when they were bought. What suppliers
take back brings what is not written off. Orders still open at the end are charged then, as the accounts count them as
sold; refunds still expected are paid then. So the last balance is

    contribution + goods + holding and expected losses + returns written off + cost of what left without a customer
    - purchases - stock at the beginning, at cost,

exactly.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import LABOUR, Channel, Component, StockKind
from orchestrion.kpis.columns import Array, highest_at, positions, summed, taken
from orchestrion.units import DAY, PPM

if TYPE_CHECKING:
    from orchestrion.kpis.reading import Reading

Ints = NDArray[np.int64]

CARRIERS = (
    Component.CARRIAGE, Component.SHUTTLE, Component.TRANSFER, Component.FAILED_DELIVERY, Component.RETURN_CARRIAGE,
    Component.REPLENISHMENT, Component.REPATRIATION,
)  # fmt: skip
SERVICES = (Component.PACKAGING, Component.CARE)
AT_THE_TILL = (Component.MARKDOWN,)  # less money for what is sold
NO_PAYMENT = (Component.HOLDING, Component.WRITE_DOWN, Component.RETURN_WRITE_OFF)
# units that leave otherwise than with customers: what is not written off of them comes back as a credit note
GONE = (
    StockKind.NOT_FOUND, StockKind.SHRUNK, StockKind.MISPLACED, StockKind.FOUND, StockKind.SENT_BACK,
    StockKind.GIVEN_AWAY,
)  # fmt: skip
ITEMS = (
    "opening stock", "online customers", "counters", "marketplaces", "delivery fees", "cancellations", "refunds",
    "suppliers", "carriers", "labour", "services", "markdowns",
    "credit notes",
)  # fmt: skip


class Moves(NamedTuple):
    """Payments: place in `ITEMS`, day from the start, micro-euros (positive: to us). Equally long."""

    item: NDArray[np.int64]
    day: NDArray[np.int64]
    amount: NDArray[np.int64]


def month_end(day: Ints, start: int) -> Ints:
    """The last day of the month in which a day lies, both counted from the start, an ordinal date.

    >>> import datetime
    >>> month_end(np.array([0, 30, 31]), datetime.date(2024, 1, 1).toordinal())
    array([30, 30, 59])
    """
    epoch = np.datetime64("1970-01-01", "D")
    offset = start - 719_163  # the ordinal of 1970-01-01
    dates: Any = epoch + np.asarray(day + offset).astype("timedelta64[D]")
    months = dates.astype("datetime64[M]") + np.timedelta64(1, "M")
    last = months.astype("datetime64[D]") - np.timedelta64(1, "D")
    return np.asarray((last - epoch).astype(np.int64) - offset)


class Cash:
    """All payments of one reading."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._book = reading.book
        self._accounts = reading.accounts
        self._terms = reading.accounts.terms
        self._end = reading.facts.end_s

    @cached_property
    def moves(self) -> Moves:
        """Every payment, item by item."""
        found: list[tuple[str, Array, Array]] = [
            *self._orders(),
            *self._came_back(),
            self._counters(),
            *self._costs(),
            *self._suppliers(),
        ]
        return Moves(
            np.concatenate([np.full(len(day), ITEMS.index(name), np.int64) for name, day, _ in found]),
            np.concatenate([np.asarray(day, np.int64) for _, day, _ in found]),
            np.concatenate([np.asarray(amount, np.int64) for _, _, amount in found]),
        )

    # ---------------------------------------------------------------- customers

    @cached_property
    def _later(self) -> NDArray[np.bool_]:
        """Orders charged as their parcels leave, by row of `orders`."""
        channel = self._book.orders["channel"]
        ours = np.isin(channel, (Channel.WEB, Channel.APP)) & bool(self._terms.capture_at_hand_over)
        return np.asarray(ours | (channel == Channel.MARKETPLACE))

    @cached_property
    def _delay(self) -> Ints:
        """Days from the charge to our account, by row of `orders`."""
        channel, terms = self._book.orders["channel"], self._terms
        counter = np.isin(channel, (Channel.STORE, Channel.WALK_IN))
        days = np.where(counter, terms.store_days, terms.online_days)
        return np.asarray(np.where(channel == Channel.MARKETPLACE, terms.marketplace_days, days), np.int64)

    @cached_property
    def _last_handed(self) -> Ints:
        """When the last parcel of each order left; the end while none did."""
        book = self._book
        handed = highest_at(book.shipments["handed_t"], book.shipment_order, book.size)
        return np.where(handed >= 0, handed, self._end)

    def _orders(self) -> list[tuple[str, Array, Array]]:
        book, accounts = self._book, self._accounts
        every = np.flatnonzero(book.measured)
        revenue = book.orders["revenue"].astype(np.int64)
        cancelled = accounts.cancelled("revenue")
        off = summed(cancelled["revenue"], cancelled["row"], book.size)
        at_once, later = every[~self._later[every]], every[self._later[every]]
        with_order = ~self._later[cancelled["row"]]
        picks = accounts.picked("revenue")
        taken_along = self._later[picks["row"]]
        row, amount = picks["row"][taken_along], picks["revenue"][taken_along]
        shipment = positions(book.shipments["shipment"], picks["shipment"][taken_along])
        handed = taken(book.shipments["handed_t"], shipment)
        handed = np.where(handed >= 0, handed, self._end)
        rest = (revenue - off - summed(amount, row, book.size))[later]
        commission = np.zeros(book.size, np.int64)
        for part in accounts.kept_by_marketplaces:
            commission += summed(part.values, part.keys["row"].astype(np.intp), book.size)
        market = np.flatnonzero(commission)
        days = self._last_handed[market] // DAY + self._delay[market]
        found = [
            ("online customers", book.orders["t"][at_once] // DAY + self._delay[at_once], revenue[at_once]),
            (
                "cancellations",
                cancelled["t"][with_order] // DAY + self._terms.refund_days,
                -cancelled["revenue"][with_order],
            ),
            ("marketplaces", days, -commission[market]),
        ]
        marketplace = book.orders["channel"] == Channel.MARKETPLACE
        for name, which in (("marketplaces", True), ("online customers", False)):
            mine, left = marketplace[row] == which, marketplace[later] == which
            found.append((name, handed[mine] // DAY + self._delay[row[mine]], amount[mine]))
            at = later[left]
            found.append((name, self._end // DAY + self._delay[at], rest[left]))
        return found

    def _came_back(self) -> list[tuple[str, Array, Array]]:
        accounts, days = self._accounts, self._terms.refund_days
        back, due = accounts.came_back, accounts.still_due
        return [
            ("refunds", back["t"] // DAY + days, -back["revenue"]),
            ("refunds", np.full(due["revenue"].size, self._end // DAY + days), -due["revenue"]),
        ]

    def _counters(self) -> tuple[str, Array, Array]:
        reading, sales = self._reading, self._reading.store_sales
        t = np.maximum(reading.requests["resolved_t"], reading.requests["t"])[sales]
        return "counters", t // DAY + self._terms.store_days, self._accounts.net(reading.paid[sales])

    # ---------------------------------------------------------------- others

    def _costs(self) -> list[tuple[str, Array, Array]]:
        costs, terms, book = self._reading.booked("costs")[0], self._terms, self._book
        day, out = costs["t"] // DAY, -costs["amount"].astype(np.int64)
        wages = month_end(day, terms.start) if terms.wages_month_end else day
        order = positions(book.orders["order"], costs["order"])
        known = np.maximum(order, 0)
        later = (order >= 0) & taken(self._later, order).astype(bool) if book.size else np.zeros(day.size, bool)
        charged = np.where(later, taken(self._last_handed, order) // DAY, day)
        fees = charged + np.where(order >= 0, self._delay[known] if book.size else 0, 0)
        fees = np.where(out < 0, day + terms.refund_days, fees)  # a fee given back
        kinds: tuple[tuple[str, tuple[Component, ...], Array], ...] = (
            ("delivery fees", (Component.FEE,), fees),
            ("carriers", CARRIERS, day + terms.carrier_days),
            ("labour", LABOUR, wages),
            ("services", SERVICES, day + terms.other_days),
            ("markdowns", AT_THE_TILL, day + terms.store_days),
            ("credit notes", (Component.WRITE_OFF,), self._supplier_pays(costs["t"])),
        )
        found = []
        for name, components, when in kinds:
            rows = np.isin(costs["component"], components)
            found.append((name, when[rows], out[rows]))
        return found

    def _suppliers(self) -> list[tuple[str, Array, Array]]:
        reading, terms = self._reading, self._terms
        stock, first = reading.table("stock"), reading.window[0]
        worth = stock["d_physical"] * self._accounts.unit_cost(stock["sku"])
        bought = (stock["kind"] == StockKind.RECEIVED) & (stock["ref"] < 0) & reading.measured(stock["t"])
        gone = np.isin(stock["kind"], GONE) & reading.measured(stock["t"])
        there = reading.accounts.opening_stock
        before = reading.opening_before  # rounded once for all parts together
        paid = (((before + there) * terms.opening_paid + PPM // 2) // PPM) - (
            (before * terms.opening_paid + PPM // 2) // PPM
        )
        return [
            ("opening stock", np.array([first // DAY]), np.array([-paid])),
            ("suppliers", self._supplier_pays(np.array([first])), np.array([paid - there])),
            ("suppliers", self._supplier_pays(stock["t"][bought]), -worth[bought]),
            ("credit notes", self._supplier_pays(stock["t"][gone]), -worth[gone]),
        ]

    def _supplier_pays(self, received: Array) -> Array:
        """Days on which what was received is paid for."""
        due = received // DAY + self._terms.supplier_days
        return month_end(due, self._terms.start) if self._terms.supplier_month_end else due
