"""The retailer's accounts: every euro of the facts, in whole micro-euros, in exactly one block and at one node.

Blocks: revenue, goods, commission, cost to serve, stock costs; revenue less the four others is the contribution. A sale
belongs to the nodes that the scenario's rule credits (`domain.money.SaleCredit`), and its goods go with it; a cost
belongs to the node where it arises. What belongs to no node is the online account, -1: the sums over nodes and the
online account are the whole, exactly. A return undoes the sale where it was credited; the unit is again worth what it
cost, or was written off as a cost of the return. What is still to come back when the facts end is accrued like what
came back: refunds, goods, and what the returns will cost (`accruals`).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import COST_TO_SERVE, STOCK_COSTS, Channel, Component, EventKind, StockKind
from orchestrion.kpis.cases import Cases, Keys, Sum
from orchestrion.kpis.columns import Array, Rows, flagged, positions, taken
from orchestrion.kpis.terms import Terms
from orchestrion.units import MICRO, PPM

if TYPE_CHECKING:
    from orchestrion.kpis.reading import Reading

Ints = NDArray[np.int64]


def _share(amount: Ints, ppm: Ints | int) -> Ints:
    """A share of whole micro-euros, to the nearest; the sign kept apart so that an undone sale undoes exactly."""
    return np.asarray(np.sign(amount) * ((np.abs(amount) * ppm + PPM // 2) // PPM))


class Accounts:
    """The blocks of one reading, each made when first asked for."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._book = reading.book
        self.terms = Terms.of(reading.facts.dims.get("terms", {}))

    # ---------------------------------------------------------------- blocks

    @cached_property
    def revenue(self) -> Sum:
        """Sales without VAT and fees: orders less cancellations, refunds and returns still expected; counter sales."""
        return Sum((*self._sold_orders("revenue"), self._moved("revenue"), self._counter("revenue")))

    @cached_property
    def goods(self) -> Sum:
        """Purchase cost of what revenue counts as sold."""
        return Sum((*self._sold_orders("goods"), self._moved("goods"), self._counter("goods")))

    @cached_property
    def commission(self) -> Sum:
        """What marketplaces keep; what franchised stores get for shipping costs the online account as much."""
        amount, order, node = self._through("revenue")
        ours = flagged(self._franchised, node)
        paid = np.where(ours, _share(amount, self.terms.franchise_commission), 0)
        return Sum((*self.kept_by_marketplaces, self._transfer(-paid, order, node)))

    @cached_property
    def kept_by_marketplaces(self) -> tuple[Cases, ...]:
        """Their share of what their orders bring, part by part."""
        rate, parts = self.terms.marketplace_commission, self._sold_orders("revenue")
        markets = (part.keys["channel"] == Channel.MARKETPLACE for part in parts)
        return tuple(
            Cases(_share(part.values, np.where(market, rate, 0)), part.keys, None, MICRO)
            for part, market in zip(parts, markets, strict=True)
        )

    @cached_property
    def cost_to_serve(self) -> Cases:
        """Costs of the measured orders, those of returns still expected included, fees off."""
        return self.booked(COST_TO_SERVE)

    @cached_property
    def stock_costs(self) -> Cases:
        """Costs of holding, moving and losing stock."""
        return self.booked(STOCK_COSTS)

    @cached_property
    def margin(self) -> Sum:
        """Revenue less goods."""
        return self.revenue.less(self.goods)

    @property
    def margin_undone(self) -> int:
        """Margin that returns undid, those still expected included, micro-euros."""
        return sum(int(back["revenue"].sum() - back["goods"].sum()) for back in (self.came_back, self.still_due))

    @cached_property
    def contribution(self) -> Sum:
        """What is left of the revenue."""
        return self.margin.less(self.commission, self.cost_to_serve, self.stock_costs)

    def booked(self, components: tuple[Component, ...]) -> Cases:
        """Rows of `costs`, to be added up; by node: where they arise, else where their order was first sent from."""
        return self._entries("costs", components)

    @cached_property
    def accrued(self) -> Cases:
        """Of the cost to serve, what returns still expected will cost."""
        return self._entries("accruals", COST_TO_SERVE)

    def _entries(self, table: str, components: tuple[Component, ...]) -> Cases:
        costs, of_order = self._reading.booked(table)
        rows = np.flatnonzero(np.isin(costs["component"], components))
        keys = of_order.also(
            component=lambda: costs["component"],
            node=lambda: np.where(costs["node"] >= 0, costs["node"], of_order["node"]),
        )
        return Cases(costs["amount"][rows], keys, rows, MICRO)

    # ---------------------------------------------------------------- stock

    @cached_property
    def owned(self) -> Ints:
        """Purchase cost of the change of units owned, by row of `stock`: there, or on the way from another node."""
        stock = self._reading.table("stock")
        between = np.isin(stock["kind"], (StockKind.ORDERED, StockKind.RECEIVED)) & (stock["ref"] >= 0)
        units = stock["d_physical"] + np.where(between, stock["d_on_order"], 0)
        return np.asarray(units * self.unit_cost(stock["sku"]))

    @cached_property
    def opening_stock(self) -> int:
        """Purchase cost of the units owned when the measured time begins."""
        stock = self._reading.table("stock")
        before = (stock["t"] < self._reading.window[0]) | (stock["kind"] == StockKind.OPENING)
        return int(self.owned[before].sum())

    # ---------------------------------------------------------------- sales

    def net(self, amount: Array) -> Ints:
        """Micro-euros without VAT of amounts with it, each to the nearest."""
        with_vat = self._reading.with_vat
        return np.asarray((amount.astype(np.int64) * PPM + with_vat // 2) // with_vat)

    def unit_cost(self, sku: Array) -> Ints:
        """Purchase cost of one unit."""
        return taken(np.asarray(self._reading.dimension("skus", "cost"), np.int64), sku.astype(np.intp))

    def _value(self, what: str, sku: Array, qty: Array, price: Array) -> Ints:
        """Units as revenue (their price without VAT) or as goods (their purchase cost)."""
        units = qty.astype(np.int64)
        return self.net(units * price) if what == "revenue" else units * self.unit_cost(sku)

    def _sold_orders(self, what: str) -> tuple[Cases, ...]:
        """Orders as accepted, what was cancelled of them, what came back and what still will."""
        book, every = self._book, np.flatnonzero(self._book.measured)
        accepted = Cases(book.orders[what][every].astype(np.int64), self._ordered_keys(every), None, MICRO)
        less = (self.cancelled(what), self.came_back, self.still_due)
        return (accepted, *(self._off(what, part) for part in less))

    def cancelled(self, what: str) -> dict[str, Array]:
        """What was withdrawn from measured orders, a row each: amount, moment, row of the order."""
        book = self._book
        rows = book.cancelled_measured
        return {what: self._of_events(what, rows), "row": book.event_order[rows], "t": book.events["t"][rows]}

    def picked(self, what: str) -> dict[str, Array]:
        """What pickers found for measured orders, a row each: amount, row of the order, node, shipment."""
        book = self._book
        rows = np.flatnonzero(book.events["kind"] == EventKind.PICKED)
        rows = rows[(book.event_line[rows] >= 0) & flagged(book.measured, book.event_order[rows])]
        return {
            what: self._of_events(what, rows),
            "row": book.event_order[rows],
            "node": book.events["node"][rows],
            "shipment": book.events["shipment"][rows],
        }

    def _of_events(self, what: str, rows: Rows) -> Ints:
        book = self._book
        line = book.event_line[rows]
        return self._value(what, book.lines["sku"][line], book.events["qty"][rows], book.lines["price"][line])

    def _off(self, what: str, back: dict[str, Array], sign: int = -1) -> Cases:
        return Cases(sign * back[what], self._ordered_keys(back["row"]), None, MICRO)

    @cached_property
    def refunded(self) -> Cases:
        """Prices given back."""
        return self._off("revenue", self.came_back, 1)

    @cached_property
    def expected_back(self) -> Cases:
        """Prices expected to be given back after the end."""
        return self._off("revenue", self.still_due, 1)

    def _ordered_keys(self, order: Rows) -> Keys:
        """By row of `orders` -> keys; node: where it was ordered."""
        return self._book.via(order).also(node=lambda: self.ordered_at[order], row=lambda: order)

    @cached_property
    def ordered_at(self) -> Ints:
        """The store on whose tablet each order was placed; -1 for web, app and marketplace."""
        orders, requests = self._book.orders, self._reading.table("requests")
        at = positions(requests["request"], orders["order"])
        return np.where(orders["channel"] == Channel.STORE, taken(requests["node"], at), -1).astype(np.int64)

    def _counter(self, what: str) -> Cases:
        """Sales over the stores' counters."""
        reading, sales = self._reading, self._reading.store_sales
        requests = reading.requests
        values = self._value(what, reading.taken_sku[sales], requests["qty"][sales], np.zeros(sales.size, np.int64))
        if what == "revenue":
            values = self.net(reading.paid[sales])
        return Cases(values, reading.sale_keys, sales, MICRO)

    # ---------------------------------------------------------------- credit

    @cached_property
    def _franchised(self) -> NDArray[np.bool_]:
        return np.asarray(self._reading.dimension("nodes", "franchised"), np.bool_)

    def _through(self, what: str) -> tuple[Ints, Rows, Ints]:
        """What each pick of a measured order sold and returns undo, now or later: amount, order's row, picking node."""
        picks, back, due = self.picked(what), self.came_back, self.still_due
        return (
            np.concatenate([picks[what], -back[what], -due[what]]),
            np.concatenate([picks["row"], back["row"], due["row"]]).astype(np.intp),
            np.concatenate([picks["node"], back["sender"], due["sender"]]).astype(np.int64),
        )

    def _moved(self, what: str) -> Cases:
        """From where a unit was ordered to whom the rule credits; franchised stores get a commission instead."""
        amount, order, node = self._through(what)
        shipped = _share(amount, np.where(flagged(self._franchised, node), 0, self.terms.credit_shipping))
        collected = _share(amount, self.terms.credit_collection)
        collect_at = self._book.orders["collect_at"][order].astype(np.int64)
        return self._transfer(
            np.concatenate([shipped, collected]), np.concatenate([order, order]), np.concatenate([node, collect_at])
        )

    def _transfer(self, amount: Ints, order: Rows, node: Ints) -> Cases:
        """From the node where the order was placed to another: nothing for the whole."""
        kept = (amount != 0) & (node >= 0)
        amount, order, node = amount[kept], order[kept], node[kept]
        both = np.concatenate([order, order])
        ends = np.concatenate([node, self.ordered_at[order]])
        return Cases(
            np.concatenate([amount, -amount]), self._book.via(both).also(node=lambda: ends), None, MICRO
        )

    # ---------------------------------------------------------------- returns

    @cached_property
    def came_back(self) -> dict[str, Array]:
        """What came back of measured orders, a row each: revenue refunded, goods, row of the order, who had sent it."""
        book, returns = self._book, self._reading.table("returns")
        at = positions(book.orders["order"], returns["order"])
        kept = np.flatnonzero(flagged(book.measured, at))
        shipment = positions(book.shipments["shipment"], returns["shipment"][kept])
        return {
            "row": at[kept],
            "t": returns["t"][kept],
            "sender": taken(book.shipments["node"], shipment),
            "revenue": returns["refund"][kept].astype(np.int64),
            "goods": returns["qty"][kept] * self.unit_cost(returns["sku"][kept]),
        }

    @cached_property
    def still_due(self) -> dict[str, Array]:
        """Returns of measured orders expected after the end, a row each: revenue, goods, row of the order, the sender.

        What came back is not sold, whatever becomes of it; what cannot be sold again is a cost of the return.
        """
        book, due = self._book, self._reading.table("returns_due")
        row = positions(book.orders["order"], due["order"])
        kept = np.flatnonzero(flagged(book.measured, row))
        row, units = row[kept], due["units_ppm"][kept]
        price = book.lines["price"][book.line_at(row, due["line"][kept])]
        worth = {"revenue": self.net(price), "goods": self.unit_cost(due["sku"][kept])}
        sender = taken(book.shipments["node"], positions(book.shipments["shipment"], due["shipment"][kept]))
        return {"row": row, "sender": sender} | {what: (units * each + PPM // 2) // PPM for what, each in worth.items()}
