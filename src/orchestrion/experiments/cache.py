"""Replications known by content, shared by studies: work that any of them has done is found again.

`CACHE/<engine>/<key>/` holds a cell as a study folder does. The engine's folder bears the package's version, a hash of
its sources and data, and a hash of the versions of the libraries that can break a tie another way; older ones may be
deleted by hand at any time.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from orchestrion.domain.facts import Facts
from orchestrion.errors import StudyError
from orchestrion.experiments import files
from orchestrion.experiments.identity import digest
from orchestrion.experiments.parquet import read_table
from orchestrion.experiments.store import Cell, StudyFolder

VARIABLE = "ORCHESTRION_CACHE"
_TIE_BREAKERS = ("numpy", "scipy", "pandas", "simpy", "pulp", "highspy")


class Cache(StudyFolder):
    """Cells by key; any number of processes may read and write at once."""

    def place_of(self, cell: Cell) -> Path:
        return self._engine(cell) / cell.key[:2] / cell.key

    def dims_of(self, cell: Cell) -> Path:
        return self._engine(cell) / "dims" / cell.scenario_hash

    def _engine(self, cell: Cell) -> Path:
        return self.path / f"{cell.version}-{_libraries()}"

    def found(self, cell: Cell, level: str) -> tuple[Facts, Mapping[str, Any]] | None:
        """Facts and KPIs of the same work, proved to be what was written; None where there are none."""
        return recalled(self, cell, level, discard=True)

    def keep(self, cell: Cell, facts: Facts, kpis: Mapping[str, Any], level: str) -> None:
        """Keep a replication for other studies."""
        if not self.finished(cell, level):
            self.write_cell(cell, facts, kpis, level)


def recalled(
    folder: StudyFolder, cell: Cell, level: str, *, discard: bool
) -> tuple[Facts, Mapping[str, Any]] | None:
    """A finished cell's facts and KPIs, if it is whole and keeps enough; what is damaged is removed if so wished."""
    if not folder.finished(cell, level):
        return None
    try:
        if folder.damaged([cell], discard=discard):
            return None
        return folder.facts(cell), read_table(folder.paths([cell], "kpis")[0])
    except StudyError:
        return None  # somebody else is just replacing it


def cache_of(asked: str | os.PathLike[str] | None) -> Path | None:
    """The cache asked for, else the one that the environment names, if any.

    Raises
    ------
    StudyError
        If it cannot be a folder.
    """
    where = os.fspath(asked) if asked is not None else os.environ.get(VARIABLE, "")
    if not where:
        return None
    path = Path(where).absolute()
    with files.told(path, "make the cache"):
        path.mkdir(parents=True, exist_ok=True)
    return path


@functools.lru_cache(maxsize=1)
def _libraries() -> str:
    return digest({name: metadata.version(name) for name in _TIE_BREAKERS})[:8]
