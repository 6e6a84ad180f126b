"""Taking back what nobody has begun to pick: what a plan may release, and that deciding again never costs more."""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import HOME_STANDARD, three_stores

from orchestrion.domain.codes import Channel, EventKind, Reason, StockKind
from orchestrion.domain.orders import Assignment
from orchestrion.errors import InputError, PlanError
from orchestrion.policies.sourcing import make_policy
from orchestrion.policies.what_if import Change, imagine
from orchestrion.simulation import simulate
from orchestrion.testing import check_policy
from orchestrion.units import DAY, HOUR, MINUTE

NIGHT = 21 * HOUR


def web(t: int, *lines: tuple[int, int], place: int = 0, option: int = HOME_STANDARD, store: int = -1) -> Any:
    return (t, Channel.WEB, place, option, store, list(lines) or [(0, 1)])


# ---- what a plan may take back -----------------------------------------------------------------------------


class Mover:
    """Assigns to one node, and at a later review takes everything back for another."""

    re_evaluates = True

    def __init__(self, first: int, then: int, at: int, *, opted_in: bool = True, twice: bool = False) -> None:
        self.first, self.then, self.at, self.twice = first, then, at, twice
        self.re_evaluates = opted_in
        self.seen: list[tuple[int, list[Assignment]]] = []

    def decide(self, orders: Any, view: Any) -> Any:
        plan = view.new_plan()
        for order in orders:
            for line in order.lines:
                plan.source(line, self.first)
        self.seen.append((view.now, list(view.releasable())))
        if view.now >= self.at:
            for assignment in self.seen[-1][1]:
                if assignment.node == self.first:
                    slip = plan.release(assignment)
                    if self.twice:
                        plan.release(assignment)
                    if self.then >= 0:
                        for line in slip.lines:
                            plan.source(line, self.then)
        return plan


def test_an_assignment_taken_back_is_free_there_and_reserved_elsewhere() -> None:
    world = three_stores(wishes=[web(NIGHT, (0, 2), (1, 1))])
    facts = simulate(world, Mover(1, 2, DAY), seed=1, replication=0)
    audits.audit(world, facts)
    assert records(facts["events"], "kind", "t", "node", "reason")[1:7] == [
        (EventKind.SOURCED, NIGHT, 1, Reason.CHOSEN), (EventKind.SOURCED, NIGHT, 1, Reason.CHOSEN),
        (EventKind.RELEASED, DAY, 1, Reason.RE_EVALUATED), (EventKind.RELEASED, DAY, 1, Reason.RE_EVALUATED),
        (EventKind.SOURCED, DAY, 2, Reason.CHOSEN), (EventKind.SOURCED, DAY, 2, Reason.CHOSEN),
    ]  # fmt: skip
    assert records(facts["stock"], "node", "d_reserved", kind=StockKind.RELEASED) == [(1, -2), (1, -1)]
    assert records(facts["shipments"], "node", "units", "hop") == [(2, 3, 0)]


def test_what_is_taken_back_and_not_given_away_waits_for_the_next_review() -> None:
    world = three_stores(wishes=[web(NIGHT)])
    facts = simulate(world, Mover(1, -1, DAY), seed=1, replication=0)
    audits.audit(world, facts)
    kinds = [(EventKind(k), t) for k, t in records(facts["events"], "kind", "t")][:5]
    assert kinds == [
        (EventKind.PLACED, NIGHT), (EventKind.SOURCED, NIGHT), (EventKind.RELEASED, DAY), (EventKind.HELD, DAY),
        (EventKind.SOURCED, DAY + HOUR),
    ]  # fmt: skip


def test_what_somebody_has_begun_to_pick_is_not_offered_back() -> None:
    slow = {"store_1": {"pick_setup_s": 3 * HOUR}}
    world = three_stores(wishes=[web(9 * HOUR), web(9 * HOUR + 1)], nodes=slow)
    mover = Mover(1, 2, 10 * HOUR + 1)
    facts = simulate(world, mover, seed=1, replication=0)
    audits.audit(world, facts)
    # at eleven the first is in the picker's hands, the second still on the list
    assert [len(found) for t, found in mover.seen if t == 11 * HOUR] == [1]
    assert dict(records(facts["shipments"], "order", "node")) == {0: 1, 1: 2}


@pytest.mark.parametrize("wrong", ["not asked for", "twice", "begun"])
def test_a_plan_that_takes_back_what_it_may_not_stops_the_run(wrong: str) -> None:
    # at the second order's review the first is not begun; at the third's it has been picked
    world = three_stores(wishes=[web(NIGHT), web(NIGHT + 1), web(DAY + 12 * HOUR)])
    if wrong == "twice":
        with pytest.raises(PlanError, match="once each"):
            simulate(world, Mover(1, 2, DAY, twice=True), seed=1, replication=0)
        return

    class Late(Mover):
        def decide(self, orders: Any, view: Any) -> Any:
            plan = super().decide(orders, view)
            if view.now > DAY + 11 * HOUR:
                plan.release(Assignment(0, orders[0]._replace(id=0), 1, 0, NIGHT))
            return plan

    late = Late(1, 2, 99 * DAY, opted_in=wrong == "begun")
    with pytest.raises(PlanError, match="may not be taken back"):
        simulate(world, late, seed=1, replication=0)
    if wrong == "not asked for":
        assert all(not found for _, found in late.seen)


@pytest.mark.parametrize("opted_in", [False, True])
def test_only_a_policy_that_opts_in_is_shown_what_may_be_taken_back(opted_in: bool) -> None:
    seen: list[int] = []

    class Asking:
        re_evaluates = opted_in

        def decide(self, orders: Any, view: Any) -> Any:
            plan = view.new_plan()
            for order in orders:
                plan.source(order.lines[0], 1)
            if view.now > NIGHT:
                seen.append(len(view.releasable()))
            return plan

    simulate(three_stores(wishes=[web(NIGHT), web(NIGHT + 1)]), Asking(), seed=1, replication=0)
    assert seen[0] == (1 if opted_in else 0)


def test_a_pick_list_from_which_a_shipment_is_taken_is_shorter_by_its_work() -> None:
    seen: dict[int, tuple[int, int]] = {}

    class Watching(Mover):
        def decide(self, orders: Any, view: Any) -> Any:
            seen[view.now] = view.backlog_s(1), view.backlog_s(2)
            return super().decide(orders, view)

    simulate(three_stores(wishes=[web(NIGHT)], pickers=0, days=2), Watching(1, 2, DAY), seed=1, replication=0)
    assert seen[23 * HOUR] == (180, 0)
    assert seen[DAY + HOUR] == (0, 180)


def test_units_that_a_walk_in_carried_off_are_not_given_out_twice() -> None:
    # both units of store 1 are promised at night; a visitor takes one at opening time, before anybody can pick
    for then in (2, 3):
        wishes = [web(9 * HOUR), web(9 * HOUR + 1), (10 * HOUR, Channel.WALK_IN, -1, -1, 1, [(0, 1)])]
        world = three_stores(
            stock=[[0, 2, 2, 2]], wishes=wishes, nodes={"store_1": {"pick_setup_s": 2 * HOUR, "pickers": 0}}
        )
        facts = simulate(world, Mover(1, then, 11 * HOUR), seed=1, replication=0)
        audits.audit(world, facts)
        assert audits.order_ends(facts) == {0: "complete", 1: "complete"}
        assert int(facts["stock"]["d_reserved"].sum()) == 0


# ---- deciding again ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_each_re_evaluation_is_no_dearer_in_the_objective_of_the_policy_and_serves_no_less() -> None:
    """Static: nobody picks. Orders are decided as they come, and whenever that is better all of them anew."""
    better = 0
    for seed in range(5):
        for inner in ("cheapest", "nearest", "lowest_co2e", "weighted", "milp"):
            rng = np.random.default_rng(seed)
            stock = rng.integers(0, 3, (3, 4))
            wishes = [
                web(NIGHT + i, *((int(s), int(rng.integers(1, 3))) for s in rng.permutation(3)[: rng.integers(1, 3)]),
                    place=int(rng.integers(0, 2)))
                for i in range(6)
            ]  # fmt: skip
            world = three_stores(stock, wishes=wishes, pickers=0, days=2, run_off_days=0)
            watched = Watched(inner)
            facts = simulate(world, watched, seed=1, replication=0)
            audits.audit(world, facts)
            for before, after in watched.values:
                assert after[0] <= before[0]
                assert after[0] < before[0] or after[1] <= before[1] + 1e-6
                better += after != before
    assert better > 4  # and often it is better


class Watched:
    """Re-evaluates, and values the live assignments before and after each review in the policy's own objective."""

    def __init__(self, inner: str) -> None:
        self.inner = inner
        self.values: list[tuple[tuple[int, float], tuple[int, float]]] = []

    def start(self, view: Any, streams: Any) -> Any:
        outer = self
        decider = make_policy({"name": "re_evaluate", "policy": self.inner, "every": "0s"}).start(view, streams)

        class Spy:
            re_evaluates = True

            def decide(self, orders: Any, view: Any) -> Any:
                from orchestrion.policies.sourcing.re_evaluate import _parcel, _parcels, _slips

                assigned = list(view.releasable())
                slips = _slips(orders, assigned)
                plan = decider.decide(orders, view)
                kept = [a for a in assigned if a.shipment not in plan.released]
                alone = imagine(make_policy(outer.inner), orders, view, Change())  # as if nothing were taken back
                before = decider._value([*map(_parcel, assigned), *_parcels(alone)], slips, view)
                after = decider._value([*map(_parcel, kept), *_parcels(plan)], slips, view)
                outer.values.append((before, after))
                return plan

        return Spy()


def test_the_last_unit_goes_to_whom_it_is_worth_most() -> None:
    """Cheapest as they come: the first takes store 1, the second waits. Anew together: as many, at less."""
    costs = {(0, 1): 2.0, (0, 2): 5.0, (1, 1): 7.0, (1, 2): 19.0}  # order, node -> euros: greedy 21, together 12
    assert min(costs[0, 1] + costs[1, 2], costs[0, 2] + costs[1, 1]) == 12.0

    world = three_stores(stock=[[0, 1, 1, 0]], wishes=[web(NIGHT), web(NIGHT + MINUTE, place=1)], pickers=0)

    from orchestrion.policies.rule import Rule
    from orchestrion.policies.sourcing.re_evaluate import ReEvaluation

    class ByTable(Rule):
        def price(self, order: Any, lines: Any, nodes: Any, view: Any) -> Any:
            return np.array([costs.get((order.id, n), 99.0) for n in nodes.tolist()])

    class Joint(ByTable):
        """Tries both ways round: small enough to be exact."""

        def decide(self, orders: Any, view: Any) -> Any:
            plans = []
            for way in ([*orders], [*reversed(orders)]):
                plan = ByTable.decide(self, way, view)
                plans.append((-len(plan.decisions), sum(costs[d.line.order, d.node] for d in plan.decisions), plan))
            return min(plans, key=lambda p: p[:2])[2]

    class Policy:
        def start(self, view: Any, streams: Any) -> Any:
            return ReEvaluation(Joint(), view, streams, HOUR)

    facts = simulate(world, Policy(), seed=1, replication=0)
    audits.audit(world, facts)
    assert dict(records(facts["decisions"], "order", "node")) == {0: 2, 1: 1}  # the last word of each
    assert records(facts["events"], "order", "t", kind=EventKind.RELEASED) == [(0, NIGHT + MINUTE)]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["cheapest", "milp", "nearest"]))
def test_every_identity_holds_while_assignments_move(seed: int, inner: str) -> None:
    policy = {"name": inner, "review": "2h"} if inner == "milp" else inner
    world = three_stores(
        [[30, 3, 3, 3]] * 3, days=5, online_per_day=30.0, pick_success=0.8,
        walk_ins=(0, 3, 3, 3), nodes={f"store_{n}": {"pick_setup_s": HOUR} for n in (1, 2, 3)},
    )  # fmt: skip
    facts = audits.run(world, {"name": "re_evaluate", "policy": policy, "every": "1h"}, seed=seed)
    audits.audit(world, facts)


def test_re_evaluation_moves_orders_and_cuts_their_cost_in_a_town_of_scarce_shelves() -> None:
    moved, cost = 0, []
    for policy in ("cheapest", {"name": "re_evaluate", "policy": {"name": "milp", "review": "1h"}}):
        world = three_stores([[40, 4, 4, 4]] * 3, days=10, online_per_day=20.0)
        facts = audits.run(world, policy, seed=6)
        moved = len(records(facts["events"], "t", kind=EventKind.RELEASED))
        cost.append(int(facts["costs"]["amount"][facts["costs"]["order"] >= 0].sum()))
    assert moved > 0
    assert cost[1] < cost[0]


def test_the_policy_is_a_value_that_keeps_its_contract_and_refuses_what_it_cannot_do() -> None:
    policy = make_policy({"name": "re_evaluate", "policy": {"name": "milp", "review": "45 min"}, "every": "2h"})
    assert policy.review == "45 min"  # type: ignore[attr-defined]
    check_policy(policy)
    for wrong, rule in (
        ({"policy": "cheepest"}, "cheapest"),
        ({"policy": {"name": "re_evaluate"}}, "re-evaluates already"),
        ({"every": "soon"}, "not a duration"),
    ):
        with pytest.raises((InputError, LookupError), match=rule):
            make_policy({"name": "re_evaluate", **wrong})
