"""Goods that not everybody carries: who may send them, by what, and what the web does not offer."""

from __future__ import annotations

import itertools
from dataclasses import replace

import audits
import numpy as np
import pytest
import road_towns
from road_towns import BY_COURIER, BY_TWO, SAME_DAY, more_ways, products
from towns import COLLECT, HOME_J1, HOME_STANDARD, PARCEL_STANDARD, order, replay, three_stores

from orchestrion.domain.codes import Outcome, Reason
from orchestrion.domain.world import World
from orchestrion.errors import PlanError
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation.shop import Shop
from orchestrion.streams import Streams
from orchestrion.testing import StillView
from orchestrion.units import HOUR

POLICIES = ("nearest", "cheapest", "warehouse_first", "overstock_first", "milp")


def choosy() -> World:
    world = more_ways(three_stores())
    return replace(world, products=products(world))


def asked(world: World, option: int, *lines: tuple[int, int], place: int = 0, store: int = -1) -> World:
    wishes = replay([(10 * HOUR, 0, place, option, store, lines)])
    return replace(world, demand=replace(world.demand, replay=wishes, online_per_day=0.0))


@pytest.mark.parametrize("policy", POLICIES)
def test_a_mixed_order_leaves_by_the_services_its_goods_need(policy: str) -> None:
    facts = audits.run(asked(choosy(), HOME_STANDARD, (0, 1), (2, 1)), policy)
    sent = dict(audits.records(facts["shipments"], "service", "node"))
    assert set(sent) == {PARCEL_STANDARD, BY_TWO}
    assert sent[BY_TWO] == 0  # stores do not send what two people carry


def test_no_store_ever_sends_what_it_may_not() -> None:
    world = road_towns.restless()
    assert world.products is not None
    for policy in POLICIES:
        facts = audits.run(world, policy)
        sku = {(o, n): s for o, n, s in audits.records(facts["lines"], "order", "line", "sku")}
        at = dict(audits.records(facts["orders"], "order", "collect_at"))
        for o, n, node in audits.records(facts["decisions"], "order", "line", "node"):
            assert world.products.from_stores[sku[o, n]] or node in (0, at[o])


@pytest.mark.parametrize("policy", POLICIES)
def test_no_courier_goes_too_far_though_the_near_store_is_sold_out(policy: str) -> None:
    world = more_ways(three_stores(stock=[[200, 9, 90, 90]] * 3))
    world = replace(world, demand=replace(world.demand, option_shares=np.array([0.0, 0, 0, 0, 1.0])))
    courier = world.services[BY_COURIER].courier
    assert courier is not None
    facts = audits.run(world, policy)
    assert set(facts["shipments"]["service"].tolist()) == {BY_COURIER}
    assert len(facts["shipments"]["distance"]) > 50
    assert facts["shipments"]["distance"].max() <= courier.radius_m
    assert Reason.NOT_DELIVERABLE in facts["requests"]["reason"]


def test_a_plan_that_disobeys_is_refused() -> None:
    shop = Shop(choosy(), make_policy("nearest"), Streams(1, 0))
    slip = order(lines=[(0, 1), (2, 1)])
    shop.view.open(0, [slip])
    plan = shop.view.new_plan()
    assert list(shop.view.nearest(slip)) == [1, 2, 3, 0]  # each may send one of the two lines
    assert shop.view.service(slip.lines[0], 1) == PARCEL_STANDARD
    assert shop.view.service(slip.lines[1], 1) == -1
    with pytest.raises(PlanError, match="may not serve it"):
        plan.source(slip.lines[1], 1)


@pytest.mark.parametrize(
    ("option", "sku", "store", "outcome"),
    [
        (HOME_STANDARD, 1, -1, Outcome.SERVED),
        (HOME_STANDARD, 2, -1, Outcome.SERVED),
        (HOME_J1, 1, -1, Outcome.LOST),  # nobody carries bulky goods by the next day
        (SAME_DAY, 2, -1, Outcome.LOST),
        (COLLECT, 2, 1, Outcome.SERVED),  # it stands in the store
    ],
)
def test_the_web_does_not_offer_what_nobody_can_bring(option: int, sku: int, store: int, outcome: Outcome) -> None:
    facts = audits.run(asked(choosy(), option, (sku, 1), store=store))
    assert facts["requests"]["outcome"].tolist() == [outcome]
    expected = Reason.NOT_DELIVERABLE if outcome == Outcome.LOST else -1
    assert facts["requests"]["reason"].tolist() == [expected]


def test_forbidding_stores_to_send_makes_the_way_longer() -> None:
    world = more_ways(three_stores(stock=[[400] * 4] * 3))
    world = replace(world, demand=replace(world.demand, option_shares=np.array([1.0, 0, 0, 0, 0])))
    law = products(world, from_stores=np.ones(3, bool))
    a, b = (
        audits.run(replace(world, products=replace(law, from_stores=may)))
        for may in (law.from_stores, np.array([True, False, False]))
    )
    assert b["shipments"]["distance"].mean() > a["shipments"]["distance"].mean()


def test_a_still_view_sends_what_the_simulation_sends() -> None:
    """Node by node: bulky and two-person goods, goods that stores do not send, a courier's reach, contact points."""
    made = choosy()
    hidden = replace(made, nodes=tuple(replace(n, web_visible=n.id != 2) for n in made.nodes))
    for world in (made, hidden):
        shop = Shop(world, make_policy("nearest"), Streams(1, 0))
        for option in range(len(world.options)):
            at = 1 if world.options[option].collect else -1
            for sku, place in itertools.product(range(3), range(len(world.places.key))):
                slip = order(0, [(sku, 1)], place=place, option=option, collect_at=at)
                still = StillView(world, [slip])
                shop.view.open(0, [slip])
                services = [[view.service(slip.lines[0], n) for n in range(4)] for view in (still, shop.view)]
                assert services[0] == services[1], (option, sku, place)
