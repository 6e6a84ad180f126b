"""Where goods wait to be collected: the counters of our stores and the carrier's pickup points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrion.domain.calendar import Calendar
from orchestrion.domain.codes import EventKind, Outcome, Reason
from orchestrion.domain.collecting import Waiting
from orchestrion.simulation.coming_back import Back
from orchestrion.simulation.moments import THE_REST, Clock, Timetable
from orchestrion.simulation.shipment import Shipment
from orchestrion.units import DAY, HOUR

if TYPE_CHECKING:
    from orchestrion.simulation.road import Road
    from orchestrion.simulation.shop import Shop

READY, COLLECTED, NO_SHOW = (int(k) for k in (EventKind.READY, EventKind.COLLECTED, EventKind.NO_SHOW))


class Counters:
    """Ready goods are collected when their customer comes; what nobody collects in time goes back."""

    def __init__(self, env: Clock, shop: Shop, road: Road) -> None:
        self._env = env
        self._shop = shop
        self._road = road
        self._visits = Timetable(env, THE_REST, self._collect)
        self._expiries = Timetable(env, THE_REST, self._give_up)
        self._fetched = Timetable(env, THE_REST, self._fetch)
        self._left = Timetable(env, THE_REST, self._leave)
        # click and collect orders wait for their last parcel: order -> (units still to come, parcels ready)
        self._orders: dict[int, tuple[int, list[Shipment]]] = {}

    # -- our stores ---------------------------------------------------------------------------------------------

    def expect(self, order: int, units: int) -> None:
        """A collection store is told how many units to wait for."""
        self._orders[order] = (units, [])

    def ready(self, t: int, shipment: Shipment) -> None:
        """A parcel stands behind the counter."""
        shipment.received_t = t
        self._road.event(READY, shipment)
        order = shipment.order
        expected, ready = self._orders[order.id]
        ready.append(shipment)
        self._complete(t, order.id, order.collect_at, expected - shipment.units, ready)

    def cancelled(self, t: int, order: int, collect_at: int, units: int) -> None:
        """Units of a click and collect order will not come."""
        expected, ready = self._orders[order]
        self._complete(t, order, collect_at, expected - units, ready)

    def _complete(self, t: int, order: int, store: int, expected: int, ready: list[Shipment]) -> None:
        if expected <= 0 and not ready:  # all of it was cancelled
            del self._orders[order]
            return
        self._orders[order] = (expected, ready)
        if expected > 0:
            return
        calendar, law = self._shop.world.nodes[store].calendar, self._shop.world.collecting
        if law is None:
            # told that all is ready, the customer comes within a day or so, in opening hours
            delay = round(2 * HOUR + self._shop.streams.luck("visit", order) * DAY)
            visit = calendar.next_open(t + delay)
        else:
            visit = self._visit(t, order, law, calendar)
            if visit is None:
                expiry = calendar.next_open(t + law.keep_days * DAY)
                if expiry is not None:
                    self._expiries.add(expiry, order)
                return
        if visit is not None:
            self._visits.add(visit, order)

    def _visit(self, t: int, order: int, law: Waiting, calendar: Calendar) -> int | None:
        """When the customer comes, told at t that the goods are ready; None if not while they are kept."""
        u = self._shop.streams.luck("visit", order)
        if u < law.never:
            return None
        u = (u - law.never) / (1.0 - law.never)
        reached = 0.0
        for days, probability in enumerate(law.days):
            if u < reached + probability or days == len(law.days) - 1:
                within = min(1.0, (u - reached) / probability) if probability else 0.0
                break
            reached += probability
        # on the first day after an hour at the earliest, on the others at any moment of the day
        delay = days * DAY + round(within * DAY) if days else HOUR + round(within * (DAY - HOUR))
        visit = calendar.next_open(t + delay)
        return None if visit is None or visit > t + law.keep_days * DAY else visit

    def _collect(self, order: int) -> None:
        _, ready = self._orders.pop(order)
        for shipment in ready:
            self._taken(shipment)

    def _taken(self, shipment: Shipment) -> None:
        shipment.collected_t = self._env.now
        self._road.event(COLLECTED, shipment)
        self._road.write(shipment)
        self._road.coming_back.received(self._env.now, shipment)

    def _give_up(self, order: int) -> None:
        """Kept long enough: the units go back on the store's shelf, the customer gets the money back."""
        t = self._env.now
        _, ready = self._orders.pop(order)
        for shipment in ready:
            self._road.event(NO_SHOW, shipment, Reason.NO_SHOW)
            self._road.write(shipment)
            for line, qty in shipment.found:
                self._shop.door.withdrawn(t, shipment.order, line.number, qty, Reason.NO_SHOW, Outcome.NO_SHOW)
            store = shipment.order.collect_at
            self._road.coming_back.put_back(Back.of(shipment, shipment.found, store, t, -1, Reason.NO_SHOW))

    # -- pickup points ------------------------------------------------------------------------------------------

    def at_point(self, t: int, shipment: Shipment) -> None:
        """The carrier left the parcel at a pickup point near the address; it can be fetched when the point opens."""
        points = self._shop.world.pickup_points
        assert points is not None
        opens = points.calendar.next_open(t)
        if opens is not None:
            self._left.add(opens, shipment)

    def _leave(self, shipment: Shipment) -> None:
        t, points = self._env.now, self._shop.world.pickup_points
        assert points is not None
        shipment.received_t = t
        self._road.event(READY, shipment)
        visit = self._visit(t, shipment.order.id, points.waiting, points.calendar)
        if visit is not None:
            self._fetched.add(visit, shipment, True)
        else:
            self._fetched.add(t + points.waiting.keep_days * DAY, shipment, False)

    def _fetch(self, shipment: Shipment, comes: bool) -> None:
        if comes:
            self._taken(shipment)
            return
        self._road.event(NO_SHOW, shipment, Reason.NO_SHOW)
        self._road.send_back(self._env.now, shipment, Reason.NO_SHOW, Outcome.NO_SHOW)
