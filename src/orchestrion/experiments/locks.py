"""Locks that the system takes back when their owner dies: who runs a study in a folder, who works on which cell.

Where a file system knows no locks (and on Windows) everybody is let in: cells are still written whole or not at all,
only work may be done twice.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":
    import fcntl

CLAIMS = ".claims"  # the file of a study folder in which cells are claimed
_PATIENCE_S = 0.1  # between two looks at what somebody else is doing


@contextmanager
def claimed(path: Path, key: str, *, until: Callable[[], bool] | None = None) -> Iterator[bool]:
    """Whether this process alone works on something now.

    Parameters
    ----------
    path
        The file that all who claim share; it stays empty.
    key
        What is claimed: hexadecimal digits, of which fifteen count.
    until
        Wait for the claim, until this says that there is no more need for it; at once when left out.
    """
    handle = _opened(path)
    try:
        mine = handle is None or _range_locked(handle, int(key[:15], 16))
        while not mine and until is not None and not until():
            time.sleep(_PATIENCE_S)
            mine = handle is None or _range_locked(handle, int(key[:15], 16))
        yield mine
    finally:
        if handle is not None:
            os.close(handle)  # which gives the lock back


def _opened(path: Path) -> int | None:
    if sys.platform == "win32":
        return None
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)


def _range_locked(handle: int, offset: int) -> bool:
    if sys.platform != "win32":
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
        except (BlockingIOError, PermissionError):
            return False
        except OSError:
            return True  # no locks here
    return True


class FolderLock:
    """Alone in a folder to set up a study there, then together with all who run the same one.

    The lock lies on an open file: another one of this process is kept out, too, and a killed process lets go of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle: int | None = None

    def alone(self) -> bool:
        """Take the folder for oneself, at once or not at all."""
        return self._take(exclusive=True)

    def together(self) -> bool:
        """Share the folder with others who share it, at once or not at all."""
        return self._take(exclusive=False)

    def _take(self, *, exclusive: bool) -> bool:
        if sys.platform != "win32":
            if self._handle is None:
                self._handle = _opened(self.path)
            assert self._handle is not None
            try:
                fcntl.flock(self._handle, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            except OSError:
                return True  # no locks here
        return True

    def release(self) -> None:
        """Let go."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
