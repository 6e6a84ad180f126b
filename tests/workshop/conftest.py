"""What the tests of the workshop share: one small study, run once, and one server around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_room import Served, small_study

from orchestrion.experiments import Study


@pytest.fixture(scope="session")
def room_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return small_study(tmp_path_factory.mktemp("room") / "study")


@pytest.fixture(scope="session")
def served_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "workshop.sqlite"


@pytest.fixture(scope="session")
def served(room_study: Study, served_state: Path) -> Iterator[Served]:
    """A server for tests that leave it as it was, or go on from where it is; the results are shown by the last file."""
    with Served(room_study.path, ("--state", str(served_state))) as server:
        yield server
