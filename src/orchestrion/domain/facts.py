"""The schema of facts: every table, every column, its type and meaning; the one shape that everything agrees on.

All columns are integers, so that sums are exact and equal everywhere: time in seconds since the scenario's start, money
in micro-euros, CO2e in milligrams, mass in grams, distance in metres; -1 for none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
Table = dict[str, Column]

LINES = 1 << 15  # more lines than an order can have: int16 positions

Part = Literal["all", "customers", "stock", "house", "shelf"]

_ID = "int32"
_CODE = "int16"
_INT = "int64"


@dataclass(frozen=True, slots=True)
class Field:
    """A column: NumPy type and meaning."""

    dtype: str
    meaning: str


def _fields(ids: str = "", codes: str = "", ints: str = "", order: str = "", **meanings: str) -> dict[str, Field]:
    kinds = dict.fromkeys(ids.split(), _ID) | dict.fromkeys(codes.split(), _CODE) | dict.fromkeys(ints.split(), _INT)
    names = order.split()
    if set(names) != set(kinds):
        raise ValueError(f"columns without a type or place: {set(names) ^ set(kinds)}")
    return {name: Field(kinds[name], meanings.get(name, _MEANINGS.get(name, name))) for name in names}


_MEANINGS = {
    "t": "moment [s]",
    "seq": "order of recording",
    "request": "row of requests",
    "order": "order id = request id of its first line; -1 none",
    "line": "position of the line in its order",
    "sku": "row of dims.skus",
    "node": "row of dims.nodes; -1 none",
    "zone": "row of dims.zones",
    "place": "row of dims.places; -1 none",
    "option": "row of dims.options; -1 none",
    "service": "row of dims.services; -1 none",
    "channel": "row of dims.channels",
    "reason": "row of dims.reasons; -1 none",
    "qty": "units",
    "hop": "re-sourcings so far",
    "shipment": "shipment id; -1 none",
    "amount": "micro-euros",
    "from_t": "begin [s]",
    "to_t": "end, excluded [s]",
    "review": "review id",
}

SCHEMA: dict[str, dict[str, Field]] = {
    "requests": _fields(
        order="request t basket channel zone place node sku qty option outcome reason value order resolved_t served_at "
        "patience substitute paid",
        ids="request basket place node sku order zone served_at substitute",
        codes="channel option outcome reason",
        ints="t qty value resolved_t patience paid",
        basket="customer at one moment: lines wished together share it",
        node="store of a walk-in, or collection store wished; -1 none",
        outcome="row of dims.outcomes",
        value="price of the day x units, micro-euros, VAT included",
        resolved_t="moment of the outcome [s]",
        served_at="store that handed the units to a walk-in; -1 none",
        patience="seconds the customer lets an accepted order wait before picking begins; -1 for ever",
        substitute="SKU taken in its place; -1 none",
        paid="what a store's counter took for it, micro-euros, VAT included, where that is not the value; -1 the value",
    ),
    "orders": _fields(
        order="order t channel zone place lat_e6 lon_e6 option collect_at promised_t fee revenue goods",
        ids="order zone place collect_at",
        codes="channel option",
        ints="t lat_e6 lon_e6 promised_t fee revenue goods",
        lat_e6="latitude of the address, millionths of a degree",
        lon_e6="longitude of the address, millionths of a degree",
        collect_at="collection store; -1 for home delivery",
        promised_t="latest delivery or ready moment told to the customer [s]",
        fee="delivery fee, VAT excluded, micro-euros",
        revenue="lines accepted at their price, VAT excluded, micro-euros",
        goods="purchase cost of the lines accepted, micro-euros",
    ),
    "lines": _fields(
        order="order line sku qty price request",
        ids="order sku request",
        codes="line",
        ints="qty price",
        price="price of one unit on the day it was ordered, VAT included, micro-euros",
    ),
    "events": _fields(
        order="seq t kind order line shipment node qty reason hop",
        ids="order shipment node",
        codes="kind line reason hop",
        ints="seq t qty",
        kind="row of dims.event_kinds",
        line="position of the line; -1 when it concerns the whole shipment or order",
    ),
    "reviews": _fields(
        order="review t orders status gap_ppm bound fallback",
        ids="review orders",
        codes="status fallback",
        ints="t gap_ppm bound",
        orders="orders waiting",
        status="row of dims.review_statuses",
        gap_ppm="optimality gap left, parts per million",
        bound="bound on the objective, micro-euros",
        fallback="1 when a second choice decided",
    ),
    "decisions": _fields(
        order="review t order line node qty service hop reason shipment",
        ids="review order node shipment",
        codes="line service hop reason",
        ints="t qty",
    ),
    "candidates": _fields(
        order="review order line node cost eta_t co2e filter penalty bid atp recorded reserved qty",
        ids="review order node",
        codes="line filter",
        ints="cost eta_t co2e penalty bid atp recorded reserved qty",
        cost="one shipment with all the order's lines that wait, micro-euros",
        eta_t="its expected delivery or ready moment [s]",
        co2e="its CO2e without what belongs to the order, milligrams",
        filter="row of dims.reasons: why the node could not serve the line in full; -1 it could",
        penalty="what the policy puts on top for delay, CO2e and splits, less its credits, micro-euros",
        bid="what the line's units are worth to others, where the policy asked, micro-euros",
        atp="units shown to promise",
        recorded="units on hand by the record",
        reserved="of these, given to sourced lines",
        qty="units of the line that wait",
    ),
    "shipments": _fields(
        order="order shipment node place collect_at service lines units parcels mass volume distance hop "
        "sourced_t picked_t handed_t received_t collected_t",
        ids="order shipment node place collect_at",
        codes="service lines hop",
        ints="units parcels mass volume distance sourced_t picked_t handed_t received_t collected_t",
        collect_at="collection store; -1 for home delivery",
        lines="lines found and sent",
        units="units found and sent; 0 when the picker found nothing",
        volume="cubic centimetres",
        mass="grams",
        distance="great circle from the node to the address (or collection store), metres",
        sourced_t="decided [s]",
        picked_t="picked; -1 not yet [s]",
        handed_t="handed to the carrier, or put on the counter; -1 not yet [s]",
        received_t="delivered, or ready for collection; -1 not yet [s]",
        collected_t="collected by the customer; -1 not (yet) [s]",
    ),
    "stock": _fields(
        order="seq t sku node kind d_physical d_recorded d_reserved d_protected d_on_order ref",
        ids="sku node",
        codes="kind",
        ints="seq t d_physical d_recorded d_reserved d_protected d_on_order ref",
        kind="row of dims.stock_kinds",
        d_physical="change of the units physically there",
        d_recorded="change of the units the system believes to be there",
        d_reserved="change of the units given to sourced lines",
        d_protected="change of the units kept for walk-ins, or for the stores",
        d_on_order="change of the units on their way to the node",
        ref="order, request or other node behind it; -1 none",
    ),
    "returns": _fields(
        order="t order line shipment node sku qty reason disposition refund sent_t service",
        ids="order shipment node sku",
        codes="line reason disposition service",
        ints="t qty refund sent_t",
        t="inspected and decided upon at the node [s]",
        node="where the goods came back to",
        reason="returned, undelivered or no_show; row of dims.reasons",
        disposition="row of dims.dispositions",
        refund="price given back, VAT excluded, micro-euros",
        sent_t="given back by the customer or turned around by the carrier [s]",
        service="that carried it back; -1: brought by the customer, or never left the store",
    ),
    "spells": _fields(
        order="scope sku node from_t to_t",
        codes="scope",
        ids="sku node",
        ints="from_t to_t",
        scope="row of dims.scopes",
    ),
    "costs": _fields(
        order="t order shipment node component amount",
        ids="order shipment node",
        codes="component",
        ints="t amount",
        component="row of dims.components",
    ),
    "emissions": _fields(
        order="t order shipment leg activity unit amount",
        ids="order shipment",
        codes="leg unit",
        ints="t activity amount",
        leg="row of dims.legs",
        activity="in thousandths of the unit, so that another factor set can re-price it",
        unit="0 kg.km by van, 1 kg.km by truck, 2 stop, 3 cm3, 4 parcel, 5 km of a customer trip, 6 order, "
        "7 km of a courier, 8 cm2 of cardboard",
        amount="milligrams of CO2e",
    ),
    "returns_due": _fields(
        order="order line shipment node sku service reason units_ppm",
        ids="order shipment node sku",
        codes="line service reason",
        ints="units_ppm",
        shipment="that the units left with; -1 not sent yet",
        node="where the goods will come back to",
        service="that will carry them back; -1: brought by the customer",
        reason="returned, undelivered or no_show; row of dims.reasons",
        units_ppm="units expected back after the end, millionths; those already on their way count whole",
    ),
    "accruals": _fields(
        order="t order shipment node component amount",
        ids="order shipment node",
        codes="component",
        ints="t amount",
        t="the end [s]",
        component="row of dims.components",
        amount="micro-euros expected to be booked for it after the end",
    ),
    "work": _fields(
        order="node from_t to_t staffed_s busy_s queue",
        ids="node",
        ints="from_t to_t staffed_s busy_s queue",
        staffed_s="picker seconds on duty",
        busy_s="picker seconds spent picking",
        queue="shipments waiting at the end of the interval",
    ),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """One replication's ledger (or part of it) with the dimension tables its ids point into.

    `tables[name][column]` are arrays of equal length; `dims[name]` holds `key`, `label` and attributes by row.

    Attributes
    ----------
    part
        What of a replication this is: "all"; or some of its "customers" with all about them, and the spells that they
        met; some rows about "stock"; the "house", which speaks for the time and the places that there are; "shelf",
        what tells what stores lacked of some SKUs (and is in other parts too).
    """

    tables: Mapping[str, Table]
    dims: Mapping[str, Mapping[str, Column | list[str]]]
    warm_up_s: int
    horizon_s: int
    end_s: int
    part: Part = "all"

    def __getitem__(self, table: str) -> Table:
        return self.tables[table]


def empty(table: str) -> Table:
    """A table of the schema without rows."""
    return {name: np.empty(0, field.dtype) for name, field in SCHEMA[table].items()}
