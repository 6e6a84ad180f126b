"""Towns whose orders are of few kinds, beside the same market as a season of the closed models."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from towns import town

from orchestrion.domain.season import Season
from orchestrion.domain.transfers import LastRoad
from orchestrion.domain.world import World
from orchestrion.experiments.hindsight import Customers
from orchestrion.policies.season import Season as Toy
from orchestrion.units import MICRO


def arriving(bought: NDArray[np.int32], arrives_s: Sequence[int]) -> Season:
    """A collection of which units come on days agreed, without launches or leftovers."""
    skus, nodes = bought.shape
    return Season(
        launch_s=np.zeros(skus, np.int64), exit_s=np.full(skus, 2**40), steps=(), bought=bought,
        arrives_s=np.array(arrives_s, np.int64), allocation=np.zeros((skus, nodes), np.int32), lead_s=0,
        floor_cm3=np.full(nodes, -1), roads=(LastRoad(fate="stay"),), road=np.zeros(nodes, np.int64), outlet=-1,
        sells_on=True,
    )  # fmt: skip


def _one_sku(stock: Sequence[int], node_km: Sequence[float], per_day: float) -> tuple[World, Toy]:
    """One SKU, single units, two addresses; nothing but home delivery."""
    world = town(
        stock=[stock], node_km=node_km, place_km=(0, 120), warehouses=len(stock), days=6, online_per_day=per_day,
        demand={"lines": np.array([1.0]), "option_shares": np.array([1.0, 0.0, 0.0])},
    )  # fmt: skip
    expected = per_day * 6
    # every moment is a period of its own: a Poisson season of as many periods as there are seconds, nearly
    periods = 10_000
    groups = Customers(world).wishes(
        {
            **dict.fromkeys(("t", "channel", "option", "sku"), np.zeros(2, np.int64)),
            **dict.fromkeys(("request", "basket", "place"), np.arange(2)),
            "node": np.full(2, -1), "qty": np.ones(2, np.int64), "value": np.full(2, world.skus.price[0]),
        }
    ).groups  # fmt: skip
    cost = np.array([[p.cost / MICRO for p in sorted(g.parcels, key=lambda p: p.node)] for g in groups]).T
    lost = np.array([[g.lost[0] / MICRO for g in groups]])
    season = Toy(
        periods=periods, arrival=np.full(2, expected / 2 / periods), skus=((0,), (0,)), stock=np.array(stock)[:, None],
        opening=np.zeros((len(stock) + 1, 2)), unit=np.vstack([cost, lost]),
    )  # fmt: skip
    return world, season


TOWNS: dict[str, Callable[[], tuple[World, Toy]]] = {
    "scarce": lambda: _one_sku((6, 6), (10, 110), 4.0),
    "far": lambda: _one_sku((3, 12), (30, 40), 2.0),
}
