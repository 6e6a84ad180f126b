"""What stock costs by lying there: capital, and the loss expected on units that will outlive their season."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Role
from orchestrion.domain.world import World
from orchestrion.units import DAY

Ints = NDArray[np.int64]
_DAYS_A_YEAR = 365.0
_BLOCK = 1 << 16  # cells multiplied at a time


def holding(world: World, physical: NDArray[np.int32] | Sequence[NDArray[np.int32]], days: float) -> Ints:
    """Cost of the capital bound in stock over some days.

    Parameters
    ----------
    physical
        Units by SKU and node, shape (S, N); several arrays are added.

    Returns
    -------
    Micro-euros by node, shape (N,).
    """
    parts = [physical] if isinstance(physical, np.ndarray) else physical
    value = np.sum([worth(world.skus.cost, part) for part in parts], axis=0)
    value[[node.id for node in world.nodes if node.role == Role.SUPPLIER]] = 0  # theirs until it is sold
    return np.asarray(np.rint(value * (world.economics.capital_rate * days / _DAYS_A_YEAR)), np.int64)


def worth(price: NDArray[np.int64], units: NDArray[np.int32]) -> Ints:
    """What units are worth at a price by SKU: micro-euros by node, exact.

    In floats, which multiply matrices a dozen times faster and are exact below 2**53 (nine billion euros a node), and
    in pieces that stay in the processor's cache.
    """
    rows = max(1, _BLOCK // max(1, units.shape[1]))
    prices = price.astype(np.float64)
    total = np.zeros(units.shape[1])
    for begin in range(0, len(units), rows):
        total += prices[begin : begin + rows] @ units[begin : begin + rows]
    if np.abs(total).max(initial=0.0) >= 2.0**53:
        return np.asarray(price @ units.astype(np.int64), np.int64)
    return total.astype(np.int64)


def expected_demand(world: World, t: int) -> NDArray[np.float64]:
    """Units that each node should still sell or ship before the season ends, as planned, shape (S, N).

    Stores by their walk-ins; online demand is shared evenly by the warehouses, or by the shipping stores when the
    retailer has no warehouse. Where there are dark stores too, it is shared by the targets of replenishment.
    """
    demand = world.demand
    days: Any = max(0.0, (world.economics.season_end_s - t) / DAY)
    if world.season is not None:  # each SKU to the end of its own
        ends = np.minimum(world.season.exit_s, world.economics.season_end_s)
        days = np.maximum(0.0, (ends - np.maximum(t, world.season.launch_s)) / DAY)[:, None]
    mean_units = _mean(demand.units)
    units = demand.walk_ins_per_day * demand.store_popularity * mean_units
    shippers = [node.id for node in world.nodes if node.role == Role.WAREHOUSE and node.ships]
    shippers = shippers or [node.id for node in world.nodes if node.ships]
    if shippers:
        online = demand.online_per_day * _mean(demand.lines) * mean_units * demand.online_popularity
        dark = [node.id for node in world.nodes if node.role == Role.DARK_STORE and node.ships]
        if dark:
            kept = world.replenishment.up_to[:, [*shippers, *dark]].astype(np.float64)
            units[:, [*shippers, *dark]] += online[:, None] * kept / np.maximum(kept.sum(axis=1, keepdims=True), 1)
        else:
            units[:, shippers] += online[:, None] / len(shippers)
    return np.asarray(units * days)


def _ours(world: World, physical: NDArray[Any]) -> NDArray[Any]:
    """The retailer's own units: what lies at suppliers is theirs until it is sold."""
    theirs = [node.id for node in world.nodes if node.role == Role.SUPPLIER]
    if theirs:
        physical = physical.copy()
        physical[:, theirs] = 0
    return physical


def _mean(shares: NDArray[np.float64]) -> float:
    """Mean of a law over 1, 2, ..."""
    return float(np.arange(1, len(shares) + 1) @ shares / shares.sum())


def expected_sales(world: World, physical: NDArray[Any], t: int) -> NDArray[np.float64]:
    """Of the units lying at each node at t, how many should sell before the season ends, shape (S, N).

    What a node still asks for and does not hold itself comes out of the warehouse that feeds it.
    """
    wanted, plan = expected_demand(world, t), world.replenishment
    short = np.maximum(0.0, wanted - physical)
    for warehouse in sorted(set(plan.source[plan.source >= 0].tolist())):
        fed = plan.source == warehouse
        wanted[:, warehouse] += np.where(plan.low[:, fed] >= 0, short[:, fed], 0.0).sum(axis=1)
    return np.asarray(np.minimum(physical, wanted), np.float64)


def expected_loss(world: World, physical: NDArray[Any], t: int) -> Ints:
    """What stock at t is worth less than it cost: valued at the lower of cost and expected net revenue to the end of
    its season.

    Units that the plan still sells in their season bring their price without VAT, the others what they fetch
    afterwards; never more than they cost. Booked as its change: selling or moving a unit that was to be sold anyway is
    neither gain nor loss here, taking one off the shelf that would have outlived its season is a gain.

    Returns
    -------
    Micro-euros by node, shape (N,).
    """
    cost, net = world.skus.cost, world.skus.price / (1.0 + world.economics.vat)
    sold_in_season = np.maximum(0.0, cost - net)
    left_over = np.maximum(0.0, cost - world.economics.salvage_share * net)
    physical = _ours(world, physical)
    sold = expected_sales(world, physical, t)
    return np.asarray(np.rint(sold_in_season @ sold + left_over @ (physical - sold)), np.int64)
