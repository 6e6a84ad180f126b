"""Facts on disk while a replication runs: a DuckDB file that grows, is read in parts, and ends as Parquet.

The file is nobody's but this replication's, and goes when it is over. Rows are found by ranges of a column: what is
recorded together was decided together, so that a range of orders touches few of the blocks that DuckDB compresses.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from orchestrion.database import MOST, connected, given_more, limit, quoted
from orchestrion.domain.facts import SCHEMA, Table
from orchestrion.experiments.parquet import interruptible, unmasked

MEMORY = 24_000_000  # bytes that DuckDB may take, whatever the network; what it sorts beyond that waits on disk
SORTED = 12_000_000  # bytes of rows sorted at a time: sorting takes about as much again
_TYPES = {"int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT"}


class DuckArchive:
    """An archive (`domain.archive`) in a folder of its own; a context that removes nothing but closes everything.

    Parameters
    ----------
    folder
        Where the file is made; whoever gives it removes it.
    memory
        Bytes that DuckDB may take. Asked for what cannot be done with them, it is given twice as much, up to `MOST`.
    """

    def __init__(self, folder: Path, memory: int = MEMORY) -> None:
        self._con = connected(
            folder / "facts.duckdb",
            memory_limit=f"{memory // 1_000_000}MB",
            temp_directory=str(folder / "spilled"),
            preserve_insertion_order="true",
        )
        self._memory = memory
        self._rows: dict[str, int] = {}
        self._width: dict[str, int] = {}  # bytes of a row
        self._keys: dict[str, Sequence[str]] = {}

    def __enter__(self) -> DuckArchive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()

    # -- while it runs ------------------------------------------------------------------------------------------

    def add(self, name: str, table: Table) -> None:
        """More rows of a table; the first ones say which columns it has, and of what type."""
        size = len(next(iter(table.values())))
        with interruptible():
            if name not in self._rows:
                columns = ", ".join(f"{quoted(c)} {_TYPES[str(column.dtype)]}" for c, column in table.items())
                self._done(f"CREATE TABLE {quoted(name)} ({columns})")
                self._rows[name], self._width[name] = 0, sum(column.itemsize for column in table.values())
            if size:
                self._con.register("rows_to_add", dict(table))
                try:
                    self._done(f"INSERT INTO {quoted(name)} SELECT * FROM rows_to_add")
                finally:
                    self._con.unregister("rows_to_add")
        self._rows[name] += size

    def between(self, name: str, key: str, begin: int, end: int, also: str = "") -> Table:
        """Rows with `begin <= key < end`, and as the SQL condition `also` says, in the order they were added."""
        condition = f"{quoted(key)} >= {begin} AND {quoted(key)} < {end}" + (f" AND {also}" if also else "")
        return self._select(name, f"WHERE {condition}")

    def blocks(self, name: str, rows: int) -> Iterator[Table]:
        """The whole table, so many rows at a time."""
        for begin in range(0, self._rows[name], rows):
            yield self._select(name, f"WHERE rowid >= {begin} AND rowid < {begin + rows}")

    def sort(self, name: str, keys: Sequence[str]) -> None:
        """Order the table by these columns when it is written; equal rows stay in the order of adding."""
        self._keys[name] = keys

    def _done(self, query: str, fetch: Callable[[Any], Any] = lambda answer: answer) -> Any:
        """The answer to a statement, fetched; the memory it took stays granted, for there will be more of its kind."""
        return given_more(lambda: fetch(self._con.execute(query)), self._memory, MOST, self._give)

    def _give(self, memory: int) -> None:
        self._memory = memory
        limit(self._con, memory)

    def _select(self, name: str, condition: str) -> Table:
        with interruptible():
            found = self._done(f"SELECT * FROM {quoted(name)} {condition}", lambda answer: answer.fetchnumpy())
        return {column: unmasked(values) for column, values in found.items()}

    # -- when it is over ----------------------------------------------------------------------------------------

    def write(self, name: str, path: Path, provenance: Mapping[str, Any], where: str = "") -> int:
        """One fact table as a Parquet file, in its order and with the schema's columns; the number of rows."""
        columns = ", ".join(quoted(column) for column in SCHEMA[name])
        keys = self._keys.get(name, ())
        if keys and self._rows[name] * self._width[name] > SORTED:
            self._sort_in_windows(name, keys)
            keys = ()
        order = _order(keys)
        condition = f"WHERE {where}" if where else ""
        told = json.dumps(provenance, sort_keys=True, ensure_ascii=False).replace("'", "''")
        target = str(path).replace("'", "''")
        with interruptible():
            written = self._done(
                f"COPY (SELECT {columns} FROM {quoted(name)} {condition} {order}) TO '{target}' "
                f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{orchestrion: '{told}'}})"
            ).fetchone()
        return int(written[0]) if written else 0

    def _sort_in_windows(self, name: str, keys: Sequence[str]) -> None:
        """Put a large table in order, some rows at a time by the first key: it is nearly in that order already."""
        key, apart = quoted(keys[0]), f"{name} in order"
        rows, most_rows = self._rows[name], SORTED // self._width[name]
        with interruptible():
            least, most = self._done(f"SELECT min({key}), max({key}) FROM {quoted(name)}").fetchone()
            step = max(1, (most - least) * most_rows // rows // 16)
            parts = self._done(
                f"SELECT ({key} - {least}) // {step}, count(*) FROM {quoted(name)} GROUP BY 1 ORDER BY 1"
            ).fetchall()
            self._done(f"CREATE TABLE {quoted(apart)} AS SELECT * FROM {quoted(name)} LIMIT 0")
            begin, held = least, 0
            for part, count in parts:
                if held and held + count > most_rows:
                    self._copy_window(name, apart, keys, begin, least + part * step)
                    begin, held = least + part * step, 0
                held += count
            self._copy_window(name, apart, keys, begin, most + 1)
            self._done(f"DROP TABLE {quoted(name)}")
            self._done(f"ALTER TABLE {quoted(apart)} RENAME TO {quoted(name)}")

    def _copy_window(self, name: str, into: str, keys: Sequence[str], begin: int, end: int) -> None:
        key = quoted(keys[0])
        self._done(
            f"INSERT INTO {quoted(into)} SELECT * FROM {quoted(name)} "
            f"WHERE {key} >= {begin} AND {key} < {end} {_order(keys)}"
        )

    def forget(self, name: str) -> None:
        """Drop a table that is needed no longer."""
        with interruptible():
            self._done(f"DROP TABLE {quoted(name)}")
        del self._rows[name]

    def __contains__(self, name: str) -> bool:
        return name in self._rows


def _order(keys: Sequence[str]) -> str:
    """Sorted by these columns, equal rows as they were added."""
    return "ORDER BY " + ", ".join([*map(quoted, keys), "rowid"]) if keys else ""
