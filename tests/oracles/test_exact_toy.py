"""One SKU, two nodes, two zones: four numbers known to ten digits, and the same four by brute force for other toys.

Source of the ten digits: an independent calculation of the same toy (fluid LP, mean of the hindsight optimum, dynamic
programme, myopic rule). The brute force here shares nothing with the product: it enumerates every sequence of orders.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

import numpy as np
import pytest

from orchestrion.policies.bounds import expected_hindsight, fluid, hindsight, optimal_cost, priced_cost
from orchestrion.policies.season import Season


def toy(periods: int, stock: tuple[int, int]) -> Season:
    """Each period: nobody .3, zone 1 .3, zone 2 .4; node A costs 1 and 2, node B 5 and 1.5, a lost order 12 and 6."""
    return Season(
        periods=periods,
        arrival=np.array([0.3, 0.4]),
        skus=((0,), (0,)),
        opening=np.zeros((3, 2)),
        unit=np.array([[1.0, 2.0], [5.0, 1.5], [12.0, 6.0]]),
        stock=np.array([[stock[0]], [stock[1]]]),
    )


def any_toy(seed: int) -> Season:
    """Two nodes, one or two SKUs, three kinds of order, other costs and probabilities."""
    rng = np.random.default_rng(seed)
    skus = 1 + seed % 2
    sets: list[tuple[int, ...]] = [(0,), (skus - 1,), tuple(range(skus))]
    return Season(
        periods=4 - seed % 2,  # two SKUs have many more ways
        arrival=rng.dirichlet([1.0] * 4)[:3],
        skus=tuple(sets),
        opening=np.vstack([rng.integers(1, 9, (2, 3)), np.full((1, 3), 12)]).astype(float),
        unit=np.vstack([rng.integers(0, 9, (2, 3)), rng.integers(9, 20, (1, 3))]).astype(float),
        stock=rng.integers(0, 3, (2, skus)),
    )


def plans(season: Season, kind: int, left: tuple[int, ...]) -> Iterator[tuple[float, tuple[int, ...]]]:
    """(cost, units left after) of every way to serve an order from units left, in the order of nodes."""
    skus, width = season.skus[kind], season.stock.shape[1]
    for plan in product(range(season.nodes + 1), repeat=len(skus)):
        after = list(left)
        cost = sum(season.opening[node, kind] for node in sorted(set(plan)))
        for sku, node in zip(skus, plan, strict=True):
            cost += season.unit[node, kind]
            if node < season.nodes:
                after[node * width + sku] -= 1
        if min(after) >= 0:
            yield float(cost), tuple(after)


def sequences(season: Season) -> Iterator[tuple[float, tuple[int, ...]]]:
    """(probability, kinds of order) of everything that can happen; -1 is nobody."""
    chance = [*season.arrival, 1.0 - season.arrival.sum()]
    for came in product([*range(season.kinds), -1], repeat=season.periods):
        yield float(np.prod([chance[kind] for kind in came])), tuple(kind for kind in came if kind >= 0)


@cache
def cheapest(season: Season, came: tuple[int, ...], left: tuple[int, ...]) -> float:
    """The least cost of a sequence known beforehand."""
    if not came:
        return 0.0
    return min(cost + cheapest(season, came[1:], after) for cost, after in plans(season, came[0], left))


def by_the_moment(season: Season, came: tuple[int, ...], left: tuple[int, ...]) -> float:
    """The cost of always taking what is cheapest now."""
    total = 0.0
    for kind in came:
        cost, left = min(plans(season, kind, left), key=lambda way: way[0])
        total += cost
    return total


def best_policy(season: Season) -> float:
    @cache
    def value(periods: int, left: tuple[int, ...]) -> float:
        if periods == 0:
            return 0.0
        nobody = (1.0 - season.arrival.sum()) * value(periods - 1, left)
        return nobody + sum(
            p * min(cost + value(periods - 1, after) for cost, after in plans(season, kind, left))
            for kind, p in enumerate(season.arrival)
        )

    return value(season.periods, tuple(season.stock.ravel().tolist()))


@pytest.mark.parametrize(
    ("periods", "stock", "numbers"),
    [
        (10, (2, 2), ["26.5000000000", "27.8756988844", "28.8591144784", "32.1935029564"]),
        (20, (4, 5), ["48.5000000000", "49.3876471700", "50.8053081465", "56.8289611701"]),
    ],
)
def test_the_four_numbers_of_the_toy_to_ten_digits(periods: int, stock: tuple[int, int], numbers: list[str]) -> None:
    season = toy(periods, stock)
    found = [fluid(season).value, expected_hindsight(season), optimal_cost(season), priced_cost(season)]
    assert [f"{number:.10f}" for number in found] == numbers


@pytest.mark.parametrize("seed", range(4))
def test_other_toys_by_enumerating_every_sequence(seed: int) -> None:
    season = any_toy(seed)
    start = tuple(season.stock.ravel().tolist())
    whole = sum(p * cheapest(season, came, start) for p, came in sequences(season))
    counted = [np.bincount(came, minlength=season.kinds) for _, came in sequences(season)]
    exact = {tuple(count): hindsight(season, count) for count in counted}
    ours = sum(p * exact[tuple(count)] for (p, _), count in zip(sequences(season), counted, strict=True))
    assert ours == pytest.approx(whole, abs=1e-8)
    assert optimal_cost(season) == pytest.approx(best_policy(season), abs=1e-10)
    myopic = sum(p * by_the_moment(season, came, start) for p, came in sequences(season))
    assert priced_cost(season) == pytest.approx(myopic, abs=1e-10)
    if all(len(skus) == 1 for skus in season.skus):  # the flow bound is then the optimum itself
        assert expected_hindsight(season) == pytest.approx(whole, abs=1e-8)


@pytest.mark.parametrize("seed", range(12))
def test_fluid_below_hindsight_below_the_best_policy_below_any_policy(seed: int) -> None:
    season = any_toy(seed)
    rng = np.random.default_rng(seed)
    chain = [fluid(season).value, expected_hindsight(season), optimal_cost(season)]
    assert chain[0] <= chain[1] + 1e-9
    assert chain[1] <= chain[2] + 1e-9
    for price in (None, fluid(season).price, rng.uniform(0, 12, season.stock.shape)):
        assert chain[-1] <= priced_cost(season, price) + 1e-9


def test_good_bid_prices_are_better_than_none() -> None:
    season = toy(20, (4, 5))
    assert optimal_cost(season) < priced_cost(season, fluid(season).price) < priced_cost(season)


def test_a_toy_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="states"):
        optimal_cost(toy(10, (2_000, 2_000)))
    with pytest.raises(ValueError, match="combinations"):
        expected_hindsight(toy(10_000, (2, 2)))
