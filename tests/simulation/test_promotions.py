"""Promotions: more demand for some SKUs in a window, at a lower price that revenue and margin feel."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from towns import HOME_STANDARD, three_stores

import orchestrion as orc
from orchestrion.demand import weeks
from orchestrion.domain.codes import Channel, Outcome
from orchestrion.domain.promotions import Promotion, prices_on
from orchestrion.domain.requests import united
from orchestrion.domain.world import World
from orchestrion.kpis import measure
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR, MICRO

SALE = Promotion(
    key="sale", label="Sale", first_day=7, last_day=9, skus=np.array([True, False, False]), online=3.0, store=2.0,
    price_off=0.25,
)  # fmt: skip
NOON = 12 * HOUR


def town(*promotions: Promotion, **changes: Any) -> World:
    settings: dict[str, Any] = {
        "stock": [[9_000, 900, 900, 900]] * 3, "walk_ins": 60.0, "online_per_day": 150.0,
        "mechanisms": {"promotions": promotions}, "demand": {"lines": np.array([1.0])},
    }  # fmt: skip
    return three_stores(**(settings | changes))


def test_the_skus_promoted_are_asked_for_more_and_the_others_as_ever() -> None:
    block = united(list(weeks(town(SALE, days=14), Streams(4, 0))))
    day, walked = block.t // DAY, block.channel == Channel.WALK_IN
    for where, planned, uplift in ((~walked, 50.0 * 3, 3.0), (walked, 60.0 * 3, 2.0)):
        for sku, factor in ((0, uplift), (1, 1.0), (2, 1.0)):
            asked = int((where & (day >= 7) & (day <= 9) & (block.sku == sku)).sum())
            expected = planned * factor
            assert abs(asked - expected) < 3.3 * expected**0.5, (sku, factor)


def test_days_without_promotion_have_the_same_customers() -> None:
    with_it, without = (united(list(weeks(w, Streams(4, 0)))) for w in (town(SALE, days=14), town(days=14)))
    early = [b.only(b.t < 7 * DAY) for b in (with_it, without)]
    assert early[0].t.tolist() == early[1].t.tolist()
    assert early[0].sku.tolist() == early[1].sku.tolist()
    assert len(with_it.t) > len(without.t)


def test_orders_and_counters_take_the_price_of_the_day() -> None:
    online, walk_in = (Channel.WEB, 0, HOME_STANDARD, -1), (Channel.WALK_IN, -1, -1, 1)
    wishes = [
        (day * DAY + NOON + i, *who, [(sku, 2)])
        for day in (5, 7, 9, 10)
        for i, (who, sku) in enumerate([(online, 0), (online, 1), (walk_in, 0)])
    ]
    facts = audits.run(town(SALE, wishes=wishes, walk_ins=0.0))
    audits.audit(town(SALE, wishes=wishes, walk_ins=0.0), facts)
    shirt, jeans = 20 * MICRO, 50 * MICRO
    assert records(facts["lines"], "sku", "price") == [
        (0, shirt), (1, jeans), (0, 15 * MICRO), (1, jeans), (0, 15 * MICRO), (1, jeans), (0, shirt), (1, jeans)
    ]  # fmt: skip
    counters = [v for v, c in records(facts["requests"], "value", "channel") if c == Channel.WALK_IN]
    assert counters == [2 * shirt, 30 * MICRO, 30 * MICRO, 2 * shirt]


def test_more_is_sold_at_less_margin_a_unit() -> None:
    found = []
    for promotions in ((), (replace(SALE, skus=np.ones(3, bool)),)):
        facts = audits.run(town(*promotions))
        table = measure(facts, ("all",), ["revenue", "goods"])
        kpis = dict(zip(table["kpi"].tolist(), table["value"].tolist(), strict=True))
        units = int(facts["requests"]["qty"][np.isin(facts["requests"]["outcome"], (Outcome.SERVED,))].sum())
        found.append((len(facts["orders"]["order"]), (kpis["revenue"] - kpis["goods"]) / units))
    assert found[1][0] > 1.2 * found[0][0]
    assert found[1][1] < found[0][1]


def test_who_comes_back_after_the_promotion_pays_the_full_price() -> None:
    # the only shirt is gone at noon of the last day; refilled overnight, it costs the full price two days later
    wishes = [(8 * DAY + NOON + i, Channel.WALK_IN, -1, -1, 1, [(0, 1)]) for i in (0, 1)]
    world = town(
        replace(SALE, last_day=8), wishes=wishes, walk_ins=0.0, stock=[[9, 1, 1, 1]] * 3, low=[[-1, 0, 0, 0]] * 3,
        reactions={"store": {"wait": 1.0}, "wait_days": (2, 2)},
    )  # fmt: skip
    facts = audits.run(world)
    audits.audit(world, facts)
    assert records(facts["requests"], "outcome", "value", "paid") == [
        (Outcome.SERVED, 15 * MICRO, -1), (Outcome.SERVED_LATER, 15 * MICRO, 20 * MICRO)
    ]  # fmt: skip


def test_of_two_promotions_the_deeper_price_counts_and_both_bring_customers() -> None:
    deeper = replace(SALE, key="deeper", price_off=0.4, first_day=8, last_day=8)
    price = np.array([19_800_000, 50 * MICRO, 100 * MICRO])
    for both in ((SALE, deeper), (deeper, SALE)):
        assert prices_on(both, price, 8).tolist() == [11_880_000, 50 * MICRO, 100 * MICRO]
    assert prices_on((SALE, deeper), price, 7).tolist() == [14_850_000, 50 * MICRO, 100 * MICRO]
    assert prices_on((SALE, deeper), price, 10).tolist() == price.tolist()


def test_black_friday_is_a_scenario() -> None:
    world = orc.load_scenario("france_black_friday").compile()
    (promotion,) = world.promotions
    assert (world.start.toordinal() + promotion.first_day) == date(2026, 11, 27).toordinal()
    assert promotion.last_day - promotion.first_day == 3
    assert world.warm_up_s <= promotion.first_day * DAY < promotion.last_day * DAY < world.horizon_s
    assert (promotion.online, promotion.store, promotion.price_off) == (2.5, 1.5, 0.25)
    assert set(np.array(world.skus.category)[promotion.skus]) == {"fashion"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": "2026-11-30", "last": "2026-11-27"}, r"promotions\.sale\.last.*before the first day"),
        ({"first": "2026-11-27"}, r"promotions\.sale\.last.*is missing"),
        ({"first": "2026-11-27", "last": "2026-11-27", "price_off": 1.5}, r"promotions\.sale\.price_off"),
        ({"first": "2026-11-27", "last": "2026-11-27", "uplift_online": -1}, r"promotions\.sale\.uplift_online"),
    ],
)
def test_an_impossible_promotion_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(orc.InputError, match=message):
        orc.load_scenario("france_unified").vary("wrong", {"demand.promotions.sale": change})


def test_a_promotion_of_nothing_known_is_refused_with_the_nearest_name() -> None:
    window = {"first": "2026-11-27", "last": "2026-11-27", "categories": ["fashon"], "skus": ["home-9999"]}
    wrong = orc.load_scenario("france_unified").vary("wrong", {"demand.promotions.sale": window})
    with pytest.raises(orc.InputError, match=r"did you mean 'fashion'.*(\n.*)*home-9999"):
        wrong.compile()


def test_growth_raises_both_channels_over_the_year() -> None:
    france = orc.load_scenario("france_unified")
    plain, grown = (s.compile().demand for s in (france, france.vary("grown", {"demand.growth_per_year": 0.1})))
    assert grown.online_day[365 // 7 :] / plain.online_day[365 // 7 :] == pytest.approx(
        1.1 ** (np.arange(len(plain.online_day))[365 // 7 :] / 365)
    )
    open_days = plain.walk_in_day > 0
    assert (grown.walk_in_day[open_days][1:] > plain.walk_in_day[open_days][1:]).all()
