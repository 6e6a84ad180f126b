"""Rules by SKU and node, orders at the moment the position falls, lead times, packs, and orders that wait for stock."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from busy_towns import busy, pooled
from towns import HOME_STANDARD, one_warehouse, three_stores

from orchestrion.domain.backorders import Backorders
from orchestrion.domain.calendar import BusinessDays
from orchestrion.domain.codes import Channel, EventKind, Outcome, Reason, StockKind
from orchestrion.domain.ordering import LeadTime, ordering
from orchestrion.domain.records import Records
from orchestrion.domain.world import World
from orchestrion.policies.replenishment import replenishment_rules
from orchestrion.units import DAY, HOUR, WEEK

NOON = 12 * HOUR


def web(t: int, *lines: tuple[int, int], place: int = 0) -> Any:
    return (t, Channel.WEB, place, HOME_STANDARD, -1, list(lines) or [(0, 1)])


def walk_in(t: int, store: int, sku: int = 0, qty: int = 1) -> Any:
    return (t, Channel.WALK_IN, -1, -1, store, [(sku, qty)])


def fixed(s: float, **changes: Any) -> dict[str, Any]:
    """One supplier with a constant lead time."""
    return {"leads": (LeadTime(law="fixed", mean_s=s, **changes),), "lead_of": np.zeros(1, np.int64)}


def alone(units: int, rule: str = "base_stock", *, backorders: dict[str, Any] | None = None, **changes: Any) -> World:
    """One warehouse fed by a supplier."""
    asked = ordering((1, 1), rule, **changes.pop("ordering"))
    mechanisms: dict[str, Any] = {"ordering": asked}
    if backorders is not None:
        settings = {"allowed": np.ones(1, bool), "node": np.zeros(1, np.int64), "limit": -1,
                    "patience_s": 30 * DAY, "promise_s": WEEK}  # fmt: skip
        mechanisms["backorders"] = Backorders(**(settings | backorders))
    return one_warehouse(units, mechanisms=mechanisms, **({"low": units - 1, "up_to": units} | changes))


def ordered(facts: Any) -> list[tuple[int, ...]]:
    return records(facts["stock"], "t", "d_on_order", kind=StockKind.ORDERED)


def received(facts: Any) -> list[tuple[int, ...]]:
    return records(facts["stock"], "t", "d_physical", kind=StockKind.RECEIVED)


AT_ONCE = {"continuous": np.ones(1, bool)}


# ---- continuous review -------------------------------------------------------------------------------------


def test_under_continuous_review_an_order_leaves_in_the_second_the_position_falls() -> None:
    world = alone(5, wishes=[web(NOON), web(NOON + 7, (0, 2))], ordering=AT_ONCE | fixed(3 * DAY + 5))
    facts = audits.run(world)
    assert ordered(facts) == [(NOON, 1), (NOON + 7, 2)]
    assert received(facts) == [(NOON + 3 * DAY + 5, 1), (NOON + 3 * DAY + 12, 2)]


def test_what_is_on_order_is_not_ordered_again_at_the_next_sale() -> None:
    # (s, S) = (2, 5): the third unit gone triggers three; the next sale leaves a position of 4 and triggers nothing
    wishes = [web(NOON + i) for i in range(4)]
    world = alone(5, "s_s", low=2, wishes=wishes, ordering=AT_ONCE | fixed(9 * DAY))
    assert ordered(audits.run(world)) == [(NOON + 2, 3)]


def test_a_batch_is_ordered_as_often_as_lifts_the_position_above_the_reorder_point() -> None:
    world = alone(
        9, "r_q", low=3, wishes=[web(NOON, (0, 9))],
        ordering=AT_ONCE | fixed(DAY) | {"quantity": np.full((1, 1), 3, np.int32)},
    )  # fmt: skip
    assert ordered(audits.run(world)) == [(NOON, 6)]


def test_orders_may_cross() -> None:
    """A later order of a shorter lead time comes first; what is on order is right all the same."""
    lead = LeadTime(law="uniform", least_s=0.0, most_s=6.0 * DAY)
    world = alone(
        30, wishes=[web(NOON + i * HOUR) for i in range(12)],
        ordering=AT_ONCE | {"leads": (lead,), "lead_of": np.zeros(1, np.int64)},
    )  # fmt: skip
    facts = audits.run(world)
    came = [t for t, _ in received(facts)]
    assert len(came) == 12
    audits.audit(world, facts)
    again = audits.run(world, seed=2)
    assert [t for t, _ in received(again)] != came, "another seed, the same lead times"


def test_what_a_count_takes_off_the_record_is_ordered_before_the_next_cell_is_counted() -> None:
    """Whose order comes first takes the last units: cells are gone through one by one."""
    rules = Records.of(4, shrink=[0.0, 0.4, 0.4, 0.4], count_every=1)
    asked = ordering((3, 4), "base_stock", continuous=np.array([False, True, True, True]))
    world = three_stores(
        [[900, 20, 20, 20]] * 3, walk_ins=0.0, days=6, low=[[0, 19, 19, 19]] * 3, up_to=[[0, 20, 20, 20]] * 3,
        mechanisms={"records": rules, "ordering": asked},
    )  # fmt: skip
    stock = audits.run(world)["stock"]
    rows = list(zip(stock["t"].tolist(), stock["kind"].tolist(), strict=True))
    losses = [i for i, (_, kind) in enumerate(rows) if kind == StockKind.COUNTED]
    between = [
        any(kind == StockKind.ORDERED for _, kind in rows[a + 1 : b])
        for a, b in pairwise(losses) if rows[a][0] == rows[b][0]
    ]  # fmt: skip
    assert len(between) > 5
    assert sum(between) > len(between) / 4  # the others lost nothing worth an order


def test_a_store_with_continuous_review_is_served_with_the_next_delivery_or_when_the_warehouse_has_it() -> None:
    # nothing in the warehouse on Monday; a supplier brings three on Wednesday at 6:00
    world = three_stores(
        stock=[[0, 2, 0, 0]], low=[[0, 1, -1, -1]], up_to=[[3, 2, 0, 0]], wishes=[walk_in(NOON, 1)],
        nodes={"warehouse": {"web_visible": False}}, replenishment={"supplier_lead_days": (2, 2)},
    )  # fmt: skip
    asked = ordering((1, 4), "base_stock", continuous=np.array([False, True, False, False]))
    facts = audits.run(replace(world, ordering=asked))
    sent = records(facts["stock"], "t", "node", "d_physical", kind=StockKind.DISPATCHED)
    assert sent == [(2 * DAY + 6 * HOUR, 0, -1)]
    came = records(facts["stock"], "t", "d_physical", node=1, kind=StockKind.RECEIVED)
    assert came == [(3 * DAY + 8 * HOUR, 1)]


# ---- reviews, lead times, packs ----------------------------------------------------------------------------


def test_a_node_reviewed_every_three_days_orders_every_three_days() -> None:
    wishes = [web(d * DAY + NOON) for d in range(6)]
    world = alone(
        9, wishes=wishes,
        ordering=fixed(DAY) | {"review_s": np.full(1, 3 * DAY), "first_review_s": np.full(1, 5 * HOUR)},
    )  # fmt: skip
    assert ordered(audits.run(world)) == [(3 * DAY + 5 * HOUR, 3), (6 * DAY + 5 * HOUR, 3)]


def test_a_lead_time_in_working_days_skips_the_sunday() -> None:
    weekdays = BusinessDays([d % 7 != 6 for d in range(40)])
    wishes = [web(4 * DAY + NOON), web(5 * DAY + NOON)]  # Friday, Saturday
    world = alone(5, wishes=wishes, ordering=AT_ONCE | fixed(2 * DAY, days=weekdays, at_s=6 * HOUR))
    assert received(audits.run(world)) == [(7 * DAY + 6 * HOUR, 1), (8 * DAY + 6 * HOUR, 1)]


def test_only_whole_packs_of_the_least_order_are_bought() -> None:
    world = alone(
        20, "s_s", low=14, wishes=[web(NOON, (0, 7))],
        ordering=AT_ONCE | fixed(DAY) | {"multiple": np.full(1, 6, np.int32), "minimum": np.full(1, 10, np.int32)},
    )  # fmt: skip
    assert ordered(audits.run(world)) == [(NOON, 12)]


def test_a_short_warehouse_may_give_each_store_its_share() -> None:
    wishes = [walk_in(NOON, n, qty=4) for n in (1, 2, 3)]
    for allocation, expected in (("rotation", {1: 4, 2: 2}), ("proportional", {1: 2, 2: 2, 3: 2})):
        world = three_stores(stock=[[6, 4, 4, 4]], low=[[-1, 3, 3, 3]], wishes=wishes)
        asked = ordering((1, 4), "base_stock", allocation=allocation)
        facts = audits.run(replace(world, ordering=asked))
        sent = records(facts["stock"], "ref", "d_physical", kind=StockKind.DISPATCHED)
        assert {n: -q for n, q in sent} == expected


def test_a_store_is_pushed_what_it_sold_lately() -> None:
    # planned 10 a day, sells nothing: after some weeks it is sent next to nothing; its busy neighbour the more
    world = three_stores(
        stock=[[5000, 40, 40, 40]], low=[[-1, 0, 0, 0]], walk_ins=(0.0, 10.0, 10.0, 0.0), days=70, online_per_day=0.0,
    )  # fmt: skip
    asked = ordering((1, 4), "push", cover_days=np.array([1.0, 3.0, 6.0, 3.0]))
    facts = audits.run(replace(world, ordering=asked))
    audits.audit(world, facts)
    late = facts["stock"]["t"] > 42 * DAY
    level = {
        n: int(facts["stock"]["d_physical"][(facts["stock"]["node"] == n) & (facts["stock"]["t"] <= 69 * DAY)].sum())
        for n in (1, 2, 3)
    }
    assert 5 < level[1] < 45
    assert level[2] > level[1] + 5, "twice the cover, more on the shelf"
    assert not ((facts["stock"]["kind"] == StockKind.DISPATCHED) & (facts["stock"]["ref"] == 3) & late).any()


def test_rules_may_differ_by_sku_and_node() -> None:
    # base stock for SKU 0, min-max for SKU 1: one unit sold of each
    world = three_stores(
        stock=[[50, 5, 5, 5]] * 2, low=[[-1, 2, 2, 2]] * 2, wishes=[walk_in(NOON, 1, 0), walk_in(NOON, 1, 1)]
    )
    asked = ordering((2, 4), "base_stock", rules=("base_stock", "min_max"), rule=np.array([[0] * 4, [1] * 4], np.int8))
    facts = audits.run(replace(world, ordering=asked))
    assert records(facts["stock"], "sku", "d_physical", kind=StockKind.DISPATCHED) == [(0, -1)]


def test_an_ordering_that_says_the_same_changes_nothing() -> None:
    world = busy()
    rule = np.array([[0, 1, 1, 1]] * 3, np.int8)
    same = replace(world, ordering=ordering((3, 4), "", rules=("base_stock", "min_max"), rule=rule))
    assert audits.digest(audits.run(same, seed=4)) == audits.digest(audits.run(world, seed=4))


@pytest.mark.slow
@pytest.mark.parametrize("rule", replenishment_rules.names())
@pytest.mark.parametrize("town", [busy, pooled])
def test_every_identity_holds_under_every_rule(rule: str, town: Any) -> None:
    world = town()
    shape = world.opening_stock.shape
    asked = ordering(
        shape, rule, quantity=np.full(shape, 4, np.int32), multiple=np.array([1, 2, 3], np.int32),
        continuous=np.array([True, False, True, False]), cover_days=np.full(4, 3.0), allocation="proportional",
        leads=(LeadTime(law="gamma", mean_s=3.0 * DAY, cv=0.6),), lead_of=np.array([0, -1, -1, -1]),
    )  # fmt: skip
    mechanisms = replace(world, ordering=asked, backorders=everybody_waits(world))
    facts = audits.run(mechanisms, seed=3)
    audits.audit(mechanisms, facts)
    assert (facts["stock"]["kind"] == StockKind.RECEIVED).any()


# ---- backorders --------------------------------------------------------------------------------------------


def everybody_waits(world: World) -> Backorders:
    return Backorders(
        allowed=np.ones(len(world.skus), bool), node=np.zeros(len(world.places), np.int64), limit=-1,
        patience_s=10 * DAY, promise_s=WEEK,
    )  # fmt: skip


def test_an_order_beyond_the_stock_waits_and_is_shipped_first_come_first_served() -> None:
    # two on the shelf, five customers; one unit is ordered for each, and comes four days later
    wishes = [web(NOON + i) for i in range(5)]
    world = alone(2, backorders={}, wishes=wishes, ordering=AT_ONCE | fixed(4 * DAY))
    facts = audits.run(world)
    audits.audit(world, facts)
    assert ordered(facts) == [(NOON + i, 1) for i in range(5)], "the position falls below zero and is ordered for"
    sourced = records(facts["events"], "order", "t", kind=EventKind.SOURCED)
    assert sourced == [(0, NOON), (1, NOON + 1), *[(2 + i, NOON + i + 4 * DAY) for i in range(3)]]


def test_who_waits_is_served_before_who_comes_in_the_second_of_the_receipt() -> None:
    wishes = [web(NOON), web(NOON + 1), web(NOON + DAY)]
    world = alone(1, backorders={}, wishes=wishes, ordering=AT_ONCE | fixed(DAY))
    sourced = records(audits.run(world)["events"], "order", "t", kind=EventKind.SOURCED)
    assert sourced == [(0, NOON), (1, NOON + DAY), (2, NOON + DAY + 1)]


def test_an_order_that_has_to_wait_is_promised_later() -> None:
    world = alone(1, backorders={}, wishes=[web(NOON), web(NOON + 1)], ordering=AT_ONCE | fixed(DAY))
    (first,), (second,) = records(audits.run(world)["orders"], "promised_t")
    assert second == first + WEEK


def test_patience_has_an_end_and_a_cancelled_backorder_leaves_the_position() -> None:
    # nothing comes for twenty days; the waiting order leaves after two, and its unit is not ordered for again
    world = alone(
        1, backorders={"patience_s": 2 * DAY}, wishes=[web(NOON), web(NOON + 1), web(4 * DAY)], days=28,
        ordering=AT_ONCE | fixed(20 * DAY),
    )  # fmt: skip
    facts = audits.run(world)
    cancelled = records(facts["events"], "order", "t", "reason", kind=EventKind.CANCELLED)
    assert cancelled == [
        (1, 2 * DAY + 13 * HOUR, Reason.NO_STOCK), (2, 6 * DAY + HOUR, Reason.NO_STOCK)
    ]  # fmt: skip
    # position: 1 -> 0, order 1; -1, order 1; the customer leaves: 1; the third waits: no further order
    assert ordered(facts) == [(NOON, 1), (NOON + 1, 1)]


def test_no_more_than_the_limit_may_wait() -> None:
    world = alone(0, low=0, up_to=1, backorders={"limit": 2}, wishes=[web(NOON + i) for i in range(4)],
                  ordering=AT_ONCE | fixed(20 * DAY))  # fmt: skip
    outcomes = [o for (o,) in records(audits.run(world)["requests"], "outcome")]
    assert Counter(outcomes) == {Outcome.SERVED: 2, Outcome.LOST: 2}


def test_a_sku_that_may_not_wait_is_lost_as_before() -> None:
    world = alone(0, low=0, up_to=1, backorders={"allowed": np.zeros(1, bool)}, wishes=[web(NOON)],
                  ordering=AT_ONCE | fixed(20 * DAY))  # fmt: skip
    assert records(audits.run(world)["requests"], "outcome") == [(Outcome.LOST,)]


def test_a_warehouse_reviewed_weekly_orders_for_those_who_wait() -> None:
    # two waiting and one sold by next Monday: three below the target
    wishes = [web(NOON + i) for i in range(3)]
    world = alone(1, backorders={}, wishes=wishes, ordering=fixed(DAY))
    assert ordered(audits.run(world)) == [(WEEK + 3 * HOUR, 3)]
