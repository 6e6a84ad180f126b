"""How stock comes in: nightly store reviews, suppliers' reviews or orders on the spot, deliveries on their calendar.

Rules look at the inventory position: recorded on hand - reserved + on order - backorders.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import numpy as np
import simpy
from numpy.typing import NDArray

from orchestrion.domain.codes import Component
from orchestrion.domain.world import Floats, Ints, World
from orchestrion.logistics.lead_times import receipts
from orchestrion.policies.replenishment.allocation import by_turn, in_proportion
from orchestrion.simulation.ledger import Ledger
from orchestrion.simulation.moments import RECEIPTS, Clock, Moment, Timetable
from orchestrion.simulation.stock import Stock
from orchestrion.simulation.wanted import Wanted
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR, WEEK


class Supply:
    """Replenishment of stores by warehouses, and of whatever node suppliers feed."""

    def __init__(
        self,
        env: Clock,
        world: World,
        stock: Stock,
        ledger: Ledger,
        streams: Streams,
        forecasts: Callable[[], Floats],
    ) -> None:
        self._env = env
        self._world = world
        self._stock = stock
        self._ledger = ledger
        self._streams = streams
        self._plan = world.replenishment
        self._ordering = world.ordering
        self._wanted = Wanted(world, stock, forecasts)
        self._receipts = Timetable(env, RECEIPTS, self._receive)
        self._first_weekday = world.start.weekday()
        fed = self._plan.source >= 0
        self._warehouses = [n.id for n in world.nodes if (self._plan.source == n.id).any()]
        # SKUs that a warehouse keeps for a store: those of the others nobody asks for
        self._ranged = {w: np.flatnonzero((self._plan.low[:, self._plan.source == w] >= 0).any(axis=1))
                        for w in self._warehouses}
        supplied = ~fed & (self._plan.low >= 0).any(axis=0)
        continuous = np.zeros(len(fed), bool) if self._ordering is None else self._ordering.continuous
        self._continuous: list[bool] = continuous.tolist()
        self._reviewed = ~continuous
        periods = np.zeros(len(fed), np.int64) if self._ordering is None else self._ordering.review_s
        self._weekly = np.flatnonzero(supplied & ~continuous & (periods == 0)).tolist()
        self._periodic = np.flatnonzero(supplied & ~continuous & (periods > 0))
        self._at_once = np.flatnonzero((supplied | fed) & continuous).tolist()
        self._orders = np.zeros_like(self._plan.low)  # orders so far of each cell: each has a lead time of its own
        self.came: Callable[[Ints], None] | None = None  # told which SKUs were received
        # how much of (SKUs, stores, wanted) has room on the floor
        self.fits: Callable[[Ints, Ints, NDArray[np.int32]], NDArray[np.int32]] | None = None
        if self._at_once:
            stock.watch = self._fell
        # who asked a warehouse in vain, by SKU, to be looked at when it receives: everybody is, where what is wanted
        # also changes with time
        timed = world.season is not None or any(map(self._wanted.looks_ahead, range(len(fed))))
        self._vain: dict[int, set[int]] | None = None if timed else {}  # looked up, never walked through
        self._steady = [self._lead(node) for node in range(len(world.nodes))]
        self._multiple: list[int] = [] if self._ordering is None else self._ordering.multiple.tolist()
        self._fed_by: list[int] = self._plan.source.tolist()

    def processes(self) -> Iterator[Generator[simpy.Event, None, None]]:
        """The reviews."""
        if self._warehouses:
            yield self._store_reviews()
        if self._weekly:
            yield self._weekly_reviews()
        if len(self._periodic) and self._ordering is not None:
            rhythm = np.stack([self._ordering.review_s, self._ordering.first_review_s])[:, self._periodic]
            for period, first in np.unique(rhythm, axis=1).T.tolist():
                nodes = self._periodic[(rhythm[0] == period) & (rhythm[1] == first)].tolist()
                yield self._periodic_reviews(period, first, nodes)
        if self._at_once:
            yield self._opening_orders()

    def position(self, skus: slice | Ints, nodes: NDArray[np.int64] | int) -> NDArray[np.int32]:
        """Inventory position of cells."""
        return self._stock.position(skus, nodes)

    # -- stores fed by a warehouse ------------------------------------------------------------------------------

    def _store_reviews(self) -> Generator[simpy.Event, None, None]:
        """Each night, the stores that receive tomorrow ask their warehouse."""
        at = self._plan.review_at_s
        while True:
            day = self._env.now // DAY + (self._env.now % DAY >= at)
            yield Moment(self._env, day * DAY + at, RECEIPTS)
            tomorrow = self._plan.delivery_days[:, (self._first_weekday + day + 1) % 7] & self._reviewed
            for warehouse in self._warehouses:
                stores = np.flatnonzero(tomorrow & (self._plan.source == warehouse))
                if len(stores):
                    # who is served first when there is too little turns from night to night
                    self._feed(day, warehouse, np.roll(stores, day))

    def _feed(self, day: int, warehouse: int, stores: Ints) -> None:
        ranged = self._ranged[warehouse]
        wanted = self._wanted.by_stores(self._env.now, ranged, stores)
        some = wanted.any(axis=1)
        asked, wanted = ranged[some], wanted[some]
        if self.fits is not None:
            wanted = self.fits(asked, stores, wanted)
        skus, which, units = self._granted(warehouse, asked, wanted)
        arrives = (day + 1) * DAY + self._plan.delivery_at_s
        self.send(arrives, warehouse, skus, stores[which], units)

    def _granted(self, warehouse: int, skus: Ints, wanted: NDArray[np.int32]) -> tuple[Ints, Ints, Ints]:
        """(SKUs, columns of `wanted`, units) that the warehouse finds for those who ask, shape (skus, askers)."""
        free = self.free(warehouse, skus)
        fair = self._ordering is not None and self._ordering.allocation == "proportional"
        granted = (in_proportion if fair else by_turn)(wanted, free)
        if self._ordering is not None:
            multiple = self._ordering.multiple[skus, None]
            granted = granted // multiple * multiple  # no pack is opened
        rows, which = np.nonzero(granted)
        units = granted[rows, which].astype(np.int64)
        found = self.found(warehouse, skus[rows], units)
        if found is not units:
            some = found > 0
            rows, which, units = rows[some], which[some], found[some]
        return skus[rows], which, units

    def found(self, warehouse: int, skus: Ints, units: Ints) -> Ints:
        """What a warehouse really finds of the units that its record allows it to send."""
        pooled = bool(self._plan.store_pool_share[warehouse] > 0)
        return self._stock.sent(self._env.now, warehouse, skus, units, pooled)

    def free(self, warehouse: int, skus: Ints) -> NDArray[np.int32]:
        """Units of SKUs that a warehouse may send to its stores: what is set aside for them, where anything is."""
        plan, stock = self._plan, self._stock
        free = stock.recorded[skus, warehouse] - stock.reserved[skus, warehouse]
        if plan.store_pool_share[warehouse] > 0:
            free = np.minimum(free, stock.protected[skus, warehouse])
        return np.asarray(np.maximum(free, 0), np.int32)

    def send(self, arrives: int, warehouse: int, skus: Ints, nodes: Ints, units: Ints) -> None:
        """A warehouse sends units to its stores, to be received together."""
        for store in np.unique(nodes).tolist():
            mine = nodes == store
            self._receipts.add(arrives, store, skus[mine], units[mine], warehouse)
        self._dispatch(warehouse, skus, nodes, units)

    def move(
        self, arrives: int, giver: int, taker: int, skus: Ints, units: Ints, unit_cost: int, component: Component
    ) -> None:
        """Units travel between any two nodes at a price of their own; each SKU once."""
        found = self._stock.sent(self._env.now, giver, skus, units, False)
        skus, units = skus[found > 0], found[found > 0]
        if not len(skus):
            return
        self._receipts.add(arrives, taker, skus, units, giver, unit_cost, component)
        self._stock.dispatch(self._env.now, giver, skus, np.full(len(skus), taker, np.int64), units, False)

    def purchase(self, node: int, skus: Ints, units: Ints, arrives: Ints) -> None:
        """Units bought from suppliers for a day agreed, `arrives` by SKU."""
        self._stock.order(self._env.now, node, skus, units)
        for t in np.unique(arrives[skus]).tolist():
            mine = arrives[skus] == t
            self._receipts.add(t, node, skus[mine], units[mine], -1)

    def _dispatch(self, warehouse: int, skus: Ints, nodes: Ints, units: Ints) -> None:
        if len(skus):
            pooled = bool(self._plan.store_pool_share[warehouse] > 0)
            self._stock.dispatch(self._env.now, warehouse, skus, nodes, units, pooled)

    # -- nodes fed by suppliers ---------------------------------------------------------------------------------

    def _weekly_reviews(self) -> Generator[simpy.Event, None, None]:
        """Once a week the warehouses order what suppliers still deliver."""
        offset = (self._plan.supplier_weekday - self._first_weekday) % 7 * DAY + 3 * HOUR
        while True:
            now = self._env.now
            week = max(0, -(-(now - offset + 1) // WEEK))
            yield Moment(self._env, offset + week * WEEK, RECEIPTS)
            if self._env.now >= self._world.horizon_s:
                return  # the doors are closed: nobody buys for this season any more
            for node in self._weekly:
                self._order(node, self._wanted.of(self._env.now, slice(None), node), week)

    def _periodic_reviews(self, period: int, first: int, nodes: list[int]) -> Generator[simpy.Event, None, None]:
        """Every so often these nodes order; the same second's receipts have come, its customers have not."""
        count = 0
        while first + count * period < self._world.horizon_s:
            yield Moment(self._env, first + count * period, RECEIPTS)
            for node in nodes:
                self._order(node, self._wanted.of(self._env.now, slice(None), node), count)
            count += 1

    def _order(self, node: int, units: NDArray[np.int32], review: int) -> None:
        """Order from suppliers: units by SKU, zeros left out."""
        skus = np.flatnonzero(units)
        if len(skus):
            self._buy(node, skus, units[skus].astype(np.int64), review)

    def _buy(self, node: int, skus: Ints, wanted: Ints, review: int) -> None:
        self._stock.order(self._env.now, node, skus, wanted)
        arrives = self._arrivals(node, skus, review)
        for t in np.unique(arrives).tolist():
            mine = arrives == t
            self._receipts.add(t, node, skus[mine], wanted[mine], -1)

    def _arrivals(self, node: int, skus: Ints, review: int) -> Ints:
        """When each order comes in; the luck of a cell's n-th order, or review, is its own."""
        t, ordering = self._env.now, self._ordering
        cells = skus * len(self._world.nodes) + node
        row = -1 if ordering is None or ordering.lead_of is None else int(ordering.lead_of[node])
        if ordering is None or row < 0:
            least, most = self._plan.supplier_lead_days
            luck = self._streams.lucks("supplier", cells, hop=review)
            days = least + (luck * (most - least + 1)).astype(np.int64)
            return np.asarray((t // DAY + days) * DAY + 6 * HOUR)
        number = self._orders[skus, node]
        self._orders[skus, node] += 1
        draws = [self._streams.luck("supplier", c, n) for c, n in zip(cells.tolist(), number.tolist(), strict=True)]
        return receipts(ordering.leads[row], t, np.array(draws))

    # -- orders at the moment the position falls ----------------------------------------------------------------

    def _opening_orders(self) -> Generator[simpy.Event, None, None]:
        """The first second: what is too low from the start."""
        yield Moment(self._env, 0, RECEIPTS)
        for node in self._at_once:
            for sku in range(len(self._world.skus)):
                self._fell(0, sku, node)

    def _fell(self, t: int, sku: int, node: int) -> None:
        """The position of a SKU may have fallen at a node; one with continuous review orders now."""
        if not self._continuous[node] or t >= self._world.horizon_s:
            return
        assert self._ordering is not None
        units = self._wanted.one(self._ordering, t, sku, node)
        if not units:
            return
        source, skus = self._fed_by[node], np.array([sku])
        if source < 0:
            self._stock.order_one(t, node, sku, units)
            self._receipts.add(self._arrives(t, node, skus, t // DAY), node, skus, np.array([units]), -1)
            return
        granted = min(units, self._free_of(source, sku))
        granted -= granted % self._multiple[sku]  # no pack is opened
        found = self.found(source, skus, np.array([granted])) if granted else skus[:0]
        sent = int(found[0]) if granted else 0
        if self._vain is not None and units > sent:
            self._vain.setdefault(sku, set()).add(node)
        if sent:
            self._receipts.add(self._arrives(t, node, skus, 0), node, skus, found, source)
            self._dispatch(source, skus, np.array([node]), found)

    def _free_of(self, warehouse: int, sku: int) -> int:
        """`free` of one SKU."""
        free, pool = self._stock.free_of(sku, warehouse)
        return max(0, min(free, pool) if self._plan.store_pool_share[warehouse] > 0 else free)

    def _lead(self, node: int) -> int:
        """The lead time of a node's orders where it never varies; -1 where it does."""
        ordering = self._ordering
        if ordering is None or ordering.lead_of is None or ordering.lead_of[node] < 0:
            return -1
        law = ordering.leads[int(ordering.lead_of[node])]
        return round(law.mean_s) if law.law == "fixed" and law.at_s < 0 else -1

    def _arrives(self, t: int, node: int, skus: Ints, review: int) -> int:
        """When the order of one SKU comes in."""
        steady = self._steady[node]
        if steady >= 0:
            return t + steady
        if self._fed_by[node] >= 0 and self._without_law(node):
            return self._next_delivery(t, node)
        return int(self._arrivals(node, skus, review)[0])

    def _without_law(self, node: int) -> bool:
        return self._ordering is None or self._ordering.lead_of is None or bool(self._ordering.lead_of[node] < 0)

    def _next_delivery(self, t: int, store: int) -> int:
        """The store's next delivery from tomorrow on; what it asks for today is on it."""
        calendar = self._plan.delivery_days[store]
        day = next((d for d in range(t // DAY + 1, t // DAY + 8) if calendar[(self._first_weekday + d) % 7]), None)
        return (t // DAY + 7 if day is None else day) * DAY + self._plan.delivery_at_s

    def _look_again(self, t: int, source: int, skus: list[int]) -> None:
        """Stock came: whoever asked in vain before is served now, store by store."""
        vain = self._vain
        if vain is not None:
            skus = [sku for sku in skus if sku in vain]
            if not skus:
                return
        for store in self._at_once:
            if self._fed_by[store] != source:
                continue
            for sku in skus:
                if vain is None:
                    self._fell(t, sku, store)
                elif store in vain.get(sku, ()):
                    vain[sku].discard(store)
                    self._fell(t, sku, store)

    # -- receipts -----------------------------------------------------------------------------------------------

    def _receive(
        self,
        node: int,
        skus: Ints,
        units: Ints,
        source: int,
        unit_cost: int | None = None,
        component: Component = Component.REPLENISHMENT,
    ) -> None:
        share = self._plan.store_pool_share[node]
        kept = np.rint(units * share).astype(np.int64) if share else 0
        t = self._env.now
        self._stock.receive(t, node, skus, units, kept, source)
        each = self._plan.unit_cost if unit_cost is None else unit_cost
        if source >= 0 and each:
            self._ledger.cost((t, -1, -1, node, component, int(units.sum()) * each))
        if self._at_once:
            self._look_again(t, node, skus.tolist())
        if self.came is not None:
            self.came(skus)
