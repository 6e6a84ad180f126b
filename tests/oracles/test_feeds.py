"""What a late feed shows, against renewal arguments: a lone unit sold at an exponential moment, shown until the next.

With sales at rate v and a snapshot every T, shown d later, the unit is a phantom for T ceil(X / T) - X + d, X ~ Exp(v):
T / (1 - exp(-v T)) - 1 / v + d on average, and v times that many orders are accepted that nobody can serve.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, sqrt
from typing import Any

import audits
import numpy as np
import pytest
from scipy import stats
from towns import HOME_STANDARD, town

from orchestrion.domain.codes import Outcome, Reason, Scope, StockKind
from orchestrion.domain.facts import Facts
from orchestrion.domain.visibility import Feed, Visibility
from orchestrion.domain.world import World
from orchestrion.units import DAY, HOUR, MINUTE

SKUS, RATE, DAYS = 1500, 0.5, 28  # orders of a SKU a day; after 28 days all but a millionth are sold


def lone_units(feed: Feed, held_back: int = 0) -> World:
    """One unit of each SKU in one warehouse, orders at all hours; everybody sees the warehouse."""
    matrix = Visibility(row=(0,) * 5, page=0, held_back=np.array([[held_back]], np.int32), feeds=(feed,))
    days = DAYS + 4
    return town(
        stock=np.ones((SKUS, 1), int), node_km=(100,), place_km=(0,), prices=[20.0] * SKUS, costs=[8.0] * SKUS,
        grams=[100] * SKUS, cm3=[100] * SKUS, days=DAYS, run_off_days=4, online_per_day=RATE * SKUS, pickers=20,
        demand={"online_hour": np.full(24, 1 / 24), "online_day": np.ones(days), "lines": np.array([1.0])},
        mechanisms={"visibility": matrix},
    )  # fmt: skip


def durations(facts: Facts, scope: Scope) -> Any:
    """Seconds of each spell, those that the end cut off left out."""
    spells = facts["spells"]
    mine = (spells["scope"] == scope) & (spells["to_t"] < facts.end_s)
    return (spells["to_t"] - spells["from_t"])[mine]


@pytest.mark.parametrize(
    ("period", "delay"), [(15 * MINUTE, 0), (6 * HOUR, HOUR), (DAY, 0), (DAY, 2 * HOUR), (3 * DAY, 0)]
)
def test_a_lone_unit_is_a_phantom_from_its_sale_to_the_next_feed(period: int, delay: int) -> None:
    facts = audits.run(lone_units(Feed(period, delay)), seed=4)
    seconds = durations(facts, Scope.PHANTOM)
    v, T = RATE / DAY, float(period)
    mean = T / (1 - exp(-v * T)) - 1 / v + delay
    assert len(seconds) >= SKUS - 5
    assert abs(seconds.mean() - mean) < 2.6 * T / sqrt(12 * SKUS)  # at most as uneven as a uniform law
    requests = facts["requests"]
    lost = (requests["outcome"] == Outcome.CANCELLED) & (requests["reason"] == Reason.PHANTOM)
    expected = SKUS * v * mean
    spread = sqrt(expected + SKUS * v**2 * T**2 / 12)  # Poisson in a random time
    assert abs(int(lost.sum()) - expected) < 2.6 * spread
    others = requests["reason"][requests["outcome"] == Outcome.CANCELLED]
    assert set(others.tolist()) <= {Reason.PHANTOM}


def test_a_delay_without_a_period_makes_a_phantom_of_just_that_length() -> None:
    seconds = durations(audits.run(lone_units(Feed(0, 40 * MINUTE)), seed=4), Scope.PHANTOM)
    assert len(seconds) >= SKUS - 5
    assert set(seconds.tolist()) == {40 * MINUTE}


def test_an_immediate_feed_shows_no_phantom_and_cancels_nothing() -> None:
    facts = audits.run(lone_units(Feed()), seed=4)
    assert not durations(facts, Scope.PHANTOM).size
    assert not (facts["requests"]["outcome"] == Outcome.CANCELLED).any()


def test_a_unit_kept_back_is_hidden_from_the_first_second_to_the_last() -> None:
    facts = audits.run(lone_units(Feed(DAY, 0), held_back=1), seed=4)
    spells = facts["spells"]
    hidden = spells["scope"] == Scope.HIDDEN
    assert int(hidden.sum()) == SKUS
    assert set(zip(spells["from_t"][hidden].tolist(), spells["to_t"][hidden].tolist(), strict=True)) == {
        (0, facts.end_s)
    }


@pytest.mark.parametrize(("units", "intents"), [(1, 0.4), (2, 1.5), (3, 1.5)])
def test_a_desk_fed_at_night_gives_in_the_evening_what_is_gone_by_the_poisson_law(units: int, intents: float) -> None:
    """A store opens with `units` of each SKU; after closing time somebody wants one: gone, if so many came by day."""
    skus = 900
    wishes = [(20 * HOUR, 0, 0, HOME_STANDARD, -1, ((sku, 1),)) for sku in range(skus)]
    world = town(
        stock=[[5, units]] * skus, node_km=(100, 10), place_km=(9,), prices=[20.0] * skus, costs=[8.0] * skus,
        grams=[100] * skus, cm3=[100] * skus, days=2, wishes=wishes, walk_ins=intents * skus,
        demand={"lines": np.array([1.0])},
    )  # fmt: skip
    facts = audits.run(replace(world, sourcing=replace(world.sourcing, feed=Feed(DAY, 0))), seed=8)
    stock = facts["stock"]
    given = stock["d_reserved"][(stock["kind"] == StockKind.RESERVED) & (stock["node"] == 1)]
    p = float(stats.poisson.sf(units - 1, intents))
    assert len(given) == skus
    assert abs(float((given == 0).mean()) - p) < 2.6 * sqrt(p * (1 - p) / skus)
