"""What it costs when goods come back: the way, opening and checking, what cannot be sold again, the fee given back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Component, Disposition, EventKind, Leg, Reason
from orchestrion.domain.facts import Column, Table
from orchestrion.domain.world import World
from orchestrion.logistics.attempts import positions
from orchestrion.logistics.cost import freight
from orchestrion.logistics.emissions import (
    PARCELS,
    TRIP_KM,
    TRUCK_KG_KM,
    VAN_KG_KM,
    LegRow,
    carried,
    priced,
    round_activity,
    trip_metres,
)
from orchestrion.logistics.entries import Booked, Entries, leg, part, rows
from orchestrion.logistics.tariff import Sent, Tariff, labour

Ints = NDArray[np.int64]


def inspection_s(tariff: Tariff, node: Ints, qty: Ints, reason: Ints) -> Ints:
    """Seconds to open, check and put back units: the scenario's for customer returns; what was never unpacked goes back
    in the time that it took to fetch it."""
    law = tariff.world.returns
    fetched = tariff.line_s[node] + qty * tariff.unit_s[node]
    return fetched if law is None else np.where(reason == Reason.RETURNED, qty * law.inspect_s, fetched)


def brought_back(tariff: Tariff, orders: Table, shipments: Table, returns: Table) -> Booked:
    """Costs and CO2e of everything that came back; what shared a parcel, or a customer's walk, shares its way."""
    found = Booked()
    if not len(returns["order"]):
        return found
    node, qty = returns["node"].astype(np.int64), returns["qty"]
    labour_cost = labour(inspection_s(tariff, node, qty, returns["reason"]), tariff.wage[node])
    found.costs.append(part(returns, component=Component.INSPECTION, amount=labour_cost))
    lost = np.where(returns["disposition"] == Disposition.WRITTEN_OFF, qty * tariff.world.skus.cost[returns["sku"]], 0)
    found.costs.append(part(returns, component=Component.RETURN_WRITE_OFF, amount=lost))

    together = _with_places(shipments, _together(tariff, returns))
    posted = rows(together, together["service"] >= 0)
    found.costs.append(_posted(tariff, together))
    found.emissions.extend(leg(posted, row) for row in _by_carrier(tariff, posted))
    walked = rows(together, (together["service"] < 0) & (together["reason"] == Reason.RETURNED))
    metres = trip_metres(tariff, walked["place"], walked["node"])
    found.emissions.append(leg(walked, priced(tariff.emissions, Leg.RETURN, TRIP_KM, metres)))
    return found


def carriage_home(tariff: Tariff, shipments: Table, returns: Table) -> Mapping[str, Column | int]:
    """What carriers charge for what customers sent back, a row for all that came together."""
    return _posted(tariff, _with_places(shipments, _together(tariff, returns)))


def _posted(tariff: Tariff, together: Table) -> Mapping[str, Column | int]:
    given = rows(together, (together["service"] >= 0) & (together["reason"] == Reason.RETURNED))
    return part(given, component=Component.RETURN_CARRIAGE, amount=_carriage(tariff, given))


def _with_places(shipments: Table, together: Table) -> Table:
    at = positions(shipments["shipment"], together["shipment"])
    return together | {"place": shipments["place"][at].astype(np.int64)}


def _together(tariff: Tariff, returns: Table) -> Table:
    """One row for all that came back together: the same shipment, given back at the same moment."""
    skus = tariff.world.skus
    by = np.lexsort((returns["sent_t"], returns["shipment"]))
    shipment, sent_t = returns["shipment"][by], returns["sent_t"][by]
    first = np.flatnonzero(np.r_[True, (shipment[1:] != shipment[:-1]) | (sent_t[1:] != sent_t[:-1])])
    sku, qty = returns["sku"][by], returns["qty"][by]
    found = {name: returns[name][by][first] for name in ("order", "shipment", "node", "reason", "service", "sent_t")}
    found["t"] = found["sent_t"]
    found["mass"] = np.add.reduceat(skus.mass[sku] * qty, first)
    found["volume"] = np.add.reduceat(skus.volume[sku] * qty, first)
    return found


def return_freight(tariff: Tariff, service: int, node: Ints, place: Ints, mass: Ints, volume: Ints, t: Ints) -> Ints:
    """What a carrier charges for parcels from addresses back to nodes, micro-euros."""
    distance = tariff.geography.node_place[node, place].astype(np.int64)
    sent = Sent(node, place, -1, service, 1, 1, mass, volume, distance, ordered_t=t).columns()
    return freight(tariff, tariff.world.services[service], sent)


def _carriage(tariff: Tariff, given: Table) -> Ints:
    amount = np.zeros(len(given["order"]), np.int64)
    for service in np.unique(given["service"]).tolist():
        mine = given["service"] == service
        columns = (given[name][mine].astype(np.int64) for name in ("node", "place", "mass", "volume", "t"))
        amount[mine] = return_freight(tariff, service, *columns)
    return amount


def _by_carrier(tariff: Tariff, posted: Table) -> list[LegRow]:
    """The way back through the carrier's network: fetched where it was handed in, agency to agency, to the node."""
    e, geography = tariff.emissions, tariff.geography
    node, place, mass = posted["node"].astype(np.int64), posted["place"], posted["mass"]
    haul_m = geography.agency_agency[tariff.place_agency[place], tariff.node_agency[node]]
    unit, activity = round_activity(e, mass, np.ones(len(node), bool))  # several parcels wait where it is handed in
    by_customer = posted["reason"] == Reason.RETURNED
    return [
        priced(e, Leg.RETURN, unit, np.where(by_customer, activity, 0)),
        priced(e, Leg.RETURN, TRUCK_KG_KM, carried(e, mass, haul_m)),
        priced(e, Leg.RETURN, VAN_KG_KM, carried(e, mass, geography.node_agency[node])),
        priced(e, Leg.RETURN, PARCELS, np.full(len(node), 1000)),
    ]


def refunded_fees(world: World, orders: Table, lines: Table, events: Table, returns: Table) -> Entries:
    """The delivery fee given back with the last units of an order of which the customer keeps nothing."""
    if not len(returns["order"]):
        return []
    by_time = np.lexsort((returns["t"], returns["order"]))
    last = by_time[np.r_[np.flatnonzero(np.diff(returns["order"][by_time])), len(by_time) - 1]]
    facts = {name: column[last] for name, column in returns.items()}
    facts = rows(facts, np.isin(facts["order"], orders["order"]))
    if not len(facts["order"]):
        return []
    at, allowed = positions(orders["order"], facts["order"]), refundable(world)
    given = np.array([allowed.get(reason, False) for reason in facts["reason"].tolist()], bool)
    facts = rows(facts, given & nothing_left(orders, lines, events, returns)[at])
    fee = orders["fee"][positions(orders["order"], facts["order"])]
    return [part(facts, shipment=-1, node=-1, component=Component.FEE, amount=fee)]


def refundable(world: World) -> dict[int, bool]:
    """Whether the delivery fee is given back with the last units of an order, by the reason why they came back."""
    law, waiting, points = world.returns, world.collecting, world.pickup_points
    return {
        int(Reason.RETURNED): law is not None and law.refund_fee,
        int(Reason.UNDELIVERED): True,
        int(Reason.NO_SHOW): any(w.refund_fee for w in (waiting, points.waiting if points else None) if w),
    }


def nothing_left(orders: Table, lines: Table, events: Table, back: Table) -> NDArray[np.bool_]:
    """By row of `orders`: whether everything of it was cancelled or came back."""
    cancelled = rows(events, events["kind"] == EventKind.CANCELLED)

    def units(table: Table) -> Ints:
        known = rows(table, np.isin(table["order"], orders["order"]))
        at = positions(orders["order"], known["order"])
        return np.bincount(at, known["qty"], len(orders["order"])).astype(np.int64)

    return np.asarray(units(cancelled) + units(back) >= units(lines))
