"""One replication's facts as KPIs look at them: the measured time, who asked, what was on show, what was booked.

Requests and orders belong to the measured time by the moment they were placed; whatever happens to those orders
afterwards counts, the run-off included. Spells are cut to the measured time. A cost follows its order; one without an
order counts by its own moment. Everything is made when first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import ONLINE_CHANNELS, Channel, Outcome, Reason, Role, Scope
from orchestrion.domain.facts import Facts, Table, empty
from orchestrion.errors import LedgerError
from orchestrion.kpis.accounts import Accounts
from orchestrion.kpis.cases import Cases, Durations, Keys
from orchestrion.kpis.cash import Cash
from orchestrion.kpis.columns import Array, Rows, flagged, positions, taken
from orchestrion.kpis.order_book import OrderBook
from orchestrion.units import DAY

Flags = NDArray[np.bool_]
_NEVER_FOUND = (Reason.NO_STOCK, Reason.TOO_MANY_HOPS, Reason.PHANTOM)


class Reading:
    """One replication's facts, read once for all KPIs; or a part of them.

    Parameters
    ----------
    opening_before
        Purchase cost of the opening stock in earlier parts, micro-euros.
    """

    def __init__(self, facts: Facts, opening_before: int = 0) -> None:
        self.facts = facts
        self.opening_before = opening_before
        self.window = (facts.warm_up_s, facts.horizon_s)
        # the time and the places that there are belong to one part
        self.speaks_for_all = facts.part in ("all", "house")

    def table(self, name: str) -> Table:
        """A fact table; without rows when the facts do not have it."""
        table = self.facts.tables.get(name)
        return empty(name) if table is None else table

    def dimension(self, name: str, attribute: str) -> Sequence[Any] | Array:
        """An attribute of a dimension table; empty when the facts do not have it."""
        return self.facts.dims.get(name, {}).get(attribute, ())

    def measured(self, t: Array) -> Flags:
        """Which moments lie in the measured time."""
        return np.asarray((t >= self.window[0]) & (t < self.window[1]))

    # ---------------------------------------------------------------- who and what

    @cached_property
    def categories(self) -> list[str]:
        """Categories of SKUs by name; a category's group id is its place here."""
        return sorted({str(name) for name in self.dimension("skus", "category")})

    @cached_property
    def sku_category(self) -> NDArray[np.int64]:
        """The category of each SKU, shape (SKUs,)."""
        index = {name: i for i, name in enumerate(self.categories)}
        return np.array([index[str(name)] for name in self.dimension("skus", "category")], np.int64)

    @cached_property
    def web_ranged(self) -> Flags:
        """Whether the web sells each SKU, shape (SKUs,)."""
        return np.asarray(self.dimension("skus", "web_ranged"), np.bool_)

    @cached_property
    def stores(self) -> Flags:
        """Whether each node is a store, shape (nodes,)."""
        roles = self.dimension("nodes", "role")
        return np.array([role in (Role.STORE, Role.STORE.key, Role.STORE.name) for role in roles], np.bool_)

    @cached_property
    def with_vat(self) -> int:
        """Micro-euros, VAT included, in a euro without VAT: divides list prices into revenue."""
        rate = self.dimension("economics", "vat_ppm")
        if len(rate) != 1:
            raise LedgerError(
                "dims.economics.vat_ppm: one row is needed to take VAT out of store sales; write the VAT rate "
                "in parts per million (200000 for 20 %)"
            )
        return 1_000_000 + int(rate[0])

    # ---------------------------------------------------------------- requests

    @cached_property
    def requests(self) -> Table:
        """Requests of the measured time."""
        table = self.table("requests")
        kept = self.measured(table["t"])
        return table if kept.all() else {name: column[kept] for name, column in table.items()}

    @cached_property
    def request_keys(self) -> Keys:
        """Node: the walk-in's store, or the collection store wished."""
        rows = self.requests
        return Keys(
            day=lambda: rows["t"] // DAY,
            node=lambda: rows["node"],
            option=lambda: rows["option"],
            zone=lambda: rows["zone"],
            channel=lambda: rows["channel"],
            sku=lambda: rows["sku"],
            category=lambda: taken(self.sku_category, rows["sku"]),
        )

    @cached_property
    def request_keys_and_reason(self) -> Keys:
        """The same, and the reason of what went wrong."""
        return self.request_keys.also(reason=lambda: self.requests["reason"])

    @cached_property
    def online(self) -> Flags:
        """Requests made on the web, in the app or on a marketplace."""
        return np.isin(self.requests["channel"], ONLINE_CHANNELS)

    @cached_property
    def walk_in(self) -> Flags:
        """Requests made by people in a store."""
        return np.asarray(self.requests["channel"] == Channel.WALK_IN)

    @cached_property
    def lost(self) -> Flags:
        """Requests lost to the retailer, accepted ones that were cancelled included."""
        return np.isin(self.requests["outcome"], (Outcome.LOST, Outcome.CANCELLED))

    @cached_property
    def lost_unavailable(self) -> Flags:
        """Requests lost because the goods were not to be had: shown as unavailable, or accepted and never found."""
        outcome, reason = self.requests["outcome"], self.requests["reason"]
        turned_away = (outcome == Outcome.LOST) & (reason == Reason.UNAVAILABLE)
        never_found = (outcome == Outcome.CANCELLED) & np.isin(reason, _NEVER_FOUND)
        return np.asarray(turned_away | never_found)

    @cached_property
    def online_value(self) -> Cases:
        """List value of all potential online lines: what most shares are shares of."""
        return self.asked("value", self.online)

    def asked(self, column: str, which: Flags, *, reasons: bool = False, per: int = 1) -> Cases:
        """A column of the requests chosen, to be added up."""
        rows = np.flatnonzero(which)
        keys = self.request_keys_and_reason if reasons else self.request_keys
        return Cases(self.requests[column][rows].astype(np.int64), keys, rows, per)

    @cached_property
    def store_sales(self) -> Rows:
        """Requests that ended as a sale over a store's counter, moved ones included; not those that became an order."""
        outcome = self.requests["outcome"]
        bought = np.isin(outcome, (Outcome.SERVED, Outcome.SERVED_LATER, Outcome.MOVED_TO_OTHER_STORE))
        moved = self.online & (outcome == Outcome.MOVED_TO_STORE)
        swapped = (outcome == Outcome.SUBSTITUTED) & (self.requests["served_at"] >= 0)
        return np.flatnonzero(((self.walk_in & bought) | moved | swapped) & (self.requests["order"] < 0))

    @cached_property
    def paid(self) -> Array:
        """What a store's counter took for each request, micro-euros with VAT, were it sold over one."""
        paid = self.requests["paid"]
        return np.where(paid >= 0, paid, self.requests["value"])

    @cached_property
    def taken_sku(self) -> Array:
        """The SKU that each request ended with: the one asked for, or its substitute."""
        substitute = self.requests["substitute"]
        return np.where(substitute >= 0, substitute, self.requests["sku"])

    @cached_property
    def sale_keys(self) -> Keys:
        """As for requests; node: the store that handed the units over."""
        served, asked = self.requests["served_at"], self.requests["node"]
        return self.request_keys.also(node=lambda: np.where(served >= 0, served, asked))

    def asked_while_out(self, scope: Scope, who: Flags) -> Flags:
        """Of these requests, those made while there was none of the SKU: on the web, on the store's shelf, anywhere.

        Whoever is served in the very second a spell begins took the last unit and saw it: not counted.
        """
        spells, rows = self.spells(scope), np.flatnonzero(who)
        out = np.zeros(who.size, np.bool_)
        if not spells["sku"].size or not rows.size:
            return out
        t, what = self.requests["t"][rows], self.requests["sku"][rows].astype(np.int64)
        missing = spells["sku"].astype(np.int64)
        if scope == Scope.SHELF:
            nodes = int(max(spells["node"].max(), self.requests["node"].max())) + 2
            missing, what = missing * nodes + spells["node"] + 1, what * nodes + self.requests["node"][rows] + 1
        ends = np.where(spells["to_t"] < 0, self.facts.end_s, spells["to_t"])
        span = int(max(t.max(), spells["from_t"].max(), ends.max())) + 1  # what and when in one sortable number
        begin = missing * span + spells["from_t"]
        order = np.argsort(begin, kind="stable")
        begin, end = begin[order], (missing * span + ends)[order]
        end = np.maximum.accumulate(end)
        asked = what * span + t
        last = np.searchsorted(begin, asked, side="right") - 1
        inside = (last >= 0) & (asked < end[last])
        accepted = np.isin(self.requests["outcome"][rows], (Outcome.SERVED, Outcome.CANCELLED))
        out[rows] = inside & ~((begin[last] == asked) & accepted)
        return out

    # ---------------------------------------------------------------- spells

    def spells(self, scope: Scope) -> Table:
        """Spells of one scope, uncut."""
        table = self.table("spells")
        kept = table["scope"] == scope
        return {name: column[kept] for name, column in table.items()}

    def _told_once(self, scope: Scope) -> Table:
        """Spells of one scope, but for those that are here because these customers met them: other parts have them."""
        return empty("spells") if self.facts.part == "customers" else self.spells(scope)

    def catalogue_spells(self, scope: Scope, skus: Flags) -> tuple[Durations, Durations]:
        """Time that SKUs are out of stock, and the time that there is, over the SKUs chosen."""
        spells = self._told_once(scope)
        kept = np.flatnonzero(flagged(skus, spells["sku"]))
        ids = np.flatnonzero(skus)
        keys = self._sku_keys(spells["sku"][kept])
        out = Durations.clipped(spells["from_t"][kept], spells["to_t"][kept], keys, self.window)
        whole = self._whole_window(np.ones(ids.size, np.int64), self._sku_keys(ids))
        return out, whole

    def shelf_spells(self) -> tuple[Durations, Durations]:
        """Time that store shelves are empty, and the time that there is, over the SKUs each store is meant to hold."""
        spells = self._told_once(Scope.SHELF)
        kept = np.flatnonzero(flagged(self.stores, spells["node"]))
        node = spells["node"][kept]
        out = Durations.clipped(spells["from_t"][kept], spells["to_t"][kept], Keys.of({"node": node}), self.window)
        ranged = np.asarray(self.dimension("nodes", "ranged"), np.int64)
        ids = np.flatnonzero(self.stores[: ranged.size])
        return out, self._whole_window(ranged[ids], Keys.of({"node": ids}))

    def _sku_keys(self, sku: Array) -> Keys:
        return Keys(sku=lambda: sku, category=lambda: taken(self.sku_category, sku.astype(np.intp)))

    def _whole_window(self, weight: NDArray[np.int64], keys: Keys) -> Durations:
        begin, end = self.window if self.speaks_for_all else (self.window[0], self.window[0])
        return Durations(np.full_like(weight, begin), np.full_like(weight, end), weight, keys)

    # ---------------------------------------------------------------- orders and what is booked on them

    @cached_property
    def book(self) -> OrderBook:
        """What became of the orders."""
        tables = {name: self.table(name) for name in ("orders", "lines", "shipments", "events")}
        return OrderBook(tables, self.measured(tables["orders"]["t"]))

    @cached_property
    def line_keys(self) -> Keys:
        """By row of `lines`: the keys of their orders, and what was ordered."""
        book = self.book
        sku = book.lines["sku"]
        return book.via(book.line_order).also(
            sku=lambda: sku, category=lambda: taken(self.sku_category, sku.astype(np.intp))
        )

    @cached_property
    def picks(self) -> Table:
        """What pickers found, a row each: t, sku, node, qty."""
        return self.facts.tables.get("picks") or self.book.picks

    @cached_property
    def accounts(self) -> Accounts:
        """Every euro, in its block and at its node."""
        return Accounts(self)

    @cached_property
    def cash(self) -> Cash:
        """When the money moves."""
        return Cash(self)

    def booked(self, name: str) -> tuple[Table, Keys]:
        """Rows of `costs` or `emissions` that belong to the measured time, and what they may be grouped by.

        Costs are those booked and those accrued.
        Node: the one that sent the first shipment of the row's order.
        """
        if name not in self._booked:
            self._booked[name] = self._book_rows(self._costs if name == "costs" else self.table(name))
        return self._booked[name]

    @cached_property
    def _costs(self) -> Table:
        costs, accruals = self.table("costs"), self.table("accruals")
        return {name: np.concatenate([costs[name], accruals[name]]) for name in accruals}

    @cached_property
    def _booked(self) -> dict[str, tuple[Table, Keys]]:
        return {}

    def _book_rows(self, table: Mapping[str, Array]) -> tuple[Table, Keys]:
        at = positions(self.book.orders["order"], table["order"])
        t = np.where(at >= 0, taken(self.book.orders["t"], at), table["t"])
        kept = np.flatnonzero(self.measured(t))
        rows: Table = {column: values[kept] for column, values in table.items()}
        at = at[kept]
        return rows, self.book.via(at).also(day=lambda: t[kept] // DAY)

    @cached_property
    def work(self) -> Table:
        """Intervals of work that begin in the measured time."""
        table = self.table("work")
        kept = self.measured(table["from_t"])
        return {name: column[kept] for name, column in table.items()}
