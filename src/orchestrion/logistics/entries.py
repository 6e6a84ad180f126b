"""Entries of the books: facts turned into rows of costs and emissions, put together and sorted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.facts import SCHEMA, Column, Table
from orchestrion.logistics.emissions import LegRow

Entries = list[Mapping[str, Column | int]]


@dataclass(frozen=True, slots=True)
class Booked:
    """Entries of one cause in both books."""

    costs: Entries = field(default_factory=list)
    emissions: Entries = field(default_factory=list)


def rows(table: Table, which: NDArray[np.bool_]) -> Table:
    """Some rows of a table."""
    return {name: column[which] for name, column in table.items()}


def part(facts: Table, **columns: Column | int) -> Mapping[str, Column | int]:
    """Some facts as rows to come: their own columns, with some set anew."""
    return facts | columns


def leg(facts: Table, row: LegRow, **columns: Column | int) -> Mapping[str, Column | int]:
    """Some facts as rows of one CO2e leg."""
    return part(facts, leg=row.leg, unit=row.unit, activity=row.activity, amount=row.amount, **columns)


def table(name: str, parts: Iterable[Mapping[str, Column | int]], last_key: str) -> Table:
    """Parts put together in the schema's columns and types, sorted; without rows of no amount, or of no activity.

    An activity stays although its factor is zero today: another set may price it.
    """
    fields = SCHEMA[name]
    counts = "activity" if "activity" in fields else "amount"
    pieces: dict[str, list[Column]] = {column: [] for column in fields}
    for piece in parts:
        size = len(np.asarray(piece["order"]))
        some = np.broadcast_to(np.asarray(piece[counts]), size) != 0
        for column in fields:
            pieces[column].append(np.broadcast_to(np.asarray(piece[column]), size)[some])
    joined = {column: np.concatenate(found).astype(fields[column].dtype) for column, found in pieces.items()}
    # the first matters least
    keys = [key for key in ("node", last_key, "shipment", "order", "t") if key in fields]
    by = np.lexsort([joined[column] for column in keys])
    return {column: values[by] for column, values in joined.items()}
