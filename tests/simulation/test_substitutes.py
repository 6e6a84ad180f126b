"""Another SKU in its place: two SKUs with overflow in closed form, who stands in for whom, and what is recorded.

Oracle: a store that opens every day with (a, b) units of two SKUs, Poisson demand, a share theta of those who find none
taking the other SKU. Within a day the shelf is a continuous-time Markov chain whose law is a matrix exponential; every
day is an independent copy of it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from math import exp
from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from scipy.linalg import expm
from towns import COLLECT, HOME_STANDARD, three_stores, town

import orchestrion as orc
from orchestrion.domain.codes import Channel, Outcome, Reason
from orchestrion.domain.tablet import Tablet
from orchestrion.domain.world import World
from orchestrion.experiments.moved import ends_of
from orchestrion.kpis import measure
from orchestrion.scenarios.compile.reactions import substitutes
from orchestrion.units import DAY, HOUR, MICRO

NOON = 12 * HOUR
EACH_OTHER = np.array([[1], [0]], np.int32)


def overflow(units: tuple[int, int], rate: tuple[float, float], theta: float) -> tuple[float, float, float]:
    """Expected (sold as asked, sold as a substitute, lost) in one day from the Markov chain of the shelf."""
    states = list(product(range(units[0] + 1), range(units[1] + 1)))
    index = {state: i for i, state in enumerate(states)}
    q = np.zeros((len(states), len(states)))
    gains = np.zeros((len(states), 3))
    for (a, b), i in index.items():
        stock = [a, b]
        for sku in (0, 1):
            for take, share in ((sku, 1.0),) if stock[sku] else ((1 - sku, theta), (-1, 1 - theta)):
                flow = rate[sku] * share
                if take >= 0 and stock[take]:
                    left = [a, b]
                    left[take] -= 1
                    q[i, index[left[0], left[1]]] += flow
                    q[i, i] -= flow
                    gains[i, 0 if take == sku else 1] += flow
                else:
                    gains[i, 2] += flow
    # the time spent in each state during the day: the integral of the law, by one exponential of a larger matrix
    size = len(states)
    bigger = np.zeros((2 * size, 2 * size))
    bigger[:size, :size], bigger[:size, size:] = q, np.eye(size)
    spent = expm(bigger)[index[units], size:]
    return tuple((spent @ gains).tolist())


def shop(units: tuple[int, int], rate: tuple[float, float], theta: float, days: int, **changes: Any) -> World:
    """A store filled up every night from a warehouse that never runs out, open every day but Sunday."""
    total = sum(rate)
    settings: dict[str, Any] = {
        "stock": [[10**6, units[0]], [10**6, units[1]]], "node_km": (100, 10), "place_km": (0,), "days": days,
        "low": [[-1, units[0] - 1], [-1, units[1] - 1]], "online_per_day": 0.0, "walk_ins": (0.0, total),
        "demand": {"store_popularity": np.array([[0, rate[0] / total], [0, rate[1] / total]])},
        "reactions": {"store": {"leave": 1 - theta, "substitute": theta}, "substitutes": EACH_OTHER},
    }  # fmt: skip
    return town(**(settings | changes))


@pytest.mark.parametrize(
    ("units", "rate", "theta"),
    [((1, 1), (1.0, 1.5), 1.0), ((1, 1), (1.0, 1.5), 0.4), ((3, 2), (2.0, 3.0), 0.7), ((2, 5), (4.0, 1.0), 0.0)],
)
def test_two_skus_overflow_into_each_other_as_the_chain_says(
    units: tuple[int, int], rate: tuple[float, float], theta: float
) -> None:
    days = 7 * 150
    requests = audits.run(shop(units, rate, theta, days))["requests"]
    opened = days * 6 // 7
    kinds = (Outcome.SERVED, Outcome.SUBSTITUTED, Outcome.LOST)
    for outcome, expected in zip(kinds, overflow(units, rate, theta), strict=True):
        daily = np.bincount(requests["t"][requests["outcome"] == outcome] // DAY, minlength=days)
        error = max(daily.std(), 0.02) / opened**0.5
        assert abs(daily.sum() / opened - expected) < 3.3 * error, (outcome.key, daily.sum() / opened, expected)


def test_the_oracle_is_right_where_a_formula_is_short() -> None:
    # one unit each, everybody substitutes: both are sold as soon as two customers came
    asked = 2.5
    served, swapped, lost = overflow((1, 1), (1.0, 1.5), 1.0)
    assert served + swapped == pytest.approx(2 - 2 * exp(-asked) - asked * exp(-asked))
    assert served + swapped + lost == pytest.approx(asked)
    alone = overflow((1, 1), (1.0, 1.5), 0.0)
    assert alone == pytest.approx((2 - exp(-1.0) - exp(-1.5), 0.0, 2.5 - 2 + exp(-1.0) + exp(-1.5)))


# ---- what is recorded --------------------------------------------------------------------------------------


def taking(**changes: Any) -> dict[str, Any]:
    row = {"substitute": 1.0}
    return {"online": row, "store": row, "substitutes": np.array([[1, 2], [2, -1], [-1, -1]], np.int32)} | changes


def test_a_walk_in_takes_the_nearest_that_is_there_and_pays_its_price() -> None:
    wishes = [(NOON, Channel.WALK_IN, -1, -1, 1, [(0, 2)])]
    world = three_stores([[0, 0, 0, 0], [0, 1, 9, 9], [0, 5, 0, 0]], wishes=wishes, reactions=taking())
    facts = audits.run(world)
    audits.audit(world, facts)
    assert records(facts["requests"], "sku", "outcome", "substitute", "served_at", "value", "paid") == [
        (0, Outcome.SUBSTITUTED, 2, 1, 40 * MICRO, 200 * MICRO)  # one pair of jeans is too few; two lamps at 100 EUR
    ]
    kpis = dict(zip(*(measure(facts, ("all",), ["revenue", "goods", "lost_sales_eur", "substituted_share"])[c].tolist()
                      for c in ("kpi", "value")), strict=True))  # fmt: skip
    assert kpis["revenue"] == pytest.approx(200 / 1.2)
    assert kpis["goods"] == 120.0
    assert kpis["lost_sales_eur"] == 0.0
    assert kpis["substituted_share"] == 1.0
    assert ends_of(facts, facts["requests"]).sales.tolist() == [200 * MICRO]


def test_an_online_customer_orders_the_substitute_with_the_rest_of_the_basket() -> None:
    wishes = [(NOON, Channel.WEB, 0, HOME_STANDARD, -1, [(0, 1), (2, 1)])]
    world = three_stores([[0, 0, 0, 0], [5, 0, 0, 0], [5, 0, 0, 0]], wishes=wishes, reactions=taking())
    facts = audits.run(world)
    audits.audit(world, facts)
    assert records(facts["requests"], "sku", "outcome", "substitute", "order") == [
        (0, Outcome.SUBSTITUTED, 1, 0), (2, Outcome.SERVED, -1, 0)
    ]  # fmt: skip
    assert records(facts["lines"], "order", "sku", "price") == [(0, 1, 50 * MICRO), (0, 2, 100 * MICRO)]


def test_a_substitute_that_is_cancelled_is_a_wish_cancelled() -> None:
    wishes = [(NOON, Channel.WEB, 0, HOME_STANDARD, -1, [(0, 1)])]
    world = three_stores(
        [[0, 0, 0, 0], [5, 0, 0, 0], [0, 0, 0, 0]], wishes=wishes, reactions=taking(), pick_success=0.0,
        sourcing={"max_hops": 0},
    )  # fmt: skip
    facts = audits.run(world)
    audits.audit(world, facts)
    assert records(facts["requests"], "outcome", "substitute") == [(Outcome.CANCELLED, 1)]


def test_without_a_substitute_on_sale_the_customer_leaves() -> None:
    wishes = [(NOON, Channel.WALK_IN, -1, -1, 1, [(0, 1)]), (NOON, Channel.WEB, 0, HOME_STANDARD, -1, [(0, 1)])]
    world = three_stores([[0, 0, 0, 0]] * 3, wishes=wishes, reactions=taking())
    assert records(audits.run(world)["requests"], "outcome", "reason") == [
        (Outcome.LOST, Reason.SHELF_EMPTY), (Outcome.LOST, Reason.UNAVAILABLE)
    ]  # fmt: skip


def test_more_willing_customers_are_lost_less() -> None:
    lost = []
    for theta in (0.0, 0.3, 0.8):
        requests = audits.run(shop((2, 2), (2.0, 2.0), theta, 140))["requests"]
        lost.append(int((requests["outcome"] == Outcome.LOST).sum()))
    assert lost[0] > lost[1] > lost[2]


# ---- rounds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rounds", "days"), [(1, 2), (3, 6)])
def test_who_waits_asks_so_often_and_then_gives_up(rounds: int, days: int) -> None:
    wishes = [(NOON, Channel.WEB, 0, HOME_STANDARD, -1, [(0, 1)])]
    row = {"wait": 1.0}
    world = three_stores(
        [[0, 0, 0, 0]] * 3, wishes=wishes,
        reactions={"online": row, "store": row, "wait_days": (2, 2), "rounds": rounds},
    )  # fmt: skip
    assert records(audits.run(world)["requests"], "outcome", "resolved_t") == [(Outcome.LOST, days * DAY + NOON)]


# ---- the seller's tablet -----------------------------------------------------------------------------------


def asking(tablet: Tablet | None, **changes: Any) -> World:
    wishes = [(NOON + i, Channel.WALK_IN, -1, -1, 3, [(0, 1)]) for i in range(400)]
    settings: dict[str, Any] = {
        "stock": [[9_000, 0, 0, 0]] * 3, "wishes": wishes, "reactions": {"store": {"ask_seller": 1.0}},
        "mechanisms": {"tablet": tablet},
    }  # fmt: skip
    return three_stores(**(settings | changes))


def test_a_seller_with_a_tablet_orders_for_who_asks() -> None:
    world = asking(Tablet(accepts=0.6, collect_share=0.25))
    facts = audits.run(world)
    audits.audit(world, facts)
    orders = facts["orders"]
    assert set(orders["channel"].tolist()) == {int(Channel.STORE)}
    assert abs(len(orders["order"]) - 240) < 3.3 * (400 * 0.24) ** 0.5
    collected = int((orders["option"] == COLLECT).sum())
    assert abs(collected - 0.25 * len(orders["order"])) < 3.3 * (len(orders["order"]) * 0.1875) ** 0.5
    assert set(orders["collect_at"][orders["option"] == COLLECT].tolist()) == {3}
    outcomes = facts["requests"]["outcome"]
    assert int((outcomes == Outcome.MOVED_TO_WEB).sum()) == len(orders["order"])
    assert int((outcomes == Outcome.LOST).sum()) == 400 - len(orders["order"])


def test_without_a_tablet_nobody_orders_and_with_an_empty_web_neither() -> None:
    for world in (asking(None), asking(Tablet(accepts=1.0, collect_share=0.5), stock=[[0, 0, 0, 0]] * 3)):
        facts = audits.run(world)
        assert len(facts["orders"]["order"]) == 0
        assert set(facts["requests"]["reason"].tolist()) == {int(Reason.SHELF_EMPTY)}


def test_who_does_not_let_the_seller_order_does_what_they_did_before_there_were_tablets() -> None:
    row = {"leave": 0.2, "other_store": 0.5, "own_web": 0.3}
    facts = audits.run(asking(Tablet(accepts=0.0, collect_share=0.0, otherwise=row), stock=[[9_000, 0, 900, 0]] * 3))
    outcomes = facts["requests"]["outcome"]
    for outcome, share in ((Outcome.LOST, 0.2), (Outcome.MOVED_TO_OTHER_STORE, 0.5), (Outcome.MOVED_TO_WEB, 0.3)):
        assert abs((outcomes == outcome).mean() - share) < 3.3 * (share * (1 - share) / 400) ** 0.5
    assert set(facts["orders"]["channel"].tolist()) == {int(Channel.WEB)}


# ---- in a scenario -----------------------------------------------------------------------------------------


def test_substitutes_are_of_the_same_category_near_in_price_and_popularity() -> None:
    world = orc.load_scenario("france_unified").vary("worldwide", {
        "reactions.store_table": "reactions/store_worldwide.csv",
        "reactions.online_table": "reactions/online_worldwide.csv",
    }).compile()  # fmt: skip
    similar, skus = world.reactions.substitutes, world.skus
    assert similar is not None
    assert similar.shape == (1200, 3)
    assert world.reactions.store["substitute"] == world.reactions.online["substitute"] == 0.19
    point = np.stack([np.log(skus.price), 0.5 * np.log(world.demand.online_popularity)], axis=1)
    for sku in range(0, 1200, 97):  # by looking at every other SKU
        same = [s for s in range(1200) if s != sku and skus.category[s] == skus.category[sku]]
        same.sort(key=lambda s: float(((point[s] - point[sku]) ** 2).sum()))
        assert similar[sku].tolist() == same[:3]


def test_a_lonely_sku_has_no_substitute_and_equals_are_never_their_own() -> None:
    world = three_stores()
    twins = replace(world.skus, category=["a", "a", "b"], price=np.full(3, MICRO))
    assert substitutes(twins, np.ones(3) / 3, 2).tolist() == [[1, -1], [0, -1], [-1, -1]]


def test_the_tablet_is_off_unless_asked_for_and_the_french_row_then_loses_68_percent() -> None:
    france = orc.load_scenario("france_unified").with_override("textbook")
    plain = france.compile()
    assert plain.tablet is None
    assert plain.reactions.substitutes is None
    assert plain.reactions.store == pytest.approx({"own_web": 0.13, "leave": 0.68, "other_store": 0.12, "wait": 0.07})
    endless = france.vary("endless aisle", {"reactions.tablet.on": True}).compile()
    assert endless.tablet == Tablet(
        accepts=0.6, collect_share=0.35, otherwise={"own_web": 0.2, "other_store": 0.2, "leave": 0.6}
    )
    assert endless.reactions.store["ask_seller"] == 0.25


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reactions.store": {"leave": 0.5, "ask_seller": 0.4}}, r"reactions\.store.*sum to 0\.9"),
        ({"reactions.online": {"leave": 0.5, "ask_seller": 0.5}}, r"reactions\.online\.ask_seller"),
        ({"reactions.rounds": 0}, r"reactions\.rounds"),
        ({"reactions.store_table": "reactions/store_mars.csv"}, r"reactions\.store_table.*no such table"),
    ],
)
def test_a_reaction_that_is_none_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(orc.InputError, match=message):
        orc.load_scenario("france_unified").vary("wrong", change)


def test_a_table_with_an_unknown_reaction_is_refused_by_its_line() -> None:
    wrong = orc.load_scenario("france_unified").vary("wrong", {"reactions.online_table": "reactions/store_fr.csv"})
    with pytest.raises(orc.InputError, match=r"store_fr\.csv:\d+: outcome = 'own_web': no such reaction"):
        wrong.compile()


