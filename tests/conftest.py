"""Makes `towns`, `fakes` and `audits` importable from every room of the tests (pytest puts this folder on the path)."""

import gc
import os
import shutil

import pytest

pytest.register_assert_rewrite("audits")  # so that an audit that fails shows its numbers


def pytest_collection_finish() -> None:
    """Thousands of tests and the libraries behind them are no garbage: the collector need not go through them again.

    Runs collect all there is, often (`orchestrion.memory.give_back`); among so much it would take them half a second.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The Chromium of this machine; where a run requires one, its absence is a failure."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("ORCHESTRION_BROWSER") == "required":
            pytest.fail("no Chromium on this machine, although this run requires one")
        pytest.skip("no Chromium on this machine")
    return path
