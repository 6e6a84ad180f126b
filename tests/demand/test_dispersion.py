"""More uneven than chance: counts are negative binomial, with the variance m + m^2 / k at SKU, store and week.

Oracle: `scipy.stats.nbinom(k, k / (k + m))`, the law of a Poisson count whose rate is gamma; the shipped k is the
median measured in the Complete Journey baskets.
"""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
import pytest
from draws import drawn
from scipy import stats
from towns import one_store_walk_in, one_warehouse, three_stores

import orchestrion as orc
from orchestrion.domain.codes import Channel, Outcome
from orchestrion.domain.dispersion import Dispersion
from orchestrion.domain.world import World
from orchestrion.units import DAY, WEEK

Counts = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
WEEKS = 60


def many_skus(count: int, **changes: Any) -> World:
    settings: dict[str, Any] = {
        "stock": np.zeros((count, 2), int), "prices": [9.0] * count, "costs": [3.0] * count, "grams": [9] * count,
        "cm3": [9] * count, "online_per_day": 0.0, "node_km": (100, 10), "place_km": (0,), "days": WEEKS * 7,
        "run_off_days": 0,
    }  # fmt: skip
    return three_stores(**(settings | changes))


def weekly(world: World, seed: int = 1, walk_in: bool = True) -> Counts:
    """Lines asked for by SKU and week."""
    block = drawn(world, seed)
    lines = np.repeat(np.arange(len(block.t)), block.lines)
    chosen = (block.channel[lines] == Channel.WALK_IN) == walk_in
    counts = np.zeros((len(world.skus), WEEKS), np.int64)
    np.add.at(counts, (block.sku[chosen], block.t[lines][chosen] // WEEK), 1)
    return counts


def fits_negative_binomial(counts: Counts, mean: float, k: float) -> bool:
    """Whether the frequencies of 0, 1, 2, ... are those of the law, by chi-square on classes of 10 expected or more."""
    law = stats.nbinom(k, k / (k + mean))
    top = int(law.ppf(1 - 10 / counts.size))
    seen = np.bincount(np.minimum(counts.reshape(-1), top), minlength=top + 1)
    expected = counts.size * np.append(law.pmf(np.arange(top)), law.sf(top - 1))
    return float(stats.chi2(top).sf(((seen - expected) ** 2 / expected).sum())) > 0.001


@pytest.mark.parametrize(("mean", "k"), [(0.46, 0.74), (3.0, 0.74), (5.0, 2.0)])
def test_a_sku_s_weekly_count_in_a_store_is_negative_binomial(mean: float, k: float) -> None:
    skus = 60
    counts = weekly(many_skus(skus, walk_ins=mean * skus / 6, mechanisms={"dispersion": Dispersion(store_k=k)}))
    assert fits_negative_binomial(counts, mean, k)
    # index of dispersion: variance over mean 1 + m / k, within the error of a variance with so heavy a tail
    index = counts.var() / counts.mean()
    assert index == pytest.approx(1 + mean / k, rel=0.12)
    assert not fits_negative_binomial(counts, mean, 3 * k)
    assert not fits_negative_binomial(counts, mean, 1e6)  # nor is it Poisson


def test_the_shipped_law_has_the_measured_index_of_dispersion_at_the_measured_mean() -> None:
    # the measured medians belong together: variance / mean = 1.62 and k = .74 at .46 units a week
    skus = 60
    k = orc.load_scenario("france_unified").document.demand.dispersion.store_k
    counts = weekly(many_skus(skus, walk_ins=0.46 * skus / 6, mechanisms={"dispersion": Dispersion(store_k=k)}))
    assert counts.var() / counts.mean() == pytest.approx(1.62, rel=0.08)


def test_without_it_counts_are_poisson() -> None:
    skus = 60
    counts = weekly(many_skus(skus, walk_ins=3.0 * skus / 6))
    assert fits_negative_binomial(counts, 3.0, 1e6)
    assert counts.var() / counts.mean() == pytest.approx(1.0, abs=0.08)


def test_a_sku_s_weekly_count_online_is_negative_binomial() -> None:
    skus = 60
    world = many_skus(
        skus, online_per_day=4.0 * skus / 7, mechanisms={"dispersion": Dispersion(online_k=1.5)},
        demand={"lines": np.array([1.0])},
    )  # fmt: skip
    assert fits_negative_binomial(weekly(world, walk_in=False), 4.0, 1.5)


def test_days_online_are_negative_binomial() -> None:
    world = one_warehouse(online_per_day=100.0, days=700, mechanisms={"dispersion": Dispersion(online_day_k=20.0)})
    counts = np.bincount(drawn(world).t // DAY, minlength=700)
    assert fits_negative_binomial(counts, 100.0, 20.0)
    assert counts.var() / counts.mean() == pytest.approx(1 + 100 / 20, rel=0.2)


def test_moods_are_of_a_week_a_sku_and_a_store() -> None:
    # another store, and another week, has others
    world = many_skus(
        40, stock=np.zeros((40, 3), int), node_km=(100, 10, 20), walk_ins=200.0,
        mechanisms={"dispersion": Dispersion(store_k=0.5)},
    )  # fmt: skip
    block = drawn(world)
    counts = np.zeros((40, 3, WEEKS))
    np.add.at(counts, (block.sku, block.node, block.t // WEEK), 1)
    first, second = counts[:, 1, :].reshape(-1), counts[:, 2, :].reshape(-1)
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.08
    assert abs(np.corrcoef(counts[:, 1, :-1].reshape(-1), counts[:, 1, 1:].reshape(-1))[0, 1]) < 0.08


def test_uneven_demand_changes_no_other_market_and_no_address() -> None:
    stores_only = {"dispersion": Dispersion(store_k=0.5)}
    plain, uneven = (drawn(three_stores(walk_ins=20.0, mechanisms=m)) for m in ({}, stores_only))
    a, b = plain.only(plain.channel != Channel.WALK_IN), uneven.only(uneven.channel != Channel.WALK_IN)
    for column in ("t", "channel", "place", "option", "node", "sku", "qty"):
        assert getattr(a, column).tolist() == getattr(b, column).tolist()
    assert plain.t.tolist() != uneven.t.tolist()


def test_sizes_of_zero_are_the_same_as_no_law_at_all() -> None:
    facts = [audits.run(three_stores(walk_ins=20.0, mechanisms=m)) for m in ({}, {"dispersion": Dispersion()})]
    assert audits.digest(facts[0]) == audits.digest(facts[1])


def test_uneven_demand_empties_more_shelves() -> None:
    lost = []
    for k in (0.0, 0.3):
        world = one_store_walk_in(  # refilled to four every night from a warehouse that never runs out
            walk_ins=(0.0, 2.0), days=140, stock=[[900, 4]], node_km=(100, 10), low=[[-1, 3]], up_to=[[900, 4]],
            warehouses=1, mechanisms={"dispersion": Dispersion(store_k=k)},
        )  # fmt: skip
        requests = audits.run(world)["requests"]
        lost.append((requests["outcome"] == Outcome.LOST).mean())
    assert lost[0] < 0.05
    assert lost[1] > 1.5 * lost[0] > 0


def test_a_scenario_turns_it_on_with_the_measured_sizes() -> None:
    france = orc.load_scenario("france_unified").with_override("textbook")
    assert france.compile().dispersion is None
    uneven = france.vary("uneven", {"demand.dispersion.on": True}).compile()
    assert uneven.dispersion == Dispersion(store_k=0.74, online_k=3.0, online_day_k=40.0)
