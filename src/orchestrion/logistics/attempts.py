"""What closed doors cost: stops for nothing, parcels left at a pickup point, parcels that travel back."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchestrion.domain.codes import Component, EventKind, Leg
from orchestrion.domain.facts import Table
from orchestrion.logistics.cost import freight
from orchestrion.logistics.emissions import CM3, priced, round_activity
from orchestrion.logistics.entries import Booked, leg, part, rows
from orchestrion.logistics.tariff import Tariff, sent_of


def positions(known: Any, wanted: Any) -> Any:
    """The row of each wanted id in a column where every id occurs once; all wanted are there."""
    by_id = np.argsort(known, kind="stable")
    return by_id[np.searchsorted(known, wanted, sorter=by_id)]


def extra_stops(tariff: Tariff, shipments: Table, events: Table) -> Booked:
    """Each failed attempt that was followed by another stop: the next attempt, or the pickup point.

    The shipment's own stop is booked with it; the attempt after which it turned back needs no other.
    """
    found = Booked()
    failed = rows(events, events["kind"] == EventKind.ATTEMPT_FAILED)
    if not len(failed["order"]):
        return found
    turned = rows(events, events["kind"] == EventKind.SENT_BACK)
    last = dict(zip(turned["shipment"].tolist(), turned["t"].tolist(), strict=True))
    moments = zip(failed["shipment"].tolist(), failed["t"].tolist(), strict=True)
    again = np.array([last.get(shipment) != t for shipment, t in moments], bool)
    failed = rows(failed, again)
    sent = rows(shipments, np.isin(shipments["shipment"], failed["shipment"]))
    at = positions(sent["shipment"], failed["shipment"])
    fees = np.array([0 if s.attempts is None else s.attempts.fee for s in tariff.world.services], np.int64)
    fee = fees[sent["service"][at]]
    found.costs.append(part(failed, component=Component.FAILED_DELIVERY, amount=fee))
    unit, activity = round_activity(tariff.emissions, sent["mass"][at])
    activity = np.broadcast_to(activity, len(at))
    found.emissions.append(leg(failed, priced(tariff.emissions, Leg.FAILED_ATTEMPT, unit, activity)))
    # nobody opened: it waits at a pickup point, whose building takes its share
    ready = rows(events, (events["kind"] == EventKind.READY) & np.isin(events["shipment"], failed["shipment"]))
    volume = sent["volume"][positions(sent["shipment"], ready["shipment"])]
    found.emissions.append(leg(ready, priced(tariff.emissions, Leg.PICKUP_POINT, CM3, volume * 1000)))
    return found


def way_back(tariff: Tariff, sent: Table, ordered_t: Any, events: Table) -> Booked:
    """What the carrier charges for bringing undelivered parcels back; the CO2e of the way is booked as a return."""
    found = Booked()
    turned = rows(events, events["kind"] == EventKind.SENT_BACK)
    if not len(turned["order"]):
        return found
    at = positions(sent["shipment"], turned["shipment"])
    parcels = sent_of({name: column[at] for name, column in sent.items()}, np.asarray(ordered_t)[at]).columns()
    amount = np.zeros(len(at), np.int64)
    for offer in tariff.world.services:
        share = 1.0 if offer.attempts is None else offer.attempts.back
        price = np.rint(freight(tariff, offer, parcels) * share).astype(np.int64)
        amount = np.where(parcels.service == offer.id, price, amount)
    found.costs.append(part(turned, component=Component.FAILED_DELIVERY, amount=amount))
    return found
