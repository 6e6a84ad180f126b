"""From the packing shelf to the customer: carriers' calls, transit, doors and counters."""

from __future__ import annotations

from orchestrion.domain.codes import EventKind
from orchestrion.domain.world import World
from orchestrion.logistics.transit import arrival, draw_days, next_collection
from orchestrion.simulation.ledger import Ledger
from orchestrion.simulation.moments import COLLECTIONS, THE_REST, Clock, Timetable
from orchestrion.simulation.shipment import Shipment
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR

HANDED_OVER, READY, DELIVERED, COLLECTED = (
    int(k) for k in (EventKind.HANDED_OVER, EventKind.READY, EventKind.DELIVERED, EventKind.COLLECTED)
)


class Road:
    """Whatever stands on a shelf leaves with the next call of its carrier, and arrives after transit."""

    def __init__(self, env: Clock, world: World, ledger: Ledger, streams: Streams) -> None:
        self._world = world
        self._ledger = ledger
        self._streams = streams
        self._calls = Timetable(env, COLLECTIONS, self._hand_over)
        self._arrivals = Timetable(env, THE_REST, self._arrive)
        self._visits = Timetable(env, THE_REST, self._collect)
        self._env = env
        # click and collect orders wait for their last parcel: order -> (units still to come, parcels ready)
        self._counters: dict[int, tuple[int, list[Shipment]]] = {}
        self._open: dict[int, Shipment] = {}
        self._mass: list[int] = world.skus.mass.tolist()
        self._volume: list[int] = world.skus.volume.tolist()

    def announce(self, shipment: Shipment) -> None:
        """A shipment was decided; it stays on the books until it ends."""
        self._open[shipment.id] = shipment

    def write_unfinished(self) -> None:
        """The replication ends: shipments still under way are written as they stand."""
        for shipment in list(self._open.values()):
            self._write(shipment)

    def expect(self, order: int, units: int) -> None:
        """A collection store is told how many units to wait for."""
        self._counters[order] = (units, [])

    def packed(self, t: int, shipment: Shipment) -> None:
        """A packed shipment waits for the next call; on the spot it is ready at once."""
        service = self._world.services[shipment.service]
        if service.kind == "counter":
            shipment.handed_t = t
            self._ready(t, shipment)
            return
        call = next_collection(service, shipment.node, t)
        if call >= 0:
            self._calls.add(call, shipment)

    def nothing_to_send(self, shipment: Shipment) -> None:
        """The picker found nothing at all: the shipment ends in the books, empty."""
        self._write(shipment)

    def forget(self, shipment: Shipment) -> None:
        """A shipment was taken back before anybody began to pick it: it never was one."""
        del self._open[shipment.id]

    def _hand_over(self, shipment: Shipment) -> None:
        t = self._env.now
        order = shipment.order
        shipment.handed_t = t
        self._event(HANDED_OVER, shipment)
        service = self._world.services[shipment.service]
        first = shipment.found[0][0].request
        days = draw_days(service, self._streams.luck("transit", first, order.hop))
        # parcels of one address arrive with the same round, whoever sent them
        fraction = self._streams.luck("round", order.id)
        self._arrivals.add(arrival(service, t, days, fraction), shipment)

    def _arrive(self, shipment: Shipment) -> None:
        if shipment.order.collect_at >= 0:
            self._ready(self._env.now, shipment)
            return
        shipment.received_t = self._env.now
        self._event(DELIVERED, shipment)
        self._write(shipment)

    def _ready(self, t: int, shipment: Shipment) -> None:
        shipment.received_t = t
        self._event(READY, shipment)
        order = shipment.order
        expected, ready = self._counters[order.id]
        ready.append(shipment)
        self._complete(t, order.id, order.collect_at, expected - shipment.units, ready)

    def cancelled(self, t: int, order: int, collect_at: int, units: int) -> None:
        """Units of a click and collect order will not come."""
        expected, ready = self._counters[order]
        self._complete(t, order, collect_at, expected - units, ready)

    def _complete(self, t: int, order: int, store: int, expected: int, ready: list[Shipment]) -> None:
        self._counters[order] = (expected, ready)
        if expected > 0 or not ready:
            return
        # told that all is ready, the customer comes within a day or so, in opening hours
        delay = round(2 * HOUR + self._streams.luck("visit", order) * DAY)
        visit = self._world.nodes[store].calendar.next_open(t + delay)
        if visit is not None:
            self._visits.add(visit, order)

    def _collect(self, order: int) -> None:
        _, ready = self._counters.pop(order)
        for shipment in ready:
            shipment.collected_t = self._env.now
            self._event(COLLECTED, shipment)
            self._write(shipment)

    def _event(self, kind: int, shipment: Shipment) -> None:
        order = shipment.order
        self._ledger.event(
            (self._env.now, kind, order.id, -1, shipment.id, shipment.node, shipment.units, -1, order.hop)
        )

    def _write(self, shipment: Shipment) -> None:
        del self._open[shipment.id]
        world, order = self._world, shipment.order
        mass = volume = 0
        for line, qty in shipment.found:
            mass += qty * self._mass[line.sku]
            volume += qty * self._volume[line.sku]
        distance = (
            world.geography.node_node[shipment.node, order.collect_at]
            if order.collect_at >= 0
            else world.geography.node_place[shipment.node, order.place]
        )
        self._ledger.shipment(
            (
                order.id,
                shipment.id,
                shipment.node,
                order.place,
                order.collect_at,
                shipment.service,
                len(shipment.found),
                shipment.units,
                1 if shipment.found else 0,
                mass,
                volume,
                int(distance),
                order.hop,
                shipment.sourced_t,
                shipment.picked_t,
                shipment.handed_t,
                shipment.received_t,
                shipment.collected_t,
            )
        )
