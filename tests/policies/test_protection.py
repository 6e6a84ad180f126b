"""Units kept for those who come later, against Littlewood's rule and its nested kind."""

from __future__ import annotations

from math import exp, factorial

import numpy as np
import pytest
from ahead import ONLY_COST, dearer_elsewhere, start, two_shops
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from towns import order, town

from orchestrion.policies.lookahead.keeping import Keeping
from orchestrion.policies.lookahead.outlook import Outlook
from orchestrion.policies.lookahead.protection import littlewood, poisson_tails
from orchestrion.testing import StillView
from orchestrion.units import DAY


@pytest.mark.parametrize(("left", "node"), [(20, 0), (19, 1)])
def test_nineteen_units_are_protected_where_littlewood_protects_nineteen(left: int, node: int) -> None:
    # 100 EUR to a walk-in, 20 of whom are expected before the next delivery; 60 EUR saved by an order from the web
    assert littlewood(100, 60, 20) == 19
    world = two_shops((left, 50), walk_ins=20 / 7)
    orders = [order(0, [(0, 1)])]
    view = StillView(world, orders, cost=dearer_elsewhere(60.0))
    decider = start({"name": "protection", **ONLY_COST}, view)
    assert [d.node for d in decider.decide(orders, view).decisions] == [node]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 99), st.floats(0.05, 60.0))
def test_a_unit_leaves_exactly_when_littlewood_has_it_to_spare(saved: int, mean: float) -> None:
    kept = littlewood(100, saved, mean)
    for left in (kept, kept + 1):
        if left == 0:
            continue
        world = two_shops((left, 500), walk_ins=mean / 7)
        orders = [order(0, [(0, 1)])]
        view = StillView(world, orders, cost=dearer_elsewhere(saved))
        chosen = start({"name": "protection", **ONLY_COST}, view).decide(orders, view).decisions[0].node
        assert chosen == (1 if left <= kept else 0)


def test_two_units_pay_for_the_last_and_the_last_but_one() -> None:
    world = two_shops((3, 9), walk_ins=2 / 7)
    keeping = Keeping(StillView(world), DAY, 7.0, web=False)
    tail = {x: 1 - sum(exp(-2) * 2**k / factorial(k) for k in range(x)) for x in (1, 2, 3)}
    assert keeping.worth(0, 1, StillView(world))[0] == pytest.approx(100 * tail[3])
    assert keeping.worth(0, 2, StillView(world))[0] == pytest.approx(100 * (tail[3] + tail[2]))


def test_units_on_their_way_cannot_serve_who_comes_before_them() -> None:
    world = two_shops((3, 9), walk_ins=2 / 7)
    worth = [Keeping(view, DAY, 7.0, web=False).worth(0, 1, view)[0]
             for view in (StillView(world), StillView(world, on_order=[[7, 0]]))]  # fmt: skip
    assert worth[0] == worth[1] > 0.0


def test_an_order_that_only_the_protected_shop_can_serve_is_served() -> None:
    world = two_shops((1, 0), walk_ins=30.0)
    orders = [order(0, [(0, 1)])]
    decider = start("protection", StillView(world, orders))
    assert [d.node for d in decider.decide(orders, StillView(world, orders)).decisions] == [0]


def test_the_nearby_areas_of_the_web_are_customers_too() -> None:
    """Nested classes by hand: walk-ins lose 25 EUR, the area that has no cheaper node what the next one costs."""
    # west at km 0, east at km 400: store 1 at km 1 serves the west, store 2 at km 390 the east
    world = town(
        stock=[[4, 4]], node_km=(1, 390), place_km=(0, 400), warehouses=0, prices=[30.0], costs=[10.0],
        agency_km=(0.0, 400.0),
        walk_ins=[2.0, 0.0], online_per_day=6.0, economics={"vat": 0.2, "salvage_share": 0.0},
    )  # fmt: skip
    view = StillView(world)
    outlook = Outlook(view)
    way = outlook.cost(0, view)
    days = np.full(2, 5.0)  # nobody feeds them: as far as the horizon
    west, east = outlook.web(0, view)
    values = [25.0, way[1, 0] - way[0, 0]]
    means = np.cumsum([2.0 * days[0], west * days[0]])
    first, both = stats.poisson.sf(4 - 1, means)
    expected = values[0] * first + values[1] * (both - first)
    worth = Keeping(view, DAY, 5.0, web=True).worth(0, 1, view)
    assert values[1] > 0.0
    assert worth[0] == pytest.approx(expected)
    assert worth[1] == pytest.approx((way[0, 1] - way[1, 1]) * stats.poisson.sf(3, east * days[1]))
    walk_ins_only = Keeping(view, DAY, 5.0, web=False).worth(0, 1, view)
    assert walk_ins_only.tolist() == pytest.approx([25.0 * stats.poisson.sf(3, 2.0 * days[0]), 0.0])


def test_poisson_tails_are_those_of_scipy() -> None:
    rng = np.random.default_rng(1)
    mean = np.concatenate([rng.uniform(0, 3, 300), rng.uniform(0, 400, 300), [0.0, 0.0]])
    least = np.concatenate([rng.integers(0, 12, 300), rng.poisson(mean[300:600] + 10), [0, 1]])
    assert poisson_tails(mean, least) == pytest.approx(stats.poisson.sf(least - 1, mean), abs=1e-8)
    assert poisson_tails(2000.0, [1900, 2000, 2100]) == pytest.approx(
        stats.poisson.sf([1899, 1999, 2099], 2000.0), abs=0.01
    )
