"""DuckDB as this project uses it: one thread, so that the same rows give the same bytes; never the network; no bars."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any


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


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def pattern(path: Path) -> str:
    """A path that DuckDB takes to the letter, brackets and stars included."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))
