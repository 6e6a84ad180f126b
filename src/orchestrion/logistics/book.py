"""Books a replication's cost to serve and CO2e in one go, from what happened: the same functions as the quotes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Component, EventKind, Reason
from orchestrion.domain.facts import SCHEMA, Column, Table
from orchestrion.domain.world import World
from orchestrion.logistics.cost import shipment_costs
from orchestrion.logistics.emissions import LegRow, ordering_row, shipment_emissions, trip_row
from orchestrion.logistics.tariff import Tariff, labour


def book(world: World, orders: Table, lines: Table, shipments: Table, events: Table) -> tuple[Table, Table]:
    """The tables `costs` and `emissions` of a replication.

    A shipment is booked when it was picked and something was in it; the fee (as income) and the ordering leg when the
    order was placed, if anything of it was sent; the customer's trip once for an order, with the last shipment ready;
    care once for an order with a cancelled line; rework for each line not found, and for a walk that found nothing at
    all; a request to take a shipment at the node that was asked, whatever it answers. Withdrawing an order while it
    cools down costs nothing. Rows that amount to nothing are left out. Sorted by time, order, shipment, then component
    or leg.

    Parameters
    ----------
    orders, lines, shipments, events
        In the shape of `domain.facts.SCHEMA`.
    """
    tariff = Tariff(world)
    sent = _rows(shipments, (shipments["picked_t"] >= 0) & (shipments["units"] > 0))
    shipped = _rows(orders, np.isin(orders["order"], sent["order"]))
    return _costs(tariff, orders, shipped, sent, shipments, events), _emissions(tariff, shipped, sent)


def _rows(table: Table, which: NDArray[np.bool_]) -> Table:
    return {name: column[which] for name, column in table.items()}


def _costs(tariff: Tariff, orders: Table, shipped: Table, sent: Table, shipments: Table, events: Table) -> Table:
    parts = []
    costs = shipment_costs(
        tariff,
        sent["node"],
        sent["service"],
        sent["lines"],
        sent["units"],
        sent["mass"],
        sent["distance"],
        sent["parcels"],
    )
    for component, amount in costs.items():
        parts.append(_part(sent, t=sent["picked_t"], component=component, amount=amount))
    parts.append(_part(shipped, t=shipped["t"], shipment=-1, node=-1, component=Component.FEE, amount=-shipped["fee"]))

    cancelled = _rows(events, (events["kind"] == EventKind.CANCELLED) & (events["order"] >= 0))
    _, first = np.unique(cancelled["order"], return_index=True)  # events are in order of time
    care = {name: column[np.sort(first)] for name, column in cancelled.items()}
    care = _rows(care, ~_free(tariff.world, orders, care))
    parts.append(_part(care, shipment=-1, node=-1, component=Component.CARE, amount=tariff.economics.care))

    short = _rows(events, events["kind"] == EventKind.SHORT)
    lost = labour(tariff.line_s[short["node"]] + tariff.unit_s[short["node"]], tariff.wage[short["node"]])
    parts.append(_part(short, component=Component.REWORK, amount=lost))
    void = _rows(shipments, (shipments["picked_t"] >= 0) & (shipments["units"] == 0))
    walked = labour(tariff.setup_s[void["node"]], tariff.wage[void["node"]])
    parts.append(_part(void, t=void["picked_t"], component=Component.REWORK, amount=walked))
    if tariff.world.claiming is not None:
        asked = _rows(events, events["kind"] == EventKind.OFFERED)
        looked = tariff.world.claiming.request_cost[asked["node"]]
        parts.append(_part(asked, component=Component.CLAIMING, amount=looked))
    return _table("costs", parts, "component")


def _free(world: World, orders: Table, cancelled: Table) -> NDArray[np.bool_]:
    """Cancellations that cost nothing: the customer withdrew while the order was still cooling down, with a click."""
    row = np.searchsorted(orders["order"], cancelled["order"], sorter=(by_id := np.argsort(orders["order"])))
    placed = orders["t"][by_id[row]]
    within = cancelled["t"] - placed < world.sourcing.cool_down_s
    return np.asarray(within & (cancelled["reason"] == Reason.CUSTOMER))


def _emissions(tariff: Tariff, shipped: Table, sent: Table) -> Table:
    rows = shipment_emissions(
        tariff,
        sent["node"],
        sent["place"],
        sent["collect_at"],
        sent["service"],
        sent["mass"],
        sent["volume"],
        sent["distance"],
        sent["parcels"],
    )
    parts = [_leg(sent, row, t=sent["picked_t"]) for row in rows]
    parts.append(_leg(shipped, ordering_row(tariff, len(shipped["order"])), t=shipped["t"], shipment=-1))
    # the customer comes once, when everything is there: with the order's last shipment ready for collection
    ready = _rows(sent, (sent["collect_at"] >= 0) & (sent["received_t"] >= 0))
    by_moment = np.lexsort((ready["shipment"], ready["received_t"]))[::-1]
    ready = {name: column[by_moment] for name, column in ready.items()}
    _, last = np.unique(ready["order"], return_index=True)
    trips = {name: column[last] for name, column in ready.items()}
    parts.append(_leg(trips, trip_row(tariff, trips["place"], trips["collect_at"]), t=trips["received_t"]))
    return _table("emissions", parts, "leg")


def _part(rows: Table, **columns: Column | int) -> Mapping[str, Column | int]:
    """Some facts as rows to come: their own columns, with some set anew."""
    return rows | columns


def _leg(rows: Table, leg: LegRow, **columns: Column | int) -> Mapping[str, Column | int]:
    return _part(rows, leg=leg.leg, unit=leg.unit, activity=leg.activity, amount=leg.amount, **columns)


def _table(name: str, parts: Iterable[Mapping[str, Column | int]], last_key: str) -> Table:
    """Parts put together in the schema's columns and types, rows without an amount left out, sorted."""
    fields = SCHEMA[name]
    pieces: dict[str, list[Column]] = {column: [] for column in fields}
    for part in parts:
        size = len(np.asarray(part["order"]))
        some = np.broadcast_to(np.asarray(part["amount"]), size) != 0
        for column in fields:
            pieces[column].append(np.broadcast_to(np.asarray(part[column]), size)[some])
    table = {column: np.concatenate(pieces[column]).astype(fields[column].dtype) for column in fields}
    keys = [table[column] for column in ("t", "order", "shipment", last_key)]
    if "node" in table:
        keys.append(table["node"])
    in_order = np.lexsort(keys[::-1])
    return {column: values[in_order] for column, values in table.items()}
