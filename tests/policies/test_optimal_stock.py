"""The best parameters of the textbook rules, against exhaustive search, simulation-free chains and other formulas."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from orchestrion.policies.replenishment.optimal import (
    base_stock_service,
    best_base_stock,
    best_r_q,
    best_s_s,
    convolved,
    expected_cost,
    lost_share,
    newsvendor,
    poisson,
    r_q_service,
)

MEANS = st.floats(0.3, 9.0)
COSTS = st.floats(0.2, 4.0)


def test_probabilities_of_a_poisson_law_are_those_of_scipy() -> None:
    for mean in (0.0, 0.3, 6.0, 250.0):
        law = poisson(mean)
        assert law == pytest.approx(stats.poisson(mean).pmf(range(len(law))), abs=1e-13)
        assert law.sum() == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize(("holding", "penalty", "mean", "sd"), [(0.18, 0.70, 50, 8), (1.0, 9.0, 100, 30)])
def test_the_newsvendor_buys_where_the_cost_is_least(holding: float, penalty: float, mean: float, sd: float) -> None:
    """Snyder and Shen, example 4.3: 56.6039559274 and 1.9976051932; the cost by numerical integration."""
    stock, cost = newsvendor(holding, penalty, mean, sd)
    x = np.linspace(mean - 9 * sd, mean + 9 * sd, 200_001)
    pdf = stats.norm(mean, sd).pdf(x)

    def paid(level: float) -> float:
        return float(np.trapezoid(np.where(x < level, holding * (level - x), penalty * (x - level)) * pdf, x))

    assert paid(stock) == pytest.approx(cost, rel=1e-6)
    assert paid(stock) <= min(paid(stock - 0.5), paid(stock + 0.5))
    if mean == 50:
        assert (stock, cost) == pytest.approx((56.6039559274, 1.9976051932), abs=1e-9)


@pytest.mark.parametrize(
    ("mean", "s", "target", "cost"),
    [(10, 6, 40, 35.022), (15, 10, 49, 42.698), (20, 14, 62, 49.173), (25, 19, 56, 54.262), (30, 23, 66, 57.819)],
)
def test_zheng_and_federgruens_table(mean: int, s: int, target: int, cost: float) -> None:
    best = best_s_s(poisson(mean), 64, 1, 9)
    assert (best.low, best.up_to, round(best.cost, 3)) == (s, target, cost)


def cost_by_chain(pmf: np.ndarray, s: int, target: int, fixed: float, cost: object) -> float:
    """What a period costs under (s, S), from the stationary law of the position after ordering."""
    states = list(range(s + 1, target + 1))
    p = np.zeros((len(states), len(states)))
    for i, y in enumerate(states):
        for d, chance in enumerate(pmf):
            after = y - d
            p[i, states.index(target if after <= s else after)] += chance
    system = np.vstack([p.T - np.eye(len(states)), np.ones(len(states))])
    pi = np.linalg.lstsq(system, np.append(np.zeros(len(states)), 1.0), rcond=None)[0]
    orders = sum(pi[i] * pmf[max(0, y - s) :].sum() for i, y in enumerate(states))
    return float(sum(pi[i] * cost(y) for i, y in enumerate(states)) + fixed * orders)  # type: ignore[operator]


@settings(max_examples=12, deadline=None)
@given(st.floats(0.5, 4.0), st.floats(0.5, 20.0), COSTS, st.floats(2.0, 9.0), st.integers(0, 2))
def test_no_other_s_s_is_cheaper(mean: float, fixed: float, holding: float, penalty: float, lead: int) -> None:
    pmf = poisson(mean, 1e-12)
    best = best_s_s(pmf, fixed, holding, penalty, lead)
    cost = expected_cost(convolved(pmf, lead + 1), holding, penalty)
    assert best.cost == pytest.approx(cost_by_chain(pmf, best.low, best.up_to, fixed, cost), rel=1e-6)
    for s in range(best.low - 3, best.low + 4):
        for target in range(max(s + 1, best.up_to - 4), best.up_to + 5):
            assert cost_by_chain(pmf, s, target, fixed, cost) >= best.cost - 1e-7


@settings(max_examples=40, deadline=None)
@given(MEANS, st.floats(0.2, 5.0), st.floats(0.0, 40.0), COSTS, COSTS)
def test_no_other_batch_or_reorder_point_is_cheaper(
    mean: float, rate: float, fixed: float, holding: float, penalty: float
) -> None:
    pmf = poisson(mean)
    best = best_r_q(pmf, rate, fixed, holding, penalty)
    cost = expected_cost(pmf, holding, penalty)

    def paid(r: int, q: int) -> float:
        return (fixed * rate + sum(cost(y) for y in range(r + 1, r + q + 1))) / q

    assert best.cost == pytest.approx(paid(best.low, best.quantity))
    trials = [paid(r, q) for r in range(best.low - 6, best.low + 7) for q in range(1, best.quantity + 8)]
    assert min(trials) >= best.cost - 1e-9


@given(MEANS, COSTS, COSTS)
def test_no_other_base_stock_is_cheaper(mean: float, holding: float, penalty: float) -> None:
    pmf = poisson(mean)
    best = best_base_stock(pmf, holding, penalty)
    cost = expected_cost(pmf, holding, penalty)
    assert best.cost <= min(cost(y) for y in range(best.up_to + 12)) + 1e-9


def test_published_services() -> None:
    one = base_stock_service(6.0, 8)
    assert (one.fill, one.backorders, one.on_hand) == pytest.approx(
        (0.743979760454, 0.314021389154, 2.314021389154), abs=1e-11
    )
    batch = r_q_service(6.0, 7, 10)
    assert (batch.fill, batch.backorders, batch.on_hand) == pytest.approx(
        (0.943004004452, 0.061101543111, 6.561101543111), abs=1e-11
    )
    assert lost_share(6.0, 8) == pytest.approx(0.121875783666, abs=1e-12)
    assert lost_share(24.0, 32) == pytest.approx(0.022094870353, abs=1e-12)


@pytest.mark.parametrize("bad", [(0.0, 1.0), (1.0, -1.0), (float("nan"), 1.0), (1.0, float("inf"))])
def test_costs_that_are_none_are_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="holding and penalty"):
        newsvendor(*bad, 50, 8)
    with pytest.raises(ValueError, match="holding and penalty"):
        best_s_s(poisson(2.0), 1.0, *bad)
    with pytest.raises(ValueError, match="holding and penalty"):
        best_r_q(poisson(2.0), 1.0, 1.0, *bad)
