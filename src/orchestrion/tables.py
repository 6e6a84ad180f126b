"""Reads a small commented CSV file of numbers that an analyst may edit; every mistake is named by file and line."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import overload

from orchestrion.errors import InputError, Problem

CONFIDENCE = ("measured", "published", "second-hand", "assumed")
_LIMIT_BYTES = 50_000_000
_SUM_TOLERANCE = 0.005  # shares are printed to three decimals


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the text of each column, and the line of the file that it stands on.

    Values stay text (postcodes and commune codes begin with zeros) until a number is asked for.
    """

    file: str
    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]

    def problem(self, column: str, rule: str) -> Problem:
        """This cell is wrong, and why."""
        return Problem(self.file, self.line, column, repr(self.values.get(column, "")), rule)

    def number(self, column: str, low: float = -math.inf, high: float = math.inf) -> float:
        """The column as a finite number in [low, high]; a decimal comma is refused, not guessed.

        Raises
        ------
        InputError
            If it is none, or lies outside.
        """
        text = self.values[column].strip()
        try:
            value = float(text)
        except ValueError:
            hint = "write the decimals after a point" if "," in text else "write one such as 12.5"
            raise InputError([self.problem(column, f"not a number; {hint}")]) from None
        if not math.isfinite(value) or "_" in text:
            raise InputError([self.problem(column, "not a finite number; write one such as 12.5")])
        if not low <= value <= high:
            raise InputError([self.problem(column, _range_rule(low, high))])
        return value

    def whole(self, column: str, low: float = -math.inf, high: float = math.inf) -> int:
        """The same for whole numbers."""
        value = self.number(column, low, high)
        if value != int(value):
            raise InputError([self.problem(column, "not a whole number")])
        return int(value)


def _range_rule(low: float, high: float) -> str:
    if high == math.inf:
        return f"must be {low:g} or more"
    if low == -math.inf:
        return f"must be {high:g} or less"
    return f"must lie between {low:g} and {high:g}"


class Table(Sequence[Row]):
    """The rows of a file, in order, with the checks that several files share.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lines.csv"
    >>> _ = path.write_text("# lines per order\\nlines,share\\n1,0.75\\n2,0.25\\n")
    >>> read_table(path, ["lines", "share"]).shares("lines")
    {'1': 0.75, '2': 0.25}
    """

    def __init__(self, file: str, header: Sequence[str], rows: Sequence[Row]) -> None:
        self.file = file
        self.header = tuple(header)
        self._rows = tuple(rows)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...

    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        return self._rows[index]

    def where(self, column: str, value: str) -> Table:
        """The rows with this value in the column; an error naming near values if there is none."""
        rows = [row for row in self._rows if row[column] == value]
        if not rows:
            known = list(dict.fromkeys(row[column] for row in self._rows))
            near = get_close_matches(value, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise InputError(
                [Problem(self.file, None, column, repr(value), f"no such row; {hint}known: {', '.join(known)}")]
            )
        return Table(self.file, self.header, rows)

    def numbers(self, column: str, low: float = -math.inf, high: float = math.inf) -> list[float]:
        """A column of numbers; all that are none are named together."""
        found: list[float] = []
        problems: list[Problem] = []
        for row in self._rows:
            try:
                found.append(row.number(column, low, high))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return found

    def by_name(
        self, key: str, value: str = "value", low: float = -math.inf, high: float = math.inf
    ) -> dict[str, float]:
        """{name: number}; a name written twice is a mistake."""
        self.unique(key)
        numbers = self.numbers(value, low, high)
        return {row[key]: number for row, number in zip(self._rows, numbers, strict=True)}

    def shares(self, key: str, share: str = "share") -> dict[str, float]:
        """{name: probability}, rows of one name added up, divided by their sum, which must be near one."""
        numbers = self.numbers(share, 0.0, 1.0)
        total = math.fsum(numbers)
        if abs(total - 1.0) > _SUM_TOLERANCE:
            rule = f"the {share}s sum to {total:.4g}; they must sum to 1"
            raise InputError([Problem(self.file, self._rows[0].line if self._rows else None, share, "", rule)])
        found: dict[str, float] = {}
        for row, number in zip(self._rows, numbers, strict=True):
            found[row[key]] = found.get(row[key], 0.0) + number / total
        return found

    def unique(self, *columns: str) -> None:
        """Raise InputError if two rows say the same in these columns."""
        seen: dict[tuple[str, ...], int] = {}
        problems: list[Problem] = []
        for row in self._rows:
            key = tuple(row[column] for column in columns)
            if key in seen:
                problems.append(row.problem(columns[-1], f"already on line {seen[key]}; keep one of the two"))
            seen.setdefault(key, row.line)
        if problems:
            raise InputError(problems)


def read_table(path: str | Path, columns: Iterable[str] = ()) -> Table:
    """Read a commented CSV file: `#` lines are for people, the first other line names the columns.

    Parameters
    ----------
    columns
        Those that must be there; others are kept too.

    Raises
    ------
    InputError
        If the file cannot be read as UTF-8, a column is missing or named twice, or a row has too few or too many
        values, or its confidence is none of the four words.
    """
    file, header, lines = _begun(path, columns)
    return Table(file, header, list(_rows(file, header, lines)))


def each_row(path: str | Path, columns: Iterable[str] = ()) -> Iterator[Row]:
    """The rows of `read_table` one after the other, for a table of which little is kept; mistakes are told at its end.

    Raises
    ------
    InputError
        As `read_table`.
    """
    yield from _rows(*_begun(path, columns))


def _begun(path: str | Path, columns: Iterable[str]) -> tuple[str, list[str], list[tuple[int, str]]]:
    """The file's name, its columns, and the lines that are rows with their numbers."""
    file = str(path)
    text = _text(Path(path), file)
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    if not lines:
        raise InputError([Problem(file, None, "", "", "the file is empty; its first row names the columns")])
    number, first = lines[0]
    header = [name.strip() for name in next(csv.reader([first]))]
    problems = []
    for name in columns:
        if name not in header:
            near = get_close_matches(name, header, n=1)
            hint = f"; is it {near[0]!r}?" if near else f"; there are: {', '.join(header)}"
            if first.count(";") > first.count(","):
                hint = "; separate columns by commas, not semicolons"
            problems.append(Problem(file, number, name, "", f"the column is missing{hint}"))
    problems += [
        Problem(file, number, name, "", "two columns have this name")
        for name in dict.fromkeys(header)
        if header.count(name) > 1
    ]
    if problems:
        raise InputError(problems)
    return file, header, lines[1:]


def _rows(file: str, header: Sequence[str], lines: Sequence[tuple[int, str]]) -> Iterator[Row]:
    """Each row; all that is wrong with some is told after the last."""
    problems = []
    reader = csv.reader(line for _, line in lines)
    read = 0
    for values in reader:
        number, read = lines[read][0], reader.line_num  # a quoted value may run over several lines
        if len(values) != len(header):
            rule = f"{len(values)} values for {len(header)} columns; quote values that hold a comma"
            problems.append(Problem(file, number, "", "", rule))
            continue
        row = Row(file, number, dict(zip(header, (value.strip() for value in values), strict=True)))
        if row.values.get("confidence", CONFIDENCE[0]) not in CONFIDENCE:
            problems.append(row.problem("confidence", f"must be one of {', '.join(CONFIDENCE)}"))
        yield row
    if problems:
        raise InputError(problems)


def _text(path: Path, file: str) -> str:
    try:
        if path.stat().st_size > _LIMIT_BYTES:
            raise InputError([Problem(file, None, "", "", "larger than 50 MB; not a table of settings")])
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([Problem(file, None, "", "", "not UTF-8; save it as CSV UTF-8")]) from None
    except OSError as error:
        raise InputError([Problem(file, None, "", "", f"cannot be read: {error.strerror}")]) from None
