"""The contract of a sourcing policy as a callable: `check_policy(MyPolicy())` in anybody's test suite."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Decider
from orchestrion.errors import PlanError
from orchestrion.streams import Streams
from orchestrion.testing.still import StillView
from orchestrion.testing.town import COLLECT, HOME_J1, order, three_stores


def situations() -> Iterator[tuple[str, list[Order], dict[str, Any]]]:
    """(what is special, orders, how the `StillView` of three stores and a warehouse differs)."""
    one = order(0, [(0, 1)])
    yield "one order, plenty of stock", [one], {}
    yield "no order", [], {}
    yield "no stock anywhere", [one], {"recorded": [[0, 0, 0, 0]] * 3}
    yield (
        "three orders for the last unit",
        [order(i, [(0, 1)], place=i % 2) for i in range(3)],
        {"recorded": [[0, 1, 0, 0]] * 3},
    )
    yield "three lines, one node has them all", [order(0, [(0, 1), (1, 2), (2, 1)])], {}
    yield (
        "three lines that must be split",
        [order(0, [(0, 1), (1, 1), (2, 1)])],
        {"recorded": [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]},
    )
    yield "a line no node holds in full", [order(0, [(0, 12)])], {"recorded": [[5, 4, 3, 2]] * 3}
    yield "a line beyond all stock", [order(0, [(0, 99), (1, 1)])], {}
    yield "a line that nobody has", [order(0, [(0, 1), (1, 1)])], {"recorded": [[0] * 4, [1] * 4, [1] * 4]}
    yield "the same SKU on two lines", [order(0, [(0, 1), (0, 1)])], {"recorded": [[0, 1, 1, 0]] * 3}
    yield "everything reserved already", [one], {"reserved": [[50, 5, 5, 5]] * 3}
    yield "click and collect, units in the store", [order(0, [(0, 1)], option=COLLECT, collect_at=2)], {}
    yield (
        "click and collect, units elsewhere",
        [order(0, [(0, 1), (2, 1)], option=COLLECT, collect_at=2)],
        {"recorded": [[5, 5, 0, 5]] * 3},
    )
    yield "a promise for tomorrow", [order(0, [(0, 1)], option=HOME_J1, promised_t=0)], {"backlog_s": [9000, 0, 90, 9]}
    yield "a node that failed the order before", [order(0, [(0, 1)], excluded=(1,))], {}
    yield "every node failed the order before", [order(0, [(0, 1)], excluded=(0, 1, 2, 3))], {}
    yield "nodes that take no more today", [order(0, [(0, 1)]), order(1, [(1, 2)])], {"capacity": [1, 0, 0, 2]}
    yield "no node takes any more today", [one], {"capacity": [0, 0, 0, 0]}
    yield "a long order", [order(0, [(i % 3, 1 + i) for i in range(6)])], {}


def check_policy(policy: object) -> None:
    """Raise AssertionError, with a plain message, where a sourcing policy breaks its contract.

    A policy is a value: frozen, equal to its copies, pickled by cloudpickle, printed without memory addresses. Its
    decider hands back a plan that promises only what is there, for lines that wait, from nodes that may serve them;
    it changes nothing it is shown; and asked the same twice it answers the same.

    >>> from orchestrion.policies.sourcing import make_policy
    >>> check_policy(make_policy("nearest"))
    """
    _check_value(policy)
    for name, orders, changes in situations():
        answers = []
        for _ in range(2):
            view = StillView(three_stores(), orders, **copy.deepcopy(changes))
            answers.append(_check_plan(policy, name, orders, view))
        assert answers[0] == answers[1], f"{name}: asked twice, the policy decided differently: {answers}"


def _check_value(policy: object) -> None:
    import cloudpickle

    name = type(policy).__name__
    assert not isinstance(policy, type), f"{policy!r} is a class: pass a value of it, {policy.__name__}(...)"
    assert hasattr(policy, "start") or hasattr(policy, "decide"), (
        f"{name} has neither start(view, streams) nor decide(orders, view)"
    )
    written = repr(policy)
    assert not re.search(r" at 0x[0-9a-fA-F]+", written), (
        f"{name} prints as {written}: make it a dataclass, so that a study can say which policy it ran"
    )
    for way, twin in (("a copy", copy.deepcopy(policy)), ("its pickle", cloudpickle.loads(cloudpickle.dumps(policy)))):
        assert twin == policy, f"{written} is not equal to {way}: make it a frozen dataclass"
        assert repr(twin) == written, f"{written} prints differently after {way}: {twin!r}"
    for attribute in [field.name for field in fields(policy)] if is_dataclass(policy) else list(vars(policy)):
        try:
            setattr(policy, attribute, getattr(policy, attribute))
        except (AttributeError, TypeError):
            continue
        raise AssertionError(f"{name}.{attribute} can be set: freeze the policy, @dataclass(frozen=True, kw_only=True)")


def _decider(policy: Any, view: StillView) -> Decider:
    decider = policy.start(view, Streams(seed=1, replication=0)) if hasattr(policy, "start") else policy
    assert isinstance(decider, Decider), f"start() answered {decider!r}, which has no decide(orders, view)"
    return decider


def _check_plan(policy: object, name: str, orders: Sequence[Order], view: StillView) -> list[tuple[int, ...]]:
    before, slips = _records(view), copy.deepcopy(list(orders))
    shown = list(orders)
    try:
        plan = _decider(policy, view).decide(shown, view)
    except PlanError as error:
        raise AssertionError(f"{name}: the policy promised what is not there: {error}") from error
    assert isinstance(plan, Plan), f"{name}: decide() answered {plan!r}; start from view.new_plan() and hand that back"
    assert shown == slips, f"{name}: the policy changed the list of orders it was shown"
    assert _records(view) == before, f"{name}: the policy changed the stock it was shown; copy an array before writing"
    open_units = {(line.order, line.number): line.qty for order in orders for line in order.lines}
    atp = {(sku, node): view.atp(sku, node) for sku in range(3) for node in range(len(view.world.nodes))}
    for line, node, qty, service, _ in plan.decisions:
        what = f"{name}: {qty} units of order {line.order} line {line.number} from node {node}"
        assert (line.order, line.number) in open_units, f"{what}: no such line waits"
        assert qty > 0, f"{what}: a decision moves at least one unit"
        open_units[line.order, line.number] -= qty
        atp[line.sku, node] -= qty
        assert open_units[line.order, line.number] >= 0, f"{what}: more than the customer asked for"
        assert atp[line.sku, node] >= 0, f"{what}: more than the node has to promise"
        assert service == view.service(line, node) >= 0, f"{what}: service {service} does not carry it from there"
    return [(d.line.order, d.line.number, d.node, d.qty, d.service) for d in plan.decisions]


def _records(view: StillView) -> list[list[int]]:
    return [view.atp_row(sku).tolist() + view.overstock_row(sku).tolist() for sku in range(3)]
