"""What was agreed about money, as the facts' dimension `terms` has it; without it sales belong to the shipping node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from orchestrion.units import PPM


@dataclass(frozen=True, slots=True)
class Terms:
    """Shares in parts per million, terms of payment in days; see `domain.money`."""

    start: int = 0  # ordinal of the first day, for the ends of months
    marketplace_commission: int = 0
    franchise_commission: int = 0
    credit_ordering: int = 0
    credit_shipping: int = PPM
    credit_collection: int = 0
    supplier_days: int = 0
    supplier_month_end: int = 0
    carrier_days: int = 0
    other_days: int = 0
    wages_month_end: int = 0
    capture_at_hand_over: int = 0
    online_days: int = 0
    store_days: int = 0
    marketplace_days: int = 0
    refund_days: int = 0
    opening_paid: int = PPM

    @classmethod
    def of(cls, dimension: Mapping[str, Any]) -> Terms:
        """The terms of a dimension table with the columns `key` and `value`; what it does not say is as by default."""
        known = {field.name for field in fields(cls)}
        rows = zip(dimension.get("key", ()), dimension.get("value", ()), strict=True)
        return cls(**{str(key): int(value) for key, value in rows if str(key) in known})
