"""Cost to serve of shipments, component by component, over arrays of any shape."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Component
from orchestrion.domain.world import RateCard
from orchestrion.logistics.tariff import COUNTER, SHUTTLE, Tariff, labour

Ints = NDArray[np.int64]


def band_price(card: RateCard, mass: Any) -> Ints:
    """Price of a parcel in each distance band, micro-euros, shape (distance bands, *shape of mass).

    A parcel of exactly the limit is still in the band; above the last, each kilogram begun is added.
    """
    mass = np.asarray(mass, np.int64)
    last = len(card.up_to_g) - 1
    band = np.minimum(np.searchsorted(card.up_to_g, mass), last)
    over_g = np.maximum(mass - card.up_to_g[last], 0)
    return np.asarray(card.price[:, band] + -(-over_g // 1000) * card.extra_per_kg)


def carriage(card: RateCard, mass: Any, distance: Any) -> Ints:
    """Carriage of one parcel by mass [g] and great circle to the address [m], micro-euros."""
    mass, distance = np.broadcast_arrays(np.asarray(mass, np.int64), np.asarray(distance, np.int64))
    prices = band_price(card, mass)
    far = np.searchsorted(card.up_to_m, distance)
    return np.asarray(np.take_along_axis(prices, far[None, ...], axis=0)[0])


def shipment_costs(
    tariff: Tariff,
    node: Any,
    service: Any,
    lines: Any,
    units: Any,
    mass: Any,
    distance: Any,
    parcels: Any = 1,
) -> dict[Component, Ints]:
    """What shipments cost, without the customer's fee.

    Parameters
    ----------
    node, service, lines, units, mass, distance, parcels
        Columns or scalars that broadcast; mass in grams and distance in metres (great circle, node to address).

    Returns
    -------
    Micro-euros by component, each of the broadcast shape; zero where a component does not arise. At the counter of the
    collection store there is no carriage and no box. Several parcels of one shipment share its mass evenly.
    """
    node, service, lines, units, mass, distance, parcels = np.broadcast_arrays(
        *(np.asarray(column, np.int64) for column in (node, service, lines, units, mass, distance, parcels))
    )
    kind = tariff.kind[service]
    boxes = np.where(kind == COUNTER, 0, parcels)
    costs = {
        Component.PICKING: labour(tariff.pick_seconds(node, lines, units), tariff.wage[node]),
        Component.PACKAGING: boxes * tariff.economics.packaging_parcel + units * tariff.economics.packaging_unit,
        Component.CARRIAGE: np.zeros(node.shape, np.int64),
        Component.SHUTTLE: np.where(kind == SHUTTLE, parcels * tariff.economics.shuttle_parcel, 0),
    }
    for offer in tariff.world.services:
        if offer.rate_card is not None:
            each = -(-mass // np.maximum(parcels, 1))
            price = parcels * carriage(offer.rate_card, each, distance)
            costs[Component.CARRIAGE] = np.where(service == offer.id, price, costs[Component.CARRIAGE])
    return costs
