"""What the desk believes is a fourth number: the records as of the last snapshot, less what it gave itself since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import audits
import numpy as np
import pytest
from busy_towns import TOWNS
from towns import order, three_stores, town

from orchestrion.domain.codes import EventKind
from orchestrion.domain.visibility import Feed
from orchestrion.domain.world import World
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation.moments import ARRIVALS, Moment
from orchestrion.simulation.shop import Shop
from orchestrion.streams import Streams
from orchestrion.testing.town import COLLECT, HOME_STANDARD
from orchestrion.units import DAY, HOUR, MINUTE


def fed(world: World, feed: Feed | None) -> World:
    return replace(world, sourcing=replace(world.sourcing, feed=feed))


OFTEN, LATE = (Feed(15 * MINUTE), Feed(HOUR, 10 * MINUTE)), Feed(2 * DAY, DAY)
FEEDS = [
    Feed(0, 40 * MINUTE), Feed(DAY, 2 * HOUR), *(pytest.param(feed, marks=pytest.mark.slow) for feed in (*OFTEN, LATE)),
]  # fmt: skip


@pytest.mark.parametrize("feed", FEEDS, ids=str)
@pytest.mark.parametrize("town", ["busy", "pooled", "hurried", "doubtful", "changing"])
def test_every_identity_holds_whatever_the_desk_believes(town: str, feed: Feed) -> None:
    world = fed(TOWNS[town](), feed)
    audits.audit(world, audits.run(world, "nearest", seed=3))


@pytest.mark.parametrize("policy", ["milp", {"name": "re_evaluate", "policy": "milp"}, "bid_price"])
def test_every_identity_holds_when_a_policy_that_plans_is_fed_late(policy: object) -> None:
    world = fed(TOWNS["careless"](review_s=HOUR), Feed(DAY, HOUR))
    audits.audit(world, audits.run(world, policy, seed=3))


@pytest.mark.parametrize("feed", [Feed(DAY, 0), Feed(7 * DAY, DAY), Feed(0, DAY)], ids=str)
def test_what_the_desk_does_itself_it_never_learns_late(feed: Feed) -> None:
    """Without walk-ins, deliveries and errors nobody else touches the stock: the same facts to the last row."""
    plain = three_stores([[9, 4, 3, 2]] * 3, online_per_day=20.0, review_s=HOUR)
    at_once, late = audits.run(plain, "cheapest"), audits.run(fed(plain, feed), "cheapest")
    assert audits.digest(at_once) == audits.digest(late)
    assert (at_once["events"]["kind"] == EventKind.CANCELLED).any() or at_once["spells"]["t"].size, "units ran out"


NOON, THREE = DAY + 12 * HOUR, DAY + 15 * HOUR
FEEDS_AND_WHETHER_THEY_TELL = [
    (Feed(DAY, 0), False), (Feed(HOUR, 0), True), (Feed(HOUR, 5 * HOUR), False), (Feed(HOUR, HOUR), True),
    (Feed(0, 2 * HOUR), True), (Feed(0, 4 * HOUR), False), (None, True),
]  # fmt: skip


def at_noon(world: World, happens: Callable[[Shop], None]) -> Any:
    """Events of a replication in which something happens at noon of the second day."""
    shop = Shop(world, make_policy("nearest"), Streams(1, 0))
    cast(Any, Moment(shop.env, NOON, ARRIVALS).callbacks).append(lambda _: happens(shop))
    shop.run()
    return shop.ledger.table("events")


@pytest.mark.parametrize(("feed", "told"), FEEDS_AND_WHETHER_THEY_TELL, ids=str)
def test_a_unit_sold_at_noon_is_given_again_until_the_feed_tells(feed: Feed | None, told: bool) -> None:
    """A store has one shirt; its till sells it at noon; at three a neighbour wants it from the web."""
    wish = (THREE, 0, 0, HOME_STANDARD, -1, ((0, 1),))
    world = fed(town(stock=[[5, 1]], node_km=(100, 10), place_km=(9,), wishes=[wish], days=4), feed)
    events = at_noon(world, lambda shop: shop.stock.sell(NOON, 0, 1, 1, -1))  # type: ignore[arg-type,func-returns-value]
    assert events["node"][events["kind"] == EventKind.SOURCED].tolist() == ([0] if told else [1, 0])
    assert Counter(events["kind"].tolist())[EventKind.DELIVERED] == 1


@pytest.mark.parametrize("skus", [1, 2])
@pytest.mark.parametrize(("feed", "told"), FEEDS_AND_WHETHER_THEY_TELL, ids=str)
def test_units_that_come_at_noon_are_not_given_until_the_feed_tells(feed: Feed | None, told: bool, skus: int) -> None:
    """A store has nothing; a delivery comes at noon; at three a neighbour wants a unit from the web."""
    wish = (THREE, 0, 0, HOME_STANDARD, -1, ((0, 1),))
    world = fed(town(stock=[[5, 0]] * skus, node_km=(100, 10), place_km=(9,), wishes=[wish], days=4), feed)
    came = np.arange(skus), np.full(skus, 2)

    def delivered(shop: Shop) -> None:
        shop.stock.on_order[:, 1] += 2
        shop.stock.receive(NOON, 1, *came, 0, -1)

    events = at_noon(world, delivered)
    assert events["node"][events["kind"] == EventKind.SOURCED].tolist() == [1 if told else 0]


def test_two_orders_are_never_given_the_same_unit_between_snapshots() -> None:
    noon = [(DAY + 12 * HOUR + 60 * i, 0, 0, HOME_STANDARD, -1, ((0, 1),)) for i in range(5)]
    world = fed(town(stock=[[5, 2]], node_km=(100, 10), place_km=(9,), wishes=noon, days=4), Feed(DAY, DAY))
    events = audits.run(world)["events"]
    assert events["node"][events["kind"] == EventKind.SOURCED].tolist() == [1, 1, 0, 0, 0]


def test_a_policy_sees_one_picture_the_one_that_was_told() -> None:
    """Five shirts are in the store in the morning, one of them kept for walk-ins; three are sold before the feed."""
    shop = Shop(
        fed(town(stock=[[5, 5]], node_km=(100, 10), place_km=(9,), protected=[[0, 1]], up_to=[[5, 3]]), Feed(DAY, 0)),
        make_policy("nearest"), Streams(1, 0),
    )  # fmt: skip
    stock, view = shop.stock, shop.view
    assert stock.sell(NOON, 0, 1, 3, -1)
    assert (stock.promised(0, 1), view.atp(0, 1), view.atp_row(0).tolist()) == (1, 4, [5, 4])
    assert (view.recorded(0, 1), view.reserved(0, 1), view.overstock_row(0).tolist()) == (5, 0, [0, 2])
    stock.reserve(NOON, 0, 1, 3, 7)  # one of them is there
    assert (view.atp(0, 1), view.recorded(0, 1), view.reserved(0, 1), view.freed(0, 1, 2)) == (1, 3, 1, 2)
    stock.release(NOON, 0, 1, 3, 7)
    assert (stock.promised(0, 1), view.atp(0, 1)) == (1, 4)
    assert list(view.nearest(order(lines=((0, 3),), option=COLLECT, collect_at=1))) == [1], "all of it at the counter"


def test_units_taken_back_that_were_gone_are_believed_until_the_next_snapshot_only() -> None:
    shop = Shop(fed(town(stock=[[5, 1]], node_km=(100, 10), place_km=(9,)), Feed(DAY, 0)), make_policy("nearest"),
                Streams(1, 0))  # fmt: skip
    stock, view = shop.stock, shop.view
    assert shop.believed is not None
    shop.env.process(shop.believed.process())
    assert stock.sell(NOON, 0, 1, 1, -1)
    stock.reserve(NOON, 0, 1, 1, 7)
    shop.env.reach(3 * DAY, ARRIVALS)
    assert view.atp(0, 1) == 0
    stock.release(3 * DAY, 0, 1, 1, 7)
    assert view.atp(0, 1) == 1
    shop.env.reach(5 * DAY, ARRIVALS)
    assert view.atp(0, 1) == 0
