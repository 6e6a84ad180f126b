"""The books are closed when a replication has ended: what became of each wish, what it all cost, what is still to come.

Everything that concerns a customer can be told from what happened to that customer, and is: all at once for a short
replication, some thousands of customers at a time for a long one. What concerns stock is told in the order it happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.archive import Archive
from orchestrion.domain.codes import Channel, Outcome, Reason, StockKind
from orchestrion.domain.facts import SCHEMA, Column, Facts, Part, Table, empty
from orchestrion.domain.picks import picks_of
from orchestrion.domain.promotions import priced
from orchestrion.domain.world import World
from orchestrion.logistics.book import book
from orchestrion.logistics.losses import lost_stock
from orchestrion.logistics.markdowns import markdowns
from orchestrion.logistics.still_due import ACCRUALS_SORTED, Again, due_back, written_down
from orchestrion.simulation.ledger import ordered
from orchestrion.simulation.shown import Shown
from orchestrion.units import DAY

# the order in which tables are kept; the others: in the order of recording
SORTED: Mapping[str, tuple[str, ...]] = {
    "orders": ("t", "order"),
    "lines": ("order", "line"),
    "shipments": ("sourced_t", "shipment"),
    "spells": ("from_t", "scope", "sku", "node"),
    "work": ("from_t", "node"),
    "costs": ("t", "order", "node", "shipment", "component"),
    "emissions": ("t", "order", "shipment", "leg"),
    "accruals": ACCRUALS_SORTED,
}
AS_RECORDED = ("stock", "events", "reviews", "decisions", "returns", "orders", "lines", "shipments", "work")
HANG_ON_ORDERS = ("orders", "lines", "shipments", "events", "returns")
OF_REQUESTS = ("wishes", "outcomes", "swaps")
_STOCK_ROWS = 60_000  # read at a time
_WISHES = 40_000  # customers' wishes read at a time
_ONLINE = 6_000  # of them told online, at a time: some thirty rows of facts hang on each
_SHELF_ROWS = 500_000  # of some SKUs, read at a time


def of_customers(world: World, happened: Mapping[str, Table], under_way: Table) -> tuple[dict[str, Table], Again]:
    """What became of some customers' wishes: requests, costs, emissions, returns_due and accruals of theirs.

    Parameters
    ----------
    happened
        The tables of `HANG_ON_ORDERS` and `OF_REQUESTS`, all that there is about them.
    under_way
        Of their goods, those on the way back, in the shape of `returns`.

    Returns
    -------
    The tables, and what the closing stock will have more of.
    """
    requests = requests_of(world, *(happened[name] for name in OF_REQUESTS))
    costs, emissions = book(world, *(happened[name] for name in HANG_ON_ORDERS))
    due, accruals, again = due_back(world, happened, under_way)
    tables = {
        "requests": requests, "costs": joined("costs", costs, markdowns(world, requests)), "emissions": emissions,
        "returns_due": due, "accruals": accruals,
    }  # fmt: skip
    return tables, again


def requests_of(world: World, wishes: Table, outcomes: Table, swaps: Table) -> Table:
    """Every wish with what became of it; the last word counts (a wish served may be cancelled later)."""
    count = len(wishes["request"])
    if not count:
        return empty("requests")
    walked = wishes["channel"] == Channel.WALK_IN
    t, node = wishes["t"], wishes["node"]
    table: dict[str, Column] = {
        **wishes,
        # a walk-in is served at once unless something else was written down
        "outcome": np.where(walked, Outcome.SERVED, Outcome.WAITING),
        "reason": np.full(count, -1),
        "value": priced(world.promotions, world.skus.price, wishes["sku"], t // DAY) * wishes["qty"],
        "order": np.full(count, -1),
        "resolved_t": np.where(walked, t, -1),
        "served_at": np.where(walked, node, -1),
        "substitute": np.full(count, -1),
        "paid": np.full(count, -1),
    }
    for written in (outcomes, swaps):
        at = written["request"] - int(wishes["request"][0])
        for column in written:
            if column != "request":
                table[column][at] = written[column]  # NumPy assigns in order: the last word stays
    zones = np.array([node.zone for node in world.nodes])
    table["zone"] = np.where(table["zone"] < 0, zones[node], table["zone"])
    return {name: table[name].astype(field.dtype) for name, field in SCHEMA["requests"].items()}


def joined(name: str, *tables: Table) -> Table:
    """Rows of one fact table from several places, in the schema's types."""
    return {
        column: np.concatenate([table[column].astype(field.dtype) for table in tables])
        for column, field in SCHEMA[name].items()
    }


def hidden_and_phantom(world: World) -> Shown | None:
    """Who follows what the web shows, where that can be something else than what is there."""
    return None if world.records is None and world.visibility is None else Shown(world)


class Ended(NamedTuple):
    """What is left of a shop when its replication has ended."""

    under_way: Table  # on its way back, in the shape of `returns`
    closing: NDArray[np.int32]  # the retailer's units, those on their way between nodes included, shape (S, N)


def closed_books(
    archive: Archive, world: World, dims: Mapping[str, Mapping[str, Any]], ended: Ended
) -> Iterator[Facts]:
    """Close the books of a replication whose ledger is in an archive, a part at a time; each part is handed out.

    Parts of the house (stock, spells, work) come first, then customers in the order in which they asked, then what
    stores lacked, SKU by SKU. When all are through, the archive holds every table, in order.
    """

    def part(kind: Part, **tables: Table) -> Facts:
        whole = {name: empty(name) for name in SCHEMA} | tables
        return Facts(whole, dims, world.warm_up_s, world.horizon_s, world.end_s, kind)

    shown = hidden_and_phantom(world)
    moved = np.zeros(len(world.skus), np.int64)
    for stock in archive.blocks("stock", _STOCK_ROWS):
        moved += np.bincount(stock["sku"], minlength=len(moved))
        archive.add("came", _rows(stock, stock["kind"] == StockKind.RECEIVED))
        archive.add("costs", lost_stock(world, stock))
        if shown is not None:
            archive.add("spells", _spells(shown.block(stock)))
        yield part("stock", stock=stock)
    if shown is not None:
        archive.add("spells", _spells(shown.close()))
        del shown
    for name in ("spells", "costs"):
        for rows in archive.blocks(name, _STOCK_ROWS):
            yield part("stock", **{name: rows})
    yield part("house", work=joined("work", *archive.blocks("work", _STOCK_ROWS), empty("work")))
    again: list[Again] = []
    for wishes in _customers(archive):
        tables, more = _cohort(archive, world, wishes, ended.under_way)
        again.append(more)
        asked = tables["requests"]
        unmet = (asked["outcome"] == Outcome.LOST) & (asked["reason"] == Reason.SHELF_EMPTY)
        archive.add("unmet", _rows(asked, unmet))
        yield part("customers", **tables)
    written = written_down(world, again, ended.closing)
    archive.add("accruals", written)
    yield part("stock", accruals=written)
    for begin, end in _ranges(moved):
        # tables of their own: to look for some SKUs is to go through the whole
        found = {"stock": "came", "picks": "picks", "requests": "unmet"}
        yield part("shelf", **{name: archive.between(rows, "sku", begin, end) for name, rows in found.items()})
    for name, keys in SORTED.items():
        archive.sort(name, keys)


def _rows(table: Table, which: NDArray[np.bool_]) -> Table:
    return {name: column[which] for name, column in table.items()}


def _spells(columns: tuple[Column, ...]) -> Table:
    fields = SCHEMA["spells"].items()
    return {name: column.astype(field.dtype) for (name, field), column in zip(fields, columns, strict=True)}


def _customers(archive: Archive) -> Iterator[Table]:
    """Wishes some at a time; what a customer wishes at one moment stays together."""
    rest: Table | None = None
    for block in archive.blocks("wishes", _WISHES):
        wishes = block if rest is None else {name: np.concatenate([rest[name], block[name]]) for name in block}
        cut = int(np.searchsorted(wishes["basket"], wishes["basket"][-1]))
        rest = {name: column[cut:] for name, column in wishes.items()}
        if cut:
            yield from _parted({name: column[:cut] for name, column in wishes.items()})
    if rest is not None:
        yield from _parted(rest)


def _parted(wishes: Table) -> Iterator[Table]:
    """The same in parts with not too many online wishes each, cut between customers."""
    starts = np.flatnonzero(np.diff(wishes["basket"], prepend=-1))
    online = np.cumsum(wishes["channel"] != Channel.WALK_IN)[starts]
    cuts = starts[np.flatnonzero(np.diff(online // _ONLINE, prepend=-1))]
    for begin, end in zip(cuts.tolist(), [*cuts.tolist()[1:], len(wishes["basket"])], strict=True):
        yield {name: column[begin:end] for name, column in wishes.items()}


def _cohort(archive: Archive, world: World, wishes: Table, under_way: Table) -> tuple[dict[str, Table], Again]:
    """What became of these wishes: added to the archive, and handed back with all that hangs on their orders."""
    begin, end = int(wishes["request"][0]), int(wishes["request"][-1]) + 1
    happened: dict[str, Table] = {"wishes": wishes}
    for name in (*HANG_ON_ORDERS, *OF_REQUESTS[1:]):
        table = archive.between(name, "request" if name in OF_REQUESTS else "order", begin, end)
        happened[name] = ordered(table, SORTED.get(name, ()))
    theirs = (under_way["order"] >= begin) & (under_way["order"] < end)
    tables, again = of_customers(world, happened, {name: column[theirs] for name, column in under_way.items()})
    for name, table in (*tables.items(), ("picks", picks_of(happened["events"], happened["lines"]))):
        archive.add(name, table)
    spells = archive.between(
        "spells", "from_t", 0, int(wishes["t"][-1]) + 1, f"(to_t < 0 OR to_t >= {int(wishes['t'][0])})"
    )
    return {**tables, **{name: happened[name] for name in HANG_ON_ORDERS}, "spells": spells}, again


def _ranges(moved: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Ranges of SKUs with not too many movements each."""
    part = np.cumsum(moved) // _SHELF_ROWS
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    for begin, end in zip(starts, np.append(starts[1:], len(moved)), strict=True):
        yield int(begin), int(end)
