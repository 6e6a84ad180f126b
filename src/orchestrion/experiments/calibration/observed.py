"""A history of orders as arrays: when, where to, what, how many."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios import Scenario
from orchestrion.scenarios.compile.places import read_communes
from orchestrion.scenarios.history.addresses import AddressBook
from orchestrion.scenarios.history.replay import channel_rows, found_communes, option_of
from orchestrion.scenarios.history.rows import read_rows
from orchestrion.scenarios.importers.orders import MAPPING
from orchestrion.scenarios.importers.tables import key_of
from orchestrion.units import DAY, HOUR

Ints = NDArray[np.int64]
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Observed:
    """Orders, (B,), and their lines, (L,).

    Attributes
    ----------
    day
        Days since 1970.
    hour
        Of the day; empty where the file has no times.
    place
        Rows of the communes; -1 unknown.
    option
        Keys; "" unknown.
    order
        The order of each line.
    price
        Of a unit, VAT included, micro-euros.
    channel
        Rows of the online channels, -1 unknown; empty where the file has no such column.
    node
        Key of the store that sold it over the counter; empty where the file has no such column.
    """

    file: str
    day: Ints
    hour: Ints
    place: Ints
    option: tuple[str, ...]
    order: Ints
    sku: Ints
    quantity: Ints
    price: Ints
    skus: tuple[str, ...]
    node: tuple[str, ...] = ()
    channel: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def days(self) -> Ints:
        """Every day from the first to the last one."""
        return np.arange(int(self.day.min()), int(self.day.max()) + 1)

    def between(self, first: date | None, last: date | None) -> Observed:
        """The orders of some days, both included."""
        low = -(2**62) if first is None else (first - _EPOCH).days
        high = 2**62 if last is None else (last - _EPOCH).days
        keep = (self.day >= low) & (self.day <= high)
        if not keep.any():
            rule = "no order in these days."
            raise InputError([Problem(self.file, None, "", f"{first} to {last}", rule)])
        place = np.cumsum(keep) - 1
        lines = keep[self.order]
        return Observed(
            self.file,
            self.day[keep],
            self.hour[keep] if len(self.hour) else self.hour,
            self.place[keep],
            tuple(o for o, k in zip(self.option, keep.tolist(), strict=True) if k),
            place[self.order[lines]],
            self.sku[lines],
            self.quantity[lines],
            self.price[lines],
            self.skus,
            tuple(n for n, k in zip(self.node, keep.tolist(), strict=True) if k) if self.node else (),
            self.channel[keep] if len(self.channel) else self.channel,
        )


def day_of(number: int) -> date:
    """The date of a day since 1970."""
    return _EPOCH + timedelta(days=int(number))


def observed(path: Path, scenario: Scenario, mapping: str | None = None) -> Observed:
    """Read a history of order lines; what an import wrote is read as it wrote it.

    Raises
    ------
    InputError
        If it cannot be read, or nothing in it counts.
    """
    beside = path.with_name(MAPPING)
    if mapping is None and path.name == "orders.csv" and beside.is_file():
        mapping = str(beside)
    rows = read_rows(str(path), mapping)
    keep = np.flatnonzero(rows.verdicts.kept)
    if not len(keep):
        rule = "no row is left of it; look at it with `orchestrion import`."
        raise InputError([Problem(str(path), None, "", "", rule)])
    columns = rows.file.columns
    codes = columns["order"].codes[keep]
    _, first, order = np.unique(codes, return_index=True, return_inverse=True)
    heads = keep[first]
    network = scenario.document.network
    book = AddressBook(read_communes(network.communes_table, network.corsica))
    if "commune" in columns:
        column = columns["commune"]
        place = np.array([book.code(text) for text in column.texts], np.int64)[column.codes][heads]
    elif "postcode" in columns:
        place = found_communes(columns, book)[heads]
    else:
        place = np.full(len(heads), -1, np.int64)
    option: tuple[str, ...] = ("",) * len(heads)
    if "option" in columns:
        words = {key.casefold(): key for key in scenario.document.options}
        words |= {word.casefold(): key for word, key in rows.mapping.document.options.items()}
        meant = [option_of(text, words) or "" for text in columns["option"].texts]
        option = tuple(meant[code] for code in columns["option"].codes[heads].tolist())
    node: tuple[str, ...] = ()
    if "node" in columns:
        keys = [key_of(text) if text else "" for text in columns["node"].texts]
        node = tuple(keys[code] for code in columns["node"].codes[heads].tolist())
    channel = np.zeros(0, np.int64)
    if "channel" in columns:
        said = columns["channel"]
        channel = channel_rows(said.texts, rows.mapping.document.channels)[said.codes[heads]]
    vat = 0.0 if rows.mapping.document.prices.vat_included else scenario.document.economics.vat
    names, sku = np.unique(np.array(columns["sku"].texts)[columns["sku"].codes[keep]], return_inverse=True)
    t = rows.t[heads]
    return Observed(
        file=rows.file.file,
        day=t // DAY,
        hour=np.zeros(0, np.int64) if rows.dates_only else t % DAY // HOUR,
        place=place,
        option=option,
        order=order.reshape(-1).astype(np.int64),
        sku=sku.reshape(-1).astype(np.int64),
        quantity=rows.quantity[keep],
        price=np.rint(rows.price[keep] * (1.0 + vat)).astype(np.int64),
        skus=tuple(names.tolist()),
        node=node,
        channel=channel,
    )
