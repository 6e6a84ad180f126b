"""A plan: this many of this line from here. It cannot promise a unit twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from orchestrion.domain.codes import Reason, ReviewStatus
from orchestrion.domain.orders import Assignment, Line, Order, joined
from orchestrion.errors import PlanError

if TYPE_CHECKING:
    from orchestrion.domain.view import NetworkView


class Decision(NamedTuple):
    """`qty` units of `line` from `node` by `service`."""

    line: Line
    node: int
    qty: int
    service: int
    reason: Reason


class Plan:
    """Decisions for the orders of one review, checked against the records while they are written down.

    Lines without a decision wait for the next review (`hold` says why); the engine applies the rest as they stand and
    repairs nothing.
    """

    __slots__ = (
        "_decided", "_freed", "_now", "_releasable", "_sourced", "_taken", "_view", "bound", "decisions", "fallback",
        "gap_ppm", "held", "released", "slips", "status", "transfers",
    )  # fmt: skip

    def __init__(self, view: NetworkView) -> None:
        self._view = view
        self._now = view.now
        self._taken: dict[tuple[int, int], int] = {}  # (sku, node) -> units promised in this plan
        self._decided: dict[tuple[int, int], int] = {}  # (order, line) -> units decided
        self._freed: dict[tuple[int, int], int] = {}  # (sku, node) -> units taken back in this plan
        self.decisions: list[Decision] = []
        self._sourced: list[Decision] = []  # those that `source` wrote down: what it looked over needs no second look
        self._releasable: dict[int, Assignment] | None = None  # what may still be taken back, once somebody asked
        self.released: dict[int, Assignment] = {}  # shipment -> what is taken back
        self.slips: dict[int, Order] = {}  # order -> its slip, with the lines that wait again
        self.transfers: dict[tuple[int, int], dict[int, int]] = {}  # (from, to) -> SKU -> units
        self.held: dict[tuple[int, int], Reason] = {}
        self.status = ReviewStatus.HEURISTIC
        self.gap_ppm = 0  # optimality gap left, parts per million
        self.bound = 0  # the solver's bound on the objective, micro-euros
        self.fallback = False

    def atp(self, sku: int, node: int) -> int:
        """Units of the SKU that may still be promised at the node, after what this plan already took or gave back."""
        return self._promisable(sku, node) - self._taken.get((sku, node), 0)

    def open_units(self, line: Line) -> int:
        """Units of the line without a decision yet."""
        return line.qty - self._decided.get((line.order, line.number), 0)

    def left_of(self, order: Order) -> tuple[Line, ...]:
        """The lines of the order, each with its units that have no decision yet."""
        decided, left = self._decided, []
        for line in order.lines:
            done = decided.get((line.order, line.number), 0)
            if done < line.qty:
                left.append(line._replace(qty=line.qty - done) if done else line)
        return tuple(left)

    def can_source(self, line: Line, node: int, qty: int | None = None) -> bool:
        """Whether the node can still promise the line's open units (or `qty` of them)."""
        return self.atp(line.sku, node) >= (self.open_units(line) if qty is None else qty)

    def source(
        self,
        line: Line,
        node: int,
        qty: int | None = None,
        service: int | None = None,
        reason: Reason = Reason.CHOSEN,
    ) -> None:
        """Promise units of the line from the node.

        Parameters
        ----------
        qty
            Units; all that are open when left out.
        service
            Index into World.services; the one the order's fulfilment option uses from there when left out.

        Raises
        ------
        PlanError
            If the units are not there to promise, or the line has no such units open, or the node may not serve it.
        """
        key = line.order, line.number
        open_units = line.qty - self._decided.get(key, 0)
        if qty is None:
            qty = open_units
        if qty <= 0 or qty > open_units:
            raise PlanError(
                f"order {line.order} line {line.number}: {qty} units promised where {open_units} wait; "
                "ask plan.open_units(line) first"
            )
        usable = self._view.service(line, node)
        if usable < 0 or (service is not None and service != usable):
            raise PlanError(
                f"order {line.order} line {line.number}: node {node} may not serve it"
                + (f" by service {service}" if service is not None else "")
                + "; choose among view.nearest(order)"
            )
        cell = line.sku, node
        taken = self._taken.get(cell, 0)
        if (self._promisable(*cell) if self._freed else self._view.atp(*cell)) - taken < qty:
            raise PlanError(
                f"order {line.order} line {line.number}: {qty} units of SKU {line.sku} promised at node {node}, "
                f"where {max(0, self.atp(line.sku, node))} are available to promise; ask plan.can_source first"
            )
        self._taken[cell] = taken + qty
        self._decided[key] = line.qty - open_units + qty
        decision = Decision(line, node, qty, usable, reason)
        self.decisions.append(decision)
        self._sourced.append(decision)

    def check(self, view: NetworkView, slips: Mapping[int, Order]) -> None:
        """What the engine asks of a plan before it carries out any of it, however the decisions got there.

        Parameters
        ----------
        slips
            The orders that may be decided, by id.

        Raises
        ------
        PlanError
            If the plan is another review's, or a decision is not for a line that waits, for more than is open of it,
            from a node that may not serve it, or for more than may be promised there.
        """
        if self._view is not view or self._now != view.now:
            raise PlanError("the plan is not one of this review; start each from view.new_plan()")
        if self._written_by_source(slips):
            return
        taken: dict[tuple[int, int], int] = {}
        open_units: dict[tuple[int, int], int] = {}
        for line, node, qty, service, _ in self.decisions:
            what = f"order {line.order} line {line.number}"
            key = line.order, line.number
            if key not in open_units:
                order = slips.get(line.order)
                known = next((mine for mine in order.lines if mine.number == line.number), None) if order else None
                if known is None or known.sku != line.sku:
                    raise PlanError(f"{what}: no such line waits; decide for the orders shown")
                open_units[key] = known.qty
            if not 0 < qty <= open_units[key] or qty != int(qty):
                raise PlanError(f"{what}: {qty} units promised where {open_units[key]} wait; whole units, once each")
            open_units[key] -= qty
            if not 0 <= service == self._view.service(line, node):
                raise PlanError(f"{what}: service {service} does not bring it from node {node}; use plan.source")
            cell = line.sku, node
            taken[cell] = taken.get(cell, 0) + qty
            if taken[cell] > self._promisable(*cell):
                raise PlanError(
                    f"{what}: {taken[cell]} units of SKU {line.sku} promised at node {node}, where "
                    f"{self._promisable(*cell)} are available to promise; use plan.source"
                )

    def _written_by_source(self, slips: Mapping[int, Order]) -> bool:
        """Whether `source` wrote every decision down, for lines as they wait: then all has been looked over."""
        if self.decisions != self._sourced:
            return False
        for line, _, qty, _, _ in self.decisions:
            order = slips.get(line.order)
            if order is None or line not in order.lines or type(qty) is not int:
                return False
        return True

    def _promisable(self, sku: int, node: int) -> int:
        """Units to promise at the node when the plan began, and those it gave back."""
        atp = self._view.atp(sku, node)
        if self._freed and (freed := self._freed.get((sku, node))):
            atp += self._view.freed(sku, node, freed)
        return atp

    def release(self, assignment: Assignment) -> Order:
        """Take back an assignment whose picking has not begun; its lines wait again and may be sourced in this plan.

        Returns the order's slip, with the lines that waited already; what the plan leaves open of it waits for the next
        review.

        Raises
        ------
        PlanError
            If it may not be taken back: picking began, or the policy does not re-evaluate.
        """
        if self._releasable is None:
            self._releasable = {known.shipment: known for known in self._view.releasable()}
        if self._releasable.pop(assignment.shipment, None) != assignment:
            raise PlanError(
                f"order {assignment.order.id}: shipment {assignment.shipment} may not be taken back; "
                "choose among view.releasable(), once each"
            )
        self.released[assignment.shipment] = assignment
        for line in assignment.order.lines:
            cell = line.sku, assignment.node
            self._freed[cell] = self._freed.get(cell, 0) + line.qty
        order = assignment.order
        known = self.slips.get(order.id) or self._view.waiting(order.id)
        self.slips[order.id] = order if known is None else joined(known, order)
        return self.slips[order.id]

    def transfer(self, sku: int, giver: int, taker: int, qty: int) -> None:
        """Move units that the giver could promise to another node, where they can be promised once they arrive.

        Raises
        ------
        PlanError
            If the scenario has no transfers, the nodes are none or the same, or the units are not there to promise.
        """
        nodes = range(len(self._view.world.nodes))
        if self._view.world.transfers is None:
            raise PlanError("this scenario has no transfers; switch them on (`transfers: {on: true}`)")
        if giver not in nodes or taker not in nodes or giver == taker:
            raise PlanError(f"SKU {sku}: no transfer from node {giver} to node {taker}; give two different nodes")
        if qty <= 0 or self.atp(sku, giver) < qty:
            raise PlanError(
                f"SKU {sku}: {qty} units to be moved from node {giver}, where {max(0, self.atp(sku, giver))} are "
                "available to promise; ask plan.atp first"
            )
        self._taken[sku, giver] = self._taken.get((sku, giver), 0) + qty
        load = self.transfers.setdefault((giver, taker), {})
        load[sku] = load.get(sku, 0) + qty

    def hold(self, line: Line, reason: Reason = Reason.NO_NODE) -> None:
        """Leave the line waiting, saying why."""
        self.held[line.order, line.number] = reason
