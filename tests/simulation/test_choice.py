"""Which option is picked and whether it is bought: the logit's closed form, the elasticity, the same customers."""

from __future__ import annotations

from dataclasses import replace
from math import exp
from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from towns import COLLECT, HOME_J1, HOME_STANDARD, three_stores

import orchestrion as orc
from orchestrion.domain.codes import Channel, Outcome, Reason
from orchestrion.domain.offers import Offers
from orchestrion.domain.requests import BASKET_COLUMNS, LINE_COLUMNS
from orchestrion.domain.world import World
from orchestrion.simulation.choice import Choice, Offer
from orchestrion.simulation.customers import Customer
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR, MICRO

SHARES = np.array([0.66, 0.10, 0.24])
USUAL: dict[str, Any] = {"usual_fee": np.array([4.0, 9.0, 0.0]), "usual_days": np.array([3.0, 1.0, 2.0])}
MONDAY_NOON = 12 * HOUR
COUNT = 40_000


def offers(**changes: Any) -> Offers:
    return Offers(**(USUAL | {"fee_weight": 0.2, "day_value": 1.5} | changes))


def world(law: Offers, **changes: Any) -> World:
    settings: dict[str, Any] = {
        "stock": [[9_000, 0, 0, 0]] * 3, "demand": {"option_shares": SHARES, "lines": np.array([1.0])}, "days": 14,
        "mechanisms": {"offers": law}, "pickers": 50,
    }  # fmt: skip
    return three_stores(**(settings | changes))


def shown(days: dict[int, int]) -> list[Offer]:
    """Offers of a Monday noon, promised so many days later (all in the same week)."""
    return [Offer(option, 1 if option == COLLECT else -1, day * DAY + 19 * HOUR) for option, day in days.items()]


def picked(made: World, law: Offers, days: dict[int, int]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Options wanted and picked by many customers before the same offers."""
    choice = Choice(made, law, Streams(1, 0))
    wanted = np.random.default_rng(5).choice(3, COUNT, p=SHARES)
    at = shown(days)
    found = [
        choice.pick(MONDAY_NOON, Customer(Channel.WEB, 0, option, 1, -1, id), at).option
        for id, option in enumerate(wanted.tolist())
    ]
    return wanted, np.array(found)


def shares_of_logit(made: World, law: Offers, days: dict[int, int]) -> dict[int, float]:
    """Closed form: observed shares times exp(-weight x (fee worse + value x days later)), normalised."""
    weights = {}
    for option, day in days.items():
        worse = made.options[option].fee / MICRO - law.usual_fee[option]
        worse += law.day_value * (day - law.usual_days[option])
        weights[option] = SHARES[option] * exp(-law.fee_weight * worse)
    return {option: weight / sum(weights.values()) for option, weight in weights.items()}


# ---- picking -----------------------------------------------------------------------------------------------


def test_at_the_usual_offers_everybody_picks_what_they_wanted() -> None:
    law = offers()
    wanted, found = picked(world(law), law, {HOME_STANDARD: 3, HOME_J1: 1, COLLECT: 2})
    assert found.tolist() == wanted.tolist()


@pytest.mark.parametrize(
    ("days", "fees"),
    [
        ({HOME_STANDARD: 5, HOME_J1: 1, COLLECT: 2}, (4.0, 9.0, 0.0)),
        ({HOME_STANDARD: 3, HOME_J1: 1, COLLECT: 0}, (4.0, 9.0, 0.0)),
        ({HOME_STANDARD: 3, HOME_J1: 2, COLLECT: 2}, (0.0, 5.0, 3.0)),
        ({HOME_STANDARD: 4, COLLECT: 2}, (4.0, 9.0, 0.0)),
        ({HOME_J1: 1, COLLECT: 2}, (4.0, 6.0, 0.0)),
    ],
)
def test_at_other_offers_the_shares_are_those_of_the_logit(days: dict[int, int], fees: tuple[float, ...]) -> None:
    law = offers()
    made = world(law)
    priced = [replace(option, fee=round(fee * MICRO)) for option, fee in zip(made.options, fees, strict=True)]
    made = replace(made, options=tuple(priced))
    _, found = picked(made, law, days)
    for option, share in shares_of_logit(made, law, days).items():
        error = (share * (1 - share) / COUNT) ** 0.5
        assert abs((found == option).mean() - share) < 3.3 * error, option


def test_a_better_option_only_wins_customers() -> None:
    law = offers()
    before = picked(world(law), law, {HOME_STANDARD: 4, HOME_J1: 1, COLLECT: 2})[1]
    after = picked(world(law), law, {HOME_STANDARD: 4, HOME_J1: 1, COLLECT: 0})[1]
    changed = before != after
    assert changed.any()
    assert (after[changed] == COLLECT).all()


def test_a_euro_for_each_day_s_worth_leaves_everybody_where_they_were() -> None:
    law = offers(day_value=1.5)
    made = world(law)
    dearer = replace(made.options[HOME_STANDARD], fee=made.options[HOME_STANDARD].fee + 3 * MICRO)
    made = replace(made, options=(dearer, *made.options[1:]))
    wanted, found = picked(made, law, {HOME_STANDARD: 1, HOME_J1: 1, COLLECT: 2})  # 3 EUR dearer, 2 days sooner
    assert found.tolist() == wanted.tolist()


def test_on_a_marketplace_nobody_collects_whatever_is_offered() -> None:
    law = offers(fee_weight=5.0)
    choice = Choice(world(law), law, Streams(1, 0))
    customer = Customer(Channel.MARKETPLACE, 0, HOME_STANDARD, -1, -1, 7)
    assert choice.options(customer) == [(HOME_STANDARD, -1), (HOME_J1, -1)]


def test_who_wanted_what_is_not_to_be_had_picks_another_option() -> None:
    # store 1 is shown on the web for collection only; its shirts are the last ones
    law = offers()
    made = world(
        law, stock=[[0, 5, 0, 0]] * 3, nodes={"store_1": {"ships": False}},
        wishes=[(MONDAY_NOON, 0, 0, HOME_STANDARD, -1, [(0, 1)])],
    )  # fmt: skip
    facts = audits.run(made)
    assert records(facts["requests"], "outcome", "option") == [(Outcome.SERVED, HOME_STANDARD)]
    assert records(facts["orders"], "option", "collect_at") == [(COLLECT, 1)]
    without = audits.run(replace(made, offers=None))
    assert records(without["requests"], "outcome", "reason") == [(Outcome.LOST, Reason.UNAVAILABLE)]


# ---- buying ------------------------------------------------------------------------------------------------

STANDARD_ONLY = {"option_shares": np.array([1.0, 0.0, 0.0]), "lines": np.array([1.0]), "online_hour": np.eye(24)[9]}


def orders(per_day: float, days: int, fee: float = 4.0, per_euro: float = 0.0) -> tuple[int, int, int]:
    """(orders, lost as too slow, lost as too dear) of the same customers before one promise and fee."""
    law = Offers(**USUAL, per_day=per_day, per_euro=per_euro)
    made = world(law, demand=STANDARD_ONLY, online_per_day=600.0, stock=[[90_000, 0, 0, 0]] * 3)
    only = replace(made.options[0], promise_days=days, fee=round(fee * MICRO))
    requests = audits.run(replace(made, options=(only, *made.options[1:])))["requests"]
    lost = {r: int((requests["reason"] == r).sum()) for r in (Reason.TOO_SLOW, Reason.TOO_DEAR)}
    return int((requests["outcome"] == Outcome.SERVED).sum()), lost[Reason.TOO_SLOW], lost[Reason.TOO_DEAR]


@pytest.mark.slow
def test_the_elasticity_is_recovered_by_paired_runs() -> None:
    found = {days: orders(0.015, days)[0] for days in (1, 2, 3, 4)}
    for days in (1, 2, 3):  # paired: only those between the two probabilities differ, so the error is theirs alone
        gain = found[days] / found[days + 1] - 1
        error = (found[days] * 0.015) ** 0.5 / found[days + 1]
        assert abs(gain - 0.015) < 3.3 * error, days
    assert found[1] > found[2] > found[3] > found[4]
    # over three days together (1.015^3 - 1 = 4.57 %)
    assert abs(found[1] / found[4] - 1.015**3) < 3.3 * (found[1] * 0.0457) ** 0.5 / found[4]


@pytest.mark.slow
def test_at_the_usual_offers_as_many_buy_as_without_the_mechanism() -> None:
    # Sundays count a day more: six in seven orders are promised three days, one four
    law, days = Offers(**USUAL, per_day=0.05, per_euro=0.03), 14
    made = world(law, demand=STANDARD_ONLY, online_per_day=2_000.0, days=days, stock=[[90_000, 0, 0, 0]] * 3)
    bought = len(audits.run(made)["orders"]["order"])
    expected = 2_000.0 * days * (6 + 1 / 1.05) / 7
    assert abs(bought - expected) < 3.3 * expected**0.5


def test_a_later_promise_loses_customers_as_too_slow_and_a_higher_fee_as_too_dear() -> None:
    base, later, dearer = (orders(0.03, 3, per_euro=0.02), orders(0.03, 4, per_euro=0.02), orders(0.03, 3, 7.0, 0.02))
    assert later[0] < base[0]
    assert later[1] > base[1]
    assert dearer[0] < base[0]
    assert dearer[2] > base[2]
    assert sum(base) == sum(later) == sum(dearer)  # the same customers came


def test_those_lost_to_the_offer_are_recorded_with_their_value() -> None:
    law = Offers(**USUAL, per_day=0.5)
    facts = audits.run(world(law, demand=STANDARD_ONLY))
    requests = facts["requests"]
    left = requests["reason"] == Reason.TOO_SLOW
    assert left.sum() > 50
    assert (requests["outcome"][left] == Outcome.LOST).all()
    assert (requests["value"][left] > 0).all()


def test_replayed_customers_bought_at_the_usual_offer_and_none_is_invented() -> None:
    wishes = [(d * DAY + 9 * HOUR + i, 0, 0, HOME_STANDARD, -1, [(0, 1)]) for d in range(5) for i in range(100)]
    law = Offers(**USUAL, per_day=0.3)
    made = world(law, wishes=wishes)
    assert len(audits.run(made)["orders"]["order"]) == 500
    slow = replace(made, options=(replace(made.options[0], promise_days=5), *made.options[1:]))
    bought = len(audits.run(slow)["orders"]["order"])
    assert abs(bought - 500 / 1.3**2) < 3.3 * (500 * 0.59 * 0.41) ** 0.5


# ---- off, and in a scenario --------------------------------------------------------------------------------


def test_offers_that_change_nothing_leave_the_facts_as_they_are() -> None:
    plain, indifferent = (
        audits.run(three_stores(walk_ins=9.0, mechanisms=m)) for m in ({}, {"offers": Offers(**USUAL)})
    )
    assert audits.digest(plain) == audits.digest(indifferent)


def test_the_customers_are_the_same_whatever_is_promised() -> None:
    law = offers(per_day=0.03)
    runs = []
    for days in (2, 5):
        made = world(law)
        made = replace(made, options=(replace(made.options[0], promise_days=days), *made.options[1:]))
        runs.append(audits.run(made)["requests"])
    for column in ("request", "t", "channel", "place", "option", "node", "sku", "qty", "value", "patience"):
        assert runs[0][column].tolist() == runs[1][column].tolist()
    assert {*BASKET_COLUMNS, *LINE_COLUMNS} - {"lines"} <= set(runs[0])


def test_a_scenario_turns_both_on_with_the_shipped_numbers() -> None:
    france = orc.load_scenario("france_unified").with_override("textbook")
    assert france.compile().offers is None
    both = {"demand.offers.choice.on": True, "demand.offers.conversion.on": True}
    law = france.vary("tempted", both).compile().offers
    assert law is not None
    assert (law.fee_weight, law.day_value, law.per_day, law.per_euro) == (0.1, 1.5, 0.015, 0.01)
    assert law.usual_fee.tolist() == [3.9, 9.9, 0.0]
    assert law.usual_days.tolist() == [4.7, 1.75, 4.7]
    assert law.potential == pytest.approx(1.015**4.7 * 1.01**9.9)


def test_the_shipped_usual_days_are_those_of_the_shipped_options() -> None:
    france = orc.load_scenario("france_unified").with_override("textbook")
    unlisted = france.vary("none listed", {"demand.offers.choice.on": True, "demand.offers.usual": {
        "home_standard": None, "home_j1": None, "collect": None,
    }}).compile()  # fmt: skip
    listed = france.vary("listed", {"demand.offers.choice.on": True}).compile()
    assert unlisted.offers is not None
    assert listed.offers is not None
    assert unlisted.offers.usual_days == pytest.approx(listed.offers.usual_days, abs=0.06)
    assert unlisted.offers.usual_fee == pytest.approx(listed.offers.usual_fee)


