"""Why here, why not the nearer store, why split, why not served: a decision asked about again.

Nothing need have been stored: the replication is run again (the same seed meets the same customers and mishaps), and
at the reviews of the order in question the policy is asked what it would have done if a node had had the units, or had
been cheaper. An answer is what the policy itself then decides.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Decider, NetworkView, SourcingPolicy
from orchestrion.domain.world import World
from orchestrion.errors import StudyError
from orchestrion.experiments.alternatives import PolicyLike, policy_of
from orchestrion.experiments.explanation import Candidate, Explanation, Explanations
from orchestrion.experiments.identity import digest, policy_identity, policy_text
from orchestrion.policies.sourcing import make_policy
from orchestrion.policies.what_if import Change, imagine
from orchestrion.simulation import simulate
from orchestrion.streams import Streams
from orchestrion.units import MICRO

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study

SHOWN = 8  # candidates asked about, beside those chosen
_STEPS = 24  # halvings of a cost down to a micro-euro, in search of the least that would have changed the decision


class Probe:
    """A policy that decides as another does, and keeps what it saw of one order, or of several."""

    def __init__(self, policy: SourcingPolicy | Decider, *orders: int) -> None:
        self.policy = policy
        self.orders = frozenset(orders)
        self.policy_name = str(getattr(policy, "policy_name", type(policy).__name__))
        self.review = getattr(policy, "review", None)
        self.explanations: list[Explanation] = []

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """The other policy's decider, watched."""
        start = getattr(self.policy, "start", None)
        return _Watched(start(view, streams) if start else self.policy, self)  # type: ignore[arg-type]


class _Watched:
    def __init__(self, decider: Decider, probe: Probe) -> None:
        self._decider = decider
        self._probe = probe
        self.re_evaluates = bool(getattr(decider, "re_evaluates", False))

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        slips = [order for order in orders if order.id in self._probe.orders]
        if not slips:
            return self._decider.decide(orders, view)
        # the questions are put to who decided, not to who remembers having decided
        before = _Question(self._decider, orders, slips[0], view).twin()
        plan = self._decider.decide(orders, view)
        for slip in slips:
            asked = _Question(before, orders, slip, view)
            self._probe.explanations.append(asked.explain(plan, policy_text(self._probe.policy)))
        return plan


class _Question:
    """Questions about one order at one review."""

    def __init__(self, decider: Decider, orders: Sequence[Order], slip: Order, view: NetworkView) -> None:
        self._decider = decider
        self._orders = orders
        self._slip = slip
        self._view = view
        self._world: World = view.world

    def twin(self) -> Decider:
        """The decider as it is now."""
        return copy.deepcopy(self._decider, {id(self._view): self._view, id(self._world): self._world})

    def explain(self, plan: Plan, policy: str) -> Explanation:
        taken = self._taken(plan)
        candidates = tuple(self._candidate(node, taken) for node in self._nodes(taken))
        found = tuple(
            str(decision.reason.label) for decision in plan.decisions if decision.line.order == self._slip.id
        )
        skus = self._world.skus
        lines = tuple(f"{line.qty} x {skus.label[line.sku]}" for line in self._slip.lines)
        sentences = tuple(self._sentences(candidates, taken, plan))
        return Explanation(
            self._slip.id, self._view.now, self._slip.hop, policy, lines, candidates, sentences,
            tuple(dict.fromkeys(found)), self._slip,
        )  # fmt: skip

    def _taken(self, plan: Plan) -> dict[int, tuple[int, ...]]:
        """Units of each line by node, of this order."""
        numbers = [line.number for line in self._slip.lines]
        taken: dict[int, list[int]] = {}
        for decision in plan.decisions:
            if decision.line.order == self._slip.id:
                row = taken.setdefault(decision.node, [0] * len(numbers))
                row[numbers.index(decision.line.number)] += decision.qty
        return {node: tuple(row) for node, row in taken.items()}

    def _would(self, change: Change) -> dict[int, tuple[int, ...]]:
        return self._taken(imagine(self._decider, self._orders, self._view, change))

    def _distances(self) -> Any:
        geography = self._world.geography
        at = self._slip.collect_at
        return geography.node_node[at] if at >= 0 else geography.node_place[:, self._slip.place]

    def _nodes(self, taken: dict[int, tuple[int, ...]]) -> list[int]:
        """The chosen nodes, and the nearest of the others, nearest first."""
        distance = self._distances()
        ranked = sorted(range(len(self._world.nodes)), key=lambda node: (int(distance[node]), node))
        others = [node for node in ranked if node not in taken][:SHOWN]
        return [node for node in ranked if node in taken or node in others]

    def _missing(self, node: int, chosen: tuple[int, ...] = ()) -> dict[tuple[int, int], int]:
        """Units that the node lacks to serve every line, by (SKU, node)."""
        wanted: dict[int, int] = {}
        for line in self._slip.lines:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.qty
        lacking = {(sku, node): qty - self._view.atp(sku, node) for sku, qty in wanted.items()}
        return {cell: units for cell, units in lacking.items() if units > 0}

    def _candidate(self, node: int, taken: dict[int, tuple[int, ...]]) -> Candidate:
        slip, view, place = self._slip, self._view, self._world.nodes[node]
        atp = tuple((view.atp(line.sku, node), line.qty) for line in slip.lines)
        serves = all(view.service(line, node) >= 0 for line in slip.lines)
        quote = view.quote(slip, slip.lines, node) if serves else None
        about: dict[str, Any] = {
            "node": node,
            "label": place.label,
            "distance_km": float(self._distances()[node]) / 1000,
            "atp": atp,
            "cost_eur": None if quote is None else quote.cost / MICRO,
            "co2e_kg": None if quote is None else quote.co2e_mg / MICRO,
            "eta_t": -1 if quote is None else quote.eta_t,
            "chosen": taken.get(node, ()),
        }
        if node in taken:
            return Candidate(**about)
        why = self._shut(node) if not serves else ""
        if why:
            return Candidate(**about, why=why)
        missing = self._missing(node)
        if missing:
            change = Change(units=missing)
            units = "; ".join(
                f"shows {view.atp(sku, node)} {self._world.skus.label[sku]} to promise (recorded "
                f"{view.recorded(sku, node)}, reserved {view.reserved(sku, node)})"
                for sku, _ in missing
            )
            if node in self._would(change):
                what = " and ".join(f"{more} more {self._world.skus.label[sku]}" for (sku, _), more in missing.items())
                return Candidate(**about, why=units, change=f"with {what} it would have been chosen",
                                 counterfactual=change)  # fmt: skip
            return Candidate(**about, why=units, change="even with the units it would not have been chosen")
        return self._passed_over(node, taken, about)

    def _shut(self, node: int) -> str:
        """Why the node may not serve the order at all."""
        slip, place = self._slip, self._world.nodes[node]
        if node in slip.excluded:
            return "did not find it before"
        if not place.web_visible:
            return "the web does not see its stock"
        if node == slip.collect_at and not place.collects:
            return "does not hand over orders"
        if not place.ships:
            return "does not ship"
        if self._view.capacity_left(node) <= 0:
            return "takes no more orders today"
        service = self._world.options[slip.option].service
        if not self._world.services[service].collections[node]:
            return f"{self._world.services[service].label} does not call there"
        return "may not serve this order"

    def _passed_over(self, node: int, taken: dict[int, tuple[int, ...]], about: dict[str, Any]) -> Candidate:
        """It could have served everything: what was better elsewhere, and how much cheaper it would have had to be."""
        view, slip = self._view, self._slip
        quotes = view.quotes(slip, slip.lines)
        sent = list(taken)
        why = "was possible"
        if len(sent) == 1:
            dearer = (int(quotes.cost[node]) - int(quotes.cost[sent[0]])) / MICRO
            label = self._world.nodes[sent[0]].label
            why = f"was possible; {abs(dearer):.2f} EUR {'dearer' if dearer >= 0 else 'cheaper'} than {label}"
        full = int(quotes.cost[node])
        if node in self._would(Change(cost={node: -full})):
            low, high = 0, full  # not chosen at `low` less, chosen at `high` less
            for _ in range(_STEPS):
                middle = (low + high) // 2
                if node in self._would(Change(cost={node: -middle})):
                    high = middle
                else:
                    low = middle
            change = Change(cost={node: -high})
            tie = "as good a choice: a trifle cheaper it would have been chosen"
            text = f"{high / MICRO:.2f} EUR cheaper it would have been chosen" if high > MICRO // 200 else tie
            return Candidate(**about, why=why, change=text, counterfactual=change)
        if sent:
            change = Change(closed=frozenset(sent))
            if node in self._would(change):
                names = ", ".join(self._world.nodes[n].label for n in sent)
                text = f"the next choice: without stock at {names} it would have been chosen"
                return Candidate(**about, why=why, change=text, counterfactual=change)
        return Candidate(**about, why=why)

    def _sentences(
        self, candidates: tuple[Candidate, ...], taken: dict[int, tuple[int, ...]], plan: Plan
    ) -> Iterator[str]:
        world, slip = self._world, self._slip
        names = [world.nodes[node].label for node in taken]
        waiting = [line for line in slip.lines if plan.open_units(line)]
        if len(taken) == 1 and not waiting:
            (node,) = taken
            nearer = [c for c in candidates if c.distance_km < float(self._distances()[node]) / 1000]
            yield f"Sent from {names[0]}" + (
                ", the nearest node." if not nearer else f"; {len(nearer)} nearer: " + "; ".join(
                    f"{c.label} {c.why}" for c in nearer[:3]) + "."
            )  # fmt: skip
        elif len(taken) > 1:
            yield f"Split over {', '.join(names)}."
            yield from self._split(taken)
        for line in waiting:
            reason = plan.held.get((slip.id, line.number), Reason.NO_NODE)
            yield f"{plan.open_units(line)} x {world.skus.label[line.sku]} waits: {reason.label}."
        if waiting:
            served = [c for c in candidates if c.counterfactual is not None and c.counterfactual.units]
            if served:
                yield f"It would have been served by {served[0].label}: {served[0].change}."

    def _split(self, taken: dict[int, tuple[int, ...]]) -> Iterator[str]:
        """What would have kept the order together."""
        for node in sorted(taken, key=lambda n: (-sum(taken[n]), n)):
            missing = self._missing(node)
            label = self._world.nodes[node].label
            if not missing:
                yield f"{label} had everything, and the policy preferred to split."
                continue
            after = self._would(Change(units=missing))
            if set(after) == {node}:
                what = " and ".join(f"{more} more {self._world.skus.label[sku]}" for (sku, _), more in missing.items())
                yield f"With {what} at {label} it would have left in one parcel."
                return
        yield "No single one of them would have served it whole, even with the units."


def explain(
    study: Study,
    order: int | str,
    label: str | None = None,
    replication: int | None = None,
    policy: PolicyLike | None = None,
    ask: bool | None = None,
) -> Explanations:
    """Every review of an order, explained.

    From what was written down when the study was run with `facts="reasons"`; else the replication is run again and the
    policy is asked, which also tells what would have changed its mind.

    Parameters
    ----------
    order
        Its id (`study.facts("orders")`), or as people write it: `O000412`.
    label
        The alternative; the first when left out.
    replication
        Which one; the first that is finished when left out.
    policy
        The policy itself, where the study knows only its name: one written in a notebook.
    ask
        Run the replication again even where reasons were written down, or (False) never.

    Raises
    ------
    StudyError
        If there is no such order or alternative, or the policy cannot be made again.
    """
    id = order_id(order)
    found = explain_several(study, [id], label, replication, policy, ask)[id]
    if not found:
        about = study[study.labels[0] if label is None else label]
        number = study.replications_of(about.label)[0] if replication is None else replication
        raise never_reviewed(about.label, number, id)
    return Explanations(found)


def explain_several(
    study: Study,
    orders: Sequence[int],
    label: str | None = None,
    replication: int | None = None,
    policy: PolicyLike | None = None,
    ask: bool | None = None,
) -> dict[int, list[Explanation]]:
    """As `explain`, for several orders of one replication, which is run again once; order -> its reviews.

    Raises
    ------
    StudyError
        As `explain`; an order that never came to a review has none.
    """
    about = study[study.labels[0] if label is None else label]
    number = study.replications_of(about.label)[0] if replication is None else replication
    cell = study.cell(about.label, number)
    done = study.folder.done(cell)
    if ask is False or (ask is None and policy is None and done is not None and done.level == "reasons"):
        from orchestrion.experiments.remembering import remembered

        return {id: remembered(study, about.label, cell, id) for id in orders}
    scenario = study.scenario(about.label)
    rule = _policy(about.policy_text, scenario.policy if about.own_policy else None, policy)
    if digest(policy_identity(rule)) != about.policy_hash:
        raise StudyError(f"{about.label}: {rule!r} is not the policy that was run; pass the one that was, `policy=`")
    probe = Probe(rule, *orders)  # type: ignore[arg-type]  # a policy or a decider
    simulate(scenario.compile(), probe, seed=cell.seed, replication=number)
    return {id: [one for one in probe.explanations if one.order == id] for id in orders}


def never_reviewed(label: str, replication: int, order: int) -> StudyError:
    """There is nothing to explain."""
    return StudyError(
        f"{label}, replication {replication}: order {order} never came to a review; "
        "an order's id is in study.facts('orders')"
    )


def order_id(order: int | str) -> int:
    """An order's id from what people write.

    >>> order_id("O000412"), order_id(412)
    (412, 412)
    """
    text = str(order).strip().upper().removeprefix("O")
    if not text.isdigit():
        raise StudyError(f"{order!r} is no order; write its id, such as 412 or O000412")
    return int(text)


def _policy(text: str, own: Any, given: PolicyLike | None) -> object:
    """The policy as it was: given, the scenario's own, or made from its text."""
    if given is not None:
        return policy_of(given)
    if own is not None:
        return make_policy(own)
    try:
        call = ast.parse(text, mode="eval").body
        if isinstance(call, ast.Name):
            return make_policy(call.id)
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Name)
        values = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
        return make_policy({"name": call.func.id, **values})
    except (SyntaxError, ValueError, AssertionError) as unknown:
        raise StudyError(f"the policy {text} cannot be made from its name; pass it, `policy=`") from unknown
