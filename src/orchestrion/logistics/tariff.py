"""What a World says about cost and CO2e, laid out once in columns by node and by service."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Role
from orchestrion.domain.facts import Table
from orchestrion.domain.world import World
from orchestrion.units import HOUR

Ints = NDArray[np.int64]
PARCEL, SHUTTLE, COUNTER, PICKUP, COURIER = range(5)
_KINDS = {"parcel": PARCEL, "shuttle": SHUTTLE, "counter": COUNTER, "pickup": PICKUP, "courier": COURIER}


class Sent(NamedTuple):
    """Shipments to be priced: columns (or scalars) that broadcast; grams, cubic centimetres, metres, seconds."""

    node: Any
    place: Any  # address
    collect_at: Any  # collection store; -1: none
    service: Any
    lines: Any
    units: Any
    mass: Any
    volume: Any
    distance: Any  # great circle from the node to the address, or to the collection store
    parcels: Any = 1
    ordered_t: Any = 0  # when the order was placed

    def columns(self) -> Sent:
        """All of them as arrays of one shape."""
        return Sent(*np.broadcast_arrays(*(np.asarray(column, np.int64) for column in self)))


def sent_of(shipments: Table, ordered_t: Any = 0) -> Sent:
    """Rows of the fact table `shipments`."""
    names = ("node", "place", "collect_at", "service", "lines", "units", "mass", "volume", "distance", "parcels")
    node, place, collect_at, service, lines, units, mass, volume, distance, parcels = (shipments[n] for n in names)
    return Sent(
        node, place, collect_at, service, lines, units, mass, volume, distance, parcels=parcels, ordered_t=ordered_t
    )


class Tariff:
    """A World's prices and factors as arrays; the one place from which quotes and bookings are computed.

    Attributes
    ----------
    kind
        Of each service: PARCEL, SHUTTLE, COUNTER, PICKUP or COURIER.
    setup_s, line_s, unit_s, wage
        Of each node: picking seconds for a shipment, a line, a unit; micro-euros an hour.
    per_shipment, per_unit
        Of each node: what it charges besides wages, micro-euros.
    node_agency, place_agency
        The carrier's agency of each node and place.
    tour_parcel
        Micro-euros for a parcel that rides to a collection store, by the node it comes from: the store's own tour, or
        between stores a transfer.
    from_store
        Whether each node is a store, from which no tour leaves.
    inbound_m
        The goods' way from the warehouse to each store; zero where it is not counted [m].
    """

    def __init__(self, world: World) -> None:
        nodes = world.nodes
        self.world = world
        self.kind = np.array([_KINDS[service.kind] for service in world.services], np.int64)
        self.setup_s = np.array([node.pick_setup_s for node in nodes], np.int64)
        self.line_s = np.array([node.pick_line_s for node in nodes], np.int64)
        self.unit_s = np.array([node.pick_unit_s for node in nodes], np.int64)
        self.wage = np.array([node.wage for node in nodes], np.int64)
        self.per_shipment = np.array([node.per_shipment for node in nodes], np.int64)
        self.per_unit = np.array([node.per_unit for node in nodes], np.int64)
        self.node_agency = np.array([node.agency for node in nodes], np.int64)
        self.node_zone = np.array([node.zone for node in nodes], np.int64)
        self.place_agency = world.places.agency
        self.place_zone = world.places.zone
        economics = self.economics = world.economics
        self.emissions = world.emissions
        self.geography = world.geography
        self.from_store = np.array([node.role in (Role.STORE, Role.DARK_STORE) for node in nodes])
        transfer = economics.shuttle_parcel if economics.transfer_parcel < 0 else economics.transfer_parcel
        self.tour_parcel = np.where(self.from_store, transfer, economics.shuttle_parcel).astype(np.int64)
        source = world.replenishment.source
        fed = world.geography.node_node[source, np.arange(len(nodes))]
        self.inbound_m = np.where((source >= 0) & world.emissions.inbound, fed, 0).astype(np.int64)

    def pick_seconds(self, node: Any, lines: Any, units: Any) -> Ints:
        """Picker seconds to pick a shipment, shape of the arguments broadcast."""
        return np.asarray(self.setup_s[node] + lines * self.line_s[node] + units * self.unit_s[node])

    def picking(self, node: Any, lines: Any, units: Any) -> Ints:
        """What picking a shipment costs, wages and charges, micro-euros, shape of the arguments broadcast."""
        wages = labour(self.pick_seconds(node, lines, units), self.wage[node])
        return np.asarray(wages + self.per_shipment[node] + units * self.per_unit[node])

    def to_agency(self, place: Any, collect_at: Any) -> Ints:
        """The agency of the collection store, or where there is none (-1) of the address."""
        # -1 reads the last row, then is masked
        return np.asarray(np.where(collect_at >= 0, self.node_agency[collect_at], self.place_agency[place]))

    def to_zone(self, place: Any, collect_at: Any) -> Ints:
        """The zone of the collection store, or of the address."""
        return np.asarray(np.where(collect_at >= 0, self.node_zone[collect_at], self.place_zone[place]))


def labour(seconds: Any, wage: Any) -> Ints:
    """Micro-euros of so many seconds at a wage an hour, to the nearest.

    >>> int(labour(90, 18_000_000))      # a minute and a half at 18 EUR an hour
    450000
    """
    return np.asarray((seconds * wage + HOUR // 2) // HOUR)
