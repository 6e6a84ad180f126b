"""DuckDB as this project uses it: one thread, so that the same rows give the same bytes; never the network; no bars."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

MOST = 1 << 30  # bytes that DuckDB is given when it says that it cannot do with less


def connected(file: Path | None = None, **config: str) -> Any:
    """A connection to a database of its own: in memory, or in a file that may be new.

    Parameters
    ----------
    config
        Settings of DuckDB besides these.
    """
    import duckdb

    offline = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    connection = duckdb.connect(":memory:" if file is None else str(file), config={"threads": 1, **offline, **config})
    # where nobody gave Python a file to run, DuckDB draws a bar of its own across the page; in a notebook that lacks
    # the widgets for it, it draws none and will not be told either
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")
    return connection


def given_more(work: Callable[[], T], memory: int, most: int, give: Callable[[int], None]) -> T:
    """What `work` answers; when DuckDB says that it lacks memory, it is done anew with twice as much, up to the most.

    Parameters
    ----------
    work
        Statements that are done wholly or not at all, and the fetching of what they answer.
    memory, most
        Bytes that it has, and may have.
    give
        Called with the bytes that it may take from now on.
    """
    import duckdb

    while True:
        try:
            return work()
        except duckdb.Error as error:
            if "memory_limit" not in str(error) or memory >= most:
                raise
            memory *= 2
            give(memory)


def limit(connection: Any, memory: int) -> None:
    """Let DuckDB take so many bytes."""
    connection.execute(f"SET memory_limit = '{memory // 1_000_000}MB'")


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def pattern(path: Path) -> str:
    """A path that DuckDB takes to the letter, brackets and stars included."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
