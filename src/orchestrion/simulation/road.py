"""From the packing shelf to the customer: carriers' calls, transit, couriers, doors that open or stay closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrion.domain.codes import EventKind, Outcome, Reason
from orchestrion.logistics.transit import arrival, courier_arrival, draw_days, next_collection
from orchestrion.simulation.coming_back import ComingBack
from orchestrion.simulation.counters import Counters
from orchestrion.simulation.moments import COLLECTIONS, THE_REST, Clock, Timetable
from orchestrion.simulation.shipment import Shipment

if TYPE_CHECKING:
    from orchestrion.simulation.shop import Shop

HANDED_OVER, DELIVERED, ATTEMPT_FAILED, SENT_BACK = (
    int(k) for k in (EventKind.HANDED_OVER, EventKind.DELIVERED, EventKind.ATTEMPT_FAILED, EventKind.SENT_BACK)
)
_HOPS = 64  # attempts at one door, so that every attempt of every hop has luck of its own


class Road:
    """Whatever stands on a shelf leaves with the next call of its carrier, and arrives after transit."""

    def __init__(self, env: Clock, shop: Shop) -> None:
        world = shop.world
        self._env = env
        self._shop = shop
        self._world = world
        self._ledger = shop.ledger
        self._streams = shop.streams
        self._calls = Timetable(env, COLLECTIONS, self._hand_over)
        self._arrivals = Timetable(env, THE_REST, self._arrive)
        self._attempts: dict[int, int] = {}  # shipment -> attempts that failed so far
        self._open: dict[int, Shipment] = {}
        self._mass: list[int] = world.skus.mass.tolist()
        self._volume: list[int] = world.skus.volume.tolist()
        self.counters = Counters(env, shop, self)
        self.coming_back = ComingBack(env, shop)
        self.expect = self.counters.expect
        self.cancelled = self.counters.cancelled

    def announce(self, shipment: Shipment) -> None:
        """A shipment was decided; it stays on the books until it ends."""
        self._open[shipment.id] = shipment

    def write_unfinished(self) -> None:
        """The replication ends: shipments still under way are written as they stand."""
        for shipment in list(self._open.values()):
            self.write(shipment)

    def packed(self, t: int, shipment: Shipment) -> None:
        """A packed shipment waits for the next call; on the spot it is ready at once."""
        service = self._world.services[shipment.service]
        if service.kind == "counter":
            shipment.handed_t = t
            self.counters.ready(t, shipment)
            return
        call = next_collection(service, shipment.node, t)
        if call >= 0:
            self._calls.add(call, shipment)

    def nothing_to_send(self, shipment: Shipment) -> None:
        """The picker found nothing at all: the shipment ends in the books, empty."""
        self.write(shipment)

    def forget(self, shipment: Shipment) -> None:
        """A shipment was taken back before anybody began to pick it: it never was one."""
        del self._open[shipment.id]

    def _hand_over(self, shipment: Shipment) -> None:
        t = self._env.now
        order = shipment.order
        shipment.handed_t = t
        self.event(HANDED_OVER, shipment)
        service = self._world.services[shipment.service]
        if service.courier is not None:
            road_m = self._world.geography.node_place[shipment.node, order.place] * self._world.emissions.detour
            self._arrivals.add(courier_arrival(service, t, float(road_m)), shipment)
            return
        days = draw_days(service, self._streams.luck("transit", shipment.found[0][0].request, order.hop))
        # parcels of one address arrive with the same round, whoever sent them
        fraction = self._streams.luck("round", order.id)
        self._arrivals.add(arrival(service, t, days, fraction), shipment)

    def _arrive(self, shipment: Shipment) -> None:
        t = self._env.now
        service = self._world.services[shipment.service]
        if shipment.order.collect_at >= 0:
            self.counters.ready(t, shipment)
        elif service.kind == "pickup":
            self.counters.at_point(t, shipment)
        elif service.attempts is None or self._opens(shipment, service.attempts.success):
            shipment.received_t = t
            self.event(DELIVERED, shipment)
            self.write(shipment)
            self.coming_back.received(t, shipment)
        else:
            self._nobody_home(t, shipment)

    def _opens(self, shipment: Shipment, success: float) -> bool:
        """Whether somebody is at home: the luck of the first line, of this hop and this attempt."""
        attempt = shipment.order.hop * _HOPS + self._attempts.get(shipment.id, 0)
        return self._streams.luck("attempt", shipment.found[0][0].request, attempt) < success

    def _nobody_home(self, t: int, shipment: Shipment) -> None:
        service = self._world.services[shipment.service]
        law = service.attempts
        assert law is not None
        self.event(ATTEMPT_FAILED, shipment)
        made = self._attempts[shipment.id] = self._attempts.get(shipment.id, 0) + 1
        if made < law.most:
            fraction = self._streams.luck("round", shipment.order.id)
            self._arrivals.add(arrival(service, t, 1, fraction), shipment)
        elif law.to_pickup_point:
            self.counters.at_point(t, shipment)
        else:
            self.send_back(t, shipment, Reason.UNDELIVERED, Outcome.CANCELLED)

    def send_back(self, t: int, shipment: Shipment, reason: Reason, outcome: Outcome) -> None:
        """The parcel turns around, to the node that sent it; the wishes behind it end so."""
        self.event(SENT_BACK, shipment, reason)
        self.write(shipment)
        for line, qty in shipment.found:
            self._shop.door.withdrawn(t, shipment.order, line.number, qty, reason, outcome)
        self.coming_back.turned_around(t, shipment, reason)

    def event(self, kind: int, shipment: Shipment, reason: int = -1) -> None:
        """One step of a whole shipment."""
        order = shipment.order
        self._ledger.event(
            (self._env.now, kind, order.id, -1, shipment.id, shipment.node, shipment.units, reason, order.hop)
        )

    def write(self, shipment: Shipment) -> None:
        """The shipment ends: its row of the facts."""
        del self._open[shipment.id]
        self._attempts.pop(shipment.id, None)
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
