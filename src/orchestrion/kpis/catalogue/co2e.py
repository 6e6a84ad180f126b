"""Kilograms of CO2e per order, with and without the customer's own trip."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import Leg
from orchestrion.kpis.cases import Cases, Ratio
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading
from orchestrion.units import MG_PER_KG

_TRIP_KM = 5  # column `unit` of the emissions: kilometres of a customer's trip


def _per_order(reading: Reading, *, trip: bool) -> Ratio:
    emissions, keys = reading.booked("emissions")
    own = (emissions["leg"] == Leg.CUSTOMER_TRIP) | (emissions["unit"] == _TRIP_KM)  # with returns too
    rows = np.flatnonzero(~own | trip)
    keys = keys.also(leg=lambda: emissions["leg"])
    return Ratio(Cases(emissions["amount"][rows], keys, rows, MG_PER_KG), reading.book.count(reading.book.shipped))


@kpi(
    "co2e_per_order",
    label=("CO2e per order", "CO2e par commande"),
    unit="kg/order",
    direction="less",
    definition=(
        "CO2e of all legs, the customer's own trips (to a collection store or pickup point, and with returns) "
        "included, over orders of which at least one shipment was sent.",
        "CO2e de toutes les étapes, trajets du client compris (vers le magasin ou le point de retrait, et pour les "
        "retours), sur les commandes dont au moins une expédition est partie.",
    ),
    open_orders="so_far",
)
def co2e_per_order(reading: Reading) -> Ratio:
    return _per_order(reading, trip=True)


@kpi(
    "co2e_per_order_no_trip",
    label=("CO2e per order without the customer's trip", "CO2e par commande hors trajet du client"),
    unit="kg/order",
    direction="less",
    definition=(
        "CO2e of all legs but the customer's own trips (to a collection store or pickup point, and with returns), over "
        "orders of which at least one shipment was sent.",
        "CO2e de toutes les étapes sauf les trajets du client (vers le magasin ou le point de retrait, et pour les "
        "retours), sur les commandes dont au moins une expédition est partie.",
    ),
    open_orders="so_far",
)
def co2e_per_order_no_trip(reading: Reading) -> Ratio:
    return _per_order(reading, trip=False)
