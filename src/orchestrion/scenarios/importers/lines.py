"""Order lines on their way in: cleaned block by block, stripped of personal data, written as they come.

The file is read twice: once to see how numbers and dates are written, once to take it over. Memory holds one block, and
each different SKU, order number, customer and address once.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import repeat
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from orchestrion.domain.codes import ONLINE_CHANNELS
from orchestrion.domain.world import Ints
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.addresses import AddressBook
from orchestrion.scenarios.history.files import OrderFile, Texts
from orchestrion.scenarios.history.mapping import Mapping
from orchestrion.scenarios.history.replay import channel_rows, found_communes, option_of
from orchestrion.scenarios.history.rows import KEPT, REASONS, Rows, clean, hints_of
from orchestrion.scenarios.importers.family import Request
from orchestrion.scenarios.importers.report import ImportReport, shown
from orchestrion.units import MICRO

ORDERS, LEFT_OUT = "orders.csv", "left_out.csv"
_EPOCH = datetime(1970, 1, 1)
_OPTIONAL = ("label", "option", "channel", "customer", "commune", "lat", "lon", "node", "mass_g", "volume_cm3")
_PERSONAL = ("customer", "label", "city")  # never repeated in a message
Blocks = Callable[[], Iterable[OrderFile]]


@dataclass(slots=True)
class Taken:
    """What was taken over of the lines."""

    rows: int = 0
    lines: int = 0
    units: int = 0
    orders: int = 0
    skus: int = 0
    first_s: int = 2**62
    last_s: int = -(2**62)
    dates_only: bool = True
    columns: tuple[str, ...] = ()
    options: dict[str, int] = field(default_factory=dict)
    unknown_options: dict[str, int] = field(default_factory=dict)
    orders_file: Path | None = None
    left_out_file: Path | None = None


def take_over(blocks: Blocks, mapping: Mapping, request: Request, report: ImportReport) -> Taken:
    """Read all lines, tell what is left out, and write the rest.

    Raises
    ------
    InputError
        If the file does not show how its numbers or dates are written.
    """
    seen: dict[str, dict[str, None]] = {}
    file, typed, names = "", False, {}
    for block in blocks():
        file, typed, names = block.file, block.typed, dict(block.names)
        for name in ("t", "price", "lat", "lon"):
            if name in block.columns:
                seen.setdefault(name, {}).update(zip(block.columns[name].texts, repeat(None), strict=False))
    if not seen:
        raise InputError([Problem(report.files[0], None, "", "", "has no rows.")])
    try:
        hints = hints_of(seen, file, typed, mapping)
    except InputError as error:
        told = [Problem(p.file, p.line, names.get(p.where, p.where), p.value, p.rule) for p in error.problems]
        raise InputError(told) from None
    decimal = {".": "decimal points", ",": "decimal commas", "any": "decimal points and commas"}[hints.decimal]
    order = {True: "day first", False: "month first", None: "as told"}[hints.dates.day_first]
    report.understood.append(f"Numbers with {decimal}; dates {order if not hints.dates.formats else 'as told'}.")
    taking = _Taking(mapping, request, report)
    try:
        for block in blocks():
            taking.take(clean(block, mapping, hints))
    except BaseException:
        taking.close(keep=False)
        raise
    taking.close(keep=True)
    return taking.finished()


class _Taking:
    """One import under way."""

    def __init__(self, mapping: Mapping, request: Request, report: ImportReport) -> None:
        self.mapping, self.request, self.report = mapping, request, report
        self.book = AddressBook(request.communes())
        self.taken = Taken()
        self._customers: dict[bytes, int] = {}
        self._orders: set[bytes] = set()  # only counted
        self._skus: set[str] = set()  # only counted
        self._words = {
            **{key.casefold(): key for key in request.base.document.options},
            **{word.casefold(): key for word, key in mapping.document.options.items()},
        }
        self._streams: list[TextIO] = []
        self._out: Any = None
        self._left: Any = None

    # -- files ------------------------------------------------------------------------------------------------------

    def _open(self, name: str, header: Iterable[str]) -> Any:
        assert self.request.into is not None
        path = self.request.into / f"{name}.part"
        stream = path.open("w", encoding="utf-8", newline="")
        self._streams.append(stream)
        if name == ORDERS:
            self.taken.orders_file = path
        else:
            self.taken.left_out_file = path
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        return writer

    def close(self, *, keep: bool) -> None:
        """No more rows come."""
        for stream in self._streams:
            stream.close()
        if not keep:
            for path in (self.taken.orders_file, self.taken.left_out_file):
                if path is not None:
                    path.unlink(missing_ok=True)

    def finished(self) -> Taken:
        """What was taken."""
        taken = self.taken
        taken.orders, taken.skus = len(self._orders), len(self._skus)
        return taken

    # -- rows -------------------------------------------------------------------------------------------------------

    def take(self, rows: Rows) -> None:
        """One block."""
        taken, columns = self.taken, rows.file.columns
        if not taken.columns:
            found = {name: True for name in _OPTIONAL if name in columns}
            if "postcode" in columns:
                found["commune"] = True
            taken.columns = tuple(name for name in _OPTIONAL if name in found)
        taken.rows += len(rows.file)
        self._tell(rows)
        keep = np.flatnonzero(rows.verdicts.kept)
        if not len(keep):
            return
        t, quantity = rows.t[keep], rows.quantity[keep]
        taken.lines += len(keep)
        taken.units += int(quantity.sum())
        taken.first_s, taken.last_s = min(taken.first_s, int(t.min())), max(taken.last_s, int(t.max()))
        taken.dates_only &= rows.dates_only
        order = _texts(columns["order"], keep)
        sku = _texts(columns["sku"], keep)
        self._orders.update(map(_short, dict.fromkeys(order)))
        self._skus.update(dict.fromkeys(sku))
        told = {name: list(self._column(name, rows, keep)) for name in taken.columns}
        if self.request.into is None:
            return
        if self._out is None:
            self._out = self._open(ORDERS, ("order", "t", "sku", "quantity", "price", *taken.columns))
        moments = {s: (_EPOCH + timedelta(seconds=s)).isoformat(" ") for s in np.unique(t).tolist()}
        prices = {p: _euros(p) for p in np.unique(rows.price[keep]).tolist()}
        self._out.writerows(
            zip(
                order,
                [moments[s] for s in t.tolist()],
                sku,
                quantity.tolist(),
                [prices[p] for p in rows.price[keep].tolist()],
                *told.values(),
                strict=True,
            )
        )

    def _column(self, name: str, rows: Rows, keep: Ints) -> Iterator[str]:
        """A column as it is written."""
        columns = rows.file.columns
        if name == "customer":
            return iter(self._pseudonyms(columns[name], keep))
        if name == "commune":
            return iter(self._communes(rows, keep))
        if name == "channel":
            keys = ["", *(channel.key for channel in ONLINE_CHANNELS)]
            meant = channel_rows(columns[name].texts, self.mapping.document.channels)[columns[name].codes[keep]]
            return (keys[row + 1] for row in meant.tolist())
        if name == "option":
            return iter(self._options(columns[name], keep))
        if name in rows.numbers:
            return ("" if np.isnan(value) else f"{value:.10g}" for value in rows.numbers[name][keep].tolist())
        return iter(_texts(columns[name], keep))

    def _pseudonyms(self, column: Texts, keep: Ints) -> list[str]:
        """Customers by number, in order of appearance: nothing leads back to who they are."""
        named: dict[int, str] = {}
        for code in dict.fromkeys(column.codes[keep].tolist()):
            text = column.texts[code]
            named[code] = f"c{self._customers.setdefault(_short(text), len(self._customers) + 1)}" if text else ""
        return [named[code] for code in column.codes[keep].tolist()]

    def _communes(self, rows: Rows, keep: Ints) -> list[str]:
        columns = rows.file.columns
        if "commune" in columns:
            codes = columns["commune"]
            places = np.array([self.book.code(text) for text in codes.texts], np.int64)[codes.codes]
            said = codes
        else:
            places, said = found_communes(columns, self.book), columns["postcode"]
        lost = keep[places[keep] < 0]
        for row in lost.tolist():
            text = said.at(row)
            place = shown(text) if text and any(c.isdigit() for c in text) else "no postcode"
            self.report.not_found[place] = self.report.not_found.get(place, 0) + 1
        keys = [*self.book.addresses.key, ""]
        return [keys[place] for place in places[keep].tolist()]

    def _options(self, column: Texts, keep: Ints) -> list[str]:
        meant = [option_of(text, self._words) for text in column.texts]
        codes, counts = np.unique(column.codes[keep], return_counts=True)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
            option, word = meant[code], column.texts[code]
            book = self.taken.options if option else self.taken.unknown_options
            key = option or word
            if key:
                book[key] = book.get(key, 0) + count
        return [meant[code] or "" for code in column.codes[keep].tolist()]

    # -- what is left out -------------------------------------------------------------------------------------------

    def _tell(self, rows: Rows) -> None:
        keys = list(REASONS)
        file = rows.file
        for row in np.flatnonzero(rows.verdicts.reason != KEPT).tolist():
            reason = REASONS[keys[int(rows.verdicts.reason[row])]]
            number = int(file.numbers[row])
            column = file.names.get(reason.column, reason.column)
            if reason.column:
                text = file.columns[reason.column].at(row)
                # a product's code may look like a phone number, its name like a person's
                plain = repr(text) if _a_product(reason.column, text) else shown(text)
                value = "" if reason.column in _PERSONAL else plain
            else:
                value = f"{int(file.width[row])} values"
            if reason.mend:
                if reason is REASONS["values"]:
                    column, value = "", ""
                    text = f"{reason.text} ({int(file.width[row])}); {reason.mend}."
                else:
                    text = f"{reason.text}; {reason.mend}."
                self.report.defect(Problem(file.file, number, column, value, text))
            example = f"{file.row_word} {number}: {f'{column} = ' if column else ''}{value}".rstrip(": ")
            self.report.leave_out(reason.text, example)
            if self.request.into is not None:
                if self._left is None:
                    self._left = self._open(LEFT_OUT, ("file", file.row_word, "column", "value", "reason", "defect"))
                self._left.writerow(
                    [Path(file.file).name, number, column, value, reason.text, "yes" if reason.mend else "no"]
                )


def _texts(column: Texts, keep: Ints) -> list[str]:
    texts = column.texts
    return [texts[code] for code in column.codes[keep].tolist()]


def _a_product(column: str, text: str) -> bool:
    return column == "sku" and "@" not in text and len(text) <= 60


def _short(text: str) -> bytes:
    """Eight bytes that stand for a text: two of ten million texts are the same with a chance of 1 in 300,000."""
    return blake2b(text.encode(), digest_size=8).digest()


def _euros(price: int) -> str:
    return f"{price / MICRO:.6f}".rstrip("0").rstrip(".")


