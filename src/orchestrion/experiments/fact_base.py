"""Fact tables on disk, asked in SQL: DuckDB goes through the Parquet files in bounded memory, and what was asked comes
back. What a year of a large network did is many times what a machine should hold; what is drawn of it is small.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from orchestrion.database import MOST, connected, given_more, limit, pattern, quoted
from orchestrion.domain.facts import SCHEMA, Table
from orchestrion.errors import QueryError
from orchestrion.experiments.parquet import interruptible, unmasked

if TYPE_CHECKING:
    from orchestrion.experiments.store import Cell, StudyFolder

MEMORY = 128_000_000  # bytes that DuckDB may take; what it sorts, joins or groups beyond that waits on disk

_ours: dict[int, tuple[Any, Any]] = {}  # process -> its database, and the folder for what waits on disk


class FactBase:
    """The fact tables of one replication as the views of a database; a context that closes it.

    Parameters
    ----------
    tables
        Name of a fact table -> its Parquet file.
    """

    def __init__(self, tables: Mapping[str, Path]) -> None:
        self._con = _database().cursor()  # views are its own
        for name, path in tables.items():
            file = pattern(path).replace("'", "''")
            self._con.execute(f"CREATE TEMP VIEW {quoted(name)} AS SELECT * FROM read_parquet('{file}')")

    def __enter__(self) -> FactBase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()

    def ask(self, query: str) -> Table:
        """The columns of the answer; rows of a table come in the order of its file, unless another is asked for.

        A sum of whole numbers is a floating one in DuckDB, unless the query casts it: `sum(qty)::BIGINT`.

        Raises
        ------
        QueryError
            If the query cannot be understood, or not be answered in `MOST` bytes.
        """
        import duckdb

        def fetched() -> Table:
            with interruptible():
                found = self._con.execute(query).fetchnumpy()
            return {name: unmasked(column) for name, column in found.items()}

        try:
            return given_more(fetched, MEMORY, MOST, self._limit)
        except duckdb.Error as error:
            raise QueryError(f"{error}\n\n{query.strip()}") from error
        finally:
            self._limit(MEMORY)

    def _limit(self, memory: int) -> None:
        limit(self._con, memory)


def fact_base(folder: StudyFolder, cell: Cell, tables: Iterable[str]) -> FactBase:
    """Some fact tables of a replication, each file found to be what was written.

    Raises
    ------
    StudyError
        If the study did not keep one of them, or it is damaged.
    """
    return FactBase({name: folder.paths([cell], name)[0] for name in tables})


def answered(folder: StudyFolder, cell: Cell, query: str) -> Table:
    """The answer to one query about a replication; raises as `fact_base` and `FactBase.ask` do."""
    done, named = folder.done(cell), tables_in(query)
    kept = [name for name in named if done is not None and name in done.rows]
    try:
        with fact_base(folder, cell, kept) as base:
            return base.ask(query)
    except QueryError:
        folder.paths([cell], next((name for name in named if name not in kept), "kpis"))  # says what was not kept
        raise


def tables_in(query: str) -> list[str]:
    """Fact tables that a query may be about: their names are in it (and may be those of columns).

    >>> tables_in('SELECT count(*) FROM orders JOIN lines USING ("order")')
    ['orders', 'lines']
    """
    words = set(re.findall(r"\w+", query.lower()))
    return [name for name in SCHEMA if name in words]


def _database() -> Any:
    """This process's database, in memory."""
    process = os.getpid()
    if process not in _ours:  # a forked process makes its own
        aside = tempfile.TemporaryDirectory(prefix="orchestrion-")
        database = connected(memory_limit=f"{MEMORY // 1_000_000}MB", temp_directory=aside.name)
        _ours[process] = database, aside
    return _ours[process][0]
