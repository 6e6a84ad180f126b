"""`check_policy`: passed by every policy that comes along, and by no policy that breaks the contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Decision, Plan
from orchestrion.domain.view import NetworkView
from orchestrion.policies.sourcing import make_policy, sourcing_policies, sourcing_policy
from orchestrion.streams import Streams
from orchestrion.testing import StillView, check_policy, order, three_stores


@pytest.mark.parametrize("name", sourcing_policies.names())
def test_every_policy_that_comes_along_keeps_the_contract(name: str) -> None:
    check_policy(make_policy(name))


def test_policies_with_parameters_keep_it_too() -> None:
    check_policy(make_policy({"name": "nearest", "within_km": 25}))
    check_policy(make_policy({"name": "overstock_first", "eur_per_overstocked_unit": 3}))
    check_policy(make_policy({"name": "weighted", "eur_per_overstocked_unit": 3, "eur_per_split": 2}))


@dataclass(frozen=True, kw_only=True)
class FirstThatCan:
    """A policy as somebody would write it in a notebook cell."""

    within_km: float = 200.0

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        plan = view.new_plan()
        for each in orders:
            nodes = view.nearest(each, self.within_km)
            for line in each.lines:
                node = next((n for n in nodes if plan.can_source(line, n)), None)
                if node is not None:
                    plan.source(line, node)
        return plan


def test_a_policy_from_a_notebook_cell_keeps_it() -> None:
    check_policy(FirstThatCan())


def test_a_registered_policy_that_only_decides_is_its_own_decider() -> None:
    mine = sourcing_policy("first_that_can")(FirstThatCan)
    try:
        policy: Any = make_policy({"name": "first_that_can", "within_km": 15})
        view = StillView(three_stores(), [order()])
        assert policy.start(view, Streams(1, 0)) is policy
        assert [d.node for d in policy.decide([order()], view).decisions] == [1]
    finally:
        sourcing_policies._members.pop("first_that_can")
        del mine.start, mine.policy_name


class Bare:
    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        return view.new_plan()


@dataclass(kw_only=True)
class Thawed(FirstThatCan.__mro__[-1]):  # type: ignore[misc]
    within_km: float = 200.0
    decide = FirstThatCan.decide


@dataclass(frozen=True)
class Greedy:
    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        plan = view.new_plan()
        for each in orders:
            for line in each.lines:
                plan.source(line, 1)
        return plan


@dataclass(frozen=True)
class Sly:
    """Writes promises past the plan's own checks."""

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        plan = view.new_plan()
        for each in orders:
            plan.decisions += [Decision(line, 1, line.qty, 0, 14) for line in each.lines]  # type: ignore[arg-type]
        return plan


@dataclass(frozen=True)
class Scribbler:
    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        view.atp_row(0)[:] -= 1
        return view.new_plan()


@dataclass(frozen=True)
class Tidier:
    def decide(self, orders: Any, view: NetworkView) -> Plan:
        orders.clear()
        return view.new_plan()


@dataclass(frozen=True)
class Moody:
    """Decides differently each time it is asked."""

    times: Any = field(default_factory=lambda: Counter(), compare=False)

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        plan = view.new_plan()
        turn = self.times.next()
        for each in orders:
            can = [n for n in view.nearest(each) if plan.can_source(each.lines[0], n)]
            if can:
                plan.source(each.lines[0], can[turn % len(can)])
        return plan


class Counter:
    def __init__(self) -> None:
        self.turn = 0

    def next(self) -> int:
        self.turn += 1
        return self.turn

    def __repr__(self) -> str:
        return "Counter()"


@dataclass(frozen=True)
class Forgetful:
    def decide(self, orders: Sequence[Order], view: NetworkView) -> None:
        return None


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (Bare(), "make it a dataclass"),
        (Bare, "is a class"),
        (object(), "neither start"),
        (Thawed(), "can be set: freeze"),
        (Greedy(), "promised what is not there"),
        (Sly(), "more than"),
        (Scribbler(), "changed the stock"),
        (Tidier(), "changed the list of orders"),
        (Moody(), "decided differently"),
        (Forgetful(), "hand that back"),
    ],
)
def test_a_policy_that_breaks_the_contract_is_told_how(policy: object, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_policy(policy)
