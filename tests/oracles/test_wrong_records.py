"""Records that go wrong, against what probability says of them; each with its 99 % interval.

Shrink: units survive a night independently, so (1 - p)^t of them are left. Misplaced units: a chain of two states.
Errors of the record: a lazy random walk, set back to (almost) nothing at each count.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import audits
import numpy as np
import pytest
from scipy import stats
from towns import town

from orchestrion.domain.codes import EventKind, StockKind
from orchestrion.domain.facts import Facts
from orchestrion.domain.records import Records
from orchestrion.domain.world import World
from orchestrion.simulation.chances import befallen
from orchestrion.units import DAY, HOUR

SKUS, STORES = 150, 4


def empty_town(units: int, records: Records, days: int, **changes: Any) -> World:
    """One warehouse and four stores holding so many units of 150 SKUs, and no customers."""
    settings: dict[str, Any] = {
        "stock": np.full((SKUS, 1 + STORES), units), "node_km": (100, 10, 20, 30, 40), "place_km": (0,),
        "prices": [20.0] * SKUS, "costs": [8.0] * SKUS, "grams": [100] * SKUS, "cm3": [100] * SKUS,
        "days": days, "run_off_days": 1, "online_per_day": 0.0, "mechanisms": {"records": records},
    }  # fmt: skip
    return town(**(settings | changes))


def levels(facts: Facts, column: str, nights: int) -> Any:
    """The level of each cell after each night, shape (nights, SKUs, nodes)."""
    stock, changes = facts["stock"], np.zeros((nights + 1, SKUS, 1 + STORES), np.int64)
    kept = stock["t"] <= nights * DAY
    np.add.at(changes, (stock["t"][kept] // DAY, stock["sku"][kept], stock["node"][kept]), stock[f"d_{column}"][kept])
    return changes.cumsum(axis=0)


@pytest.mark.parametrize(("p", "units", "nights"), [(0.02, 20, 12), (0.3, 3, 4), (0.001, 40, 30)])
def test_of_a_stock_that_only_shrinks_one_minus_p_to_the_t_is_left(p: float, units: int, nights: int) -> None:
    facts = audits.run(empty_town(units, Records.of(1 + STORES, shrink=p), nights), seed=3)
    total = units * SKUS * (1 + STORES)
    for night, left in enumerate(levels(facts, "physical", nights).sum(axis=(1, 2)).tolist()):
        share = (1 - p) ** night
        assert abs(left - total * share) <= 2.6 * sqrt(total * share * (1 - share)), f"night {night}"
    assert (levels(facts, "recorded", nights) == units).all()  # the record does not know


def test_mishaps_are_a_quantile_of_the_binomial_law() -> None:
    draw = np.random.default_rng(4)
    units, chance = draw.integers(0, 400, 20_000), draw.choice([1e-4, 0.003, 0.08, 0.5, 0.7, 0.97, 1.0], 20_000)
    luck = draw.random(20_000)
    off = np.abs(befallen(units, chance, luck) - stats.binom.ppf(luck, units, chance))
    few = units * np.minimum(chance, 1 - chance) <= 100
    assert not off[few].any()
    assert off.max() <= 1
    many = np.full(2000, 50_000)
    normal = befallen(many, np.full(2000, 0.01), luck[:2000])
    assert np.abs(normal - stats.binom.ppf(luck[:2000], many, 0.01)).max() <= 5  # far out in the tails


def test_misplaced_units_are_a_chain_of_two_states() -> None:
    m, f, units, nights = 0.02, 0.1, 20, 40
    facts = audits.run(empty_town(units, Records.of(1 + STORES, misplaced=m, turns_up=f), nights), seed=5)
    total = units * SKUS * (1 + STORES)
    there = levels(facts, "physical", nights).sum(axis=(1, 2)).tolist()
    for night in (1, 2, 5, 10, 20, 40):
        away = m / (m + f) * (1 - (1 - m - f) ** night)
        assert abs(total - there[night] - total * away) <= 2.6 * sqrt(total * away * (1 - away)), f"night {night}"
    assert m / (m + f) == pytest.approx(1 / 6)


def wrong_after(steps: int, error: float, start: float) -> np.ndarray[Any, Any]:
    """Law of the record's error so many nights after a count: P(-k), ..., P(k)."""
    law = np.array([start / 2, 1 - start, start / 2])
    for _ in range(steps):
        law = np.convolve(law, [error / 2, 1 - error, error / 2])
    return law


@pytest.mark.parametrize(("error", "every", "residual"), [(0.05, 10, 0.0), (0.2, 5, 0.1), (0.01, 28, 0.02)])
def test_between_two_counts_a_record_errs_like_a_lazy_random_walk(error: float, every: int, residual: float) -> None:
    rules = Records.of(1 + STORES, errors=error, count_every=every, count_error=residual)
    nights = 4 * every
    facts = audits.run(empty_town(60, rules, nights), seed=7)
    off = levels(facts, "recorded", nights) - levels(facts, "physical", nights)
    laws = [wrong_after(k, error, residual) for k in range(every)]
    right = np.mean([law[len(law) // 2] for law in laws])
    mean_size = np.mean([np.abs(np.arange(len(law)) - len(law) // 2) @ law for law in laws])
    settled = off[every:].reshape(-1)  # each cell has been counted, whole cycles
    cells = SKUS * (1 + STORES) * 3  # nights of one cycle hang together: three independent looks at each cell
    assert abs((settled == 0).mean() - right) < 2.6 * sqrt(right * (1 - right) / cells)
    assert np.abs(settled).mean() == pytest.approx(mean_size, rel=0.12)
    assert abs((settled > 0).mean() - (settled < 0).mean()) < 2.6 * sqrt((1 - right) / cells)  # high as often as low


def test_the_season_begins_with_as_many_wrong_records_as_stated_high_as_often_as_low() -> None:
    cells = 6 * SKUS * STORES
    rules = Records.of(1 + STORES, opening_wrong=[0.0, *[0.65] * STORES], opening_units=2.0)
    seasons = [audits.run(empty_town(60, rules, 1), seed=seed) for seed in range(6)]
    off = np.concatenate([(levels(f, "recorded", 0) - levels(f, "physical", 0))[0] for f in seasons])
    assert not off[:, 0].any()
    wrong = off[:, 1:]
    assert abs((wrong != 0).mean() - 0.65) < 2.6 * sqrt(0.65 * 0.35 / cells)
    assert abs((wrong > 0).sum() - (wrong < 0).sum()) < 2.6 * sqrt(0.65 * cells)
    size = np.abs(wrong[wrong != 0])  # geometric from one, mean two, variance two
    assert abs(size.mean() - 2.0) < 2.6 * sqrt(2.0 / size.size)
    # a wrong record is not a missing unit: nothing has moved
    assert all((levels(f, "physical", 0) == 60).all() for f in seasons)


def test_a_unit_is_missed_the_more_often_the_less_the_record_says() -> None:
    """Success .9, factors 3, 1, .5: a lone unit is missed with .3, one of two with .1, one of more with .05."""
    factors, lines = {1: 3.0, 2: 1.0, 3: 0.5, 6: 0.5}, 2000
    for recorded, factor in factors.items():
        stock = np.zeros((lines, 2), int)
        stock[:, 0] = recorded
        world = town(
            stock=stock, node_km=(100, 10), place_km=(0,), prices=[20.0] * lines, costs=[8.0] * lines,
            grams=[100] * lines, cm3=[100] * lines, pick_success=0.9, pickers=50, sourcing={"max_hops": 0},
            wishes=[(9 * HOUR + i, 0, 0, 0, -1, [(i, 1)]) for i in range(lines)],
            mechanisms={"records": Records.of(2, misses_by_record=(3.0, 1.0, 0.5))},
        )  # fmt: skip
        events = audits.run(world, seed=2)["events"]
        missed = int((events["kind"] == EventKind.SHORT).sum())
        p = 0.1 * factor
        assert abs(missed - lines * p) < 2.6 * sqrt(lines * p * (1 - p)), f"{recorded} on record: {missed}"


def test_a_unit_overlooked_is_in_the_building_and_comes_to_light_at_a_count() -> None:
    rules = Records.of(1 + STORES, misplaced=[0.0, *[0.5] * STORES], count_every=30, count_finds=1.0)
    stock = audits.run(empty_town(2, rules, 31), seed=1)["stock"]
    lost = -int(stock["d_physical"][stock["kind"] == StockKind.MISPLACED].sum())
    found = int(stock["d_physical"][stock["kind"] == StockKind.FOUND].sum())
    assert 0 < found < lost
