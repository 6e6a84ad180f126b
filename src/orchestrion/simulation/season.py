"""Change of collection: launches that need floor space, exits, and the last road of what is left over."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import numpy as np
import simpy
from numpy.typing import NDArray

from orchestrion.domain.codes import Component, StockKind
from orchestrion.domain.season import Season
from orchestrion.domain.world import Ints
from orchestrion.policies.replenishment.allocation import by_turn
from orchestrion.simulation.moments import RECEIPTS, Clock, Moment
from orchestrion.units import DAY

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop

KINDS = {"send_back": StockKind.SENT_BACK, "give_away": StockKind.GIVEN_AWAY}


class Change:
    """The change of collection at work."""

    def __init__(self, env: Clock, shop: Shop, plan: Season) -> None:
        self._env = env
        self._shop = shop
        self._plan = plan
        self._due = plan.allocation.copy()  # first allocations not yet sent
        self._source = shop.world.replenishment.source
        self._volume = shop.world.skus.volume

    def alive(self, t: int) -> NDArray[np.bool_]:
        """SKUs in the collection: launched, not yet gone, shape (S,)."""
        return np.asarray((self._plan.launch_s <= t) & (t < self._plan.exit_s))

    def processes(self) -> Iterator[Generator[simpy.Event, None, None]]:
        """What suppliers bring, the launches, the exits."""
        yield self._purchases()
        yield self._launches()
        yield self._exits()

    def _purchases(self) -> Generator[simpy.Event, None, None]:
        """Suppliers bring a collection on the day agreed; it is on order from the first second."""
        yield Moment(self._env, 0, RECEIPTS)
        for node in np.flatnonzero(self._plan.bought.any(axis=0)).tolist():
            skus = np.flatnonzero(self._plan.bought[:, node])
            self._shop.supply.purchase(node, skus, self._plan.bought[skus, node].astype(np.int64), self._plan.arrives_s)

    def _launches(self) -> Generator[simpy.Event, None, None]:
        """The eve of each launch, and each day after while stores had no room or warehouses no goods."""
        due = self._due.any(axis=1)
        if not due.any():
            return
        lead, horizon = self._plan.lead_s, self._shop.world.horizon_s
        t = max(0, int(self._plan.launch_s[due].min()) - lead)
        while t < horizon and self._due.any():
            yield Moment(self._env, t, RECEIPTS)
            self._launch(t + lead)
            upcoming = self._plan.launch_s[self._due.any(axis=1)] - lead
            t = max(t + DAY, int(upcoming.min())) if len(upcoming) else horizon

    def _launch(self, arrives: int) -> None:
        """Send stores what they are to have of every SKU launched by then."""
        shop, plan = self._shop, self._plan
        now = np.flatnonzero((plan.launch_s <= arrives) & (arrives < plan.exit_s) & self._due.any(axis=1))
        for warehouse in np.unique(self._source[self._due.any(axis=0)]).tolist():
            if warehouse < 0 or not len(now):
                continue
            stores = np.flatnonzero(self._source == warehouse)
            wanted = self.fits(now, stores, self._due[np.ix_(now, stores)])
            free = shop.supply.free(warehouse, now)
            granted = by_turn(wanted, free)
            rows, which = np.nonzero(granted)
            units = shop.supply.found(warehouse, now[rows], granted[rows, which].astype(np.int64))
            some = units > 0
            rows, which, units = rows[some], which[some], units[some]
            self._due[now[rows], stores[which]] -= units.astype(np.int32)
            shop.supply.send(arrives, warehouse, now[rows], stores[which], units)

    def fits(self, skus: Ints, stores: Ints, wanted: NDArray[np.int32]) -> NDArray[np.int32]:
        """What of it has room on the floor of each store; what does not fit waits."""
        room = self.room(stores)
        if room is None:
            return wanted
        size = np.maximum(self._volume[skus], 1)[:, None]
        before = np.cumsum(wanted * size, axis=0) - wanted * size
        fits = np.clip((room[None, :] - before) // size, 0, wanted)
        return np.asarray(np.where(self._plan.floor_cm3[stores] < 0, wanted, fits), np.int32)

    def room(self, stores: Ints) -> Ints | None:
        """Free floor of stores, what is on its way counted as there [cm3]; None where nobody counts."""
        if (self._plan.floor_cm3[stores] < 0).all():
            return None
        stock = self._shop.stock
        held = stock.recorded[:, stores] + stock.on_order[:, stores]
        return np.asarray(self._plan.floor_cm3[stores] - self._volume @ held)

    def _exits(self) -> Generator[simpy.Event, None, None]:
        """The day a SKU leaves the collection, and each day after for what was promised or on its way then."""
        exits = self._plan.exit_s[self._plan.exit_s < self._shop.world.end_s]
        if not len(exits):
            return
        t = int(exits.min())
        while t < self._shop.world.end_s:
            yield Moment(self._env, t, RECEIPTS)
            self._clear(t)
            t += DAY

    def _clear(self, t: int) -> None:
        """Leftovers of SKUs that are gone take their last road."""
        shop, plan = self._shop, self._plan
        gone = np.flatnonzero(plan.exit_s <= t)
        stock = shop.stock
        for node, row in enumerate(plan.road.tolist()):
            road = plan.roads[row]
            if road.fate == "stay" or (road.fate == "move" and node == plan.outlet):
                continue
            free = np.minimum(stock.recorded[gone, node] - stock.reserved[gone, node], stock.physical[gone, node])
            left = np.flatnonzero(free > 0)
            if not len(left):
                continue
            skus, units = gone[left], free[left].astype(np.int64)
            if road.fate == "move":
                cost = road.unit_cost
                shop.supply.move(t + plan.lead_s, node, plan.outlet, skus, units, cost, Component.REPATRIATION)
                continue
            stock.leave(t, node, skus, units, KINDS[road.fate])
            total = int(units.sum())
            if road.unit_cost:
                shop.ledger.cost((t, -1, -1, node, Component.REPATRIATION, total * road.unit_cost))
            lost = round(int(shop.world.skus.cost[skus] @ units) * (1.0 - road.kept_share))
            if lost:
                shop.ledger.cost((t, -1, -1, node, Component.WRITE_OFF, lost))
