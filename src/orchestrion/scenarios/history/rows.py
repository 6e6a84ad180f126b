"""Rows of an order file become numbers, or are dropped for one reason each; nothing is mended in silence."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.world import Flags, Floats, Ints
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.history.dates import NO_TIME, Ambiguous, Dates, dates_of
from orchestrion.scenarios.history.files import OrderFile, read_orders
from orchestrion.scenarios.history.mapping import Mapping as OrderMapping
from orchestrion.scenarios.history.mapping import read_mapping
from orchestrion.units import DAY, MICRO


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is dropped: in words, the column that shows it, and how to mend it where it is a defect of the file.

    Rows without a way to be mended are sound, and left out by a rule.
    """

    text: str
    column: str
    mend: str = ""


# in the order in which the reasons are looked for
REASONS: dict[str, Reason] = {
    "values": Reason(
        "wrong number of values for the columns",
        "",
        "put quotes around values that hold a separator, or complete the row",
    ),
    "order": Reason("no order number", "order", "write the number of the order on every row"),
    "cancelled": Reason("a cancelled order", "order"),
    "status": Reason("an order whose state does not count", "status"),
    "abroad": Reason("delivered to a country that is not served", "country"),
    "sku": Reason("no SKU", "sku", "write the SKU, or list such rows under rules.not_products"),
    "not_product": Reason("not a product", "sku"),
    "quantity": Reason("the quantity is no whole number", "quantity", "write whole units, such as 2"),
    "returned": Reason("quantity of zero or below: a return, a cancellation or a correction", "quantity"),
    "large": Reason("quantity above the largest that the mapping allows", "quantity"),
    "date": Reason("no readable date", "t", "write it like the others, or name reading.date_format in a mapping"),
    "price": Reason("the price is no number", "price", "write a number, such as 19.90 or 19,90"),
    "no_price": Reason("no price above zero", "price"),
    "option": Reason("an option that neither scenario nor mapping knows", "option"),
    "address": Reason("an address that is not in mainland France", "address"),
    "before": Reason("before the first day replayed", "t"),
    "after": Reason("after the last day replayed", "t"),
}
INDEX = {reason: i for i, reason in enumerate(REASONS)}
KEPT = -1  # in place of a reason
_MOST_EUR = 1_000_000.0
_SWAP = str.maketrans(",.", ".,")
_SIGNS = re.compile("[\\s\u00a0\u202f'’€£$]")  # thousands separators and currency signs
_GROUPS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
_PLAIN = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


class Verdicts:
    """Why each row is dropped; the first reason found counts."""

    def __init__(self, count: int) -> None:
        self.reason: NDArray[np.int8] = np.full(count, KEPT, np.int8)

    def drop(self, reason: str, rows: Flags) -> None:
        """Drop those of the rows that still count."""
        self.reason[rows & (self.reason == KEPT)] = INDEX[reason]

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


@dataclass(frozen=True, slots=True)
class Hints:
    """What a file's texts show about all of them: the decimal sign (`any`: both are used) and how dates are written."""

    decimal: str
    dates: Dates


def hints_of(texts: Mapping[str, Iterable[str]], file: str, typed: bool, mapping: OrderMapping) -> Hints:
    """Look at the texts of each column.

    Raises
    ------
    InputError
        If they do not tell.
    """
    problems: list[Problem] = []
    decimal, dates = ".", None
    try:
        decimal = _decimal(texts, file, typed, mapping)
    except InputError as error:
        problems += error.problems
    reading = mapping.document.reading
    try:
        dates = dates_of(texts["t"], reading.date_formats, reading.zone, reading.written_in, typed)
    except KeyError as error:
        name = "zone" if error.args[0] == reading.zone else "written_in"
        problems.append(mapping.problem(f"reading.{name}", "not a time zone; write one such as Europe/Paris."))
    except Ambiguous as error:
        rule = (
            f"does the day or the month come first in {str(error)!r}? The file does not tell; write "
            "reading.date_format in a mapping, such as dd/mm/yyyy."
        )
        problems.append(Problem(file, None, "t", "", rule))
    if problems or dates is None:
        raise InputError(problems)
    return Hints(decimal, dates)


def clean(file: OrderFile, mapping: OrderMapping, hints: Hints | None = None) -> Rows:
    """Numbers for every row, and the reason why it is dropped, where there is one.

    Parameters
    ----------
    hints
        What the whole file shows, where these rows are only a part of it.
    """
    document = mapping.document
    rules, columns = document.rules, file.columns
    verdicts = Verdicts(len(file))
    if hints is None:
        hints = hints_of({name: column.texts for name, column in columns.items()}, file.file, file.typed, mapping)
    decimal, dates = hints.decimal, hints.dates

    def says(column: str, test: Callable[[str], bool]) -> Flags:
        found = columns[column]
        return np.array([test(text) for text in found.texts], bool)[found.codes]

    def numbers(column: str) -> Floats:
        found = columns[column]
        return np.array([number_of(text, decimal) for text in found.texts])[found.codes]

    verdicts.drop("values", file.width >= 0)
    verdicts.drop("order", says("order", _empty))
    verdicts.drop("cancelled", says("order", like(rules.cancelled_orders)))
    if "status" in columns:
        verdicts.drop("status", says("status", like(rules.cancelled_statuses)))
    if "country" in columns and rules.countries:
        served = like(rules.countries)
        verdicts.drop("abroad", says("country", lambda text: bool(text) and not served(text)))
    verdicts.drop("sku", says("sku", _empty))
    if rules.products:
        verdicts.drop("not_product", ~says("sku", like(rules.products)))
    verdicts.drop("not_product", says("sku", like(rules.not_products)))
    quantity = numbers("quantity")
    verdicts.drop("quantity", ~(np.floor(quantity) == quantity))  # nan is unequal to itself
    verdicts.drop("returned", quantity <= 0)
    verdicts.drop("large", quantity > rules.quantity_at_most)
    moments = columns["t"]
    seconds = np.array([dates.seconds(text) for text in moments.texts], np.int64)
    t = seconds[moments.codes]
    verdicts.drop("date", t == NO_TIME)
    price = numbers("price") * document.prices.eur
    if document.prices.per == "line":
        price = price / np.where(quantity > 0, quantity, 1.0)
    verdicts.drop("price", ~says("price", _empty) & ~(np.abs(price) <= _MOST_EUR))
    price = np.where(price > 0, price, 0.0)
    if rules.missing_price == "drop":
        verdicts.drop("no_price", price == 0)
    usable = verdicts.kept
    known = seconds[seconds != NO_TIME]
    return Rows(
        file=file,
        mapping=mapping,
        verdicts=verdicts,
        t=t,
        quantity=np.where(usable, quantity, 0).astype(np.int64),
        price=np.rint(np.where(usable, price, 0.0) * MICRO).astype(np.int64),
        dates_only=bool(len(known)) and not (known % DAY).any(),
        numbers={name: numbers(name) for name in ("lat", "lon", "mass_g", "volume_cm3") if name in columns},
    )


def _empty(text: str) -> bool:
    return not text


def like(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a text is like one of the patterns with * and ?."""
    # fnmatch would read brackets as alternatives: here they are brackets
    plain = [translate(pattern.replace("[", "[[]")) for pattern in patterns]
    if not plain:
        return lambda text: False
    expression = re.compile("|".join(plain), re.IGNORECASE)
    return lambda text: expression.match(text) is not None


# -- numbers ---------------------------------------------------------------------------------------------------------


def number_of(text: str, decimal: str) -> float:
    """A number with this decimal sign, `any` where both are used; nan for none.

    >>> number_of("1 250,00 €", ","), number_of("1,250.00", "."), number_of("19,90", "any"), number_of("19.90", "any")
    (1250.0, 1250.0, 19.9, 19.9)
    """
    plain = _SIGNS.sub("", text)
    if decimal == "any":
        if _GROUPS.fullmatch(plain) and "." not in plain:
            return math.nan  # 1,250 could be either
        decimal = _own_decimal(plain)
    if decimal == ",":
        plain = plain.translate(_SWAP)
    if _GROUPS.fullmatch(plain):
        plain = plain.replace(",", "")  # only in groups of three is a comma no slip
    return float(plain) if _PLAIN.fullmatch(plain) else math.nan


def _own_decimal(text: str) -> str:
    """The decimal sign of one text by itself: the last one."""
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        return "," if comma > point else "."
    return "," if comma >= 0 else "."


def decimal_of(texts: Iterable[str], typed: bool) -> str | None:
    """The decimal sign of these numbers; `any` where both are used beyond doubt; None where they do not tell."""
    texts = [_SIGNS.sub("", text) for text in texts]
    comma = [text for text in texts if "," in text and re.search(r"\d", text)]
    if not comma:
        return "."
    both = [text for text in comma if "." in text]
    if both:
        signs = {"," if text.rindex(",") > text.rindex(".") else "." for text in both}
        return signs.pop() if len(signs) == 1 else "any"
    told = any(not _GROUPS.fullmatch(text) for text in comma)  # 19,90 has decimals, 1,250 may have none
    points = [text for text in texts if "." in text and _PLAIN.fullmatch(text)]
    plain = [text for text in points if typed or not _GROUPS.fullmatch(text.translate(_SWAP))]
    if told and plain:
        return "any" if len(plain) == len(points) else None
    return "," if told else "." if plain else None


def _decimal(texts: Mapping[str, Iterable[str]], file: str, typed: bool, mapping: OrderMapping) -> str:
    """The decimal sign of the file's numbers, looked for in its prices and coordinates."""
    wanted = mapping.document.reading.decimal
    if wanted != "auto" and not typed:
        return wanted
    found = [text for name in ("price", "lat", "lon") for text in texts.get(name, ())]
    sign = decimal_of(found, typed)
    if sign is not None:
        return sign
    shown = next(text for text in found if "," in text)
    rule = f'does "," in {shown!r} begin the decimals? The file does not tell; write reading.decimal in a mapping.'
    raise InputError([Problem(file, None, "price", "", rule)])
