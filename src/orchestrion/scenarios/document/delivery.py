"""How orders are received: fulfilment options, and the services that carry them."""

from __future__ import annotations

from typing import Literal

from orchestrion.scenarios.defaults import transit, value
from orchestrion.scenarios.document.base import (
    WEEKDAYS,
    Duration,
    Probabilities,
    Section,
    TimeOfDay,
    Weekday,
    param,
)

_MONEY = "economics/defaults.csv"


class OptionDocument(Section):
    """How an order is received, and the promise that goes with it."""

    label: str = param("", "Name shown")
    collect: bool = param(False, "Collected in a store")
    service: str = param("parcel_standard", "Service that carries it")
    fee_eur: float = param(0.0, "Delivery fee paid by the customer, VAT included", "EUR", ge=0)
    cut_off: TimeOfDay = param("13:00", "Later orders count as placed on the next working day", "HH:MM")
    promise_days: int = param(4, "Business days from placing to the promise", "business days", ge=0)
    promise_at: TimeOfDay = param("20:00", "Time of day of the promise", "HH:MM")
    ready_in: Duration = param(
        "2h", "Collected in a store that has the goods: ready within so many opening hours", "duration"
    )


class ServiceDocument(Section):
    """An offer of a carrier, or of the retailer's own tours."""

    label: str = param("", "Name shown")
    kind: Literal["parcel", "shuttle"] = param("parcel", "Carrier's network, or own tour to a store")
    rate_card: str | None = param(None, "Tariff table in data/ (illustrative)", "file")
    transit: Probabilities = param([0.0, 0.1, 0.85, 0.05], "Probability of 0, 1, 2, ... business days")
    delivers: list[Weekday] = param(list(WEEKDAYS[:6]), "Days on which it delivers")
    delivers_from: TimeOfDay = param("09:00", "First delivery of the day", "HH:MM")
    delivers_to: TimeOfDay = param("17:00", "Last delivery of the day", "HH:MM")
    collection_days: list[Weekday] = param(list(WEEKDAYS[:6]), "Days on which it calls")
    warehouse_collections: list[TimeOfDay] = param(["18:00"], "Calls at a warehouse", "HH:MM")
    store_collections: list[TimeOfDay] = param(["16:30"], "Calls at a store", "HH:MM")


def default_options() -> dict[str, OptionDocument]:
    def fee(key: str) -> float:
        return value(_MONEY, f"fee_{key}")

    return {
        "home_standard": OptionDocument(label="Home, standard", fee_eur=fee("home_standard"), promise_days=4),
        "home_j1": OptionDocument(
            label="Home, next day (J+1)",
            service="parcel_express",
            fee_eur=fee("home_j1"),
            promise_days=1,
            cut_off="12:00",
        ),
        "collect": OptionDocument(
            label="Click and collect",
            collect=True,
            service="shuttle",
            fee_eur=fee("collect"),
            promise_days=4,
            promise_at="19:00",
        ),
    }


def default_services() -> dict[str, ServiceDocument]:
    return {
        "parcel_standard": ServiceDocument(
            label="Parcel, standard", rate_card="carriers/parcel_standard.csv", transit=transit("parcel_standard")
        ),
        "parcel_express": ServiceDocument(
            label="Parcel, next day",
            rate_card="carriers/parcel_express.csv",
            transit=transit("parcel_express"),
            delivers_to="13:00",
        ),
        "shuttle": ServiceDocument(
            label="Store delivery tour",
            kind="shuttle",
            transit=transit("shuttle"),
            delivers_from="08:00",
            delivers_to="10:00",
        ),
    }
