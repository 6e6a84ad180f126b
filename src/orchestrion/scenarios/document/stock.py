"""How deep the season is bought, what is shown of it, and how it gets to the nodes."""

from __future__ import annotations

from typing import Literal

from orchestrion.scenarios.defaults import sourced
from orchestrion.scenarios.document.base import Section, Share, TimeOfDay, Weekday, param, section
from orchestrion.scenarios.document.supply import BackordersDocument, OrderingDocument, TransfersDocument

_MONEY = "economics/defaults.csv"


class Stock(Section):
    """How deep the season is bought, and for whom the stock is kept."""

    snapshot_table: str | None = param(
        None,
        "Stock counted on the first day (node, sku, units): the opening stock of the nodes that it names, in place of "
        "what is said below; SKUs that are not in the assortment are left out",
        "file",
        "",
    )
    separate_pools: bool = param(True, "Warehouses keep one pool for the web and one for the stores")
    web_weeks: float = param(6.0, "Opening web pool of the warehouses, in planned weeks", "weeks", ge=0)
    web_depth_by_popularity: float = param(
        0.0, "Buy popular SKUs deeper: exponent of relative popularity on the weeks above", ge=-1, le=1
    )
    web_uneven: float = param(
        0.0, "Log-normal sigma of the opening web pool around the plan: the season began earlier", ge=0, le=3
    )
    store_pool_weeks: float = param(6.0, "Opening store pool of the warehouses, in weeks of planned walk-ins", ge=0)
    warehouse_factor: float = param(1.0, "Multiplies all opening stock and targets of the warehouses", ge=0)
    store_cover_days: float = param(16.0, "Target of a store's shelf, in days of its planned demand", "days", ge=0)
    store_minimum: int = param(2, "Least target of a ranged SKU in a store (presentation stock)", "units", ge=0)
    dark_store_share: Share = param(
        0.05, "Share of planned online demand that each dark store is stocked for", "share"
    )
    supplier_weeks: float = param(
        4.0, "Stock that each supplier keeps for our customers, in weeks of planned online demand", "weeks", ge=0
    )
    uneven: float = param(
        0.5, "Log-normal sigma of stores' opening stock around the target: some too full, some too bare", ge=0
    )


class ReplenishmentDocument(Section):
    """How stock gets to the nodes; rules look at the inventory position."""

    store_rule: str = param("base_stock", "Rule by which stores ask the warehouse")
    store_source: Literal["nearest", "suppliers"] = param(
        "nearest", "Who feeds the stores: the nearest warehouse, or suppliers directly"
    )
    store_delivery: dict[Literal["S", "M", "L"], list[Weekday]] = param(
        {"S": ["tue"], "M": ["tue", "fri"], "L": ["mon", "wed", "fri"]}, "Delivery days by store size"
    )
    store_delivery_of: dict[str, list[Weekday]] = param(
        {}, "Delivery days of single stores, by key, in place of those of their size"
    )
    store_review_at: TimeOfDay = param("02:00", "Nightly review", "HH:MM")
    store_delivery_at: TimeOfDay = param("08:00", "Deliveries arrive", "HH:MM")
    supplier_rule: str = param("min_max", "Rule by which warehouses ask suppliers")
    supplier_weekday: Weekday = param("mon", "Day of the weekly supplier review")
    supplier_lead_days: list[int] = param([14, 28], "Suppliers' lead time: least, most (uniform)", "days", min_length=2)
    supplier_low_weeks: float = param(4.0, "Reorder when the position falls to so many weeks", "weeks", ge=0)
    supplier_up_to_weeks: float = param(7.0, "Order up to so many weeks", "weeks", ge=0)
    unit_cost_eur: float = sourced(_MONEY, "replenishment_unit", "Moving one unit from warehouse to store", ge=0)
    ordering: OrderingDocument = section(OrderingDocument, "Rules by kind and class, lead-time laws, packs")
    backorders: BackordersDocument = section(BackordersDocument, "Orders accepted for stock that is not there yet")
    transfers: TransfersDocument = section(TransfersDocument, "Stock moved between stores")
