"""What a history says about a scenario: parameters with intervals, tables, and what is to be told besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from orchestrion.experiments.calibration.estimates import Fitted


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the document with what was found; a list or mapping has an estimate for each of its entries.

    Attributes
    ----------
    first
        What the first entry of a list is about: 1 where it begins with one line or one unit.
    """

    path: str
    value: Any
    estimates: tuple[Fitted | None, ...]
    law: str
    unit: str = ""
    first: int = 0


@dataclass(slots=True)
class Fit:
    """What a history says about a scenario's parameters.

    Attributes
    ----------
    tables
        File name -> (header, rows) of the tables that the parameters name.
    notes
        What could not be fitted and why, and how well the laws fit.
    """

    source: str
    first: date
    last: date
    parameters: list[Parameter] = field(default_factory=list)
    tables: dict[str, tuple[Sequence[str], list[list[Any]]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __getitem__(self, path: str) -> Parameter:
        return next(one for one in self.parameters if one.path == path)

    def add(
        self, path: str, value: Any, estimates: Sequence[Fitted | None], law: str, unit: str = "", first: int = 0
    ) -> None:
        """One more parameter."""
        self.parameters.append(Parameter(path, value, tuple(estimates), law, unit, first))
