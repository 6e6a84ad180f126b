"""What customers would ask for if everything were there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from orchestrion.scenarios.defaults import probabilities, shares, sourced, tabled, weekday_factors
from orchestrion.scenarios.document.base import (
    Probabilities,
    Section,
    Share,
    Shares,
    Weekday,
    param,
    section,
    sums_to_one,
)
from orchestrion.scenarios.document.offers import OffersDocument
from orchestrion.scenarios.document.promotions import PromotionDocument

_PATIENCE = "demand/patience.csv"
_DISPERSION = "demand/dispersion.csv"
OnlineChannel = Literal["web", "app", "marketplace"]
ChannelShares = Annotated[dict[OnlineChannel, Share], AfterValidator(sums_to_one)]


class OnlineDemand(Section):
    """What people would order online if everything were there."""

    orders_per_day: float = param(714.0, "Orders asked for on an average day", "orders a day", ge=0)
    weekdays: dict[Weekday, float] = tabled(
        "demand/weekdays.csv", weekday_factors("online"), "Multiplier by weekday", "of an average day"
    )
    hours_table: str = param(
        "demand/hours_online.csv",
        "Probability of each hour of the day; with a column weekday, of each hour of each weekday, such as "
        "demand/hours_of_week_online.csv",
        "file",
    )
    season: list[float] = param([1.0], "Multiplier by week from the start; the last one goes on", min_length=1)
    channels: ChannelShares = param(
        {"web": 0.6, "app": 0.4}, "Channel shares; on a marketplace nobody can choose a store to collect in", "share"
    )
    options: Shares = tabled("demand/options_fr.csv", shares("option"), "Fulfilment options wanted", "share")
    channel_options: dict[OnlineChannel, Shares] = param(
        {}, "Fulfilment options wanted in a channel whose customers choose otherwise", "share"
    )
    lines: Probabilities = tabled(
        "demand/lines_per_order.csv",
        probabilities("lines", "apparel"),
        "Probability of 1, 2, ... lines in an order",
        "probability",
    )
    units: Probabilities = tabled(
        "demand/units_per_line.csv", probabilities("units"), "Probability of 1, 2, ... units in a line", "probability"
    )
    collect_within_km: float = param(30.0, "Farther from every collection store: home delivery instead", "km", ge=0)


class WalkInDemand(Section):
    """People who walk in wanting to buy one line."""

    per_day: float = param(4465.0, "Purchase intents on an average day, all stores", "intents a day", ge=0)
    size_weights: dict[Literal["S", "M", "L"], float] = param(
        {"S": 0.5, "M": 1.0, "L": 2.2}, "Visitors of a store of each size, relative"
    )
    weekdays: dict[Weekday, float] = tabled(
        "demand/weekdays.csv", weekday_factors("store"), "Multiplier by weekday", "of an average day"
    )
    season: list[float] = param([1.0], "Multiplier by week from the start; the last one goes on", min_length=1)
    hours_table: str | None = param(
        None,
        "Hours of each weekday at which people come while a store is open, such as demand/hours_of_week_store.csv; "
        "none: evenly",
        "file",
        "",
    )


class DispersionDocument(Section):
    """How much more demand varies than by pure chance: negative binomial counts in place of Poisson ones."""

    on: bool = param(False, "Counts are negative binomial; off: Poisson", source="")
    store_k: float = sourced(_DISPERSION, "store_k", "Size k of a SKU's weekly count in one store; 0: Poisson", ge=0)
    online_k: float = sourced(_DISPERSION, "online_k", "Size k of a SKU's weekly count online; 0: Poisson", ge=0)
    online_day_k: float = sourced(
        _DISPERSION, "online_day_k", "Size k of a day's count of online orders; 0: Poisson", ge=0
    )


class PatienceDocument(Section):
    """How long customers let an accepted order wait before somebody begins to pick it; then they withdraw it."""

    on: bool = param(False, "Customers may withdraw orders that wait; off: they never do", source="")
    forever: Share = sourced(_PATIENCE, "patience_forever", "Share of customers who never withdraw")
    median_hours: float = sourced(_PATIENCE, "patience_median_h", "Half of the others have withdrawn by then", gt=0)
    sigma: float = sourced(_PATIENCE, "patience_sigma", "Spread of the others' patience", ge=0, le=3)


class HistoryDocument(Section):
    """Real orders in place of generated online orders. Their SKUs, prices and quantities are the file's."""

    orders: str = Field(description="Order lines, CSV or Parquet", json_schema_extra={"unit": "file", "source": ""})
    mapping: str | None = param(
        None, "How its columns are read (YAML); none: they are called order, t, sku, quantity, price", "file", ""
    )


class Demand(Section):
    """Requests over time; the same customers whatever the policy."""

    online: OnlineDemand = section(OnlineDemand, "Online orders")
    history: HistoryDocument | None = param(None, "Real orders, replayed in place of generated ones", source="")
    walk_in: WalkInDemand = section(WalkInDemand, "Walk-in customers")
    growth_per_year: float = param(0.0, "Growth of all demand over the scenario's time", "share a year", ge=-0.9, le=10)
    dispersion: DispersionDocument = section(DispersionDocument, "How uneven demand is")
    promotions: dict[str, PromotionDocument] = param({}, "Named windows of more demand at lower prices", source="")
    offers: OffersDocument = section(OffersDocument, "What promises and fees do to the option picked and the sale")
    patience: PatienceDocument = section(PatienceDocument, "How long customers wait for picking to begin")
    popularity_error: float = param(
        0.35, "Log-normal sigma of true over planned popularity, drawn anew in each replication", ge=0, le=2
    )
