"""The world of a replayed history: its SKUs, the addresses of its customers, its orders as requests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from orchestrion.domain.requests import Requests
from orchestrion.domain.world import Demand, Option, Skus
from orchestrion.scenarios.compile.assortment import Range, ranging
from orchestrion.scenarios.compile.nodes import Spot
from orchestrion.scenarios.compile.places import Communes
from orchestrion.scenarios.document.assortment import Assortment
from orchestrion.scenarios.history import History

__all__ = ["replay_demand", "replay_places", "replay_range"]


def replay_places(communes: Communes, history: History) -> Communes:
    """The communes, and after them the exact addresses that the file gives; nobody else lives there."""
    if not len(history.lat):
        return communes
    near = history.near.tolist()
    points = zip(history.lat.tolist(), history.lon.tolist(), strict=True)
    return replace(
        communes,
        key=communes.key + [f"{lat:.4f},{lon:.4f}" for lat, lon in points],
        label=communes.label + [communes.label[i] for i in near],
        lat=np.concatenate([communes.lat, history.lat]),
        lon=np.concatenate([communes.lon, history.lon]),
        population=np.concatenate([communes.population, np.zeros(len(near))]),
        departement=np.concatenate([communes.departement, communes.departement[history.near]]),
        postcodes=communes.postcodes + [()] * len(near),
    )


def replay_range(plan: Assortment, spots: list[Spot], history: History) -> Range:
    """The SKUs sold are the assortment: all on the web, the most popular in each store, as the scenario ranges them.

    Planned popularity is what the buyers counted with; a SKU they did not know of is the least popular one.
    """
    sold = history.skus
    count = len(sold.key)
    planned = sold.planned / sold.planned.sum()
    popularity = np.where(planned > 0, planned, planned[planned > 0].min())
    rng = np.random.default_rng([plan.seed, 6])
    weights = popularity**plan.reorder_bestsellers
    repeated = rng.choice(count, round(plan.reorderable * count), replace=False, p=weights / weights.sum())
    reorderable = np.zeros(count, bool)
    reorderable[repeated] = True
    skus = Skus(
        key=sold.key,
        label=sold.label,
        category=sold.category,
        price=sold.price,
        cost=sold.cost,
        mass=sold.mass,
        volume=sold.volume,
        web_ranged=np.ones(count, bool),
        reorderable=reorderable,
    )
    stores, ranged = ranging(plan, popularity, spots)
    return Range(skus, planned, stores, ranged)


def replay_demand(demand: Demand, options: tuple[Option, ...], history: History) -> Demand:
    """The demand with real orders in place of generated ones; who walks in is still drawn."""
    collect = np.array([option.collect for option in options])
    store = np.where(collect[history.option], demand.collect_store[history.place], -1)
    # no collection store within reach: the customer takes the most usual home option instead, as generated ones do
    usual = int(np.argmax(np.where(collect, -1.0, demand.option_shares)))
    requests = Requests(
        first_basket=0,
        first_request=0,
        t=history.t,
        channel=history.channel,
        place=history.place,
        option=np.where(collect[history.option] & (store < 0), usual, history.option),
        node=store,
        patience=np.full(len(history.t), -1, np.int64),
        lines=history.lines,
        sku=history.sku,
        qty=history.quantity,
    )
    # the plan is told in average orders: so many of them ask for as many units a day as the buyers counted with
    average = _mean(demand.lines) * _mean(demand.units)
    return replace(demand, online_per_day=float(history.skus.planned.sum()) / average, replay=requests)


def _mean(law: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Mean of a law over 1, 2, ..."""
    return float(np.dot(law, np.arange(1, len(law) + 1)))
