"""How orders are received: fulfilment options, and the services that carry them."""

from __future__ import annotations

from typing import Literal

from orchestrion.scenarios.defaults import sourced, transit, value
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

_MONEY = "economics/defaults.csv"
_MISHAPS = "service/mishaps.csv"


class OptionDocument(Section):
    """How an order is received, and the promise that goes with it."""

    on: bool = param(True, "Offered to customers")
    label: str = param("", "Name shown")
    collect: bool = param(False, "Collected in a store")
    service: str = param("parcel_standard", "Service that carries it")
    bulky_service: str | None = param(None, "Service for bulky goods; none: they are not offered this way")
    two_person_service: str | None = param(
        None, "Service for goods that two people carry; none: they are not offered this way"
    )
    fee_eur: float = param(0.0, "Delivery fee paid by the customer, VAT included", "EUR", ge=0)
    cut_off: TimeOfDay = param("13:00", "Later orders count as placed on the next working day", "HH:MM")
    prepare: Duration | None = param(
        None,
        "Later than so long before the last collection at every node, an order counts as placed on the next working "
        "day; none: the cut-off alone decides",
        "duration",
    )
    promise_days: int = param(4, "Business days from placing to the promise", "business days", ge=0)
    promise_at: TimeOfDay = param("20:00", "Time of day of the promise", "HH:MM")
    ready_in: Duration = param(
        "2h", "Collected in a store that has the goods: ready within so many opening hours", "duration"
    )


class ServiceDocument(Section):
    """An offer of a carrier, or of the retailer's own tours."""

    label: str = param("", "Name shown")
    kind: Literal["parcel", "pickup", "shuttle", "courier"] = param(
        "parcel",
        "Carrier's network to the door (or to a store), or to a pickup point; own tour to a store; a courier's trip "
        "for one shipment, called when it is packed",
    )
    rate_card: str | None = param(None, "Tariff table in data/ (illustrative), by distance or by zone", "file")
    zones_table: str | None = param(None, "Zones between node and address, for a card priced by zone", "file")
    zones_by: Literal["departement", "agency"] = param("departement", "What the table of zones names")
    surcharges_table: str | None = param(
        None, "Fuel, Saturday, bulky, remote areas, rebates (illustrative: carriers/surcharges_parcel.csv)", "file"
    )
    parcels_a_year: int = param(0, "Volume that earns a rebate of the surcharge table", "parcels a year", ge=0)
    courier_table: str | None = param(None, "A courier's law of cost and time", "file")
    first_attempt: Share = param(
        1.0,
        "Probability that somebody opens, at each attempt; realistic: first_attempt of service/mishaps.csv",
        "probability",
        "second-hand, conflicting: 0.95 (Colissimo), 0.79 (Mondial Relay)",
        gt=0,
    )
    attempts: int = sourced(_MISHAPS, "attempts", "Attempts before the parcel goes elsewhere", ge=1, le=10)
    then: Literal["pickup_point", "sent_back"] = param("pickup_point", "Where it goes after the last attempt")
    attempt_fee_eur: float = sourced(_MISHAPS, "attempt_fee", "Charged for each stop after the first", ge=0)
    way_back: float = sourced(_MISHAPS, "way_back", "Share of the carriage charged for the way back", ge=0, le=2)
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
        "pickup_point": OptionDocument(
            on=False, label="Pickup point", service="parcel_pickup", fee_eur=fee("pickup_point"), promise_days=4
        ),
        "same_day": OptionDocument(
            on=False,
            label="Same day, by courier",
            service="courier",
            fee_eur=fee("same_day"),
            promise_days=0,
            promise_at="21:00",
            cut_off="15:00",
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
        "parcel_pickup": ServiceDocument(
            label="Parcel to a pickup point",
            kind="pickup",
            rate_card="carriers/parcel_pickup.csv",
            transit=transit("parcel_pickup"),
        ),
        "courier": ServiceDocument(
            label="Same-day courier",
            kind="courier",
            courier_table="carriers/courier.csv",
            transit=transit("courier"),
            delivers_to="20:00",
        ),
        "two_person": ServiceDocument(
            label="Two people, by appointment",
            rate_card="carriers/two_person.csv",
            transit=transit("two_person"),
            collection_days=list(WEEKDAYS[:5]),
            delivers=list(WEEKDAYS[:6]),
        ),
    }
