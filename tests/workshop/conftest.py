"""What the tests of the workshop share: one small study, run once."""

from __future__ import annotations

import pytest
from small_room import small_study

from orchestrion.experiments import Study


@pytest.fixture(scope="session")
def room_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return small_study(tmp_path_factory.mktemp("room") / "study")
