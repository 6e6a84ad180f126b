"""Stock: how deep the season is bought, who it is kept for, and the targets of replenishment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Role
from orchestrion.domain.world import Demand, Floats, Ints, Node, Replenishment
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.compile.assortment import Range
from orchestrion.scenarios.compile.lives import lives
from orchestrion.scenarios.compile.nodes import Spot
from orchestrion.scenarios.compile.snapshot import read_snapshot
from orchestrion.scenarios.document import WEEKDAYS, ScenarioDocument
from orchestrion.units import micro, time_of_day_s

Units = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Stocked:
    """Opening stock, what is kept aside, and how stock comes in."""

    opening: Units  # (S, N)
    protected: Units  # (S, N)
    replenishment: Replenishment
    rate: Floats  # (S, N) planned units a day that pass through each node


def make_stock(
    document: ScenarioDocument,
    spots: list[Spot],
    nodes: list[Node],
    demand: Demand,
    assortment: Range,
    node_node: NDArray[np.int32],
) -> Stocked:
    """Buy the season on the plan, as buyers do: before knowing what customers will really want."""
    plan = document.stock
    count, width = len(assortment.skus), len(nodes)
    warehouses = np.array([n.id for n in nodes if n.role == Role.WAREHOUSE], np.int64)
    stores = np.array([n.id for n in nodes if n.role == Role.STORE], np.int64)
    units = float(np.dot(demand.units, np.arange(1, len(demand.units) + 1)))
    lines = float(np.dot(demand.lines, np.arange(1, len(demand.lines) + 1)))
    web_rate = demand.online_per_day * lines * units * demand.online_popularity  # units a day, (S,)
    store_rate = demand.store_popularity * demand.walk_ins_per_day * units  # (S, N)
    fed = np.array([n.id for n in nodes if n.role in (Role.STORE, Role.DARK_STORE)], np.int64)
    direct = document.replenishment.store_source == "suppliers"
    source = _sources(warehouses, np.zeros(0, np.int64) if direct else fed, node_node, width)
    passing = np.zeros((count, width))
    passing[:, stores] = store_rate[:, stores]
    opening = np.zeros((count, width), np.int32)
    protected = np.zeros((count, width), np.int32)
    low = np.full((count, width), -1, np.int32)
    up_to = np.zeros((count, width), np.int32)
    pool_share = np.zeros(width)

    shelf = np.maximum(np.ceil(store_rate * plan.store_cover_days), plan.store_minimum)
    target = np.where(assortment.ranged, shelf, 0)[:, stores].astype(np.int32)
    asked = target > 0
    if direct:
        asked = asked & assortment.skus.reorderable[:, None]
    low[:, stores] = np.where(asked, _reorder_points(document, target), -1)
    up_to[:, stores] = target
    rng = np.random.default_rng([document.assortment.seed, 4])
    unevenness = rng.lognormal(-0.5 * plan.uneven**2, plan.uneven, target.shape)
    opening[:, stores] = np.rint(target * unevenness)
    kept = np.array([document.network.stores.protected_units if n.walk_ins else 0 for n in nodes], np.int32)
    protected[:, stores] = np.where(assortment.ranged, kept, 0)[:, stores]

    share = document.stock.dark_store_share
    for n in (node.id for node in nodes if node.role == Role.DARK_STORE):
        held = np.where(assortment.ranged[:, n], web_rate * share, 0)
        passing[:, n] = held
        target = np.ceil(held * plan.store_cover_days)
        target = np.where(assortment.ranged[:, n], np.maximum(target, plan.store_minimum), 0).astype(np.int32)
        low[:, n] = np.where(target > 0, target - 1, -1)
        up_to[:, n] = opening[:, n] = target
    for n in (node.id for node in nodes if node.role == Role.SUPPLIER):
        # its own stock, which it fills up again by itself
        kept_for_us = np.where(assortment.ranged[:, n], np.ceil(web_rate * 7 * plan.supplier_weeks), 0)
        up_to[:, n] = opening[:, n] = kept_for_us.astype(np.int32)
        low[:, n] = up_to[:, n] - 1

    bought = _depth(web_rate, plan.web_weeks, plan.web_depth_by_popularity) * plan.warehouse_factor
    mid_season = np.random.default_rng([document.assortment.seed, 5])
    left_over = mid_season.lognormal(-0.5 * plan.web_uneven**2, plan.web_uneven, count)
    web_pool = _spread(bought * left_over, warehouses)
    for i, w in enumerate(warehouses.tolist()):
        shops = store_rate[:, source == w].sum(axis=1)
        store_pool = np.rint(shops * 7 * plan.store_pool_weeks * plan.warehouse_factor).astype(np.int32)
        opening[:, w] = web_pool[i] + store_pool
        rate = (shops + web_rate / len(warehouses)) * plan.warehouse_factor
        passing[:, w] = rate
        weekly = np.where(assortment.skus.reorderable, rate * 7, 0)
        low[:, w] = np.where(weekly > 0, np.ceil(weekly * document.replenishment.supplier_low_weeks), -1)
        up_to[:, w] = np.ceil(rate * 7 * document.replenishment.supplier_up_to_weeks)
        if plan.separate_pools:
            protected[:, w] = store_pool
            pool_share[w] = shops.sum() / max(shops.sum() + web_rate.sum() / len(warehouses), 1e-12)
    if plan.snapshot_table is not None:
        counted, named = read_snapshot(plan.snapshot_table, [node.key for node in nodes], assortment.skus.key)
        # a warehouse's pools keep the proportion that the plan gives them
        kept_back = np.divide(protected, opening, out=np.zeros(opening.shape), where=opening > 0)
        pooled = np.rint(counted * np.minimum(kept_back, 1.0)).astype(np.int32)
        walk_in = np.array([node.walk_ins for node in nodes])
        protected = np.where(named & ~walk_in, pooled, protected)
        opening = np.where(named, counted, opening)
    if document.season.on:
        opening[lives(document.season, assortment.skus, document.assortment.seed, 0)[0] > 0] = 0  # not yet made
    return Stocked(opening, protected, _replenishment(document, spots, source, low, up_to, pool_share), passing)


def _reorder_points(document: ScenarioDocument, target: Units) -> Units:
    """Where stores ask: one below the target, or a share of it where the rules wait until the shelf is low."""
    ordering = document.replenishment.ordering
    if not ordering.on:
        return target - 1
    waits = np.floor(target * ordering.stores.low_share).astype(np.int32)
    return np.asarray(np.minimum(waits, target - 1), np.int32)


def _sources(warehouses: Ints, stores: Ints, node_node: NDArray[np.int32], width: int) -> Ints:
    """The nearest warehouse of each store; -1 for warehouses, which suppliers feed."""
    source = np.full(width, -1, np.int64)
    if len(warehouses) and len(stores):
        source[stores] = warehouses[np.argmin(node_node[np.ix_(warehouses, stores)], axis=0)]
    return source


def _depth(rate: Floats, weeks: float, exponent: float) -> Floats:
    """Units bought of each SKU: so many weeks of the plan, tilted towards popular SKUs at equal total."""
    if exponent == 0 or not rate.any():
        return rate * 7 * weeks
    tilt = np.where(rate > 0, rate, 1.0) ** exponent
    tilted = rate * tilt
    return np.asarray(tilted * (rate.sum() / tilted.sum()) * 7 * weeks)


def _spread(units: Floats, warehouses: Ints) -> list[Units]:
    """Whole units in equal parts; the odd ones go to each warehouse in turn."""
    if not len(warehouses):
        return []
    total = np.rint(units).astype(np.int32)
    count = len(warehouses)
    each, rest = np.divmod(total, count)
    turn = np.arange(len(total))
    return [(each + (((turn + i) % count) < rest)).astype(np.int32) for i in range(count)]


def _replenishment(
    document: ScenarioDocument, spots: list[Spot], source: Ints, low: Units, up_to: Units, pool_share: Floats
) -> Replenishment:
    plan = document.replenishment
    unknown = [key for key in plan.store_delivery_of if key not in {spot.key for spot in spots}]
    if unknown:
        raise InputError(
            [Problem("scenario", None, f"replenishment.store_delivery_of.{k}", "", "no such node") for k in unknown]
        )
    delivery = np.zeros((len(spots), 7), bool)
    for n, spot in enumerate(spots):
        if source[n] >= 0:
            on = plan.store_delivery_of.get(spot.key) or plan.store_delivery[spot.size]  # type: ignore[index]
            delivery[n, [WEEKDAYS.index(day) for day in on]] = True
    return Replenishment(
        store_rule=plan.store_rule,
        supplier_rule=plan.supplier_rule,
        low=low,
        up_to=up_to,
        source=source,
        review_at_s=time_of_day_s(plan.store_review_at),
        delivery_days=delivery,
        delivery_at_s=time_of_day_s(plan.store_delivery_at),
        supplier_weekday=WEEKDAYS.index(plan.supplier_weekday),
        supplier_lead_days=(plan.supplier_lead_days[0], plan.supplier_lead_days[1]),
        store_pool_share=pool_share,
        unit_cost=micro(plan.unit_cost_eur),
    )
