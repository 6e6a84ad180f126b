"""What an import understood, what it left out and why, row by row; without personal data."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from orchestrion.errors import Problem

MESSAGES = 1000  # kept to be shown; all of them are counted, and stand in the file of what was left out
_SHOWN = 60
_WORDS = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}")


@dataclass(slots=True)
class LeftOut:
    """Rows left out for one reason; the first of them as examples."""

    reason: str
    rows: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ImportReport:
    """What became of the files.

    Attributes
    ----------
    understood
        What the files were taken for, one sentence each.
    counts
        What was found, by name.
    left_out
        Rows that do not count, by reason: by a rule, or because they are defective.
    defects
        Defective cells, each with its place, value, rule and way out; the first thousand.
    defective
        How many there are.
    not_found
        Addresses that no commune has, and in how many rows.
    notes
        What was assumed.
    written
        Files written.
    """

    format: str
    files: tuple[str, ...]
    understood: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    defects: list[Problem] = field(default_factory=list)
    defective: int = 0
    not_found: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def leave_out(self, reason: str, example: str) -> None:
        """One row that does not count."""
        known = self.left_out.setdefault(reason, LeftOut(reason))
        known.rows += 1
        if len(known.examples) < 3:
            known.examples.append(example)

    def defect(self, problem: Problem) -> None:
        """One row that cannot be read."""
        self.defective += 1
        if len(self.defects) < MESSAGES:
            self.defects.append(problem)

    def to_dict(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "format": self.format,
            "files": list(self.files),
            "understood": self.understood,
            "counts": self.counts,
            "left_out": [{"reason": o.reason, "rows": o.rows, "examples": o.examples} for o in self.left_out.values()],
            "defective": self.defective,
            "defects": [str(problem) for problem in self.defects],
            "not_found": self.not_found,
            "notes": self.notes,
            "written": self.written,
        }

    def __str__(self) -> str:
        lines = [f"Read {', '.join(self.files)} as {self.format}."]
        lines += [f"  {one}" for one in self.understood]
        if self.counts:
            told = (f"{n:,} {name.removesuffix('s') if n == 1 else name}" for name, n in self.counts.items())
            lines.append(f"Found {', '.join(told)}.")
        lines += self.notes
        if self.left_out:
            rows = sum(one.rows for one in self.left_out.values())
            lines.append(f"Left out {rows:,} {'row' if rows == 1 else 'rows'}:")
            lines += [f"  {o.rows:,}: {o.reason} ({'; '.join(o.examples)})" for o in self.left_out.values()]
        if self.not_found:
            rows = sum(self.not_found.values())
            places = len(self.not_found)
            lines.append(f"{places:,} addresses that no commune has, in {rows:,} rows; drawn by population:")
            often = sorted(self.not_found.items(), key=lambda pair: (-pair[1], pair[0]))
            lines += [f"  {place} ({count:,})" for place, count in often[:_SHOWN]]
            if places > _SHOWN:
                lines.append(f"  and {places - _SHOWN:,} more.")
        if self.defective:
            lines.append(f"{self.defective:,} defective {'row' if self.defective == 1 else 'rows'}:")
            lines += [f"  {problem}" for problem in self.defects]
            if self.defective > len(self.defects):
                lines.append(f"  and {self.defective - len(self.defects):,} more.")
        return "\n".join(lines)


def shown(text: str) -> str:
    """A cell as a message may show it: what could be somebody's name, address, e-mail or phone is not repeated.

    >>> shown("two"), shown("12/13/2026"), shown("jean@exemple.fr"), shown("Jean Valjean"), shown("06 12 34 56 78")
    ("'two'", "'12/13/2026'", '(a text of 15 characters)', '(a text of 12 characters)', '(a text of 14 characters)')
    """
    digits = re.sub(r"[\s.()+-]", "", text)
    phone = digits.isdigit() and 9 <= len(digits) <= 13
    if "@" in text or _WORDS.search(text) or phone or len(text) > _SHOWN:
        return f"(a text of {len(text)} characters)"
    return repr(text)
