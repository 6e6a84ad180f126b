"""Random instances of the benchmark: which orders come how often, and what stands where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.experiments.ma2023.network import Network
from orchestrion.policies.season import Season
from orchestrion.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The numbers of the published experiment (its small network); money in dollars.

    Attributes
    ----------
    periods
        At most one order comes in each.
    skus, largest, each
        SKUs; lines of the largest order; kinds of order of each size, the empty order apart.
    carried
        Probability that a node carries a SKU.
    safety
        Standard deviations of a season's demand in stock beyond its mean.
    shipment, unit, unit_mile
        Cost of a shipment, of a unit in it, and of each mile that the unit travels.
    penalty
        A line not served costs as much as a shipment of it from the farthest node, this many times.
    hourly
        Periods in an hour, for orders that wait: ours, as the experiment has no clock. A minute each makes it a week.
    """

    periods: int = 10_000
    skus: int = 20
    largest: int = 5
    each: int = 5
    carried: float = 0.75
    safety: float = 0.5
    shipment: float = 8.759
    unit: float = 0.423
    unit_mile: float = 0.000541
    penalty: float = 2.0
    hourly: float = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """A season to play, and what the item-level rules need beyond it.

    Attributes
    ----------
    season
        Kinds of order are (order type, area), the area running fastest; the empty order is nobody.
    closest
        For each kind and line, the closest node that carries the SKU, else the season's `lost`.
    """

    season: Season
    closest: tuple[tuple[int, ...], ...]


def draw(network: Network, setting: Setting, streams: Streams) -> Instance:
    """One random instance.

    Order sizes from 0 to the largest have uniform random weights, and so have the types of one size; areas weigh their
    population. A node is stocked with the mean demand of the areas it is the closest carrying node of, plus safety.
    """
    luck = streams.generator("ma2023.instance")
    towns, areas = network.miles.shape
    types = [
        tuple(luck.permutation(setting.skus)[:size].tolist())
        for size in range(1, setting.largest + 1)
        for _ in range(setting.each)
    ]
    sizes = luck.random(setting.largest + 1)
    within = luck.random((setting.largest, setting.each))
    shares = (sizes[1:] / sizes.sum())[:, None] * within / within.sum(axis=1, keepdims=True)
    population = network.population / network.population.sum()
    arrival = np.outer(shares.ravel(), population)  # (types, areas)

    carries = luck.random((setting.skus, towns)) < setting.carried
    closest = _closest(network.miles, carries)
    demand = np.zeros((towns + 1, setting.skus))
    for skus, rates in zip(types, arrival, strict=True):
        for sku in skus:
            np.add.at(demand[:, sku], closest[sku], rates)
    mean = setting.periods * demand[:towns]
    stock = np.rint(mean + setting.safety * np.sqrt(mean * (1.0 - demand[:towns]))).astype(np.int64)

    kinds = [(skus, area) for skus in types for area in range(areas)]
    opening, unit = _costs(network.miles, setting)
    where = np.array([area for _, area in kinds])
    season = Season(
        periods=setting.periods,
        arrival=arrival.ravel(),
        skus=tuple(skus for skus, _ in kinds),
        opening=opening[:, where],
        unit=unit[:, where],
        stock=stock,
    )
    return Instance(season, tuple(tuple(int(closest[sku, area]) for sku in skus) for skus, area in kinds))


def _closest(miles: NDArray[np.float64], carries: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The closest carrying node of each SKU and area, shape (skus, areas); the number of towns where there is none."""
    far = np.where(carries[:, :, None], miles[None], np.inf)
    return np.where(np.isfinite(far.min(axis=1)), far.argmin(axis=1), len(miles))


def _costs(miles: NDArray[np.float64], setting: Setting) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Opening and unit cost, shapes (towns + 1, areas)."""
    served = setting.unit + setting.unit_mile * miles
    lost = setting.penalty * (setting.unit + setting.unit_mile * miles.max(axis=0, keepdims=True))
    opening = np.full((len(miles) + 1, miles.shape[1]), setting.shipment)
    opening[-1] *= setting.penalty
    return opening, np.vstack([served, lost])
