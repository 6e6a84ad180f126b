"""The same inventory rules in stockpyl, another author's code: its exact optimisers and its own simulation.

stockpyl is a dependency of the tests alone. It orders after the period's demand, we before the next one's: its lead
time is one period longer than ours for the same case.
"""

from __future__ import annotations

from math import sqrt

import audits
import numpy as np
import pytest
from one_place import around_the_clock, days
from scipy import stats
from test_one_place import evening_cost

from orchestrion.domain.ordering import LeadTime
from orchestrion.policies.replenishment.optimal import best_base_stock, best_r_q, best_s_s, newsvendor, poisson

stockpyl = pytest.importorskip("stockpyl")


@pytest.mark.parametrize(
    ("mean", "fixed", "holding", "penalty"), [(10, 64, 1, 9), (4, 12, 0.5, 4), (1.2, 5, 1, 20), (25, 64, 1, 9)]
)
def test_it_finds_the_same_s_s(mean: float, fixed: float, holding: float, penalty: float) -> None:
    from stockpyl.ss import s_s_discrete_exact

    s, target, cost = s_s_discrete_exact(holding, penalty, fixed, use_poisson=True, demand_mean=mean)
    best = best_s_s(poisson(mean), fixed, holding, penalty)
    assert (best.low, best.up_to) == (s, target)
    assert best.cost == pytest.approx(cost, rel=1e-6)


@pytest.mark.parametrize(
    ("rate", "lead", "fixed", "holding", "penalty"), [(2.0, 3.0, 10.0, 1.0, 9.0), (6.0, 0.5, 20.0, 0.5, 5.0)]
)
def test_it_finds_the_same_batch(rate: float, lead: float, fixed: float, holding: float, penalty: float) -> None:
    from stockpyl.rq import r_q_poisson_exact

    r, q, cost = r_q_poisson_exact(holding, penalty, fixed, rate, lead)
    best = best_r_q(poisson(rate * lead), rate, fixed, holding, penalty)
    assert (best.low, best.quantity) == (r, q)
    assert best.cost == pytest.approx(cost, rel=1e-6)


def test_it_buys_the_same_newspapers() -> None:
    from stockpyl.newsvendor import newsvendor_normal, newsvendor_poisson

    assert newsvendor(0.18, 0.70, 50, 8) == pytest.approx(newsvendor_normal(0.18, 0.70, 50, 8), abs=1e-8)
    level, cost = newsvendor_poisson(1, 9, 12)
    best = best_base_stock(poisson(12), 1, 9)
    assert (best.up_to, best.cost) == (level, pytest.approx(cost, rel=1e-9))


def test_its_simulation_and_ours_leave_as_much_and_let_as_many_wait() -> None:
    """Periodic base stock, review 1, lead time 2, Poisson 5, S 20: both simulations, and E[(20 - D)+] for D ~ P(15)."""
    from stockpyl.sim import simulation
    from stockpyl.supply_chain_network import single_stage_system

    rate, lead, level = 5.0, 2, 20
    law = stats.poisson(rate * (lead + 1))
    d = np.arange(200)
    left, waiting = np.maximum(level - d, 0) @ law.pmf(d), np.maximum(d - level, 0) @ law.pmf(d)

    network = single_stage_system(
        holding_cost=1, stockout_cost=9, demand_type="P", mean=rate, shipment_lead_time=lead + 1, policy_type="BS",
        base_stock_level=level,
    )  # fmt: skip
    simulation(network, 1600, rand_seed=3, progress_bar=False)
    ends = np.array([sum(s.inventory_level.values()) for s in network.nodes[0].state_vars[100:1600]], float)

    world = around_the_clock(
        skus=20, days=150, up_to=level, lead=LeadTime(law="fixed", mean_s=days(lead)), online=rate, backorders=True,
        review_days=1,
    )  # fmt: skip
    facts = audits.run(world, seed=31)
    for sign, truth in ((1, left), (-1, waiting)):
        ours = evening_cost(facts, 30, 150, float(sign > 0), float(sign < 0))
        theirs = np.array([part.mean() for part in np.array_split(np.maximum(sign * ends, 0), 30)])
        for sample in (ours, theirs):
            half = stats.t.ppf(0.995, len(sample) - 1) * sample.std(ddof=1) / sqrt(len(sample))
            assert half < 0.5
            assert abs(sample.mean() - truth) <= half, f"{sample.mean():.4f} +- {half:.4f}, expected {truth:.4f}"
