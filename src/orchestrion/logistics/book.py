"""Books a replication's cost to serve and CO2e in one go, from what happened: the same functions as the quotes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Component, EventKind, Reason
from orchestrion.domain.facts import Table, empty
from orchestrion.domain.world import World
from orchestrion.logistics.attempts import extra_stops, way_back
from orchestrion.logistics.coming_back import brought_back, refunded_fees
from orchestrion.logistics.cost import shipment_costs
from orchestrion.logistics.emissions import ordering_row, shipment_emissions, trip_row
from orchestrion.logistics.entries import Entries, leg, part, rows, table
from orchestrion.logistics.tariff import PICKUP, Tariff, labour, sent_of


class Happened(NamedTuple):
    """The tables that a booking reads, in the shape of `domain.facts.SCHEMA`."""

    orders: Table
    lines: Table
    shipments: Table
    events: Table
    returns: Table


def book(
    world: World, orders: Table, lines: Table, shipments: Table, events: Table, returns: Table | None = None
) -> tuple[Table, Table]:
    """The tables `costs` and `emissions` of a replication.

    A shipment is booked when it was picked and something was in it; the fee (as income) and the ordering leg when the
    order was placed, if anything of it was sent; the customer's trip once for an order, with the last shipment ready,
    unless the customer never came; care once for an order with a cancelled line; rework for each line not found, and
    for a walk that found nothing at all; a request to take a shipment at the node that was asked, whatever it answers;
    closed doors and what comes back when they happen. Withdrawing an order while it cools down costs nothing. CO2e rows
    without activity and costs that amount to nothing are left out. Sorted by time, order, shipment, then component or
    leg.

    Parameters
    ----------
    orders, lines, shipments, events, returns
        In the shape of `domain.facts.SCHEMA`.
    """
    happened = Happened(orders, lines, shipments, events, empty("returns") if returns is None else returns)
    tariff = Tariff(world)
    sent = rows(shipments, (shipments["picked_t"] >= 0) & (shipments["units"] > 0))
    shipped = rows(orders, np.isin(orders["order"], sent["order"]))
    ordered_t = _ordered(orders, sent)
    failed = extra_stops(tariff, shipments, events)
    turned = way_back(tariff, sent, ordered_t, events)
    back = brought_back(tariff, orders, shipments, happened.returns)
    costs = _costs(tariff, shipped, sent, ordered_t, happened)
    emissions = _emissions(tariff, shipped, sent, happened)
    for found in (failed, turned, back):
        costs += found.costs
        emissions += found.emissions
    return table("costs", costs, "component"), table("emissions", emissions, "leg")


def _ordered(orders: Table, sent: Table) -> NDArray[np.int64]:
    """When the order behind each row was placed; 0 where the table of orders does not know it [s]."""
    if not len(orders["order"]):
        return np.zeros(len(sent["order"]), np.int64)
    by_id = np.argsort(orders["order"], kind="stable")
    at = np.minimum(np.searchsorted(orders["order"], sent["order"], sorter=by_id), len(by_id) - 1)
    known = orders["order"][by_id[at]] == sent["order"]
    return np.where(known, orders["t"][by_id[at]], 0).astype(np.int64)


def _costs(tariff: Tariff, shipped: Table, sent: Table, ordered_t: object, happened: Happened) -> Entries:
    shipments, events = happened.shipments, happened.events
    parts: Entries = []
    for component, amount in shipment_costs(tariff, sent_of(sent, ordered_t)).items():
        parts.append(part(sent, t=sent["picked_t"], component=component, amount=amount))
    parts.append(part(shipped, t=shipped["t"], shipment=-1, node=-1, component=Component.FEE, amount=-shipped["fee"]))
    parts += refunded_fees(tariff.world, shipped, happened.lines, events, happened.returns)

    cancelled = rows(events, (events["kind"] == EventKind.CANCELLED) & (events["order"] >= 0))
    _, first = np.unique(cancelled["order"], return_index=True)  # events are in order of time
    care = {name: column[np.sort(first)] for name, column in cancelled.items()}
    care = rows(care, ~_free(tariff.world, happened.orders, care))
    parts.append(part(care, shipment=-1, node=-1, component=Component.CARE, amount=tariff.economics.care))

    short = rows(events, events["kind"] == EventKind.SHORT)
    lost = labour(tariff.line_s[short["node"]] + tariff.unit_s[short["node"]], tariff.wage[short["node"]])
    parts.append(part(short, component=Component.REWORK, amount=lost))
    void = rows(shipments, (shipments["picked_t"] >= 0) & (shipments["units"] == 0))
    walked = labour(tariff.setup_s[void["node"]], tariff.wage[void["node"]])
    parts.append(part(void, t=void["picked_t"], component=Component.REWORK, amount=walked))
    if tariff.world.claiming is not None:
        asked = rows(events, events["kind"] == EventKind.OFFERED)
        looked = tariff.world.claiming.request_cost[asked["node"]]
        parts.append(part(asked, component=Component.CLAIMING, amount=looked))
    return parts


def _free(world: World, orders: Table, cancelled: Table) -> NDArray[np.bool_]:
    """Cancellations that cost nothing: the customer withdrew while the order was still cooling down, with a click."""
    within = cancelled["t"] - _ordered(orders, cancelled) < world.sourcing.cool_down_s
    return np.asarray(within & (cancelled["reason"] == Reason.CUSTOMER))


def _emissions(tariff: Tariff, shipped: Table, sent: Table, happened: Happened) -> Entries:
    parts: Entries = [leg(sent, row, t=sent["picked_t"]) for row in shipment_emissions(tariff, sent_of(sent))]
    parts.append(leg(shipped, ordering_row(tariff, len(shipped["order"])), t=shipped["t"], shipment=-1))
    # the customer comes once, when everything is there: with the order's last shipment ready for collection
    events = happened.events
    at_point = events["shipment"][(events["kind"] == EventKind.READY)]
    fetched = (sent["collect_at"] >= 0) | (tariff.kind[sent["service"]] == PICKUP)
    fetched |= np.isin(sent["shipment"], at_point)  # left at a pickup point, nobody having opened
    ready = rows(sent, fetched & (sent["received_t"] >= 0))
    by_moment = np.lexsort((ready["shipment"], ready["received_t"]))[::-1]
    ready = {name: column[by_moment] for name, column in ready.items()}
    _, last = np.unique(ready["order"], return_index=True)
    trips = {name: column[last] for name, column in ready.items()}
    never = events["order"][events["kind"] == EventKind.NO_SHOW]
    trips = rows(trips, ~np.isin(trips["order"], never) | (trips["collected_t"] >= 0))
    parts.append(leg(trips, trip_row(tariff, trips["place"], trips["collect_at"]), t=trips["received_t"]))
    return parts
