"""The workshop's memory: one SQLite file, to which events are added and from which nothing is taken.

An event is on the disk before anybody is told that it was accepted (write-ahead log, synchronous FULL), so a machine
that loses its power loses no vote; a restart folds the events again. Links are kept as hashes: who reads the file can
read what was said, and cannot speak in anybody's name.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from orchestrion.apps.workshop.events import Event
from orchestrion.errors import StudyError

FORMAT = "1"
_TABLES = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL, client_id TEXT NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (who, client_id)
);
CREATE TABLE IF NOT EXISTS links (hash TEXT PRIMARY KEY, role TEXT NOT NULL, participant TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class LogBook:
    """The events of one workshop, its links and what is known about it.

    Parameters
    ----------
    path
        The file; made, for its owner alone, where there is none.

    Raises
    ------
    StudyError
        If it is not a workshop's file, cannot be written, or is in use by another server.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.parent.is_dir():
            raise StudyError(f"{path}: there is no folder {path.parent} to keep the workshop in; make it first")
        base: sqlite3.Connection | None = None
        try:
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            base = self._base = sqlite3.connect(path, isolation_level=None, timeout=0.5)
            self._base.execute("PRAGMA locking_mode = EXCLUSIVE")  # two servers on one file would fold it differently
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = FULL")
            self._base.executescript(_TABLES)
            found = self.about("format")
            if found is None:
                self.tell_about("format", FORMAT)
            elif found != FORMAT:
                base.close()
                raise StudyError(f"{path}: written by another version of the workshop (format {found})")
        except (sqlite3.Error, OSError) as error:
            if base is not None:
                base.close()
            in_use = "locked" in str(error)
            why = "another workshop is running on it; stop that one first" if in_use else str(error)
            raise StudyError(f"{path}: cannot keep the workshop there ({why})") from error

    def add(self, event: Event, link: tuple[str, str, str] | None = None) -> None:
        """Write an event down, with the link that comes with it; all of it or nothing.

        Raises
        ------
        sqlite3.Error
            When it could not be written; it then did not happen.
        """
        body = json.dumps(event.body, ensure_ascii=False, allow_nan=False, sort_keys=True)
        self._base.execute("BEGIN IMMEDIATE")
        try:
            row = (event.at, event.who, event.client_id, event.kind, body)
            self._base.execute("INSERT INTO events (at, who, client_id, kind, body) VALUES (?, ?, ?, ?, ?)", row)
            if link is not None:
                self._base.execute("INSERT INTO links VALUES (?, ?, ?)", link)
            self._base.execute("COMMIT")
        except BaseException:
            self._base.execute("ROLLBACK")
            raise

    def events(self) -> Iterator[Event]:
        """All of them, in the order they happened."""
        with closing(self._base.execute("SELECT who, kind, client_id, body, at FROM events ORDER BY seq")) as rows:
            for who, kind, client_id, body, at in rows.fetchall():
                yield Event(who, kind, client_id, json.loads(body), at)

    def who_said(self, kind: str, client_id: str) -> str | None:
        """Whose event it is, when one of that kind and id is here: somebody's second attempt to join."""
        query = "SELECT who FROM events WHERE kind = ? AND client_id = ?"
        found = self._base.execute(query, (kind, client_id)).fetchone()
        return None if found is None else str(found[0])

    def add_link(self, link: tuple[str, str, str]) -> None:
        """A link's hash, whose it is: (hash, role, participant or nothing)."""
        self._base.execute("INSERT INTO links VALUES (?, ?, ?)", link)

    def links(self) -> dict[str, tuple[str, str]]:
        """Hash -> role and participant."""
        rows = self._base.execute("SELECT hash, role, participant FROM links").fetchall()
        return {str(hashed): (str(role), str(participant)) for hashed, role, participant in rows}

    def about(self, key: str) -> str | None:
        """Something known about this workshop: "code", "port", "study"."""
        found = self._base.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if found is None else str(found[0])

    def tell_about(self, key: str, value: str) -> None:
        """Keep it."""
        self._base.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def close(self) -> None:
        """Put the file down, with everything in it."""
        self._base.close()
