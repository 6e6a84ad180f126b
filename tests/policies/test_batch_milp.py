"""Batches: the joint plan against every possible one, against the undivided model, and against deciding one by one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import towns
from every_plan import Tariff, best, gathered, of_plan, random_orders, random_town, value
from fakes import price_table
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orchestrion.domain.codes import Reason, ReviewStatus
from orchestrion.domain.orders import Order
from orchestrion.domain.world import World
from orchestrion.errors import SolverError
from orchestrion.policies import batch, solver
from orchestrion.policies.assignment import Ask, front
from orchestrion.policies.batch import decide_together
from orchestrion.policies.batch_model import build
from orchestrion.policies.free import Free
from orchestrion.policies.solver import Limits, problem
from orchestrion.policies.sourcing import make_policy
from orchestrion.policies.sourcing.milp import BatchMilp
from orchestrion.policies.splits import Splits
from orchestrion.testing import StillView
from orchestrion.units import MICRO

IN_COST_ONLY = {"eur_per_day_late": 0.0, "eur_per_t_co2e": 0.0}
TABLE = [[2, 5, 6], [7, 19, 20], [8, 15, 18]]


def one_unit_each() -> tuple[World, list[Order]]:
    town = towns.town(stock=[[1, 1, 1]], node_km=(1, 2, 3), place_km=(0,), warehouses=0)
    return town, [towns.order(i, [(0, 1)]) for i in range(3)]


def asks_of(
    policy: BatchMilp, orders: list[Order], view: StillView, most: int | None = None
) -> tuple[list[Ask], Free]:
    splits, plan = None if most is None else Splits(most), view.new_plan()
    if splits is not None:
        splits.review(orders, plan, view)
    free = Free(view, plan, batch=True, splits=splits)
    found = [(order, front(order, free)) for order in orders]
    return [Ask(policy, order, f.lines, f.nodes, f.atp, view) for order, f in found if f is not None and f.exact], free


def test_batching_beats_one_by_one() -> None:
    town, orders = one_unit_each()
    view = StillView(town, orders, cost=price_table(TABLE))

    def euros(policy: object) -> float:
        return sum(TABLE[d.line.order][d.node] for d in make_policy(policy).decide(orders, view).decisions)

    assert euros("cheapest") == 39
    assert euros({"name": "milp", **IN_COST_ONLY}) == 28


def test_an_optimal_review_says_so_with_its_bound() -> None:
    town, orders = one_unit_each()
    plan = BatchMilp(**IN_COST_ONLY).decide(orders, StillView(town, orders, cost=price_table(TABLE)))
    assert (plan.status, plan.gap_ppm, plan.fallback) == (ReviewStatus.OPTIMAL, 0, False)
    assert plan.bound == 28 * MICRO
    assert {d.reason for d in plan.decisions} == {Reason.OPTIMAL}


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=80, deadline=None)
def test_the_plan_of_a_batch_is_the_best_of_all_plans(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=3, skus=3, most=2)
    orders = random_orders(rng, 3, skus=3, lines=2, units=1)
    tariff = Tariff(rng, 3, 3)
    view = StillView(town, orders, cost=tariff, capacity=rng.integers(0, 4, 3).tolist())
    assume(not gathered(view, orders))
    plan = BatchMilp(**IN_COST_ONLY).decide(orders, view)
    units, euros = value(of_plan(plan), orders, tariff.price)
    most, least = best(view, orders, tariff.price)
    assert units == most
    assert euros == pytest.approx(least, abs=1)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_the_parts_together_cost_what_the_undivided_model_costs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, nodes, skus = int(rng.integers(2, 9)), int(rng.integers(2, 7)), int(rng.integers(1, 7))
    town = random_town(rng, nodes, skus, most=3)
    orders = random_orders(rng, count, skus, lines=3, units=3)
    policy = BatchMilp(eur_per_day_late=3.0, eur_per_overstocked_unit=1.0)
    view = StillView(
        town, orders, cost=Tariff(rng, count, nodes), capacity=rng.integers(0, 5, nodes).tolist(),
        transit_s=lambda order, node: 86_400 * (2 + (order.id + node) % 3),
    )  # fmt: skip
    asks, free = asks_of(policy, orders, view)
    if not asks:
        return

    def worth(parts: list[batch.Part]) -> tuple[int, float]:
        assert all(part.proven for part in parts)
        units = sum(line.qty for part in parts for _, shipment in part.shipments for line in shipment.lines)
        assert sum(part.bound for part in parts) == pytest.approx(sum(part.score for part in parts), abs=20)
        return units, sum(part.score for part in parts)

    apart = worth(decide_together(asks, free, Limits()))
    together = worth(decide_together(asks, free, Limits(), joint=True))
    assert apart[0] == together[0]
    assert apart[1] == pytest.approx(together[1], abs=20)


def test_orders_that_want_different_units_are_not_solved_together(monkeypatch: pytest.MonkeyPatch) -> None:
    town = towns.three_stores()
    orders = [towns.order(i, [(i % 3, 1)], place=i % 2) for i in range(6)]

    def no_solver(*_: object) -> None:
        raise AssertionError("nothing is scarce here")

    monkeypatch.setattr(batch, "solve", no_solver)
    plan = BatchMilp().decide(orders, StillView(town, orders))
    assert len(plan.decisions) == 6
    assert plan.status == ReviewStatus.OPTIMAL


def test_only_those_who_fight_for_a_unit_meet_in_the_model() -> None:
    town = towns.three_stores(stock=[[5, 1, 1, 1], [9, 9, 9, 9], [9, 9, 9, 9]])
    orders = [towns.order(i, [(0 if i < 2 else 1, 1)]) for i in range(5)]
    policy = BatchMilp()
    asks, free = asks_of(policy, orders, StillView(town, orders))
    parts = decide_together(asks, free, Limits())
    assert sorted(part.orders for part in parts) == [(0, 1), (2,), (3,), (4,)]


def test_when_the_solver_fails_the_orders_are_decided_one_by_one_and_the_review_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise SolverError("out of order")

    monkeypatch.setattr(batch, "solve", broken)
    town, orders = one_unit_each()
    plan = BatchMilp(**IN_COST_ONLY).decide(orders, StillView(town, orders, cost=price_table(TABLE)))
    assert sum(TABLE[d.line.order][d.node] for d in plan.decisions) == 39  # as the rule that decides one by one
    assert (plan.status, plan.fallback) == (ReviewStatus.FALLBACK, True)
    assert {d.reason for d in plan.decisions} == {Reason.FALLBACK}


def test_the_scarce_unit_serves_the_order_that_has_no_other_node() -> None:
    # order 0 could take either store, order 1 only the first: one by one the first order takes what the second needs
    town = towns.town(stock=[[1, 1]], node_km=(1, 2), place_km=(0,), warehouses=0)
    orders = [towns.order(0, [(0, 1)]), towns.order(1, [(0, 1)], excluded=(1,))]
    assert len(make_policy("cheapest").decide(orders, StillView(town, orders)).decisions) == 1
    assert len(BatchMilp().decide(orders, StillView(town, orders)).decisions) == 2


def test_an_order_in_the_model_may_split_over_nodes_where_nothing_is_scarce() -> None:
    # both orders want the one lamp at node 2, so they meet in the model; shirt and jeans of order 0 are each cheapest
    # at node 0 (1 EUR), but 20 together anywhere, and 3 at node 1: best apart, at nodes 0 and 1
    town = towns.town(stock=[[9, 9, 0], [9, 9, 0], [0, 0, 1]], node_km=(1, 2, 3), place_km=(0,), warehouses=0)
    orders = [towns.order(0, [(0, 1), (1, 1), (2, 1)]), towns.order(1, [(2, 1)])]

    def price(order: Order, lines: list, node: int) -> float:
        return float((1, 3, 5)[node] * MICRO if len(lines) == 1 else 20 * MICRO)

    def cost(order, lines, distance):
        return np.array([price(order, lines, node) for node in range(3)])

    view = StillView(town, orders, cost=cost)
    plan = BatchMilp(**IN_COST_ONLY).decide(orders, view)
    assert value(of_plan(plan), orders, price) == best(view, orders, price) == (-3, 9 * MICRO)


def test_a_line_for_several_nodes_is_still_gathered_after_the_batch() -> None:
    town = towns.three_stores(stock=[[0, 2, 2, 0], [0] * 4, [0] * 4])
    orders = [towns.order(0, [(0, 2)]), towns.order(1, [(0, 1)]), towns.order(2, [(0, 1)])]
    plan = BatchMilp().decide(orders, StillView(town, orders))
    assert sum(d.qty for d in plan.decisions) == 4
    two = [towns.order(0, [(0, 2)]), towns.order(1, [(0, 2)])]
    short = towns.three_stores(stock=[[0, 2, 1, 1], [0] * 4, [0] * 4])
    plan = BatchMilp().decide(two, StillView(short, two))
    assert sum(d.qty for d in plan.decisions) == 4  # one order whole, the other from two stores
    assert len(of_plan(plan)) == 3


def canonical(text: str) -> str:
    """An .lp file with conditions, terms and columns in alphabetical order, so that only its meaning is compared."""
    head, _, rest = text.partition("Subject To\n")
    body, _, tail = rest.partition("Binaries\n")
    joined = body.replace("\n + ", " + ").replace("\n - ", " - ").replace("\n  ", " ").replace(" - ", " + -")

    def sorted_terms(line: str) -> str:
        name, _, terms = line.partition(": ")
        left, sign, right = terms.partition(" <= ") if " <= " in terms else terms.partition(" = ")
        listed = sorted(term.removeprefix("+ ") for term in left.strip().split(" + "))
        return f"{name}: {' + '.join(listed)}{sign}{right}"

    objective = head.partition("OBJ: ")[2].replace("\n", " ").split(" + ")
    rows = sorted(sorted_terms(line) for line in joined.strip().splitlines())
    columns = sorted(tail.replace("End", "").split())
    lines = ["minimise", *sorted(term.strip() for term in objective), "subject to", *rows, "binary", *columns]
    return "\n".join(lines) + "\n"


def test_the_model_of_a_small_batch_is_the_one_on_file(tmp_path: Path) -> None:
    # two orders of a shirt and jeans; one shirt at each of two stores, jeans at store 20 only, one shipment a node
    town = towns.town(stock=[[1, 1], [0, 2]], node_km=(10, 20), place_km=(0,), warehouses=0, daily_orders=1)
    orders = [towns.order(0, [(0, 1), (1, 1)]), towns.order(1, [(0, 1)])]
    asks, free = asks_of(BatchMilp(**IN_COST_ONLY), orders, StillView(town, orders))
    model = build(asks, [0, 1], free)
    written = tmp_path / "batch.lp"
    problem("batch", model.priced, model.rows).writeLP(str(written))
    golden = Path(__file__).parent.parent / "golden" / "batch_milp.lp"
    assert canonical(written.read_text()) == golden.read_text()


SCRIPT = """
import numpy as np
from every_plan import Tariff, random_orders, random_town
from orchestrion.policies.sourcing import make_policy
from orchestrion.streams import Streams
from orchestrion.testing import StillView
rng = np.random.default_rng(5)
town = random_town(rng, 6, 5, 2)
orders = random_orders(rng, 12, 5, 3, 2)
calls, splits = {"name": "milp", "eur_per_collection": 2.0}, {"name": "milp", "max_shipments": 1}
ahead = ["milp_ahead", "bid_price", "protection", "dilated_rounding", "inventory_balancing"]
for name in ("milp", "weighted", "nearest", calls, splits, *ahead):
    view = StillView(town, orders, cost=Tariff(np.random.default_rng(6), 12, 6))
    policy = make_policy(name)
    plan = (policy.start(view, Streams(3, 0)) if hasattr(policy, "start") else policy).decide(orders, view)
    print([(d.line.order, d.line.number, d.node, d.qty) for d in plan.decisions], plan.bound)
"""


def test_the_plan_does_not_depend_on_the_order_of_sets() -> None:
    here = Path(__file__).parent
    answers = []
    for seed in ("1", "77"):
        env = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
        run = subprocess.run([sys.executable, "-c", SCRIPT], env=env, capture_output=True, text=True, check=True)
        answers.append(run.stdout)
    assert answers[0] == answers[1]
    assert answers[0].count("(") > 80


def test_a_node_limit_gives_a_plan_with_its_gap_or_says_that_it_fell_back() -> None:
    rng = np.random.default_rng(3)
    town = random_town(rng, 8, 6, 4)
    orders = random_orders(rng, 30, 6, 3, 1)
    view = StillView(town, orders, cost=Tariff(rng, 30, 8))
    quick = BatchMilp(**IN_COST_ONLY, node_limit=1, gap=0.5).decide(orders, view)
    exact = BatchMilp(**IN_COST_ONLY).decide(orders, view)
    assert (exact.status, exact.gap_ppm) == (ReviewStatus.OPTIMAL, 0)
    assert quick.status in (ReviewStatus.OPTIMAL, ReviewStatus.FEASIBLE, ReviewStatus.FALLBACK)
    assert (quick.status == ReviewStatus.FALLBACK) == quick.fallback
    assert sum(d.qty for d in quick.decisions) <= sum(d.qty for d in exact.decisions)


def test_an_impossible_model_is_an_error_and_not_a_plan() -> None:
    rows = [solver.Row("both", [(0, 1), (1, 1)], 3, equal=True)]
    with pytest.raises(SolverError, match="no solution"):
        solver.solve("impossible", [("a", 1.0), ("b", 1.0)], rows, Limits())


def test_the_solver_finds_the_known_optimum_of_a_knapsack() -> None:
    rng = np.random.default_rng(0)
    weights, worth = rng.integers(5, 60, 14).tolist(), rng.integers(10, 99, 14).tolist()
    brute = max(
        sum(w for i, w in enumerate(worth) if bits >> i & 1)
        for bits in range(1 << 14)
        if sum(w for i, w in enumerate(weights) if bits >> i & 1) <= 200
    )
    columns = [(f"c{i}", -float(w)) for i, w in enumerate(worth)]
    answer = solver.solve("knapsack", columns, [solver.Row("room", list(enumerate(weights)), 200)], Limits())
    assert answer.proven
    assert sum(worth[i] for i in answer.chosen) == brute == -round(answer.bound)
