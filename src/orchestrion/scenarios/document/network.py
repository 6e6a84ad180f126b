"""Where stock is held and who works there."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from orchestrion.scenarios.defaults import picking
from orchestrion.scenarios.document.base import WEEKDAYS, Duration, Section, Share, TimeOfDay, Weekday, param
from orchestrion.scenarios.document.hours import Opening, Shift


class NodeKind(Section):
    """What the nodes of one role have in common."""

    opening: Opening = Field(default_factory=Opening, description="Opening hours")
    pickers: dict[str, int] = param({"S": 1, "M": 1, "L": 2}, "Pairs of hands picking online orders, by node size")
    shifts: list[Shift] | None = param(
        None, "Who picks when; none: all pairs of hands, whenever the node is open", "shifts"
    )
    pick_setup: Duration = param("3min", "Picking: getting started and packing, per shipment", "duration")
    pick_line: Duration = param("2min", "Picking: finding one line", "duration")
    pick_unit: Duration = param("20s", "Picking: each unit", "duration")
    pick_success: Share = param(1.0, "Probability that a reserved unit is found", "probability")
    daily_orders: int | None = param(None, "Shipments accepted a day; none: no limit", "shipments a day", ge=0)
    max_backlog: int | None = param(
        None, "Shipments waiting to be picked beyond which it is given no more; none: no limit", "shipments", ge=0
    )
    max_backlog_time: Duration | None = param(
        None, "Picking work waiting, in time of one pair of hands, beyond which it is given no more", "duration"
    )
    wage_eur_per_hour: float = param(21.0, "Picker's cost with charges", "EUR an hour", ge=0)
    eur_per_shipment: float = param(
        0.0, "Charged for a shipment besides wages, as by a logistics provider, or for work after hours", "EUR", ge=0
    )
    eur_per_unit: float = param(0.0, "Charged for each unit picked besides wages", "EUR", ge=0)
    ships: bool = param(True, "Sends parcels to customers' homes")
    collects: bool = param(False, "Hands over click and collect orders")
    walk_ins: bool = param(False, "Sells to people who walk in")
    protected_units: int = param(0, "Units of each SKU kept for walk-ins, not promised online", "units", ge=0)


class NodeChange(Section):
    """One node: a place of its own (role, lat, lon) or changes to a node of the tables."""

    role: Literal["warehouse", "store", "dark_store", "supplier"] | None = param(
        None, "Kind of node; needed for a node that no table lists"
    )
    label: str | None = param(None, "Name shown")
    lat: float | None = param(None, "Latitude", "degrees", ge=-90, le=90)
    lon: float | None = param(None, "Longitude", "degrees", ge=-180, le=180)
    size: Literal["S", "M", "L"] | None = param(None, "Size: sets range, visitors and pickers")
    pickers: int | None = param(None, "Pairs of hands", ge=0)
    days: list[Weekday] | None = param(None, "Weekdays worked", min_length=1)
    opens: TimeOfDay | None = param(None, "Opening", "HH:MM")
    closes: TimeOfDay | None = param(None, "Closing", "HH:MM")
    open_on: list[date] = param([], "Open on these days besides, at the usual hours", "dates")
    closed_on: list[date] = param([], "Closed on these days, whatever else is said", "dates")
    shifts: list[Shift] | None = param(None, "Who picks when", "shifts")
    daily_orders: int | None = param(None, "Shipments accepted a day", "shipments a day", ge=0)
    max_backlog: int | None = param(None, "Shipments waiting beyond which it is given no more", "shipments", ge=0)
    max_backlog_time: Duration | None = param(
        None, "Picking work waiting, by one pair of hands, beyond which it is given no more", "duration"
    )
    eur_per_shipment: float | None = param(None, "Charged for a shipment besides wages", "EUR", ge=0)
    eur_per_unit: float | None = param(None, "Charged for each unit picked besides wages", "EUR", ge=0)
    acceptance: Share | None = param(None, "Probability that it accepts what it is offered", "probability")
    collections: dict[str, list[TimeOfDay]] = param(
        {}, "Calls of carriers here, by service, on the service's days; an empty list: it never calls", "HH:MM"
    )
    pick_success: Share | None = param(None, "Probability that a reserved unit is found", "probability")
    record_accuracy: Share | None = param(None, "Share of its records that are right when the season begins", "share")
    ships: bool | None = param(None, "Sends parcels to customers' homes")
    collects: bool | None = param(None, "Hands over click and collect orders")
    franchised: bool = param(False, "Owns its stock; ships for the web and is shown there only where `ships` is true")


class Network(Section):
    """Where stock is held and who works there."""

    warehouses_table: str | None = param(
        "warehouses_fr.csv", "Table of warehouses in data/; a column `role` may say otherwise", "file"
    )
    stores_table: str | None = param(
        "stores_fr60.csv", "Table of stores in data/; a column `role` may say otherwise", "file"
    )
    communes_table: str = param("geo/communes_fr.csv", "Delivery addresses: communes with their population", "file")
    corsica: bool = param(False, "Delivers to Corsica too, from the nearest agency of the mainland")
    agencies_table: str = param("carriers/agencies_fr.csv", "The parcel carrier's agencies", "file")
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
    dark_stores: NodeKind = Field(
        default_factory=lambda: NodeKind(
            opening=Opening(opens="08:00", closes="22:00"), pickers={"S": 2, "M": 3, "L": 5}, **picking("dark_store")
        ),
        description="What dark stores have in common: they pick and ship like stores, without walk-ins",
    )
    suppliers: NodeKind = Field(
        default_factory=lambda: NodeKind(
            opening=Opening(days=list(WEEKDAYS[:5]), opens="08:00", closes="18:00"),
            pickers={"S": 2, "M": 4, "L": 8},
            **picking("supplier"),
        ),
        description="What suppliers that ship their own stock to our customers have in common",
    )
    nodes: dict[str, NodeChange] = param({}, "Single nodes: changed, or added to the tables")
