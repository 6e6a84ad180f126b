"""Where floors above hang what they can do with a study: charts, reports. Experiments do not know them.

`reports` fills `surfaces` when it is imported; the front door, which may import anything, adds a loader that imports it
the first time a surface is asked for. Other packages may hang theirs in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrion.errors import StudyError

# "plot": Callable[[Study], charts]; "html": Callable[[Study, path, **options], None]
surfaces: dict[str, Callable[..., Any]] = {}
loaders: list[Callable[[], object]] = []


def surface(name: str) -> Callable[..., Any]:
    """What somebody hung under the name, loading it when need be.

    Raises
    ------
    StudyError
        If nobody did.
    """
    for load in [] if name in surfaces else list(loaders):
        load()
    if name not in surfaces:
        raise StudyError(f"nothing here can make {name!r} of a study; import orchestrion.reports first")
    return surfaces[name]
