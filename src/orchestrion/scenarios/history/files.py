"""Reads an order file, CSV or Parquet, into columns of texts: every value as somebody wrote it, every row numbered.

A column holds each different text once, and for each row which one it is: real order files say the same thing often,
and a date or price is then read once, not once a row.
"""

from __future__ import annotations

import codecs
import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from orchestrion.domain.world import Ints
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.mapping import Columns, Reading
from orchestrion.scenarios.history.mapping import Mapping as OrderMapping
from orchestrion.scenarios.reader import relative_to_cwd

SEPARATORS = (",", ";", "\t", "|")
_BLOCK = 20_000  # rows


@dataclass(frozen=True, slots=True)
class Texts:
    """One column: row i says `texts[codes[i]]`."""

    codes: Ints
    texts: list[str]

    def at(self, row: int) -> str:
        """What a row says."""
        return self.texts[int(self.codes[row])]


@dataclass(frozen=True, slots=True)
class OrderFile:
    """An order file as columns of texts, under the names that `mapping.Columns` gives them.

    Attributes
    ----------
    numbers
        Where each row stands: the line of a CSV file (its header is line 1), the row of a Parquet file from 1 on.
    width
        How many values each row has of how many; -1 where it has them all.
    """

    file: str
    row_word: str  # "line" or "row"
    columns: Mapping[str, Texts]
    numbers: Ints
    width: Ints

    def __len__(self) -> int:
        return len(self.numbers)


def read_orders(path: Path, mapping: OrderMapping) -> OrderFile:
    """The mapped columns of an order file.

    Raises
    ------
    InputError
        If it cannot be read, has no rows, or lacks a column.
    """
    file = relative_to_cwd(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
        if start == b"PAR1":
            return _read_parquet(path, file, mapping)
        if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")):
            raise InputError(
                [Problem(file, None, "", "", "a workbook or packed file; save it as CSV UTF-8, or as Parquet.")]
            )
        return _read_csv(path, file, mapping)
    except OSError as error:
        raise InputError([Problem(file, None, "", "", f"cannot be read ({error.strerror}).")]) from None


class _Gatherer:
    """Takes rows block by block, keeps each different text once."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = columns
        self._known: list[defaultdict[str, int]] = []
        for _ in columns:
            known: defaultdict[str, int] = defaultdict()
            known.default_factory = known.__len__  # a new text gets the next number
            self._known.append(known)
        self._codes: list[list[Ints]] = [[] for _ in columns]

    def add(self, columns: Iterable[Sequence[str]], count: int) -> None:
        for known, codes, column in zip(self._known, self._codes, columns, strict=True):
            codes.append(np.fromiter(map(known.__getitem__, column), np.int64, count))

    def texts(self) -> dict[str, Texts]:
        """Spaces around a text mean nothing; two texts may become the same by it, which harms nobody."""
        return {
            name: Texts(np.concatenate(codes) if codes else np.zeros(0, np.int64), [text.strip() for text in known])
            for name, known, codes in zip(self.columns, self._known, self._codes, strict=True)
        }


# -- CSV -------------------------------------------------------------------------------------------------------------


def _read_csv(path: Path, file: str, mapping: OrderMapping) -> OrderFile:
    reading = mapping.document.reading
    with _opened(path, file, reading) as stream:
        separator, header = _header(stream, file, mapping)
        width = len(header)
        places = _places(header, file, mapping, 1)
        gatherer = _Gatherer(list(places))
        numbers: list[Ints] = []
        short: list[Ints] = []
        for block, lines in _blocks(stream, separator, file):
            widths = np.fromiter(map(len, block), np.int64, len(block))
            for i in np.flatnonzero(widths != width).tolist():
                extra = block[i][width:]
                # a spreadsheet pads rows with empty cells; what is padded is as wide as the header
                if widths[i] > width and not any(extra):
                    widths[i] = width
                block[i] = (block[i] + [""] * width)[:width]
            columns = list(zip(*block, strict=True))
            gatherer.add([columns[place] for place in places.values()], len(block))
            numbers.append(lines)
            short.append(np.where(widths == width, -1, widths))
    if not numbers:
        raise InputError([Problem(file, None, "", "", "has a header but no rows.")])
    return OrderFile(file, "line", gatherer.texts(), np.concatenate(numbers), np.concatenate(short))


def _opened(path: Path, file: str, reading: Reading) -> TextIO:
    if reading.encoding == "auto":
        # five of the 256 bytes mean nothing in cp1252: a name may show a mark for one, the numbers are sound
        return path.open(encoding=_encoding(path), newline="", errors="replace")
    encoding = "utf-8-sig" if reading.encoding == "utf-8" else reading.encoding
    try:
        with path.open(encoding=encoding) as stream:
            while stream.read(1 << 20):
                pass
    except UnicodeError:
        rule = f"is not written in {reading.encoding}; set reading.encoding to auto, or save the file as UTF-8."
        raise InputError([Problem(file, None, "", "", rule)]) from None
    return path.open(encoding=encoding, newline="")


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


def _header(stream: TextIO, file: str, mapping: OrderMapping) -> tuple[str, list[str]]:
    """Separator and column names: the separator under which the header names most of the columns asked for."""
    line = stream.readline()
    if not line.strip():
        raise InputError([Problem(file, 1, "", "", "is empty; its first row names the columns.")])
    wanted = mapping.document.reading.separator
    candidates = SEPARATORS if wanted == "auto" else (wanted,)
    names = set(mapping.document.columns.named().values())
    parsed = [(sep, [name.strip() for name in next(csv.reader([line], delimiter=sep))]) for sep in candidates]
    return max(parsed, key=lambda pair: (len(names.intersection(pair[1])), len(pair[1])))


def _blocks(stream: TextIO, separator: str, file: str) -> Iterator[tuple[list[list[str]], Ints]]:
    """Rows with the line that each one begins on; empty lines are no rows."""
    reader = csv.reader(stream, delimiter=separator)
    block: list[list[str]] = []
    lines: list[int] = []
    ended = 1  # the header was read before
    try:
        for row in reader:
            if any(row):
                block.append(row)
                lines.append(ended + 1)
            ended = reader.line_num + 1
            if len(block) == _BLOCK:
                yield block, np.array(lines, np.int64)
                block, lines = [], []
    except csv.Error as error:
        rule = f"not CSV ({error}); look for a quote left open here or above."
        raise InputError([Problem(file, ended + 1, "", "", rule)]) from None
    if block:
        yield block, np.array(lines, np.int64)


def _places(header: Sequence[str], file: str, mapping: OrderMapping, line: int | None) -> dict[str, int]:
    """Where each mapped column stands in the file."""
    if mapping.file is None:
        # without a mapping the file speaks our language: whatever it has of it is read
        needed = Columns().named()
        named = {key: key for key in Columns.model_fields if key in header or key in needed}
    else:
        named = mapping.document.columns.named()
    problems = []
    for key, name in named.items():
        count = header.count(name)
        if count == 1:
            continue
        if count > 1:
            rule = f"{count} columns of {file} have this name; rename the others."
        else:
            near = get_close_matches(name, header, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            rule = f"{file} has no such column; {hint}It has: {', '.join(header)}."
        if mapping.file is None:
            way = " Say in a mapping what the columns are called." if count == 0 else ""
            problems.append(Problem(file, line, name, "", rule + way))
        else:
            shown = rule if key in _written(mapping) else f"{name!r}: {rule}"
            problems.append(mapping.problem(f"columns.{key}", shown))
    if problems:
        raise InputError(problems)
    return {key: header.index(name) for key, name in named.items()}


def _written(mapping: OrderMapping) -> Mapping[str, Any]:
    """The columns that the mapping names itself; the others have their default names."""
    columns = mapping.tree.mapping.get("columns")
    return columns.mapping if columns is not None else {}


# -- Parquet ---------------------------------------------------------------------------------------------------------


def _read_parquet(path: Path, file: str, mapping: OrderMapping) -> OrderFile:
    import duckdb

    literal = "".join(f"[{c}]" if c in "*?[" else c for c in str(path))  # DuckDB would take them for patterns
    offline = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    try:
        with duckdb.connect(config=offline) as connection:
            described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [literal]).fetchall()
            header = [str(row[0]) for row in described]
            places = _places(header, file, mapping, None)
            # as texts, like those of a CSV file: one way to read dates and numbers, whatever the file is
            wanted = ", ".join(f"coalesce({_quoted(header[place])}::VARCHAR, '')" for place in places.values())
            found = connection.execute(f"SELECT {wanted} FROM read_parquet(?)", [literal])
            gatherer = _Gatherer(list(places))
            count = 0
            while block := found.fetchmany(_BLOCK):
                gatherer.add(zip(*block, strict=True), len(block))
                count += len(block)
    except duckdb.Error as error:
        rule = f"not readable as Parquet ({str(error).splitlines()[0]})."
        raise InputError([Problem(file, None, "", "", rule)]) from None
    if not count:
        raise InputError([Problem(file, None, "", "", "has no rows.")])
    return OrderFile(file, "row", gatherer.texts(), np.arange(1, count + 1), np.full(count, -1))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
