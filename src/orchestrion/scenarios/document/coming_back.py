"""Goods that wait to be collected, and goods that come back."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from orchestrion.scenarios.defaults import delays, minutes, return_laws, sourced, table, tabled
from orchestrion.scenarios.document.base import (
    WEEKDAYS,
    Duration,
    Probabilities,
    Section,
    Share,
    TimeOfDay,
    Weekday,
    param,
)

_MISHAPS = "service/mishaps.csv"
_DELAYS = "service/delays.csv"
_RETURNS = "service/returns.csv"


class CollectingDocument(Section):
    """How customers fetch click and collect orders, and what becomes of those they never fetch."""

    on: bool = param(False, "Some come late or never; off: everybody comes within a day or so")
    days: Probabilities = tabled(
        _DELAYS, delays("collect"), "Probability of coming 0, 1, 2, ... days after all is ready", "probability"
    )
    never: Share = sourced(_MISHAPS, "never_collects", "Probability of never coming", lt=1)
    keep_days: int = sourced(_MISHAPS, "keep_days", "Days after which the units go back on the shelf", ge=1, le=60)
    refund_fee: bool = param(True, "The delivery fee is given back with the price")


class PickupPointsDocument(Section):
    """The carrier's pickup points and lockers near every address."""

    days: list[Weekday] = param(list(WEEKDAYS[:6]), "Weekdays on which they are open", min_length=1)
    opens: TimeOfDay = param("09:00", "Opening", "HH:MM")
    closes: TimeOfDay = param("19:30", "Closing", "HH:MM")
    trip_km: float = sourced(_MISHAPS, "point_trip_km", "The customer's way there and back, by road", ge=0, le=100)
    collect_days: Probabilities = tabled(
        _DELAYS, delays("collect"), "Probability of coming 0, 1, 2, ... days after the parcel arrived", "probability"
    )
    never: Share = sourced(_MISHAPS, "point_never_collects", "Probability of never coming", lt=1)
    keep_days: int = sourced(_MISHAPS, "point_keep_days", "Days after which the parcel is sent back", ge=1, le=60)
    refund_fee: bool = param(True, "The delivery fee is given back with the price")


class CategoryReturns(Section):
    """What comes back of a category."""

    rate: Share = param(0.1, "Share of lines received that are given back", "share")
    restock: Share = param(0.9, "Share of them that can be sold again", "share")


def _laws() -> dict[str, CategoryReturns]:
    return {key: CategoryReturns(**law) for key, law in return_laws(table(_RETURNS)).items()}


def _annotated(schema: dict[str, Any]) -> None:
    rows = table(_RETURNS)
    sources = dict.fromkeys(f"{row['confidence']}: {row['source']}" for row in rows)
    schema.update(default=return_laws(rows), unit="share", source=f"{'; '.join(sources)} (data/{_RETURNS})")


class ReturnsDocument(Section):
    """What customers give back, where to, and what becomes of it.

    Inspection is paid by its minutes and done in opening hours; it keeps no picker from an order.
    """

    on: bool = param(False, "Customers give back what they do not keep")
    categories: dict[str, CategoryReturns] = Field(
        default_factory=_laws,
        description="Returns by category of the assortment; `other`: all that are not named",
        json_schema_extra=_annotated,
    )
    days: Probabilities = tabled(
        _DELAYS, delays("return"), "Probability of giving back 0, 1, 2, ... days after the receipt", "probability"
    )
    store_share: Share = sourced(
        _MISHAPS, "return_to_store", "Customers who bring it to a store, where one is within reach"
    )
    taken_by: list[Literal["warehouses", "stores"]] = param(
        ["warehouses", "stores"], "Groups of nodes that take returns", min_length=1
    )
    service: str = param("parcel_standard", "Service that carries posted returns")
    inspection: Duration = minutes(_MISHAPS, "return_inspection", "Opening, checking and putting back one unit")
    refund_fee: bool = param(
        True, "The delivery fee is given back when nothing of the order is kept", source="French law"
    )
