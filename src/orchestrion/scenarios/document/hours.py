"""When a node is open, and when people pick there."""

from __future__ import annotations

from datetime import date

from pydantic import Field, model_validator

from orchestrion.scenarios.document.base import WEEKDAYS, Section, TimeOfDay, Weekday, param
from orchestrion.units import time_of_day_s


class Opening(Section):
    """Opening hours of a kind of node."""

    days: list[Weekday] = param(list(WEEKDAYS[:6]), "Weekdays worked", min_length=1)
    opens: TimeOfDay = param("10:00", "Opening", "HH:MM")
    closes: TimeOfDay = param("19:00", "Closing", "HH:MM")
    public_holidays: bool = param(False, "Open on public holidays")
    open_on: list[date] = param([], "Open on these days besides, at the usual hours: Sundays before Christmas", "dates")
    closed_on: list[date] = param([], "Closed on these days, whatever else is said: stock-taking", "dates")

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Opening:
        if time_of_day_s(self.closes) <= time_of_day_s(self.opens):
            raise ValueError(f"closes ({self.closes}) must be after opens ({self.opens})")
        return self


class Shift(Section):
    """Some pairs of hands from one time of day to another, on some weekdays; several shifts add up."""

    days: list[Weekday] = param(list(WEEKDAYS), "Weekdays on which it is worked, when the node is open", min_length=1)
    begins: TimeOfDay = Field(
        description="Begin; may be before the node opens", json_schema_extra={"unit": "HH:MM", "source": ""}
    )
    ends: TimeOfDay = Field(
        description="End; a pick begun before is finished", json_schema_extra={"unit": "HH:MM", "source": ""}
    )
    pickers: int = param(1, "Pairs of hands", "pickers", ge=1, le=1000)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Shift:
        if time_of_day_s(self.ends) <= time_of_day_s(self.begins):
            raise ValueError(f"ends ({self.ends}) must be after begins ({self.begins}); write a night as two shifts")
        return self
