"""What each decision weighed, written down while it is made: the candidates of every order at every review, as facts.

Kept when asked for (`facts="reasons"`): the nodes chosen and the nearest others, with what they showed, cost, took and
emitted, what ruled them out, and what the policy put on top. Nobody is asked anything that could change their mind.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.archive import Archive
from orchestrion.domain.codes import Reason
from orchestrion.domain.facts import SCHEMA, Table
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Decider, NetworkView, SourcingPolicy
from orchestrion.policies.sourcing.weighted import InEuros
from orchestrion.simulation.ledger import Sheet
from orchestrion.streams import Streams
from orchestrion.units import DAY, MICRO

SHOWN = 8  # candidates written down, beside those chosen
_BARRED = (int(Reason.NOT_FOUND), int(Reason.BACKLOG), int(Reason.NOT_DELIVERABLE), int(Reason.NO_STOCK))


class Recorder:
    """A policy that decides as another does, and writes down what there was to choose from.

    Parameters
    ----------
    weighs
        The policy itself, where `policy` is one that wraps it.
    archive
        Where candidates are put aside as they become many; None to keep them here.
    """

    def __init__(
        self, policy: SourcingPolicy | Decider, weighs: object | None = None, archive: Archive | None = None
    ) -> None:
        self._policy = policy
        self.weighs = policy if weighs is None else weighs
        self.policy_name = str(getattr(policy, "policy_name", type(policy).__name__))
        self.review = getattr(policy, "review", None)
        types = {name: field.dtype for name, field in SCHEMA["candidates"].items()}
        self.sheet = Sheet("candidates", types, archive)

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """The other policy's decider, watched."""
        start = getattr(self._policy, "start", None)
        decider: Decider = start(view, streams) if start else self._policy  # type: ignore[assignment]
        return _Recorded(decider, self, view)

    def table(self) -> Table:
        """The facts, in the order of reviews."""
        return self.sheet.table()


class _Recorded:
    def __init__(self, decider: Decider, recorder: Recorder, view: NetworkView) -> None:
        self._decider = decider
        self._inner = getattr(decider, "decider", decider)  # of a policy that is timed
        self._recorder = recorder
        self.re_evaluates = bool(getattr(decider, "re_evaluates", False))
        self._reviews = 0
        self._ranked: dict[tuple[int, int], list[int]] = {}
        weights = getattr(self._inner, "policy", recorder.weighs)
        self._euros = weights if isinstance(weights, InEuros) else None
        if hasattr(self._inner, "ruled_out"):
            self._inner.ruled_out = {}

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        plan = self._decider.decide(orders, view)
        taken: dict[int, list[int]] = {}
        for decision in plan.decisions:
            taken.setdefault(decision.line.order, []).append(decision.node)
        for order in [*orders, *(slip for id, slip in plan.slips.items() if view.waiting(id) is None)]:
            self._write(order, list(dict.fromkeys(taken.get(order.id, ()))), view)
        self._reviews += 1
        self._recorder.sheet.file()
        if hasattr(self._inner, "ruled_out"):
            self._inner.ruled_out.clear()
        return plan

    def _nodes(self, order: Order, chosen: list[int], view: NetworkView) -> list[int]:
        """The nodes chosen and the nearest others, nearest first."""
        key = order.place, order.collect_at
        ranked = self._ranked.get(key)
        if ranked is None:
            geography, at = view.world.geography, order.collect_at
            distance = geography.node_node[at] if at >= 0 else geography.node_place[:, order.place]
            ranked = self._ranked[key] = np.argsort(distance, kind="stable").tolist()
        if all(node in ranked[:SHOWN] for node in chosen):
            return ranked[: SHOWN + len(chosen)]
        others = [node for node in ranked if node not in chosen][:SHOWN]
        return [node for node in ranked if node in chosen or node in others]

    def _write(self, order: Order, chosen: list[int], view: NetworkView) -> None:
        nodes = self._nodes(order, chosen, view)
        quotes = view.quotes(order, order.lines)
        cost, co2e = quotes.cost[nodes].tolist(), quotes.co2e[nodes].tolist()
        etas = [view.eta(order, order.lines, node) for node in nodes]
        add, review = self._recorder.sheet.add, self._reviews
        on_top = self._penalties(order, co2e, etas)
        ruled_out = getattr(self._inner, "ruled_out", {})
        for line in order.lines:
            bids = self._bids(line)
            rewards = None if self._euros is None else self._euros.reward(line, np.array(nodes, np.intp), view)
            for i, node in enumerate(nodes):
                atp = view.atp(line.sku, node)
                barred = self._barred(order, line, node, atp, view)
                if barred < 0 and (order.id, node) in ruled_out and node not in chosen:
                    barred = int(Reason.RULED_OUT)
                add(
                    (
                        review, order.id, line.number, node, cost[i], etas[i], co2e[i], barred,
                        on_top[i] - (0 if rewards is None else round(float(rewards[i]))),
                        0 if bids is None else round(float(bids[node]) * MICRO),
                        atp, view.recorded(line.sku, node), view.reserved(line.sku, node), line.qty,
                    )
                )  # fmt: skip

    def _penalties(self, order: Order, co2e: list[int], etas: list[int]) -> list[int]:
        """What a policy that weighs in euros adds to the cost of a shipment, micro-euros."""
        euros = self._euros
        if euros is None:
            return [0] * len(etas)
        late = [max(0, eta - order.promised_t) * euros.eur_per_day_late * MICRO / DAY for eta in etas]
        split = euros.eur_per_split * MICRO
        return [round(a + b * euros.eur_per_t_co2e / 1000 + split) for a, b in zip(late, co2e, strict=True)]

    def _bids(self, line: Line) -> NDArray[np.float64] | None:
        """What the policy took the line's units to be worth elsewhere, by node [EUR]; none where it never asked."""
        paid = getattr(self._inner, "paid", None)
        return None if paid is None else paid.get((line.sku, line.qty))

    @staticmethod
    def _barred(order: Order, line: Line, node: int, atp: int, view: NetworkView) -> int:
        """The reason for which the node could not serve the line in full, whatever the policy; -1: it could."""
        if node in order.excluded:
            return _BARRED[0]
        if view.service(line, node) < 0:
            return _BARRED[1] if view.capacity_left(node) <= 0 else _BARRED[2]
        return _BARRED[3] if atp < line.qty else -1
