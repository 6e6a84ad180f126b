"""Where the long replications of a study are: a small file for each while it runs, for whoever waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestrion.errors import StudyError
from orchestrion.experiments import files

_EVERY_S = 2.0  # between two looks, and between two tellings


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A replication that is running.

    Attributes
    ----------
    doing
        "simulating", "closing the books" or "writing".
    share
        How far it is with that, from 0 to 1.
    seconds
        How long it has been at it.
    """

    label: str
    replication: int
    doing: str
    share: float
    seconds: float

    @property
    def left(self) -> float | None:
        """About how long what it is doing will still take [s]; None while nobody can tell."""
        return self.seconds * (1.0 - self.share) / self.share if self.share > 0.01 else None


class Teller:
    """Writes where one replication is."""

    def __init__(self, folder: Path, label: str, replication: int) -> None:
        # named like what is being written: it goes when this process is gone
        self._path = files.temporary_name(folder / "volatile" / f"r{replication:05d}.now")
        self._label = label
        self._replication = replication
        self._doing = ""
        self._begun = self._told = 0.0

    def tell(self, doing: str, share: float) -> None:
        """It is so far with this."""
        now = time.monotonic()
        if doing != self._doing:
            self._doing, self._begun, self._told = doing, now, 0.0
        if now - self._told < _EVERY_S:
            return
        self._told = now
        state = UnderWay(self._label, self._replication, doing, min(share, 1.0), now - self._begun)
        with suppress(StudyError, OSError):  # nobody's facts depend on it
            files.write_json(self._path, asdict(state), durable=False)

    def done(self) -> None:
        """Nothing more to tell."""
        self._path.unlink(missing_ok=True)


def under_way(folder: Path) -> list[UnderWay]:
    """The long replications that run now, in this process or others."""
    found = []
    for path in sorted((folder / "volatile").glob(".r*.now.*.tmp")):
        with suppress(StudyError, TypeError, KeyError):  # it may just be gone
            if not files.is_stale(path):
                found.append(UnderWay(**files.read_json(path)))
    return sorted(found, key=lambda one: (one.label, one.replication))


@contextmanager
def watched(folder: Path, told: Callable[[tuple[UnderWay, ...]], None] | None) -> Iterator[None]:
    """While this goes on, `told` hears now and then of the long replications that run, from a thread of its own."""
    if told is None:
        yield
        return
    over = threading.Event()

    def look() -> None:
        while not over.wait(_EVERY_S):
            running = tuple(under_way(folder))
            if running:
                told(running)

    watcher = threading.Thread(target=look, name="watch long replications", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
