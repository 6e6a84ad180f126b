"""Files that people asked for: written beside their place, then renamed, so that nobody sees half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from orchestrion.errors import StudyError


def put(target: Path, content: bytes, what: str) -> Path:
    """Put a file in its place; its folder is made when need be.

    Raises
    ------
    StudyError
        If it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        why = error.strerror or error
        raise StudyError(f"{target}: {what} cannot be written ({why}); choose another place") from error
    return target
