"""Run one World under one policy, once: out come the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from orchestrion.domain.archive import Archive
from orchestrion.domain.codes import DIMENSIONS
from orchestrion.domain.facts import SCHEMA, Column, Facts, Table, empty
from orchestrion.domain.money import CashTerms
from orchestrion.domain.view import Decider, SourcingPolicy
from orchestrion.domain.world import World
from orchestrion.logistics.losses import lost_stock
from orchestrion.logistics.still_due import written_down
from orchestrion.logistics.tariff import labour
from orchestrion.memory import give_back
from orchestrion.simulation.closing import (
    AS_RECORDED,
    HANG_ON_ORDERS,
    OF_REQUESTS,
    SORTED,
    Ended,
    closed_books,
    hidden_and_phantom,
    joined,
    of_customers,
)
from orchestrion.simulation.ledger import ordered
from orchestrion.simulation.shop import Shop
from orchestrion.streams import Streams
from orchestrion.units import PPM


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
    for name in AS_RECORDED:
        tables[name] = ledger.table(name, SORTED.get(name, ()))
    stock = tables["stock"]
    shown = hidden_and_phantom(world)
    if shown is not None:
        for spells in (shown.block(stock), shown.close()):
            ledger.sheets["spells"].block(*spells)
    tables["spells"] = ledger.table("spells", SORTED["spells"])
    happened = {name: tables[name] for name in HANG_ON_ORDERS} | {name: ledger.table(name) for name in OF_REQUESTS}
    told, again = of_customers(world, happened, shop.road.coming_back.under_way())
    tables |= told
    others = (ledger.table("costs"), lost_stock(world, stock), told["costs"])
    tables["costs"] = ordered(joined("costs", *others), SORTED["costs"])
    closing = shop.stock.owned + shop.stock.on_order
    accruals = joined("accruals", told["accruals"], written_down(world, [again], closing))
    tables["accruals"] = ordered(accruals, SORTED["accruals"])
    return Facts(tables, dimensions(world), world.warm_up_s, world.horizon_s, world.end_s)


def simulate_to(
    archive: Archive,
    world: World,
    policy: SourcingPolicy | Decider,
    *,
    seed: int,
    replication: int,
    told: Callable[[int], None] | None = None,
) -> Iterator[Facts]:
    """The same, for a replication of any length: every fact goes to the archive, in the memory of the network.

    The tables of the archive are in order once the iterator has ended.

    Parameters
    ----------
    told
        Called now and then with the moment that the simulation has reached [s].

    Yields
    ------
    The facts a part at a time, for `kpis.measure_parts`.
    """
    shop = Shop(world, policy, Streams(seed, replication), archive)
    shop.run(told)
    shop.ledger.put_aside()
    ended = Ended(shop.road.coming_back.under_way(), shop.stock.owned + shop.stock.on_order)
    del shop
    give_back()  # processes know their shop, keys know their reading: only the collector lets go of them
    for part in closed_books(archive, world, dimensions(world), ended):
        yield part
        del part
        give_back()


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
        "setup_cost": labour(column(nodes, "pick_setup_s"), column(nodes, "wage")) + column(nodes, "per_shipment"),
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
