"""The relaxation "every unit everywhere": what sourcing would cost if every node had every unit and its hands free.

Each order, with the very units that were sent, leaves however is cheapest, in one shipment or in several, from the
nodes that may send it. No policy, whatever it knows of the future, sends the same units for less: each of its shipments
is one of those weighed here, at the same price, and it pays for what goes wrong on top.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Line, Order
from orchestrion.domain.world import World
from orchestrion.logistics.carrying import Carrying
from orchestrion.logistics.parting import Part, cheapest_parting, parting_may_pay, parts_of
from orchestrion.logistics.quotes import Quoter
from orchestrion.logistics.tariff import labour

MOST_PARTS = 600  # different parcels of an order up to which all ways to part it are weighed
_BEYOND = 10**15  # a thousand million euros


class Everywhere:
    """Prices orders of a World as if every node had every unit.

    Orders too large to weigh every way to part them have a looser bound where tariffs never reward parting, and none
    where they may.

    >>> from orchestrion.testing.town import order, three_stores
    >>> Everywhere(three_stores()).least(order(lines=[(0, 1)])) / 1e6     # from a store, 5.50 as quoted
    5.5
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._quoter = Quoter(world)
        self._carrying = Carrying(world)
        self._known: dict[Order, tuple[int, str]] = {}

    def bound(self, order: Order) -> tuple[int, str]:
        """`least` and `why_not`, remembered until `forget`: many policies send the same to the same customer."""
        found = self._known.get(order)
        if found is None:
            found = self._known[order] = self.least(order), self.why_not(order)
        return found

    def forget(self) -> None:
        """Other customers come."""
        self._known.clear()

    def why_not(self, order: Order) -> str:
        """Why no bound is known for the order; "" where one is."""
        for line in order.lines:
            if not self._able(order, line).any():
                return f"no node may send {self._world.skus.key[line.sku]}"
        if parts_of([line.qty for line in order.lines]) <= MOST_PARTS:
            return ""
        pays = parting_may_pay(self._world, *self._quoter.mass_volume(order.lines))
        return pays and f"too large to weigh every way to part it, and parting may pay: {pays}"

    def least(self, order: Order) -> int:
        """The least that sourcing the order's lines may cost, micro-euros; -1 where no bound is known."""
        if self.why_not(order):
            return -1
        units = [line.qty for line in order.lines]
        able = [self._able(order, line) for line in order.lines]
        if parts_of(units) > MOST_PARTS:
            return self._one_box(order, able)

        def price(part: Part) -> int:
            lines = [line._replace(qty=qty) for line, qty in zip(order.lines, part, strict=True) if qty]
            may = np.logical_and.reduce([can for can, qty in zip(able, part, strict=True) if qty])
            cost = self._quoter.quotes(order, lines).cost
            # lines that no single node may send are never together: dearer than anything, and still to be added to
            return int(cost[may].min()) if may.any() else _BEYOND

        return cheapest_parting(units, price)

    def _able(self, order: Order, line: Line) -> NDArray[np.bool_]:
        services = self._carrying.services(line.sku, order.option, order.place, order.collect_at, order.channel)
        return np.array(services) >= 0

    def _one_box(self, order: Order, able: Sequence[NDArray[np.bool_]]) -> int:
        """A looser bound for a large order: the least labour that any node needs for each thing to do, and one parcel
        by each way of carrying, from the node that is cheapest for it.
        """
        tariff, count = self._quoter.tariff, len(self._world.nodes)
        may = np.logical_or.reduce(list(able))
        nodes = np.arange(count)
        wage = tariff.wage[may]
        units = sum(line.qty for line in order.lines)
        once, by_line, by_unit = (
            int(labour(seconds[may], wage).min()) for seconds in (tariff.setup_s, tariff.line_s, tariff.unit_s)
        )
        once += int(tariff.per_shipment[may].min())
        by_unit += int(tariff.per_unit[may].min())
        # each rounding is off by half a micro-euro, of labour, of carriage and of what is saved with a parcel
        floor = once + len(order.lines) * by_line + units * by_unit - 4 * units - len(order.lines)
        for lines in self._quoter.together(order, order.lines).values():
            pieces = sum(line.qty for line in lines)
            picking = tariff.picking(nodes, len(lines), pieces)
            floor += int((self._quoter.quotes(order, lines).cost - picking)[may].min())
        return floor
