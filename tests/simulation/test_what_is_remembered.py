"""What a replication remembers belongs to orders that are under way: it does not grow with those that are over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import orchestrion as orc
from orchestrion.domain.promotions import Promotion
from orchestrion.simulation.price_tags import PriceTags
from orchestrion.simulation.shop import Shop
from orchestrion.streams import Streams
from orchestrion.testing import three_stores
from orchestrion.units import DAY

SMALL = {
    "assortment.skus": 60,
    "time": {"warm_up_weeks": 0, "measured_weeks": 2, "run_off_days": 40},
    "demand": {"online": {"orders_per_day": 60}, "walk_in": {"per_day": 300}},
    "visibility": {"feed": {"every": "24h", "delay": "4h"}, "web_sees": ["warehouses"]},
    "stock": {"web_weeks": 1, "store_pool_weeks": 0, "separate_pools": True},  # some are promised what has gone
}


def test_wishes_are_forgotten_when_their_orders_are_over() -> None:
    world = orc.load_scenario("france_unified").vary("small", SMALL).compile()
    shop = Shop(world, orc.sourcing_policies["nearest"](), Streams(3, 0))
    noticed: set[int] = set()
    assert shop.published is not None
    accepted = shop.published.accepted

    def looked(channel: int, request: int, sku: int, qty: int, store: int) -> None:
        accepted(channel, request, sku, qty, store)
        assert shop.published is not None
        noticed.update(shop.published.lines_not_there)

    shop.published.accepted = looked  # type: ignore[method-assign]
    shop.run()
    lines = shop.ledger.table("lines")
    assert (lines["qty"] > 1).sum() > 50
    assert len(noticed) > 10
    assert not shop.road._open  # all is over, but for what comes back
    assert not shop.desk._waiting
    assert not shop.door._units
    assert not shop.published.lines_not_there
    assert not shop.road.counters._orders


def test_days_with_the_same_promotions_share_their_prices() -> None:
    world = three_stores()
    some = np.arange(len(world.skus)) == 0
    sale, more = (
        Promotion(key=key, label=key, first_day=first, last_day=last, skus=some, online=1.0, store=1.0, price_off=off)
        for key, first, last, off in (("sale", 2, 300, 0.5), ("more", 5, 6, 0.7))
    )
    tags = PriceTags(replace(world, promotions=(sale, more)))
    full = int(world.skus.price[0])
    told = [tags.of(0, day * DAY) for day in range(365)]
    assert told[:8] == [full] * 2 + [full // 2] * 3 + [round(full * 0.3)] * 2 + [full // 2]
    assert told[300:302] == [full // 2, full]
    assert len({id(tags._on(day)) for day in range(365)}) == 3
