"""A batch of orders decided together: exact, and only as joint as the orders force it to be.

Each order is first given its best assignment as if it were alone. Where several then want more of a SKU at a node than
there is, or more shipments than the node accepts, those orders are solved jointly, by one MILP; and so on until nothing
is promised twice. Each part is optimal with all the stock for itself, so that the parts together are a bound below
every plan; the moment they fit, they are an optimal plan. Units come first: as many as possible are served, then the
score decides.

What the solver does not finish is decided one by one as well; of the two plans the better one stands.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from orchestrion.domain.codes import Reason
from orchestrion.errors import SolverError
from orchestrion.policies.assignment import Ask, Shipment, front, parcels
from orchestrion.policies.batch_model import Model, build
from orchestrion.policies.free import Free
from orchestrion.policies.objective import score_of
from orchestrion.policies.solver import Answer, Limits, solve
from orchestrion.units import MICRO

_ROUNDS = 2  # of merging only who clashes; who still clashes then is solved with all who might


@dataclass(frozen=True, slots=True)
class Part:
    """Orders decided together: their shipments, and how good that is."""

    orders: tuple[int, ...]  # positions in the batch, ascending
    shipments: tuple[tuple[int, Shipment], ...]  # (position, shipment)
    score: float  # of the shipments, micro-euros
    bound: float  # below the score of every plan that serves as many units; -inf for none
    proven: bool
    one_by_one: bool = False  # the solver gave nothing, or nothing as good


def decide_together(
    asks: Sequence[Ask], free: Free, limits: Limits, *, collection_eur: float = 0.0, joint: bool = False
) -> list[Part]:
    """The best plan for orders that each have an exact front, in independent parts.

    Parameters
    ----------
    limits
        When the solver stops, for each MILP; the gap in euros.
    collection_eur
        Price of the first shipment of a node that has no work on its list yet. Orders then do better by leaving from
        the same node, wherever that is, and none can be decided alone [EUR].
    joint
        Put all orders into one MILP at once, whether they want the same units or not: for checking.
    """
    with _tidying_later():
        return _decided(asks, free, limits, collection_eur, joint)


@contextmanager
def _tidying_later() -> Iterator[None]:
    """No collection of garbage while models are written: none of it is garbage, and there is much to look through."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _decided(asks: Sequence[Ask], free: Free, limits: Limits, collection_eur: float, joint: bool) -> list[Part]:
    if (joint or collection_eur) and asks:
        return [_solve(asks, tuple(range(len(asks))), free, limits, collection_eur)]
    parts = [_alone(asks, i, free) for i in range(len(asks))]
    rounds = 0
    while clashes := _clashes(parts, free):
        rounds += 1
        if rounds > _ROUNDS or 4 * sum(len(parts[i].orders) for clash in clashes for i in clash) > len(asks):
            clashes = _connected(asks, parts, clashes, free)
        merged = dict.fromkeys(i for clash in clashes for i in clash)
        rest = [part for i, part in enumerate(parts) if i not in merged]
        for clash in clashes:
            orders = tuple(sorted(o for i in clash for o in parts[i].orders))
            rest.append(_solve(asks, orders, free, limits))
        parts = rest
    return parts


def _alone(asks: Sequence[Ask], i: int, free: Free) -> Part:
    ask = asks[i]
    score, chosen = ask.best(free.room(ask.order.id))
    shipments = tuple((i, Shipment(int(ask.nodes[at]), ask.members(mask))) for mask, at in chosen)
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
    return _joined(len(parts), fights)


def _connected(asks: Sequence[Ask], parts: Sequence[Part], clashes: list[list[int]], free: Free) -> list[list[int]]:
    """The groups with all parts that might want what they want of anything scarce: none of them will clash again."""
    units: dict[tuple[int, int], dict[int, int]] = {}
    shipments: dict[int, dict[int, int]] = {}
    for i, part in enumerate(parts):
        for o in part.orders:
            ask = asks[o]
            wanted: dict[int, int] = {}
            for line in ask.lines:
                wanted[line.sku] = wanted.get(line.sku, 0) + line.qty
            nodes = ask.nodes[ask.enough.any(axis=0)].tolist()
            for node in nodes:
                calls = shipments.setdefault(node, {})
                calls[i] = calls.get(i, 0) + 1
            for sku, qty in wanted.items():
                for node in ask.nodes[free.row(sku)[ask.nodes] > 0].tolist():
                    mine = units.setdefault((sku, node), {})
                    mine[i] = mine.get(i, 0) + qty
    fights = [list(w) for (sku, node), w in units.items() if len(w) > 1 and sum(w.values()) > free.row(sku)[node]]
    fights += [list(w) for node, w in shipments.items() if len(w) > 1 and sum(w.values()) > free.capacity(node)]
    clashing = {i for clash in clashes for i in clash}  # only looked up
    return [group for group in _joined(len(parts), fights) if any(i in clashing for i in group)]


def _joined(count: int, fights: Sequence[Sequence[int]]) -> list[list[int]]:
    """Groups of who fights with whom, directly or not."""
    leader = list(range(count))

    def find(i: int) -> int:
        while leader[i] != i:
            leader[i] = i = leader[leader[i]]
        return i

    for fight in fights:
        for i in fight[1:]:
            leader[find(i)] = find(fight[0])
    groups: dict[int, dict[int, None]] = {}
    for fight in fights:
        groups.setdefault(find(fight[0]), {}).update(dict.fromkeys(fight))
    return [list(group) for group in groups.values()]


def _solve(
    asks: Sequence[Ask], orders: tuple[int, ...], free: Free, limits: Limits, collection_eur: float = 0.0
) -> Part:
    model = build(asks, orders, free, collection_eur)
    try:
        answer = solve("batch", model.priced, model.rows, limits)
    except SolverError:
        return _one_by_one(asks, orders, free, collection_eur)[1]
    ships, waits = len(model.columns), len(model.waits)
    chosen = [model.columns[i] for i in answer.chosen if i < ships]
    waiting = sum(model.waits[i - ships][1] for i in answer.chosen if ships <= i < ships + waits)
    calls = sum(1 for i in answer.chosen if i >= ships + waits)
    score = sum(column.score for column in chosen) + calls * collection_eur * MICRO
    shipments = tuple((column.order, column.shipment) for column in chosen)
    # short of the optimum, be it by a limit or within the gap asked for, a plan made one by one may be better
    if not answer.proven or _bound(model, answer, waiting, score) < score - 1:  # micro-euro
        left, other = _one_by_one(asks, orders, free, collection_eur)
        if (left, other.score) < (waiting, score):
            return replace(other, bound=_bound(model, answer, left, other.score), proven=answer.proven)
    return Part(orders, shipments, score, _bound(model, answer, waiting, score), answer.proven)


def _bound(model: Model, answer: Answer, waiting: int, score: float) -> float:
    """The solver's bound without the price of the units that wait, micro-euros."""
    return min(score, (answer.bound - waiting * model.wait_eur) * MICRO)


def _one_by_one(
    asks: Sequence[Ask], orders: tuple[int, ...], free: Free, collection_eur: float
) -> tuple[int, Part]:
    """(units left waiting, the part) when the orders are decided as they came, each at its best."""
    trial = free.twin()
    shipments: list[tuple[int, Shipment]] = []
    called: dict[int, None] = {}
    score, waiting = 0.0, 0
    for o in orders:
        ask = asks[o]
        asked = {line.number: line for line in ask.lines}
        found = front(ask.order._replace(lines=ask.lines), trial)
        mine = [] if found is None else parcels(ask.objective, ask.order, found, ask.view, trial.room(ask.order.id))
        for shipment in mine:
            for line in shipment.lines:
                trial.take(asked[line.number], shipment.node, line.qty, Reason.FALLBACK)
            trial.opened(shipment.node, ask.order.id)
            score += score_of(ask.objective, ask.order, shipment.lines, shipment.node, ask.view)
            if not free.called(shipment.node):
                called[shipment.node] = None
        shipments += [(o, shipment) for shipment in mine]
        waiting += sum(trial.plan.open_units(line) for line in ask.lines)
    score += len(called) * collection_eur * MICRO
    return waiting, Part(orders, tuple(shipments), score, -np.inf, False, one_by_one=True)
