"""Agreements about money: who is credited with a sale, what others take of it, and when anybody is paid."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleCredit:
    """Whose result an online sale belongs to: shares of each unit's price and purchase cost, summing to one.

    A share that finds nobody (a collection store where there is none, a shipping node while nothing has been picked)
    stays where the customer ordered: the store for endless aisle, the online account for web, app and marketplace.
    """

    ordering: float = 0.0
    shipping: float = 1.0  # the node that picked the unit
    collection: float = 0.0  # the store where the customer collects it


SHIPPER_SELLS = SaleCredit()


@dataclass(frozen=True, slots=True, kw_only=True)
class CashTerms:
    """When money moves: days between an event and its payment, without VAT. All zero: everything is paid at once."""

    supplier_days: int = 0  # from receipt to payment of the goods
    supplier_month_end: bool = False  # then at the end of that month
    carrier_days: int = 0  # from hand-over to payment of carriage
    other_days: int = 0  # packaging and services
    wages_month_end: bool = False  # labour is paid on the last day of its month; else on its day
    capture_at_hand_over: bool = False  # web and app: cards are charged when a parcel leaves, else with the order
    online_days: int = 0  # from the charge to the account, web and app
    store_days: int = 0  # the same over a counter
    marketplace_days: int = 0  # from hand-over to the marketplace's payout
    refund_days: int = 0  # from the inspection of what came back, or the cancellation, to the refund
    opening_paid: float = 1.0  # share of the stock at the beginning that is paid for; the rest falls due from there


ALL_AT_ONCE = CashTerms()
