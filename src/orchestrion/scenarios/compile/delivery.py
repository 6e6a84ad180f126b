"""Fulfilment options, the services that carry them, and the counter of each collection store behind them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from orchestrion.bundled import table_path
from orchestrion.domain.calendar import BusinessDays
from orchestrion.domain.carriers import Attempts, RateCard
from orchestrion.domain.codes import Role
from orchestrion.domain.collecting import PickupPoints, Waiting
from orchestrion.domain.world import Node, Option, Service
from orchestrion.errors import InputError, Problem, Together
from orchestrion.logistics.carriers import read_card, read_courier, read_surcharges, read_zones, zoned
from orchestrion.logistics.transit import expected_arrival
from orchestrion.scenarios.compile.calendars import AFTER, business_days, calls, opening
from orchestrion.scenarios.document import WEEKDAYS, ScenarioDocument
from orchestrion.scenarios.document.delivery import ServiceDocument
from orchestrion.scenarios.document.hours import Opening
from orchestrion.units import DAY, duration_s, micro, time_of_day_s

_SATURDAY = 5


def make_services(
    document: ScenarioDocument, nodes: list[Node], days: int, zones: tuple[str, ...], agencies: tuple[str, ...]
) -> tuple[Service, ...]:
    """The document's services that anything may use, and the counter.

    Raises
    ------
    InputError
        If a table of a service is missing or wrong, or a card by zones has no table of zones.
    """
    services: list[Service] = []
    together = Together()
    for key, plan in document.services.items():
        if _idle(document, key):
            continue
        with together:
            services.append(_service(document, key, plan, len(services), nodes, days, zones, agencies))
    together.tell()
    every_day = business_days(document.time.start, days, WEEKDAYS)
    counter = Service(
        id=len(services),
        key="counter",
        label="Counter",
        kind="counter",
        rate_card=None,
        transit=(1.0,),
        days=every_day,
        delivers_from_s=0,
        delivers_to_s=DAY - 1,
        collections=tuple(() for _ in nodes),
    )
    return (*services, counter)


def read_tables(document: ScenarioDocument, together: Together) -> None:
    """Rate cards, zones and couriers of the services that anything may use, for the mistakes in them."""
    for key, plan in document.services.items():
        if _idle(document, key):
            continue
        with together:
            if plan.courier_table is not None:
                read_courier(table_path(plan.courier_table))
        with together:
            if plan.rate_card is not None:
                read_card(table_path(plan.rate_card))
        with together:
            if plan.zones_table is not None:
                read_zones(table_path(plan.zones_table))


def _used(document: ScenarioDocument, *, on: bool) -> set[str]:
    return {
        service
        for option in document.options.values()
        if option.on == on
        for service in (option.service, option.bulky_service, option.two_person_service)
        if service is not None
    }


def _idle(document: ScenarioDocument, key: str) -> bool:
    """Whether only options that are not offered would use the service, or none and it carries nothing plain."""
    if key in _used(document, on=True) or (document.returns.on and document.returns.service == key):
        return False
    return key in _used(document, on=False) or key == "two_person"


def _service(
    document: ScenarioDocument,
    key: str,
    plan: ServiceDocument,
    id: int,
    nodes: list[Node],
    days: int,
    zones: tuple[str, ...],
    agencies: tuple[str, ...],
) -> Service:
    start = document.time.start
    courier = None if plan.courier_table is None else read_courier(table_path(plan.courier_table))
    service = Service(
        id=id,
        key=key,
        label=plan.label or key,
        kind=plan.kind,
        rate_card=None if plan.rate_card is None else _card(key, plan, plan.rate_card, nodes, zones, agencies),
        transit=tuple(plan.transit),
        days=business_days(start, days, plan.delivers),
        delivers_from_s=time_of_day_s(plan.delivers_from),
        delivers_to_s=time_of_day_s(plan.delivers_to),
        collections=tuple(
            ()
            if not node.ships
            else (0,)  # a courier has no round: it comes when called
            if plan.kind == "courier"
            else calls(start, days, plan, _call_times(document, key, node), node.calendar)
            for node in nodes
        ),
        courier=courier if plan.kind == "courier" else None,
        attempts=None
        if plan.first_attempt >= 1.0
        else Attempts(
            success=plan.first_attempt,
            most=plan.attempts,
            to_pickup_point=plan.then == "pickup_point",
            fee=micro(plan.attempt_fee_eur),
            back=plan.way_back,
        ),
    )
    if plan.surcharges_table is None:
        return service
    saturday = _saturdays(service, document, days + AFTER)
    table, volume = table_path(plan.surcharges_table), plan.parcels_a_year
    return replace(service, surcharges=read_surcharges(table, start, days + AFTER, zones, saturday, volume))


def _card(
    key: str, plan: ServiceDocument, file: str, nodes: list[Node], zones: tuple[str, ...], agencies: tuple[str, ...]
) -> RateCard:
    read = read_card(table_path(file))
    if not read.zones and plan.zones_table is None:
        return read.card
    if not read.zones or plan.zones_table is None:
        rule = "a rate card by zones and a table of zones go together; one of the two is missing"
        raise InputError([Problem("scenario", None, f"services.{key}.zones_table", "", rule)])
    by_agency = plan.zones_by == "agency"
    areas = agencies if by_agency else zones
    own = [areas[node.agency if by_agency else node.zone] for node in nodes]
    return zoned(read, read_zones(table_path(plan.zones_table)), areas, own, by_agency=by_agency)


def _call_times(document: ScenarioDocument, service: str, node: Node) -> list[str]:
    """Times of day at which a service calls at a node: the node's own, else those of its kind."""
    own = document.network.nodes.get(node.key)
    if own is not None and service in own.collections:
        return own.collections[service]
    offer = document.services[service]
    large = node.role in (Role.WAREHOUSE, Role.SUPPLIER)
    return offer.warehouse_collections if large else offer.store_collections


def _saturdays(service: Service, document: ScenarioDocument, days: int) -> NDArray[np.bool_]:
    """For an order at noon of each day, whether the service should deliver it on a Saturday."""
    first = document.time.start.weekday()
    working: BusinessDays = service.days
    last = len(working.working) - 1
    due = [expected_arrival(service, min(d, last) * DAY + DAY // 2) // DAY for d in range(days)]
    return np.array([(first + d) % 7 == _SATURDAY for d in due])


def _last_orders(service: Service, nodes: list[Node], prepare: str | None) -> tuple[int, ...]:
    """By day, when the last order that a node shown on the web can still prepare must be placed [s]."""
    if prepare is None or service.courier is not None:
        return ()
    last: dict[int, int] = {}
    for node in nodes:
        for call in service.collections[node.id] if node.web_visible else ():
            last[call // DAY] = max(last.get(call // DAY, 0), call - duration_s(prepare))
    return tuple(last.get(day, day * DAY - 1) for day in range(max(last, default=-1) + 1))


def make_options(document: ScenarioDocument, services: tuple[Service, ...], nodes: list[Node]) -> tuple[Option, ...]:
    """The options offered."""
    by_key = {service.key: service.id for service in services}
    offered = {key: option for key, option in document.options.items() if option.on}
    return tuple(
        Option(
            id=id,
            key=key,
            label=option.label or key,
            collect=option.collect,
            service=by_key[option.service],
            counter=by_key["counter"] if option.collect else -1,
            fee=micro(option.fee_eur),
            cut_off_s=time_of_day_s(option.cut_off),
            promise_days=option.promise_days,
            promise_at_s=time_of_day_s(option.promise_at),
            ready_in_s=duration_s(option.ready_in),
            last_orders=_last_orders(services[by_key[option.service]], nodes, option.prepare),
            bulky=-1 if option.bulky_service is None else by_key[option.bulky_service],
            two_person=-1 if option.two_person_service is None else by_key[option.two_person_service],
        )
        for id, (key, option) in enumerate(offered.items())
    )


def make_collecting(document: ScenarioDocument) -> Waiting | None:
    """How customers fetch click and collect orders."""
    plan = document.collecting
    if not plan.on:
        return None
    return Waiting(days=tuple(plan.days), never=plan.never, keep_days=plan.keep_days, refund_fee=plan.refund_fee)


def make_pickup_points(
    document: ScenarioDocument, services: tuple[Service, ...], days: int
) -> PickupPoints | None:
    """The carrier's points, where any service may end there."""
    if not any(s.kind == "pickup" or (s.attempts is not None and s.attempts.to_pickup_point) for s in services):
        return None
    plan = document.pickup_points
    hours = Opening(days=plan.days, opens=plan.opens, closes=plan.closes)
    waiting = Waiting(
        days=tuple(plan.collect_days), never=plan.never, keep_days=plan.keep_days, refund_fee=plan.refund_fee
    )
    calendar = opening(document.time.start, days, hours, "")
    return PickupPoints(calendar=calendar, trip_m=round(plan.trip_km * 1000), waiting=waiting)
