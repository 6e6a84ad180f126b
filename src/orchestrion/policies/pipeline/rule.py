"""One rule of the pipeline, and what it makes of an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import NetworkView
from orchestrion.policies.assignment import EXACT_LINES, Front, Shipment, front_of, parcels
from orchestrion.policies.objective import SHIPMENT, Scores
from orchestrion.policies.pipeline.filters import Filter
from orchestrion.policies.pipeline.sight import Desk, Sight, value_eur
from orchestrion.policies.pipeline.sorts import Sort, scores
from orchestrion.policies.pipeline.when import When

ALLOCATE, PARTIAL, NEXT, HOLD = "allocate", "allow partial", "next rule", "hold"
ACTIONS = (ALLOCATE, PARTIAL, NEXT, HOLD)
OTHERWISE = (NEXT, HOLD)


@dataclass(frozen=True, slots=True)
class Step:
    """A filter as the rule uses it: a soft one gives way when nothing could be allocated with it."""

    filter: Filter
    soft: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How far a rule may split what it allocates.

    Attributes
    ----------
    max_shipments
        Shipments of one order, at most.
    order_from_eur
        Orders worth less travel in one shipment.
    shipment_from_eur
        No split leaves a shipment worth less.
    only_when_needed
        As few shipments as possible come first, the sorts second; otherwise euros alone decide.
    """

    max_shipments: int | None = None
    order_from_eur: float | None = None
    shipment_from_eur: float | None = None
    only_when_needed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """For these orders, from these nodes, in this order, do that."""

    name: str
    when: When
    steps: tuple[Step, ...]
    sorts: tuple[Sort, ...]
    split: Split
    action: str
    otherwise: str

    @property
    def reason(self) -> Reason:
        """The reason written beside each decision: that of the first sort."""
        return self.sorts[0].reason

    def source(self, desk: Desk, order: Order, lines: Sequence[Line], room: int | None, late_s: int) -> list[Shipment]:
        """The shipments by which the rule serves these lines; none where it has nothing to give.

        Parameters
        ----------
        lines
            The lines it is for, with the quantities still open.
        room
            Further nodes that may ship for the order; None without limit.
        late_s
            How much later than promised is accepted at present [s].
        """
        soft = [i for i, step in enumerate(self.steps) if step.soft]
        for dropped in range(len(soft) + 1):  # the last soft filter gives way first
            gone = soft[len(soft) - dropped :]
            kept = [step.filter for i, step in enumerate(self.steps) if i not in gone]
            found = self._source(desk, order, lines, kept, room, late_s)
            if found:
                return found
        return []

    def _source(
        self, desk: Desk, order: Order, lines: Sequence[Line], kept: Sequence[Filter], room: int | None, late_s: int
    ) -> list[Shipment]:
        nodes = desk.free.nodes(order)
        units = np.array([desk.free.held(line, nodes) for line in lines], np.int64)
        for one in sorted(kept, key=_effort):
            has = (units > 0).any(axis=0)
            if not has.any():
                return []
            nodes, units = nodes[has], units[:, has]
            sight = Sight(desk, order, lines, nodes, late_s)
            if one.counts:
                units = np.minimum(units, [one.units(line, sight) for line in lines])
            else:
                stays = one.passes(sight)
                if desk.ruled_out is not None:
                    for node in nodes[~stays].tolist():
                        desk.ruled_out.setdefault((order.id, node), one.words())
                nodes, units = nodes[stays], units[:, stays]
        if not (units > 0).any():
            return []
        atp = np.maximum(units, 0).astype(np.int32)
        return self._assign(_Goal(self, desk), order, lines, nodes, atp, room)

    def _assign(
        self,
        goal: _Goal,
        order: Order,
        lines: Sequence[Line],
        nodes: NDArray[np.intp],
        atp: NDArray[np.int32],
        room: int | None,
    ) -> list[Shipment]:
        found = front_of(lines, nodes, atp)
        if found is None:
            return []
        most = self._most(goal.desk, order, lines, room)
        if most is not None and most < 1:
            return []
        shipments = parcels(goal, order, found, goal.desk.view)
        served = sum(line.qty for shipment in shipments for line in shipment.lines)
        if self.action == ALLOCATE:
            whole = served == sum(line.qty for line in lines)
            return shipments if whole and self._allowed(goal.desk, shipments, most) else []
        if self._allowed(goal.desk, shipments, most):
            return shipments
        return self._fewer(goal, order, found, most)

    def _most(self, desk: Desk, order: Order, lines: Sequence[Line], room: int | None) -> int | None:
        """Shipments that these lines may make."""
        limits = [limit for limit in (self.split.max_shipments, room) if limit is not None]
        if self.split.order_from_eur is not None and value_eur(desk.world, order.lines) < self.split.order_from_eur:
            limits.append(1)
        return min(limits) if limits else None

    def _allowed(self, desk: Desk, shipments: Sequence[Shipment], most: int | None) -> bool:
        if most is not None and len(shipments) > most:
            return False
        least = self.split.shipment_from_eur
        if least is None or len(shipments) < 2:
            return True
        return all(value_eur(desk.world, shipment.lines) >= least for shipment in shipments)

    def _fewer(self, goal: _Goal, order: Order, found: Front, most: int | None) -> list[Shipment]:
        """A part of what could be had, the most units first, that keeps within the limits of splitting."""
        if not found.exact or len(found.lines) > EXACT_LINES:
            shipments = parcels(goal, order, found, goal.desk.view)
            shipments.sort(key=lambda shipment: -sum(line.qty for line in shipment.lines))
            while shipments and not self._allowed(goal.desk, shipments, most):
                shipments.pop()
            return shipments
        rows = range(len(found.lines))
        parts = [part for size in rows for part in combinations(rows, size) if part]
        parts.sort(key=lambda part: -sum(found.lines[i].qty for i in part))  # ties: the fewest, the first lines
        for part in parts:
            chosen = list(part)
            less = front_of([found.lines[i] for i in chosen], found.nodes, found.atp[chosen])
            if less is not None:
                shipments = parcels(goal, order, less, goal.desk.view)
                if self._allowed(goal.desk, shipments, most):
                    return shipments
        return []

    def names(self) -> Iterator[tuple[str, str, str]]:
        """(place in the rule, kind, name) of all that must exist in the scenario."""
        for key, kind, name in self.when.names():
            yield f"when.{key}", kind, name
        for i, step in enumerate(self.steps):
            for kind, name in step.filter.names():
                yield f"filters.{i}", kind, name
        for i, sort in enumerate(self.sorts):
            for kind, name in sort.names():
                yield f"sorts.{i}", kind, name


def _effort(one: Filter) -> int:
    """All filters must hold, so those that ask for moments come last, when few nodes are left."""
    return 2 if one.costly else 1 if one.counts else 0


@dataclass(frozen=True)
class _Goal:
    """The rule's wishes as the score of one shipment from each node."""

    rule: Rule
    desk: Desk

    @property
    def floor(self) -> float:
        return SHIPMENT if self.rule.split.only_when_needed else 0.0

    @property
    def promise_aware(self) -> bool:
        return False

    def price(self, order: Order, lines: Sequence[Line], nodes: NDArray[np.intp], view: NetworkView) -> Scores:
        sight = Sight(self.desk, order, lines, nodes)
        if self.rule.split.only_when_needed:
            return SHIPMENT + scores(self.rule.sorts, sight)
        euros = self.rule.sorts[0]
        return np.rint(euros.values(sight) * euros.scale)

    def reward(self, line: Line, nodes: NDArray[np.intp], view: NetworkView) -> Scores | None:
        return None

    def lateness(self, order: Order, lines: Sequence[Line], node: int, view: NetworkView) -> float:
        return 0.0
