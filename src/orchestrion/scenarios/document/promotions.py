"""Windows in which some goods are asked for more, and sold for less."""

from __future__ import annotations

from datetime import date

from pydantic import Field, model_validator

from orchestrion.scenarios.defaults import sourced
from orchestrion.scenarios.document.base import Section, Share, param

_TABLE = "demand/promotions.csv"


def _required(meaning: str, unit: str) -> date:
    """A field without a default: a promotion has dates of its own."""
    field: date = Field(description=meaning, json_schema_extra={"unit": unit, "source": ""})
    return field


class PromotionDocument(Section):
    """A named window: which goods, how much more they are asked for, how much less they cost."""

    label: str = param("", "Name shown", source="")
    first: date = _required("First day", "date")
    last: date = _required("Last day, included", "date")
    categories: list[str] = param([], "Categories it is about; with no SKUs either: everything", "names", "")
    skus: list[str] = param([], "SKUs it is about, besides the categories", "keys", "")
    uplift_online: float = sourced(_TABLE, "uplift_online", "Online demand for them, a multiple of the usual", ge=0)
    uplift_store: float = sourced(_TABLE, "uplift_store", "Walk-in demand for them, a multiple of the usual", ge=0)
    price_off: Share = sourced(_TABLE, "price_off", "Taken off their list price; of several promotions the most")

    @model_validator(mode="after")
    def _window(self) -> PromotionDocument:
        if self.last < self.first:
            raise ValueError(f"last: {self.last} is before the first day, {self.first}")
        return self
