"""Stores filled each night as so many newsvendors, and what pick success and refusals make of orders.

What a nightly review with delivery before opening makes exact is the newsvendor: each day begins with S units, and what
exceeds them is lost. Many SKUs in one store are as many independent days. Continuous review, lead times and backorders
have their own files: test_one_place.py and test_several_places.py.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import audits
import numpy as np
import pytest
from scipy import stats
from towns import three_stores, town

from orchestrion.domain.codes import Channel, EventKind, Outcome
from orchestrion.domain.facts import Facts

DAYS = 84  # of which 72 are worked
WORKED = 72


def lost_share(rate: float, shelf: int) -> float:
    """E[(D - S)+] / E[D] for Poisson demand: the newsvendor's expected shortage, relative."""
    demand = stats.poisson(rate)
    return float(sum((d - shelf) * demand.pmf(d) for d in range(shelf + 1, shelf + 80)) / rate)


def refilled_nightly(skus: int, stores: int, shelf: int, **changes: Any) -> Any:
    """Stores filled up to `shelf` of each SKU every morning before they open, from a warehouse that never runs dry."""
    settings: dict[str, Any] = {
        "stock": np.hstack([np.full((skus, 1), 100_000), np.full((skus, stores), shelf)]),
        "node_km": (100, *range(10, 10 * stores + 1, 10)),
        "place_km": (0,),
        "prices": [20.0] * skus, "costs": [8.0] * skus, "grams": [100] * skus, "cm3": [100] * skus,
        "low": np.hstack([np.full((skus, 1), -1), np.full((skus, stores), shelf - 1)]),
        "days": DAYS, "run_off_days": 7, "online_per_day": 0.0,
        "nodes": {"warehouse": {"web_visible": False}},
    }  # fmt: skip
    return town(**(settings | changes))


def share_lost(facts: Facts, walk_in: bool) -> tuple[float, int]:
    """(share of units lost, units wished) of one kind of customer."""
    requests = facts["requests"]
    mine = (requests["channel"] == Channel.WALK_IN) == walk_in
    lost = requests["outcome"][mine] == Outcome.LOST
    return float(lost.mean()), int(mine.sum())


def test_a_store_filled_each_night_loses_what_a_newsvendor_expects() -> None:
    # 40 SKUs, 1.5 a day each, one to three on the shelf: 2,880 independent days each
    for shelf, seed in ((1, 1), (2, 2), (3, 3)):
        facts = audits.run(refilled_nightly(40, 1, shelf, walk_ins=60.0), seed=seed)
        share, wishes = share_lost(facts, walk_in=True)
        truth = lost_share(1.5, shelf)
        demand = stats.poisson(1.5)
        excess = [max(0, d - shelf) for d in range(60)]
        pmf = demand.pmf(range(60))
        variance = pmf @ np.square(excess) - (pmf @ excess) ** 2
        sigma = sqrt(variance / (40 * WORKED)) / 1.5
        assert abs(wishes - 60 * WORKED) < 4 * sqrt(60 * WORKED)
        assert 2.6 * sigma < 0.035  # the 99 % interval
        assert abs(share - truth) < 2.6 * sigma, f"{share:.4f}, expected {truth:.4f}"


def test_unifying_the_stock_of_four_stores_is_worth_what_pooling_four_poisson_demands_is() -> None:
    """Separate: four newsvendors of 1.5 and 2; unified: one of 6 and 8. The daily cousins of .1219 and .0221."""
    walking = audits.run(refilled_nightly(20, 4, 2, walk_ins=30.0), seed=5)
    separate, _ = share_lost(walking, walk_in=True)
    hours = np.where((np.arange(24) >= 9) & (np.arange(24) < 20), 1 / 11, 0.0)
    weekdays = np.array([0.0 if d % 7 == 6 else 1.0 for d in range(DAYS + 7)])
    online = refilled_nightly(
        20, 4, 2, online_per_day=120.0,
        demand={"online_hour": hours, "online_day": weekdays, "lines": np.array([1.0]),
                "option_shares": np.array([1.0, 0, 0])},
    )  # fmt: skip
    unified, wishes = share_lost(audits.run(online, seed=5), walk_in=False)
    assert abs(wishes - 120 * WORKED) < 4 * sqrt(120 * WORKED)
    assert separate == pytest.approx(lost_share(1.5, 2), abs=0.016)  # .1873
    assert unified == pytest.approx(lost_share(6.0, 8), abs=0.010)  # .0523
    assert separate > 3 * unified


def protected_day(keep: int, shelf: int, rate: float, most: int = 60) -> tuple[float, float]:
    """Expected (walk-in, online) share lost in a day: customers of both kinds, each with `rate`, in random order.

    Brute force over the number of free units: a walk-in takes one while there is any, an online customer while more
    than `keep` are left.
    """
    lost = np.zeros(2)
    state = np.zeros(shelf + 1)
    state[shelf] = 1.0
    for n in range(1, most):  # the n-th customer comes with P(N >= n)
        comes = stats.poisson(2 * rate).sf(n - 1)
        lost += comes * 0.5 * np.array([state[0], state[: keep + 1].sum()])
        after = np.zeros_like(state)
        for free, p in enumerate(state):
            after[free - 1 if free > 0 else free] += 0.5 * p
            after[free - 1 if free > keep else free] += 0.5 * p
        state = after
    walk_in, online = lost / rate
    return float(walk_in), float(online)


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_protected_units_shift_the_loss_from_walk_ins_to_the_web(keep: int) -> None:
    # one store, two walk-ins and two online customers a day for each of 40 SKUs, four on the shelf, picked in a second
    skus, shelf, rate = 40, 4, 2.0
    hours = np.where((np.arange(24) >= 10) & (np.arange(24) < 19), 1 / 9, 0.0)
    weekdays = np.array([0.0 if d % 7 == 6 else 1.0 for d in range(DAYS + 7)])
    world = refilled_nightly(
        skus, 1, shelf, walk_ins=rate * skus, online_per_day=rate * skus,
        protected=np.hstack([np.zeros((skus, 1), int), np.full((skus, 1), keep)]),
        nodes={"warehouse": {"web_visible": False}, "store_1": {"pick_setup_s": 1, "pick_line_s": 0}},
        demand={"online_hour": hours, "online_day": weekdays, "lines": np.array([1.0]),
                "option_shares": np.array([1.0, 0, 0])},
    )  # fmt: skip
    facts = audits.run(world, seed=8)
    walk_in, online = protected_day(keep, shelf, rate)
    assert share_lost(facts, walk_in=True)[0] == pytest.approx(walk_in, abs=0.017)  # 5,760 wishes each, 99 %
    assert share_lost(facts, walk_in=False)[0] == pytest.approx(online, abs=0.020)
    if not keep:
        assert walk_in == pytest.approx(online)


def test_orders_are_complete_as_often_as_each_of_their_units_is_found() -> None:
    """Pick success .93, sizes (.6, .25, .1, .05), nobody tries again: sum of p_n .93^n = .8920633005."""
    count = 9000
    world = three_stores(
        stock=[[10**6, 0, 0, 0]] * 3, online_per_day=count / 30, days=30, pickers=8, pick_success=0.93,
        demand={"lines": np.array([0.6, 0.25, 0.1, 0.05])}, sourcing={"max_hops": 0},
    )  # fmt: skip
    ends = list(audits.order_ends(audits.run(world, seed=6)).values())
    assert "open" not in ends
    assert abs(len(ends) - count) < 4 * sqrt(count)
    share = ends.count("complete") / len(ends)
    assert share == pytest.approx(0.8920633005, abs=2.6 * sqrt(0.892 * 0.108 / count))  # .0085


def test_stores_asked_in_sequence_refuse_one_after_the_other() -> None:
    """Acceptance (.9, .8, .95): the second is asked with .1, the third with .02, nobody accepts .001."""
    count = 9000
    world = three_stores(
        stock=[[0, 10**6, 10**6, 10**6]], online_per_day=count / 30, days=30, place_km=(0,),
        sourcing={"max_hops": 2},
        nodes={f"store_{n}": {"pick_success": p, "pickers": 9} for n, p in ((1, 0.9), (2, 0.8), (3, 0.95))},
        demand={"option_shares": np.array([1.0, 0, 0])},
    )  # fmt: skip
    facts = audits.run(world, seed=7)
    asked = np.bincount(facts["decisions"]["node"], minlength=4)
    total = len(facts["orders"]["order"])
    assert asked[1] == total
    assert asked[2] / total == pytest.approx(0.1, abs=2.6 * sqrt(0.1 * 0.9 / count))
    assert asked[3] / total == pytest.approx(0.02, abs=2.6 * sqrt(0.02 * 0.98 / count))
    nobody = (facts["events"]["kind"] == EventKind.CANCELLED).sum()
    assert stats.poisson(total * 0.001).cdf(nobody) > 0.002
    assert stats.poisson(total * 0.001).sf(nobody - 1) > 0.002


def test_the_answers_of_this_file_agree_with_other_ways_to_find_them() -> None:
    # the newsvendor's shortage also follows from the loss function: L(S) = lambda P(D >= S) - S P(D > S)
    for rate, shelf in ((1.5, 2), (6.0, 8), (5.0, 20)):
        poisson = stats.poisson(rate)
        assert lost_share(rate, shelf) == pytest.approx(
            (rate * poisson.sf(shelf - 1) - shelf * poisson.sf(shelf)) / rate, rel=1e-9
        )
    # without protection both kinds of customer share one newsvendor of twice the rate
    walk_in, online = protected_day(0, 4, 2.0)
    assert walk_in == pytest.approx(lost_share(4.0, 4), rel=1e-6)
    assert online == pytest.approx(walk_in)
