"""What the tests of the reports share: one small study with everything in it, run once."""

from __future__ import annotations

import os
import shutil

import pytest
from small_retailer import retailer

from orchestrion.experiments import Study


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return retailer(tmp_path_factory.mktemp("retailer") / "study")


@pytest.fixture(scope="session")
def browser_path() -> str:
    """The Chromium of this machine; where a run requires one, its absence is a failure."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("ORCHESTRION_BROWSER") == "required":
            pytest.fail("no Chromium on this machine, although this run requires one")
        pytest.skip("no Chromium on this machine")
    return path
