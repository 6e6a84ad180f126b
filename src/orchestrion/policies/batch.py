"""A batch of orders decided together: exact, and only as joint as the orders force it to be.

Each order is first given its best assignment as if it were alone. Where several then want more of a SKU at a node than
there is, or more shipments than the node accepts, those orders are solved jointly, by one MILP; and so on until nothing
is promised twice. Each part is optimal with all the stock for itself, so that the parts together are a bound below
every plan; the moment they fit, they are an optimal plan. Units come first: as many as possible are served, then the
score decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrion.errors import SolverError
from orchestrion.policies.assignment import Ask, Shipment
from orchestrion.policies.free import Free
from orchestrion.policies.solver import Answer, Limits, Row, solve
from orchestrion.units import MICRO


@dataclass(frozen=True, slots=True)
class Part:
    """Orders decided together: their shipments, and how good that is."""

    orders: tuple[int, ...]  # positions in the batch, ascending
    shipments: tuple[tuple[int, Shipment], ...]  # (position, shipment)
    score: float  # of the shipments, micro-euros
    bound: float  # below the score of every plan that serves as many units
    proven: bool
    failed: bool = False  # the solver gave nothing: to be decided in another way


@dataclass(frozen=True, slots=True)
class Column:
    """A shipment that the MILP may choose: these lines of this order from this node."""

    order: int
    mask: int
    shipment: Shipment
    score: float  # micro-euros

    @property
    def name(self) -> str:
        lines = "_".join(str(line.number) for line in self.shipment.lines)
        return f"ship_{self.shipment.lines[0].order}_l{lines}_n{self.shipment.node}"


@dataclass(frozen=True, slots=True)
class Model:
    """One MILP: columns that are whole shipments, and for each line one that leaves it waiting."""

    columns: tuple[Column, ...]
    waits: tuple[tuple[str, int], ...]  # (name, units)
    wait_eur: float  # price of a unit left waiting: more than all shipments together can differ
    rows: tuple[Row, ...]

    @property
    def priced(self) -> list[tuple[str, float]]:
        """(name, euros) of every column."""
        shipments = [(column.name, column.score / MICRO) for column in self.columns]
        return shipments + [(name, self.wait_eur * units) for name, units in self.waits]


def decide_together(asks: Sequence[Ask], free: Free, limits: Limits, *, joint: bool = False) -> list[Part]:
    """The best plan for orders that each have an exact front, in independent parts.

    Parameters
    ----------
    limits
        When the solver stops, for each MILP; the gap in euros.
    joint
        Put all orders into one MILP at once, whether they want the same units or not: for checking.
    """
    if joint:
        return [_solve(asks, tuple(range(len(asks))), free, limits)]
    parts = [_alone(asks, i) for i in range(len(asks))]
    while clashes := _clashes(parts, free):
        merged = dict.fromkeys(i for clash in clashes for i in clash)
        rest = [part for i, part in enumerate(parts) if i not in merged]
        for clash in clashes:
            orders = tuple(sorted(o for i in clash for o in parts[i].orders))
            rest.append(_solve(asks, orders, free, limits))
        parts = rest
    return parts


def _alone(asks: Sequence[Ask], i: int) -> Part:
    score, chosen = asks[i].best()
    shipments = tuple((i, Shipment(int(asks[i].nodes[at]), asks[i].members(mask))) for mask, at in chosen)
    return Part((i,), shipments, score, score, True)


def _clashes(parts: Sequence[Part], free: Free) -> list[list[int]]:
    """Groups of parts that together want more than there is of some SKU at some node, or of a node's capacity."""
    units: dict[tuple[int, int], dict[int, int]] = {}
    shipments: dict[int, dict[int, int]] = {}
    for i, part in enumerate(parts):
        for _, shipment in part.shipments:
            calls = shipments.setdefault(shipment.node, {})
            calls[i] = calls.get(i, 0) + 1
            for line in shipment.lines:
                wanted = units.setdefault((line.sku, shipment.node), {})
                wanted[i] = wanted.get(i, 0) + line.qty
    fights = [list(w) for (sku, node), w in units.items() if len(w) > 1 and sum(w.values()) > free.row(sku)[node]]
    fights += [list(w) for node, w in shipments.items() if len(w) > 1 and sum(w.values()) > free.capacity(node)]
    leader = list(range(len(parts)))

    def find(i: int) -> int:
        while leader[i] != i:
            leader[i] = i = leader[leader[i]]
        return i

    for fight in fights:
        for i in fight[1:]:
            leader[find(i)] = find(fight[0])
    groups: dict[int, list[int]] = {}
    for fight in fights:
        for i in fight:
            members = groups.setdefault(find(i), [])
            if i not in members:
                members.append(i)
    return list(groups.values())


def _solve(asks: Sequence[Ask], orders: tuple[int, ...], free: Free, limits: Limits) -> Part:
    model = build(asks, orders, free)
    try:
        answer: Answer = solve("batch", model.priced, model.rows, limits)
    except SolverError:
        return Part(orders, (), 0.0, 0.0, False, failed=True)
    chosen = [model.columns[i] for i in answer.chosen if i < len(model.columns)]
    waiting = sum(model.waits[i - len(model.columns)][1] for i in answer.chosen if i >= len(model.columns))
    score = sum(column.score for column in chosen)
    bound = (answer.bound - waiting * model.wait_eur) * MICRO
    shipments = tuple((column.order, column.shipment) for column in chosen)
    return Part(orders, shipments, score, min(score, bound), answer.proven)


def build(asks: Sequence[Ask], orders: Sequence[int], free: Free) -> Model:
    """The MILP of these orders.

    Columns that an optimal plan can do without are left out: among as many nodes as the batch has lines there is one
    that no other shipment touches, so worse ones are not needed; and of nodes where nothing is scarce an order needs
    only as many as it has lines.
    """
    lines = sum(len(asks[o].lines) for o in orders)
    asked: dict[int, int] = {}
    for o in orders:
        for line in asks[o].lines:
            asked[line.sku] = asked.get(line.sku, 0) + line.qty
    columns: list[Column] = []
    wait_eur = 1.0
    for o in orders:
        mine = _columns(asks[o], o, lines, asked, len(orders), free)
        columns += mine
        scores = [column.score for column in mine] + [0.0]
        wait_eur += len(asks[o].lines) * (max(scores) - min(scores)) / MICRO
    rows, waits = _line_rows(asks, orders, columns)
    rows += _stock_rows(columns, free) + _capacity_rows(columns, free) + _apart_rows(columns)
    return Model(tuple(columns), tuple(waits), wait_eur, tuple(rows))


def _columns(ask: Ask, o: int, most: int, asked: dict[int, int], orders: int, free: Free) -> list[Column]:
    columns = []
    for mask in range(1, 1 << len(ask.lines)):
        group, members, plenty = ask.group(mask), ask.members(mask), 0
        for rank in range(most):
            score, position = group.nth(rank)
            if position < 0 or plenty == len(ask.lines):
                break
            node = int(ask.nodes[position])
            columns.append(Column(o, mask, Shipment(node, members), score))
            plenty += free.capacity(node) >= orders and all(
                free.row(line.sku)[node] >= asked[line.sku] for line in members
            )
    return columns


def _line_rows(
    asks: Sequence[Ask], orders: Sequence[int], columns: Sequence[Column]
) -> tuple[list[Row], list[tuple[str, int]]]:
    """Each line leaves in one shipment, or waits."""
    terms: dict[tuple[int, int], list[tuple[int, int]]] = {
        (o, i): [] for o in orders for i in range(len(asks[o].lines))
    }
    for c, column in enumerate(columns):
        for i in range(len(asks[column.order].lines)):
            if column.mask >> i & 1:
                terms[column.order, i].append((c, 1))
    rows: list[Row] = []
    waits: list[tuple[str, int]] = []
    for (o, i), shipped in terms.items():
        line = asks[o].lines[i]
        shipped.append((len(columns) + len(waits), 1))
        waits.append((f"wait_{line.order}_l{line.number}", line.qty))
        rows.append(Row(f"line_{line.order}_l{line.number}", shipped, 1, equal=True))
    return rows, waits


def _stock_rows(columns: Sequence[Column], free: Free) -> list[Row]:
    """No node gives more of a SKU than it has to promise."""
    terms: dict[tuple[int, int], list[tuple[int, int]]] = {}
    most: dict[tuple[int, int], dict[int, int]] = {}  # (an order sends one shipment from a node at most)
    for c, column in enumerate(columns):
        units: dict[int, int] = {}
        for line in column.shipment.lines:
            units[line.sku] = units.get(line.sku, 0) + line.qty
        for sku, qty in units.items():
            place = (sku, column.shipment.node)
            terms.setdefault(place, []).append((c, qty))
            by_order = most.setdefault(place, {})
            by_order[column.order] = max(qty, by_order.get(column.order, 0))
    rows = []
    for (sku, node), shipped in terms.items():
        atp = int(free.row(sku)[node])
        if sum(most[sku, node].values()) > atp:
            rows.append(Row(f"stock_s{sku}_n{node}", shipped, atp))
    return rows


def _capacity_rows(columns: Sequence[Column], free: Free) -> list[Row]:
    """No node takes more shipments than it still accepts today."""
    terms: dict[int, list[tuple[int, int]]] = {}
    for c, column in enumerate(columns):
        terms.setdefault(column.shipment.node, []).append((c, 1))
    return [
        Row(f"capacity_n{node}", shipped, free.capacity(node))
        for node, shipped in terms.items()
        if len(shipped) > free.capacity(node)
    ]


def _apart_rows(columns: Sequence[Column]) -> list[Row]:
    """Two shipments of one order leave from two nodes: from one node they would be one, which is another column."""
    terms: dict[tuple[int, int], list[int]] = {}
    for c, column in enumerate(columns):
        terms.setdefault((column.order, column.shipment.node), []).append(c)
    rows = []
    for (_, node), mine in terms.items():
        if any(not columns[a].mask & columns[b].mask for a in mine for b in mine):
            order = columns[mine[0]].shipment.lines[0].order
            rows.append(Row(f"apart_{order}_n{node}", [(c, 1) for c in mine], 1))
    return rows
