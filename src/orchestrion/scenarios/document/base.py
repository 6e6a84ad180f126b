"""What every section is made of: strict frozen models; parameters with unit, meaning and source; checked texts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from orchestrion.units import duration_s, time_of_day_s


def _duration(value: object) -> str:
    text = str(value)
    duration_s(text)
    return text


def _time_of_day(value: object) -> str:
    text = str(value)
    time_of_day_s(text)
    return text


def sums_to_one(shares: dict[str, float]) -> dict[str, float]:
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
Shares = Annotated[dict[str, Share], AfterValidator(sums_to_one)]
Probabilities = Annotated[list[Share], Field(min_length=1), AfterValidator(_probabilities)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def param(default: Any, meaning: str, unit: str = "", source: str = "assumed", **checks: Any) -> Any:
    """A parameter: default, meaning, unit and source in one place."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit, "source": source}, **checks)


def section(model: type[BaseModel], meaning: str) -> Any:
    """A part of the document that may be left out: its defaults then hold."""
    return Field(default_factory=model, description=meaning)


class Section(BaseModel):
    """Strict and frozen: unknown keys are refused, NaN and infinity too."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
