"""Real orders in a scenario's time: which rows are replayed when, by whom, and what the SKUs sold are taken to be.

Everything drawn here (addresses, options, hours that the file does not tell) is drawn by counter from the order's or
customer's own number: the same for every policy, seed and replication, and whatever part of the file is replayed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from orchestrion.domain.codes import ONLINE_CHANNELS
from orchestrion.domain.world import Flags, Floats, Ints
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.document import ScenarioDocument
from orchestrion.scenarios.history.addresses import FAR_KM, AddressBook, Addresses, nearest_communes
from orchestrion.scenarios.history.files import Texts
from orchestrion.scenarios.history.report import Dropped, HistoryReport
from orchestrion.scenarios.history.rows import REASONS, Rows, Verdicts, like, read_rows
from orchestrion.scenarios.history.sold import Seller, SoldSkus, counted, numbered
from orchestrion.scenarios.hours import hour_profile
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR

_EPOCH = date(1970, 1, 1)
_EXAMPLES = 3
_FINE = 4  # decimals of a degree kept: eleven metres


@dataclass(frozen=True, slots=True)
class History:
    """Orders to replay: columns of length B over orders by time, L over their lines.

    Places are rows of the communes; those from `len(communes)` on are the points of `lat`, `lon`.
    """

    order: list[str]  # (B,) the number in the file
    t: Ints  # (B,) seconds since the scenario's start
    place: Ints  # (B,)
    option: Ints  # (B,) row of the scenario's options
    channel: Ints  # (B,)
    lines: Ints  # (B,)
    sku: Ints  # (L,)
    quantity: Ints  # (L,)
    skus: SoldSkus
    lat: Floats  # exact addresses, degrees
    lon: Floats
    near: Ints  # the commune nearest to each of them
    report: HistoryReport


def replayed(document: ScenarioDocument, addresses: Addresses) -> History:
    """The orders of the document's history file, as this scenario replays them.

    Raises
    ------
    InputError
        If file or mapping cannot be read, or nothing is left to replay.
    """
    history = document.demand.history
    assert history is not None
    rows = read_rows(history.orders, history.mapping)
    return _Replay(document, addresses, rows).history()


class _Replay:
    """One file on its way into one scenario."""

    def __init__(self, document: ScenarioDocument, addresses: Addresses, rows: Rows) -> None:
        self.document, self.addresses, self.rows = document, addresses, rows
        self.mapping = rows.mapping.document
        self.verdicts: Verdicts = rows.verdicts.copy()
        self.columns: Mapping[str, Texts] = rows.file.columns
        self.streams = Streams(seed=document.assortment.seed, replication=0)
        self.notes: list[str] = []
        # texts that differ in spaces only are one order; numbers in order of appearance
        texts, same = numbered(self.columns["order"].texts)
        self.order_keys = texts
        self.order = same[self.columns["order"].codes]
        self.own_lat: Floats = np.zeros(0)
        self.own_lon: Floats = np.zeros(0)
        self.near: Ints = np.zeros(0, np.int64)

    def history(self) -> History:
        option = self._options()
        place = self._places()
        t, moved = self._times()
        keep = np.flatnonzero(self.verdicts.kept)
        if not len(keep):
            raise self._nothing_left()
        order = self.order[keep]
        # an order's lines stay as the file has them; orders asked for in one second come as the file has them
        first_row = np.full(len(self.order_keys), len(self.order))
        np.minimum.at(first_row, order, keep)
        keep = keep[np.lexsort([keep, first_row[order], t[order]])]
        order = self.order[keep]
        heads = np.flatnonzero(np.diff(order, prepend=-1))
        baskets = order[heads]
        seller = Seller(self.document, self.rows, keep, t[order])
        sku, skus = seller.sold()
        self.notes += seller.notes
        quantity = self.rows.quantity[keep]
        channel = self._channels(baskets)
        days = self.rows.t[keep] // DAY
        report = HistoryReport(
            file=self.rows.file.file,
            rows=len(self.order),
            lines=len(keep),
            orders=len(baskets),
            skus=len(skus.key),
            units=int(quantity.sum()),
            first_day=_day(int(days.min())),
            last_day=_day(int(days.max())),
            moved_days=moved,
            dropped=self._dropped(),
            notes=tuple(self.notes),
        )
        return History(
            order=[self.order_keys[i] for i in baskets.tolist()],
            t=t[baskets],
            place=place[baskets],
            option=option[baskets],
            channel=channel,
            lines=np.diff(heads, append=len(order)),
            sku=sku,
            quantity=quantity,
            skus=skus,
            lat=self.own_lat,
            lon=self.own_lon,
            near=self.near,
            report=report,
        )

    # -- draws ------------------------------------------------------------------------------------------------------

    def _draw(self, purpose: str, orders: Ints, weights: Floats, counters: Ints | None = None) -> Ints:
        """One of the weighted choices for each order, by its own number."""
        cdf = np.cumsum(weights) / weights.sum()
        cdf[np.flatnonzero(weights)[-1] :] = 1.0
        luck = self.streams.lucks(purpose, _counters(self.order_keys)[orders] if counters is None else counters)
        return np.searchsorted(cdf, luck, side="right").astype(np.int64)

    def _every(self) -> Ints:
        return np.arange(len(self.order_keys))

    def _first_row(self, said: Flags) -> Ints:
        """The first row of each order where `said` holds, -1 where it never does."""
        rows = np.flatnonzero(said & self.verdicts.kept)
        first = np.full(len(self.order_keys), -1)
        first[self.order[rows][::-1]] = rows[::-1]
        return first

    def _channels(self, baskets: Ints) -> Ints:
        """The channel of each order replayed: as written, else drawn from the scenario's shares."""
        shares = _shares(self.document.demand.online.channels, [channel.key for channel in ONLINE_CHANNELS])
        row = self._draw("history channel", baskets, shares)
        if "channel" in self.columns:
            column = self.columns["channel"]
            known = channel_rows(column.texts, self.mapping.channels)
            first = self._first_row((known >= 0)[column.codes])[baskets]
            row = np.where(first >= 0, known[column.codes[first]], row)
            unknown = int((first < 0).sum())
            if unknown:
                told = counted(unknown, "order")
                self.notes.append(f"{told} without a known channel: drawn from the scenario's shares.")
        return np.array(ONLINE_CHANNELS, np.int64)[row]

    # -- fulfilment options -----------------------------------------------------------------------------------------

    def _options(self) -> Ints:
        """The option of each order: as written, else drawn from the scenario's shares."""
        keys = list(self.document.options)
        problems = [
            self.rows.mapping.problem(
                f"options.{word}", f"the scenario has no option {key!r}; it has: {', '.join(keys)}."
            )
            for word, key in self.mapping.options.items()
            if key not in keys
        ]
        if problems:
            raise InputError(problems)
        # a World knows the options on offer only; what is not offered here is drawn like what nobody knows
        offered = [key for key in keys if self.document.options[key].on]
        drawn = self._draw("history option", self._every(), _shares(self.document.demand.online.options, offered))
        column = self.columns.get("option")
        if column is None:
            self.notes.append("Fulfilment options are drawn from the scenario's shares.")
            return drawn
        words = {key.casefold(): key for key in keys}
        words |= {word.casefold(): key for word, key in self.mapping.options.items()}
        known = [option_of(word, words) for word in column.texts]
        index = np.array([offered.index(key) if key in offered else -1 for key in known])
        first = self._first_row((index >= 0)[column.codes])
        said_so = first >= 0
        unknown = ~said_so[self.order] & self.verdicts.kept
        if self.mapping.rules.unknown_option == "drop":
            self.verdicts.drop("option", unknown)
        elif unknown.any():
            said = [word for word in dict.fromkeys(column.texts[c] for c in column.codes[unknown].tolist()) if word]
            shown = f" (such as {', '.join(repr(word) for word in said[:_EXAMPLES])})" if said else ""
            count = len(np.unique(self.order[unknown]))
            self.notes.append(
                f"{counted(count, 'order')} without a known option{shown}: drawn from the scenario's shares."
            )
        return np.where(said_so, index[column.codes[first]], drawn)

    # -- addresses --------------------------------------------------------------------------------------------------

    def _places(self) -> Ints:
        """The address of each order: as written, else drawn by population, the same for orders of one customer."""
        counters = _counters(self.order_keys)
        customer = self.columns.get("customer")
        if customer is not None:
            first = self._first_row(np.array([bool(t) for t in customer.texts])[customer.codes])
            own = _counters(customer.texts)[customer.codes[first]]
            counters = np.where(first >= 0, own, counters)
        drawn = self._draw("history address", self._every(), self.addresses.population, counters)
        book = AddressBook(self.addresses)
        if "commune" in self.columns:
            codes = self.columns["commune"]
            return self._at_communes(np.array([book.code(text) for text in codes.texts])[codes.codes], "commune", drawn)
        if "postcode" in self.columns:
            return self._at_communes(found_communes(self.columns, book), "postcode", drawn)
        if "lat" in self.columns:
            return self._at_points(drawn)
        whose = "order" if customer is None else "customer"
        self.notes.append(f"Addresses are drawn from the communes by population, one for each {whose}.")
        return drawn

    def _at_communes(self, places: Ints, column: str, drawn: Ints) -> Ints:
        """Orders at the communes found for their rows, -1 where none was."""
        first = self._first_row(places >= 0)
        self._unknown_addresses(first, column)
        return np.where(first >= 0, places[first], drawn)

    def _at_points(self, drawn: Ints) -> Ints:
        lat, lon = self.rows.numbers["lat"], self.rows.numbers["lon"]
        sound = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
        first = self._first_row(sound)
        said = first >= 0
        points: Floats = np.round(np.stack([lat[first[said]], lon[first[said]]], axis=1), _FINE).astype(np.float64)
        distinct, which = np.unique(points, axis=0, return_inverse=True)
        near, apart_km = nearest_communes(distinct, self.addresses)
        inland = apart_km <= FAR_KM
        self.verdicts.drop("address", np.isin(self.order, np.flatnonzero(said)[~inland[which.reshape(-1)]]))
        self._unknown_addresses(first, "coordinates")
        self.own_lat, self.own_lon, self.near = distinct[:, 0], distinct[:, 1], near
        place = drawn.copy()
        place[said] = len(self.addresses.key) + which.reshape(-1)
        return place

    def _unknown_addresses(self, first: Ints, what: str) -> None:
        unknown = (first < 0)[self.order] & self.verdicts.kept
        if self.mapping.rules.unknown_address == "drop":
            self.verdicts.drop("address", unknown)
        elif unknown.any():
            count = len(np.unique(self.order[unknown]))
            self.notes.append(
                f"{counted(count, 'order')} without known {what}: address drawn from the communes by population."
            )

    # -- time -------------------------------------------------------------------------------------------------------

    def _times(self) -> tuple[Ints, int]:
        """Seconds from the scenario's start of each order, and the days added to the file's dates."""
        dates, time = self.mapping.dates, self.document.time
        kept = np.flatnonzero(self.verdicts.kept)
        if not len(kept):
            raise self._nothing_left()
        asked = np.full(len(self.order_keys), np.iinfo(np.int64).max)
        np.minimum.at(asked, self.order[kept], self.rows.t[kept])  # an order begins with its first line
        asked = np.where(asked == np.iinfo(np.int64).max, 0, asked)
        if self.rows.dates_only:
            profile = np.atleast_2d(hour_profile(self.document.demand.online.hours_table)).mean(axis=0)
            hour = self._draw("history hour", self._every(), profile)
            second = self.streams.lucks("history second", _counters(self.order_keys)) * HOUR
            asked = asked + hour * HOUR + second.astype(np.int64)
            self.notes.append("The file has no times of day: drawn from the scenario's hours of the day.")
        day = asked // DAY
        here = np.unique(self.order[kept])
        first = int(day[here].min()) if dates.first_day is None else (dates.first_day - _EPOCH).days
        start = (time.start - _EPOCH).days
        # whole weeks: weekdays stay, and the first day falls into the scenario's first week
        moved = -((first - start) // 7) * 7 if dates.shift == "weekdays" else 0
        weeks = time.warm_up_weeks + time.measured_weeks
        end = start + 7 * weeks - moved
        if dates.last_day is not None:
            end = min(end, (dates.last_day - _EPOCH).days + 1)
        self.verdicts.drop("before", (day < max(first, start - moved))[self.order])
        self.verdicts.drop("after", (day >= end)[self.order])
        return asked + (moved - start) * DAY, moved

    # -- the report -------------------------------------------------------------------------------------------------

    def _dropped(self) -> tuple[Dropped, ...]:
        found = []
        for i, reason in enumerate(REASONS.values()):
            rows = np.flatnonzero(self.verdicts.reason == i)
            if len(rows):
                examples = tuple(self._example(row, reason.column) for row in rows[:_EXAMPLES].tolist())
                found.append(Dropped(reason.text, len(rows), examples))
        return tuple(found)

    def _example(self, row: int, column: str) -> str:
        file = self.rows.file
        place = f"{file.row_word} {int(file.numbers[row])}"
        if not column:
            return f"{place}: {int(file.width[row])} values"
        address = ("commune", "postcode", "lat", "lon")
        names = [name for name in address if name in file.columns] if column == "address" else [column]
        return f"{place}: {', '.join(f'{name} = {file.columns[name].at(row)!r}' for name in names)}"

    def _nothing_left(self) -> InputError:
        file = self.rows.file
        told = "; ".join(f"{counted(d.rows, 'row')}: {d.reason} ({d.examples[0]})" for d in self._dropped())
        return InputError([Problem(file.file, None, "", "", f"no row is left to replay. {told}.")])


def channel_rows(texts: Iterable[str], words: Mapping[str, str]) -> Ints:
    """Which of the online channels each text means; -1: none of them."""
    keys = [channel.key for channel in ONLINE_CHANNELS]
    every = {**{key: key for key in keys}, **{word.casefold(): key for word, key in words.items()}}
    meant = (option_of(text, every) for text in texts)
    return np.array([keys.index(key) if key else -1 for key in meant], np.int64)


def option_of(word: str, words: Mapping[str, str]) -> str | None:
    """The option that a file's word means: written so, else by the first pattern that fits."""
    plain = word.casefold()
    if not plain or plain in words:
        return words.get(plain)
    return next((key for pattern, key in words.items() if "*" in pattern and like([pattern])(plain)), None)


def found_communes(columns: Mapping[str, Texts], book: AddressBook) -> Ints:
    """The commune of each row's postcode and city, -1 for none."""
    postcode, city = columns["postcode"], columns.get("city")
    if city is None:
        return np.array([book.find(text) for text in postcode.texts], np.int64)[postcode.codes]
    width = len(city.texts)
    pairs, which = np.unique(postcode.codes * width + city.codes, return_inverse=True)
    places = [book.find(postcode.texts[pair // width], city.texts[pair % width]) for pair in pairs.tolist()]
    found: Ints = np.array(places, np.int64)[which.reshape(-1)]
    return found


def _counters(keys: Iterable[str]) -> Ints:
    """A number of its own for each key, the same on every machine; a rare tie only shares a draw."""
    return np.array([zlib.crc32(key.encode()) for key in keys], np.int64)


def _shares(shares: Mapping[Any, float], names: Iterable[str]) -> Floats:
    return np.array([shares.get(name, 0.0) for name in names])


def _day(days: int) -> date:
    return _EPOCH + timedelta(days=days)
