"""Reads an order file into columns of texts: every value as somebody wrote it, every row numbered.

A column holds each different text once, and for each row which one it is: real order files say the same thing often,
and a date or price is then read once, not once a row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from orchestrion.domain.world import Ints
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.mapping import Columns
from orchestrion.scenarios.history.mapping import Mapping as OrderMapping
from orchestrion.scenarios.sheets import Sheet, columns_of, open_sheet

_EITHER = " | "


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
    names
        What the file calls its columns, where that is known.
    """

    file: str
    row_word: str  # "line" or "row"
    columns: Mapping[str, Texts]
    numbers: Ints
    width: Ints
    typed: bool = False
    names: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.numbers)


def read_orders(path: Path, mapping: OrderMapping) -> OrderFile:
    """The mapped columns of an order file.

    Raises
    ------
    InputError
        If it cannot be read, has no rows, or lacks a column.
    """
    document = mapping.document
    sheet = open_sheet(path, wanted_names(document.columns), document.reading)
    places = column_places(sheet, mapping)
    gatherer = Gatherer(list(places))
    numbers: list[Ints] = []
    widths: list[Ints] = []
    for block in sheet.blocks():
        gatherer.add(columns_of(block, list(places.values())), len(block.rows))
        numbers.append(block.numbers)
        widths.append(block.widths)
    if not numbers:
        rule = "has a header but no rows." if sheet.word == "line" else "has no rows."
        raise InputError([Problem(sheet.file, None, "", "", rule)])
    columns = gatherer.texts()
    if document.columns.order is None:
        columns["order"] = Rebuilt().orders(columns)
    names = {key: " | ".join(sheet.header[i] for i in place) for key, place in places.items()}
    return OrderFile(
        sheet.file, sheet.word, columns, np.concatenate(numbers), np.concatenate(widths), sheet.typed, names
    )


class Gatherer:
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


class Rebuilt:
    """Order numbers for a file that has none: neighbouring rows of one moment, customer and address are one order.

    On the first 240,007 lines of UCI Online Retail, whose invoice numbers are known, this finds 12,090 orders for
    12,468 invoices: a customer's invoices of one minute become one, and 0.3 % of the invoices are split.
    """

    SAME = ("t", "customer", "country", "postcode", "city", "commune", "lat", "lon")

    def __init__(self) -> None:
        self._last: tuple[str, ...] | None = None
        self._count = 0

    def orders(self, columns: Mapping[str, Texts]) -> Texts:
        """The numbers of the next rows: r1, r2, ...; what a block broke in two is one order still."""
        shared = [columns[name] for name in self.SAME if name in columns]
        codes = np.stack([column.codes for column in shared], axis=1)
        new = np.ones(len(codes), bool)
        new[1:] = (codes[1:] != codes[:-1]).any(axis=1)
        new[0] = tuple(column.at(0) for column in shared) != self._last
        number = self._count + np.cumsum(new)
        self._last = tuple(column.at(len(codes) - 1) for column in shared)
        first, self._count = int(number[0]), int(number[-1])
        return Texts(number - first, [f"r{i}" for i in range(first, self._count + 1)])


def wanted_names(columns: Columns) -> list[str]:
    """The columns that may be in the file."""
    return [name for wanted in columns.named().values() for name in wanted.split(_EITHER)]


def column_places(sheet: Sheet, mapping: OrderMapping) -> dict[str, tuple[int, ...]]:
    """Where each mapped column stands in the file.

    Raises
    ------
    InputError
        All that are missing, or there twice.
    """
    header, file = sheet.header, sheet.file
    if mapping.file is None:
        # without a mapping the file speaks our language: whatever it has of it is read
        needed = Columns().named()
        named = {key: key for key in Columns.model_fields if key in header or key in needed}
        if "commune" in named:
            named = {key: name for key, name in named.items() if key not in ("postcode", "city")}
    else:
        named = mapping.document.columns.named()
    problems = []
    places: dict[str, tuple[int, ...]] = {}
    for key, wanted in named.items():
        either = [name for name in wanted.split(_EITHER) if name in header]
        name = next((name for name in either if header.count(name) > 1), either[0] if either else wanted)
        count = header.count(name)
        if count == 1:
            places[key] = tuple(header.index(one) for one in either)
            continue
        if not count and _EITHER in wanted and Columns.model_fields[key].default is None:
            continue  # some of these files have it, and can do without
        if count > 1:
            rule = f"{count} columns of {file} have this name; rename the others."
        else:
            near = get_close_matches(name, header, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            rule = f"{file} has no such column; {hint}It has: {', '.join(header)}."
        if mapping.file is None:
            way = " Say in a mapping what the columns are called." if count == 0 else ""
            problems.append(Problem(file, sheet.header_line, name, "", rule + way))
        else:
            shown = rule if key in _written(mapping) else f"{name!r}: {rule}"
            problems.append(mapping.problem(f"columns.{key}", shown))
    if problems:
        raise InputError(problems)
    return places


def _written(mapping: OrderMapping) -> Mapping[str, Any]:
    """The columns that the mapping names itself; the others have their default names."""
    columns = mapping.tree.mapping.get("columns")
    return columns.mapping if columns is not None else {}
