"""Batches are mostly solved by their relaxation: it is in whole shipments, thanks to the rows on three lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import towns
from every_plan import Tariff, random_orders, random_town

from orchestrion.policies import solver
from orchestrion.policies.assignment import Ask, front
from orchestrion.policies.batch_model import Model, build
from orchestrion.policies.free import Free
from orchestrion.policies.solver import Limits, Row, solve
from orchestrion.policies.sourcing.milp import BatchMilp
from orchestrion.testing import StillView
from orchestrion.units import MICRO

POLICY = BatchMilp(eur_per_day_late=0.0, eur_per_t_co2e=0.0)


def model(town: Any, orders: list[Any], **view: Any) -> Model:
    shown = StillView(town, orders, **view)
    free = Free(shown, shown.new_plan(), batch=True)
    fronts = [(order, front(order, free)) for order in orders]
    asks = [
        Ask(POLICY, order, found.lines, found.nodes, found.atp, shown)
        for order, found in fronts if found is not None and found.exact
    ]  # fmt: skip
    return build(asks, range(len(asks)), free)


def random_model(seed: int) -> Model:
    rng = np.random.default_rng(seed)
    town = random_town(rng, 8, 6, 3)
    orders = random_orders(rng, 12, 6, 5, 1)
    capacity = rng.integers(1, 9, 8).tolist()
    return model(town, orders, cost=Tariff(rng, 12, 8), capacity=capacity)


def without(rows: tuple[Row, ...]) -> list[Row]:
    return [row for row in rows if not row.name.startswith("three")]


def searched(priced: Any, rows: Any, monkeypatch: pytest.MonkeyPatch) -> float:
    """The optimum by branch and bound, in euros."""
    with monkeypatch.context() as patch:
        patch.setattr(solver, "_relaxed", lambda *_: None)
        answer = solve("searched", priced, rows, Limits())
    assert answer.proven
    return sum(priced[i][1] for i in answer.chosen)


@pytest.mark.parametrize("seed", range(12))
def test_the_rows_on_three_lines_lose_no_plan_and_the_relaxation_finds_the_same_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = random_model(seed)
    priced = written.priced
    assert len(without(written.rows)) < len(written.rows)
    best = searched(priced, without(written.rows), monkeypatch)
    assert searched(priced, written.rows, monkeypatch) == pytest.approx(best, abs=1e-6)
    answer = solve("batch", priced, written.rows, Limits())
    assert answer.proven
    assert sum(priced[i][1] for i in answer.chosen) == pytest.approx(best, abs=1e-6)
    assert answer.bound == pytest.approx(best, abs=1e-6)


def usual_model(seed: int) -> Model:
    """60 orders of one to four lines, 20 nodes; a shipment costs 5 EUR, 0.50 EUR a line, and the way."""
    rng = np.random.default_rng(seed)
    count, nodes, skus, plenty = 60, 20, 40, 1.0 + 2.0 * (seed % 2)
    popular = rng.pareto(1.2, skus) + 0.1
    orders = [
        towns.order(id, [(int(sku), 1) for sku in rng.choice(skus, lines, replace=False, p=popular / popular.sum())])
        for id, lines in enumerate(rng.choice(4, count, p=[0.5, 0.27, 0.15, 0.08]) + 1)
    ]  # fmt: skip
    asked = np.bincount([line.sku for order in orders for line in order.lines], minlength=skus)
    there = rng.random((skus, nodes)) < 0.3
    stock = rng.poisson((asked * plenty / (nodes * 0.3))[:, None], (skus, nodes)) * there
    town = towns.town(
        stock=stock, node_km=rng.permutation(900)[:nodes].tolist(), place_km=(0,), warehouses=0,
        prices=[20.0] * skus, costs=[8.0] * skus, grams=[500] * skus, cm3=[1000] * skus,
    )  # fmt: skip
    way = rng.uniform(0, 3.6, (count, nodes))
    return model(
        town, orders, capacity=[6] * nodes,
        cost=lambda order, lines, distance: np.rint((5 + way[order.id] + 0.5 * len(lines)) * MICRO).astype(np.int64),
    )  # fmt: skip


def test_with_the_rows_the_relaxation_of_a_usual_batch_is_in_whole_shipments() -> None:
    models = [usual_model(seed) for seed in range(16)]
    plain = sum(solver._relaxed("r", m.priced, without(m.rows), Limits()) is not None for m in models)
    helped = sum(solver._relaxed("r", m.priced, m.rows, Limits()) is not None for m in models)
    assert plain < 12
    assert helped >= 15


def test_half_of_three_shipments_is_no_answer() -> None:
    """Lines 1 and 2, 2 and 3, 1 and 3, for 6 EUR each at nodes that hold no third line: half of each would cost 9."""
    town = towns.town(
        stock=[[1, 0, 1], [1, 1, 0], [0, 1, 1]], node_km=(10, 20, 30), place_km=(0,), warehouses=0,
        prices=[20.0] * 3, costs=[8.0] * 3, grams=[500] * 3, cm3=[1000] * 3,
    )  # fmt: skip
    order = towns.order(0, [(0, 1), (1, 1), (2, 1)])
    written = model(town, [order], cost=lambda order, lines, distance: np.full(3, 6 * MICRO))
    assert solver._relaxed("r", written.priced, without(written.rows), Limits()) is None
    answer = solver._relaxed("r", written.priced, written.rows, Limits())
    assert answer is not None
    assert answer.bound == 12.0


def test_a_relaxation_in_fractions_leaves_the_search_to_the_solver() -> None:
    # of three columns any two exclude each other: the relaxation takes a half of each, the answer is one of them
    rows = [Row(f"{a}{b}", [(a, 1.0), (b, 1.0)], 1.0) for a, b in ((0, 1), (1, 2), (0, 2))]
    priced = [("a", -2.0), ("b", -3.0), ("c", -2.5)]
    assert solver._relaxed("odd", priced, rows, Limits()) is None
    answer = solve("odd", priced, rows, Limits())
    assert answer.chosen == (1,)
    assert answer.bound == pytest.approx(-3.0)


def test_a_relaxation_that_takes_a_column_twice_is_no_answer() -> None:
    assert solver._relaxed("two", [("a", 1.0)], [Row("r", [(0, 1.0)], 2.0, equal=True)], Limits()) is None
