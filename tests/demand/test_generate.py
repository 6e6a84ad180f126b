"""What customers ask for: the rates, calendars and shares of the plan, and nothing of what is decided about it."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest
from draws import drawn, fits
from scipy import stats
from towns import COLLECT, HOME_J1, HOME_STANDARD, one_store_walk_in, one_warehouse, three_stores

from orchestrion.demand import surprises, weeks
from orchestrion.domain.calendar import Calendar
from orchestrion.domain.codes import Channel
from orchestrion.domain.requests import BASKET_COLUMNS
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR, WEEK

# ---- shape -------------------------------------------------------------------------------------------------


def test_blocks_are_weeks_sorted_by_time_with_ids_that_run_on_without_gaps() -> None:
    world = three_stores(days=24, walk_ins=6.0)
    blocks = list(weeks(world, Streams(1, 0)))
    assert len(blocks) == 4
    basket = request = 0
    for week, block in enumerate(blocks):
        assert (block.first_basket, block.first_request) == (basket, request)
        basket, request = basket + len(block.t), request + len(block.sku)
        assert block.lines.sum() == len(block.sku) == len(block.qty)
        assert (np.diff(block.t) >= 0).all()
        assert block.t.min() >= week * WEEK
        assert block.t.max() < min((week + 1) * WEEK, 24 * DAY)
    assert request > 500


def test_the_lines_of_a_basket_stay_together_when_the_day_is_sorted() -> None:
    # two-line baskets of SKUs 0 and 1 in turn, replayed out of order together with walk-ins
    world = three_stores(walk_ins=20.0, wishes=[(t * HOUR, 0, 0, 0, -1, [(0, t), (1, t + 100)]) for t in range(1, 12)])
    block = drawn(world)
    starts = np.cumsum(block.lines) - block.lines
    online = np.flatnonzero(block.channel == Channel.WEB)
    assert len(online) == 11
    for row in online:
        first = starts[row]
        assert block.sku[first : first + 2].tolist() == [0, 1]
        assert block.qty[first : first + 2].tolist() == [block.t[row] // HOUR, block.t[row] // HOUR + 100]


def test_a_longer_horizon_only_adds_weeks() -> None:
    short, long = (drawn(three_stores(days=days, walk_ins=6.0)) for days in (14, 28))
    for column in BASKET_COLUMNS:
        ours, theirs = getattr(short, column), getattr(long, column)
        assert ours.tolist() == theirs[: len(ours)].tolist()
    assert len(long.t) > 1.5 * len(short.t)


@pytest.mark.parametrize(
    "change",
    [
        {"stock": [[1, 1, 1, 1]] * 3},
        {"pick_success": 0.5},
        {"nodes": {"store_1": {"web_visible": False, "pickers": 3}}},
        {"review_s": HOUR},
        {"protected": [[0, 2, 2, 2]] * 3},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_decided_about_them_does_not_change_the_customers(change: dict[str, Any]) -> None:
    before, after = drawn(three_stores(walk_ins=6.0)), drawn(three_stores(walk_ins=6.0, **change))
    for a, b in zip(before, after, strict=True):
        assert np.array_equal(a, b)


def test_more_walk_ins_do_not_change_who_orders_online() -> None:
    few, many = (drawn(three_stores(walk_ins=walk_ins)) for walk_ins in (0.0, 30.0))
    online = many.channel != Channel.WALK_IN
    assert few.t.tolist() == many.t[online].tolist()
    assert few.place.tolist() == many.place[online].tolist()


# ---- online ------------------------------------------------------------------------------------------------


def test_online_orders_are_poisson_around_the_plan_of_each_day() -> None:
    plan = np.array([1.0, 2.0, 0.0, 0.5, 1.0, 1.0, 1.0] * 40)
    world = one_warehouse(online_per_day=30.0, days=266, demand={"online_day": plan})
    counts = np.bincount(drawn(world).t // DAY, minlength=266)
    for weekday, factor in enumerate(plan[:7]):
        sample = counts[weekday::7]
        rate = 30.0 * factor
        assert abs(sample.sum() - rate * 38) <= 3.3 * sqrt(rate * 38)
        if rate:  # a Poisson's variance is its mean: the index of dispersion is chi-squared
            dispersion = ((sample - sample.mean()) ** 2).sum() / sample.mean()
            assert 0.001 < stats.chi2(37).cdf(dispersion) < 0.999


def test_hours_channels_options_places_lines_units_and_skus_follow_their_shares() -> None:
    shares = {
        "channel_shares": np.array([0.7, 0.3]),
        "option_shares": np.array([0.5, 0.2, 0.3]),
        "place_weights": np.array([0.8, 0.2]),
        "lines": np.array([0.6, 0.3, 0.1]),
        "units": np.array([0.9, 0.0, 0.1]),
        "online_popularity": np.array([0.5, 0.1, 0.4]),
    }
    block = drawn(three_stores(online_per_day=400.0, demand=shares))
    total, lines = len(block.t), len(block.sku)
    hours = np.bincount(block.t % DAY // HOUR, minlength=24)
    assert not hours[:8].any()
    assert not hours[22:].any()
    assert all(fits(count, 1 / 14, total) for count in hours[8:22])
    for column, name, first in (
        (block.channel, "channel_shares", 0),
        (block.option, "option_shares", 0),
        (block.place, "place_weights", 0),
        (block.lines, "lines", 1),
    ):
        for value, share in enumerate(shares[name]):
            assert fits(int((column == value + first).sum()), share, total), name
    for column, name, first in ((block.qty, "units", 1), (block.sku, "online_popularity", 0)):
        for value, share in enumerate(shares[name]):
            assert fits(int((column == value + first).sum()), share, lines), name
    # within the hour every second is as likely
    assert stats.kstest(block.t % HOUR / HOUR, "uniform").pvalue > 0.001


def test_who_collects_goes_to_the_collection_store_of_their_place() -> None:
    block = drawn(three_stores(online_per_day=100.0))
    collect = block.option == COLLECT
    assert collect.sum() > 100
    # km 0 is nearest to store 1 (km 10), km 40 to store 3 (km 30)
    assert set(zip(block.place[collect].tolist(), block.node[collect].tolist(), strict=True)) == {(0, 1), (1, 3)}
    assert (block.node[~collect] == -1).all()


def test_without_a_collection_store_in_reach_the_most_usual_home_option_is_taken() -> None:
    world = three_stores(
        online_per_day=100.0,
        demand={"collect_store": np.array([1, -1]), "option_shares": np.array([0.1, 0.3, 0.6])},
    )
    block = drawn(world)
    far = block.place == 1
    assert set(block.option[far].tolist()) == {HOME_STANDARD, HOME_J1}
    assert fits(int((block.option[far] == HOME_J1).sum()), 0.9, int(far.sum()))
    assert (block.node[far] == -1).all()
    assert fits(int((block.option[~far] == COLLECT).sum()), 0.6, int((~far).sum()))


def test_no_day_has_customers_after_the_horizon() -> None:
    assert drawn(three_stores(days=3, run_off_days=20, walk_ins=9.0)).t.max() < 3 * DAY


# ---- walk-ins ----------------------------------------------------------------------------------------------


def test_walk_ins_come_while_the_store_is_open_and_take_no_midday_break_from_it() -> None:
    days = [d for d in range(28) if d % 7 < 5]
    opens = sorted([d * DAY + 9 * HOUR for d in days] + [d * DAY + 14 * HOUR for d in days])
    closes = sorted([d * DAY + 12 * HOUR for d in days] + [d * DAY + 19 * HOUR for d in days])
    calendar = Calendar(opens, closes)
    world = one_store_walk_in(walk_ins=100.0, days=28, nodes={"store_1": {"calendar": calendar}})
    t = drawn(world).t
    assert len(t) > 1500
    assert all(calendar.is_open(moment) for moment in t.tolist())
    morning = int((t % DAY < 13 * HOUR).sum())
    assert fits(morning, 3 / 8, len(t))  # as likely in every open second


def test_each_store_has_its_own_rate_and_taste_and_a_warehouse_none() -> None:
    taste = np.zeros((3, 4))
    taste[:, 1], taste[:, 2], taste[:, 3] = [1, 0, 0], [0.5, 0.5, 0], [0.2, 0.3, 0.5]
    world = three_stores(
        online_per_day=0.0, walk_ins=(50.0, 40.0, 20.0, 10.0), days=56, demand={"store_popularity": taste}
    )
    block = drawn(world)
    assert (block.channel == Channel.WALK_IN).all()
    assert (block.place == -1).all()
    assert (block.option == -1).all()
    for node, rate in ((0, 0.0), (1, 40.0), (2, 20.0), (3, 10.0)):
        here = block.node == node
        assert abs(here.sum() - rate * 48) <= 3.3 * sqrt(rate * 48)
        for sku in range(3):
            assert fits(int((block.sku[here] == sku).sum()), taste[sku, node], int(here.sum()))


def test_a_closed_day_has_no_walk_ins() -> None:
    block = drawn(one_store_walk_in(walk_ins=50.0, days=28, demand={"walk_in_day": np.ones(42)}))
    assert set((block.t // DAY % 7).tolist()) == {0, 1, 2, 3, 4, 5}


# ---- surprises and replays ---------------------------------------------------------------------------------


def test_a_hit_is_a_hit_everywhere_and_a_surprise_differs_between_replications() -> None:
    world = three_stores(demand={"popularity_sigma": 0.8}, walk_ins=400.0, online_per_day=400.0)
    factor = surprises(world, Streams(1, 0))
    assert len(set(factor.tolist())) == 3
    assert factor.tolist() != surprises(world, Streams(1, 1)).tolist()
    block = drawn(world)
    sku, channel = block.sku, np.repeat(block.channel, block.lines)
    of = np.repeat(block.node, block.lines)
    demand = world.demand
    for plan, here in [(demand.online_popularity, channel != Channel.WALK_IN)] + [
        (demand.store_popularity[:, node], (channel == Channel.WALK_IN) & (of == node)) for node in (1, 2, 3)
    ]:
        wanted = plan * factor / (plan * factor).sum()
        assert stats.chisquare(np.bincount(sku[here], minlength=3), wanted * here.sum()).pvalue > 0.001


def test_without_error_the_plan_comes_true() -> None:
    assert surprises(three_stores(), Streams(1, 0)).tolist() == [1.0, 1.0, 1.0]


def test_the_spread_of_surprises_is_that_of_the_plan() -> None:
    skus = 4000
    many = one_warehouse(
        stock=np.zeros((skus, 1), int), prices=[9.0] * skus, costs=[3.0] * skus, grams=[9] * skus, cm3=[9] * skus,
        demand={"popularity_sigma": 0.6},
    )  # fmt: skip
    logs = np.log(surprises(many, Streams(3, 0)))
    assert stats.kstest(logs / 0.6, "norm").pvalue > 0.001


def test_replayed_orders_come_as_they_are_whatever_the_seed_and_walk_ins_beside_them() -> None:
    wishes = [(9 * DAY + HOUR, 0, 1, COLLECT, 2, [(1, 2)]), (3 * DAY, 1, 0, HOME_J1, -1, [(0, 1), (2, 4)])]
    for seed in (1, 2):
        block = drawn(three_stores(wishes=wishes, walk_ins=5.0), seed=seed)
        online = block.channel != Channel.WALK_IN
        assert block.t[online].tolist() == [3 * DAY, 9 * DAY + HOUR]
        assert block.channel[online].tolist() == [1, 0]
        assert block.option[online].tolist() == [HOME_J1, COLLECT]
        assert block.node[online].tolist() == [-1, 2]
        lines = np.repeat(online, block.lines)
        assert block.sku[lines].tolist() == [0, 2, 1]
        assert block.qty[lines].tolist() == [1, 4, 2]
        assert (~online).sum() > 50
