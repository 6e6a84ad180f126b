"""Cost to serve of shipments, component by component, over arrays of any shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.carriers import Courier, RateCard, Surcharges
from orchestrion.domain.codes import Component
from orchestrion.domain.world import Service
from orchestrion.logistics.tariff import COUNTER, SHUTTLE, Sent, Tariff
from orchestrion.units import DAY

Ints = NDArray[np.int64]


def band_price(card: RateCard, mass: Any) -> Ints:
    """Price of a parcel in each column of the card, micro-euros, shape (columns, *shape of mass).

    A parcel of exactly the limit is still in the band; above the last, each kilogram begun is added.
    """
    mass = np.asarray(mass, np.int64)
    last = len(card.up_to_g) - 1
    band = np.minimum(np.searchsorted(card.up_to_g, mass), last)
    over_g = np.maximum(mass - card.up_to_g[last], 0)
    return np.asarray(card.price[:, band] + -(-over_g // 1000) * card.extra_per_kg)


def carriage(card: RateCard, mass: Any, distance: Any) -> Ints:
    """Price of one parcel on a card by distance: mass [g], great circle to the address [m]; micro-euros."""
    return in_column(card, mass, np.searchsorted(card.up_to_m, np.asarray(distance, np.int64)))


def in_column(card: RateCard, mass: Any, column: Any) -> Ints:
    """Price of one parcel in a column of the card, micro-euros."""
    mass, column = np.broadcast_arrays(np.asarray(mass, np.int64), np.asarray(column, np.int64))
    return np.asarray(np.take_along_axis(band_price(card, mass), column[None, ...], axis=0)[0])


def column_of(tariff: Tariff, card: RateCard, sent: Sent) -> Ints:
    """The column of the card for each shipment: by distance, or by the zone between its node and its address."""
    if card.column is None:
        return np.asarray(np.searchsorted(card.up_to_m, sent.distance))
    area = (tariff.to_agency if card.by_agency else tariff.to_zone)(sent.place, sent.collect_at)
    return np.asarray(card.column[sent.node, area], np.int64)


def surcharged(extra: Surcharges | None, price: Any, t: Any, zone: Any, mass: Any, volume: Any) -> Ints:
    """A price on the card as it is invoiced: less the rebate, with what is added for the parcel, the day and the zone,
    and fuel on all of it, to the nearest micro-euro.

    Parameters
    ----------
    t, zone, mass, volume
        When the order was placed [s], zone of the address, grams, cubic centimetres of the parcel.
    """
    on_card: Ints = np.asarray(price, np.int64)
    if extra is None:
        return on_card
    day = np.minimum(np.asarray(t) // DAY, len(extra.fuel) - 1)
    bulky = (np.asarray(mass) > extra.bulky_over_g) | (np.asarray(volume) > extra.bulky_over_cm3)
    fixed = extra.remote[zone] + extra.saturday[day] + np.where(bulky, extra.bulky, 0)
    invoiced: Ints = np.rint((on_card * (1.0 - extra.rebate) + fixed) * (1.0 + extra.fuel[day])).astype(np.int64)
    return invoiced


def courier_price(courier: Courier, distance: Any) -> Ints:
    """A courier's trip over a great circle [m], micro-euros."""
    return np.asarray(courier.fixed + np.rint(np.asarray(distance) * (courier.per_km / 1000.0)), np.int64)


def freight(tariff: Tariff, offer: Service, sent: Sent) -> Ints:
    """What the carrier of a service charges for shipments, micro-euros; several parcels share the mass evenly."""
    if offer.courier is not None:
        return courier_price(offer.courier, sent.distance)
    if offer.rate_card is None:
        return np.zeros(np.shape(sent.node), np.int64)
    parcels = np.maximum(sent.parcels, 1)
    each, room = -(-sent.mass // parcels), -(-sent.volume // parcels)
    price = in_column(offer.rate_card, each, column_of(tariff, offer.rate_card, sent))
    zone = tariff.to_zone(sent.place, sent.collect_at)
    return np.asarray(sent.parcels * surcharged(offer.surcharges, price, sent.ordered_t, zone, each, room))


def shipment_costs(tariff: Tariff, sent: Sent) -> dict[Component, Ints]:
    """What shipments cost, without the customer's fee.

    Returns
    -------
    Micro-euros by component, each of the broadcast shape; zero where a component does not arise. At the counter of the
    collection store there is no carriage and no box.
    """
    sent = sent.columns()
    node, units = sent.node, sent.units
    kind = tariff.kind[sent.service]
    boxes = np.where(kind == COUNTER, 0, sent.parcels)
    moved = np.where(kind == SHUTTLE, sent.parcels * tariff.tour_parcel[node], 0)
    between_stores = tariff.from_store[node]
    costs = {
        Component.PICKING: tariff.picking(node, sent.lines, units),
        Component.PACKAGING: boxes * tariff.economics.packaging_parcel + units * tariff.economics.packaging_unit,
        Component.CARRIAGE: np.zeros(node.shape, np.int64),
        Component.SHUTTLE: np.where(between_stores, 0, moved),
        Component.TRANSFER: np.where(between_stores, moved, 0),
    }
    for offer in tariff.world.services:
        if offer.rate_card is not None or offer.courier is not None:
            price = freight(tariff, offer, sent)
            costs[Component.CARRIAGE] = np.where(sent.service == offer.id, price, costs[Component.CARRIAGE])
    return costs
