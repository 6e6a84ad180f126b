"""Several places: what unifying stock is worth, by the simulation itself and by chains and formulas outside it.

Stores are reordered one for one from suppliers. Online customers are served by the nearest store that can promise the
unit: their own first, then another's. Each interval is 99 % over independent copies, its half-width held to what is
stated.
"""

from __future__ import annotations

import audits
import numpy as np
import pytest
from numpy.typing import NDArray
from one_place import agrees, around_the_clock, by_sku, days, measured

from orchestrion.domain.codes import Channel, Outcome
from orchestrion.domain.ordering import LeadTime
from orchestrion.policies.replenishment.optimal import lost_share

FOUR_DAYS = LeadTime(law="exponential", mean_s=days(4))


def stationary(rates: dict[tuple[int, ...], dict[tuple[int, ...], float]]) -> dict[tuple[int, ...], float]:
    """The long run of a Markov chain given its rates out of each state."""
    states = sorted(rates)
    row = {state: i for i, state in enumerate(states)}
    q = np.zeros((len(states), len(states)))
    for state, out in rates.items():
        for to, rate in out.items():
            q[row[state], row[to]] += rate
            q[row[state], row[state]] -= rate
    system = np.vstack([q.T, np.ones(len(states))])
    answer = np.linalg.lstsq(system, np.append(np.zeros(len(states)), 1.0), rcond=None)[0]
    return dict(zip(states, answer.tolist(), strict=True))


def test_four_stores_apart_lose_what_erlang_says_of_each() -> None:
    world = around_the_clock(
        skus=30, days=240, up_to=8, nodes=4, lead=LeadTime(law="fixed", mean_s=days(4)), walk_ins=(1.5,) * 4
    )
    facts = audits.run(world, seed=21)
    assert lost_share(6.0, 8) == pytest.approx(0.121875783666, abs=1e-12)
    agrees(by_sku(facts, facts["requests"]["outcome"] == Outcome.LOST, measured(facts)), lost_share(6.0, 8), 0.008)


@pytest.mark.parametrize(("stores", "rate", "level"), [(4, 1.5, 8), pytest.param(3, 2.0, 6, marks=pytest.mark.slow)])
def test_unified_stores_lose_what_erlang_says_of_one_pool(stores: int, rate: float, level: int) -> None:
    """Four stores of 1.5 a day and 8 units: .022094870353 instead of .121875783666."""
    world = around_the_clock(
        skus=30, days=200, up_to=level, nodes=stores, lead=LeadTime(law="fixed", mean_s=days(4)),
        online=rate * stores, place_km=tuple(10.0 * n for n in range(stores)),
    )  # fmt: skip
    facts = audits.run(world, seed=22)
    truth = lost_share(stores * rate * 4, stores * level)
    if (stores, rate, level) == (4, 1.5, 8):
        assert truth == pytest.approx(0.022094870353, abs=1e-12)
    agrees(by_sku(facts, facts["requests"]["outcome"] == Outcome.LOST, measured(facts)), truth, 0.01)


def transshipped(rates: tuple[float, float], levels: tuple[int, int], mean: float) -> NDArray[np.float64]:
    """(lost, served by the other store) of each area's demand, shape (2, 2): a chain of the units on hand."""
    chain: dict[tuple[int, ...], dict[tuple[int, ...], float]] = {}
    for i in range(levels[0] + 1):
        for j in range(levels[1] + 1):
            out: dict[tuple[int, ...], float] = {}
            for area, rate in enumerate(rates):
                first, second = ((i - 1, j), (i, j - 1)) if area == 0 else ((i, j - 1), (i - 1, j))
                to = first if min(first) >= 0 else second
                if min(to) >= 0:
                    out[to] = out.get(to, 0.0) + rate
            if i < levels[0]:
                out[i + 1, j] = out.get((i + 1, j), 0.0) + (levels[0] - i) / mean
            if j < levels[1]:
                out[i, j + 1] = out.get((i, j + 1), 0.0) + (levels[1] - j) / mean
            chain[i, j] = out
    p = stationary(chain)
    lost = p[0, 0]
    from_other = [sum(v for (i, j), v in p.items() if (i, j)[area] == 0 and (i, j)[1 - area] > 0) for area in (0, 1)]
    return np.array([[lost, from_other[0]], [lost, from_other[1]]])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rates", "levels", "mean"),
    [
        ((1.5, 1.5), (8, 8), 4.0),
        pytest.param((2.2, 0.8), (8, 6), 4.0, marks=pytest.mark.slow),
        pytest.param((1.0, 3.0), (3, 7), 2.0, marks=pytest.mark.slow),
    ],
)
def test_two_stores_that_help_each_other(
    rates: tuple[float, float], levels: tuple[int, int], mean: float
) -> None:
    """(1.5, 1.5), 4 days, (8, 8): lost .060412592463, from the other store .113805838905 each."""
    world = around_the_clock(
        skus=50, days=240, up_to=[levels], nodes=2, lead=LeadTime(law="exponential", mean_s=days(mean)),
        online=sum(rates), place_km=(0.0, 10.0), place_weights=tuple(r / sum(rates) for r in rates),
    )  # fmt: skip
    facts = audits.run(world, seed=23)
    truth = transshipped(rates, levels, mean)
    if rates == (1.5, 1.5):
        assert truth == pytest.approx(np.array([[0.060412592463, 0.113805838905]] * 2), abs=1e-11)
    requests, decisions = facts["requests"], facts["decisions"]
    server = dict(zip(decisions["order"].tolist(), decisions["node"].tolist(), strict=True))
    node = np.array([server.get(order, -1) for order in requests["order"].tolist()])
    for area in (0, 1):
        mine = measured(facts) & (requests["place"] == area)
        agrees(by_sku(facts, requests["outcome"] == Outcome.LOST, mine), truth[area, 0], 0.015)
        agrees(by_sku(facts, node == 1 - area, mine), truth[area, 1], 0.015)


def protected(walk_in: float, online: float, mean: float, level: int, keep: int) -> tuple[float, float]:
    """(walk-in, online) lost shares of one store that serves the web only while more than `keep` are on hand."""
    chain: dict[tuple[int, ...], dict[tuple[int, ...], float]] = {}
    for n in range(level + 1):
        out = {}
        if n:
            out[(n - 1,)] = walk_in + (online if n > keep else 0.0)
        if n < level:
            out[(n + 1,)] = (level - n) / mean
        chain[(n,)] = out
    p = stationary(chain)
    return p[(0,)], sum(p[(n,)] for n in range(keep + 1))


@pytest.mark.parametrize(
    ("keep", "rates", "published"),
    [
        pytest.param(0, (1.0, 1.0), (0.121875783666, 0.121875783666), marks=pytest.mark.slow),
        (1, (1.0, 1.0), (0.064892291259, 0.237938401282)),
        (2, (1.0, 1.0), (0.036827481687, 0.364182874463)),
        pytest.param(1, (0.6, 1.8), None, marks=pytest.mark.slow),
    ],
)
def test_protected_units_shift_the_loss_from_walk_ins_to_the_web(
    keep: int, rates: tuple[float, float], published: tuple[float, float] | None
) -> None:
    """One store, lead time exponential of 3 days, 8 units; the threshold of units kept for who walks in."""
    truth = protected(*rates, 3.0, 8, keep)
    if published is not None:
        assert truth == pytest.approx(published, abs=1e-11)
    world = around_the_clock(
        skus=60, days=240, up_to=8, lead=LeadTime(law="exponential", mean_s=days(3)), walk_ins=rates[0],
        online=rates[1], keep=keep,
    )  # fmt: skip
    facts = audits.run(world, seed=24)
    requests = facts["requests"]
    lost, walked = requests["outcome"] == Outcome.LOST, requests["channel"] == Channel.WALK_IN
    agrees(by_sku(facts, lost, measured(facts) & walked), truth[0], 0.015)
    agrees(by_sku(facts, lost, measured(facts) & ~walked), truth[1], 0.024)
