"""What the tests of the workshop share: one small study, run once, and one server around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_room import Served, small_study

from orchestrion.apps.workshop.log_book import LogBook
from orchestrion.experiments import Study


@pytest.fixture(scope="session")
def room_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return small_study(tmp_path_factory.mktemp("room") / "study")


@pytest.fixture(scope="session", autouse=True)
def every_book_is_put_down() -> Iterator[None]:
    """Rooms made in a test are left open there; their files are closed at the end, and never by chance."""
    books: list[LogBook] = []
    opened = LogBook.__init__

    def kept(book: LogBook, *args: Any, **more: Any) -> None:
        opened(book, *args, **more)
        books.append(book)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LogBook, "__init__", kept)
        yield
    for book in books:
        book.close()


@pytest.fixture(scope="session")
def served_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state") / "workshop.sqlite"


@pytest.fixture(scope="session")
def served(room_study: Study, served_state: Path) -> Iterator[Served]:
    """A server for tests that leave it as it was, or go on from where it is; the results are shown by the last file."""
    with Served(room_study.path, ("--state", str(served_state))) as server:
        yield server
