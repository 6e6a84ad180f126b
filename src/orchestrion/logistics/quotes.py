"""Quotes: what one shipment would cost and emit from every node at once, to the same micro-euro as it is booked later.

This is the hot path of every policy: arrays over nodes, laid out once for each World.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.carriers import Surcharges
from orchestrion.domain.codes import Component, Leg
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.products import PLAIN
from orchestrion.domain.view import Costs, Quote, Quotes
from orchestrion.domain.world import Service, World
from orchestrion.logistics.cost import courier_price, shipment_costs, surcharged
from orchestrion.logistics.emissions import (
    cardboard_cm2,
    courier_metres,
    factor,
    ordering_row,
    round_activity,
    shipment_emissions,
    trip_row,
    whole,
)
from orchestrion.logistics.tariff import COURIER, PARCEL, PICKUP, SHUTTLE, Sent, Tariff
from orchestrion.units import DAY

Ints = NDArray[np.int64]
REMEMBERED = 2_000_000  # prices of one node that a quoter remembers: 16 MB


class _Offer:
    """What a service charges for one parcel from every node, laid out by weight band; same prices as `cost.freight`."""

    __slots__ = (
        "area_of_node", "area_of_place", "bands", "columns", "days", "extra", "last", "least", "limits", "offer",
        "prices", "tariff", "zone_of_node", "zone_of_place",
    )  # fmt: skip

    def __init__(self, tariff: Tariff, offer: Service) -> None:
        self.tariff, self.offer = tariff, offer
        card = offer.rate_card
        if card is None:
            return
        self.bands: list[int] = card.up_to_g.tolist()
        self.last = self.bands[-1]
        self.prices = [np.ascontiguousarray(card.price[:, band]) for band in range(len(self.bands))]
        self.least: list[int] = np.minimum.accumulate(card.price.min(axis=0)).tolist()  # up to each band
        self.extra = card.extra_per_kg
        self.limits = card.up_to_m.astype(np.int32)  # the type of the distances: searching converts nothing
        # with zones: the column of every node, one row for each area of addresses
        self.columns = None if card.column is None else np.ascontiguousarray(card.column.T)
        by_place, by_node = (
            (tariff.place_agency, tariff.node_agency) if card.by_agency else (tariff.place_zone, tariff.node_zone)
        )
        self.area_of_place: list[int] = by_place.tolist()
        self.area_of_node: list[int] = by_node.tolist()
        self.zone_of_place: list[int] = tariff.place_zone.tolist()
        self.zone_of_node: list[int] = tariff.node_zone.tolist()
        self.days = None if offer.surcharges is None else alike_days(offer.surcharges)

    def alike(self, order: Order, mass: int, volume: int) -> tuple[int, ...]:
        """What the price depends on: parcels that agree in all of it cost the same from every node.

        On a card by zones the area of the address is enough; with distances every address has its own prices.
        """
        place, at = order.place, order.collect_at
        if self.offer.courier is not None:
            return (place,) if at < 0 else ()
        more, band = self.weight(mass)
        if self.columns is None:
            area = place if at < 0 else -1
        else:
            area = self.area_of_place[place] if at < 0 else self.area_of_node[at]
        extra, days = self.offer.surcharges, self.days
        if extra is None or days is None:
            return area, band, more
        zone = self.zone_of_place[place] if at < 0 else self.zone_of_node[at]
        bulky = mass > extra.bulky_over_g or volume > extra.bulky_over_cm3
        return area, band, more, days[min(order.t // DAY, len(days) - 1)], zone, bulky

    def weight(self, mass: int) -> tuple[int, int]:
        """(Kilograms beyond the heaviest band, band)."""
        if mass > self.last:
            return -(-(mass - self.last) // 1000), len(self.bands) - 1
        return 0, bisect_left(self.bands, mass)

    def price(self, order: Order, mass: int, volume: int, distance: NDArray[np.int32]) -> tuple[Ints, int]:
        """Micro-euros of one parcel to the order's address (or collection store) from every node; and what any parcel
        with only some of its goods costs at least."""
        offer = self.offer
        if offer.courier is not None:
            trip = courier_price(offer.courier, distance)
            return trip, int(trip.min())
        more, band = self.weight(mass)
        if self.columns is None:
            column: NDArray[np.integer[Any]] = self.limits.searchsorted(distance)
        else:
            column = self.columns[self.area_of_place[order.place] if order.collect_at < 0 else
                                  self.area_of_node[order.collect_at]]  # fmt: skip
        found: Ints = self.prices[band].take(column)
        if more:
            found = found + more * self.extra
        if offer.surcharges is None:
            return found, self.least[band]
        zone = self.tariff.to_zone(order.place, order.collect_at)
        floor = surcharged(offer.surcharges, self.least[band], order.t, zone, 0, 0)
        return surcharged(offer.surcharges, found, order.t, zone, mass, volume), int(floor)


def alike_days(extra: Surcharges) -> list[int]:
    """A number for each day, the same where nothing that is added differs."""
    numbers: dict[tuple[float, int], int] = {}
    return [
        numbers.setdefault(added, len(numbers))
        for added in zip(extra.fuel.tolist(), extra.saturday.tolist(), strict=False)
    ]


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
        self._class: list[int] | None = None if world.products is None else world.products.carried.tolist()
        self.to_place = np.ascontiguousarray(geography.node_place.T)  # (P, N): one address is one stretch of memory
        self._to_node = np.ascontiguousarray(geography.node_node.T)
        self._agency: list[int] = world.places.agency.tolist()
        self._kinds: list[int] = tariff.kind.tolist()
        self._offers = [
            None if s.rate_card is None and s.courier is None else _Offer(tariff, s) for s in world.services
        ]
        self._carriers = [option.service for option in world.options]
        self._picked: dict[tuple[int, int], Ints] = {}
        self._known: dict[tuple[Any, ...], Costs] = {}  # what was asked before, by what it depends on
        self._room = max(1, REMEMBERED // len(world.nodes))
        # road kilometres by node: to its agency, and on to the agency of the address, (A, N)
        self._first_km = geography.node_agency * (e.detour / 1000.0)
        self._haul_km = np.ascontiguousarray(geography.agency_agency[tariff.node_agency, :].T * (e.detour / 1000.0))
        self._tour_km = self._to_node * (e.detour / 1000.0)
        self._inbound_km = tariff.inbound_m * (e.detour / 1000.0) if tariff.inbound_m.any() else None
        self._box = int(whole(1000 * e.packaging_g_per_parcel))
        self._hub = int(whole(1000 * e.hub_g_per_parcel))

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
            found = tariff.picking(self._node, lines, units)
            found = self._picked[lines, units] = found + units * tariff.economics.packaging_unit
            found.setflags(write=False)
        return found

    def quotes(self, order: Order, lines: Sequence[Line]) -> Quotes:
        """Cost to serve, CO2e and distance of one shipment with these lines, from every node.

        Goods that must be carried differently travel apart, and are added up. What belongs to the order rather than the
        shipment (fee, ordering, the customer's trip) is left out: it is the same whoever ships, however often the order
        is split. Nodes that may not serve the order are priced like the others; leave them out by
        `NetworkView.nearest` or `service`.
        """
        option, at = self.world.options[order.option], order.collect_at
        near = self._distances(order)

        def co2e() -> Ints:
            parted = self.together(order, lines)
            parts = [self._co2e(order, some, service, near) for service, some in parted.items()]
            found = parts[0] if len(parts) == 1 else np.sum(parts, axis=0)
            if at >= 0 and option.counter >= 0:
                found[at] = self._handed_over(lines, at)
            return found

        return Quotes(self.costs(order, lines).by_node, co2e, near.astype(np.int64))

    def costs(self, order: Order, lines: Sequence[Line]) -> Costs:
        """The costs of `quotes`: of parcels that are alike, the first is priced and the others are looked up."""
        chosen = order.option
        key: tuple[Any, ...]
        if self._class is None:
            key = chosen, order.collect_at, *self._alike(order, lines, self._carriers[chosen])
        else:
            parted = self.together(order, lines)
            key = chosen, order.collect_at, *(self._alike(order, some, service) for service, some in parted.items())
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= self._room:
                self._known.clear()
            found = self._known[key] = self._priced(order, lines)
            found.by_node.setflags(write=False)
        return found

    def _alike(self, order: Order, lines: Sequence[Line], service: int) -> tuple[int, ...]:
        """What the cost of one shipment by a service depends on."""
        mass = volume = units = 0
        for line in lines:
            sku, qty = line.sku, line.qty
            mass += self._mass[sku] * qty
            volume += self._volume[sku] * qty
            units += qty
        offer = self._offers[service]
        if offer is None:
            return service, len(lines), units
        return service, len(lines), units, *offer.alike(order, mass, volume)

    def _priced(self, order: Order, lines: Sequence[Line]) -> Costs:
        """Goods that must be carried differently travel apart, and are added up."""
        option, at = self.world.options[order.option], order.collect_at
        near = self._distances(order)
        parts = [self._cost(order, some, service, near) for service, some in self.together(order, lines).items()]
        cost = parts[0][0] if len(parts) == 1 else np.sum([cost for cost, _ in parts], axis=0)
        floor = min(floor for _, floor in parts)
        if at >= 0 and option.counter >= 0:  # the collection store hands over its own goods: no box, no carriage
            cost[at] = self._picking(len(lines), sum(line.qty for line in lines))[at]
            floor = min(floor, int(self._picking(1, 1)[at]))
        return Costs(cost, floor)

    def _distances(self, order: Order) -> NDArray[np.int32]:
        """From every node to the order's address, or to its collection store [m]."""
        at = order.collect_at
        near: NDArray[np.int32] = self.to_place[order.place] if at < 0 else self._to_node[at]
        return near

    def _handed_over(self, lines: Sequence[Line], at: int) -> int:
        """Milligrams of goods that a collection store hands over itself."""
        e = self.world.emissions
        mass, volume = self.mass_volume(lines)
        found = round(volume * 1000 * float(e.building_g_per_cm3[at])) + round(volume * 1000 * e.packaging_g_per_cm3)
        return found if self._inbound_km is None else found + int(self._inbound(mass)[at])

    def together(self, order: Order, lines: Sequence[Line]) -> dict[int, Sequence[Line]]:
        """The lines by the service that carries them; goods without one are priced as if they were plain."""
        option = self.world.options[order.option]
        if self._class is None:
            return {option.service: lines}
        carriers = (option.service, option.bulky, option.two_person)
        parted: dict[int, list[Line]] = {}
        for line in lines:
            service = carriers[self._class[line.sku]]
            parted.setdefault(service if service >= 0 else carriers[PLAIN], []).append(line)
        return dict(parted)

    def _inbound(self, mass: int) -> NDArray[np.float64]:
        assert self._inbound_km is not None
        return np.asarray(np.rint(np.rint(mass * self._inbound_km) * self.world.emissions.truck_g_per_kg_km))

    def _cost(
        self, order: Order, lines: Sequence[Line], service: int, near: NDArray[np.int32]
    ) -> tuple[Ints, int]:
        """Micro-euros by node of one shipment by a service, and of any with only some of its goods at least."""
        mass, volume = self.mass_volume(lines)
        box = self.tariff.economics.packaging_parcel
        cost = self._picking(len(lines), sum(line.qty for line in lines)) + box
        floor = int(self._picking(1, 1).min()) + box
        offer = self._offers[service]
        if offer is not None:
            price, least = offer.price(order, mass, volume, near)
            cost += price
            floor += least
        if self._kinds[service] == SHUTTLE:
            cost += self.tariff.tour_parcel
            floor += int(self.tariff.tour_parcel.min())
        return cost, floor

    def _co2e(self, order: Order, lines: Sequence[Line], service: int, near: NDArray[np.int32]) -> Ints:
        """Milligrams by node of one shipment by a service."""
        e, at, kind = self.world.emissions, order.collect_at, self._kinds[service]
        mass, volume = self.mass_volume(lines)
        units = sum(line.qty for line in lines)
        moved = np.rint(volume * 1000 * e.building_g_per_cm3)
        fixed = self._box + round(volume * 1000 * e.packaging_g_per_cm3)
        if e.packaging_g_per_cm2:
            fixed += round(int(cardboard_cm2(e, volume)) * e.packaging_g_per_cm2)
        if kind in (PARCEL, PICKUP):
            agency = self._agency[order.place] if at < 0 else self.world.nodes[at].agency
            moved += np.rint(np.rint(mass * self._first_km) * e.van_g_per_kg_km)
            moved += np.rint(np.rint(mass * self._haul_km[agency]) * e.truck_g_per_kg_km)
            unit, activity = round_activity(e, mass, kind == PICKUP or at >= 0)
            fixed += self._hub + round(int(activity) * factor(e, Leg.LAST_LEG, unit))
        elif kind == SHUTTLE:
            moved += np.rint(np.rint(mass * self._tour_km[at]) * e.truck_g_per_kg_km)
        elif kind == COURIER:
            sent = Sent(self._node, order.place, at, service, 1, units, mass, volume, near).columns()
            moved += np.rint(courier_metres(self.tariff, sent) * e.courier_g_per_km)
        if at >= 0:
            waits = int(whole(volume * 1000 * e.collect_share))
            fixed += round(waits * float(e.building_g_per_cm3[at]))
        elif kind == PICKUP:
            fixed += round(volume * 1000 * e.pickup_g_per_cm3)
        if self._inbound_km is not None:
            moved += self._inbound(mass)
        co2e = moved.astype(np.int64)
        co2e += fixed
        return co2e

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
        at = order.collect_at
        distance = int(self._to_node[at, node] if at >= 0 else self.to_place[order.place, node])
        own_service = self.service(order, node)
        here = at == node and self.world.options[order.option].counter >= 0
        parted = {own_service: lines} if here else self.together(order, lines)
        costs: dict[Component, int] = {}
        rows = []
        for service, together in parted.items():
            mass, volume = self.mass_volume(together)
            units = sum(line.qty for line in together)
            sent = Sent(
                node, order.place, at, service, len(together), units, mass, volume, distance, ordered_t=order.t
            )
            for component, amount in shipment_costs(self.tariff, sent).items():
                if amount:
                    costs[component] = costs.get(component, 0) + int(amount)
            rows += shipment_emissions(self.tariff, sent)
        fetched = at >= 0 or self._kinds[own_service] == PICKUP
        rows += [ordering_row(self.tariff, 1), trip_row(self.tariff, order.place if fetched else -1, at)]
        co2e: dict[Leg, int] = {}
        for row in rows:
            grams = int(row.amount.sum())
            if grams:
                co2e[row.leg] = co2e.get(row.leg, 0) + grams
        return Quote(node, own_service, distance, eta_t, costs, co2e)
