"""Audit of bookings: every euro of a component is what happened times the price of the World."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from audits.coming_back import fees_given_back
from audits.tables import records, rows
from orchestrion.domain.codes import Component, EventKind, Reason, Role, StockKind
from orchestrion.domain.facts import Facts, Table
from orchestrion.domain.world import World
from orchestrion.units import DAY, HOUR


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
    assert booked[Component.FEE] == -int(orders["fee"][shipped].sum()) + fees_given_back(world, facts)
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
