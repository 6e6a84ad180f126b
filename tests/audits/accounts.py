"""Audits of money: every euro of the facts in one block, once; by order, component and node the same; then cash."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from orchestrion.domain.codes import COST_TO_SERVE, STOCK_COSTS, Channel, Component, EventKind, Outcome, StockKind
from orchestrion.domain.facts import Facts
from orchestrion.domain.world import World
from orchestrion.kpis import measure
from orchestrion.kpis.cash import GONE, NO_PAYMENT
from orchestrion.kpis.reading import Reading
from orchestrion.units import DAY


def books_balance(world: World, facts: Facts) -> None:
    """All audits of money."""
    costs_are_counted_once(facts)
    nodes_add_up(facts)
    sales_are_what_was_sold(world, facts)
    stock_is_held_by_the_day(facts)
    what_is_lost_is_written_off(facts)
    cash_ends_where_the_accounts_say(facts)


def _measured_costs(facts: Facts) -> dict[int, int]:
    """Micro-euros by component, row by row: a cost follows its order, one without order its own moment."""
    placed = dict(zip(facts["orders"]["order"].tolist(), facts["orders"]["t"].tolist(), strict=True))
    found: dict[int, int] = defaultdict(int)
    columns = ("t", "order", "component", "amount")
    both = {c: [*facts["costs"][c].tolist(), *facts["accruals"][c].tolist()] for c in columns}
    for t, order, component, amount in zip(*both.values(), strict=True):
        if facts.warm_up_s <= placed.get(order, t) < facts.horizon_s:
            found[component] += amount
    return found


def costs_are_counted_once(facts: Facts) -> None:
    """Each component belongs to one block; the blocks hold every measured euro; by component they are the same."""
    accounts = Reading(facts).accounts
    booked = _measured_costs(facts)
    for block, components in ((accounts.cost_to_serve, COST_TO_SERVE), (accounts.stock_costs, STOCK_COSTS)):
        assert block.total() == sum(booked[c] for c in components)
        by_component = block.by("component")
        assert by_component is not None
        assert [int(x) for x in by_component] == [booked[c] if c in components else 0 for c in range(len(by_component))]
    assert block.total() + accounts.cost_to_serve.total() == sum(booked.values())
    # what a shipment costs when it is sent, it costs once
    once = np.isin(facts["costs"]["component"], (Component.PICKING, Component.PACKAGING, Component.CARRIAGE))
    sent = list(zip(*(facts["costs"][c][once].tolist() for c in ("shipment", "component")), strict=True))
    assert len(sent) == len(set(sent)), "a shipment was paid for twice"


def nodes_add_up(facts: Facts) -> None:
    """Every block over the nodes and the online account is the whole, to the micro-euro; so is every block by day."""
    accounts = Reading(facts).accounts
    nodes = len(facts.dims["nodes"]["key"])
    blocks = (accounts.revenue, accounts.goods, accounts.commission, accounts.cost_to_serve, accounts.stock_costs)
    left = 0
    for block, sign in zip(blocks, (1, -1, -1, -1, -1), strict=True):
        by_node = np.zeros(nodes + 1, np.int64)
        for part in getattr(block, "parts", (block,)):
            at = part.keys["node"] if part.rows is None else part.keys["node"][part.rows]
            np.add.at(by_node, at, part.values)  # -1 is the last: the online account
        grouped = block.by("node")
        assert grouped is not None
        assert by_node[: grouped.size].tolist() == grouped.tolist()
        assert not by_node[grouped.size : nodes].any()
        by_day = block.by("day")
        assert by_day is not None
        assert int(by_node.sum()) == block.total() == int(by_day.sum())
        left += sign * int(by_node.sum())
    assert left == accounts.contribution.total()


def sales_are_what_was_sold(world: World, facts: Facts) -> None:
    """Revenue, goods and commission from the tables, one customer after another; each sale rounded once."""
    vat, ppm = round(world.economics.vat * 1e6), round(world.economics.marketplace_commission * 1e6)
    accounts = Reading(facts).accounts

    def net(amount: int) -> int:
        return round(amount * 1_000_000 / (1_000_000 + vat))

    revenue = goods = commission = rows = 0
    inside = {}
    columns = ("order", "t", "channel", "revenue", "goods")
    for order, t, channel, price, cost in zip(*(facts["orders"][c].tolist() for c in columns), strict=True):
        if facts.warm_up_s <= t < facts.horizon_s:
            inside[order] = channel
            revenue, goods, rows = revenue + price, goods + cost, rows + 1
            commission += price if channel == Channel.MARKETPLACE else 0
    line = {
        (o, n): (p, s)
        for o, n, p, s in zip(*(facts["lines"][c].tolist() for c in ("order", "line", "price", "sku")), strict=True)
    }
    events = facts["events"]
    for kind, o, n, q in zip(*(events[c].tolist() for c in ("kind", "order", "line", "qty")), strict=True):
        if kind == EventKind.CANCELLED and o in inside:
            price, sku = line[o, n]
            revenue, goods, rows = revenue - net(price * q), goods - q * int(world.skus.cost[sku]), rows + 1
            commission -= net(price * q) if inside[o] == Channel.MARKETPLACE else 0
    columns = ("order", "sku", "qty", "refund")
    for o, sku, q, refund in zip(*(facts["returns"][c].tolist() for c in columns), strict=True):
        if o in inside:
            revenue, goods = revenue - refund, goods - q * int(world.skus.cost[sku])
            commission -= refund if inside[o] == Channel.MARKETPLACE else 0
    requests = facts["requests"]
    columns = ("t", "served_at", "value", "paid", "qty", "sku", "substitute", "order", "outcome")
    for t, at, value, paid, q, asked, other, order, outcome in zip(
        *(requests[c].tolist() for c in columns), strict=True
    ):
        if at >= 0 and order < 0 and facts.warm_up_s <= t < facts.horizon_s and outcome != Outcome.CANCELLED:
            taken = asked if other < 0 else other
            revenue, rows = revenue + net(value if paid < 0 else paid), rows + 1
            goods += q * int(world.skus.cost[taken])
    due = accounts.still_due
    revenue -= int(due["revenue"].sum())
    assert abs(accounts.revenue.total() - revenue) <= rows
    assert accounts.goods.total() == goods - int(due["goods"].sum())
    kept = commission - sum(r for r, o in zip(due["revenue"].tolist(), due["row"].tolist(), strict=True)
                            if facts["orders"]["channel"][o] == Channel.MARKETPLACE)  # fmt: skip
    assert abs(accounts.commission.total() - kept * ppm / 1e6) <= rows + len(events["t"])


def stock_is_held_by_the_day(facts: Facts) -> None:
    """One row of holding for each node and midnight at most."""
    holding = facts["costs"]["component"] == Component.HOLDING
    seen = list(zip(facts["costs"]["t"][holding].tolist(), facts["costs"]["node"][holding].tolist(), strict=True))
    assert len(seen) == len(set(seen)), "a day was held twice"
    assert all(t % DAY == DAY - 1 for t, _ in seen)


def what_is_lost_is_written_off(facts: Facts) -> None:
    """Stock bought is sold, written off or still there: at purchase cost nothing else happens to it in the house."""
    stock = facts["stock"]
    worth = np.asarray(facts.dims["skus"]["cost"], np.int64)[stock["sku"]] * stock["d_physical"]
    known = (
        StockKind.OPENING, StockKind.RECEIVED, StockKind.DISPATCHED, StockKind.PICKED, StockKind.SOLD,
        StockKind.RESTOCKED, StockKind.WRITTEN_OFF, StockKind.SENT_BACK, StockKind.GIVEN_AWAY,
    )  # fmt: skip
    lost = -int(worth[~np.isin(stock["kind"], known)].sum())
    leftovers = -int(worth[np.isin(stock["kind"], (StockKind.GIVEN_AWAY, StockKind.SENT_BACK))].sum())
    booked = facts["costs"]["amount"][facts["costs"]["component"] == Component.WRITE_OFF]
    assert lost <= int(booked.sum()) <= lost + leftovers


def cash_ends_where_the_accounts_say(facts: Facts) -> None:
    """The last balance is the contribution without what is no payment, less what the stock cost."""
    reading = Reading(facts)
    accounts, stock = reading.accounts, facts["stock"]
    cost = np.asarray(facts.dims["skus"]["cost"], np.int64)[stock["sku"]]
    inside = (stock["t"] >= facts.warm_up_s) & (stock["t"] < facts.horizon_s)
    bought = (stock["kind"] == StockKind.RECEIVED) & (stock["ref"] < 0) & inside
    # owned at the beginning: on hand, and on the way between nodes
    before = (stock["t"] < facts.warm_up_s) | (stock["kind"] == StockKind.OPENING)
    internal = before & (stock["ref"] >= 0) & np.isin(stock["kind"], (StockKind.ORDERED, StockKind.RECEIVED))
    there = int((cost * stock["d_physical"])[before].sum() + (cost * stock["d_on_order"])[internal].sum())
    purchases = int((cost * stock["d_physical"])[bought].sum())
    booked = _measured_costs(facts)
    elsewhere = -int((cost * stock["d_physical"])[np.isin(stock["kind"], GONE) & inside].sum())
    kept = accounts.contribution.total() + accounts.goods.total() + sum(booked[c] for c in NO_PAYMENT)
    expected = kept + elsewhere - purchases - there
    assert int(reading.cash.moves.amount.sum()) == expected
    shown = measure(facts, ("all",), ["cash_generated", "peak_cash_need"])["value"]
    assert round(float(shown[0]) * 1e6) == expected
    assert shown[1] >= max(0.0, -expected / 1e6) - 1e-6
