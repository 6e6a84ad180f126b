"""The retailer at work: stock, sites, desk, door, road and supply around one clock and one ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.archive import Archive
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import Decider, SourcingPolicy
from orchestrion.domain.world import Ints, World
from orchestrion.logistics.carrying import Carrying
from orchestrion.simulation.backlog import Backlog
from orchestrion.simulation.believed import Believed
from orchestrion.simulation.daybook import DayBook
from orchestrion.simulation.desk import Desk
from orchestrion.simulation.door import Door
from orchestrion.simulation.drifting import DriftingStock
from orchestrion.simulation.ledger import Ledger
from orchestrion.simulation.moments import FIRST, Clock
from orchestrion.simulation.nights import Nights
from orchestrion.simulation.published import Published
from orchestrion.simulation.road import Road
from orchestrion.simulation.season import Change
from orchestrion.simulation.site import Site, picker
from orchestrion.simulation.stock import Stock, flat
from orchestrion.simulation.supply import Supply
from orchestrion.simulation.transfers import Carts
from orchestrion.simulation.view import View
from orchestrion.streams import Streams
from orchestrion.units import duration_s

_UNITS = 1 << 20  # more units than a line can have


class Shop:
    """Everything of one replication that the processes share."""

    def __init__(
        self, world: World, policy: SourcingPolicy | Decider, streams: Streams, archive: Archive | None = None
    ) -> None:
        self.world = world
        self.streams = streams
        self.env = Clock()
        self.ledger = Ledger(archive)
        self.outcome = self.ledger.outcome
        self.stock, self.nights = self._stocked()
        rules = world.visibility
        feed = world.sourcing.feed
        self.believed = None if feed is None else Believed(self.env, feed, self.stock)
        self.published = None if rules is None else Published(self.env, world, rules, self.stock)
        self.sites = [Site(self.env, node) for node in world.nodes]
        self.carrying = Carrying(world)
        self.road = Road(self.env, self)
        self.view = View(self)
        self.supply = Supply(self.env, world, self.stock, self.ledger, streams, self.view.forecasts)
        self.backlog = None if world.backorders is None else Backlog(self.env, self, world.backorders)
        if self.backlog is not None:
            self.supply.came = self.backlog.came
        self.carts = None if world.transfers is None else Carts(self.env, self, world.transfers)
        self.season = None if world.season is None else Change(self.env, self, world.season)
        if self.season is not None:
            self.supply.fits = self.season.fits
        self.policy_name = str(getattr(policy, "policy_name", type(policy).__name__))
        start = getattr(policy, "start", None)
        decider = cast(Decider, start(self.view, streams.apart("policy")) if start else policy)
        review = getattr(policy, "review", None)
        self.desk = Desk(self.env, self, decider, duration_s(review) if review else world.sourcing.review_s)
        self.door = Door(self.env, self)
        self.daybook = DayBook(self.env, self)
        self._stores = np.array([node.id for node in world.nodes if node.walk_ins], np.int64)
        self._near_store: dict[int, int] = {}
        self._next_store: dict[int, int] = {}
        self._place_of: dict[int, int] = {}
        places = world.places
        self._zone = flat(places.zone)
        self._lat_e6, self._lon_e6 = (flat(np.rint(of * 1e6).astype(np.int32)) for of in (places.lat, places.lon))
        self._success = [node.pick_success for node in world.nodes]
        self._misses = world.records.misses_by_record if world.records is not None else ()

    def _stocked(self) -> tuple[Stock, Nights | None]:
        """The stock, and what befalls it at night where records may be wrong."""
        world, ledger, rules = self.world, self.ledger, self.world.records
        if rules is None:
            return Stock(world, ledger), None
        stock = DriftingStock(world, rules, ledger, self.streams)
        nights = Nights(self.env, world, rules, stock, ledger, self.streams)
        nights.open()
        return stock, nights

    def run(self, told: Callable[[int], None] | None = None) -> None:
        """Open the doors, work until the horizon, finish what is in progress; `told` hears of every new day [s]."""
        env = self.env
        self.daybook.told = told
        env.process(self.desk.process())
        if self.published is not None:
            for process in self.published.processes():
                env.process(process)
        if self.believed is not None and self.believed.periodic:
            env.process(self.believed.process())
        if self.nights is not None:
            env.process(self.nights.process())
        for process in (*self.supply.processes(), *self.daybook.processes()):
            env.process(process)
        for process in () if self.season is None else self.season.processes():
            env.process(process)
        if self.carts is not None:
            env.process(self.carts.process())
        for site in self.sites:
            for calendar in site.hands:
                env.process(picker(env, site, self, calendar))
        self.door.open()
        env.reach(self.world.end_s, FIRST)
        self.road.write_unfinished()
        self.stock.spells.close_all(self.world.end_s)

    def findable(self, line: Line, qty: int, node: int, hop: int) -> int:
        """How many of the line's units luck lets the picker find."""
        success = self._success[node]
        if success >= 1.0:
            return qty
        if self._misses:  # the fewer the record promises, the harder they are to find
            recorded = max(1, self.stock.units(line.sku, node)[1])
            success = 1.0 - (1.0 - success) * self._misses[min(recorded, len(self._misses)) - 1]
        # hops far apart, so that each unit of each hop has luck of its own: what was missed once may be found elsewhere
        first = hop * _UNITS
        if qty == 1:
            return int(self.streams.luck("pick", line.request, first) < success)
        return sum(self.streams.luck("pick", line.request, first + i) < success for i in range(qty))

    def near_store(self, place: int) -> int:
        """The store a customer would go to, as far as they would go to collect an order; -1 without one."""
        store = self._near_store.get(place)
        if store is None:
            row = self.world.geography.node_place[self._stores, place]
            store = self._near_store[place] = self._within_reach(self._stores, row)
        return store

    def _within_reach(self, stores: Ints, distances: NDArray[np.int32]) -> int:
        if not len(stores):
            return -1
        nearest = int(np.argmin(distances))
        return int(stores[nearest]) if distances[nearest] <= self.world.demand.collect_within_m else -1

    def next_store(self, store: int) -> int:
        """The store nearest to another, within the same reach; -1 without one."""
        other = self._next_store.get(store)
        if other is None:
            rest = self._stores[self._stores != store]
            row = self.world.geography.node_node[store, rest]
            other = self._next_store[store] = self._within_reach(rest, row)
        return other

    def place_of(self, node: int) -> int:
        """The delivery address nearest to a node: where its walk-ins are taken to live."""
        place = self._place_of.get(node)
        if place is None:
            place = self._place_of[node] = int(np.argmin(self.world.geography.node_place[node]))
        return place

    def address(self, order: Order) -> tuple[int, ...]:
        """The columns id, t, channel, zone, place, lat_e6, lon_e6, option, collect_at of the orders' fact table."""
        place = order.place
        where = self._zone[place], place, self._lat_e6[place], self._lon_e6[place]
        return (order.id, order.t, order.channel, *where, order.option, order.collect_at)
