"""Hindsight on simulated Worlds: below every policy on every path, exact on toys, refused where it is no bound."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import audits
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_seasons import TOWNS, arriving
from towns import COLLECT, rate_card, three_stores, town

from orchestrion.domain.backorders import Backorders
from orchestrion.domain.carriers import Attempts
from orchestrion.domain.claiming import Claiming
from orchestrion.domain.codes import Channel
from orchestrion.domain.collecting import Waiting
from orchestrion.domain.offers import Offers
from orchestrion.domain.patience import Patience
from orchestrion.domain.records import Records
from orchestrion.domain.returns import Returns
from orchestrion.domain.tablet import Tablet
from orchestrion.domain.transfers import LastRoad, Transfers
from orchestrion.domain.withdrawing import SecondThoughts
from orchestrion.domain.world import World
from orchestrion.experiments.exogenous import conditions, failures, left_aside, longest_wait
from orchestrion.experiments.hindsight import Customers, spent, supply
from orchestrion.policies.bounds import fluid, hindsight, offline
from orchestrion.policies.bounds.clairvoyant import ALWAYS
from orchestrion.policies.season import Season as Toy
from orchestrion.policies.sourcing import make_policy, sourcing_policies
from orchestrion.units import DAY, HOUR, MICRO, duration_s

# -- the exact toy as a World: 1 item, centres A and B, areas 1 and 2 -------------------------------------------------

CARD = rate_card([30_000], [20, 50, 80], [[1.0], [1.5], [2.0], [5.0]], 0.0)  # A1 10 km, B2 30, A2 70, B1 90


def toy(stock: tuple[int, int]) -> World:
    plain = town(
        stock=[stock], node_km=(0, 100), place_km=(10, 70), warehouses=2, nodes={"warehouse_1": {}, "warehouse_2": {}},
        economics={"packaging_parcel": 0, "packaging_unit": 0, "vat": 0.0}, costs=[0.0],
    )  # fmt: skip
    services = tuple(replace(s, rate_card=CARD) if s.rate_card is not None else s for s in plain.services)
    return replace(plain, services=services, nodes=tuple(replace(n, wage=0) for n in plain.nodes))


def asked(*places: int) -> dict[str, np.ndarray[Any, Any]]:
    """Wishes for one unit each; a lost one costs 12 in the first area, 6 in the second."""
    n, place = len(places), np.array(places, np.int64)
    zeros = np.zeros(n, np.int64)
    return {
        "request": np.arange(n), "basket": np.arange(n), "t": zeros, "channel": zeros, "place": place, "option": zeros,
        "node": zeros - 1, "sku": zeros, "qty": zeros + 1, "value": np.array([12 * MICRO, 6 * MICRO])[place],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("periods", "stock", "fluid_value", "expected"),
    [(10, (2, 2), 26.5, 27.8756988844), (20, (4, 5), 48.5, 49.3876471700)],
)
def test_expected_hindsight_of_the_exact_toy_to_ten_digits(
    periods: int, stock: tuple[int, int], fluid_value: float, expected: float
) -> None:
    customers = Customers(toy(stock))
    total = 0.0
    for first in range(periods + 1):
        for second in range(periods + 1 - first):
            nobody = periods - first - second
            ways = math.factorial(periods) / math.prod(map(math.factorial, (first, second, nobody)))
            chance = ways * 0.3**first * 0.4**second * 0.3**nobody
            wishes = customers.wishes(asked(*[0] * first, *[1] * second))
            total += chance * customers.least(wishes).value / MICRO
    assert total == pytest.approx(expected, abs=5e-11 * 10)
    expected_customers = [
        replace(group, count=periods * share)
        for group, share in zip(customers.wishes(asked(0, 1)).groups, (0.3, 0.4), strict=True)
    ]
    assert offline(expected_customers, customers.supply, whole=False).value / MICRO == pytest.approx(fluid_value)


# -- path by path -----------------------------------------------------------------------------------------------------


@st.composite
def exogenous(draw: st.DrawFn) -> World:
    """A small World where nothing answers to what a policy does, but much may hold it up."""
    warehouses, stores, skus = draw(st.integers(1, 2)), draw(st.integers(0, 2)), draw(st.integers(1, 3))
    nodes = warehouses + stores
    stock = np.array([[draw(st.integers(0, 8)) for _ in range(nodes)] for _ in range(skus)])
    protected = np.array([[draw(st.integers(0, 1)) for _ in range(nodes)] for _ in range(skus)])
    mechanisms: dict[str, Any] = {}
    if draw(st.booleans()):
        bought = np.array([[draw(st.sampled_from([0, 0, 3])) for _ in range(nodes)] for _ in range(skus)], np.int32)
        mechanisms["season"] = arriving(bought, [draw(st.integers(0, 5)) * DAY + HOUR for _ in range(skus)])
    if draw(st.booleans()):
        mechanisms["second_thoughts"] = SecondThoughts(share=0.3, mean_s=2 * HOUR)
    if draw(st.booleans()):
        mechanisms["patience"] = Patience(forever=0.3, median_s=DAY // 2, sigma=1.0)
    if draw(st.booleans()):
        is_store = np.arange(nodes) >= warehouses
        mechanisms["claiming"] = Claiming(
            asked=is_store, acceptance=np.full(nodes, 0.6), response_s=np.full(nodes, 1800.0),
            request_cost=np.full(nodes, 200_000), timeout_s=HOUR, at_once=draw(st.integers(1, 2)),
        )  # fmt: skip
    if draw(st.booleans()):
        mechanisms["backorders"] = Backorders(
            allowed=np.ones(skus, bool), node=np.zeros(2, np.int64), limit=-1, patience_s=DAY, promise_s=DAY
        )
    return town(
        stock=stock,
        node_km=[draw(st.integers(0, 200)) for _ in range(nodes)],
        place_km=(0, 80),
        warehouses=warehouses,
        days=6,
        warm_up_days=draw(st.sampled_from([0, 2])),
        run_off_days=draw(st.sampled_from([1, 8])),
        protected=np.minimum(protected, stock),
        online_per_day=draw(st.sampled_from([2.0, 5.0])),
        walk_ins=draw(st.sampled_from([0.0, 2.0])),
        pick_success=draw(st.sampled_from([1.0, 1.0, 0.8])),
        daily_orders=draw(st.sampled_from([-1, -1, 2])),
        review_s=draw(st.sampled_from([0, 7 * HOUR])),
        demand={"units": np.array([0.6, 0.4])},
        reactions={"abandon_basket": draw(st.sampled_from([0.0, 1.0]))},
        replenishment={
            "store_pool_share": np.where(np.arange(nodes) < warehouses, draw(st.sampled_from([0.0, 0.5])), 0.0)
        },
        sourcing={
            "hold_s": draw(st.sampled_from([HOUR, 2 * DAY])),
            "cool_down_s": draw(st.sampled_from([0, HOUR])),
        },
        mechanisms=mechanisms,
    )


def review_s(policy: object) -> int:
    review = getattr(policy, "review", None)
    return duration_s(review) if review else 0


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(world=exogenous(), seed=st.integers(0, 2**32), names=st.permutations(sourcing_policies.names()))
def test_hindsight_is_below_every_policy_on_every_path(world: World, seed: int, names: list[str]) -> None:
    assert not failures(world)
    for name in names[:3]:
        policy = make_policy(name)
        wait = longest_wait(world, review_s(policy), getattr(policy, "re_evaluates", False))
        customers = Customers(world, wait)
        facts = audits.run(world, policy, seed=seed)
        wishes = customers.wishes(facts["requests"])
        found = customers.least(wishes)
        assert found.exact
        assert found.value <= spent(facts, wishes), name


def test_units_that_come_too_late_for_an_order_are_no_help() -> None:
    wish = (10 * HOUR, Channel.WEB, 0, 0, -1, [(0, 1)])
    world = three_stores([[0, 1, 0, 0]], wishes=[wish, (11 * HOUR, *wish[1:])], days=6)
    late = replace(world, season=arriving(np.array([[0, 1, 0, 0]], np.int32), [5 * DAY]))
    soon = replace(world, season=arriving(np.array([[0, 1, 0, 0]], np.int32), [DAY]))
    values = []
    for one in (world, late, soon):
        customers = Customers(one, longest_wait(one, 0))
        values.append(customers.least(customers.wishes(audits.run(one)["requests"])).value)
    assert longest_wait(world, 0) == 2 * DAY + HOUR
    assert values[0] == values[1] > values[2]


def test_a_policy_that_happens_to_do_everything_right_costs_what_hindsight_does() -> None:
    world = three_stores(online_per_day=2.0, days=4, demand={"lines": np.array([1.0])})  # plenty for everybody
    facts = audits.run(world, "cheapest")
    customers = Customers(world)
    wishes = customers.wishes(facts["requests"])
    assert wishes.orders > 4
    assert customers.least(wishes).value == spent(facts, wishes)


def test_what_is_lost_is_priced_at_its_margin_or_the_dearest_parcel() -> None:
    # a shirt of 20 EUR, VAT 20 %, bought at 8: 8.67 EUR of margin; no parcel of it costs as much
    wish = (10 * HOUR, Channel.WEB, 0, 0, -1, [(0, 1)])
    world = three_stores([[0, 0, 0, 0]], wishes=[wish], days=2)
    facts = audits.run(world)
    wishes = Customers(world).wishes(facts["requests"])
    assert spent(facts, wishes) == wishes.lost[0] == round((20 / 1.2 - 8) * MICRO)
    dear = three_stores([[0, 0, 0, 0]], wishes=[wish], days=2, costs=(16.0, 20.0, 60.0))
    assert Customers(dear).wishes(facts["requests"]).lost[0] == round(6.5 * MICRO)  # from the warehouse, beyond 50 km


def test_walk_ins_take_what_is_there_when_they_come() -> None:
    walk_in = (11 * HOUR, Channel.WALK_IN, -1, -1, 1, [(0, 1)])
    world = three_stores([[0, 1, 0, 0]], wishes=[walk_in, (12 * HOUR, *walk_in[1:])], days=3)
    margin = round((20 / 1.2 - 8) * MICRO)
    late = replace(world, season=arriving(np.array([[0, 1, 0, 0]], np.int32), [DAY]))
    for one in (world, late):
        facts, customers = audits.run(one), Customers(one)
        wishes = customers.wishes(facts["requests"])
        assert spent(facts, wishes) == customers.least(wishes).value == margin  # the second finds none


def test_what_comes_for_the_stores_is_not_sent() -> None:
    bought = np.array([[4, 0, 0, 0]], np.int32)
    shares = np.array([0.5, 0.0, 0.0, 0.0])
    world = three_stores([[0, 0, 0, 0]], replenishment={"store_pool_share": shares})
    (arrival,) = supply(replace(world, season=arriving(bought, [DAY]))).arrivals
    assert (arrival.units, arrival.kept) == (4, 2)


def test_an_order_waits_as_long_as_it_cools_down_and_is_held() -> None:
    world = three_stores(sourcing={"cool_down_s": 5 * HOUR, "hold_s": DAY})
    assert longest_wait(world, 7 * HOUR) == 12 * HOUR + DAY


def test_each_line_has_its_own_margin_and_like_customers_want_the_same() -> None:
    baskets = [[(0, 1), (2, 1)], [(1, 1), (2, 1)], [(0, 1), (2, 1)]]
    world = three_stores(wishes=[(10 * HOUR, Channel.WEB, 0, 0, -1, lines) for lines in baskets], days=2)
    wishes = Customers(world).wishes(audits.run(world)["requests"])
    shirt, jeans, lamp = (round((price / 1.2 - cost) * MICRO) for price, cost in ((20, 8), (50, 20), (100, 60)))
    assert wishes.lost.tolist() == [shirt, lamp, jeans, lamp, shirt, lamp]
    assert [(group.count, group.skus) for group in wishes.groups] == [(2, (0, 2)), (1, (1, 2))]


def test_an_order_with_too_many_ways_to_part_it_is_counted() -> None:
    wish = (10 * HOUR, Channel.WEB, 0, 0, -1, [(0, 9), (1, 9), (2, 9)])
    world = three_stores(wishes=[wish], days=2)
    assert Customers(world).wishes(audits.run(world)["requests"]).too_large == 1


# -- on average -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOWNS)
def test_fluid_hindsight_and_policies_stand_in_their_order(name: str) -> None:
    """Fluid <= mean hindsight <= mean of any policy, by the season's own model, which shares no code with this one."""
    world, season = TOWNS[name]()
    customers = Customers(world)
    at_best, policies = [], {name: [] for name in ("nearest", "cheapest", "bid_price", "milp")}
    for seed in range(12):
        for policy, values in policies.items():
            facts = audits.run(world, policy, seed=seed)
            wishes = customers.wishes(facts["requests"])
            values.append(spent(facts, wishes) / MICRO)
        at_best.append(customers.least(wishes).value / MICRO)
        assert at_best[-1] == pytest.approx(hindsight(season, counts(season, facts)))
        assert at_best[-1] <= min(values[-1] for values in policies.values()) + 1e-9
    mean, error = np.mean(at_best), np.std(at_best, ddof=1) / math.sqrt(len(at_best))
    assert fluid(season).value <= mean + 2.58 * error
    assert fluid(season).value > 0.6 * mean  # and says something
    for values in policies.values():
        assert mean <= np.mean(values)


def counts(season: Toy, facts: Any) -> np.ndarray[Any, Any]:
    """How many customers of each kind came: places in the order of the season's kinds."""
    return np.bincount(facts["requests"]["place"], minlength=season.kinds)


# -- conditions -------------------------------------------------------------------------------------------------------

EVERY_STORE = np.ones(4, bool)
FAILS: dict[str, tuple[dict[str, Any], str]] = {
    "answers to promises": (
        {"mechanisms": {"offers": Offers(usual_fee=np.zeros(3), usual_days=np.zeros(3), per_day=0.1)}},
        "promises and fees",
    ),
    "asks again online": ({"reactions": {"online": {"leave": 0.5, "wait": 0.5}}}, "nothing online"),
    "asks again in store": (
        {"walk_ins": 1.0, "reactions": {"store": {"leave": 0.5, "own_web": 0.5}}}, "empty shelf",
    ),
    "tablet": ({"walk_ins": 1.0, "mechanisms": {"tablet": Tablet(accepts=0.5, collect_share=0.5)}}, "empty shelf"),
    "replenished": ({"low": 2}, "order again"),
    "records": ({"mechanisms": {"records": Records.of(4, shrink=0.1)}}, "vanish"),
    "transfers": (
        {"mechanisms": {"transfers": Transfers(
            period_s=0, first_s=0, nodes=EVERY_STORE, lead_s=DAY, unit_cost=0, lane_cost=0, within_m=10**6,
            cover_days=7.0,
        )}}, "moved between nodes",
    ),
    "launches": (
        {"mechanisms": {"season": replace(
            arriving(np.zeros((3, 4), np.int32), [0] * 3), allocation=np.ones((3, 4), np.int32)
        )}}, "what their warehouse has left",
    ),
    "leftovers": (
        {"mechanisms": {"season": replace(
            arriving(np.zeros((3, 4), np.int32), [0] * 3), exit_s=np.full(3, 2 * DAY),
            roads=(LastRoad(fate="give_away"),),
        )}}, "given away",
    ),
    "returns": (
        {"mechanisms": {"returns": Returns(
            rate=np.full(3, 0.5), days=(1.0,), store_share=0.5, takes=EVERY_STORE, service=0, restock=np.full(3, 0.6),
            inspect_s=300, refund_fee=True,
        )}}, "customers return",
    ),
    "no-shows": ({"mechanisms": {"collecting": Waiting(days=(1.0,), never=0.1, keep_days=3)}}, "nobody collects"),
}  # fmt: skip


@pytest.mark.parametrize("what", FAILS)
def test_what_answers_to_the_policy_is_said_to_fail(what: str) -> None:
    changes, words = FAILS[what]
    (why,) = failures(three_stores(**changes))
    assert words in why


def test_parcels_that_come_back_are_said_to_fail() -> None:
    world = three_stores()
    doors = Attempts(success=0.8, most=2, to_pickup_point=False, fee=0, back=1.0)
    world = replace(world, services=tuple(replace(s, attempts=doors) for s in world.services))
    assert failures(world) == ["parcels that do not reach their customer come back and are sold again"]


def test_every_condition_is_told_in_words() -> None:
    plain = conditions(three_stores())
    assert [one.about for one in plain] == ["customers", "stock", "units sent", "hands"]
    assert {one.standing for one in plain} == {"holds"}
    held_up = three_stores(
        walk_ins=2.0, pick_success=0.9, daily_orders=3,
        mechanisms={"patience": Patience(forever=0.5, median_s=DAY, sigma=1.0)},
    )  # fmt: skip
    assert len(left_aside(held_up)) == 4
    assert not failures(held_up)
    assert longest_wait(held_up, 0) == ALWAYS
    assert longest_wait(three_stores(), 0, re_evaluates=True) == ALWAYS


def test_returns_would_break_the_bound_were_they_let_through() -> None:
    """The condition is needed: units that come back serve other customers, whom hindsight counts as lost."""
    changes = FAILS["returns"][0]
    world = three_stores([[0, 2, 0, 0]], online_per_day=4.0, days=14, **changes)
    assert world.returns is not None
    world = replace(world, returns=replace(world.returns, rate=np.ones(1), restock=np.ones(1)))
    broken = 0
    for seed in range(5):
        facts = audits.run(world, "cheapest", seed=seed)
        customers = Customers(world)
        wishes = customers.wishes(facts["requests"])
        broken += spent(facts, wishes) < customers.least(wishes).value
    assert broken > 0


def test_the_collection_store_and_its_counter_are_among_the_ways() -> None:
    wish = (10 * HOUR, Channel.WEB, 0, COLLECT, 1, [(0, 1)])
    world = three_stores(wishes=[wish], days=2)
    facts = audits.run(world)
    customers = Customers(world)
    assert customers.least(customers.wishes(facts["requests"])).value == round((0.9 + 0.1) * MICRO)
