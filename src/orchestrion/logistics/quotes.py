"""Quotes: what one shipment would cost and emit from every node at once, to the same micro-euro as it is booked later.

This is the hot path of every policy: arrays over nodes, laid out once for each World.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Component, Leg
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import Quote, Quotes
from orchestrion.domain.world import RateCard, World
from orchestrion.logistics.cost import shipment_costs
from orchestrion.logistics.emissions import ordering_row, per_gram, round_row, shipment_emissions, trip_row, whole
from orchestrion.logistics.tariff import PARCEL, SHUTTLE, Tariff, labour

Ints = NDArray[np.int64]


class _Card:
    """A rate card as one row of prices per weight band, for one parcel at a time; same prices as `cost.carriage`."""

    __slots__ = ("bands", "extra", "last", "limits", "prices")

    def __init__(self, card: RateCard) -> None:
        self.bands: list[int] = card.up_to_g.tolist()
        self.last = self.bands[-1]
        self.prices = [np.ascontiguousarray(card.price[:, band]) for band in range(len(self.bands))]
        self.extra = card.extra_per_kg
        self.limits = card.up_to_m.astype(np.int32)  # the type of the distances: searching converts nothing

    def carriage(self, mass: int, distance: NDArray[np.int32]) -> Ints:
        """Micro-euros of one parcel over each distance."""
        far = self.limits.searchsorted(distance)
        if mass <= self.last:
            found: Ints = self.prices[bisect_left(self.bands, mass)].take(far)
            return found
        over: Ints = self.prices[-1].take(far) + -(-(mass - self.last) // 1000) * self.extra
        return over


class Quoter:
    """Prices shipments of a World before they exist.

    >>> from orchestrion.testing.town import order, three_stores
    >>> quoter = Quoter(three_stores())               # a warehouse far away, three stores near
    >>> slip = order(lines=[(0, 1)])                  # one shirt, to be sent home
    >>> (quoter.quotes(slip, slip.lines).cost / 1e6).tolist()
    [6.5, 5.5, 5.5, 5.5]
    """

    def __init__(self, world: World) -> None:
        tariff = self.tariff = Tariff(world)
        e, geography = world.emissions, world.geography
        self.world = world
        self._node = np.arange(len(world.nodes))
        self._mass: list[int] = world.skus.mass.tolist()
        self._volume: list[int] = world.skus.volume.tolist()
        self._to_place = np.ascontiguousarray(geography.node_place.T)  # (P, N): one address is one stretch of memory
        self._to_node = np.ascontiguousarray(geography.node_node.T)
        self._agency: list[int] = world.places.agency.tolist()
        self._kinds: list[int] = tariff.kind.tolist()
        self._cards = [None if s.rate_card is None else _Card(s.rate_card) for s in world.services]
        self._picked: dict[tuple[int, int], Ints] = {}
        # milligrams for each gram carried, by node: van to its agency, truck on to the agency of the address, (A, 2, N)
        first = per_gram(e.van_g_per_kg_km, e.detour, geography.node_agency)
        haul = per_gram(e.truck_g_per_kg_km, e.detour, geography.agency_agency[tariff.node_agency, :].T)
        self._carried = np.ascontiguousarray(np.stack([np.broadcast_to(first, haul.shape), haul], axis=1))
        self._shuttle = per_gram(e.truck_g_per_kg_km, e.detour, self._to_node)
        self._building = e.building_g_per_cm3 * 1000.0
        self._box = int(whole(e.packaging_g_per_parcel * 1000.0))
        self._hub = int(whole(e.hub_g_per_parcel * 1000.0))
        self._cardboard = e.packaging_g_per_cm3 * 1000.0
        self._stop = int(round_row(e, 0)[2]) if e.method == "per_stop" else -1

    def mass_volume(self, lines: Sequence[Line]) -> tuple[int, int]:
        """Grams and cubic centimetres of these lines."""
        mass = volume = 0
        for line in lines:
            mass += self._mass[line.sku] * line.qty
            volume += self._volume[line.sku] * line.qty
        return mass, volume

    def _picking(self, lines: int, units: int) -> Ints:
        """Picking and wrapping at every node; few shipments differ in their numbers of lines and units."""
        found = self._picked.get((lines, units))
        if found is None:
            tariff = self.tariff
            found = labour(tariff.pick_seconds(self._node, lines, units), tariff.wage)
            found = self._picked[lines, units] = found + units * tariff.economics.packaging_unit
            found.setflags(write=False)
        return found

    def quotes(self, order: Order, lines: Sequence[Line]) -> Quotes:
        """Cost to serve, CO2e and distance of one shipment with these lines, from every node.

        What belongs to the order rather than the shipment (fee, ordering, the customer's trip) is left out: it is the
        same whoever ships, however often the order is split. Nodes that may not serve the order are priced like the
        others; leave them out by `NetworkView.nearest` or `service`.
        """
        option = self.world.options[order.option]
        service, at = option.service, order.collect_at
        kind, card = self._kinds[service], self._cards[service]
        mass, volume = self.mass_volume(lines)
        units = 0
        for line in lines:
            units += line.qty
        near = self._to_place[order.place] if at < 0 else self._to_node[at]
        picking = self._picking(len(lines), units)
        buildings = np.rint(self._building * volume)
        cardboard = round(self._cardboard * volume)

        fixed = self.tariff.economics.packaging_parcel
        fixed_mg = cardboard + self._box
        moved = buildings
        if kind == PARCEL:
            agency = self._agency[order.place] if at < 0 else self.world.nodes[at].agency
            carried = np.rint(self._carried[agency] * mass)
            moved = buildings + carried[0]
            moved += carried[1]
            stop = self._stop if self._stop >= 0 else int(round_row(self.world.emissions, mass)[2])
            fixed_mg += self._hub + stop
        elif kind == SHUTTLE:
            fixed += self.tariff.economics.shuttle_parcel
            moved = buildings + np.rint(self._shuttle[at] * mass)
        cost = picking + fixed
        if card is not None:
            cost += card.carriage(mass, near)
        co2e = moved.astype(np.int64)
        co2e += fixed_mg
        if at >= 0 and option.counter >= 0:  # the collection store hands over its own goods: no box, no carriage
            cost[at] = picking[at]
            co2e[at] = int(buildings[at]) + cardboard
        return Quotes(cost, co2e, near.astype(np.int64))

    def service(self, order: Order, node: int) -> int:
        """The service that carries the order's goods from the node: the counter's, at the collection store itself."""
        option = self.world.options[order.option]
        return option.counter if node == order.collect_at and option.counter >= 0 else option.service

    def quote(self, order: Order, lines: Sequence[Line], node: int, eta_t: int = -1) -> Quote:
        """One shipment in full, for people: by component and by leg, with the legs of the whole order too.

        Parameters
        ----------
        eta_t
            Expected delivery or ready moment, where the caller knows it [s].
        """
        service = self.service(order, node)
        mass, volume = self.mass_volume(lines)
        units = sum(line.qty for line in lines)
        at = order.collect_at
        distance = int(self._to_node[at, node] if at >= 0 else self._to_place[order.place, node])
        costs = shipment_costs(self.tariff, node, service, len(lines), units, mass, distance)
        rows = shipment_emissions(self.tariff, node, order.place, at, service, mass, volume, distance)
        rows += [ordering_row(self.tariff, 1), trip_row(self.tariff, order.place, at)]
        co2e: dict[Leg, int] = {}
        for row in rows:
            amount = int(row.amount.sum())
            if amount:
                co2e[row.leg] = co2e.get(row.leg, 0) + amount
        priced: dict[Component, int] = {component: int(amount) for component, amount in costs.items() if amount}
        return Quote(node, service, distance, eta_t, priced, co2e)
