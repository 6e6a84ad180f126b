"""Run one World under one policy, once: out come the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from orchestrion.domain.codes import DIMENSIONS, Channel, Outcome
from orchestrion.domain.facts import SCHEMA, Column, Facts, Table, empty
from orchestrion.domain.money import CashTerms
from orchestrion.domain.promotions import priced
from orchestrion.domain.requests import Requests
from orchestrion.domain.view import Decider, SourcingPolicy
from orchestrion.domain.world import World
from orchestrion.logistics.book import book
from orchestrion.logistics.losses import lost_stock
from orchestrion.logistics.markdowns import markdowns
from orchestrion.logistics.still_due import accrued
from orchestrion.logistics.tariff import labour
from orchestrion.simulation.ledger import Ledger
from orchestrion.simulation.shop import Shop
from orchestrion.simulation.shown import hidden_and_phantom
from orchestrion.streams import Streams
from orchestrion.units import DAY, PPM


def simulate(world: World, policy: SourcingPolicy | Decider, *, seed: int, replication: int) -> Facts:
    """One replication: the whole ledger of one World under one policy and one set of streams.

    Raises
    ------
    PlanError
        If the policy promises what is not there.
    """
    shop = Shop(world, policy, Streams(seed, replication))
    shop.run()
    ledger = shop.ledger
    tables: dict[str, Table] = {name: empty(name) for name in SCHEMA}
    for name in ("stock", "events", "reviews", "decisions"):
        tables[name] = ledger.table(name)
    tables["orders"] = ledger.table("orders", sort=("t", "order"))
    tables["lines"] = ledger.table("lines", sort=("order", "line"))
    tables["shipments"] = ledger.table("shipments", sort=("sourced_t", "shipment"))
    if world.records is not None or world.visibility is not None:
        ledger.sheets["spells"].block(*hidden_and_phantom(world, tables["stock"]))
    tables["spells"] = ledger.table("spells", sort=("from_t", "scope", "sku", "node"))
    tables["work"] = ledger.table("work", sort=("from_t", "node"))
    tables["returns"] = ledger.table("returns")
    tables["requests"] = _requests(world, shop.requests, ledger)
    costs, tables["emissions"] = book(
        world, *(tables[name] for name in ("orders", "lines", "shipments", "events", "returns"))
    )
    tables["returns_due"], tables["accruals"] = accrued(
        world, tables, shop.road.coming_back.under_way(), shop.stock.owned + shop.stock.on_order
    )
    others = (ledger.table("costs"), lost_stock(world, tables["stock"]), markdowns(world, tables["requests"]))
    joined = {
        name: np.concatenate([costs[name], *(table[name].astype(costs[name].dtype) for table in others)])
        for name in costs
    }
    rows = np.lexsort([joined[c] for c in ("component", "shipment", "node", "order", "t")])
    tables["costs"] = {name: column[rows] for name, column in joined.items()}
    return Facts(tables, dimensions(world), world.warm_up_s, world.horizon_s, world.end_s)


def _requests(world: World, blocks: list[Requests], ledger: Ledger) -> Table:
    """Every wish with what became of it; the last word counts (a wish served may be cancelled later)."""
    if not blocks:
        return empty("requests")
    lines = [np.repeat(np.arange(len(b.t)), b.lines) for b in blocks]

    def by_line(column: str) -> Column:
        return np.concatenate([getattr(b, column)[rows] for b, rows in zip(blocks, lines, strict=True)])

    sku = np.concatenate([b.sku for b in blocks])
    qty = np.concatenate([b.qty for b in blocks])
    t, place, node, channel = by_line("t"), by_line("place"), by_line("node"), by_line("channel")
    walked = channel == Channel.WALK_IN
    count = len(sku)
    table: dict[str, Column] = {
        "request": np.arange(count),
        "t": t,
        "basket": np.concatenate([rows + b.first_basket for b, rows in zip(blocks, lines, strict=True)]),
        "channel": channel,
        "zone": np.where(place >= 0, world.places.zone[place], -1),
        "place": place,
        "node": node,
        "sku": sku,
        "qty": qty,
        "option": by_line("option"),
        # a walk-in is served at once unless something else was written down
        "outcome": np.where(walked, Outcome.SERVED, Outcome.WAITING),
        "reason": np.full(count, -1),
        "value": priced(world.promotions, world.skus.price, sku, t // DAY) * qty,
        "order": np.full(count, -1),
        "resolved_t": np.where(walked, t, -1),
        "served_at": np.where(walked, node, -1),
        "patience": by_line("patience"),
        "substitute": np.full(count, -1),
        "paid": np.full(count, -1),
    }
    for sheet in (ledger.sheets["outcomes"], ledger.sheets["swaps"]):
        written = sheet.matrix()
        for i, column in enumerate(sheet.columns[1:], start=1):
            table[column][written[:, 0]] = written[:, i]  # NumPy assigns in order: the last word stays
    nodes = np.array([node.zone for node in world.nodes])
    nowhere = table["zone"] < 0
    table["zone"] = np.where(nowhere, nodes[table["node"]], table["zone"])
    return {name: table[name].astype(field.dtype) for name, field in SCHEMA["requests"].items()}


def dimensions(world: World) -> Mapping[str, Mapping[str, Column | list[str]]]:
    """The tables that the ids of facts point into; row number = id."""
    nodes, skus, places = world.nodes, world.skus, world.places
    dims: dict[str, Mapping[str, Column | list[str]]] = {
        name: {"key": [c.key for c in codes], "label": [c.label for c in codes]} for name, codes in DIMENSIONS.items()
    }

    def column(things: tuple[Any, ...], name: str) -> Column:
        return np.array([getattr(thing, name) for thing in things])

    dims["nodes"] = {
        "key": [n.key for n in nodes],
        "label": [n.label for n in nodes],
        "role": [n.role.key for n in nodes],
        **{c: column(nodes, c) for c in ("lat", "lon", "zone", "ships", "collects", "walk_ins", "web_visible")},
        "ranged": world.ranged.sum(axis=0),
        "franchised": column(nodes, "franchised"),
        "setup_cost": labour(column(nodes, "pick_setup_s"), column(nodes, "wage")),
    }
    dims["skus"] = {
        "key": skus.key,
        "label": skus.label,
        "category": skus.category,
        **{c: getattr(skus, c) for c in ("price", "cost", "mass", "volume", "web_ranged", "reorderable")},
        **_lives(world),
    }
    dims["zones"] = {"key": list(world.zones), "label": list(world.zones)}
    dims["places"] = {
        "key": places.key,
        "label": places.label,
        **{c: getattr(places, c) for c in ("lat", "lon", "zone")},
    }
    dims["options"] = {
        "key": [o.key for o in world.options],
        "label": [o.label for o in world.options],
        "collect": column(world.options, "collect"),
    }
    dims["services"] = {
        "key": [s.key for s in world.services],
        "label": [s.label for s in world.services],
        "kind": [s.kind for s in world.services],
    }
    dims["economics"] = {"key": ["vat"], "label": ["VAT"], "vat_ppm": np.array([round(world.economics.vat * 1e6)])}
    dims["terms"] = terms(world)
    return dims


def terms(world: World) -> Mapping[str, Column | list[str]]:
    """What was agreed about money, so that facts can be read without the World: shares in parts per million."""
    economics, credit, cash = world.economics, world.economics.credit, world.economics.cash
    agreed = {
        "start": world.start.toordinal(),
        "marketplace_commission": round(economics.marketplace_commission * PPM),
        "franchise_commission": round(economics.franchise_commission * PPM),
        **{f"credit_{name}": round(getattr(credit, name) * PPM) for name in ("ordering", "shipping", "collection")},
        **{name: int(getattr(cash, name)) for name in CashTerms.__dataclass_fields__ if name != "opening_paid"},
        "opening_paid": round(cash.opening_paid * PPM),
    }
    return {
        "key": list(agreed),
        "label": [name.replace("_", " ") for name in agreed],
        "value": np.array(list(agreed.values()), np.int64),
    }


def _lives(world: World) -> dict[str, Column]:
    """When each SKU is launched, first marked down and gone [s]; the whole replication without seasons."""
    season, count = world.season, len(world.skus)
    if season is None:
        never = np.full(count, world.end_s)
        return {"launch_t": np.zeros(count, np.int64), "marked_t": never, "exit_t": never}
    return {"launch_t": season.launch_s, "marked_t": season.marked_down_s(), "exit_t": season.exit_s}
