"""Rows of an order file become numbers, or are dropped for one reason each; nothing is mended in silence."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.world import Flags, Floats, Ints
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.files import OrderFile, Texts, read_orders
from orchestrion.scenarios.history.mapping import Mapping as OrderMapping
from orchestrion.scenarios.history.mapping import read_mapping, strptime_format
from orchestrion.units import DAY, MICRO

# why a row is dropped, in the order in which the reasons are looked for, and the column that shows it
REASONS: dict[str, tuple[str, str]] = {
    "values": ("wrong number of values for the columns", ""),
    "order": ("no order number", "order"),
    "cancelled": ("a cancelled order", "order"),
    "sku": ("no SKU", "sku"),
    "not_product": ("not a product", "sku"),
    "quantity": ("the quantity is no whole number", "quantity"),
    "returned": ("quantity of zero or below: a return, a cancellation or a correction", "quantity"),
    "large": ("quantity above the largest that the mapping allows", "quantity"),
    "date": ("no readable date", "t"),
    "price": ("the price is no number", "price"),
    "no_price": ("no price above zero", "price"),
    "option": ("an option that neither scenario nor mapping knows", "option"),
    "address": ("an address that is not in mainland France", "address"),
    "before": ("before the first day replayed", "t"),
    "after": ("after the last day replayed", "t"),
}
_INDEX = {reason: i for i, reason in enumerate(REASONS)}
KEPT = -1  # in place of a reason
_EPOCH = datetime(1970, 1, 1)
_MOST_EUR = 1_000_000.0
_SWAP = str.maketrans(",.", ".,")
_SIGNS = re.compile("[\\s\u00a0\u202f'’€£$]")  # thousands separators and currency signs


class Verdicts:
    """Why each row is dropped; the first reason found counts."""

    def __init__(self, count: int) -> None:
        self.reason: NDArray[np.int8] = np.full(count, KEPT, np.int8)

    def drop(self, reason: str, rows: Flags) -> None:
        """Drop those of the rows that still count."""
        self.reason[rows & (self.reason == KEPT)] = _INDEX[reason]

    @property
    def kept(self) -> Flags:
        """Rows that count."""
        return np.asarray(self.reason == KEPT)

    def copy(self) -> Verdicts:
        """Another one that starts from here."""
        other = Verdicts(0)
        other.reason = self.reason.copy()
        return other


@dataclass(frozen=True, slots=True)
class Rows:
    """Every row of the file with its numbers; those of dropped rows mean nothing."""

    file: OrderFile
    mapping: OrderMapping
    verdicts: Verdicts
    t: Ints  # local seconds since 1970
    quantity: Ints
    price: Ints  # micro-euros, tax as in the file; 0 where it is missing
    dates_only: bool  # no row has a time of day
    numbers: Mapping[str, Floats]  # lat, lon, mass_g, volume_cm3, where the file has them; nan where a row has not


def read_rows(orders: str, mapping: str | None) -> Rows:
    """The rows of an order file, cleaned by a mapping; the last files read are kept.

    Raises
    ------
    InputError
        If file or mapping cannot be read or do not fit each other.
    """
    stamps = tuple(Path(path).stat().st_mtime_ns if path and Path(path).is_file() else 0 for path in (orders, mapping))
    return _read(orders, mapping, stamps)


@lru_cache(maxsize=2)
def _read(orders: str, mapping: str | None, stamps: tuple[int, ...]) -> Rows:
    how = read_mapping(mapping)
    return clean(read_orders(Path(orders), how), how)


def clean(file: OrderFile, mapping: OrderMapping) -> Rows:
    """Numbers for every row, and the reason why it is dropped, where there is one."""
    document = mapping.document
    rules, columns = document.rules, file.columns
    verdicts = Verdicts(len(file))
    decimal = _decimal(file, mapping)

    def says(column: str, test: Callable[[str], bool]) -> Flags:
        found = columns[column]
        return np.array([test(text) for text in found.texts], bool)[found.codes]

    def numbers(column: str) -> Floats:
        found = columns[column]
        return np.array([_number(text, decimal) for text in found.texts])[found.codes]

    verdicts.drop("values", file.width >= 0)
    verdicts.drop("order", says("order", _empty))
    verdicts.drop("cancelled", says("order", _like(rules.cancelled_orders)))
    verdicts.drop("sku", says("sku", _empty))
    if rules.products:
        verdicts.drop("not_product", ~says("sku", _like(rules.products)))
    verdicts.drop("not_product", says("sku", _like(rules.not_products)))
    quantity = numbers("quantity")
    verdicts.drop("quantity", ~(np.floor(quantity) == quantity))  # nan is unequal to itself
    verdicts.drop("returned", quantity <= 0)
    verdicts.drop("large", quantity > rules.quantity_at_most)
    t, dates_only = _moments(columns["t"], mapping, typed=file.row_word == "row")
    verdicts.drop("date", t == _NO_TIME)
    price = numbers("price") * document.prices.eur
    verdicts.drop("price", ~says("price", _empty) & ~(np.abs(price) <= _MOST_EUR))
    price = np.where(price > 0, price, 0.0)
    if rules.missing_price == "drop":
        verdicts.drop("no_price", price == 0)
    usable = verdicts.kept
    return Rows(
        file=file,
        mapping=mapping,
        verdicts=verdicts,
        t=t,
        quantity=np.where(usable, quantity, 0).astype(np.int64),
        price=np.rint(np.where(usable, price, 0.0) * MICRO).astype(np.int64),
        dates_only=dates_only,
        numbers={name: numbers(name) for name in ("lat", "lon", "mass_g", "volume_cm3") if name in columns},
    )


def _empty(text: str) -> bool:
    return not text


def _like(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a text is like one of the patterns with * and ?."""
    # fnmatch would read brackets as alternatives: here they are brackets
    plain = [translate(pattern.replace("[", "[[]")) for pattern in patterns]
    if not plain:
        return lambda text: False
    expression = re.compile("|".join(plain), re.IGNORECASE)
    return lambda text: expression.match(text) is not None


# -- numbers ---------------------------------------------------------------------------------------------------------


def _number(text: str, decimal: str) -> float:
    """A number with this decimal sign; nan for none."""
    plain = _SIGNS.sub("", text)
    if decimal == ",":
        plain = plain.translate(_SWAP)
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", plain):
        plain = plain.replace(",", "")  # only in groups of three is a comma no slip
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", plain):
        return math.nan
    return float(plain)


def _decimal(file: OrderFile, mapping: OrderMapping) -> str:
    """The decimal sign of the file's numbers, looked for in its prices and coordinates.

    Raises
    ------
    InputError
        If the file does not tell.
    """
    wanted = mapping.document.reading.decimal
    if file.row_word == "row":
        return "."  # Parquet holds numbers
    if wanted != "auto":
        return wanted
    texts = [t for name in ("price", "lat", "lon") if name in file.columns for t in file.columns[name].texts]
    comma = [text for text in texts if "," in text]
    both = [text for text in comma if "." in text]
    if both:
        return "," if all(text.rindex(",") > text.rindex(".") for text in both) else "."
    if not comma:
        return "."
    tell = [text for text in comma if not re.fullmatch(r"\D*\d{1,3}(,\d{3})+\D*", text)]
    if tell and not any("." in text for text in texts):
        return ","
    rule = f'does "," in {comma[0]!r} begin the decimals? The file does not tell; write reading.decimal in a mapping.'
    raise InputError([Problem(file.file, None, "price", "", rule)])


# -- dates -----------------------------------------------------------------------------------------------------------

_NO_TIME = np.iinfo(np.int64).min


def _moments(column: Texts, mapping: OrderMapping, typed: bool) -> tuple[Ints, bool]:
    """Local seconds since 1970 of each row, and whether all are midnights."""
    reading = mapping.document.reading
    try:
        zone: Any = ZoneInfo(reading.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        rule = "not a time zone; write one such as Europe/Paris."
        raise InputError([mapping.problem("reading.zone", rule)]) from None
    form = None if reading.date_format is None else strptime_format(reading.date_format)
    # a Parquet file may hold moments, written as ISO 8601 when turned into text, or texts of somebody's own making
    forms = [form, None] if typed and form is not None else [form]

    def seconds(text: str) -> int:
        for written in forms:
            try:
                moment = datetime.fromisoformat(text) if written is None else datetime.strptime(text, written)
            except ValueError:
                continue
            if moment.tzinfo is not None:
                moment = moment.astimezone(zone).replace(tzinfo=None)
            return int((moment - _EPOCH).total_seconds() // 1)
        return _NO_TIME

    found = np.array([seconds(text) for text in column.texts], np.int64)
    known = found[found != _NO_TIME]
    return found[column.codes], bool(len(known)) and not (known % DAY).any()
