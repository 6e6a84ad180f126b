"""Facility location against published optima (Beasley's cap sets, Holmberg et al. 1999) and against brute force."""

from __future__ import annotations

import csv
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from orchestrion.errors import SolverError
from orchestrion.policies.facilities import Location, locate

ORLIB = Path(__file__).parents[3] / "shared" / "data" / "orlib"


def read(path: Path, **settings: object) -> Location:
    """An instance: m n, capacities, fixed costs, demands, a row of costs by facility for each customer."""
    numbers = iter(path.read_text().split())
    m, n = int(next(numbers)), int(next(numbers))

    def take(count: int) -> np.ndarray:
        return np.array([float(next(numbers)) for _ in range(count)])

    capacity, fixed, demand = take(m), take(m), take(n)
    return Location(fixed=fixed, cost=take(m * n).reshape(n, m).T, demand=demand, capacity=capacity, **settings)  # type: ignore[arg-type]


def published() -> list[tuple[str, str, str]]:
    if not ORLIB.exists():
        return []
    with (ORLIB / "optima.csv").open() as lines:
        rows = [row for row in csv.DictReader(lines) if (ORLIB / row["file"]).exists()]
    return [(row["file"], row["optimum_single_source"], row["optimum_multi_source"]) for row in rows]


@pytest.mark.skipif(not ORLIB.exists(), reason="the OR-Library instances (shared/data/orlib) are not here")
def test_the_published_optima_of_beasley_are_reached_with_several_sources() -> None:
    optima = {file: float(value) for file, _, value in published() if value}
    assert len(optima) == 8  # cap61 to cap64, cap71 to cap74
    for file, optimum in optima.items():
        assert locate(read(ORLIB / file)).value == pytest.approx(optimum, abs=0.01), file


@pytest.mark.skipif(not ORLIB.exists(), reason="the OR-Library instances (shared/data/orlib) are not here")
def test_the_published_optima_of_holmberg_and_beasley_are_reached_with_one_source() -> None:
    optima = {file: float(value) for file, value, _ in published()}
    assert len(optima) == 12
    for file, optimum in optima.items():
        found = locate(read(ORLIB / file, whole=True))
        assert found.value == pytest.approx(optimum, abs=0.01), file
        assert set(np.unique(found.share.round(6))) <= {0.0, 1.0}


def brute_force(location: Location) -> float:
    """Every set of facilities, each with the transportation problem solved by SciPy."""
    count, customers = location.cost.shape
    best = np.inf
    for size in range(count + 1):
        for opened in combinations(range(count), size):
            fixed = float(location.fixed[list(opened)].sum())
            if location.most is not None and size > location.most:
                continue
            if location.budget is not None and fixed > location.budget + 1e-9:
                continue
            most = np.ones(location.cost.shape) if location.most_share is None else location.most_share
            costs, upper, equal, loads = [], [], [[] for _ in range(customers)], [[] for _ in opened]  # type: ignore[var-annotated]
            for i, f in enumerate(opened):
                for c in range(customers):
                    if np.isfinite(location.cost[f, c]):
                        equal[c].append(len(costs))
                        loads[i].append((len(costs), location.demand[c]))
                        costs.append(location.cost[f, c])
                        upper.append(most[f, c])
            if location.unserved is not None:
                for c in range(customers):
                    equal[c].append(len(costs))
                    costs.append(location.unserved[c])
                    upper.append(1.0)
            if any(not columns for columns in equal):
                continue
            a_eq = np.zeros((customers, len(costs)))
            for c, columns in enumerate(equal):
                a_eq[c, columns] = 1
            a_ub = np.zeros((len(opened), len(costs)))
            for i, terms in enumerate(loads):
                for column, d in terms:
                    a_ub[i, column] = d
            done = linprog(costs, A_ub=a_ub if len(opened) else None,
                           b_ub=location.capacity[list(opened)] if len(opened) else None, A_eq=a_eq,
                           b_eq=np.ones(customers), bounds=[(0, u) for u in upper])  # fmt: skip
            if done.status == 0:
                best = min(best, fixed + done.fun)
    return best


@pytest.mark.parametrize("seed", range(6))
def test_every_set_tried_by_hand_gives_the_same_cost(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, customers = 5, 7
    cost = rng.uniform(1, 30, (count, customers))
    cost[rng.random(cost.shape) < 0.2] = np.inf
    location = Location(
        fixed=rng.uniform(5, 25, count), cost=cost, demand=rng.uniform(1, 4, customers),
        capacity=rng.uniform(4, 12, count), most_share=rng.uniform(0.4, 1.0, cost.shape),
        unserved=rng.uniform(20, 40, customers), most=(None, 3)[seed % 2], budget=(None, 40.0)[seed // 3],
    )  # fmt: skip
    found = locate(location)
    assert found.value == pytest.approx(brute_force(location), rel=1e-7)
    assert found.bound <= found.value + 1e-6
    assert (found.share <= location.most_share + 1e-9).all()  # type: ignore[operator]
    assert (found.share[[f for f in range(count) if f not in found.facilities]] == 0).all()


def test_a_customer_nobody_can_serve_is_an_error_that_says_so() -> None:
    lonely = Location(fixed=np.ones(1), cost=np.array([[1.0, np.inf]]), demand=np.ones(2), capacity=np.full(1, np.inf))
    with pytest.raises(SolverError, match="no solution"):
        locate(lonely)
