"""Where the facts of a replication are put aside while it runs, when they are too many to be held in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from orchestrion.domain.facts import Table


class Archive(Protocol):
    """Tables that grow at their end and are read a part at a time; rows come back in the order they were added."""

    def add(self, name: str, table: Table) -> None:
        """More rows of a table; the first ones say which columns it has, and of what type."""

    def between(self, name: str, key: str, begin: int, end: int, also: str = "") -> Table:
        """Rows with `begin <= key < end`, and as the SQL condition `also` says, in the order they were added."""

    def blocks(self, name: str, rows: int) -> Iterator[Table]:
        """The whole table, so many rows at a time."""

    def sort(self, name: str, keys: Sequence[str]) -> None:
        """Order the table by these columns, the first the most important; equal rows stay in the order of adding."""
