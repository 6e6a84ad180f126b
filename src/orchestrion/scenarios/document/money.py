"""Money that is not carriage."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from orchestrion.scenarios.defaults import sourced
from orchestrion.scenarios.document.base import Section, Share, param, section

_MONEY = "economics/defaults.csv"
_TERMS = "economics/terms.csv"


class SaleCreditDocument(Section):
    """Whose result an online sale belongs to; what finds nobody stays with the channel where it was ordered."""

    ordering: Share = param(0.0, "To the channel it was ordered in: the online account, or the seller's store", "share")
    shipping: Share = param(1.0, "To the node that picks the unit", "share")
    collection: Share = param(0.0, "To the store where the customer collects it", "share")

    @model_validator(mode="after")
    def _all_of_it(self) -> SaleCreditDocument:
        total = self.ordering + self.shipping + self.collection
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"ordering, shipping and collection must sum to 1; they sum to {total:.6g}")
        return self


class CashDocument(Section):
    """When money moves. All amounts without VAT, as if it were settled on the day it is charged."""

    supplier_days: int = sourced(_TERMS, "supplier_days", "From receipt of goods to their payment", ge=0, le=400)
    supplier_month_end: bool = param(False, "Suppliers are paid at the end of the month in which they fall due")
    carrier_days: int = sourced(_TERMS, "carrier_days", "From hand-over to the payment of carriage", ge=0, le=400)
    other_days: int = sourced(_TERMS, "other_days", "To the payment of packaging and services", ge=0, le=400)
    wages_month_end: bool = param(True, "Labour is paid on the last day of its month")
    capture: Literal["order", "hand_over"] = param(
        "order", "When web and app customers are charged: with the order, or as each parcel leaves"
    )
    online_days: int = sourced(_TERMS, "online_days", "From a web or app charge to the account", ge=0, le=400)
    store_days: int = sourced(_TERMS, "store_days", "From the counter to the account", ge=0, le=400)
    marketplace_days: int = sourced(_TERMS, "marketplace_days", "From hand-over to the payout", ge=0, le=400)
    refund_days: int = sourced(
        _TERMS, "refund_days", "From cancellation or inspection to the customer's refund", ge=0, le=400
    )
    opening_paid: Share = param(1.0, "Share of the opening stock that is paid for; the rest falls due", "share")


class EconomicsDocument(Section):
    """Money that is not carriage."""

    vat: float = sourced(_MONEY, "vat", "Value-added tax, France", ge=0, le=1)
    packaging_parcel_eur: float = sourced(_MONEY, "packaging_parcel", "Box and filling of one parcel", ge=0)
    packaging_unit_eur: float = sourced(_MONEY, "packaging_unit", "Wrapping of each unit", ge=0)
    care_eur: float = sourced(_MONEY, "care", "Customer care for one cancelled order", ge=0)
    shuttle_parcel_eur: float = sourced(_MONEY, "shuttle_parcel", "A parcel riding on the store's delivery tour", ge=0)
    transfer_parcel_eur: float = sourced(
        _MONEY, "transfer_parcel", "A parcel riding from store to store for its customer", ge=0
    )
    capital_rate: float = sourced(_MONEY, "capital_rate", "Cost of capital on stock, a year", ge=0, le=1)
    salvage_share: float = sourced(
        _MONEY, "salvage_share", "Share of the net price that a unit still brings after its season", ge=0, le=1
    )
    season_weeks: float = param(16.0, "Weeks from the start to the end of the season", "weeks", gt=0)
    marketplace_commission: float = sourced(
        _MONEY, "marketplace_commission", "Share of net revenue that a marketplace keeps of its orders", ge=0, le=1
    )
    franchise_commission: float = sourced(
        _MONEY, "franchise_commission", "Share of net revenue paid to a franchised store for what it ships", ge=0, le=1
    )
    sale_credit: SaleCreditDocument = section(SaleCreditDocument, "Whose result an online sale belongs to")
    cash: CashDocument = section(CashDocument, "When money moves")
