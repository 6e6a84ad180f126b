"""What enrolling a store could bring, in the terms of a facility-location programme."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchestrion.domain.codes import Channel, Outcome, Reason
from orchestrion.domain.world import Floats, World
from orchestrion.errors import InputError, Problem
from orchestrion.experiments.study import Study
from orchestrion.logistics.cost import shipment_costs
from orchestrion.logistics.tariff import Sent, Tariff
from orchestrion.policies.facilities import Location
from orchestrion.units import DAY, MICRO


def _capacity(world: World, stores: list[int], lines: float, units: float) -> Floats:
    """Shipments that each store's hands can pick in the measured time."""
    found = []
    for n in stores:
        node = world.nodes[n]
        open_s = node.calendar.open_seconds(world.horizon_s) - node.calendar.open_seconds(world.warm_up_s)
        each = node.pick_setup_s + lines * node.pick_line_s + units * node.pick_unit_s
        days = (world.horizon_s - world.warm_up_s) / DAY
        capped = node.daily_orders * days if node.daily_orders >= 0 else np.inf
        found.append(min(open_s * node.pickers / max(each, 1.0), capped))
    return np.array(found)


def _surplus(world: World, stores: list[int]) -> Floats:
    """Units of each SKU that a store could give when the season opens, shape (S, stores)."""
    return np.asarray(np.maximum(world.opening_stock[:, stores] - world.protected[:, stores], 0), float)


def residual(world: World, stores: list[int], pilot: Study, radius_km: float | None) -> Location:
    """Ship-from-store: wishes that the web had to turn down, SKU by SKU, and what each store could do for them.

    By SKU, since two stores that hold the same products do not serve more together than one with enough of them.
    """
    wishes = pilot.facts("requests")
    lost = wishes[
        (wishes["channel"] != Channel.WALK_IN)
        & (wishes["outcome"] == Outcome.LOST)
        & wishes["reason"].isin([Reason.UNAVAILABLE, Reason.COMPANION])
        & (wishes["t"] >= world.warm_up_s)
    ]
    runs = max(1, wishes["replication"].nunique())
    sku, qty, place = (lost[name].to_numpy(np.int64) for name in ("sku", "qty", "place"))
    skus, at = np.unique(sku, return_inverse=True)
    count = len(skus)
    margin = lost["value"].to_numpy(float) / (1.0 + world.economics.vat) - qty * world.skus.cost[sku]
    unserved = np.bincount(at, np.maximum(margin, 0.0), count) / runs / MICRO
    demand = np.bincount(at, qty, count) / runs
    spare = _surplus(world, stores)[skus]  # (skus, stores)
    mean_units = float(qty.mean()) if count else 1.0
    service = next(option.service for option in world.options if not option.collect)
    tariff = Tariff(world)
    mass = qty * world.skus.mass[sku]
    cost = np.full((len(stores), count), np.inf)
    share = np.zeros(cost.shape)
    for f, n in enumerate(stores):
        distance = world.geography.node_place[n, place].astype(np.int64)
        sent = Sent(n, place, -1, service, 1, qty, mass, qty * world.skus.volume[sku], distance)
        price = sum(shipment_costs(tariff, sent).values(), np.zeros(len(qty)))
        within = np.ones(len(qty), bool) if radius_km is None else distance <= radius_km * 1000
        reach = np.bincount(at, qty * within, count) / runs
        spent = np.bincount(at, price * within, count) / runs / MICRO
        served = (reach > 0) & (spare[:, f] > 0)
        cost[f, served] = spent[served] / reach[served] * demand[served]  # of all, at the price of those in reach
        share[f] = np.minimum(spare[:, f], reach) / np.maximum(demand, 1e-12)
    capacity = _capacity(world, stores, 1.0, mean_units) * mean_units
    return Location(
        fixed=np.zeros(len(stores)), cost=cost, demand=demand, capacity=capacity, most_share=share, unserved=unserved
    )


def collections(world: World, stores: list[int], radius_km: float | None) -> Location:
    """Click and collect: orders that would be collected, by zone; who cannot has them sent home."""
    demand = world.demand
    collect = [option for option in world.options if option.collect]
    home = [option for option in world.options if not option.collect]
    if not collect or not home:
        raise InputError([Problem("enrol", None, "options", world.name, "needs a home and a collect option.")])
    usual = max(home, key=lambda option: demand.option_shares[option.id])
    first, last = world.warm_up_s // DAY, world.horizon_s // DAY
    orders = demand.online_per_day * demand.online_day[first:last].sum()
    wanted = orders * sum(demand.option_shares[option.id] for option in collect) * demand.place_weights
    places = np.flatnonzero(wanted > 0)
    zones, at = np.unique(world.places.zone[places], return_inverse=True)
    count = len(zones)
    by_zone = np.asarray(np.bincount(at, wanted[places], count), float)
    lines = float(demand.lines @ np.arange(1, len(demand.lines) + 1))
    units = lines * float(demand.units @ np.arange(1, len(demand.units) + 1))
    popularity = demand.online_popularity / max(demand.online_popularity.sum(), 1e-12)
    mass, volume = (int(units * float(popularity @ of_each)) for of_each in (world.skus.mass, world.skus.volume))
    tariff = Tariff(world)

    def priced(node: int, service: int, distance: Any, place: Any, store: int = -1) -> Floats:
        some, many = round(lines), max(1, round(units))
        parts = shipment_costs(tariff, Sent(node, place, store, service, some, many, mass, volume, distance))
        return np.asarray(sum(parts.values(), np.zeros(np.shape(distance))) / MICRO, float)

    warehouses = [node.id for node in world.nodes if node.ships and not node.walk_ins]
    senders = warehouses or [node.id for node in world.nodes if node.ships]
    sent = np.min([priced(n, usual.service, world.geography.node_place[n, places], places) for n in senders], axis=0)
    sent = sent - usual.fee / (1.0 + world.economics.vat) / MICRO
    unserved = np.bincount(at, wanted[places] * sent, count)
    surplus = _surplus(world, stores)
    popular = demand.online_popularity / max(demand.online_popularity.sum(), 1e-12)
    reach_m = demand.collect_within_m if radius_km is None else radius_km * 1000
    cost = np.full((len(stores), count), np.inf)
    share = np.zeros((len(stores), count))
    option = max(collect, key=lambda option: demand.option_shares[option.id])
    for f, n in enumerate(stores):
        on_the_spot = float(popular @ (surplus[:, f] > 0)) ** lines  # the store has the whole order
        counter = float(priced(n, option.counter, 0, 0, n))
        brought = min(float(priced(w, option.service, world.geography.node_node[w, n], 0, n)) for w in senders)
        each = on_the_spot * counter + (1.0 - on_the_spot) * brought
        each -= option.fee / (1.0 + world.economics.vat) / MICRO
        within = world.geography.node_place[n, places] <= reach_m
        share[f] = np.bincount(at, wanted[places] * within, count) / by_zone
        cost[f] = np.where(share[f] > 0, each * by_zone, np.inf)
    capacity = _capacity(world, stores, lines, units)
    # costs may be negative where the fee exceeds them: only differences matter to the choice, so none is below zero
    floor = min(0.0, float(np.min(unserved / by_zone)), float(np.min(np.where(np.isfinite(cost), cost, 0.0) / by_zone)))
    return Location(
        fixed=np.zeros(len(stores)), cost=cost - floor * by_zone, demand=by_zone, capacity=capacity, most_share=share,
        unserved=unserved - floor * by_zone,
    )  # fmt: skip
