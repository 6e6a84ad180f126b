"""What an importer is: a named reader of one kind of file, found in a file of its own under `formats/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from orchestrion.registry import Registry
from orchestrion.scenarios.compile.places import Communes
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for.

    Attributes
    ----------
    into
        The folder that takes the result; None: nothing is written.
    base
        The scenario that tells what the files do not.
    mapping
        How the files are read, in place of what the format says.
    service
        The carrier's service that a rate card belongs to.
    geocoder
        A geocoder of geopy for stores that no commune tells the place of; None: nothing leaves this machine.
    defects
        Share of an order file's rows that may be defective: beyond it nothing is written.
    """

    files: tuple[Path, ...]
    into: Path | None
    base: Scenario
    mapping: str | None = None
    service: str = "parcel_standard"
    geocoder: str | None = None
    defects: float = 0.05

    def communes(self) -> Communes:
        """Where the customers of the base live."""
        from orchestrion.scenarios.compile.places import read_communes

        network = self.base.document.network
        return read_communes(network.communes_table, network.corsica)


@dataclass(slots=True)
class Imported:
    """What came of it: a part of a scenario document, the files that it names, and what there is to tell."""

    report: ImportReport
    changes: dict[str, Any] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)  # file name -> content
    moved: dict[str, Path] = field(default_factory=dict)  # file name -> a finished file to be moved there
    refused: str = ""
    alone: bool = False  # the document says all by itself: what it does not say is the default, not the base's


class Importer(Protocol):
    """Reads files of one kind; the first line of its docstring says which."""

    __doc__: str | None

    def __call__(self, request: Request) -> Imported: ...


def title_of(importer: Importer) -> str:
    """What an importer reads, in a few words."""
    return (importer.__doc__ or "").strip().split("\n")[0].rstrip(".")


importers = Registry[Importer]("importers", "orchestrion.scenarios.importers.formats")
"""Decorator: `@importers("shopify")` above an importer."""

Files = Callable[[], list[Path]]
_of_packages: dict[str, Files] = {}


def of_packages(name: str) -> Callable[[Files], Files]:
    """Decorator of what finds the files of a format that an installed package brings."""

    def remember(files: Files) -> Files:
        _of_packages[name] = files
        return files

    return remember


def files_of(name: str) -> list[Path]:
    """The files of a format when none are named; none where they must be.

    Raises
    ------
    InputError
        If the package that brings them is not installed.
    UnknownName
        No such format.
    """
    importers[name]  # its file is read, and says so
    return _of_packages[name]() if name in _of_packages else []


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Sections are merged key by key, anything else is replaced."""
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result
