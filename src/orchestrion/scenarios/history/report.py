"""What became of the rows of an order file: which were replayed, which dropped and why, what was assumed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows that do not count, for one reason.

    `examples` are the first of them: where each stands and what it says.
    """

    reason: str
    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """What an order file became; every row is either a line replayed or dropped for one reason.

    Attributes
    ----------
    rows, lines, orders, skus, units
        Rows of the file; of them lines replayed, in so many orders, of so many SKUs, asking for so many units.
    first_day, last_day
        The days replayed, in the file's dates.
    moved_days
        Days added to the file's dates.
    notes
        What was assumed where the file does not say it.
    """

    file: str
    rows: int
    lines: int
    orders: int
    skus: int
    units: int
    first_day: date
    last_day: date
    moved_days: int
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report for machines."""
        told = asdict(self)
        return told | {"first_day": self.first_day.isoformat(), "last_day": self.last_day.isoformat()}

    def __str__(self) -> str:
        lines = [
            f"Replayed from {self.file}: {self.orders:,} orders, {self.lines:,} lines, {self.skus:,} SKUs, "
            f"{self.units:,} units, {self.first_day} to {self.last_day}, moved by {self.moved_days:+,} days.",
            *self.notes,
        ]
        if self.dropped:
            count = sum(drop.rows for drop in self.dropped)
            lines.append(f"Dropped {count:,} of {self.rows:,} rows:")
            lines += [f"  {d.rows:,}: {d.reason} ({'; '.join(d.examples)})" for d in self.dropped]
        return "\n".join(lines)
