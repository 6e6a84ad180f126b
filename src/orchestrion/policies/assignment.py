"""The best assignment of one order to nodes: exact for the usual few lines, greedy with improvement for long lists.

A shipment is a group of the order's lines leaving one node together. A plan for an order is therefore a partition of
its lines into groups and a node of its own for each group; its score is the sum over the groups. Up to `EXACT_LINES`
lines all partitions are weighed (15 for four lines, 52 for five), most of them discarded by a bound before they are
priced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from heapq import heappop, heappush
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import NetworkView
from orchestrion.policies.cover import cover
from orchestrion.policies.free import Free
from orchestrion.policies.objective import Objective, Scores

EXACT_LINES = 5

Nodes = NDArray[np.intp]


class Shipment(NamedTuple):
    """Lines (with the quantities taken) that one node would send together."""

    node: int
    lines: tuple[Line, ...]


@lru_cache(maxsize=8)
def partitions(count: int) -> tuple[tuple[int, ...], ...]:
    """All partitions of `count` lines, each a tuple of bit masks; the fewest groups first.

    >>> partitions(2)
    ((3,), (1, 2))
    >>> [len(partitions(n)) for n in (1, 2, 3, 4, 5)]      # the Bell numbers
    [1, 2, 5, 15, 52]
    """

    def grow(line: int) -> Iterator[tuple[int, ...]]:
        if line == 0:
            yield ()
            return
        bit = 1 << (line - 1)
        for groups in grow(line - 1):
            for i, group in enumerate(groups):
                yield groups[:i] + (group | bit,) + groups[i + 1 :]
            yield groups + (bit,)

    return tuple(sorted(grow(count), key=lambda groups: (len(groups), groups)))


class _Group:
    """Some lines of the order as one shipment: its score at every candidate, with lateness where that may matter."""

    __slots__ = ("_best", "_heap", "_late", "_next", "_order", "_ranked", "scores")

    def __init__(self, scores: Scores, late: _Lateness | None) -> None:
        self.scores = scores  # infinite where the group is not to be had
        self._late = late
        self._best: tuple[float, int] | None = None
        self._ranked: list[tuple[float, int]] = []
        self._heap: list[tuple[float, int]] = []
        self._order: NDArray[np.intp] | None = None
        self._next = 0

    def best(self) -> tuple[float, int]:
        """(score, position) of the best node; (inf, -1) when there is none."""
        if self._best is None:
            self._best = self._find_best()
        return self._best

    def _find_best(self) -> tuple[float, int]:
        position = int(self.scores.argmin())
        score = float(self.scores[position])
        if score == np.inf:
            return np.inf, -1
        if self._late is None or not self._late(position):  # the usual case: the best in score is in time
            return score, position
        return self.nth(0)

    def nth(self, rank: int) -> tuple[float, int]:
        """(score, position) of the node of this rank; (inf, -1) beyond the last."""
        if self._order is None:
            self._order = np.argsort(self.scores, kind="stable")  # ties: nearest first
        while len(self._ranked) <= rank:
            # an unpriced node can only beat the heap if it does so before its lateness is added
            while self._next < len(self._order):
                position = int(self._order[self._next])
                score = float(self.scores[position])
                if score == np.inf or (self._heap and self._heap[0] < (score, position)):
                    break
                self._next += 1
                heappush(self._heap, (score + (self._late(position) if self._late else 0.0), position))
            if not self._heap:
                return np.inf, -1
            self._ranked.append(heappop(self._heap))
        return self._ranked[rank]


    def ranked(self) -> Iterator[tuple[float, int]]:
        """(score, position) of every node that has the group, the best first."""
        if self._late is None:
            if self._order is None:
                self._order = np.argsort(self.scores, kind="stable")
            found = self.scores[self._order]
            yield from zip(found[: int(np.searchsorted(found, np.inf))].tolist(), self._order.tolist(), strict=False)
            return
        rank = 0
        while (here := self.nth(rank))[1] >= 0:
            yield here
            rank += 1


class _Lateness:
    """Price of the lateness of one group at a candidate node: asked for rarely, a moment takes time to compute."""

    __slots__ = ("_ask", "_lines")

    def __init__(self, ask: Ask, lines: Sequence[Line]) -> None:
        self._ask = ask
        self._lines = lines

    def __call__(self, position: int) -> float:
        ask = self._ask
        return ask.objective.lateness(ask.order, self._lines, int(ask.nodes[position]), ask.view)


class Ask:
    """One order (or the lines of it that can be had) in front of its candidate nodes.

    Parameters
    ----------
    nodes
        Candidates, nearest first.
    atp
        Units of each line's SKU at each candidate, shape (lines, candidates). For each SKU some candidate holds all
        that the lines ask of it.
    """

    def __init__(
        self,
        objective: Objective,
        order: Order,
        lines: Sequence[Line],
        nodes: Nodes,
        atp: NDArray[np.int32],
        view: NetworkView,
    ) -> None:
        self.objective, self.order, self.lines, self.nodes, self.view = objective, order, tuple(lines), nodes, view
        self._atp = atp
        self.enough = atp >= np.array([line.qty for line in lines], np.int64)[:, None]
        rewards = [objective.reward(line, nodes, view) for line in lines]
        self._rewards = rewards if any(reward is not None for reward in rewards) else None
        self._groups: dict[int, _Group] = {}

    def members(self, mask: int) -> tuple[Line, ...]:
        """The lines of a group."""
        return tuple(line for i, line in enumerate(self.lines) if mask >> i & 1)

    def group(self, mask: int) -> _Group:
        """The group of lines with these bits, priced once."""
        group = self._groups.get(mask)
        if group is None:
            rows = [i for i in range(len(self.lines)) if mask >> i & 1]
            lines = [self.lines[i] for i in rows]
            enough = self._enough(rows)
            if enough.any():
                scores = self.objective.price(self.order, lines, self.nodes, self.view)
                if self._rewards is not None:
                    for i in rows:
                        reward = self._rewards[i]
                        if reward is not None:
                            scores = scores - reward
                scores = np.where(enough, scores, np.inf)
            else:
                scores = np.full(len(self.nodes), np.inf)
            group = _Group(scores, _Lateness(self, lines) if self.objective.promise_aware else None)
            self._groups[mask] = group
        return group

    def _enough(self, rows: Sequence[int]) -> NDArray[np.bool_]:
        """Candidates that hold all these lines together."""
        if len(rows) == 1:
            alone: NDArray[np.bool_] = self.enough[rows[0]]
            return alone
        need: dict[int, int] = {}
        for i in rows:
            need[self.lines[i].sku] = need.get(self.lines[i].sku, 0) + self.lines[i].qty
        return np.asarray(np.all([self._atp[i] >= need[self.lines[i].sku] for i in rows], axis=0))

    def floor(self) -> float:
        """A bound below the price of any one shipment of this order (rewards left aside)."""
        if self.objective.floor > 0:
            return self.objective.floor
        skus = self.view.world.skus
        sizes = [
            (line.qty * int(skus.mass[line.sku]), line.qty * int(skus.volume[line.sku]), line.qty)
            for line in self.lines
        ]
        lightest = min(range(len(sizes)), key=sizes.__getitem__)
        smallest = all(mine <= other for size in sizes for mine, other in zip(sizes[lightest], size, strict=True))
        # over all candidates, even those without the line: a heavier group may leave from them
        floor = min(
            float(self.objective.price(self.order, [self.lines[i]], self.nodes, self.view).min())
            for i in ([lightest] if smallest else range(len(sizes)))
        )
        return floor if floor >= 0 else -np.inf  # a rule that pays for shipments has no bound: weigh everything

    def best(self, most: int | None = None) -> tuple[float, list[tuple[int, int]]]:
        """The least score and its [(group, candidate position), ...]; every line must have a node that holds it.

        Parameters
        ----------
        most
            Shipments that the order may make; where the lines need more, as many units as may be are served, and
            nothing ([], score 0) where it may make none.
        """
        if most is not None and most < len(self.lines):
            return self._best_within(most)
        return self._best_whole()

    def _best_within(self, most: int) -> tuple[float, list[tuple[int, int]]]:
        """Set after set of lines, the most units first; among sets of as many units the least score."""
        if most < 1:
            return 0.0, []
        lines = range(len(self.lines))
        sets = [rows for size in range(len(self.lines), 0, -1) for rows in combinations(lines, size)]
        sets.sort(key=lambda rows: -sum(self.lines[i].qty for i in rows))
        found: tuple[float, list[tuple[int, int]]] = (np.inf, [])
        served = 0
        for rows in sets:
            units = sum(self.lines[i].qty for i in rows)
            if found[1] and units < served:
                break
            for parts in partitions(len(rows)):
                if len(parts) > most:
                    break
                groups = tuple(sum(1 << rows[i] for i in range(len(rows)) if part >> i & 1) for part in parts)
                score, spots = self._place(groups, np.inf, -np.inf, -np.inf, ())
                if spots and score < found[0]:
                    found, served = (score, list(zip(groups, spots, strict=True))), units
        return found

    def _best_whole(self) -> tuple[float, list[tuple[int, int]]]:
        full = (1 << len(self.lines)) - 1
        least, position = self.group(full).best()
        chosen = [(full, position)]
        if len(self.lines) == 1:
            return least, chosen
        floor = self.floor()
        rewards = [0.0] * len(self.lines)
        for i, reward in enumerate(self._rewards or ()):
            if reward is not None:
                rewards[i] = max(0.0, float(np.where(self.enough[i], reward, -np.inf).max()))
        for groups in partitions(len(self.lines))[1:]:
            bound = len(groups) * floor - sum(rewards)
            if bound >= least:
                break  # and so are all partitions into more groups
            score, spots = self._place(groups, least, bound, floor, rewards)
            if score < least:
                least, chosen = score, list(zip(groups, spots, strict=True))
        return least, chosen

    def _place(
        self, groups: tuple[int, ...], least: float, bound: float, floor: float, rewards: Sequence[float]
    ) -> tuple[float, list[int]]:
        """The least score of these groups at nodes of their own, or infinity when it cannot be below `least`."""
        total, spots = 0.0, []
        for mask in groups:  # the bound rises from group to group, as floors give way to real scores
            score, position = self.group(mask).best()
            if position < 0:
                return np.inf, []
            total += score
            if floor > -np.inf:
                bound += score - floor + sum(reward for i, reward in enumerate(rewards) if mask >> i & 1)
                if bound >= least:
                    return np.inf, []
            spots.append(position)
        if len(set(spots)) == len(spots):
            return total, spots
        return self._apart(groups, 0, frozenset())

    def _apart(self, groups: tuple[int, ...], at: int, taken: frozenset[int]) -> tuple[float, list[int]]:
        # two groups want one node: there they would be one shipment, which is another partition
        if at == len(groups):
            return 0.0, []
        found: tuple[float, list[int]] = (np.inf, [])
        for rank in range(len(groups)):  # k groups never need more than their k best nodes each
            score, position = self.group(groups[at]).nth(rank)
            if position < 0:
                break
            if position in taken:
                continue
            rest, spots = self._apart(groups, at + 1, taken | {position})
            if score + rest < found[0]:
                found = (score + rest, [position, *spots])
        return found


class Front(NamedTuple):
    """What can be had of one order now."""

    lines: tuple[Line, ...]  # those of which some node holds a unit
    nodes: Nodes  # candidates, nearest first
    atp: NDArray[np.int32]  # (lines, candidates)
    exact: bool  # few lines, and for each SKU a node that holds all that is asked: the exact search applies


def front(order: Order, free: Free, within_km: float | None = None) -> Front | None:
    """The lines of the order that can be had and who holds them; None when nothing can."""
    nodes = free.nodes(order, within_km)
    if not len(nodes):
        return None
    return front_of(order.lines, nodes, np.array([free.held(line, nodes) for line in order.lines]))


def front_of(asked: Sequence[Line], nodes: Nodes, atp: NDArray[np.int32]) -> Front | None:
    """The same of lines whose units at each candidate are known, `atp` of shape (lines, candidates)."""
    most = atp.max(axis=1).tolist()
    held = [i for i, units in enumerate(most) if units > 0]
    if not held:
        return None
    lines = tuple(asked[i] for i in held)
    wanted: dict[int, int] = {}
    for line in lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.qty
    exact = len(lines) <= EXACT_LINES and all(most[i] >= wanted[asked[i].sku] for i in held)
    return Front(lines, nodes, atp if len(held) == len(most) else atp[held], exact)


def assign(objective: Objective, order: Order, free: Free, within_km: float | None = None) -> list[Shipment]:
    """The shipments that serve as many units of the order as there are, at the least score.

    Lines that no node holds are left out. A line that no single node holds in full is gathered from several. Exact for
    up to `EXACT_LINES` lines where some node holds all that is asked of each SKU; otherwise by `cover`.
    """
    most = free.room(order.id)
    if most == 0:
        return []
    if len(order.lines) == 1:  # the usual order, the shortest way
        nodes, line = free.nodes(order, within_km), order.lines[0]
        enough = free.held(line, nodes) >= line.qty
        if enough.any():
            scores = objective.price(order, order.lines, nodes, free.view)
            reward = objective.reward(line, nodes, free.view)
            wanted = np.where(enough, scores if reward is None else scores - reward, np.inf)
            node = int(nodes[wanted.argmin()])
            if not objective.promise_aware or not objective.lateness(order, order.lines, node, free.view):
                return [Shipment(node, order.lines)]
    found = front(order, free, within_km)
    if found is None:
        return []
    return parcels(objective, order, found, free.view, most)


def parcels(
    objective: Objective, order: Order, found: Front, view: NetworkView, most: int | None = None
) -> list[Shipment]:
    """The shipments with the least score that serve what can be had of the order, in at most so many of them."""
    lines, nodes, atp, exact = found
    if exact:
        ask = Ask(objective, order, lines, nodes, atp, view)
        return [Shipment(int(nodes[position]), ask.members(mask)) for mask, position in ask.best(most)[1]]
    groups = cover(objective, order, lines, nodes, atp, view)
    shipments = [Shipment(int(nodes[position]), pieces) for position, pieces in groups]
    if most is not None and len(shipments) > most:  # the largest leave
        shipments.sort(key=lambda shipment: -sum(line.qty for line in shipment.lines))
        del shipments[most:]
    return shipments


def decide_each(
    objective: Objective,
    orders: Sequence[Order],
    free: Free,
    reason: Reason,
    within_km: float | None = None,
    sight: Callable[[Order, Free], int] | None = None,
) -> None:
    """Write the best assignment of each order into the plan, first come, first promised; say which lines wait.

    Parameters
    ----------
    sight
        Tells the node from which the whole order goes best, where that can be seen without pricing any; else -1.
    """
    for order in orders:
        node = -1 if sight is None else sight(order, free)
        if node >= 0:
            free.take_all(order, node, reason)
            continue
        asked = {line.number: line for line in order.lines}
        for shipment in assign(objective, order, free, within_km):
            for line in shipment.lines:
                free.take(asked[line.number], shipment.node, line.qty, reason)
            free.opened(shipment.node, order.id)
        for line in order.lines:
            if free.plan.open_units(line):
                free.plan.hold(line, free.why_open(order, line))
