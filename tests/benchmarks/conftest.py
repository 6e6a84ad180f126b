"""Everything here is a benchmark: `pytest -m benchmark -n 0` prints the table of ratios and writes it as JSON.

The JSON goes to `benchmarks.json`, or where ORCHESTRION_BENCHMARKS says; ORCHESTRION_BENCH_ROUNDS sets how often each
thing is measured (5). Counts are gated; times only with tolerance, and never in the default tests.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from measuring import Ratios

_ratios = Ratios()
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def ratios() -> Ratios:
    return _ratios


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.benchmark)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _ratios.rows or _ratios.absent:
        path = Path(os.environ.get("ORCHESTRION_BENCHMARKS", "benchmarks.json"))
        _ratios.write(path)
        terminalreporter.write_sep("=", "ratios of speed")
        terminalreporter.write_line(_ratios.text())
        terminalreporter.write_line(f"written to {path}")
