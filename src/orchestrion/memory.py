"""Memory that is free again goes back to the machine, where the C library keeps it for itself."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache


def give_back() -> None:
    """Collect what nothing refers to, and return the pages that are free; a hundredth of a second.

    Without it, a process is as large for ever as the largest thing it did: glibc keeps what lies between things in use.
    """
    gc.collect()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> ctypes._NamedFuncPointer | None:
    """The C library's own way to do so; Linux with glibc has one, others need none."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # musl
        return None
