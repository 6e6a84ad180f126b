"""How much of a replication's facts a study keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from orchestrion.domain.codes import Channel
from orchestrion.domain.facts import SCHEMA, Facts, Table
from orchestrion.errors import StudyError

LEVELS = ("none", "orders", "full", "reasons")  # each holds what the one before holds
_ONLY_FULL = ("stock", "candidates")


def at_least(level: str, asked: str) -> bool:
    """Whether a level keeps as much as another."""
    return LEVELS.index(level) >= LEVELS.index(asked)


def kept(facts: Facts, level: str) -> dict[str, Table]:
    """The tables that a level keeps: `orders` drops stock changes, candidates and the wishes of walk-in customers.

    Candidates have rows only where `reasons` were asked for before the run.
    """
    tables = {name: dict(facts.tables[name]) for name in tables_of(level) if name in facts.tables}
    if "requests" in tables and not at_least(level, "full"):
        online = np.asarray(tables["requests"]["channel"]) != Channel.WALK_IN
        tables["requests"] = {name: column[online] for name, column in tables["requests"].items()}
    return tables


def tables_of(level: str) -> list[str]:
    """The tables that a level keeps."""
    if level == "none":
        return []
    return [name for name in SCHEMA if name not in _ONLY_FULL or at_least(level, "full")]


def rows_kept(name: str, level: str) -> str:
    """Which rows of a table a level keeps, as an SQL condition; all: nothing."""
    return f"channel <> {int(Channel.WALK_IN)}" if name == "requests" and not at_least(level, "full") else ""


def typed(name: str, table: Mapping[str, Any]) -> Table:
    """The table's columns in the order and types of the schema."""
    missing = [column for column in SCHEMA[name] if column not in table]
    if missing:
        raise StudyError(f"facts table {name!r} lacks {', '.join(missing)}")
    typed: Table = {}
    for column, about in SCHEMA[name].items():
        array = np.asarray(table[column])
        narrow = array.astype(about.dtype, copy=False)
        if narrow.dtype != array.dtype and not np.array_equal(narrow, array):
            raise StudyError(f"facts column {name}.{column} does not fit into {about.dtype}")
        typed[column] = narrow
    return typed
