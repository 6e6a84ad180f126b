"""How stock comes in: nightly store reviews, weekly supplier reviews, deliveries on their calendar.

Rules look at the inventory position: recorded on hand - reserved + on order.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import simpy
from numpy.typing import NDArray

from orchestrion.domain.codes import Component
from orchestrion.domain.world import Ints, World
from orchestrion.policies.replenishment import replenishment_rules
from orchestrion.simulation.ledger import Ledger
from orchestrion.simulation.moments import RECEIPTS, Clock, Moment, Timetable
from orchestrion.simulation.stock import Stock
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR, WEEK


class Supply:
    """Replenishment of stores by warehouses and of warehouses by suppliers."""

    def __init__(self, env: Clock, world: World, stock: Stock, ledger: Ledger, streams: Streams) -> None:
        self._env = env
        self._world = world
        self._stock = stock
        self._ledger = ledger
        self._streams = streams
        self._plan = world.replenishment
        self._store_rule = replenishment_rules[self._plan.store_rule]
        self._supplier_rule = replenishment_rules[self._plan.supplier_rule]
        self._receipts = Timetable(env, RECEIPTS, self._receive)
        self._first_weekday = world.start.weekday()
        self._warehouses = [n.id for n in world.nodes if (self._plan.source == n.id).any()]
        self._supplied = [
            n.id for n in world.nodes if self._plan.source[n.id] < 0 and (self._plan.low[:, n.id] >= 0).any()
        ]

    def processes(self) -> Iterator[Generator[simpy.Event, None, None]]:
        """The two reviews."""
        if self._warehouses:
            yield self._store_reviews()
        if self._supplied:
            yield self._supplier_reviews()

    def position(self, skus: slice | Ints, nodes: NDArray[np.int64] | int) -> NDArray[np.int32]:
        """Inventory position of cells."""
        stock = self._stock
        return np.asarray(
            stock.recorded[skus, nodes] - stock.reserved[skus, nodes] + stock.on_order[skus, nodes], np.int32
        )

    def _store_reviews(self) -> Generator[simpy.Event, None, None]:
        """Each night, the stores that receive tomorrow ask their warehouse."""
        at = self._plan.review_at_s
        while True:
            day = self._env.now // DAY + (self._env.now % DAY >= at)
            yield Moment(self._env, day * DAY + at, RECEIPTS)
            tomorrow = self._plan.delivery_days[:, (self._first_weekday + day + 1) % 7]
            for warehouse in self._warehouses:
                stores = np.flatnonzero(tomorrow & (self._plan.source == warehouse))
                if len(stores):
                    # who is served first when there is too little turns from night to night
                    self._feed(day, warehouse, np.roll(stores, day))

    def _feed(self, day: int, warehouse: int, stores: Ints) -> None:
        plan, stock = self._plan, self._stock
        every = slice(None)
        wanted = self._store_rule(self.position(every, stores), plan.low[:, stores], plan.up_to[:, stores])
        pooled = bool(plan.store_pool_share[warehouse] > 0)
        free = stock.recorded[:, warehouse] - stock.reserved[:, warehouse]
        if pooled:
            free = np.minimum(free, stock.protected[:, warehouse])
        free = np.maximum(free, 0)
        before = np.cumsum(wanted, axis=1) - wanted
        granted = np.clip(free[:, None] - before, 0, wanted)
        skus, which = np.nonzero(granted)
        if not len(skus):
            return
        nodes, units = stores[which], granted[skus, which].astype(np.int64)
        t = self._env.now
        stock.dispatch(t, warehouse, skus, nodes, units, pooled)
        arrives = (day + 1) * DAY + plan.delivery_at_s
        for store in np.sort(stores).tolist():
            mine = nodes == store
            if mine.any():
                self._receipts.add(arrives, store, skus[mine], units[mine], warehouse)

    def _supplier_reviews(self) -> Generator[simpy.Event, None, None]:
        """Once a week the warehouses order what suppliers still deliver."""
        offset = (self._plan.supplier_weekday - self._first_weekday) % 7 * DAY + 3 * HOUR
        least, most = self._plan.supplier_lead_days
        while True:
            now = self._env.now
            week = max(0, -(-(now - offset + 1) // WEEK))
            yield Moment(self._env, offset + week * WEEK, RECEIPTS)
            if self._env.now >= self._world.horizon_s:
                return  # the doors are closed: nobody buys for this season any more
            for node in self._supplied:
                self._order(node, week, least, most)

    def _order(self, node: int, week: int, least: int, most: int) -> None:
        plan = self._plan
        units = self._supplier_rule(self.position(slice(None), node), plan.low[:, node], plan.up_to[:, node])
        skus = np.flatnonzero(units)
        if not len(skus):
            return
        t = self._env.now
        wanted = units[skus].astype(np.int64)
        self._stock.order(t, node, skus, wanted)
        luck = self._streams.lucks("supplier", skus * len(self._world.nodes) + node, hop=week)
        days = least + (luck * (most - least + 1)).astype(np.int64)
        for lead in np.unique(days).tolist():
            mine = days == lead
            self._receipts.add((t // DAY + lead) * DAY + 6 * HOUR, node, skus[mine], wanted[mine], -1)

    def _receive(self, node: int, skus: Ints, units: Ints, source: int) -> None:
        share = self._plan.store_pool_share[node]
        kept = np.rint(units * share).astype(np.int64) if share else 0
        t = self._env.now
        self._stock.receive(t, node, skus, units, kept, source)
        if source >= 0 and self._plan.unit_cost:
            cost = int(units.sum()) * self._plan.unit_cost
            self._ledger.cost((t, -1, -1, node, Component.REPLENISHMENT, cost))
