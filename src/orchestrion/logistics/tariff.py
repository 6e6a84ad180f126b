"""What a World says about cost and CO2e, laid out once in columns by node and by service."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.world import World
from orchestrion.units import HOUR

Ints = NDArray[np.int64]
PARCEL, SHUTTLE, COUNTER = 0, 1, 2
_KINDS = {"parcel": PARCEL, "shuttle": SHUTTLE, "counter": COUNTER}


class Tariff:
    """A World's prices and factors as arrays; the one place from which quotes and bookings are computed.

    Attributes
    ----------
    kind
        Of each service: PARCEL, SHUTTLE or COUNTER.
    setup_s, line_s, unit_s, wage
        Of each node: picking seconds for a shipment, a line, a unit; micro-euros an hour.
    node_agency, place_agency
        The carrier's agency of each node and place.
    """

    def __init__(self, world: World) -> None:
        nodes = world.nodes
        self.world = world
        self.kind = np.array([_KINDS[service.kind] for service in world.services], np.int64)
        self.setup_s = np.array([node.pick_setup_s for node in nodes], np.int64)
        self.line_s = np.array([node.pick_line_s for node in nodes], np.int64)
        self.unit_s = np.array([node.pick_unit_s for node in nodes], np.int64)
        self.wage = np.array([node.wage for node in nodes], np.int64)
        self.node_agency = np.array([node.agency for node in nodes], np.int64)
        self.place_agency = world.places.agency
        self.economics = world.economics
        self.emissions = world.emissions
        self.geography = world.geography

    def pick_seconds(self, node: Any, lines: Any, units: Any) -> Ints:
        """Picker seconds to pick a shipment, shape of the arguments broadcast."""
        return np.asarray(self.setup_s[node] + lines * self.line_s[node] + units * self.unit_s[node])


def labour(seconds: Any, wage: Any) -> Ints:
    """Micro-euros of so many seconds at a wage an hour, to the nearest.

    >>> int(labour(90, 18_000_000))      # a minute and a half at 18 EUR an hour
    450000
    """
    return np.asarray((seconds * wage + HOUR // 2) // HOUR)
