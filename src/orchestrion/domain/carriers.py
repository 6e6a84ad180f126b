"""What carriers offer and charge: rate cards, surcharges, one-shot couriers, and what a closed door leads to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """Carriage by weight band and by column, as carriers sell it; a column is a distance band or a zone.

    *Illustrative where shipped with the package.*
    """

    up_to_g: Ints  # upper limit of each weight band, ascending, shape (bands,)
    up_to_m: Ints  # upper limit of each distance band but the last, ascending, shape (columns - 1,); empty with zones
    price: Ints  # micro-euros, shape (columns, bands)
    extra_per_kg: int  # each kilogram begun above the last band
    column: NDArray[np.int64] | None = None  # with zones: the column by node and area of the address, shape (N, areas)
    by_agency: bool = False  # areas are the carrier's agencies; else the zones of delivery addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Surcharges:
    """What a carrier adds to its card, and the rebate it grants on it.

    Days are those on which the order was placed: the label is bought for the delivery foreseen then, and no policy
    gains by waiting for a cheaper month.
    """

    rebate: float = 0.0  # share of the card's price
    fuel: Floats  # share added to everything, by day of the order, shape (D,)
    saturday: Ints  # micro-euros for a delivery foreseen on a Saturday, by day of the order, shape (D,)
    remote: Ints  # micro-euros by zone of the address, shape (Z,)
    bulky: int = 0  # micro-euros for a parcel above one of the two limits
    bulky_over_g: int = 2**62
    bulky_over_cm3: int = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """A trip made for one shipment alone, from the node to the door, within the day."""

    radius_m: int  # great circle; farther addresses are not served
    speed_m_s: float  # along the road, stops included
    handling_s: int  # called, loaded, rung at the door
    fixed: int  # micro-euros a trip
    per_km: int  # micro-euros for each kilometre of great circle
    returns_empty: float  # share of the way back put on the trip


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """What happens at a door that may stay closed."""

    success: float  # probability that somebody opens, at each attempt
    most: int  # attempts before the parcel goes elsewhere; each on the next business day of the service
    to_pickup_point: bool  # then left at a pickup point near the address; else sent back
    fee: int  # micro-euros charged for each attempt after the first, and for leaving it at a point
    back: float  # share of the carriage that is charged once more for the way back
