"""Reads somebody's table, CSV, Excel or Parquet, block by block: every value as a text, every row numbered.

A block is a few thousand rows: a file of any length passes through in the same memory.
"""

from __future__ import annotations

import codecs
import csv
import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TextIO

import numpy as np

from orchestrion.database import connected, pattern, quoted
from orchestrion.domain.world import Ints
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.reader import relative_to_cwd

SEPARATORS = (",", ";", "\t", "|")
BLOCK = 20_000  # rows
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class Block:
    """A few thousand rows, each as wide as the header.

    Attributes
    ----------
    numbers
        Where each row stands: the line of a CSV file (its header is line 1), the row of a workbook, the row of a
        Parquet file from 1 on.
    widths
        How many values a row has where it has not as many as the header; -1 elsewhere.
    """

    rows: list[list[str]]
    numbers: Ints
    widths: Ints


class How(Protocol):
    """What is known beforehand about a CSV file; `auto` looks at the file."""

    @property
    def separator(self) -> str: ...
    @property
    def encoding(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Auto:
    """Nothing is known beforehand."""

    separator: str = "auto"
    encoding: str = "auto"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table ready to be read, as often as one likes.

    Attributes
    ----------
    word
        What a row is called in messages: line or row.
    how
        What the file was taken for, in words.
    typed
        Its cells have types: numbers and dates are written by us, not by somebody.
    """

    path: Path
    file: str
    header: tuple[str, ...]
    header_line: int | None
    word: str
    how: str
    typed: bool
    reader: Any  # () -> Iterator[Block]

    def blocks(self) -> Iterator[Block]:
        """The rows, from the first."""
        found: Iterator[Block] = self.reader()
        return found


def open_sheet(path: Path, names: Collection[str] = (), how: How | None = None, encoding_word: str = "") -> Sheet:
    """Look at a file: what it is, what its columns are called.

    Parameters
    ----------
    names
        Columns that are looked for: of the separators of CSV the one that shows most of them is taken.

    Raises
    ------
    InputError
        If it cannot be read as a table.
    """
    file = relative_to_cwd(path)
    how = how or Auto()
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
        if start == b"PAR1":
            return _parquet(path, file)
        if start.startswith(_WORKBOOKS):
            return _workbook(path, file)
        if start.startswith(b"\x1f\x8b"):
            raise InputError([Problem(file, None, "", "", "a packed file; unpack it first.")])
        return _csv(path, file, names, how)
    except OSError as error:
        raise InputError([Problem(file, None, "", "", f"cannot be read ({error.strerror}).")]) from None


def squared(rows: list[list[str]], width: int) -> Ints:
    """Make every row as wide as the header, in place; how wide each was where it was not."""
    widths = np.fromiter(map(len, rows), np.int64, len(rows))
    for i in np.flatnonzero(widths != width).tolist():
        # a spreadsheet pads rows with empty cells; what is padded is as wide as the header
        if widths[i] > width and not any(rows[i][width:]):
            widths[i] = width
        rows[i] = (rows[i] + [""] * width)[:width]
    return np.where(widths == width, -1, widths)


# -- CSV -------------------------------------------------------------------------------------------------------------


def _csv(path: Path, file: str, names: Collection[str], how: How) -> Sheet:
    encoding = _encoding(path) if how.encoding == "auto" else _checked_encoding(path, file, how.encoding)
    # five of the 256 bytes mean nothing in cp1252: a name may show a mark for one, the numbers are sound
    open_it = partial(path.open, encoding=encoding, newline="", errors="replace" if how.encoding == "auto" else None)
    with open_it() as stream:
        separator, header = _header(stream, file, names, how.separator)

    def blocks() -> Iterator[Block]:
        with open_it() as stream:
            stream.readline()
            yield from _csv_blocks(stream, separator, file, len(header))

    shown = {"\t": "tabs", "|": "bars", ",": "commas", ";": "semicolons"}[separator]
    said = f"CSV, {shown} between columns, {'UTF-8' if encoding == 'utf-8-sig' else encoding}"
    return Sheet(path, file, tuple(header), 1, "line", said, False, blocks)


def _checked_encoding(path: Path, file: str, wanted: str) -> str:
    encoding = "utf-8-sig" if wanted == "utf-8" else wanted
    try:
        with path.open(encoding=encoding) as stream:
            while stream.read(1 << 20):
                pass
    except UnicodeError:
        rule = f"is not written in {wanted}; set reading.encoding to auto, or save the file as UTF-8."
        raise InputError([Problem(file, None, "", "", rule)]) from None
    return encoding


def _encoding(path: Path) -> str:
    """UTF-8 unless it is not; UTF-16 says so by its first bytes; what remains comes from a French Windows."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        first = True
        while block := stream.read(1 << 20):
            if first and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            first = False
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return "cp1252"
    return "utf-8-sig"


def _header(stream: TextIO, file: str, names: Collection[str], wanted: str) -> tuple[str, list[str]]:
    """Separator and column names: the separator under which the header names most of the columns asked for."""
    line = stream.readline()
    if not line.strip():
        raise InputError([Problem(file, 1, "", "", "is empty; its first row names the columns.")])
    candidates = SEPARATORS if wanted == "auto" else (wanted,)
    known = set(names)
    parsed = [(sep, [name.strip() for name in next(csv.reader([line], delimiter=sep))]) for sep in candidates]
    return max(parsed, key=lambda pair: (len(known.intersection(pair[1])), len(pair[1])))


def _csv_blocks(stream: TextIO, separator: str, file: str, width: int) -> Iterator[Block]:
    """Rows with the line that each one begins on; empty lines are no rows."""
    reader = csv.reader(stream, delimiter=separator)
    rows: list[list[str]] = []
    lines: list[int] = []
    ended = 1  # the header was read before
    try:
        for row in reader:
            if any(row):
                rows.append(row)
                lines.append(ended + 1)
            ended = reader.line_num + 1
            if len(rows) == BLOCK:
                yield Block(rows, np.array(lines, np.int64), squared(rows, width))
                rows, lines = [], []
    except csv.Error as error:
        rule = f"not CSV ({error}); look for a quote left open here or above."
        raise InputError([Problem(file, ended + 1, "", "", rule)]) from None
    if rows:
        yield Block(rows, np.array(lines, np.int64), squared(rows, width))


# -- Excel -----------------------------------------------------------------------------------------------------------


def _workbook(path: Path, file: str, name: str | None = None) -> Sheet:
    """The first sheet of a workbook that has a row in it; its first row that is not empty names the columns."""
    from python_calamine import CalamineError, load_workbook

    try:
        book = load_workbook(str(path))
        for sheet_name in book.sheet_names if name is None else [name]:
            sheet = book.get_sheet_by_name(sheet_name)
            top = next(((i, row) for i, row in enumerate(sheet.iter_rows()) if any(map(_cell, row))), None)
            if top is not None:
                break
        else:
            raise InputError([Problem(file, None, "", "", "is empty; its first row names the columns.")])
    except CalamineError as error:
        rule = f"not readable as a workbook ({error}); save it as CSV UTF-8, or as .xlsx."
        raise InputError([Problem(file, None, "", "", rule)]) from None
    first = (sheet.start or (0, 0))[0] + top[0]
    header = [_cell(value) for value in top[1]]
    while header and not header[-1]:
        header.pop()

    def blocks() -> Iterator[Block]:
        fresh = load_workbook(str(path)).get_sheet_by_name(sheet_name)
        rows = islice(fresh.iter_rows(), top[0] + 1, None)
        number = first + 2  # people count from one
        while part := [[_cell(value) for value in row] for row in islice(rows, BLOCK)]:
            numbers = np.arange(number, number + len(part))
            number += len(part)
            said = np.array([any(row) for row in part])
            part = [row for row, some in zip(part, said.tolist(), strict=True) if some]
            if part:
                # a row is as wide as the sheet, whatever was typed into it
                for row in part:
                    while len(row) < len(header):
                        row.append("")
                yield Block(part, numbers[said], squared(part, len(header)))

    return Sheet(path, file, tuple(header), first + 1, "row", f"workbook, sheet {sheet_name!r}", True, blocks)


def workbook_sheet(path: Path, name: str) -> Sheet:
    """One sheet of a workbook, by name."""
    return _workbook(path, relative_to_cwd(path), name)


def _cell(value: Any) -> str:
    """A cell as a text: whole numbers without decimals, dates as ISO 8601."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # repr keeps what was typed; 1400.0 is 1400
        return str(int(value)) if value == math.floor(value) and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value).strip()


# -- Parquet ---------------------------------------------------------------------------------------------------------


def _parquet(path: Path, file: str) -> Sheet:
    import duckdb

    literal = pattern(path)

    def refused(error: Exception) -> InputError:
        rule = f"not readable as Parquet ({str(error).splitlines()[0]})."
        return InputError([Problem(file, None, "", "", rule)])

    try:
        with connected() as connection:
            described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [literal]).fetchall()
    except duckdb.Error as error:
        raise refused(error) from None
    header = [str(row[0]) for row in described]
    # as texts, like those of a CSV file: one way to read dates and numbers, whatever the file is
    wanted = ", ".join(f"coalesce({quoted(name)}::VARCHAR, '')" for name in header)

    def blocks() -> Iterator[Block]:
        try:
            with connected() as connection:
                found = connection.execute(f"SELECT {wanted} FROM read_parquet(?)", [literal])
                number = 1
                while part := found.fetchmany(BLOCK):
                    rows = [list(row) for row in part]
                    yield Block(rows, np.arange(number, number + len(rows)), np.full(len(rows), -1))
                    number += len(rows)
        except duckdb.Error as error:
            raise refused(error) from None

    return Sheet(path, file, tuple(header), None, "row", "Parquet", True, blocks)


def columns_of(block: Block, places: Sequence[tuple[int, ...]]) -> list[Sequence[str]]:
    """Some columns of a block; of several places the first that says something in a row."""
    found: list[Sequence[str]] = []
    for place in places:
        column = [row[place[0]] for row in block.rows]
        for other in place[1:]:
            column = [one or row[other] for one, row in zip(column, block.rows, strict=True)]
        found.append(column)
    return found
