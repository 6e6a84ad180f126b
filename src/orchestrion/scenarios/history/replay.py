"""Real orders in a scenario's time: which rows are replayed when, by whom, and what the SKUs sold are taken to be.

Everything drawn here (addresses, options, hours that the file does not tell) is drawn by counter from the order's or
customer's own number: the same for every policy, seed and replication, and whatever part of the file is replayed.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import ONLINE_CHANNELS
from orchestrion.domain.world import Flags, Floats, Ints
from orchestrion.errors import InputError, Problem
from orchestrion.geometry import EARTH_RADIUS_KM, unit_vectors
from orchestrion.scenarios.document import ScenarioDocument
from orchestrion.scenarios.document.assortment import Category
from orchestrion.scenarios.history.files import Texts
from orchestrion.scenarios.history.report import Dropped, HistoryReport
from orchestrion.scenarios.history.rows import REASONS, Rows, Verdicts, read_rows
from orchestrion.scenarios.hours import hour_profile
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR, MICRO

_EPOCH = date(1970, 1, 1)
_EXAMPLES = 3
_FAR_KM = 30.0  # coordinates farther than this from every commune's centre are abroad or at sea
_FINE = 4  # decimals of a degree kept: eleven metres
_CHUNK = 256


class Addresses(Protocol):
    """Where people live: columns over communes."""

    @property
    def key(self) -> list[str]: ...
    @property
    def lat(self) -> Floats: ...
    @property
    def lon(self) -> Floats: ...
    @property
    def population(self) -> Floats: ...
    @property
    def by_postcode(self) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class SoldSkus:
    """The SKUs that were sold, columns of length S, by key in order."""

    key: list[str]
    label: list[str]
    category: str
    price: Ints  # VAT included, micro-euros
    cost: Ints
    mass: Ints  # grams
    volume: Ints  # cubic centimetres
    planned: Floats  # units a day that the buyers counted with


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
        texts, same = _numbered(self.columns["order"].texts)
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
        sku, skus = self._skus(keep, t[order])
        quantity = self.rows.quantity[keep]
        shares = _shares(self.document.demand.online.channels, [channel.key for channel in ONLINE_CHANNELS])
        channel = np.array(ONLINE_CHANNELS, np.int64)[self._draw("history channel", baskets, shares)]
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

    def _first_saying(self, column: str, said: Flags) -> Ints:
        """The first row of each order that says something in a column, -1 where none does."""
        rows = np.flatnonzero(said & self.verdicts.kept)
        first = np.full(len(self.order_keys), -1)
        first[self.order[rows][::-1]] = rows[::-1]
        return first

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
        drawn = self._draw("history option", self._every(), _shares(self.document.demand.online.options, keys))
        column = self.columns.get("option")
        if column is None:
            self.notes.append("Fulfilment options are drawn from the scenario's shares.")
            return drawn
        words = {key.casefold(): key for key in keys}
        words |= {word.casefold(): key for word, key in self.mapping.options.items()}
        index = np.array([keys.index(words[w.casefold()]) if w.casefold() in words else -1 for w in column.texts])
        first = self._first_saying("option", (index >= 0)[column.codes])
        known = first >= 0
        unknown = ~known[self.order] & self.verdicts.kept
        if self.mapping.rules.unknown_option == "drop":
            self.verdicts.drop("option", unknown)
        elif unknown.any():
            said = [word for word in dict.fromkeys(column.texts[c] for c in column.codes[unknown].tolist()) if word]
            shown = f" (such as {', '.join(repr(word) for word in said[:_EXAMPLES])})" if said else ""
            count = len(np.unique(self.order[unknown]))
            self.notes.append(
                f"{_counted(count, 'order')} without a known option{shown}: drawn from the scenario's shares."
            )
        return np.where(known, index[column.codes[first]], drawn)

    # -- addresses --------------------------------------------------------------------------------------------------

    def _places(self) -> Ints:
        """The address of each order: as written, else drawn by population, the same for orders of one customer."""
        counters = _counters(self.order_keys)
        customer = self.columns.get("customer")
        if customer is not None:
            first = self._first_saying("customer", np.array([bool(t) for t in customer.texts])[customer.codes])
            own = _counters(customer.texts)[customer.codes[first]]
            counters = np.where(first >= 0, own, counters)
        drawn = self._draw("history address", self._every(), self.addresses.population, counters)
        if "postcode" in self.columns:
            return self._at_postcodes(self.columns["postcode"], drawn)
        if "lat" in self.columns:
            return self._at_points(drawn)
        whose = "order" if customer is None else "customer"
        self.notes.append(f"Addresses are drawn from the communes by population, one for each {whose}.")
        return drawn

    def _at_postcodes(self, column: Texts, drawn: Ints) -> Ints:
        known = self.addresses.by_postcode
        # a spreadsheet makes 1400 of 01400, a data frame 1400.0
        places = np.array([known.get(text.removesuffix(".0").replace(" ", "").zfill(5), -1) for text in column.texts])
        first = self._first_saying("postcode", (places >= 0)[column.codes])
        self._unknown_addresses(first, "postcode")
        return np.where(first >= 0, places[column.codes[first]], drawn)

    def _at_points(self, drawn: Ints) -> Ints:
        lat, lon = self.rows.numbers["lat"], self.rows.numbers["lon"]
        sound = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
        first = self._first_saying("lat", sound)
        said = first >= 0
        points: Floats = np.round(np.stack([lat[first[said]], lon[first[said]]], axis=1), _FINE).astype(np.float64)
        distinct, which = np.unique(points, axis=0, return_inverse=True)
        near, apart_km = _nearest(distinct, self.addresses)
        inland = apart_km <= _FAR_KM
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
                f"{_counted(count, 'order')} without known {what}: address drawn from the communes by population."
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

    # -- SKUs -------------------------------------------------------------------------------------------------------

    def _skus(self, keep: Ints, t: Ints) -> tuple[Ints, SoldSkus]:
        """The SKU of each line kept, and what is known about the SKUs."""
        column = self.columns["sku"]
        texts, same = _numbered(column.texts)
        present, sku = np.unique(same[column.codes[keep]], return_inverse=True)
        keys = [texts[i] for i in present.tolist()]
        by_key = sorted(range(len(keys)), key=keys.__getitem__)
        place = np.empty(len(keys), np.int64)
        place[by_key] = np.arange(len(keys))
        sku = place[sku.reshape(-1)]
        keys.sort()
        category = self._category()
        kind = self.document.assortment.categories[category]
        paid = self.rows.price[keep]
        price = _medians(np.where(paid > 0, paid, -1), sku, len(keys))
        if (price < 0).any():
            # only where rows without a price are kept: such a SKU has no other rows
            price = np.where(price < 0, round(kind.price_eur * MICRO), price)
            self.notes.append("SKUs without any price have the category's median price.")
        vat = self.document.economics.vat
        if not self.mapping.prices.vat_included:
            price = np.rint(price * (1.0 + vat)).astype(np.int64)
        margin = kind.margin if self.mapping.products.margin is None else self.mapping.products.margin
        skus = SoldSkus(
            key=keys,
            label=self._labels(keep, sku, keys),
            category=category,
            price=price,
            cost=np.rint(price / (1.0 + vat) * (1.0 - margin)).astype(np.int64),
            mass=self._measure("mass_g", keep, sku, len(keys), kind),
            volume=self._measure("volume_cm3", keep, sku, len(keys), kind),
            planned=self._planned(keep, sku, len(keys), t),
        )
        return sku, skus

    def _category(self) -> str:
        known = list(self.document.assortment.categories)
        wanted = self.mapping.products.category
        if wanted is None:
            return known[0]
        if wanted not in known:
            rule = f"the scenario has no such category; it has: {', '.join(known)}."
            raise InputError([self.rows.mapping.problem("products.category", rule)])
        return wanted

    def _labels(self, keep: Ints, sku: Ints, keys: list[str]) -> list[str]:
        column = self.columns.get("label")
        if column is None:
            return list(keys)
        labels = dict.fromkeys(range(len(keys)), "")
        rows = np.sort(keep)  # the first one in the file, whenever it is replayed
        for i, code in zip(sku[np.argsort(keep)].tolist(), column.codes[rows].tolist(), strict=True):
            labels[i] = labels[i] or column.texts[code]
        return [label or key for key, label in zip(keys, labels.values(), strict=True)]

    def _measure(self, name: str, keep: Ints, sku: Ints, count: int, kind: Category) -> Ints:
        """A size of each SKU: the median of what the file says, else what the mapping says, else the category's."""
        usual = int(getattr(self.mapping.products, name) or getattr(kind, name))
        if name not in self.rows.numbers:
            return np.full(count, usual, np.int64)
        values = self.rows.numbers[name][keep]
        told = _medians(np.rint(np.where(values > 0, values, -1)).astype(np.int64), sku, count)
        return np.where(told < 0, usual, np.maximum(told, 1))

    def _planned(self, keep: Ints, sku: Ints, count: int, t: Ints) -> Floats:
        """Units a day that the buyers counted with."""
        first = int(t.min()) // DAY
        days = int(t.max()) // DAY - first + 1
        weeks = self.mapping.plan.weeks
        whole = weeks is None or 7 * weeks >= days
        days = days if whole else 7 * (weeks or 0)
        known = t // DAY < first + days
        asked = np.bincount(sku[known], self.rows.quantity[keep][known], minlength=count)
        span = f"the whole replay ({_counted(days, 'day')})" if whole else f"its first {_counted(days, 'day')} only"
        self.notes.append(f"The opening stock is bought on the units a day asked for in {span}.")
        return asked / days

    # -- the report -------------------------------------------------------------------------------------------------

    def _dropped(self) -> tuple[Dropped, ...]:
        found = []
        for i, (reason, column) in enumerate(REASONS.values()):
            rows = np.flatnonzero(self.verdicts.reason == i)
            if len(rows):
                examples = tuple(self._example(row, column) for row in rows[:_EXAMPLES].tolist())
                found.append(Dropped(reason, len(rows), examples))
        return tuple(found)

    def _example(self, row: int, column: str) -> str:
        file = self.rows.file
        place = f"{file.row_word} {int(file.numbers[row])}"
        if not column:
            return f"{place}: {int(file.width[row])} values"
        address = ("postcode", "lat", "lon")
        names = [name for name in address if name in file.columns] if column == "address" else [column]
        return f"{place}: {', '.join(f'{name} = {file.columns[name].at(row)!r}' for name in names)}"

    def _nothing_left(self) -> InputError:
        file = self.rows.file
        told = "; ".join(f"{_counted(d.rows, 'row')}: {d.reason} ({d.examples[0]})" for d in self._dropped())
        return InputError([Problem(file.file, None, "", "", f"no row is left to replay. {told}.")])


def _numbered(texts: Iterable[str]) -> tuple[list[str], Ints]:
    """Different texts in order of appearance, and the number of each text given."""
    known: dict[str, int] = {}
    numbers = np.array([known.setdefault(text, len(known)) for text in texts], np.int64)
    return list(known), numbers


def _counters(keys: Iterable[str]) -> Ints:
    """A number of its own for each key, the same on every machine; a rare tie only shares a draw."""
    return np.array([zlib.crc32(key.encode()) for key in keys], np.int64)


def _shares(shares: Mapping[Any, float], names: Iterable[str]) -> Floats:
    return np.array([shares.get(name, 0.0) for name in names])


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _day(days: int) -> date:
    return _EPOCH + timedelta(days=days)


def _medians(values: Ints, group: Ints, count: int) -> Ints:
    """The lower median of each group's values, of those that are not below zero; -1 where there are none.

    The lower one of two middles, so that it is a price that somebody paid.
    """
    told = values >= 0
    values, group = values[told], group[told]
    order = np.lexsort([values, group])
    sizes = np.bincount(group, minlength=count)
    begins = np.cumsum(sizes) - sizes
    medians = np.full(count, -1, np.int64)
    some = sizes > 0
    medians[some] = values[order][(begins + (sizes - 1) // 2)[some]]
    return medians


def _nearest(points: NDArray[np.float64], addresses: Addresses) -> tuple[Ints, Floats]:
    """The commune nearest to each point, and how far it is [km]."""
    communes = unit_vectors(addresses.lat, addresses.lon)
    here = unit_vectors(points[:, 0], points[:, 1])
    near = np.zeros(len(points), np.int64)
    for begin in range(0, len(points), _CHUNK):  # all at once would be gigabytes
        near[begin : begin + _CHUNK] = np.argmax(here[begin : begin + _CHUNK] @ communes.T, axis=1)
    chord = np.linalg.norm(here - communes[near], axis=1)
    return near, np.asarray(2.0 * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0)) * EARTH_RADIUS_KM)
