"""Patience: who waits how long for picking to begin; an attribute of the wish that shifts nothing else."""

from __future__ import annotations

from dataclasses import replace

import audits
import numpy as np
import pytest
from draws import drawn, fits
from scipy import stats
from towns import three_stores

import orchestrion as orc
from orchestrion.domain.codes import Channel
from orchestrion.domain.orders import Order
from orchestrion.domain.patience import Patience
from orchestrion.domain.plan import Plan
from orchestrion.domain.requests import BASKET_COLUMNS, LINE_COLUMNS
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate
from orchestrion.units import HOUR

IMPATIENT = Patience(forever=0.6, median_s=48 * HOUR, sigma=0.5)


def town(law: Patience | None, **changes: object) -> orc.World:
    return three_stores(walk_ins=30.0, online_per_day=60.0, days=28, mechanisms={"patience": law}, **changes)


def test_unless_asked_for_everybody_waits_for_ever() -> None:
    assert (drawn(town(None)).patience == -1).all()


def test_a_share_waits_for_ever_and_the_others_a_lognormal_time() -> None:
    patience = drawn(town(IMPATIENT)).patience
    forever = int((patience == -1).sum())
    assert fits(forever, 0.6, len(patience))
    logs = np.log(patience[patience > 0] / (48 * HOUR)) / 0.5
    assert len(logs) + forever == len(patience)
    assert stats.kstest(logs, "norm").pvalue > 0.001


def test_patience_shifts_nothing_else() -> None:
    with_it, without = drawn(town(IMPATIENT)), drawn(town(None))
    for column in (*BASKET_COLUMNS, *LINE_COLUMNS):
        if column != "patience":
            assert getattr(with_it, column).tolist() == getattr(without, column).tolist(), column


def test_more_walk_ins_make_no_online_customer_less_patient() -> None:
    few, many = drawn(town(IMPATIENT)), drawn(replace(town(IMPATIENT), demand=town(None).demand))
    assert few.patience.tolist() == many.patience.tolist()
    crowd = drawn(three_stores(walk_ins=60.0, online_per_day=60.0, days=28, mechanisms={"patience": IMPATIENT}))
    online = [block.patience[block.channel != Channel.WALK_IN].tolist() for block in (few, crowd)]
    assert online[0] == online[1]


def test_the_policy_sees_how_long_each_customer_waits() -> None:
    seen: dict[int, int] = {}

    class Curious:
        def decide(self, orders: list[Order], view: orc.NetworkView) -> Plan:
            seen.update((order.id, order.patience) for order in orders)
            return nearest.decide(orders, view)

    nearest = make_policy("nearest")
    world = town(IMPATIENT)
    simulate(world, Curious(), seed=1, replication=0)
    block = drawn(world)
    of = np.repeat(block.patience, block.lines).tolist()
    assert len(set(seen.values())) > 40
    assert all(patience == of[order] for order, patience in seen.items())


def test_a_replayed_customer_waits_for_ever() -> None:
    world = three_stores(wishes=[(HOUR, 0, 0, 0, -1, [(0, 1)])], mechanisms={"patience": IMPATIENT})
    assert drawn(world).patience.tolist() == [-1]


def test_a_scenario_turns_it_on_with_the_shipped_law() -> None:
    france = orc.load_scenario("france_unified").with_override("textbook")
    assert france.compile().patience is None
    law = france.vary("impatient", {"demand.patience.on": True}).compile().patience
    assert law == Patience(forever=0.85, median_s=72 * HOUR, sigma=0.7)


def test_nobody_reacts_to_it_by_themselves() -> None:
    # withdrawing is the desk's business: the door only hands the slip on
    plain, patient = (audits.run(town(law)) for law in (None, Patience(forever=1.0, median_s=1, sigma=0.0)))
    assert audits.digest(plain) == audits.digest(patient)


@pytest.mark.parametrize("wrong", [{"forever": 1.2}, {"median_hours": 0}, {"sigma": -1}])
def test_an_impossible_law_is_refused_where_it_is_written(wrong: dict[str, float]) -> None:
    france = orc.load_scenario("france_unified").with_override("textbook")
    with pytest.raises(orc.InputError, match=rf"demand\.patience\.{next(iter(wrong))}"):
        france.vary("wrong", {"demand.patience": wrong})
