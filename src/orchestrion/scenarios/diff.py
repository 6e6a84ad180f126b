"""What differs between two scenarios, parameter by parameter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
        rows = [("parameter", self.here, self.there, "unit")]
        rows += [(change.path, shown(change.here), shown(change.there), change.unit) for change in self.changes]
        widths = [max(len(row[i]) for row in rows) for i in range(4)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])

    def __repr__(self) -> str:
        return str(self)


def shown(value: Any) -> str:
    """A value in a table: text bare, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
