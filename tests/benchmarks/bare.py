"""What there is to compare with: bare events, and one warehouse written as people would without this library."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Generator, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np
import simpy

from orchestrion.demand import weeks
from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.domain.world import World
from orchestrion.logistics.transit import arrival, draw_days
from orchestrion.streams import Streams

HOME = 0  # the fulfilment option of every order here


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


def _orders(world: World, streams: Streams) -> list[tuple[int, int]]:
    """(moment, first wish) of every order."""
    found: list[tuple[int, int]] = []
    for block in weeks(world, streams):
        first = block.first_request + np.concatenate([[0], np.cumsum(block.lines)[:-1]])
        found += zip(block.t.tolist(), first.tolist(), strict=True)
    return found


Rows = list[tuple[int, int, int, int]]  # order, picked, handed over, received


def process_per_order(world: World, seed: int) -> Rows:
    """The model as a textbook of SimPy would write it: an order is a process, pickers are a resource.

    One warehouse with everything in plenty, open around the clock, one line an order, one service.
    """
    streams = Streams(seed, 0)
    node, service = world.nodes[0], world.services[world.options[HOME].service]
    env = simpy.Environment()
    hands = simpy.Resource(env, node.pickers)
    work = node.pick_setup_s + node.pick_line_s + node.pick_unit_s
    rows: Rows = []
    columns: list[list[int]] = [[] for _ in range(14)]

    def record(*values: int) -> None:
        for column, value in zip(columns, values, strict=True):
            column.append(value)

    def life(order: int) -> Generator[simpy.Event, None, None]:
        record(order, int(env.now), 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
        with hands.request() as turn:
            yield turn
            yield env.timeout(work)
        picked = int(env.now)
        record(order, picked, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
        calls = service.collections[0]
        at = bisect_left(calls, picked)
        if at == len(calls):
            return
        yield env.timeout(calls[at] - picked)
        handed = int(env.now)
        record(order, handed, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
        days = draw_days(service, streams.luck("transit", order, 0))
        yield env.timeout(arrival(service, handed, days, streams.luck("round", order)) - handed)
        rows.append((order, picked, handed, int(env.now)))
        record(order, int(env.now), 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)

    def door() -> Generator[simpy.Event, None, None]:
        for t, order in _orders(world, streams):
            yield env.timeout(t - env.now)
            env.process(life(order))

    env.process(door())
    env.run(until=world.end_s)
    return rows


def by_hand(world: World, seed: int) -> Rows:
    """The same on a heap of one's own, recording the same columns: about as quick as Python can be."""
    streams = Streams(seed, 0)
    node, service = world.nodes[0], world.services[world.options[HOME].service]
    work = node.pick_setup_s + node.pick_line_s + node.pick_unit_s
    calls = service.collections[0]
    events: list[tuple[int, int, int, Any]] = []
    rows: Rows = []
    columns: list[list[int]] = [[] for _ in range(14)]
    idle, waiting, number, end = node.pickers, deque[int](), 0, world.end_s
    shelves: dict[int, list[tuple[int, int]]] = {}  # by call of the carrier: what leaves with it

    def record(*values: int) -> None:
        for column, value in zip(columns, values, strict=False):
            column.append(value)

    coming = iter(_orders(world, streams))
    following = next(coming, None)
    while events or following:
        if following is not None and (not events or (following[0], 1) < events[0][:2]):
            now, order = following
            following = next(coming, None)
            record(order, now, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
            if idle:
                idle -= 1
                heappush(events, (now + work, 2, number, order))
                number += 1
            else:
                waiting.append(order)
            continue
        now, kind, _, order = heappop(events)
        if now >= end:
            break
        if kind == 2:
            at = bisect_left(calls, now)
            if at < len(calls):
                if calls[at] not in shelves:
                    shelves[calls[at]] = []
                    heappush(events, (calls[at], 0, number, None))
                    number += 1
                shelves[calls[at]].append((order, now))
            record(order, now, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
            if waiting:
                heappush(events, (now + work, 2, number, waiting.popleft()))
                number += 1
            else:
                idle += 1
        elif kind == 0:
            for left, picked in shelves.pop(now):
                record(left, now, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
                days = draw_days(service, streams.luck("transit", left, 0))
                arrives = arrival(service, now, days, streams.luck("round", left))
                heappush(events, (arrives, 3, number, (left, picked, now)))
                number += 1
        else:
            rows.append((*order, now))
            record(order[0], now, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0)
    return rows
