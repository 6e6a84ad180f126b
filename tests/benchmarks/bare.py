"""What there is to compare with: bare events, and one warehouse written as people would without this library.

The two warehouses, a process for each order and a heap of one's own, write the same facts as the engine, by the same
`Sheet.add`; a test holds them equal row by row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Generator, Sequence
from heapq import heappop, heappush
from typing import Any, NamedTuple

import simpy

from orchestrion.demand import weeks
from orchestrion.domain.codes import EventKind, Outcome, Reason, ReviewStatus, StockKind
from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.domain.world import World
from orchestrion.logistics.transit import Promises, arrival, draw_days
from orchestrion.simulation.ledger import Ledger
from orchestrion.streams import Streams

HOME = 0  # the fulfilment option of every order here
SERVICE = 0  # and the service that carries it
SERVED, HEURISTIC, CHOSEN = int(Outcome.SERVED), int(ReviewStatus.HEURISTIC), int(Reason.CHOSEN)
PLACED, SOURCED, PICKED, HANDED_OVER, DELIVERED = (
    int(kind)
    for kind in (
        EventKind.PLACED, EventKind.SOURCED, EventKind.PICKED, EventKind.HANDED_OVER, EventKind.DELIVERED
    )
)  # fmt: skip
RESERVED, PICKED_UNITS = int(StockKind.RESERVED), int(StockKind.PICKED)


def bare_events(count: int, processes: int = 1000) -> None:
    """So many timeouts of SimPy, by a thousand live processes."""
    env = simpy.Environment()

    def live(n: int) -> Generator[simpy.Event, None, None]:
        for _ in range(n):
            yield env.timeout(7)

    for _ in range(processes):
        env.process(live(max(1, count // processes - 1)))  # starting a process is an event too
    env.run()


class FromTheOnlyNode:
    """Decides nothing: everything leaves from node 0."""

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        plan = view.new_plan()
        for order in orders:
            for line in order.lines:
                plan.source(line, 0)
        return plan


class Beforehand:
    """Decides nothing at all: hands out plans that were written before, so that a run shows what all the rest costs."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self._next = -1  # still writing

    def again(self) -> Beforehand:
        self._next = 0
        return self

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        if self._next < 0:
            self.plans.append(FromTheOnlyNode().decide(orders, view))
            return self.plans[-1]
        plan = self.plans[self._next]
        self._next += 1
        plan._view = view  # of this run
        return plan


class Slip(NamedTuple):
    """An order of one line at the only warehouse."""

    id: int
    t: int
    place: int
    sku: int
    qty: int
    promised: int


class Teller:
    """Writes what becomes of orders into the ledger: the tables of the engine, but for the day book."""

    TABLES = ("orders", "lines", "outcomes", "events", "decisions", "reviews", "stock", "shipments", "wishes")

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.streams = Streams(seed, 0)
        self.ledger = Ledger()
        self.open: dict[int, tuple[Slip, int, int]] = {}  # order -> its slip, picked, handed over
        self._promises = Promises(world)
        self._numbers = 0
        places = world.places
        self._address = [
            (zone, round(lat * 1e6), round(lon * 1e6))
            for zone, lat, lon in zip(places.zone.tolist(), places.lat.tolist(), places.lon.tolist(), strict=True)
        ]
        net = 1.0 + world.economics.vat
        self._price, self._net = world.skus.price.tolist(), net
        self._cost, self._fee = world.skus.cost.tolist(), round(world.options[HOME].fee / net)
        self._mass, self._volume = world.skus.mass.tolist(), world.skus.volume.tolist()
        self._metres = world.geography.node_place[0].tolist()
        self._shelf: list[int] = world.opening_stock[:, 0].tolist()
        self._number: dict[int, int] = {}

    def slips(self) -> Generator[tuple[int, int, int, int, int, int], None, None]:
        """(moment, id, channel, place, SKU, units) of each customer, week by week."""
        for block in weeks(self.world, self.streams):
            self.ledger.asked(self.world, block)
            columns = (block.t, block.channel, block.place, block.sku, block.qty)
            for i, (t, channel, place, sku, qty) in enumerate(zip(*(c.tolist() for c in columns), strict=True)):
                yield t, block.first_request + i, channel, place, sku, qty

    def placed(self, t: int, id: int, channel: int, place: int, sku: int, qty: int) -> Slip:
        """An order is placed, promised, sourced and reserved."""
        ledger, number, price = self.ledger, self._numbers, self._price[sku]
        self._numbers += 1
        if self._shelf[sku] < qty:
            raise AssertionError("the warehouse has everything in plenty")
        self._shelf[sku] -= qty
        slip = Slip(id, t, place, sku, qty, self._promises.of(HOME, t))
        ledger.outcome((id, SERVED, -1, id, t, -1))
        ledger.line((id, 0, sku, qty, price, id))
        zone, lat, lon = self._address[place]
        gross = round(price * qty / self._net)
        ledger.order((id, t, channel, zone, place, lat, lon, HOME, -1, slip.promised, self._fee, gross,
                      self._cost[sku] * qty))  # fmt: skip
        ledger.event((t, PLACED, id, -1, -1, -1, qty, -1, 0))
        ledger.review((number, t, 1, HEURISTIC, 0, 0, 0))
        ledger.stock((t, sku, 0, RESERVED, 0, 0, qty, 0, 0, id))
        ledger.decision((number, t, id, 0, 0, qty, SERVICE, 0, CHOSEN, number))
        ledger.event((t, SOURCED, id, 0, number, 0, qty, CHOSEN, 0))
        self._number[id] = number
        self.open[id] = slip, -1, -1
        return slip

    def picked(self, t: int, slip: Slip) -> None:
        id, _, _, sku, qty, _ = slip
        self.ledger.stock((t, sku, 0, PICKED_UNITS, -qty, -qty, -qty, 0, 0, id))
        self.ledger.event((t, PICKED, id, 0, self._number[id], 0, qty, -1, 0))
        self.open[id] = slip, t, -1

    def handed(self, t: int, slip: Slip) -> int:
        """Handed to the carrier; when the customer receives it."""
        id = slip.id
        self.ledger.event((t, HANDED_OVER, id, -1, self._number[id], 0, slip.qty, -1, 0))
        self.open[id] = slip, self.open[id][1], t
        service = self.world.services[SERVICE]
        days = draw_days(service, self.streams.luck("transit", id, 0))
        return arrival(service, t, days, self.streams.luck("round", id))

    def delivered(self, t: int, slip: Slip) -> None:
        self.ledger.event((t, DELIVERED, slip.id, -1, self._number[slip.id], 0, slip.qty, -1, 0))
        self._write(slip.id, t)

    def finish(self) -> Ledger:
        """What is under way at the end is written as it stands."""
        for id in list(self.open):
            self._write(id, -1)
        return self.ledger

    def _write(self, id: int, received: int) -> None:
        slip, picked, handed = self.open.pop(id)
        _, t, place, sku, qty, _ = slip
        found = qty if picked >= 0 else 0
        self.ledger.shipment((
            id, self._number.pop(id), 0, place, -1, SERVICE, found and 1, found, found and 1, found * self._mass[sku],
            found * self._volume[sku], self._metres[place], 0, t, picked, handed, received, -1,
        ))  # fmt: skip


def process_per_order(world: World, seed: int) -> Ledger:
    """The model as a textbook of SimPy would write it: an order is a process, pickers are a resource.

    One warehouse with everything in plenty, open around the clock, one line an order, one service.
    """
    node, service = world.nodes[0], world.services[SERVICE]
    env, teller = simpy.Environment(), Teller(world, seed)
    hands = simpy.Resource(env, node.pickers)
    calls = service.collections[0]

    def life(slip: Slip) -> Generator[simpy.Event, None, None]:
        with hands.request() as turn:
            yield turn
            yield env.timeout(node.pick_setup_s + node.pick_line_s + slip.qty * node.pick_unit_s)
        teller.picked(int(env.now), slip)
        at = bisect_left(calls, env.now)
        if at == len(calls):
            return
        yield env.timeout(calls[at] - env.now)
        yield env.timeout(teller.handed(int(env.now), slip) - env.now)
        teller.delivered(int(env.now), slip)

    def door() -> Generator[simpy.Event, None, None]:
        for t, *asked in teller.slips():
            yield env.timeout(t - env.now)
            env.process(life(teller.placed(t, *asked)))

    env.process(door())
    env.run(until=world.end_s)
    return teller.finish()


def by_hand(world: World, seed: int) -> Ledger:
    """The same on a heap of one's own: about as quick as Python can be."""
    node, service, teller = world.nodes[0], world.services[SERVICE], Teller(world, seed)
    fixed, unit = node.pick_setup_s + node.pick_line_s, node.pick_unit_s
    calls = service.collections[0]
    events: list[tuple[int, int, int, Any]] = []
    idle, waiting, number, end = node.pickers, deque[Slip](), 0, world.end_s
    shelves: dict[int, list[Slip]] = {}  # by call of the carrier: what leaves with it
    placed, picked, handed, delivered = teller.placed, teller.picked, teller.handed, teller.delivered

    coming = teller.slips()
    following = next(coming, None)
    while events or following:
        if following is not None and (not events or (following[0], 1) < events[0][:2]):
            now = following[0]
            slip = placed(*following)
            following = next(coming, None)
            if idle:
                idle -= 1
                heappush(events, (now + fixed + slip.qty * unit, 2, number, slip))
                number += 1
            else:
                waiting.append(slip)
            continue
        now, kind, _, slip = heappop(events)
        if now >= end:
            break
        if kind == 2:
            picked(now, slip)
            at = bisect_left(calls, now)
            if at < len(calls):
                if calls[at] not in shelves:
                    shelves[calls[at]] = []
                    heappush(events, (calls[at], 0, number, None))
                    number += 1
                shelves[calls[at]].append(slip)
            if waiting:
                slip = waiting.popleft()
                heappush(events, (now + fixed + slip.qty * unit, 2, number, slip))
                number += 1
            else:
                idle += 1
        elif kind == 0:
            for left in shelves.pop(now):
                heappush(events, (handed(now, left), 3, number, left))
                number += 1
        else:
            delivered(now, slip)
    return teller.finish()
