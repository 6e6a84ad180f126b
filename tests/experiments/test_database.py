"""Every connection to DuckDB is one that this project has told how to behave."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestrion.database import connected


def test_no_connection_reaches_the_network_nor_draws_bars(tmp_path: Path) -> None:
    for connection in (connected(), connected(tmp_path / "some.duckdb", memory_limit="20MB")):
        asked = ("autoinstall_known_extensions", "autoload_known_extensions", "enable_progress_bar", "threads")
        found = [connection.execute(f"SELECT current_setting('{name}')").fetchone()[0] for name in asked]
        assert found == [False, False, False, 1]
        connection.close()


def test_a_long_query_of_a_notebook_draws_no_bar() -> None:
    """Python given no file, as a notebook's is: there DuckDB draws bars after two seconds, unless it is told not to."""
    code = "{}; print(c.execute(\"SELECT current_setting('enable_progress_bar')\").fetchone()[0])"
    told = [
        subprocess.run([sys.executable, "-c", code.format(made)], check=True, capture_output=True, text=True).stdout
        for made in ("import duckdb; c = duckdb.connect()", "import orchestrion.database as d; c = d.connected()")
    ]
    assert told == ["True\n", "False\n"]


def test_a_notebook_that_has_no_widgets_for_bars_gets_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    class InNotebook:
        """Answers as DuckDB does there."""

        def execute(self, query: str) -> None:
            assert "progress_bar" in query
            raise duckdb.InvalidInputException("required package 'ipywidgets' is missing")

    monkeypatch.setattr(duckdb, "connect", lambda *_, **__: InNotebook())
    assert isinstance(connected(), InNotebook)
