"""Which CO2e method is active."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from orchestrion.scenarios.defaults import table
from orchestrion.scenarios.document.base import Section, param

_CO2E = "emissions/ademe.csv"


def factor(key: str, meaning: str, **checks: Any) -> Any:
    """A parameter whose default is a row of the shipped factor set."""

    def annotate(schema: dict[str, Any]) -> None:
        row = table(_CO2E).where("key", key)[0]
        source = f"{row['confidence']}: {row['source']} (data/{_CO2E})"
        schema.update(default=row.number("value"), unit=row["unit"], source=source)

    return Field(
        default_factory=lambda: table(_CO2E).where("key", key)[0].number("value"),
        description=meaning,
        json_schema_extra=annotate,
        validate_default=True,
        **checks,
    )


class EmissionsDocument(Section):
    """Which CO2e method is active."""

    factors_table: str = param("emissions/ademe.csv", "Factor set", "file", "published (ADEME) and assumed, by row")
    method: Literal["per_stop", "by_weight"] = param("per_stop", "How a delivery round is shared between its parcels")
    round_km: float = factor("round_km", "Length of a delivery round", gt=0)
    stops: float = factor("round_stops", "Stops of a delivery round", ge=1)
    detour: float = factor("detour", "Road distance over great circle", ge=1)
    courier: Literal["van", "motorbike", "cargo_bike"] = param("van", "Vehicle of couriers")
    inbound: bool = param(
        False, "Counts how the goods came from the warehouse to the store that gives them (leg replenishment)"
    )
    trip_share: float = factor("trip_share", "Share of the collection trip put on the order", ge=0, le=1)
