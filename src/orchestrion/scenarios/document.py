"""The scenario document: every parameter of a world with its unit, default, meaning and source.

These models are the border: strict, frozen, no unknown keys. The JSON Schema, the README's dictionary and the checks
all come from here. Sources: *brief*, *published*, *second-hand*, *measured*, *assumed* (the confidence words of
data/README.md).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from orchestrion.scenarios.defaults import (
    picking,
    probabilities,
    shares,
    sourced,
    table,
    tabled,
    transit,
    value,
    weekday_factors,
)
from orchestrion.units import duration_s, time_of_day_s

_MONEY = "economics/defaults.csv"
_REACT = "reactions/defaults.csv"
_CO2E = "emissions/ademe.csv"


def _duration(value: object) -> str:
    text = str(value)
    duration_s(text)
    return text


def _time_of_day(value: object) -> str:
    text = str(value)
    time_of_day_s(text)
    return text


def _sums_to_one(shares: dict[str, float]) -> dict[str, float]:
    if abs(sum(shares.values()) - 1.0) > 1e-6:
        raise ValueError(f"the shares must sum to 1; they sum to {sum(shares.values()):.6g}")
    return shares


def _probabilities(values: list[float]) -> list[float]:
    if abs(sum(values) - 1.0) > 1e-6:
        raise ValueError(f"the probabilities must sum to 1; they sum to {sum(values):.6g}")
    return values


Share = Annotated[float, Field(ge=0, le=1)]
Duration = Annotated[str, BeforeValidator(_duration)]
TimeOfDay = Annotated[str, BeforeValidator(_time_of_day)]
Shares = Annotated[dict[str, Share], AfterValidator(_sums_to_one)]
Probabilities = Annotated[list[Share], Field(min_length=1), AfterValidator(_probabilities)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ReactionOnline = Literal["leave", "own_store", "wait"]
ReactionStore = Literal["leave", "other_store", "own_web", "wait"]


def _p(default: Any, meaning: str, unit: str = "", source: str = "assumed", **checks: Any) -> Any:
    """A parameter: default, meaning, unit and source in one place."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit, "source": source}, **checks)


def _section(model: type[BaseModel], meaning: str) -> Any:
    return Field(default_factory=model, description=meaning)


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Time(_Document):
    """When the rehearsal takes place."""

    start: date = _p(date(2026, 9, 7), "First day, from midnight local time", "date")
    warm_up_weeks: int = _p(2, "Weeks before measuring begins", "weeks", ge=0, le=52)
    measured_weeks: int = _p(8, "Weeks measured", "weeks", ge=1, le=104)
    run_off_days: int = _p(
        10, "Days after the last measured one in which orders in progress are finished", "days", ge=0, le=60
    )


class Opening(_Document):
    """Opening hours of a kind of node."""

    days: list[Weekday] = _p(list(WEEKDAYS[:6]), "Weekdays worked", min_length=1)
    opens: TimeOfDay = _p("10:00", "Opening", "HH:MM")
    closes: TimeOfDay = _p("19:00", "Closing", "HH:MM")
    public_holidays: bool = _p(False, "Open on public holidays")

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Opening:
        if time_of_day_s(self.closes) <= time_of_day_s(self.opens):
            raise ValueError(f"closes ({self.closes}) must be after opens ({self.opens})")
        return self


class NodeKind(_Document):
    """What the nodes of one role have in common."""

    opening: Opening = Field(default_factory=Opening, description="Opening hours")
    pickers: dict[str, int] = _p({"S": 1, "M": 1, "L": 2}, "Pairs of hands picking online orders, by node size")
    pick_setup: Duration = _p("3min", "Picking: getting started and packing, per shipment", "duration")
    pick_line: Duration = _p("2min", "Picking: finding one line", "duration")
    pick_unit: Duration = _p("20s", "Picking: each unit", "duration")
    pick_success: Share = _p(1.0, "Probability that a reserved unit is found", "probability")
    daily_orders: int | None = _p(None, "Shipments accepted a day; none: no limit", "shipments a day", ge=0)
    wage_eur_per_hour: float = _p(21.0, "Picker's cost with charges", "EUR an hour", ge=0)
    ships: bool = _p(True, "Sends parcels to customers' homes")
    collects: bool = _p(False, "Hands over click and collect orders")
    walk_ins: bool = _p(False, "Sells to people who walk in")
    protected_units: int = _p(0, "Units of each SKU kept for walk-ins, not promised online", "units", ge=0)


class NodeChange(_Document):
    """One node: a place of its own (role, lat, lon) or changes to a node of the tables."""

    role: Literal["warehouse", "store"] | None = _p(None, "Kind of node; needed for a node that no table lists")
    label: str | None = _p(None, "Name shown")
    lat: float | None = _p(None, "Latitude", "degrees", ge=-90, le=90)
    lon: float | None = _p(None, "Longitude", "degrees", ge=-180, le=180)
    size: Literal["S", "M", "L"] | None = _p(None, "Size: sets range, visitors and pickers")
    pickers: int | None = _p(None, "Pairs of hands", ge=0)
    opens: TimeOfDay | None = _p(None, "Opening", "HH:MM")
    closes: TimeOfDay | None = _p(None, "Closing", "HH:MM")
    daily_orders: int | None = _p(None, "Shipments accepted a day", "shipments a day", ge=0)
    pick_success: Share | None = _p(None, "Probability that a reserved unit is found", "probability")
    ships: bool | None = _p(None, "Sends parcels to customers' homes")
    collects: bool | None = _p(None, "Hands over click and collect orders")


class Network(_Document):
    """Where stock is held and who works there."""

    warehouses_table: str | None = _p("warehouses_fr.csv", "Table of warehouses in data/", "file")
    stores_table: str | None = _p("stores_fr60.csv", "Table of stores in data/", "file")
    communes_table: str = _p("geo/communes_fr.csv", "Delivery addresses: communes with their population", "file")
    agencies_table: str = _p("carriers/agencies_fr.csv", "The parcel carrier's agencies", "file")
    warehouses: NodeKind = Field(
        default_factory=lambda: NodeKind(
            opening=Opening(opens="06:00", closes="21:00"),
            pickers={"S": 6, "M": 12, "L": 20},
            **picking("warehouse"),
        ),
        description="What warehouses have in common",
    )
    stores: NodeKind = Field(
        default_factory=lambda: NodeKind(collects=True, walk_ins=True, protected_units=1, **picking("store")),
        description="What stores have in common",
    )
    nodes: dict[str, NodeChange] = _p({}, "Single nodes: changed, or added to the tables")


class Category(_Document):
    """A family of SKUs."""

    share: Share = _p(0.5, "Share of the SKUs", "share")
    price_eur: float = _p(35.0, "Median list price, VAT included", "EUR", gt=0)
    price_spread: float = _p(0.5, "Log-normal sigma of list prices", ge=0, le=2)
    margin: Share = _p(0.55, "Margin on the net price when bought", "share of net price")
    mass_g: int = _p(400, "Median mass of a unit, packed", "g", gt=0)
    volume_cm3: int = _p(3000, "Median volume of a unit, packed", "cm3", gt=0)


class Assortment(_Document):
    """What is sold. SKUs are generated from a seed of their own, the same in every replication."""

    skus: int = _p(1200, "Number of SKUs", "SKUs", ge=1, le=100_000)
    seed: int = _p(2026, "Seed of the assortment: prices, masses, planned popularity", ge=0)
    categories: dict[str, Category] = _p(
        {
            "fashion": Category(share=0.65, price_eur=36.0, margin=0.58, mass_g=380, volume_cm3=3200),
            "home": Category(share=0.35, price_eur=29.0, margin=0.50, mass_g=1100, volume_cm3=7000),
        },
        "Families of SKUs; their shares sum to one",
    )
    popularity_spread: float = _p(
        1.1,
        "Log-normal sigma of planned popularity; 1.1 puts 60 % of demand on the top fifth, as fashion does",
        source="assumed (numbers: fashion 55-65 %)",
        ge=0,
        le=3,
    )
    store_taste: float = _p(0.35, "Log-normal sigma by which a store's demand departs from the plan", ge=0, le=2)
    web_range: Share = _p(1.0, "Share of SKUs ranged on the web", "share")
    store_range: dict[Literal["S", "M", "L"], Share] = _p(
        {"S": 0.35, "M": 0.55, "L": 0.8}, "Share of SKUs ranged in a store, by size, the most popular first", "share"
    )
    reorderable: Share = _p(0.4, "Share of SKUs that suppliers deliver again within the season", "share")
    reorder_bestsellers: float = _p(
        1.0, "How strongly repeat orders follow planned popularity: 0 not at all, 1 in proportion", ge=0, le=3
    )

    @model_validator(mode="after")
    def _shares(self) -> Assortment:
        _sums_to_one({key: category.share for key, category in self.categories.items()})
        return self


class OnlineDemand(_Document):
    """What people would order online if everything were there."""

    orders_per_day: float = _p(714.0, "Orders asked for on an average day", "orders a day", ge=0)
    weekdays: dict[Weekday, float] = tabled(
        "demand/weekdays.csv", weekday_factors("online"), "Multiplier by weekday", "of an average day"
    )
    hours_table: str = _p("demand/hours_online.csv", "Probability of each hour of the day", "file")
    season: list[float] = _p([1.0], "Multiplier by week from the start; the last one goes on", min_length=1)
    channels: Shares = _p({"web": 0.6, "app": 0.4}, "Channel shares", "share")
    options: Shares = tabled("demand/options_fr.csv", shares("option"), "Fulfilment options wanted", "share")
    lines: Probabilities = tabled(
        "demand/lines_per_order.csv",
        probabilities("lines", "apparel"),
        "Probability of 1, 2, ... lines in an order",
        "probability",
    )
    units: Probabilities = tabled(
        "demand/units_per_line.csv", probabilities("units"), "Probability of 1, 2, ... units in a line", "probability"
    )
    collect_within_km: float = _p(30.0, "Farther from every collection store: home delivery instead", "km", ge=0)


class WalkInDemand(_Document):
    """People who walk in wanting to buy one line."""

    per_day: float = _p(4465.0, "Purchase intents on an average day, all stores", "intents a day", ge=0)
    size_weights: dict[Literal["S", "M", "L"], float] = _p(
        {"S": 0.5, "M": 1.0, "L": 2.2}, "Visitors of a store of each size, relative"
    )
    weekdays: dict[Weekday, float] = tabled(
        "demand/weekdays.csv", weekday_factors("store"), "Multiplier by weekday", "of an average day"
    )
    season: list[float] = _p([1.0], "Multiplier by week from the start; the last one goes on", min_length=1)


class HistoryDocument(_Document):
    """Real orders in place of generated online orders. Their SKUs, prices and quantities are the file's."""

    orders: str = Field(description="Order lines, CSV or Parquet", json_schema_extra={"unit": "file", "source": ""})
    mapping: str | None = _p(
        None, "How its columns are read (YAML); none: they are called order, t, sku, quantity, price", "file", ""
    )


class Demand(_Document):
    """Requests over time; the same customers whatever the policy."""

    online: OnlineDemand = _section(OnlineDemand, "Online orders")
    history: HistoryDocument | None = _p(None, "Real orders, replayed in place of generated online orders", source="")
    walk_in: WalkInDemand = _section(WalkInDemand, "Walk-in customers")
    popularity_error: float = _p(
        0.35, "Log-normal sigma of true over planned popularity, drawn anew in each replication", ge=0, le=2
    )


class Reactions(_Document):
    """What people do when they are told no."""

    online: dict[ReactionOnline, Share] = tabled(
        "reactions/online_fr.csv",
        shares("outcome"),
        "Online: leave for a competitor or give up; try an own store; wait and ask again",
        "share",
    )
    store: dict[ReactionStore, Share] = tabled(
        "reactions/store_fr.csv",
        shares("outcome"),
        "In a store: leave; try our next store; order from our own web; wait and come back",
        "share",
    )
    abandon_basket: Share = sourced(
        _REACT, "abandon_basket", "A customer who leaves gives up the available lines of the basket too"
    )
    wait_days_min: int = sourced(_REACT, "wait_days_min", "Who waits asks again after so many days at least", ge=1)
    wait_days_max: int = sourced(_REACT, "wait_days_max", "Who waits asks again after so many days at most", ge=1)

    @model_validator(mode="after")
    def _rows(self) -> Reactions:
        for name, row in (("online", self.online), ("store", self.store)):
            if abs(sum(row.values()) - 1.0) > 1e-6:
                raise ValueError(f"{name}: the shares must sum to 1; they sum to {sum(row.values()):.6g}")
        if self.wait_days_min > self.wait_days_max:
            raise ValueError(f"wait_days_min ({self.wait_days_min}) is above wait_days_max ({self.wait_days_max})")
        return self


class Stock(_Document):
    """How deep the season is bought, and for whom the stock is kept."""

    separate_pools: bool = _p(True, "Warehouses keep one pool for the web and one for the stores")
    web_weeks: float = _p(6.0, "Opening web pool of the warehouses, in weeks of planned online demand", "weeks", ge=0)
    web_depth_by_popularity: float = _p(
        0.0, "Buy popular SKUs deeper: exponent of relative popularity on the weeks above", ge=-1, le=1
    )
    web_uneven: float = _p(
        0.0, "Log-normal sigma of the opening web pool around the plan: the season began earlier", ge=0, le=3
    )
    store_pool_weeks: float = _p(6.0, "Opening store pool of the warehouses, in weeks of planned walk-in demand", ge=0)
    warehouse_factor: float = _p(1.0, "Multiplies all opening stock and targets of the warehouses", ge=0)
    store_cover_days: float = _p(16.0, "Target of a store's shelf, in days of its planned demand", "days", ge=0)
    store_minimum: int = _p(2, "Least target of a ranged SKU in a store (presentation stock)", "units", ge=0)
    uneven: float = _p(
        0.5, "Log-normal sigma of stores' opening stock around the target: some too full, some too bare", ge=0
    )


class Visibility(_Document):
    """What the web sees."""

    web_sees: list[Literal["warehouses", "stores"]] = _p(
        ["warehouses"], "Groups of nodes whose ATP the web shows", min_length=1
    )


class ReplenishmentDocument(_Document):
    """How stock gets to the nodes; rules look at the inventory position."""

    store_rule: str = _p("base_stock", "Rule by which stores ask the warehouse")
    store_source: Literal["nearest"] = _p("nearest", "Warehouse that feeds a store")
    store_delivery: dict[Literal["S", "M", "L"], list[Weekday]] = _p(
        {"S": ["tue"], "M": ["tue", "fri"], "L": ["mon", "wed", "fri"]}, "Delivery days by store size"
    )
    store_review_at: TimeOfDay = _p("02:00", "Nightly review", "HH:MM")
    store_delivery_at: TimeOfDay = _p("08:00", "Deliveries arrive", "HH:MM")
    supplier_rule: str = _p("min_max", "Rule by which warehouses ask suppliers")
    supplier_weekday: Weekday = _p("mon", "Day of the weekly supplier review")
    supplier_lead_days: list[int] = _p([14, 28], "Suppliers' lead time: least, most (uniform)", "days", min_length=2)
    supplier_low_weeks: float = _p(4.0, "Reorder when the position falls to so many weeks", "weeks", ge=0)
    supplier_up_to_weeks: float = _p(7.0, "Order up to so many weeks", "weeks", ge=0)
    unit_cost_eur: float = sourced(_MONEY, "replenishment_unit", "Moving one unit from warehouse to store", ge=0)


class OptionDocument(_Document):
    """How an order is received, and the promise that goes with it."""

    label: str = _p("", "Name shown")
    collect: bool = _p(False, "Collected in a store")
    service: str = _p("parcel_standard", "Service that carries it")
    fee_eur: float = _p(0.0, "Delivery fee paid by the customer, VAT included", "EUR", ge=0)
    cut_off: TimeOfDay = _p("13:00", "Later orders count as placed on the next working day", "HH:MM")
    promise_days: int = _p(4, "Business days from placing to the promise", "business days", ge=0)
    promise_at: TimeOfDay = _p("20:00", "Time of day of the promise", "HH:MM")
    ready_in: Duration = _p(
        "2h", "Collected in a store that has the goods: ready within so many opening hours", "duration"
    )


class ServiceDocument(_Document):
    """An offer of a carrier, or of the retailer's own tours."""

    label: str = _p("", "Name shown")
    kind: Literal["parcel", "shuttle"] = _p("parcel", "Carrier's network, or own tour to a store")
    rate_card: str | None = _p(None, "Tariff table in data/ (illustrative)", "file")
    transit: Probabilities = _p([0.0, 0.1, 0.85, 0.05], "Probability of 0, 1, 2, ... business days")
    delivers: list[Weekday] = _p(list(WEEKDAYS[:6]), "Days on which it delivers")
    delivers_from: TimeOfDay = _p("09:00", "First delivery of the day", "HH:MM")
    delivers_to: TimeOfDay = _p("17:00", "Last delivery of the day", "HH:MM")
    collection_days: list[Weekday] = _p(list(WEEKDAYS[:6]), "Days on which it calls")
    warehouse_collections: list[TimeOfDay] = _p(["18:00"], "Calls at a warehouse", "HH:MM")
    store_collections: list[TimeOfDay] = _p(["16:30"], "Calls at a store", "HH:MM")


class SourcingDocument(_Document):
    """How the sourcing desk works, whatever the policy."""

    review: Duration = _p("0s", "Period of the reviews; 0s: each order at once", "duration")
    max_hops: int = _p(3, "Re-sourcings before a line is cancelled", ge=0, le=20)
    hold: Duration = _p("3d", "How long a line may wait for a node before it is cancelled", "duration")


class EconomicsDocument(_Document):
    """Money that is not carriage."""

    vat: float = sourced(_MONEY, "vat", "Value-added tax, France", ge=0, le=1)
    packaging_parcel_eur: float = sourced(_MONEY, "packaging_parcel", "Box and filling of one parcel", ge=0)
    packaging_unit_eur: float = sourced(_MONEY, "packaging_unit", "Wrapping of each unit", ge=0)
    care_eur: float = sourced(_MONEY, "care", "Customer care for one cancelled order", ge=0)
    shuttle_parcel_eur: float = sourced(_MONEY, "shuttle_parcel", "A parcel riding on the store's delivery tour", ge=0)
    capital_rate: float = sourced(_MONEY, "capital_rate", "Cost of capital on stock, a year", ge=0, le=1)
    salvage_share: float = sourced(
        _MONEY, "salvage_share", "Share of the net price that a unit still brings after its season", ge=0, le=1
    )
    season_weeks: float = _p(16.0, "Weeks from the start to the end of the season", "weeks", gt=0)


def factor(key: str, meaning: str, **checks: Any) -> Any:
    """A parameter whose default is a row of the shipped factor set."""

    def annotate(schema: dict[str, Any]) -> None:
        row = table(_CO2E).where("key", key)[0]
        source = f"{row['confidence']}: {row['source']} (data/{_CO2E})"
        schema.update(default=row.number("value"), unit=row["unit"], source=source)

    return Field(
        default_factory=lambda: table(_CO2E).where("key", key)[0].number("value"),
        description=meaning,
        json_schema_extra=annotate,
        validate_default=True,
        **checks,
    )


class EmissionsDocument(_Document):
    """Which CO2e method is active."""

    factors_table: str = _p("emissions/ademe.csv", "Factor set", "file", "published (ADEME) and assumed, by row")
    method: Literal["per_stop", "by_weight"] = _p("per_stop", "How a delivery round is shared between its parcels")
    round_km: float = factor("round_km", "Length of a delivery round", gt=0)
    stops: float = factor("round_stops", "Stops of a delivery round", ge=1)
    detour: float = factor("detour", "Road distance over great circle", ge=1)
    trip_share: float = factor("trip_share", "Share of the collection trip put on the order", ge=0, le=1)


class PolicyDocument(BaseModel):
    """A sourcing policy by name, with its parameters; checked by the family of policies."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False)

    name: str = _p("nearest", "Name of the policy (see `orchestrion policies`)")


def _options() -> dict[str, OptionDocument]:
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


def _services() -> dict[str, ServiceDocument]:
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


class ScenarioDocument(_Document):
    """A complete world, apart from seed: one YAML file, or a base and named changes to it."""

    title: str = _p("", "Name shown")
    time: Time = _section(Time, "When the rehearsal takes place")
    network: Network = _section(Network, "Where stock is held and who works there")
    assortment: Assortment = _section(Assortment, "What is sold")
    demand: Demand = _section(Demand, "What customers would ask for")
    reactions: Reactions = _section(Reactions, "What people do when they are told no")
    stock: Stock = _section(Stock, "How deep the season is bought")
    visibility: Visibility = _section(Visibility, "What the web sees")
    replenishment: ReplenishmentDocument = _section(ReplenishmentDocument, "How stock gets to the nodes")
    options: dict[str, OptionDocument] = Field(default_factory=_options, description="Fulfilment options")
    services: dict[str, ServiceDocument] = Field(default_factory=_services, description="Carriers' offers")
    sourcing: SourcingDocument = _section(SourcingDocument, "How the sourcing desk works")
    economics: EconomicsDocument = _section(EconomicsDocument, "Money that is not carriage")
    emissions: EmissionsDocument = _section(EmissionsDocument, "Which CO2e method is active")
    policy: PolicyDocument = _section(PolicyDocument, "The document's default sourcing policy")

    @model_validator(mode="after")
    def _names_agree(self) -> ScenarioDocument:
        wrong = []
        for key, option in self.options.items():
            if option.service not in self.services:
                wrong.append(f"options.{key}.service: no service {option.service!r}; known: {', '.join(self.services)}")
        for key in self.demand.online.options:
            if key not in self.options:
                wrong.append(f"demand.online.options: no option {key!r}; known: {', '.join(self.options)}")
        for key, service in self.services.items():
            if service.kind == "parcel" and service.rate_card is None:
                wrong.append(f"services.{key}.rate_card: a parcel service needs a tariff")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self
