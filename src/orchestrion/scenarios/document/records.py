"""How the recorded stock parts from what is on the shelves, and when it is put right."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from orchestrion.scenarios.defaults import by_role, of_role, tabled
from orchestrion.scenarios.document.base import Section, Share, param
from orchestrion.tables import Table

_TABLE = "service/records.csv"
_LAW = "service/short_picks_by_record.csv"


class RecordKind(Section):
    """What goes wrong in the nodes of one role. Rates are per year; 0 switches a mishap off."""

    accuracy: Share = by_role(_TABLE, "accuracy", "Share of the records right when the season begins")
    opening_units: float = by_role(_TABLE, "opening_units", "Mean size of an error at the beginning", ge=1, le=1000)
    shrink_per_year: float = by_role(
        _TABLE, "shrink_per_year", "Stolen, broken or lost: units vanish, the record does not know", ge=0, le=1000
    )
    misplaced_per_year: float = by_role(
        _TABLE, "misplaced_per_year", "Units put where nobody finds them; they stay in the building", ge=0, le=1000
    )
    misplaced_days: float = by_role(_TABLE, "misplaced_days", "Mean time until a misplaced unit turns up itself", ge=1)
    errors_per_year: float = by_role(
        _TABLE, "errors_per_year", "A record goes wrong by one unit, up or down, nothing having moved", ge=0, le=1000
    )
    counts_per_year: float = by_role(
        _TABLE, "counts_per_year", "How often each SKU is counted in turn; 0: never", ge=0, le=365
    )
    count_error: Share = by_role(_TABLE, "count_error", "Share of the counts that are wrong by one unit")
    count_finds: Share = by_role(_TABLE, "count_finds", "Share of the misplaced units that a count brings to light")
    count_seconds: int = by_role(_TABLE, "count_seconds", "Labour of counting one SKU", ge=0, le=86_400)
    advice_error: Share = by_role(
        _TABLE, "advice_error", "Share of delivery lines whose advice is wrong by one unit; booked unless counted"
    )


def _of_warehouses() -> RecordKind:
    return RecordKind.model_validate({name: of_role(_TABLE, "warehouse", name) for name in RecordKind.model_fields})


def _factors(rows: Table) -> Any:
    return rows.numbers("value")


class RecordsDocument(Section):
    """Physical and recorded stock: two numbers that part and meet again. Off: every record is right."""

    on: bool = param(False, "Whether records may be wrong")
    warehouses: RecordKind = Field(
        default_factory=_of_warehouses, description="Warehouses, dark stores and suppliers: where no customer walks"
    )
    stores: RecordKind = Field(default_factory=RecordKind, description="Stores")
    at_short_pick: Literal["nothing", "missing", "empty", "count"] = param(
        "count",
        "What a short pick does to the record: nothing; the missing units are taken off; it is emptied; it is counted",
    )
    at_receipt: Literal["advice", "delivery", "cell"] = param(
        "advice", "What is booked at a receipt: what was announced; a count of the delivery; a count of the whole cell"
    )
    misses_by_record: list[Annotated[float, Field(ge=0)]] = tabled(
        _LAW,
        _factors,
        "Factors on the probability of missing a unit when the record says 1, 2, ... units (the last: or more); "
        "[]: the same whatever it says",
        "factor",
    )
