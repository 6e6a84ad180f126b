"""A block of customers' wishes in columns, sorted by time: the same for every policy and scenario of a replication."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Requests(NamedTuple):
    """Baskets (one customer at one moment, b rows) and their lines (l rows, grouped by basket, in order).

    Basket ids run from `first_basket`, request (line) ids from `first_request`, without gaps over all blocks of a
    replication; an accepted order has the id of the first request in it (a basket may end in several orders).
    """

    first_basket: int
    first_request: int
    t: NDArray[np.int64]  # (b,) seconds
    channel: NDArray[np.int64]  # (b,)
    place: NDArray[np.int64]  # (b,) delivery address; for walk-ins -1
    option: NDArray[np.int64]  # (b,) fulfilment option wanted; for walk-ins -1
    node: NDArray[np.int64]  # (b,) the walk-in's store or the collection store, else -1
    patience: NDArray[np.int64]  # (b,) seconds an accepted order may wait before picking begins; -1 for ever
    lines: NDArray[np.int64]  # (b,) number of lines
    sku: NDArray[np.int64]  # (l,)
    qty: NDArray[np.int64]  # (l,)

    def parts(self, baskets: int) -> Iterator[Requests]:
        """The same a part at a time, so many baskets in each; ids run on."""
        ends = np.concatenate([[0], np.cumsum(self.lines)])
        for begin in range(0, len(self.t), baskets):
            end = min(begin + baskets, len(self.t))
            first, last = int(ends[begin]), int(ends[end])
            yield Requests(
                self.first_basket + begin,
                self.first_request + first,
                **{name: getattr(self, name)[begin:end] for name in BASKET_COLUMNS},
                **{name: getattr(self, name)[first:last] for name in LINE_COLUMNS},
            )

    def only(self, keep: NDArray[np.bool_]) -> Requests:
        """The baskets chosen, with their lines; numbered from zero."""
        if keep.all():
            return self._replace(first_basket=0, first_request=0)
        lines = np.repeat(keep, self.lines)
        baskets = {name: getattr(self, name)[keep] for name in BASKET_COLUMNS}
        return Requests(0, 0, **baskets, **{name: getattr(self, name)[lines] for name in LINE_COLUMNS})

    def lines_only(self, keep: NDArray[np.bool_]) -> Requests:
        """The lines chosen; baskets left empty do not come. Numbered from zero."""
        basket = np.repeat(np.arange(len(self.t)), self.lines)
        lines = np.bincount(basket[keep], minlength=len(self.t)).astype(np.int64)
        fewer = self._replace(lines=lines, **{name: getattr(self, name)[keep] for name in LINE_COLUMNS})
        return fewer.only(lines > 0)


BASKET_COLUMNS = ("t", "channel", "place", "option", "node", "patience", "lines")
LINE_COLUMNS = ("sku", "qty")


def no_requests() -> Requests:
    """Nobody asks for anything."""
    none = np.zeros(0, np.int64)
    return Requests(0, 0, **dict.fromkeys((*BASKET_COLUMNS, *LINE_COLUMNS), none))


def united(parts: list[Requests], first_basket: int = 0, first_request: int = 0) -> Requests:
    """One block sorted by time; within one second the parts keep their order, and each part its own."""

    def column(name: str) -> NDArray[np.int64]:
        return np.concatenate([getattr(part, name) for part in parts])

    order = np.argsort(column("t"), kind="stable")
    lines = column("lines")
    starts = np.cumsum(lines) - lines
    sorted_lines = lines[order]
    offsets = np.arange(int(lines.sum())) - np.repeat(np.cumsum(sorted_lines) - sorted_lines, sorted_lines)
    rows = np.repeat(starts[order], sorted_lines) + offsets
    del offsets, starts
    baskets = {name: column(name)[order] for name in BASKET_COLUMNS}  # one at a time: a week of customers is large
    return Requests(first_basket, first_request, **baskets, **{name: column(name)[rows] for name in LINE_COLUMNS})
