"""The assortment: SKUs drawn from a seed of their own, their planned popularity, and who ranges them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Role
from orchestrion.domain.world import Flags, Floats, Skus
from orchestrion.scenarios.compile.nodes import Spot
from orchestrion.scenarios.document.assortment import Assortment
from orchestrion.scenarios.own_skus import OwnSkus, own_skus
from orchestrion.units import MICRO


@dataclass(frozen=True, slots=True)
class Range:
    """SKUs with the plan behind them."""

    skus: Skus
    online: Floats  # (S,) planned share of online lines
    stores: Floats  # (S, N) planned share of each store's lines
    ranged: Flags  # (S, N)


def make_range(plan: Assortment, spots: list[Spot], vat: float) -> Range:
    """Draw the assortment, or what a table leaves open; the same in every replication and for every policy."""
    own = own_skus(plan)
    count = plan.skus if own is None else len(own.key)
    rng = np.random.default_rng([plan.seed, 1])
    popularity = rng.lognormal(0.0, plan.popularity_spread, count)
    if own is not None and not np.isnan(own.planned).all():
        # a SKU that the plan does not know of is the least popular one
        least = max(float(np.nanmin(own.planned)), 1e-6)
        popularity = np.where(own.planned > 0, own.planned, least)
    web = np.zeros(count, bool)
    # the least wanted SKUs are the ones not worth a product page
    web[np.argsort(-popularity, kind="stable")[: round(plan.web_range * count)]] = True
    # distinct SKUs get repeat orders; more popular ones more often
    weights = popularity**plan.reorder_bestsellers
    repeated = rng.choice(count, round(plan.reorderable * count), replace=False, p=weights / weights.sum())
    reorderable = np.zeros(count, bool)
    reorderable[repeated] = True
    if own is None:
        skus = _skus(plan, web, reorderable, vat)
    else:
        web &= own.web
        skus = _own_skus(plan, own, web, reorderable, vat)
    stores, ranged = ranging(plan, popularity, spots)
    online = np.where(web, popularity, 0.0)
    return Range(skus, online / max(online.sum(), 1e-12), stores, ranged)


def ranging(plan: Assortment, popularity: Floats, spots: list[Spot]) -> tuple[Floats, Flags]:
    """Planned shares of each store's lines (S, N), and what each node is meant to hold (S, N)."""
    rng = np.random.default_rng([plan.seed, 2])
    count = len(popularity)
    shares = np.zeros((count, len(spots)))
    ranged = np.zeros((count, len(spots)), bool)
    for n, spot in enumerate(spots):
        if spot.role == Role.WAREHOUSE:
            ranged[:, n] = True
            continue
        local = popularity * rng.lognormal(0.0, plan.store_taste, count)
        held = np.argsort(-local, kind="stable")[: max(1, round(plan.store_range[spot.size] * count))]  # type: ignore[index]
        ranged[held, n] = True
        if spot.role != Role.STORE:
            continue  # nobody walks in
        shares[held, n] = local[held] / local[held].sum()
    return shares, ranged


def _own_skus(plan: Assortment, own: OwnSkus, web: Flags, reorderable: Flags, vat: float) -> Skus:
    """The SKUs of a table; what it leaves open is usual in their category."""
    kinds = [plan.categories[name] for name in own.category]
    price = np.where(own.price < 0, [round(kind.price_eur * MICRO) for kind in kinds], own.price)
    usual = np.rint(price / (1.0 + vat) * (1.0 - np.array([kind.margin for kind in kinds]))).astype(np.int64)
    return Skus(
        key=list(own.key),
        label=[label or key for key, label in zip(own.key, own.label, strict=True)],
        category=list(own.category),
        price=price,
        cost=np.where(own.cost < 0, usual, own.cost),
        mass=np.where(own.mass < 0, [kind.mass_g for kind in kinds], own.mass),
        volume=np.where(own.volume < 0, [kind.volume_cm3 for kind in kinds], own.volume),
        web_ranged=web,
        reorderable=np.where(own.reorderable < 0, reorderable, own.reorderable == 1),
    )


def _skus(plan: Assortment, web: NDArray[np.bool_], reorderable: NDArray[np.bool_], vat: float) -> Skus:
    rng = np.random.default_rng([plan.seed, 3])
    names = list(plan.categories)
    which = rng.choice(len(names), plan.skus, p=[plan.categories[name].share for name in names])
    noise = rng.normal(size=(3, plan.skus))

    def column(parameter: str) -> Floats:
        values = np.array([float(getattr(plan.categories[name], parameter)) for name in names])
        return np.asarray(values[which])

    # prices end in 90 cents, as price tags do
    price = np.maximum(np.rint(column("price_eur") * np.exp(column("price_spread") * noise[0])), 1) - 0.10
    cost = price / (1.0 + vat) * (1.0 - column("margin"))
    counters = dict.fromkeys(names, 0)
    keys = []
    for i in which.tolist():
        counters[names[i]] += 1
        keys.append(f"{names[i]}-{counters[names[i]]:04d}")
    return Skus(
        key=keys,
        label=keys,
        category=[names[i] for i in which.tolist()],
        price=np.rint(price * 100).astype(np.int64) * (MICRO // 100),
        cost=np.rint(cost * 100).astype(np.int64) * (MICRO // 100),
        mass=np.maximum(np.rint(column("mass_g") * np.exp(0.4 * noise[1])), 1).astype(np.int64),
        volume=np.maximum(np.rint(column("volume_cm3") * np.exp(0.4 * noise[2])), 1).astype(np.int64),
        web_ranged=web,
        reorderable=reorderable,
    )
