"""Where stock is held and who works there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from orchestrion.scenarios.defaults import picking
from orchestrion.scenarios.document.base import WEEKDAYS, Duration, Section, Share, TimeOfDay, Weekday, param
from orchestrion.units import time_of_day_s


class Opening(Section):
    """Opening hours of a kind of node."""

    days: list[Weekday] = param(list(WEEKDAYS[:6]), "Weekdays worked", min_length=1)
    opens: TimeOfDay = param("10:00", "Opening", "HH:MM")
    closes: TimeOfDay = param("19:00", "Closing", "HH:MM")
    public_holidays: bool = param(False, "Open on public holidays")

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Opening:
        if time_of_day_s(self.closes) <= time_of_day_s(self.opens):
            raise ValueError(f"closes ({self.closes}) must be after opens ({self.opens})")
        return self


class NodeKind(Section):
    """What the nodes of one role have in common."""

    opening: Opening = Field(default_factory=Opening, description="Opening hours")
    pickers: dict[str, int] = param({"S": 1, "M": 1, "L": 2}, "Pairs of hands picking online orders, by node size")
    pick_setup: Duration = param("3min", "Picking: getting started and packing, per shipment", "duration")
    pick_line: Duration = param("2min", "Picking: finding one line", "duration")
    pick_unit: Duration = param("20s", "Picking: each unit", "duration")
    pick_success: Share = param(1.0, "Probability that a reserved unit is found", "probability")
    daily_orders: int | None = param(None, "Shipments accepted a day; none: no limit", "shipments a day", ge=0)
    wage_eur_per_hour: float = param(21.0, "Picker's cost with charges", "EUR an hour", ge=0)
    ships: bool = param(True, "Sends parcels to customers' homes")
    collects: bool = param(False, "Hands over click and collect orders")
    walk_ins: bool = param(False, "Sells to people who walk in")
    protected_units: int = param(0, "Units of each SKU kept for walk-ins, not promised online", "units", ge=0)


class NodeChange(Section):
    """One node: a place of its own (role, lat, lon) or changes to a node of the tables."""

    role: Literal["warehouse", "store"] | None = param(None, "Kind of node; needed for a node that no table lists")
    label: str | None = param(None, "Name shown")
    lat: float | None = param(None, "Latitude", "degrees", ge=-90, le=90)
    lon: float | None = param(None, "Longitude", "degrees", ge=-180, le=180)
    size: Literal["S", "M", "L"] | None = param(None, "Size: sets range, visitors and pickers")
    pickers: int | None = param(None, "Pairs of hands", ge=0)
    opens: TimeOfDay | None = param(None, "Opening", "HH:MM")
    closes: TimeOfDay | None = param(None, "Closing", "HH:MM")
    daily_orders: int | None = param(None, "Shipments accepted a day", "shipments a day", ge=0)
    pick_success: Share | None = param(None, "Probability that a reserved unit is found", "probability")
    ships: bool | None = param(None, "Sends parcels to customers' homes")
    collects: bool | None = param(None, "Hands over click and collect orders")
    franchised: bool = param(False, "Owns its stock; ships for the web and is shown there only where `ships` is true")


class Network(Section):
    """Where stock is held and who works there."""

    warehouses_table: str | None = param("warehouses_fr.csv", "Table of warehouses in data/", "file")
    stores_table: str | None = param("stores_fr60.csv", "Table of stores in data/", "file")
    communes_table: str = param("geo/communes_fr.csv", "Delivery addresses: communes with their population", "file")
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
    nodes: dict[str, NodeChange] = param({}, "Single nodes: changed, or added to the tables")
