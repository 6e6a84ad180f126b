"""The names behind the ids of facts: dimension tables as they were read; those of the last scenarios stay in mind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrion.experiments.parquet import read_table

Dimensions = dict[str, dict[str, Any]]
_KEPT = 2  # scenarios: two are compared, replication by replication


class Names:
    """Reads dimension tables, those of one scenario once while replication after replication asks for them."""

    def __init__(self) -> None:
        self._last: dict[tuple[Path, str], Dimensions] = {}

    def of(self, folder: Path, whole: str, paths: Mapping[str, Path]) -> Dimensions:
        """All tables of a folder whose files were found to be those of content `whole`."""
        known = self._last.pop((folder, whole), None)
        found = read_tables(paths) if known is None else known
        kept = list(self._last.items())[1 - _KEPT :]
        self._last = dict([*kept, ((folder, whole), found)])
        return {name: dict(table) for name, table in found.items()}


def read_tables(paths: Mapping[str, Path]) -> Dimensions:
    """Each table, text as lists."""
    return {
        name: {c: a.tolist() if a.dtype.kind == "O" else a for c, a in read_table(path).items()}
        for name, path in paths.items()
    }
