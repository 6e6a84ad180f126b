"""Limits of a batch: splits, collections and capacity against every plan, a golden model for each condition, a solver
that stops early, breaks, or never answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import audits
import numpy as np
import pytest
import towns
from every_plan import Tariff, assignments, gathered, of_plan, random_orders, random_town, value
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from test_batch_milp import IN_COST_ONLY, asks_of, canonical

from orchestrion.domain.codes import Reason, ReviewStatus
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.plan import Plan
from orchestrion.errors import InputError, SolverError
from orchestrion.policies import batch, solver
from orchestrion.policies.batch import decide_together
from orchestrion.policies.batch_model import build
from orchestrion.policies.solver import Limits, problem
from orchestrion.policies.sourcing import make_policy
from orchestrion.policies.sourcing.milp import BatchMilp
from orchestrion.testing import StillView, check_policy
from orchestrion.units import MICRO

GOLDEN = Path(__file__).parent.parent / "golden"
Shipments = dict[tuple[int, int], list[Line]]


def per_order(shipments: Shipments) -> dict[int, int]:
    """How many shipments each order makes."""
    counts: dict[int, int] = {}
    for order, _ in shipments:
        counts[order] = counts.get(order, 0) + 1
    return counts


def best_within(view: StillView, orders: Sequence[Order], worth: Callable[[Shipments], Any], most: int) -> Any:
    plans = (p for p in assignments(view, orders) if max(per_order(p).values(), default=0) <= most)
    return min(worth(plan) for plan in plans)


# ---- splits -------------------------------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2]))
@settings(max_examples=50, deadline=None)
def test_one_order_within_its_limit_is_the_best_of_all_such_plans(seed: int, most: int) -> None:
    """Subset enumeration = MILP = brute force, with capacity and the split limit binding."""
    rng = np.random.default_rng(seed)
    nodes = int(rng.integers(2, 5))
    town = random_town(rng, nodes, skus=4, most=1)
    orders = random_orders(rng, 1, skus=4, lines=4, units=1)
    tariff = Tariff(rng, 1, nodes)
    view = StillView(town, orders, cost=tariff, capacity=rng.integers(0, 2, nodes).tolist())
    assume(not gathered(view, orders))
    least = best_within(view, orders, lambda plan: value(plan, orders, tariff.price), most)
    for name in ("weighted", "milp"):
        plan = make_policy({"name": name, "max_shipments": most, **IN_COST_ONLY}).decide(orders, view)
        assert max(per_order(of_plan(plan)).values(), default=0) <= most
        assert value(of_plan(plan), orders, tariff.price) == pytest.approx(least, abs=1), name
    asks, free = asks_of(BatchMilp(**IN_COST_ONLY, max_shipments=most), orders, view, most)
    if asks:
        (part,) = decide_together(asks, free, Limits(), joint=True)  # by the solver, though it need not be asked
        units = sum(line.qty for _, shipment in part.shipments for line in shipment.lines)
        assert (-units, part.score) == pytest.approx(least, abs=1)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_a_batch_within_its_limits_is_the_best_of_all_such_plans(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=3, skus=3, most=2)
    orders = random_orders(rng, 3, skus=3, lines=2, units=1)
    tariff = Tariff(rng, 3, 3)
    view = StillView(town, orders, cost=tariff, capacity=rng.integers(0, 4, 3).tolist())
    assume(not gathered(view, orders))
    plan = BatchMilp(**IN_COST_ONLY, max_shipments=1).decide(orders, view)
    least = best_within(view, orders, lambda plan: value(plan, orders, tariff.price), 1)
    units, euros = value(of_plan(plan), orders, tariff.price)
    assert (units, euros) == pytest.approx(least, abs=1)
    assert plan.status == ReviewStatus.OPTIMAL


# ---- collections --------------------------------------------------------------------------------------------


def with_calls(orders: Sequence[Order], tariff: Tariff, view: StillView, euros: float) -> Callable[[Shipments], Any]:
    def worth(shipments: Shipments) -> tuple[int, float]:
        units, cost = value(shipments, orders, tariff.price)
        called = {node for _, node in shipments if view.backlog_s(node) == 0}
        return units, cost + len(called) * euros * MICRO

    return worth


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_with_a_price_on_collections_the_batch_is_the_best_of_all_plans(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=3, skus=2, most=3)
    orders = random_orders(rng, 3, skus=2, lines=2, units=1)
    tariff = Tariff(rng, 3, 3)
    euros = float(rng.integers(1, 15))
    backlog = rng.integers(0, 2, 3) * 60
    view = StillView(town, orders, cost=tariff, backlog_s=backlog, capacity=rng.integers(1, 4, 3).tolist())
    assume(not gathered(view, orders))
    plan = BatchMilp(**IN_COST_ONLY, eur_per_collection=euros).decide(orders, view)
    worth = with_calls(orders, tariff, view, euros)
    found, least = worth(of_plan(plan)), best_within(view, orders, worth, 9)
    assert found == pytest.approx(least, abs=1)
    assert plan.bound == pytest.approx(found[1], abs=2)


def test_two_orders_gather_at_one_node_where_a_second_call_costs_more_than_the_way() -> None:
    town = towns.town(stock=[[9, 9]], node_km=(1, 30), place_km=(0, 31), warehouses=0)
    orders = [towns.order(0, [(0, 1)], place=0), towns.order(1, [(0, 1)], place=1)]  # 2.9 EUR farther from the other

    def nodes(euros: float, backlog: list[int]) -> list[int]:
        plan = BatchMilp(**IN_COST_ONLY, eur_per_collection=euros).decide(
            orders, StillView(town, orders, backlog_s=backlog)
        )
        return [d.node for d in plan.decisions]

    assert nodes(0.0, [0, 0]) == nodes(2.0, [0, 0]) == [0, 1]
    assert len(set(nodes(4.0, [0, 0]))) == 1
    assert nodes(4.0, [60, 60]) == [0, 1]  # both have work on their list: the carrier calls anyway


# ---- one golden model for each condition --------------------------------------------------------------------


def golden_case(condition: str) -> tuple[BatchMilp, Any, list[Order], dict[str, Any]]:
    """The smallest batch in which the condition is written down: two stores at km 10 and 20."""
    two = [towns.order(0, [(0, 1)]), towns.order(1, [(0, 1)])]
    both = [towns.order(0, [(0, 1), (1, 1)])]
    all_three = [towns.order(0, [(0, 1), (1, 1), (2, 1)])]
    stock = {"units": [[1, 2]], "apart": [[9, 9], [9, 9]], "splits": [[9, 0], [0, 9]], "waiting": [[1, 0]],
             "promise": [[9, 1]], "three": [[9, 9]] * 3}  # fmt: skip
    town = towns.town(
        stock=stock.get(condition, [[9, 9]]), node_km=(10, 20), place_km=(0,), warehouses=0,
        daily_orders=1 if condition == "capacity" else -1,
    )  # fmt: skip
    policies = {
        "splits": BatchMilp(**IN_COST_ONLY, max_shipments=1),
        "collections": BatchMilp(**IN_COST_ONLY, eur_per_collection=2.5),
        "promise": BatchMilp(eur_per_t_co2e=0.0, eur_per_day_late=6.0),
    }
    changes = {"transit_s": lambda order, node: (5 - node) * 86_400} if condition == "promise" else {}
    orders = both if condition in ("apart", "splits") else all_three if condition == "three" else two
    return policies.get(condition, BatchMilp(**IN_COST_ONLY)), town, orders, changes


@pytest.mark.parametrize(
    "condition", ["units", "capacity", "apart", "three", "splits", "collections", "promise", "waiting"]
)
def test_each_condition_of_the_model_is_the_one_on_file(condition: str, tmp_path: Path) -> None:
    policy, town, orders, changes = golden_case(condition)
    asks, free = asks_of(policy, orders, StillView(town, orders, **changes), policy.max_shipments)
    model = build(asks, range(len(orders)), free, policy.eur_per_collection)
    written = tmp_path / "batch.lp"
    problem("batch", model.priced, model.rows).writeLP(str(written))
    assert canonical(written.read_text()) == (GOLDEN / f"batch_{condition}.lp").read_text()


# ---- a solver that does not answer --------------------------------------------------------------------------


def scarce_week(**changes: Any) -> Any:
    settings: dict[str, Any] = {
        "stock": [[90, 3, 3, 3]] * 3, "days": 7, "online_per_day": 25.0, "walk_ins": (0, 2, 2, 2), "pick_success": 0.95,
        "low": [[-1, 1, 1, 1]] * 3, "up_to": [[0, 3, 3, 3]] * 3,
        "nodes": {f"store_{n}": {"daily_orders": 6} for n in (1, 2, 3)},
    }  # fmt: skip
    return towns.three_stores(**(settings | changes))


# a price on collections puts every review before the solver
JOINT = {"name": "milp", "review": "2h", "eur_per_collection": 1.0}


def test_a_week_in_which_no_review_is_solved_in_time_is_one_of_valid_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BatchMilp, "solver_seconds", lambda self: 0.0)
    asked: list[bool] = []
    real = solver.solve

    def counted(*args: Any, **named: Any) -> Any:
        try:
            answer = real(*args, **named)
        except SolverError:
            asked.append(False)
            raise
        asked.append(answer.proven)
        return answer

    monkeypatch.setattr(batch, "solve", counted)
    world = scarce_week()
    facts = audits.run(world, JOINT, seed=2)
    audits.audit(world, facts)
    reviews = facts["reviews"]
    stopped = np.isin(reviews["status"], [ReviewStatus.FALLBACK, ReviewStatus.FEASIBLE])
    # the clock stopped all but the few whose answer was plain before the search began
    assert stopped.sum() == asked.count(False) > 0.7 * len(asked) > 35
    assert ((reviews["status"] == ReviewStatus.FALLBACK) == reviews["fallback"].astype(bool)).all()
    assert reviews["fallback"].any()
    assert (facts["decisions"]["reason"] == Reason.FALLBACK).any()


def test_a_week_in_which_the_solver_crashes_at_every_review_is_recorded_and_keeps_its_books(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crash(self: Any, *asked: Any) -> None:
        raise RuntimeError("segment violation, nearly")

    monkeypatch.setattr(solver._engine(), "callSolver", crash)
    monkeypatch.setattr(solver.LinearProgramme, "solve", crash)
    world = scarce_week()
    facts = audits.run(world, JOINT, seed=2)
    audits.audit(world, facts)
    reviews, decided = facts["reviews"], np.isin(facts["reviews"]["review"], facts["decisions"]["review"])
    assert decided.sum() > 40
    assert set(reviews["status"][decided].tolist()) == {int(ReviewStatus.FALLBACK)}
    assert reviews["fallback"][decided].all()
    assert set(reviews["gap_ppm"][decided].tolist()) == {-1}  # nothing is known of what the best would have been
    assert set(facts["decisions"]["reason"].tolist()) == {int(Reason.FALLBACK)}


@pytest.mark.parametrize("nodes", [1, 3])
def test_a_plan_stopped_early_never_costs_more_than_one_by_one(nodes: int) -> None:
    # the later ones were once dearer: within the gap, and at any limit where orders are gathered from several nodes
    for seed in (0, 1, 2, 3, 10, 11, 18, 54, 55, 144, 219):
        rng = np.random.default_rng(seed)
        town = random_town(rng, 6, 6, 3)
        orders = random_orders(rng, 16, 6, 3, 1)
        tariff = Tariff(rng, 16, 6)
        view = StillView(town, orders, cost=tariff)
        greedy = make_policy({"name": "weighted", **IN_COST_ONLY}).decide(orders, view)
        for gap in (0.0, 0.3):
            plan = BatchMilp(**IN_COST_ONLY, node_limit=nodes, gap=gap).decide(orders, view)
            mine, theirs = (value(of_plan(p), orders, tariff.price) for p in (plan, greedy))
            assert mine[0] <= theirs[0]
            if mine[0] == theirs[0]:
                assert mine[1] <= theirs[1] + 1


def everybody_waits(name: str, columns: Any, rows: Any, limits: Any) -> solver.Answer:
    """A solver that stops with a poor answer."""
    chosen = tuple(i for i, (column, _) in enumerate(columns) if column.startswith("wait"))
    return solver.Answer(chosen, 0.0, False, ())


def test_what_the_solver_found_in_time_gives_way_to_a_better_plan_made_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town = towns.town(stock=[[1, 1, 1]], node_km=(1, 2, 3), place_km=(0,), warehouses=0)
    orders = [towns.order(i, [(0, 1)]) for i in range(3)]
    monkeypatch.setattr(batch, "solve", everybody_waits)
    plan = BatchMilp(**IN_COST_ONLY).decide(orders, StillView(town, orders))
    assert sorted(d.node for d in plan.decisions) == [0, 1, 2]
    assert (plan.status, plan.fallback) == (ReviewStatus.FALLBACK, True)
    assert {d.reason for d in plan.decisions} == {Reason.FALLBACK}
    assert 0 <= plan.bound <= 18 * MICRO  # the solver's own bound stands
    assert plan.gap_ppm > 0


def test_an_unbounded_programme_is_an_error_that_names_itself() -> None:
    endless = solver.LinearProgramme([-1.0], [[(0, -1.0)]], name="endless")
    with pytest.raises(SolverError, match=r"endless: HiGHS found no optimum"):
        endless.solve([-np.inf], [5])


def test_a_programme_that_fails_inside_a_policy_names_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise SolverError("bids: HiGHS found no optimum (kTimeLimit)")

    monkeypatch.setattr(solver.LinearProgramme, "solve", fails)
    with pytest.raises(SolverError, match="policy bid_price: bids: HiGHS found no optimum"):
        audits.run(scarce_week(), "bid_price", seed=2)


# ---- parts that might clash are put together ----------------------------------------------------------------


def test_who_clashes_more_than_twice_is_solved_with_all_who_might(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    town = random_town(rng, 8, 5, 2)
    orders = random_orders(rng, 30, 5, 3, 1)
    view = StillView(town, orders, cost=Tariff(rng, 30, 8))
    asks, free = asks_of(BatchMilp(**IN_COST_ONLY), orders, view)
    models: list[int] = []
    real = batch.build

    def counted(asks: Any, chosen: Any, *rest: Any) -> Any:
        models.append(len(chosen))
        return real(asks, chosen, *rest)

    monkeypatch.setattr(batch, "build", counted)
    parts = decide_together(asks, free, Limits())
    together = decide_together(asks, free, Limits(), joint=True)
    assert sum(part.score for part in parts) == pytest.approx(sum(part.score for part in together), abs=20)
    assert len(models) <= 2 + 1  # far from one model for each clash; and the joint one


# ---- the parameters -----------------------------------------------------------------------------------------


def test_policies_with_limits_keep_the_contract() -> None:
    ahead = ("bid_price", "milp_ahead", "protection", "dilated_rounding", "inventory_balancing")
    for name in ("weighted", "milp", *ahead):
        check_policy(make_policy({"name": name, "max_shipments": 1}))
    check_policy(make_policy({"name": "milp", "eur_per_collection": 3.0, "max_shipments": 2}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_shipments": 0}, {"max_shipments": 1.5}, {"eur_per_collection": -1}, {"time_limit": "soon"},
        {"time_limit": "0s"},
    ],
)  # fmt: skip
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        make_policy({"name": "milp", **wrong})


def test_a_review_without_work_asks_nobody() -> None:
    plan: Plan = BatchMilp(eur_per_collection=2.0).decide([], StillView(towns.three_stores()))
    assert (plan.status, plan.bound, plan.decisions) == (ReviewStatus.OPTIMAL, 0, [])
