"""Costs are remembered for shipments that are alike: what is looked up is what would be priced anew."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import towns
from hypothesis import given, settings
from hypothesis import strategies as st
from road_towns import more_ways, products, surcharges, with_service

from orchestrion.domain.carriers import RateCard
from orchestrion.domain.orders import Order
from orchestrion.domain.world import World
from orchestrion.experiments.cell import quiet_collector
from orchestrion.logistics import quotes
from orchestrion.logistics.quotes import Quoter
from orchestrion.policies.sourcing.cheapest import Cheapest
from orchestrion.policies.sourcing.fewest_splits import FewestSplits
from orchestrion.simulation.engine import simulate
from orchestrion.units import DAY, MICRO


def town(**changes: object) -> World:
    """Three stores, a warehouse, every way to deliver, goods to be carried apart, everything a carrier adds."""
    # the warehouse is near the second address and far from the first: there each has prices of its own
    world = more_ways(towns.three_stores(**({"place_km": (0, 60)} | changes)))  # type: ignore[arg-type]
    days = world.days + 40
    law = surcharges(
        world, rebate=0.1, fuel=np.repeat([0.05, 0.2], days)[:days], saturday=np.arange(days) % 7 // 6 * MICRO,
        remote=np.array([0, 3]) * MICRO, bulky=4 * MICRO, bulky_over_g=2_500,
    )  # fmt: skip
    return with_service(world, towns.PARCEL_STANDARD, surcharges=law)


def by_zone(world: World) -> World:
    card = world.services[towns.PARCEL_STANDARD].rate_card
    assert card is not None
    zones: RateCard = replace(card, up_to_m=np.empty(0, np.int64), column=np.array([[0, 1]] * 2 + [[1, 0]] * 2))
    return with_service(world, towns.PARCEL_STANDARD, rate_card=zones)


def apart(world: World) -> World:
    return replace(world, products=products(world))


WORLDS = [town(), by_zone(town()), apart(town()), apart(by_zone(town())), towns.three_stores()]


def asked(world: World, rng: np.random.Generator) -> Order:
    option = int(rng.integers(len(world.options)))
    at = int(rng.integers(1, 4)) if world.options[option].collect else -1
    lines = [(int(rng.integers(3)), int(rng.integers(1, 18))) for _ in range(rng.integers(1, 4))]
    return towns.order(
        lines=lines, option=option, collect_at=at, place=int(rng.integers(2)), t=int(rng.integers(9)) * DAY
    )


@pytest.mark.parametrize("world", WORLDS)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_what_is_looked_up_is_what_would_be_priced_anew(world: World, seed: int) -> None:
    rng = np.random.default_rng(seed)
    quoter = Quoter(world)
    for _ in range(60):
        order = asked(world, rng)
        costs = quoter.costs(order, order.lines)
        anew = Quoter(world).costs(order, order.lines)
        assert costs.by_node.tolist() == anew.by_node.tolist() == list(costs.at)
        assert (costs.least, costs.floor) == (min(costs.at), anew.floor)


@pytest.mark.parametrize("world", WORLDS)
def test_no_parcel_with_some_of_the_goods_costs_less_than_the_floor(world: World) -> None:
    rng = np.random.default_rng(3)
    quoter = Quoter(world)
    for _ in range(200):
        order = asked(world, rng)
        floor = quoter.costs(order, order.lines).floor
        for count in range(1, len(order.lines) + 1):
            for some in combinations(order.lines, count):
                fewer = [line._replace(qty=int(rng.integers(1, line.qty + 1))) for line in some]
                assert quoter.costs(order, some).least >= floor
                assert quoter.costs(order, fewer).least >= floor


def test_what_is_remembered_is_bounded_and_forgotten_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotes, "REMEMBERED", 12)  # three shipments from four nodes
    quoter = Quoter(towns.three_stores())
    sizes = []
    for units in range(1, 9):
        order = towns.order(lines=[(0, units)])
        assert quoter.costs(order, order.lines) is quoter.costs(order, order.lines)
        sizes.append(len(quoter._known))
    assert sizes == [1, 2, 3, 1, 2, 3, 1, 2]


@pytest.mark.parametrize("rule", [Cheapest, FewestSplits])
@pytest.mark.parametrize("make", [town, lambda **changes: apart(town(**changes)), lambda **changes: by_zone(town())])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_whole_run_at_first_sight_is_the_run_that_weighs_every_plan(rule: type, make: object, seed: int) -> None:
    """Daily caps, reviews of several orders, collection stores: to the last fact."""
    rng = np.random.default_rng(seed)
    settings = {
        "stock": rng.integers(0, 12, (3, 4)) + [[40, 0, 0, 0]], "days": 9, "run_off_days": 9, "online_per_day": 30.0,
        "walk_ins": (0.0, 4.0, 4.0, 4.0), "pick_success": 0.9, "daily_orders": int(rng.integers(4, 12)),
        "demand": {"units": np.array([0.7, 0.3]), "lines": np.array([0.4, 0.3, 0.3])},
        "review_s": int(rng.choice([0, 3600])),
    }  # fmt: skip
    world = make(**settings)  # type: ignore[operator]
    weighing = type("Weighing", (rule,), {"at_first_sight": lambda self, order, free: -1})
    with quiet_collector():
        seen, weighed = (simulate(world, policy(), seed=seed, replication=0) for policy in (rule, weighing))
    assert len(seen["decisions"]["order"]) > 50
    for name, table in seen.tables.items():
        for column, values in table.items():
            assert np.array_equal(values, weighed[name][column]), (name, column)
