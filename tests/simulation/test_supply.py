"""How stock comes in: reviews that look at the inventory position, calendars, lead times, the stores' pool."""

from __future__ import annotations

from collections import Counter
from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from busy_towns import pooled
from scipy.stats import chisquare
from towns import HOME_STANDARD, one_warehouse, three_stores

from orchestrion.domain.codes import Channel, Component, Outcome, StockKind
from orchestrion.units import DAY, HOUR, MICRO, WEEK

NOON = 12 * HOUR


def web(t: int, *lines: tuple[int, int], place: int = 0) -> Any:
    return (t, Channel.WEB, place, HOME_STANDARD, -1, list(lines) or [(0, 1)])


def walk_in(t: int, store: int, sku: int = 0, qty: int = 1) -> Any:
    return (t, Channel.WALK_IN, -1, -1, store, [(sku, qty)])


# ---- stores ------------------------------------------------------------------------------------------------


def test_a_store_sold_down_to_its_level_is_filled_up_the_next_morning() -> None:
    # up to 5 from 2 down: after three sales on Monday the review at 21:00 asks for three
    wishes = [walk_in(NOON + i, 1) for i in range(3)] + [walk_in(NOON, 2), walk_in(NOON, 2)]
    facts = audits.run(three_stores(stock=[[50, 5, 5, 5]], low=[[-1, 2, 2, 2]], wishes=wishes))
    left = records(facts["stock"], "t", "node", "d_physical", "ref", kind=StockKind.DISPATCHED)
    assert left == [(21 * HOUR, 0, -3, 1)]
    came = records(facts["stock"], "t", "node", "d_physical", "d_on_order", "ref", kind=StockKind.RECEIVED)
    assert came == [(DAY + 8 * HOUR, 1, 3, -3, 0)]
    # moving a unit costs 20 cents
    assert records(facts["costs"], "t", "node", "amount", component=Component.REPLENISHMENT) == [
        (DAY + 8 * HOUR, 1, 3 * MICRO // 5)
    ]


def test_stores_are_served_on_their_own_delivery_days_only() -> None:
    wednesdays = np.zeros((4, 7), bool)
    wednesdays[1, 2] = True  # store 1 on Wednesdays, the others never
    wishes = [walk_in(NOON, n) for n in (1, 2)] + [walk_in(2 * DAY + NOON, 1)]
    world = three_stores(
        stock=[[50, 1, 1, 1]], low=[[-1, 0, 0, 0]], wishes=wishes, replenishment={"delivery_days": wednesdays}
    )
    came = records(audits.run(world)["stock"], "t", "node", kind=StockKind.RECEIVED)
    # sold on Monday: asked for on Tuesday evening, there on Wednesday; sold again that day: there a week later
    assert came == [(2 * DAY + 8 * HOUR, 1), (9 * DAY + 8 * HOUR, 1)]


def test_units_promised_online_are_reordered_before_they_are_picked() -> None:
    # the order of Monday 20:00 is picked on Tuesday; on Monday at 21:00 its unit no longer counts in the position
    wishes = [web(20 * HOUR)]
    facts = audits.run(three_stores(stock=[[50, 1, 0, 0]], low=[[-1, 0, -1, -1]], wishes=wishes))
    assert records(facts["decisions"], "node") == [(1,)]
    assert records(facts["stock"], "t", "d_physical", kind=StockKind.DISPATCHED) == [(21 * HOUR, -1)]


def test_a_warehouse_never_sends_stores_what_it_promised_to_orders() -> None:
    # three left, two of them promised online and not yet picked: one for the stores, which want six
    wishes = [web(20 * HOUR, (0, 2)), *[walk_in(NOON, n, qty=2) for n in (1, 2, 3)]]
    world = three_stores(
        stock=[[3, 2, 2, 2]], low=[[-1, 1, 1, 1]], wishes=wishes, nodes={"warehouse": {"pick_setup_s": HOUR}}
    )
    facts = audits.run(world)
    audits.audit(world, facts)
    sent = records(facts["stock"], "t", "d_physical", kind=StockKind.DISPATCHED)
    assert sent == [(21 * HOUR, -1)]


def test_when_there_is_too_little_another_store_comes_first_each_night() -> None:
    # each store sells its one unit, the warehouse has two to give
    for day, served in ((0, [1, 2]), (1, [1, 3]), (2, [2, 3]), (3, [1, 2])):
        wishes = [walk_in(day * DAY + NOON, n) for n in (1, 2, 3)]
        world = three_stores(stock=[[2, 1, 1, 1]], low=[[-1, 0, 0, 0]], wishes=wishes)
        came = records(audits.run(world)["stock"], "t", "node", kind=StockKind.RECEIVED)
        assert came == [((day + 1) * DAY + 8 * HOUR, n) for n in served]


# ---- suppliers ---------------------------------------------------------------------------------------------


def test_what_is_on_order_counts_in_the_inventory_position() -> None:
    # 10 sold on Saturday; a Monday's order takes three weeks: the two Mondays between must not order again
    world = one_warehouse(
        30, low=29, up_to=30, days=42, wishes=[web(5 * DAY + 8 * HOUR, (0, 10))],
        replenishment={"supplier_lead_days": (21, 21)},
    )  # fmt: skip
    facts = audits.run(world)
    ordered = records(facts["stock"], "t", "d_on_order", kind=StockKind.ORDERED)
    assert ordered == [(WEEK + 3 * HOUR, 10)]
    assert records(facts["stock"], "t", "d_physical", kind=StockKind.RECEIVED) == [(4 * WEEK + 6 * HOUR, 10)]


def test_supplier_lead_times_are_uniform_over_their_days() -> None:
    skus = 400
    world = one_warehouse(
        0, stock=np.zeros((skus, 1), int), low=0, up_to=1, online_per_day=0.0,
        prices=[20.0] * skus, costs=[8.0] * skus, grams=[100] * skus, cm3=[100] * skus,
        replenishment={"supplier_lead_days": (2, 9)},
    )  # fmt: skip
    came = Counter(t for (t,) in records(audits.run(world)["stock"], "t", kind=StockKind.RECEIVED))
    assert sorted(came) == [day * DAY + 6 * HOUR for day in range(2, 10)]
    assert chisquare(list(came.values())).pvalue > 0.001


def test_suppliers_deliver_again_only_what_is_reorderable_and_the_rest_of_the_season_is_what_was_bought() -> None:
    world = one_warehouse(0, stock=[[0], [0]], low=[[0], [-1]], up_to=[[5], [5]], online_per_day=0.0)
    assert set(records(audits.run(world)["stock"], "sku", kind=StockKind.RECEIVED)) == {(0,)}


def test_nothing_is_bought_after_the_doors_are_closed() -> None:
    world = one_warehouse(0, low=0, up_to=5, days=14, run_off_days=28, wishes=[web(13 * DAY + NOON)])
    facts = audits.run(world)
    ordered = [t for (t,) in records(facts["stock"], "t", kind=StockKind.ORDERED)]
    assert ordered == [3 * HOUR]
    # a second week's order would follow the sale of the last day if the horizon did not forbid it
    assert records(facts["requests"], "outcome") == [(Outcome.SERVED,)]


@pytest.mark.parametrize(("weekday", "first"), [(0, 0), (3, 3), (6, 6)])
def test_the_supplier_review_falls_on_its_weekday(weekday: int, first: int) -> None:
    world = one_warehouse(0, low=0, up_to=1, online_per_day=0.0, replenishment={"supplier_weekday": weekday})
    assert records(audits.run(world)["stock"], "t", kind=StockKind.ORDERED) == [(first * DAY + 3 * HOUR,)]


# ---- the stores' pool --------------------------------------------------------------------------------------


def test_the_web_never_sells_what_is_set_aside_for_the_stores_and_the_stores_get_nothing_else() -> None:
    # four units, three of them for the stores: one order online; the stores want six and get three
    wishes = [web(NOON), web(NOON + 1), *[walk_in(NOON, n, qty=2) for n in (1, 2, 3)]]
    world = three_stores(
        stock=[[4, 2, 2, 2]], protected=[[3, 0, 0, 0]], low=[[-1, 1, 1, 1]], wishes=wishes,
        replenishment={"store_pool_share": np.array([0.5, 0, 0, 0])},
        nodes={f"store_{n}": {"web_visible": False} for n in (1, 2, 3)},
    )  # fmt: skip
    facts = audits.run(world)
    assert [o for (o,) in records(facts["requests"], "outcome", channel=Channel.WEB)] == [Outcome.SERVED, Outcome.LOST]
    sent = records(facts["stock"], "d_physical", "d_protected", kind=StockKind.DISPATCHED)
    assert sent == [(-2, -2), (-1, -1)]


def test_a_share_of_what_suppliers_deliver_joins_the_stores_pool() -> None:
    world = three_stores(
        stock=[[0, 0, 0, 0]], low=[[0, -1, -1, -1]], up_to=[[40, 0, 0, 0]], online_per_day=0.0,
        replenishment={"store_pool_share": np.array([0.25, 0, 0, 0])},
    )  # fmt: skip
    assert records(audits.run(world)["stock"], "d_physical", "d_protected", kind=StockKind.RECEIVED) == [(40, 10)]


def test_the_pool_of_a_busy_town_is_never_sold_online() -> None:
    facts = audits.run(pooled(), seed=2)
    level: dict[int, list[int]] = {}
    checked = 0
    columns = ("sku", "node", "kind", "d_recorded", "d_reserved", "d_protected")
    for sku, node, kind, recorded, reserved, protected in records(facts["stock"], *columns):
        if node:
            continue
        now = level.setdefault(sku, [0, 0, 0])
        now[:] = [now[0] + recorded, now[1] + reserved, now[2] + protected]
        if kind == StockKind.RESERVED:
            checked += 1
            assert now[0] - now[1] >= now[2], "a unit of the stores' pool was promised online"
    assert checked > 50
