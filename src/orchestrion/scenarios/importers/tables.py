"""Small tables (stores, SKUs, stock, rates) read field by field; every defect is told, and any stops the import."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.rows import decimal_of, number_of
from orchestrion.scenarios.importers.headers import recognised
from orchestrion.scenarios.importers.report import ImportReport, shown
from orchestrion.scenarios.sheets import Sheet, open_sheet

YES = {"1", "true", "vrai", "yes", "oui", "y", "o", "x", "in stock", "actif", "active"}
NO = {"0", "false", "faux", "no", "non", "n", "", "out of stock", "inactif", "inactive"}


@dataclass(frozen=True, slots=True)
class Records:
    """A sheet row by row, by its own column names."""

    sheet: Sheet

    def numbered(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """(row number, values) of each row."""
        header = self.sheet.header
        for block in self.sheet.blocks():
            for number, row in zip(block.numbers.tolist(), block.rows, strict=True):
                yield number, dict(zip(header, (text.strip() for text in row), strict=True))

    def rows(self) -> Iterator[Mapping[str, str]]:
        """The values of each row."""
        return (row for _, row in self.numbered())


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, with its place."""

    file: str
    row: int
    column: str
    text: str

    def problem(self, rule: str) -> Problem:
        """This cell is wrong, and why."""
        return Problem(self.file, self.row, self.column, shown(self.text) if self.text else "", rule)


@dataclass(slots=True)
class Form:
    """A table whose columns were recognised.

    Attributes
    ----------
    columns
        What we call a column -> what the file calls it.
    decimal
        The decimal sign of its numbers.
    problems
        All that is wrong in it, so far.
    """

    sheet: Sheet
    columns: Mapping[str, str]
    decimal: str
    problems: list[Problem] = field(default_factory=list)

    def rows(self) -> Iterator[dict[str, Cell]]:
        """The cells of each row, by our names."""
        places = {key: self.sheet.header.index(name) for key, name in self.columns.items()}
        for block in self.sheet.blocks():
            for number, width, row in zip(block.numbers.tolist(), block.widths.tolist(), block.rows, strict=True):
                if width >= 0:
                    rule = (
                        f"{width} values for {len(self.sheet.header)} columns; put quotes around values that hold a "
                        "separator, or complete the row."
                    )
                    self.problems.append(Problem(self.sheet.file, number, "", "", rule))
                    continue
                yield {
                    key: Cell(self.sheet.file, number, self.columns[key], row[place].strip().lstrip("'"))
                    for key, place in places.items()
                }

    def wrong(self, cell: Cell, rule: str) -> None:
        """One more problem."""
        self.problems.append(cell.problem(rule))

    def number(self, cell: Cell | None, low: float = -math.inf, high: float = math.inf) -> float | None:
        """The number in a cell, None where it is empty or wrong."""
        if cell is None or not cell.text:
            return None
        value = number_of(cell.text, self.decimal)
        if math.isnan(value):
            self.wrong(cell, "not a number; write one such as 12.5 or 12,5.")
            return None
        if not low <= value <= high:
            limit = f"between {low:g} and {high:g}" if math.isfinite(low + high) else f"{low:g} or more"
            self.wrong(cell, f"must be {limit}.")
            return None
        return value

    def whole(self, cell: Cell | None, low: float = 0, high: float = 1e9) -> int | None:
        """The whole number in a cell."""
        value = self.number(cell, low, high)
        if value is not None and value != int(value):
            assert cell is not None
            self.wrong(cell, "must be a whole number.")
            return None
        return None if value is None else int(value)

    def flag(self, cell: Cell | None) -> bool | None:
        """Yes or no."""
        if cell is None or not cell.text:
            return None
        word = cell.text.casefold()
        if word not in YES and word not in NO:
            self.wrong(cell, "yes or no is expected.")
        return word in YES

    def done(self) -> None:
        """Raise what is wrong, all of it."""
        if self.problems:
            raise InputError(self.problems)


def open_form(
    path: Path,
    known: Mapping[str, Sequence[str]],
    needed: Iterable[str],
    report: ImportReport,
    named: Mapping[str, str] | None = None,
    numbers: Iterable[str] = (),
) -> Form:
    """Look at a table and recognise its columns.

    Parameters
    ----------
    known
        Headers that each column may have, as `headers.plain` writes them.
    needed
        Columns that must be there.
    named
        Columns whose names are known beforehand.
    numbers
        Columns by which the decimal sign is told.

    Raises
    ------
    InputError
        All columns that are missing; numbers that could mean two things.
    """
    sheet = open_sheet(path, tuple((named or {}).values()))
    found = dict(named or {}) or recognised(sheet.header, {key: tuple(names) for key, names in known.items()})
    missing = [key for key in needed if found.get(key) not in sheet.header]
    if missing:
        raise InputError(
            Problem(
                sheet.file,
                sheet.header_line,
                key,
                "",
                f"no column is recognised as this; it may be called {', '.join(map(repr, list(known[key])[:4]))}. "
                f"The file has: {', '.join(sheet.header)}.",
            )
            for key in missing
        )
    report.understood.append(f"{sheet.file}: {sheet.how}.")
    report.understood.append("Columns: " + ", ".join(f"{key} = {name!r}" for key, name in found.items()) + ".")
    ignored = [name for name in sheet.header if name and name not in found.values()]
    if ignored:
        report.understood.append(f"Not read: {', '.join(repr(name) for name in ignored)}.")
    form = Form(sheet, found, ".")
    wanted = [key for key in numbers if key in found]
    texts = [row[key].text for row in form.rows() for key in wanted]
    form.problems.clear()  # told when the rows are read
    sign = decimal_of(texts, sheet.typed)
    if sign is None:
        shown_text = next(text for text in texts if "," in text)
        rule = f"does ',' in {shown_text!r} begin the decimals? The file does not tell; write one number with decimals."
        raise InputError([Problem(sheet.file, None, found[wanted[0]], "", rule)])
    form.decimal = sign
    return form


def table_text(header: Sequence[str], rows: Iterable[Sequence[Any]], about: str) -> str:
    """A commented table as the scenario reads it."""
    out = io.StringIO()
    out.write("".join(f"# {line}\n" for line in about.splitlines()))
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return out.getvalue()


def key_of(text: str) -> str:
    """A name that a document can hold: letters, digits and underscores.

    >>> key_of("Paris Opéra (9e)"), key_of("0042")
    ('paris_opera_9e', '0042')
    """
    bare = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in bare if not unicodedata.combining(c)).casefold()
    return re.sub(r"[^a-z0-9]+", "_", bare).strip("_") or "x"
