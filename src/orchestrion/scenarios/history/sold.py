"""What the SKUs of a file are taken to be: price, cost, size, and how many of each the buyers counted with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from orchestrion.domain.world import Floats, Ints
from orchestrion.errors import InputError
from orchestrion.scenarios.document import ScenarioDocument
from orchestrion.scenarios.document.assortment import Category
from orchestrion.scenarios.history.files import Texts
from orchestrion.scenarios.history.rows import Rows
from orchestrion.scenarios.own_skus import OwnSkus, own_skus
from orchestrion.units import DAY, MICRO


@dataclass(frozen=True, slots=True)
class SoldSkus:
    """The SKUs that were sold, columns of length S, by key in order."""

    key: list[str]
    label: list[str]
    category: list[str]
    price: Ints  # VAT included, micro-euros
    cost: Ints
    mass: Ints  # grams
    volume: Ints  # cubic centimetres
    planned: Floats  # units a day that the buyers counted with


@dataclass(slots=True)
class _Columns:
    """What is known so far; -1 where nothing is."""

    label: list[str]
    category: list[str]
    price: Ints
    margin: Floats
    cost: Ints
    mass: Ints
    volume: Ints


class Seller:
    """Knows the SKUs of the lines that are replayed.

    Parameters
    ----------
    keep, t
        The rows replayed, and when each is asked for, in seconds since the scenario's start.
    """

    def __init__(self, document: ScenarioDocument, rows: Rows, keep: Ints, t: Ints) -> None:
        self.document, self.rows, self.keep, self.t = document, rows, keep, t
        self.mapping = rows.mapping.document
        self.columns: Mapping[str, Texts] = rows.file.columns
        self.notes: list[str] = []

    def sold(self) -> tuple[Ints, SoldSkus]:
        """The SKU of each line kept, and what is known about the SKUs."""
        keep = self.keep
        column = self.columns["sku"]
        texts, same = numbered(column.texts)
        present, sku = np.unique(same[column.codes[keep]], return_inverse=True)
        keys = [texts[i] for i in present.tolist()]
        by_key = sorted(range(len(keys)), key=keys.__getitem__)
        place = np.empty(len(keys), np.int64)
        place[by_key] = np.arange(len(keys))
        sku = place[sku.reshape(-1)]
        keys.sort()
        own = own_skus(self.document.assortment)
        if own is not None:
            # what was not sold in these weeks stands on the shelves all the same
            every = sorted({*keys, *own.key})
            where = {key: i for i, key in enumerate(every)}
            sku = np.array([where[key] for key in keys], np.int64)[sku]
            keys = every
        category = self._category()
        kind = self.document.assortment.categories[category]
        paid = self.rows.price[keep]
        price = medians(np.where(paid > 0, paid, -1), sku, len(keys))
        vat = self.document.economics.vat
        if not self.mapping.prices.vat_included:
            price = np.where(price < 0, price, np.rint(price * (1.0 + vat)).astype(np.int64))
        margin = kind.margin if self.mapping.products.margin is None else self.mapping.products.margin
        sold = _Columns(
            label=self._labels(sku, keys),
            category=[category] * len(keys),
            price=price,
            margin=np.full(len(keys), margin),
            cost=np.full(len(keys), -1, np.int64),
            mass=self._measure("mass_g", sku, len(keys), kind),
            volume=self._measure("volume_cm3", sku, len(keys), kind),
        )
        if own is not None:
            sold = self._told(sold, own, keys)
        price = sold.price
        if (price < 0).any():
            # only where rows without a price are kept, or nothing was sold: such a SKU has no other rows
            kinds = self.document.assortment.categories
            usual = np.array([round(kinds[name].price_eur * MICRO) for name in sold.category])
            price = np.where(price < 0, usual, price)
            self.notes.append("SKUs without any price have the category's median price.")
        cost = np.rint(price / (1.0 + vat) * (1.0 - sold.margin)).astype(np.int64)
        skus = SoldSkus(
            key=keys,
            label=sold.label,
            category=sold.category,
            price=price,
            cost=np.where(sold.cost < 0, cost, sold.cost),
            mass=sold.mass,
            volume=sold.volume,
            planned=self._planned(sku, len(keys)),
        )
        return sku, skus

    def _told(self, sold: _Columns, own: OwnSkus, keys: list[str]) -> _Columns:
        """What the document's own table says about the SKUs counts before what the orders show."""
        row = {key: i for i, key in enumerate(own.key)}
        kinds = self.document.assortment.categories
        for i, key in enumerate(keys):
            if (r := row.get(key)) is None:
                continue
            kind = kinds[own.category[r]]
            sold.label[i] = own.label[r] or sold.label[i]
            sold.category[i] = own.category[r]
            sold.margin[i] = kind.margin
            sold.cost[i] = own.cost[r]
            if own.price[r] >= 0:
                sold.price[i] = own.price[r]
            sold.mass[i] = own.mass[r] if own.mass[r] > 0 else kind.mass_g
            sold.volume[i] = own.volume[r] if own.volume[r] > 0 else kind.volume_cm3
        return sold

    def _category(self) -> str:
        known = list(self.document.assortment.categories)
        wanted = self.mapping.products.category
        if wanted is None:
            return known[0]
        if wanted not in known:
            rule = f"the scenario has no such category; it has: {', '.join(known)}."
            raise InputError([self.rows.mapping.problem("products.category", rule)])
        return wanted

    def _labels(self, sku: Ints, keys: list[str]) -> list[str]:
        column = self.columns.get("label")
        if column is None:
            return list(keys)
        labels = dict.fromkeys(range(len(keys)), "")
        rows = np.sort(self.keep)  # the first one in the file, whenever it is replayed
        for i, code in zip(sku[np.argsort(self.keep)].tolist(), column.codes[rows].tolist(), strict=True):
            labels[i] = labels[i] or column.texts[code]
        return [label or key for key, label in zip(keys, labels.values(), strict=True)]

    def _measure(self, name: str, sku: Ints, count: int, kind: Category) -> Ints:
        """A size of each SKU: the median of what the file says, else what the mapping says, else the category's."""
        usual = int(getattr(self.mapping.products, name) or getattr(kind, name))
        if name not in self.rows.numbers:
            return np.full(count, usual, np.int64)
        values = self.rows.numbers[name][self.keep]
        told = medians(np.rint(np.where(values > 0, values, -1)).astype(np.int64), sku, count)
        return np.where(told < 0, usual, np.maximum(told, 1))

    def _planned(self, sku: Ints, count: int) -> Floats:
        """Units a day that the buyers counted with."""
        t = self.t
        first = int(t.min()) // DAY
        days = int(t.max()) // DAY - first + 1
        weeks = self.mapping.plan.weeks
        whole = weeks is None or 7 * weeks >= days
        days = days if whole else 7 * (weeks or 0)
        known = t // DAY < first + days
        asked = np.bincount(sku[known], self.rows.quantity[self.keep][known], minlength=count)
        span = f"the whole replay ({counted(days, 'day')})" if whole else f"its first {counted(days, 'day')} only"
        self.notes.append(f"The opening stock is bought on the units a day asked for in {span}.")
        return asked / days


def numbered(texts: Iterable[str]) -> tuple[list[str], Ints]:
    """Different texts in order of appearance, and the number of each text given."""
    known: dict[str, int] = {}
    numbers = np.array([known.setdefault(text, len(known)) for text in texts], np.int64)
    return list(known), numbers


def counted(count: int, thing: str) -> str:
    """One order, 2,000 orders."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def medians(values: Ints, group: Ints, count: int) -> Ints:
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
