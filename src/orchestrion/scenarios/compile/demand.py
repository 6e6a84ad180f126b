"""Demand: rates by day, hour, place, store and option."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from orchestrion.domain.codes import ONLINE_CHANNELS, Channel
from orchestrion.domain.dispersion import Dispersion
from orchestrion.domain.patience import Patience
from orchestrion.domain.requests import Requests
from orchestrion.domain.world import Demand, Flags, Floats, Geography, Ints, Node, Option
from orchestrion.scenarios.compile.assortment import Range
from orchestrion.scenarios.compile.nodes import Spot
from orchestrion.scenarios.document import WEEKDAYS, ScenarioDocument, Weekday
from orchestrion.scenarios.document.demand import DispersionDocument, PatienceDocument
from orchestrion.scenarios.hours import hour_profile
from orchestrion.units import HOUR


def make_demand(
    document: ScenarioDocument,
    spots: list[Spot],
    nodes: list[Node],
    options: tuple[Option, ...],
    geography: Geography,
    weights: Floats,
    assortment: Range,
    days: int,
    replay: Requests | None = None,
) -> Demand:
    """What customers would ask for."""
    online, walk_in = document.demand.online, document.demand.walk_in
    channels: dict[str, float] = dict(online.channels)  # type: ignore[arg-type]  # keys are texts here
    size = np.array([walk_in.size_weights[s.size] if n.walk_ins else 0.0 for s, n in zip(spots, nodes, strict=True)])  # type: ignore[index]
    collecting = np.array([node.collects for node in nodes])
    growth = (1.0 + document.demand.growth_per_year) ** (np.arange(days) / 365.0)
    return Demand(
        online_per_day=online.orders_per_day,
        online_day=by_day(document.time.start, days, online.weekdays, online.season) * growth,
        online_hour=hour_profile(online.hours_table),
        channel_shares=np.array([channels.get(channel.key, 0.0) for channel in ONLINE_CHANNELS]),
        option_shares=_option_shares(online.options, options),
        channel_options={
            int(Channel[name.upper()]): _option_shares(shares, options)
            for name, shares in online.channel_options.items()
        },
        lines=np.array(online.lines),
        units=np.array(online.units),
        place_weights=weights / weights.sum(),
        collect_within_m=round(online.collect_within_km * 1000),
        collect_store=collection_stores(geography, collecting, online.collect_within_km * 1000),
        online_popularity=assortment.online,
        walk_ins_per_day=walk_in.per_day * size / max(size.sum(), 1e-12),
        walk_in_day=by_day(document.time.start, days, walk_in.weekdays, walk_in.season) * growth,
        walk_in_hour=None
        if walk_in.hours_table is None
        else np.broadcast_to(hour_profile(walk_in.hours_table), (7, 24)).copy(),
        store_popularity=assortment.stores,
        popularity_sigma=document.demand.popularity_error,
        replay=replay,
    )


def _option_shares(shares: Mapping[str, float], options: tuple[Option, ...]) -> Floats:
    return np.array([shares.get(option.key, 0.0) for option in options])


def make_dispersion(document: DispersionDocument) -> Dispersion | None:
    """How uneven demand is, where it is more so than chance has it."""
    if not document.on:
        return None
    return Dispersion(store_k=document.store_k, online_k=document.online_k, online_day_k=document.online_day_k)


def make_patience(document: PatienceDocument) -> Patience | None:
    """The law of customers' patience, where they have an end to it."""
    if not document.on:
        return None
    return Patience(forever=document.forever, median_s=round(document.median_hours * HOUR), sigma=document.sigma)


def by_day(start: date, days: int, weekdays: Mapping[Weekday, float], season: list[float]) -> Floats:
    """Multiplier of each day: weekday x week of the season."""
    return np.array(
        [
            weekdays.get(WEEKDAYS[(start.weekday() + d) % 7], 1.0) * season[min(d // 7, len(season) - 1)]
            for d in range(days)
        ]
    )


def collection_stores(geography: Geography, collecting: Flags, within_m: float) -> Ints:
    """The nearest collecting store of each place, -1 where none is within reach."""
    stores = np.flatnonzero(collecting)
    if not len(stores):
        return np.full(geography.node_place.shape[1], -1, np.int64)
    distances = geography.node_place[stores]
    nearest = np.argmin(distances, axis=0)
    near = distances[nearest, np.arange(distances.shape[1])] <= within_m
    return np.where(near, stores[nearest], -1).astype(np.int64)
