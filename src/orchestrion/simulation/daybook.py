"""The day book: what each node's staff did, and what holding the stock cost, written at midnight."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import numpy as np
import simpy

from orchestrion.domain.codes import Component
from orchestrion.logistics.stock_costs import expected_loss, holding
from orchestrion.simulation.moments import FIRST, THE_REST, Clock, Moment
from orchestrion.units import DAY, HOUR

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop


class DayBook:
    """Facts that belong to a day and a node rather than to an order."""

    def __init__(self, env: Clock, shop: Shop) -> None:
        self._env = env
        self._shop = shop
        self.told: Callable[[int], None] | None = None  # hears of every midnight [s]

    def processes(self) -> Iterator[Generator[simpy.Event, None, None]]:
        """Every hour, midnight, the beginning of measured time, and its end."""
        yield self._filing()
        yield self._midnights()
        yield self._valuations()

    def _filing(self) -> Generator[simpy.Event, None, None]:
        """Once an hour, what has been written down is packed if it is much."""
        while True:
            yield Moment(self._env, (self._env.now // HOUR + 1) * HOUR, FIRST)
            self._shop.ledger.file()

    def _midnights(self) -> Generator[simpy.Event, None, None]:
        shop = self._shop
        while True:
            # the last second of the day; from one such second to the next is a whole day
            yield Moment(self._env, ((self._env.now + 1) // DAY + 1) * DAY - 1, THE_REST)
            ends = self._env.now + 1
            for site in shop.sites:
                node = site.node
                staffed = site.staffed_s(ends) - site.staffed_s(ends - DAY)
                shop.ledger.work((node.id, ends - DAY, ends, staffed, site.busy_s, len(site.pick_list)))
                site.busy_s = 0
                site.accepted = 0
            self._cost(ends - 1, Component.HOLDING, holding(shop.world, shop.stock.parts, 1.0))
            shop.view.close_day()
            if self.told is not None:
                self.told(ends)

    def _valuations(self) -> Generator[simpy.Event, None, None]:
        """The expected loss on stock, taken off at the beginning of measured time and put on at its end.

        The closing stock is counted after the run-off, when what was sold has left, and booked on the last measured
        second: draining stock is no gain, filling stores with what will not sell is a loss.
        """
        shop, world = self._shop, self._shop.world
        if world.warm_up_s:
            yield Moment(self._env, world.warm_up_s, FIRST)
        opening = expected_loss(world, shop.stock.owned + shop.stock.on_order, world.warm_up_s)
        self._cost(world.warm_up_s, Component.WRITE_DOWN, -opening)
        yield Moment(self._env, world.end_s - 1, THE_REST)
        closing = expected_loss(world, shop.stock.owned + shop.stock.on_order, world.horizon_s)
        self._cost(world.horizon_s - 1, Component.WRITE_DOWN, closing)

    def _cost(self, t: int, component: Component, by_node: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        for node in np.flatnonzero(by_node).tolist():
            self._shop.ledger.cost((t, -1, -1, node, component, int(by_node[node])))
