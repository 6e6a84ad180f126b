"""Money that is not carriage."""

from __future__ import annotations

from orchestrion.scenarios.defaults import sourced
from orchestrion.scenarios.document.base import Section, param

_MONEY = "economics/defaults.csv"


class EconomicsDocument(Section):
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
    season_weeks: float = param(16.0, "Weeks from the start to the end of the season", "weeks", gt=0)
