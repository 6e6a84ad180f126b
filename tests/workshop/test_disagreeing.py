"""Scores, regret, drivers and flips, on figures that can be checked in the head and against brute force."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrion.apps.workshop.disagreeing import best_of, compromises, disagreement, driver, flip_price, scored
from orchestrion.apps.workshop.played import Played, flat, mean_score
from orchestrion.apps.workshop.standings import Opinion, opinion
from orchestrion.kpis.weighing import scores

SIDES = {"hours": "most", "kept": "least"}


def played(label: str, euros: list[float], base: str | None = None, **amounts: list[float]) -> Played:
    return Played(label, list(range(len(euros))), euros, amounts, base=base)


# rich earns 100 more and asks 10 hours more; green emits 50 kg less than both
RICH = played("rich", [1100.0, 1110.0], hour=[30.0, 30.0], co2e=[100.0, 100.0])
CALM = played("calm", [1000.0, 1010.0], hour=[20.0, 20.0], co2e=[100.0, 100.0])
GREEN = played("green", [960.0, 970.0], hour=[25.0, 25.0], co2e=[50.0, 50.0])
TABLE = [RICH, CALM, GREEN]


def of(department: str, table: list[Played] = TABLE, **prices: float) -> Opinion:
    return opinion(department, 1, prices, {}, table, SIDES)


def test_each_department_prefers_what_pays_at_its_prices() -> None:
    assert of("it").preferred == "rich"
    assert of("retail", hour=12.0).preferred == "calm"  # rich: 1,105 - 360; calm: 1,005 - 240
    assert of("supply_chain", co2e=4.0).preferred == "green"  # rich 705, green 765


def test_regret_is_what_the_choice_of_others_costs_at_one_s_own_prices() -> None:
    retail = of("retail", hour=12.0)
    assert {row.label: row.regret for row in retail.rows} == pytest.approx({"rich": 20.0, "calm": 0.0, "green": 100.0})
    assert retail.of("rich").share == pytest.approx(0.2)


def test_one_price_drives_the_disagreement_and_would_end_it() -> None:
    found = driver(of("it"), of("retail", hour=12.0), flat(TABLE))
    assert (found["kind"], found["criterion"], found["alone"]) == ("weight", "hour", True)
    assert found["flips"] == "it"
    assert found["flip"] == pytest.approx(10.0)  # at ten euros an hour rich and calm are worth the same


def test_no_single_price_settles_what_two_make() -> None:
    rich = played("rich", [1000.0] * 2, hour=[30.0] * 2, co2e=[30.0] * 2)
    poor = played("poor", [900.0] * 2, hour=[20.0] * 2, co2e=[20.0] * 2)
    # 6 euros on either takes 60 of the 100 euros of lead, both together turn it; to take one of them back is enough for
    # retail (it needs 20 of the 60), which is named as the one who would turn
    found = driver(of("it", [rich, poor]), of("retail", [rich, poor], hour=6.0, co2e=6.0), flat([rich, poor]))
    assert found["flips"] == "retail"
    assert found["flip"] == pytest.approx(4.0)  # down from six: at four and six the hundred are made up for
    # a third price, against: now neither turns by a single one
    found = driver(of("it", [rich, poor]), of("retail", [rich, poor], hour=12.0, co2e=12.0), flat([rich, poor]))
    assert found["flips"] == "it"
    three = [
        played("rich", [1000.0] * 2, a=[10.0] * 2, b=[10.0] * 2, c=[10.0] * 2),
        played("poor", [900.0] * 2, a=[0.0] * 2, b=[0.0] * 2, c=[0.0] * 2),
    ]
    found = driver(of("it", three), of("retail", three, a=9.0, b=9.0, c=9.0), flat(three))
    assert (found["alone"], found["flips"], found["flip"]) == (False, None, None)


def test_a_mind_changes_where_the_other_s_choice_beats_all_and_not_where_it_beats_the_first() -> None:
    table = flat([
        played("x", [100.0] * 2, hour=[30.0] * 2),
        played("z", [80.0] * 2, hour=[20.0] * 2),
        played("y", [0.0] * 2, hour=[10.0] * 2),
    ])  # fmt: skip
    found = driver(of("it", table), of("retail", table, hour=20.0), table)
    assert (found["criterion"], found["flips"]) == ("hour", "it")
    assert found["flip"] == pytest.approx(8.0)  # at five y passes x, but z is first from two on


def test_a_red_line_can_be_the_whole_reason() -> None:
    table = [
        Played("rich", [0, 1], [1100.0, 1110.0], {"hour": [30.0, 30.0]}, {"hours": {0: 9.0, 1: 10.0}}),
        Played("calm", [0, 1], [1000.0, 1010.0], {"hour": [20.0, 20.0]}, {"hours": {0: 5.0, 1: 5.0}}),
    ]
    free, bound = opinion("it", 1, {}, {}, table, SIDES), opinion("retail", 1, {}, {"hours": 8.0}, table, SIDES)
    assert (bound.best, bound.preferred) == ("rich", "calm")
    crossing = bound.of("rich").crossings[0]
    assert (crossing.measure, crossing.value, crossing.sure) == ("hours", 9.5, False)  # 9.5 +- 6.4
    found = driver(free, bound, flat(table))
    assert (found["kind"], found["measure"]) == ("red_line", "hours")


def test_a_limit_from_below_is_crossed_from_below() -> None:
    table = [Played("a", [0, 1], [1.0, 1.0], {"hour": [0.0, 0.0]}, {"kept": {0: 0.90, 1: 0.90}})]
    assert opinion("it", 1, {}, {"kept": 0.95}, table, SIDES).rows[0].crossings[0].sure
    assert not opinion("it", 1, {}, {"kept": 0.85}, table, SIDES).rows[0].crossings


def test_compromises_come_by_what_the_worst_off_department_loses() -> None:
    heard = [of("it"), of("retail", hour=12.0), of("supply_chain", co2e=4.0)]
    found = {one["label"]: one for one in compromises(heard, TABLE)}
    order = [one["label"] for one in compromises(heard, TABLE)]
    # it: rich 0, calm 100/140, green 1; retail: .2, 0, 1; supply chain: 60/160, 1, 0
    assert found["rich"]["worst"]["share"] == pytest.approx(60 / 160)
    assert found["calm"]["worst"]["share"] == pytest.approx(1.0)
    assert order[0] == "rich"
    assert all(one["front"] for one in found.values())


def test_what_all_departments_like_less_is_behind_the_front() -> None:
    worse = played("worse", [500.0, 510.0], hour=[40.0, 40.0], co2e=[200.0, 200.0])
    table = [*TABLE, worse]
    heard = [of("it", table), of("retail", table, hour=12.0)]
    found = {one["label"]: one for one in compromises(heard, table)}
    assert not found["worse"]["front"]


def test_a_trial_stands_as_far_from_its_base_as_on_the_customers_they_share() -> None:
    base = played("base", [100.0, 200.0, 300.0, 400.0], hour=[1.0, 2.0, 3.0, 4.0])
    trial = Played("trial", [0, 1], [110.0, 230.0], {"hour": [1.0, 4.0]}, base="base")
    by = {"base": base, "trial": trial}
    assert mean_score(trial, by, {}) == pytest.approx(250.0 + (10 + 30) / 2)
    assert mean_score(trial, by, {"hour": 5.0}) == pytest.approx((250 - 12.5) + 20 - 5 * 1)


amounts = st.floats(0.0, 1_000.0)
worlds = st.integers(2, 5).flatmap(
    lambda n: st.lists(st.tuples(st.floats(-1e5, 1e5), amounts, amounts, amounts), min_size=n, max_size=n)
)


euros = st.fixed_dictionaries({key: st.floats(0.0, 50.0) for key in "abc"})
Rows = list[tuple[float, float, float, float]]


def world(rows: Rows) -> list[Played]:
    return [
        played(f"s{i}", [euro, euro + 1.0], a=[a, a], b=[b, b], c=[c, c]) for i, (euro, a, b, c) in enumerate(rows)
    ]


@given(worlds, euros)
def test_scores_are_those_of_the_report(rows: Rows, prices: dict[str, float]) -> None:
    table = world(rows)
    found = {row.label: row.score for row in opinion("it", 1, prices, {}, table, SIDES).rows}
    for one in table:
        direct = float(np.mean(scores(one.contribution, one.amounts, prices)))
        assert found[one.label] == pytest.approx(direct, rel=1e-9, abs=1e-9)
        assert scored(flat(table), prices)[one.label] == pytest.approx(direct, rel=1e-9, abs=1e-6)


def lead_of(wanted: str, table: list[Played], prices: dict[str, float], price: float) -> float:
    """How far it is ahead of the best of all others at a price of "a"."""
    found = scored(table, {**prices, "a": price})
    return found[wanted] - max(value for name, value in found.items() if name != wanted)


def test_from_the_flip_price_on_the_other_s_choice_is_first_and_not_before() -> None:
    """Against a walk along the price, in worlds drawn so that more than two are in the running."""
    chance, asked = np.random.default_rng(7), 0
    for _ in range(300):
        rows = chance.uniform([0, 0, 0, 0], [4_000, 100, 100, 100], (int(chance.integers(2, 6)), 4))
        table = flat(world([tuple(row) for row in rows.tolist()]))
        prices = dict(zip("abc", chance.uniform(0, 30, 3).tolist(), strict=True))
        now, there = prices["a"], float(chance.uniform(0, 100))

        wanted = best_of(scored(table, {**prices, "a": there}))
        lead = partial(lead_of, wanted, table, prices)
        if lead(now) >= 0.0:
            continue
        asked += 1
        at = flip_price(table, prices, "a", wanted)
        assert at is not None
        assert min(now, there) <= at <= max(now, there)
        assert abs(lead(at)) < 1e-6
        steps = np.linspace(0.01, 0.99, 9)
        assert all(lead(now + step * (at - now)) < 0.0 for step in steps)  # nowhere before,
        assert all(lead(at + step * (there - at)) > 0.0 for step in steps)  # everywhere after
    assert asked > 50


def test_a_department_without_voices_is_not_part_of_the_disagreement() -> None:
    silent = opinion("retail", 0, {"hour": 12.0}, {}, TABLE, SIDES)
    found = disagreement([of("it"), silent], TABLE)
    assert found["agreed"] == "rich"
    assert found["pairs"] == []
    assert math.isclose(found["compromises"][0]["worst"]["share"], 0.0)
