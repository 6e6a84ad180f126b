"""One place, one SKU: the textbook rules through the simulation itself.

(S - 1, S) and (r, Q) under continuous review, base stock and (s, S) under periodic review. Closed forms: Palm (any law
of the lead time, backorders), Erlang (any law, lost sales), Hadley and Whitin (r, Q), Zheng and Federgruen (s, S).
Each interval is 99 % over independent copies, its half-width held to what is stated.
"""

from __future__ import annotations

import audits
import numpy as np
import pytest
from one_place import (
    WARM_UP,
    agrees,
    around_the_clock,
    at_once,
    averages,
    by_sku,
    days,
    demanded,
    measured,
    on_hand,
    waiting,
)

from orchestrion.domain.codes import Outcome, StockKind
from orchestrion.domain.ordering import LeadTime
from orchestrion.policies.replenishment.optimal import (
    base_stock_service,
    best_s_s,
    expected_cost,
    lost_share,
    poisson,
    r_q_service,
)
from orchestrion.units import DAY

LAWS = {
    "fixed": lambda mean: LeadTime(law="fixed", mean_s=days(mean)),
    "uniform": lambda mean: LeadTime(law="uniform", least_s=days(0.25 * mean), most_s=days(1.75 * mean)),
    "exponential": lambda mean: LeadTime(law="exponential", mean_s=days(mean)),
    "gamma": lambda mean: LeadTime(law="gamma", mean_s=days(mean), cv=0.5),
    "lognormal": lambda mean: LeadTime(law="lognormal", mean_s=days(mean), cv=1.2),
    "empirical": lambda mean: LeadTime(
        law="empirical", values_s=(days(0.5 * mean), days(mean), days(2 * mean)), weights=(0.5, 0.25, 0.25)
    ),
}


@pytest.mark.parametrize(
    ("rate", "mean", "level", "law"),
    [
        (1.5, 4.0, 8, "fixed"),
        pytest.param(1.5, 4.0, 8, "gamma", marks=pytest.mark.slow),
        pytest.param(3.0, 1.5, 4, "uniform", marks=pytest.mark.slow),
    ],
)
def test_one_for_one_with_backorders_fills_what_palm_says(rate: float, mean: float, level: int, law: str) -> None:
    copies = 90 if law == "gamma" else 60
    world = around_the_clock(skus=copies, days=300, up_to=level, lead=LAWS[law](mean), online=rate, backorders=True)
    facts = audits.run(world, seed=11)
    truth = base_stock_service(rate * mean, level)
    asked, expected = demanded(facts), rate * (300 - WARM_UP)
    agrees(by_sku(facts, at_once(facts), measured(facts)), truth.fill, 0.014, asked, expected)
    agrees(waiting(facts), truth.backorders, 0.025, asked, expected)
    agrees(on_hand(facts), truth.on_hand, 0.05, asked, expected)
    if (rate, mean, level) == (1.5, 4.0, 8):
        assert (truth.fill, truth.backorders, truth.on_hand) == pytest.approx(
            (0.743979760454, 0.314021389154, 2.314021389154), abs=1e-11
        )


@pytest.mark.parametrize(
    "law", [pytest.param(law, marks=() if law in ("fixed", "lognormal") else pytest.mark.slow) for law in LAWS]
)
def test_lost_sales_depend_on_the_mean_of_the_lead_time_alone(law: str) -> None:
    """Erlang: .121875783666 for 1.5 a day, 4 days, 8 units, whatever the law."""
    world = around_the_clock(skus=80, days=300, up_to=8, lead=LAWS[law](4.0), walk_ins=1.5)
    facts = audits.run(world, seed=12)
    assert lost_share(6.0, 8) == pytest.approx(0.121875783666, abs=1e-12)
    lost = by_sku(facts, facts["requests"]["outcome"] == Outcome.LOST, measured(facts))
    agrees(lost, lost_share(6.0, 8), 0.009, demanded(facts), 1.5 * (300 - WARM_UP))


@pytest.mark.parametrize(
    ("rate", "mean", "level"), [(0.7, 3.0, 2), pytest.param(4.0, 2.0, 12, marks=pytest.mark.slow)]
)
def test_lost_sales_of_other_parameters(rate: float, mean: float, level: int) -> None:
    world = around_the_clock(skus=60, days=200, up_to=level, lead=LAWS["gamma"](mean), walk_ins=rate)
    facts = audits.run(world, seed=13)
    lost = by_sku(facts, facts["requests"]["outcome"] == Outcome.LOST, measured(facts))
    agrees(lost, lost_share(rate * mean, level), 0.012, demanded(facts), rate * (200 - WARM_UP))


@pytest.mark.parametrize(
    ("rate", "mean", "r", "q"), [(2.0, 3.0, 7, 10), pytest.param(1.0, 5.0, 4, 6, marks=pytest.mark.slow)]
)
def test_batches_under_continuous_review(rate: float, mean: float, r: int, q: int) -> None:
    """(r, Q) = (7, 10), 2 a day, 3 days: fill .943004004452, E[BO] .061101543111, E[on hand] 6.561101543111."""
    world = around_the_clock(
        skus=60, days=240, up_to=r + q, low=r, rule="r_q", quantity=q, lead=LAWS["fixed"](mean), online=rate,
        backorders=True,
    )  # fmt: skip
    facts = audits.run(world, seed=14)
    truth = r_q_service(rate * mean, r, q)
    asked, expected = demanded(facts), rate * (240 - WARM_UP)
    agrees(by_sku(facts, at_once(facts), measured(facts)), truth.fill, 0.013, asked, expected)
    agrees(waiting(facts), truth.backorders, 0.05, asked, expected)
    agrees(on_hand(facts), truth.on_hand, 0.1, asked, expected)
    if (r, q) == (7, 10):
        assert (truth.fill, truth.backorders, truth.on_hand) == pytest.approx(
            (0.943004004452, 0.061101543111, 6.561101543111), abs=1e-11
        )


@pytest.mark.parametrize(
    ("rate", "lead", "level", "review"), [(5.0, 2, 20, 1), pytest.param(1.5, 3, 9, 2, marks=pytest.mark.slow)]
)
def test_base_stock_under_periodic_review(rate: float, lead: int, level: int, review: int) -> None:
    """Order, then demand; review 1, lead time 2, Poisson 5, S 20: fill .958095636333."""
    world = around_the_clock(
        skus=30, days=240, up_to=level, lead=LAWS["fixed"](lead), online=rate, backorders=True, review_days=review
    )
    facts = audits.run(world, seed=15)

    def short(number: float) -> float:
        law = poisson(rate * number)
        return float(np.maximum(np.arange(len(law)) - level, 0) @ law)

    truth = 1 - (short(lead + review) - short(lead)) / (rate * review)
    if (rate, lead, level, review) == (5.0, 2, 20, 1):
        assert truth == pytest.approx(0.958095636333, abs=1e-11)
    filled = by_sku(facts, at_once(facts), measured(facts))
    agrees(filled, truth, 0.015, demanded(facts), rate * (240 - WARM_UP))


def evening_cost(facts: audits.Facts, first: int, last: int, holding: float, penalty: float) -> np.ndarray:
    """Mean cost of a day's end, by SKU: what is left (`holding`) or waits (`penalty`) at each midnight."""
    count = len(facts.dims["skus"]["key"])
    stock, requests = facts["stock"], facts["requests"]
    came = (stock["kind"] == StockKind.RECEIVED) | (stock["kind"] == StockKind.OPENING)
    net = np.zeros((count, last + 1))
    # receipts of midnight belong to the day they begin
    np.add.at(net, (stock["sku"][came], np.minimum(stock["t"][came] // DAY, last)), stock["d_physical"][came])
    np.add.at(net, (requests["sku"], np.minimum(requests["t"] // DAY, last)), -requests["qty"])
    level = net.cumsum(axis=1)[:, first:last]
    return np.where(level > 0, holding * level, -penalty * level).mean(axis=1)


@pytest.mark.parametrize(
    ("rate", "s", "target", "cost"),
    [
        (10, 6, 40, 35.022),
        pytest.param(15, 10, 49, 42.698, marks=pytest.mark.slow),
        pytest.param(20, 14, 62, 49.173, marks=pytest.mark.slow),
        pytest.param(25, 19, 56, 54.262, marks=pytest.mark.slow),
        pytest.param(30, 23, 66, 57.819, marks=pytest.mark.slow),
    ],
)
def test_the_best_s_s_is_the_published_one_and_costs_what_was_published(
    rate: int, s: int, target: int, cost: float
) -> None:
    """Zheng and Federgruen (1991): fixed 64, holding 1, penalty 9, no lead time."""
    best = best_s_s(poisson(rate), 64, 1, 9)
    assert (best.low, best.up_to) == (s, target)
    assert best.cost == pytest.approx(cost, abs=5e-4)
    world = around_the_clock(
        skus=12, days=240, up_to=target, low=s, rule="s_s", lead=LAWS["fixed"](0.0), online=rate, backorders=True,
        review_days=1,
    )  # fmt: skip
    facts = audits.run(world, seed=16)
    first, last = 30, 240
    stock = facts["stock"]
    ordered = (stock["kind"] == StockKind.ORDERED) & (stock["t"] >= first * DAY) & (stock["t"] < last * DAY)
    orders = np.bincount(stock["sku"][ordered], minlength=12) / (last - first)
    asked = demanded(facts, facts["requests"]["t"] >= first * DAY)
    agrees(64 * orders + evening_cost(facts, first, last, 1, 9), best.cost, 1.0, asked, rate * (last - first))


def test_what_waits_and_what_is_left_cost_the_same_from_the_ledger_of_stock() -> None:
    """The evening's cost above looks at receipts and requests; on hand and waiting lines must say the same."""
    world = around_the_clock(
        skus=5, days=100, up_to=40, low=6, rule="s_s", lead=LAWS["fixed"](0.0), online=10, backorders=True,
        review_days=1,
    )
    facts = audits.run(world, seed=17)
    stock = facts["stock"]
    left = averages(facts, stock["sku"], (stock["t"] // DAY + 1) * DAY, stock["d_physical"], 30)
    assert (left > 0).all()
    total = evening_cost(facts, 30, 99, 1, 0)
    assert total == pytest.approx(left, rel=0.1)


def test_a_newsvendor_day_costs_what_snyder_and_shen_say() -> None:
    """Example 4.3: holding .18, shortage .70, N(50, 8): S 56.6039559274, cost 1.9976051932.

    Demand is 500 even quantiles of the normal law in a mixed order, in whole units: a quadrature through the store.
    Each morning it is filled to 57 again; what exceeds that is lost.
    """
    from statistics import NormalDist

    from orchestrion.domain.codes import Channel
    from orchestrion.policies.replenishment.optimal import newsvendor

    stock, cost = newsvendor(0.18, 0.70, 50, 8)
    assert (stock, cost) == pytest.approx((56.6039559274, 1.9976051932), abs=1e-9)
    number, level = 500, round(stock)
    quantiles = [round(NormalDist(50, 8).inv_cdf((i + 0.5) / number)) for i in range(number)]
    demand = np.random.default_rng(1).permutation(quantiles)
    wishes = [
        (d * DAY + 60 + i, Channel.WALK_IN, -1, -1, 0, [(0, 1)]) for d, n in enumerate(demand) for i in range(n)
    ]
    world = around_the_clock(
        days=number, up_to=level, lead=LAWS["fixed"](0.0), walk_ins=0.0, online=0.0, review_days=1, wishes=wishes
    )
    facts = audits.run(world)
    requests, stocked = facts["requests"], facts["stock"]
    lost = np.bincount(requests["t"][requests["outcome"] == Outcome.LOST] // DAY, minlength=number)
    sold = np.bincount(stocked["t"][stocked["kind"] == StockKind.SOLD] // DAY, minlength=number)
    left = level - sold
    assert (left >= 0).all()
    paid = float((0.18 * left + 0.70 * lost).mean())
    whole = expected_cost(
        [NormalDist(50, 8).cdf(n + 0.5) - NormalDist(50, 8).cdf(n - 0.5) for n in range(120)], 0.18, 0.70
    )(level)
    assert paid == pytest.approx(whole, abs=0.01)  # whole units cost 0.2 % more
    assert paid == pytest.approx(cost, abs=0.02)
