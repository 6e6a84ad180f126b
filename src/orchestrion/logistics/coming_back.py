"""What it costs when goods come back: the way, opening and checking, what cannot be sold again, the fee given back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Component, Disposition, EventKind, Leg, Reason
from orchestrion.domain.facts import Table
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

    together = _together(tariff, returns)
    at = positions(shipments["shipment"], together["shipment"])
    together |= {"place": shipments["place"][at].astype(np.int64)}
    posted = rows(together, (together["service"] >= 0))
    given = rows(posted, posted["reason"] == Reason.RETURNED)
    found.costs.append(part(given, component=Component.RETURN_CARRIAGE, amount=_carriage(tariff, given)))
    found.emissions.extend(leg(posted, row) for row in _by_carrier(tariff, posted))
    walked = rows(together, (together["service"] < 0) & (together["reason"] == Reason.RETURNED))
    metres = trip_metres(tariff, walked["place"], walked["node"])
    found.emissions.append(leg(walked, priced(tariff.emissions, Leg.RETURN, TRIP_KM, metres)))
    return found


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
    size = int(orders["order"].max(initial=-1)) + 2

    def units(table: Table, which: NDArray[np.bool_]) -> Ints:
        return np.bincount(table["order"][which] + 1, table["qty"][which], size + 1).astype(np.int64)

    inside = lines["order"] < size
    ordered = units(lines, inside)
    cancelled = (events["kind"] == EventKind.CANCELLED) & (events["order"] < size)
    gone = units(events, cancelled) + units(returns, returns["order"] < size)
    by_time = np.lexsort((returns["t"], returns["order"]))
    last = by_time[np.r_[np.flatnonzero(np.diff(returns["order"][by_time])), len(by_time) - 1]]
    law, waiting, points = world.returns, world.collecting, world.pickup_points
    allowed = {
        int(Reason.RETURNED): law is not None and law.refund_fee,
        int(Reason.UNDELIVERED): True,
        int(Reason.NO_SHOW): any(w.refund_fee for w in (waiting, points.waiting if points else None) if w),
    }
    kept = [
        i
        for i in last.tolist()
        if gone[returns["order"][i] + 1] >= ordered[returns["order"][i] + 1]
        and allowed.get(int(returns["reason"][i]), False)
    ]
    facts = {name: column[kept] for name, column in returns.items()}
    known = np.isin(facts["order"], orders["order"])
    facts = rows(facts, known)
    fee = orders["fee"][positions(orders["order"], facts["order"])]
    return [part(facts, shipment=-1, node=-1, component=Component.FEE, amount=fee)]
