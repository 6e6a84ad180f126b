"""Defaults come from the commented tables in data/, where an analyst finds and edits them; read when first needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from pydantic import Field

from orchestrion.bundled import data_path
from orchestrion.tables import Table, read_table


@cache
def table(file: str) -> Table:
    """A bundled table, read once."""
    return read_table(data_path(*file.split("/")))


def value(file: str, name: str) -> float:
    """The value of the row called `name`."""
    return float(table(file).where("name", name)[0].number("value"))


def sourced(file: str, name: str, meaning: str, **checks: Any) -> Any:
    """A parameter whose default, unit, source and confidence are a row of a table."""

    def annotate(schema: dict[str, Any]) -> None:
        row = table(file).where("name", name)[0]
        schema.update(
            default=row.number("value"),
            unit=row["unit"],
            source=f"{row['confidence']}: {row['source']} (data/{file})",
        )

    return Field(
        default_factory=lambda: value(file, name),
        description=meaning,
        json_schema_extra=annotate,
        validate_default=True,
        **checks,
    )


def tabled(file: str, read: Callable[[Table], Any], meaning: str, unit: str) -> Any:
    """A parameter whose default is worked out from a whole table."""

    def annotate(schema: dict[str, Any]) -> None:
        sources = dict.fromkeys(f"{row['confidence']}: {row['source']}" for row in table(file))
        schema.update(default=read(table(file)), unit=unit, source=f"{'; '.join(sources)} (data/{file})")

    return Field(default_factory=lambda: read(table(file)), description=meaning, json_schema_extra=annotate)


def shares(key: str) -> Callable[[Table], dict[str, float]]:
    """Reads shares by the names of a column."""
    return lambda rows: rows.shares(key)


def probabilities(key: str, profile: str | None = None, column: str = "share") -> Callable[[Table], list[float]]:
    """Reads probabilities of 1, 2, ... (the numbers of the column `key`), of one profile where there are several."""

    def read(rows: Table) -> list[float]:
        mine = rows if profile is None else rows.where("profile", profile)
        by_number = mine.shares(key, column)
        return [by_number.get(str(n), 0.0) for n in range(1, max(map(int, by_number)) + 1)]

    return read


def weekday_factors(profile: str) -> Callable[[Table], dict[str, float]]:
    """Reads a week's shares as multipliers of an average day."""

    def read(rows: Table) -> dict[str, float]:
        mine = rows.where("profile", profile)
        total = sum(mine.numbers("share", 0.0, 1.0))
        return {row["day"].lower()[:3]: round(7 * row.number("share") / total, 6) for row in mine}

    return read


def transit(service: str) -> list[float]:
    """Probability of 0, 1, 2, ... business days."""
    rows = table("service/transit.csv").where("service", service)
    by_days = rows.shares("days", "probability")
    return [by_days.get(str(d), 0.0) for d in range(max(map(int, by_days)) + 1)]


def of_role(file: str, role: str, name: str) -> float:
    """The value of a row of a table that has one for each role."""
    return next(row for row in table(file).where("role", role) if row["name"] == name).number("value")


def by_role(file: str, name: str, meaning: str, **checks: Any) -> Any:
    """A parameter with a default for each role, in a table; the store's is that of the section alone."""

    def annotate(schema: dict[str, Any]) -> None:
        rows = [row for row in table(file) if row["name"] == name]
        texts = [f"{row['role']} {row.number('value'):g}, {row['confidence']}: {row['source']}" for row in rows]
        source = f"{'; '.join(texts)} (data/{file})"
        schema.update(default=of_role(file, "store", name), unit=rows[0]["unit"], source=source)

    return Field(
        default_factory=lambda: of_role(file, "store", name),
        description=meaning,
        json_schema_extra=annotate,
        validate_default=True,
        **checks,
    )


def delays(profile: str) -> Callable[[Table], list[float]]:
    """Reads a law of days as probabilities of 0, 1, 2, ... days, of one profile."""

    def read(rows: Table) -> list[float]:
        by_days = rows.where("profile", profile).shares("days", "probability")
        return [by_days.get(str(d), 0.0) for d in range(max(map(int, by_days)) + 1)]

    return read


def return_laws(rows: Table) -> dict[str, dict[str, float]]:
    """Reads the share that comes back and the share that is sold again, by category."""
    return {row["category"]: {name: row.number(name, 0.0, 1.0) for name in ("rate", "restock")} for row in rows}


def minutes(file: str, name: str, meaning: str) -> Any:
    """A duration whose default is a row in minutes."""

    def annotate(schema: dict[str, Any]) -> None:
        row = table(file).where("name", name)[0]
        source = f"{row['confidence']}: {row['source']} (data/{file})"
        schema.update(default=f"{row.number('value'):g}min", unit="duration", source=source)

    return Field(
        default_factory=lambda: f"{value(file, name):g}min", description=meaning, json_schema_extra=annotate
    )


def picking(role: str) -> dict[str, Any]:
    """Picking times and success of a role, as a node kind writes them, and what the hands cost."""
    rows = table("service/pick_times.csv").where("role", role).by_name("name")
    times = {name: f"{rows[name]:g}s" for name in ("pick_setup", "pick_line", "pick_unit")}
    wage = value("economics/defaults.csv", f"wage_{role}")
    return {**times, "pick_success": rows["pick_success"], "wage_eur_per_hour": wage}
