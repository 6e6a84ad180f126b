"""The ledger: an append-only record of what happened, columnar, in the schema of facts.

Hot paths append plain tuples of integers to one flat list per table; full lists become NumPy blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.facts import SCHEMA, Column, Table, empty

_FLUSH = 1 << 20  # integers held in a flat list before they are packed: about 8 MB


class Sheet:
    """One table being written: `add` a row in the order of its columns, or `block` many at once."""

    __slots__ = ("_blocks", "_flat", "columns")

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._flat: list[int] = []
        self._blocks: list[NDArray[np.int64]] = []

    def add(self, row: Iterable[int]) -> None:
        """One row."""
        self._flat += row
        if len(self._flat) > _FLUSH:
            self._pack()

    def block(self, *columns: Column | int) -> None:
        """Many rows given by column; scalars are repeated."""
        self._pack()
        self._blocks.append(np.stack(np.broadcast_arrays(*columns), axis=1).astype(np.int64, copy=False))

    def _pack(self) -> None:
        if self._flat:
            rows = np.fromiter(self._flat, np.int64, len(self._flat))  # a quarter faster than `np.array`
            self._blocks.append(rows.reshape(-1, len(self.columns)))
            self._flat.clear()

    def matrix(self) -> NDArray[np.int64]:
        """All rows so far, shape (rows, columns)."""
        self._pack()
        if len(self._blocks) != 1:
            self._blocks = [np.concatenate([np.empty((0, len(self.columns)), np.int64), *self._blocks])]
        return self._blocks[0]

    def table(self, name: str) -> Table:
        """The rows in the types of the schema; `seq` is the order of recording, other missing columns are -1."""
        rows = self.matrix()
        table: Table = {}
        for column, field in SCHEMA[name].items():
            if column in self.columns:
                table[column] = rows[:, self.columns.index(column)].astype(field.dtype)
            elif column == "seq":
                table[column] = np.arange(len(rows), dtype=field.dtype)
            else:
                table[column] = np.full(len(rows), -1, field.dtype)
        return table


class Ledger:
    """All sheets of one replication. Each attribute is the `add` of a table's sheet, so that recording reads short."""

    def __init__(self) -> None:
        self.sheets = {name: Sheet([c for c in SCHEMA[name] if c != "seq"]) for name in _RECORDED}
        # requests and shipments are written at their end: the wish is known before, the outcome when it is
        self.sheets["outcomes"] = Sheet(("request", "outcome", "reason", "order", "resolved_t", "served_at"))
        self.sheets["swaps"] = Sheet(("request", "substitute", "paid"))
        self.stock = self.sheets["stock"].add
        self.event = self.sheets["events"].add
        self.decision = self.sheets["decisions"].add
        self.review = self.sheets["reviews"].add
        self.order = self.sheets["orders"].add
        self.line = self.sheets["lines"].add
        self.shipment = self.sheets["shipments"].add
        self.spell = self.sheets["spells"].add
        self.work = self.sheets["work"].add
        self.came_back = self.sheets["returns"].add
        self.cost = self.sheets["costs"].add
        self.outcome = self.sheets["outcomes"].add
        self.swap = self.sheets["swaps"].add

    def table(self, name: str, sort: Sequence[str] = ()) -> Table:
        """A finished table, sorted by the columns named (first the most important) when it was not written in order."""
        table = self.sheets[name].table(name) if name in self.sheets else empty(name)
        if sort:
            rows = np.lexsort([table[column] for column in reversed(sort)])
            table = {column: values[rows] for column, values in table.items()}
        return table


_RECORDED = ("stock", "events", "decisions", "reviews", "orders", "lines", "shipments", "returns", "spells", "work",
             "costs")  # fmt: skip
