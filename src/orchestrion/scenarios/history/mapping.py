"""The mapping: how the columns of somebody's order file are read, and which of its rows count.

A small YAML file, as strict as a scenario document: unknown keys and wrong values are named by file and line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.checking import checked
from orchestrion.scenarios.history.places import bundled_mappings
from orchestrion.scenarios.reader import MAX_BYTES, read_text, relative_to_cwd
from orchestrion.scenarios.written import Written

_TOKENS = {"yyyy": "%Y", "yy": "%y", "m": "%m", "d": "%d", "h": "%H", "M": "%M", "s": "%S"}
_PROBE = datetime(2026, 11, 23, 17, 45)


def strptime_format(text: str) -> str:
    """A date format in Python's directives, from those or from the letters that spreadsheets use.

    >>> strptime_format("dd/mm/yyyy HH:MM"), strptime_format("%m/%d/%y %H:%M")
    ('%d/%m/%Y %H:%M', '%m/%d/%y %H:%M')
    """
    if "%" in text:
        return text

    def directive(match: re.Match[str]) -> str:
        word = match[0]
        if word.startswith("y"):
            return _TOKENS[word]
        return _TOKENS["M" if word[0] == "M" else word[0].lower()]

    return re.sub(r"yyyy|yy|mm?|dd?|[hH]{1,2}|MM?|[sS]{1,2}", directive, text)


def _date_format(text: str) -> str:
    rule = 'must tell day, month and year, such as "dd/mm/yyyy HH:MM" or "%d/%m/%Y %H:%M"'
    try:
        known = strptime_format(text)
        read = datetime.strptime(_PROBE.strftime(known), known)
    except (ValueError, re.error):  # such as one directive twice
        raise ValueError(rule) from None
    if read.date() != _PROBE.date():
        raise ValueError(rule)
    return text


DateFormat = Annotated[str, AfterValidator(_date_format)]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _p(default: Any, meaning: str, unit: str = "", **checks: Any) -> Any:
    """A parameter: default, meaning and unit in one place."""
    return Field(default, description=meaning, json_schema_extra={"unit": unit}, **checks)


class Columns(_Document):
    """What the columns are called in the file. One row is one line of an order.

    `one | other`: of these columns, as far as the file has them, the first that says something in a row.
    """

    order: str | None = _p(
        "order",
        "Order (or invoice) number; rows that share it are one order. None: neighbouring rows of one moment, customer "
        "and address are one order",
    )
    t: str = _p("t", "Date, with or without a time of day")
    sku: str = _p("sku", "SKU")
    quantity: str = _p("quantity", "Units asked for")
    price: str = _p("price", "Price of one unit")
    label: str | None = _p(None, "Name of the SKU; the first one met is kept")
    option: str | None = _p(None, "Fulfilment option wanted")
    channel: str | None = _p(None, "Where it was ordered: web, app, marketplace, or the file's own words: see channels")
    customer: str | None = _p(None, "Customer number: orders of one customer that have no address share a drawn one")
    status: str | None = _p(None, "State of the order: see rules.cancelled_statuses")
    country: str | None = _p(None, "Country of the delivery address: see rules.countries")
    postcode: str | None = _p(None, "French postcode of the delivery address")
    city: str | None = _p(None, "Commune of the delivery address, by name; tells communes of one postcode apart")
    commune: str | None = _p(None, "Commune of the delivery address, by its INSEE code")
    lat: str | None = _p(None, "Latitude of the delivery address", "degrees")
    lon: str | None = _p(None, "Longitude of the delivery address", "degrees")
    node: str | None = _p(None, "Store that sold it over the counter: for `fit --counter`")
    mass_g: str | None = _p(None, "Mass of a unit, packed", "g")
    volume_cm3: str | None = _p(None, "Volume of a unit, packed", "cm3")

    @model_validator(mode="after")
    def _one_address(self) -> Columns:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon go together: name both columns or none")
        if self.lat is not None and self.postcode is not None:
            raise ValueError("postcode: an address is a postcode or lat and lon; name one of the two")
        if self.commune is not None and (self.lat or self.postcode or self.city) is not None:
            raise ValueError("commune: an address is a commune's code or something else; name one of the two")
        return self

    def named(self) -> dict[str, str]:
        """What we call a column -> what the file calls it; only columns that the file has."""
        return {key: name for key, name in self.model_dump().items() if name is not None}


class Reading(_Document):
    """How texts become numbers and dates. `auto` looks at the file."""

    separator: Literal["auto", ",", ";", "\t", "|"] = _p("auto", "Between the columns of a CSV file")
    encoding: Literal["auto", "utf-8", "cp1252", "latin-1", "utf-16"] = _p("auto", "Encoding of a CSV file")
    decimal: Literal["auto", ".", ","] = _p("auto", "Decimal sign of a CSV file")
    date_format: DateFormat | list[DateFormat] | None = _p(
        None,
        "Such as dd/mm/yyyy HH:MM, or several that are tried in turn; none: ISO 8601, such as 2026-09-07 10:30, or "
        "numbers with /, . or -, where the file shows whether the day or the month comes first",
    )
    zone: str = _p("Europe/Paris", "Local time of the shop: moments written with a UTC offset are converted to it")
    written_in: str | None = _p(None, "Time zone of moments written without an offset, such as UTC; none: local time")

    @property
    def date_formats(self) -> tuple[str, ...]:
        """The formats in Python's directives; none where the file shows them."""
        named = [self.date_format] if isinstance(self.date_format, str) else self.date_format or []
        return tuple(map(strptime_format, named))


class Rules(_Document):
    """Which rows count. A pattern is a text with * and ? for what may vary; capitals and small letters are the same."""

    cancelled_orders: list[str] = _p([], "Order numbers of cancellations: patterns")
    cancelled_statuses: list[str] = _p([], "States of orders that do not count (cancelled, refunded, unpaid): patterns")
    countries: list[str] = _p([], "Countries that are delivered to: patterns; none given, or nothing written: any")
    products: list[str] = _p([], "SKUs that are products: patterns; none given: all are")
    not_products: list[str] = _p([], "SKUs that are no products (postage, fees, vouchers): patterns")
    missing_price: Literal["drop", "median"] = _p(
        "drop", "A row without a price above zero: dropped, or kept at the median of the SKU's other rows"
    )
    unknown_option: Literal["draw", "drop"] = _p(
        "draw", "An order whose option nobody knows: drawn from the scenario's shares, or dropped"
    )
    unknown_address: Literal["draw", "drop"] = _p(
        "draw", "An order whose postcode nobody knows: drawn by population, or dropped"
    )
    quantity_at_most: int = _p(1_000_000, "Rows that ask for more are dropped", "units", ge=1, le=1_000_000)


class Prices(_Document):
    """What the file's prices are."""

    eur: float = _p(1.0, "Euros for one unit of the file's currency", "EUR", gt=0, le=10_000)
    vat_included: bool = _p(True, "Prices include value-added tax; if not, the scenario's rate is added")
    per: Literal["unit", "line"] = _p("unit", "What a price is paid for: one unit, or the whole line")


class Products(_Document):
    """What the file does not say about its SKUs."""

    category: str | None = _p(None, "Category of the scenario that the SKUs belong to; none: its first")
    margin: float | None = _p(None, "Margin on the net price; none: the category's", "share of net price", ge=0, le=1)
    mass_g: int | None = _p(None, "Mass of a unit, packed, where no column tells; none: the category's", "g", gt=0)
    volume_cm3: int | None = _p(
        None, "Volume of a unit, packed, where no column tells; none: the category's", "cm3", gt=0
    )


class Dates(_Document):
    """Which days are replayed, and when."""

    first_day: date | None = _p(None, "First day replayed, in the file's dates; none: that of its first order", "date")
    last_day: date | None = _p(None, "Last day replayed, in the file's dates; none: as long as the scenario", "date")
    shift: Literal["weekdays", "none"] = _p(
        "weekdays", "Move the first day into the scenario's first week, keeping weekdays; or keep the file's dates"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Dates:
        if self.first_day is not None and self.last_day is not None and self.last_day < self.first_day:
            raise ValueError(f"last_day ({self.last_day}) is before first_day ({self.first_day})")
        return self


class Planning(_Document):
    """What the buyers are taken to have known when they bought the opening stock."""

    weeks: int | None = _p(
        None, "The sales of so many first weeks of the replay; none: of the whole replay", "weeks", ge=1
    )


class MappingDocument(_Document):
    """How a file of real orders is read."""

    columns: Columns = Field(default_factory=Columns, description="What the columns are called")
    reading: Reading = Field(default_factory=Reading, description="How texts become numbers and dates")
    rules: Rules = Field(default_factory=Rules, description="Which rows count")
    options: dict[str, str] = _p(
        {}, "The file's words for fulfilment options, or patterns with *, the first that fits -> the scenario's options"
    )
    channels: dict[str, Literal["web", "app", "marketplace"]] = _p(
        {}, "The file's words for channels, or patterns with *, the first that fits -> web, app or marketplace"
    )
    prices: Prices = Field(default_factory=Prices, description="What the file's prices are")
    products: Products = Field(default_factory=Products, description="What the file does not say about its SKUs")
    dates: Dates = Field(default_factory=Dates, description="Which days are replayed, and when")
    plan: Planning = Field(default_factory=Planning, description="What the buyers knew")


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping, and where each of its values was written; without a file, the columns have our own names."""

    document: MappingDocument
    tree: Written
    file: str | None

    def problem(self, where: str, rule: str) -> Problem:
        """Something in the mapping does not fit the order file or the scenario."""
        path = tuple(where.split("."))
        place = self.tree.place(path)
        here, done = self.tree.follow(path)
        return Problem(place.file, place.line or None, where, here.shown() if done == path else "", rule)


def read_mapping(path: str | Path | None) -> Mapping:
    """Read and check a mapping; none: the file's columns are called as `Columns` calls them.

    Raises
    ------
    InputError
        All that is wrong in it.
    """
    if path is None:
        return Mapping(MappingDocument(), Written({}, "", 0), None)
    if not Path(path).is_file() and (bundle := bundled_mappings().get(str(path).removesuffix(".yaml"))):
        path = bundle
    shown = relative_to_cwd(Path(path))
    try:
        with Path(path).open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError([Problem(shown, None, "", "", f"cannot be read ({error.strerror}).")]) from None
    reading = read_text(content, shown)
    document, problems = checked(MappingDocument, reading.tree)
    problems = [*reading.problems, *(p for p in problems if p not in reading.problems)]
    if document is None or problems:
        raise InputError(problems)
    return Mapping(document, reading.tree, shown)
