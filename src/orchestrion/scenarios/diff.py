"""What differs between two scenarios, parameter by parameter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from orchestrion.display import Grid, bundle, paragraphs

_ABSENT = "(absent)"


@dataclass(frozen=True, slots=True)
class Change:
    """One parameter that differs; `here` and `there` are its values, None also where it is absent."""

    path: str
    here: Any
    there: Any
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ScenarioDiff:
    """All parameters that differ between two scenarios; prints as a table, false when there are none."""

    here: str
    there: str
    changes: tuple[Change, ...]

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __str__(self) -> str:
        if not self.changes:
            return f"{self.here} and {self.there} are the same world."
        head, *rows = self.grid().text().split("\n")
        return "\n".join([head, "-" * len(head), *rows])

    def __repr__(self) -> str:
        return str(self)

    def grid(self) -> Grid:
        """The changes as a small table: parameter, here, there, unit."""
        rows = [(change.path, shown(change.here), shown(change.there), change.unit) for change in self.changes]
        return Grid("", ("parameter", self.here, self.there, "unit"), tuple(rows))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(str(self), self.grid().html() if self.changes else paragraphs([str(self)]))


def shown(value: Any) -> str:
    """A value in a table: text bare, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
