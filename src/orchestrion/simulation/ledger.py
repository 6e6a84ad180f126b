"""The ledger: an append-only record of what happened, columnar, in the schema of facts.

Hot paths append plain tuples of integers to one flat list per table; full lists become NumPy blocks. With an archive,
blocks leave memory as they fill up, so that what a replication holds depends on its network and not on its length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.archive import Archive
from orchestrion.domain.facts import SCHEMA, Column, Table, empty
from orchestrion.domain.requests import Requests
from orchestrion.domain.world import World

_FLUSH = 1 << 15  # integers held in a flat list before they are packed: a quarter of a MB, and their objects 1
_ARCHIVED = 1 << 17  # integers packed before they are put aside: 1 MB
WISHED = ("request", "t", "basket", "channel", "zone", "place", "node", "sku", "qty", "option", "patience")


class Sheet:
    """One table being written: `add` a row in the order of its columns, or `block` many at once.

    Parameters
    ----------
    types
        NumPy types by column; `seq`, where it is asked for, is the order of recording.
    archive
        Where blocks are put aside under the sheet's name; None to keep them here.
    """

    __slots__ = ("_archive", "_blocks", "_flat", "_held", "_width", "add", "columns", "gone", "name", "types")

    def __init__(self, name: str, types: Mapping[str, str], archive: Archive | None = None) -> None:
        self.name = name
        self.types = types
        self.columns = tuple(column for column in types if column != "seq")
        self.gone = 0  # rows put aside
        self._width = len(self.columns)
        self._archive = archive
        self._flat: list[int] = []
        # one row; the list's own method, since thirty rows an order are written: `file` looks after its length
        self.add: Callable[[Iterable[int]], None] = self._flat.extend
        self._blocks: list[NDArray[np.int64]] = []
        self._held = 0  # rows in blocks

    def file(self) -> None:
        """Pack what has been written, once it is much."""
        if len(self._flat) > _FLUSH:
            self._pack()

    def block(self, *columns: Column | int) -> None:
        """Many rows given by column; scalars are repeated."""
        if self._flat:
            self._pack()
        self._keep(np.stack(np.broadcast_arrays(*columns), axis=1).astype(np.int64, copy=False))

    def _pack(self) -> None:
        rows = np.fromiter(self._flat, np.int64, len(self._flat))  # a quarter faster than `np.array`
        self._flat.clear()
        self._keep(rows.reshape(-1, self._width))

    def _keep(self, rows: NDArray[np.int64]) -> None:
        self._blocks.append(rows)
        self._held += len(rows)
        if self._archive is not None and self._held * self._width >= _ARCHIVED:
            self.put_aside()

    def put_aside(self) -> None:
        """Give what is here to the archive."""
        assert self._archive is not None
        table = self.table()
        self._archive.add(self.name, table)
        self.gone += len(next(iter(table.values())))
        self._blocks, self._held = [], 0

    def matrix(self) -> NDArray[np.int64]:
        """All rows that are here, shape (rows, columns)."""
        if self._flat:
            self._pack()
        if len(self._blocks) != 1:
            self._blocks = [np.concatenate([np.empty((0, self._width), np.int64), *self._blocks])]
        return self._blocks[0]

    def table(self) -> Table:
        """The same by column, in their types; `seq` is the order of recording."""
        rows = self.matrix()
        place = {column: i for i, column in enumerate(self.columns)}
        return {
            column: np.arange(self.gone, self.gone + len(rows), dtype=dtype)
            if column == "seq"
            else rows[:, place[column]].astype(dtype)
            for column, dtype in self.types.items()
        }


class Ledger:
    """All sheets of one replication. Each attribute is the `add` of a table's sheet, so that recording reads short."""

    def __init__(self, archive: Archive | None = None) -> None:
        self._archive = archive
        types = {name: {column: field.dtype for column, field in SCHEMA[name].items()} for name in _RECORDED}
        wished = {column: SCHEMA["requests"][column].dtype for column in WISHED}
        # requests and shipments are written at their end: the wish is known before, the outcome when it is
        types |= {"wishes": wished, "outcomes": _OUTCOMES, "swaps": _SWAPS}
        self.sheets = {name: Sheet(name, columns, archive) for name, columns in types.items()}
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

    def asked(self, world: World, block: Requests) -> None:
        """What customers wish, before anything becomes of it."""
        of = np.repeat(np.arange(len(block.t)), block.lines)
        count = len(block.sku)
        place = block.place[of]
        self.sheets["wishes"].block(
            np.arange(block.first_request, block.first_request + count), block.t[of], of + block.first_basket,
            block.channel[of], np.where(place >= 0, world.places.zone[place], -1), place, block.node[of], block.sku,
            block.qty, block.option[of], block.patience[of],
        )  # fmt: skip

    def file(self) -> None:
        """Every so often: what has piled up is packed, and goes to the archive where there is one."""
        for sheet in self.sheets.values():
            sheet.file()

    def put_aside(self) -> None:
        """Everything that is still here goes to the archive."""
        for sheet in self.sheets.values():
            sheet.put_aside()

    def table(self, name: str, sort: Sequence[str] = ()) -> Table:
        """A finished table, sorted by the columns named (first the most important) when it was not written in order."""
        table = self.sheets[name].table() if name in self.sheets else empty(name)
        return ordered(table, sort)


def ordered(table: Table, sort: Sequence[str]) -> Table:
    """Sorted by the columns named, first the most important; as it was without any."""
    if not sort:
        return table
    rows = np.lexsort([table[column] for column in reversed(sort)])
    return {column: values[rows] for column, values in table.items()}


_RECORDED = ("stock", "events", "decisions", "reviews", "orders", "lines", "shipments", "returns", "spells", "work",
             "costs")  # fmt: skip
_OUTCOMES = {"request": "int32", "outcome": "int16", "reason": "int16", "order": "int32", "resolved_t": "int64",
             "served_at": "int32"}  # fmt: skip
_SWAPS = {"request": "int32", "substitute": "int32", "paid": "int64"}
