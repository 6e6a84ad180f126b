"""Stock on its way from node to node outside the usual feed."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

import numpy as np
import simpy

from orchestrion.domain.codes import Component
from orchestrion.domain.transfers import Transfers
from orchestrion.domain.world import Ints
from orchestrion.policies.rebalancing import Lanes, rebalance
from orchestrion.simulation.moments import RECEIPTS, Clock, Moment

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop


class Carts:
    """Carries units between nodes: at rebalancings, and when a sourcing policy asks."""

    def __init__(self, env: Clock, shop: Shop, rules: Transfers) -> None:
        self._env = env
        self._shop = shop
        self._rules = rules
        self._source = shop.world.replenishment.source
        world = shop.world
        net = world.skus.price / (1.0 + world.economics.vat)
        self._worth = net * (1.0 - world.economics.salvage_share)
        near = world.geography.node_node <= rules.within_m
        allowed = near & rules.nodes[:, None] & rules.nodes[None, :] & ~np.eye(len(world.nodes), dtype=bool)
        self._lanes = Lanes(rules.unit_cost, rules.lane_cost, allowed)

    def process(self) -> Generator[simpy.Event, None, None]:
        """Every so often the stores are rebalanced, until the doors close."""
        rules, t = self._rules, self._rules.first_s
        while rules.period_s and t < self._shop.world.horizon_s:
            yield Moment(self._env, t, RECEIPTS)
            self._rebalance()
            t += rules.period_s

    def _rebalance(self) -> None:
        shop = self._shop
        stock, world = shop.stock, shop.world
        everything = slice(None)
        position = stock.position(everything, np.arange(len(world.nodes))).astype(np.int64)
        target = world.replenishment.up_to.astype(np.int64)
        free = np.minimum(stock.atp, stock.recorded - stock.reserved - target)
        spare = np.where(self._rules.nodes, np.maximum(free, 0), 0)
        wanted = np.where(world.ranged & self._rules.nodes, np.maximum(target - position, 0), 0)
        if shop.season is not None:
            wanted[~shop.season.alive(self._env.now)] = 0
        expected = shop.view.forecasts() * self._rules.cover_days
        moves = rebalance(spare.astype(np.int64), position, wanted, expected, self._worth, self._lanes)
        lanes: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for sku, giver, taker, units in moves:
            lanes.setdefault((giver, taker), []).append((sku, units))
        for (giver, taker), load in sorted(lanes.items()):
            skus, units = np.array(load, np.int64).T
            self.send(giver, taker, skus, units)

    def as_planned(self, transfers: Mapping[tuple[int, int], Mapping[int, int]]) -> None:
        """What a sourcing policy asks for: (from, to) -> SKU -> units."""
        for (giver, taker), load in transfers.items():
            self.send(giver, taker, np.array(list(load), np.int64), np.array(list(load.values()), np.int64))

    def send(self, giver: int, taker: int, skus: Ints, units: Ints) -> None:
        """One run from a node to another; each SKU once."""
        t = self._env.now
        # who feeds the taker charges the usual price: it is an early delivery
        usual = self._source[taker] == giver
        each = self._shop.world.replenishment.unit_cost if usual else self._rules.unit_cost
        self._shop.supply.move(t + self._rules.lead_s, giver, taker, skus, units, each, Component.REPLENISHMENT)
        if self._rules.lane_cost:
            self._shop.ledger.cost((t, -1, -1, giver, Component.REPLENISHMENT, self._rules.lane_cost))
