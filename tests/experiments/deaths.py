"""Death at the n-th step: what the tests of killed studies put into a process, so that it kills itself with SIGKILL.

A step is a call that changes a folder (make, open for writing, rename, remove) or asks the disk to have something.
"""

from __future__ import annotations

import os
import signal
import sys

_CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate"}


class Steps:
    """Counts the steps of this process below a folder, and may end it before one of them."""

    def __init__(self, below: str, last: int | None = None, *, group: bool = False) -> None:
        self.below = os.path.abspath(below)
        self.last = last
        self.group = group
        self.count = 0

    def one(self) -> None:
        """One more step is about to be made."""
        self.count += 1
        if self.count == self.last:
            if self.group:
                os.killpg(0, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    def heard(self, event: str, arguments: tuple[object, ...]) -> None:
        """What Python tells of a call."""
        if event in _CHANGES or (event == "open" and _writes(arguments)):
            path = arguments[0]
            if isinstance(path, str | bytes | os.PathLike) and self._below(path):
                self.one()

    def _below(self, path: str | bytes | os.PathLike[str]) -> bool:
        return os.path.abspath(os.fsdecode(path)).startswith(self.below)

    def watch(self) -> None:
        """Begin; hooks of this kind cannot be taken out again, so this is for processes that are about to die."""
        sys.addaudithook(self.heard)
        fsync = os.fsync

        def counted(handle: int) -> None:
            self.one()
            fsync(handle)

        os.fsync = counted


def _writes(arguments: tuple[object, ...]) -> bool:
    mode, flags = arguments[1], arguments[2]
    if isinstance(mode, str):
        return any(sign in mode for sign in "wxa+")
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


def from_environment() -> None:
    """For processes that are started by others: DIE_BELOW names the folder, DIE_AT the step."""
    if "DIE_AT" in os.environ:
        Steps(os.environ["DIE_BELOW"], int(os.environ["DIE_AT"]), group=True).watch()
