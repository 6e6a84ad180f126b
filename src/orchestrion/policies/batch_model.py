"""The MILP of a batch: columns that are whole shipments, rows for units, capacity, splits and collections.

One row for each thing that may bind and no more: a shelf that has enough for all who might want it needs none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import and_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.policies.assignment import Ask, Shipment
from orchestrion.policies.free import Free
from orchestrion.policies.solver import Row
from orchestrion.units import MICRO

Terms = list[tuple[int, float]]


class Column(NamedTuple):
    """A shipment that the MILP may choose: these lines of this order from this node."""

    order: int
    mask: int
    shipment: Shipment
    score: float  # micro-euros

    @property
    def name(self) -> str:
        node, lines = self.shipment
        numbers = "_".join([str(line.number) for line in lines])
        return f"ship_{lines[0].order}_l{numbers}_n{node}"


@dataclass(frozen=True, slots=True)
class Model:
    """One MILP: shipments, then for each line one column that leaves it waiting, then nodes that are called on."""

    columns: tuple[Column, ...]
    waits: tuple[tuple[str, int], ...]  # (name, units)
    wait_eur: float  # price of a unit left waiting: more than all shipments together can differ
    opens: tuple[tuple[str, float], ...]  # (name, euros of a collection)
    rows: tuple[Row, ...]

    @property
    def priced(self) -> list[tuple[str, float]]:
        """(name, euros) of every column."""
        shipments = [(column.name, column.score / MICRO) for column in self.columns]
        return shipments + [(name, self.wait_eur * units) for name, units in self.waits] + list(self.opens)


def build(asks: Sequence[Ask], orders: Sequence[int], free: Free, collection_eur: float = 0.0) -> Model:
    """The MILP of these orders.

    Columns that an optimal plan can do without are left out, by two arguments. Among as many nodes as the batch has
    lines there is one that no other shipment touches, so worse ones are not needed. And of nodes where nothing is
    scarce an order needs only as many as it has lines: one of them is not used by its other shipments. Either move may
    make one more collection, so that with a price on these only columns dearer by more than that are left out.

    Parameters
    ----------
    collection_eur
        Price of the first shipment of a node that has no work on its list yet, whatever is in it [EUR].
    """
    lines = sum(len(asks[o].lines) for o in orders)
    asked: dict[int, int] = {}
    for o in orders:
        for line in asks[o].lines:
            asked[line.sku] = asked.get(line.sku, 0) + line.qty
    shelves = _Shelves(asked, len(orders), free)
    columns: list[Column] = []
    wait_eur = 1.0
    for o in orders:
        mine = _columns(asks[o], o, lines, shelves, collection_eur * MICRO)
        columns += mine
        scores = [column.score for column in mine] + [0.0]
        wait_eur += len(asks[o].lines) * ((max(scores) - min(scores)) / MICRO + collection_eur)
    rows, waits = _line_rows(asks, orders, columns)
    at_node: dict[int, dict[int, list[int]]] = {}  # node -> order -> columns
    for c, column in enumerate(columns):
        at_node.setdefault(column.shipment.node, {}).setdefault(column.order, []).append(c)
    opens: list[tuple[str, float]] = []
    rows += _stock_rows(columns, free) + _capacity_rows(at_node, free)
    if collection_eur:
        opens, linked = _collection_rows(at_node, columns, free, collection_eur, len(columns) + len(waits))
        rows += linked
    rows += _apart_rows(at_node, columns) + _three_rows(columns) + _split_rows(columns, free)
    return Model(tuple(columns), tuple(waits), wait_eur, tuple(opens), tuple(rows))


class _Shelves:
    """Where nothing can run out, whatever the batch asks."""

    def __init__(self, asked: dict[int, int], orders: int, free: Free) -> None:
        count = len(free.view.world.nodes)
        room = np.array([free.capacity(node) >= orders for node in range(count)])
        self._ample = {sku: (free.row(sku) >= units) & room for sku, units in asked.items()}

    def ample(self, ask: Ask) -> list[NDArray[np.bool_]]:
        """For each line of the order its candidates that have enough for everybody."""
        return [self._ample[line.sku][ask.nodes] for line in ask.lines]


def _columns(ask: Ask, o: int, most: int, shelves: _Shelves, collection: float) -> list[Column]:
    columns = []
    ample, nodes, count = shelves.ample(ask), ask.nodes.tolist(), len(ask.lines)
    for mask in range(1, 1 << count):
        group, members = ask.group(mask), ask.members(mask)
        rows = [i for i in range(count) if mask >> i & 1]
        plenty = ample[rows[0]] if len(rows) == 1 else np.logical_and.reduce([ample[i] for i in rows])
        seen, limit = 0, np.inf
        for rank, (score, position) in enumerate(group.ranked()):
            if score > limit or (limit < np.inf and not collection):
                break
            columns.append(Column(o, mask, Shipment(nodes[position], members), score))
            seen += bool(plenty[position])
            if limit == np.inf and (seen == count or rank + 1 >= most):
                limit = score + collection
    return columns


def _line_rows(
    asks: Sequence[Ask], orders: Sequence[int], columns: Sequence[Column]
) -> tuple[list[Row], list[tuple[str, int]]]:
    """Each line leaves in one shipment, or waits."""
    terms: dict[int, list[Terms]] = {o: [[] for _ in asks[o].lines] for o in orders}
    for c, column in enumerate(columns):
        mine = terms[column.order]
        for i in range(len(mine)):
            if column.mask >> i & 1:
                mine[i].append((c, 1))
    rows: list[Row] = []
    waits: list[tuple[str, int]] = []
    for o, mine in terms.items():
        for line, shipped in zip(asks[o].lines, mine, strict=True):
            shipped.append((len(columns) + len(waits), 1))
            waits.append((f"wait_{line.order}_l{line.number}", line.qty))
            rows.append(Row(f"line_{line.order}_l{line.number}", shipped, 1, equal=True))
    return rows, waits


def _stock_rows(columns: Sequence[Column], free: Free) -> list[Row]:
    """No node gives more of a SKU than it has to promise."""
    terms: dict[tuple[int, int], Terms] = {}
    most: dict[tuple[int, int], dict[int, int]] = {}  # (an order sends one shipment from a node at most)
    for c, column in enumerate(columns):
        node, lines = column.shipment
        units: dict[int, int] = {}
        for line in lines:
            units[line.sku] = units.get(line.sku, 0) + line.qty
        for sku, qty in units.items():
            place = (sku, node)
            mine = terms.get(place)
            if mine is None:
                mine, most[place] = terms.setdefault(place, []), {}
            mine.append((c, qty))
            by_order = most[place]
            if by_order.get(column.order, 0) < qty:
                by_order[column.order] = qty
    rows = []
    for (sku, node), shipped in terms.items():
        atp = int(free.row(sku)[node])
        if sum(most[sku, node].values()) > atp:
            rows.append(Row(f"stock_s{sku}_n{node}", shipped, atp))
    return rows


AtNode = dict[int, dict[int, list[int]]]


def _capacity_rows(at_node: AtNode, free: Free) -> list[Row]:
    """No node takes more shipments than it still accepts today."""
    rows = []
    for node, by_order in at_node.items():
        room = free.capacity(node)
        if len(by_order) > room:  # (an order sends one shipment from a node at most)
            rows.append(Row(f"capacity_n{node}", [(c, 1) for mine in by_order.values() for c in mine], room))
    return rows


def _apart_rows(at_node: AtNode, columns: Sequence[Column]) -> list[Row]:
    """Two shipments of one order leave from two nodes: from one node they would be one, which is another column."""
    rows = []
    for node, by_order in at_node.items():
        for mine in by_order.values():
            if len(mine) > 1 and _may_both(mine, columns):
                order = columns[mine[0]].shipment.lines[0].order
                rows.append(Row(f"apart_{order}_n{node}", [(c, 1) for c in mine], 1))
    return rows


def _three_rows(columns: Sequence[Column]) -> list[Row]:
    """Of any three lines of an order, one shipment at most takes two or more.

    True of every plan, but not of the relaxation: a half of each of the shipments of lines 1 and 2, 2 and 3, 1 and 3
    serves all three lines with one and a half. Of a usual batch it is in whole shipments with these rows: no search.
    """
    of: dict[int, list[tuple[int, int]]] = {}  # order -> (column, its lines)
    for c, column in enumerate(columns):
        of.setdefault(column.order, []).append((c, column.mask))
    rows = []
    for mine in of.values():
        count = max(mask for _, mask in mine).bit_length()
        for three in combinations(range(count), 3):
            lines = sum(1 << i for i in three)
            sharing = [(c, mask & lines) for c, mask in mine if (mask & lines).bit_count() > 1]
            if sharing and not reduce(and_, [mask for _, mask in sharing]):  # else the row of a line says as much
                order = columns[sharing[0][0]].shipment.lines[0].order
                name = "_".join(map(str, three))
                rows.append(Row(f"three_{order}_{name}", [(c, 1) for c, _ in sharing], 1))
    return rows


def _may_both(mine: Sequence[int], columns: Sequence[Column]) -> bool:
    """Whether two of the columns have no line in common."""
    masks = [columns[c].mask for c in mine]
    return any(not a & b for i, a in enumerate(masks) for b in masks[:i])


def _split_rows(columns: Sequence[Column], free: Free) -> list[Row]:
    """No order leaves in more shipments than it may."""
    terms: dict[int, list[int]] = {}
    for c, column in enumerate(columns):
        terms.setdefault(column.shipment.lines[0].order, []).append(c)
    rows = []
    for order, mine in terms.items():
        room = free.room(order)
        if room is not None and _can_exceed([columns[c].mask for c in mine], room):
            rows.append(Row(f"split_{order}", [(c, 1) for c in mine], room))
    return rows


def _can_exceed(masks: Sequence[int], room: int) -> bool:
    """Whether the lines could make up more shipments than that."""
    every = 0
    for mask in masks:
        every |= mask
    return every.bit_count() > room


def _collection_rows(
    at_node: AtNode, columns: Sequence[Column], free: Free, euros: float, first: int
) -> tuple[list[tuple[str, float]], list[Row]]:
    """A node that ships is called on, once; where there is work on the list already, it is called on anyway.

    One row for each order that a node may serve, which keeps the relaxation tight.
    """
    opens: list[tuple[str, float]] = []
    rows: list[Row] = []
    for node, by_order in at_node.items():
        if free.called(node):
            continue
        opened = first + len(opens)
        opens.append((f"call_n{node}", euros))
        for mine in by_order.values():
            order = columns[mine[0]].shipment.lines[0].order
            rows.append(Row(f"call_{order}_n{node}", [*((c, 1) for c in mine), (opened, -1)], 0))
    return opens, rows
