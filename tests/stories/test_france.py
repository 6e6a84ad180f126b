"""The bundled retailer: the headline is what was calibrated, and every scenario meets the same customers."""

from __future__ import annotations

import numpy as np
import pytest

import orchestrion as orc
from orchestrion.domain.codes import Channel
from orchestrion.domain.facts import Facts
from orchestrion.experiments.demo import SCENARIOS
from orchestrion.policies.sourcing import make_policy

ONE_WEEK = {"time.warm_up_weeks": 0, "time.measured_weeks": 1}
EXOGENOUS = ("request", "t", "basket", "channel", "zone", "place", "node", "sku", "qty", "option", "value")
FIXED = {"replications": 6, "seed": 2026}


def run(**changes: object) -> dict[str, Facts]:
    facts = {}
    for name in SCENARIOS:
        world = orc.load_scenario(name).vary("one week", ONE_WEEK | changes).compile()
        facts[name] = orc.simulate(world, make_policy(world.policy), seed=2026, replication=3)
    return facts


@pytest.fixture(scope="module")
def one_week() -> dict[str, Facts]:
    return run()


@pytest.mark.slow
def test_the_seven_scenarios_meet_the_same_requests_row_by_row(one_week: dict[str, Facts]) -> None:
    first = one_week["france_siloed"]["requests"]
    assert len(first["request"]) > 30_000
    for name, facts in one_week.items():
        for column in EXOGENOUS:
            assert np.array_equal(facts["requests"][column], first[column]), (name, column)


@pytest.mark.slow
def test_a_parcel_sent_in_two_scenarios_has_the_same_luck_on_the_road(one_week: dict[str, Facts]) -> None:
    # same order, node, service, hop and hand-over: the arrival is drawn by luck alone
    def parcels(name: str) -> dict[tuple[int, ...], int]:
        sent = one_week[name]["shipments"]
        keys = ("order", "node", "service", "hop", "lines", "units", "handed_t")
        rows = zip(*(sent[key].tolist() for key in keys), strict=True)
        return {key: t for key, t in zip(rows, sent["received_t"].tolist(), strict=True) if key[-1] >= 0}

    siloed, unified = parcels("france_siloed"), parcels("france_unified")
    common = sorted(siloed.keys() & unified.keys())
    assert len(common) > 1_000
    assert [siloed[key] for key in common] == [unified[key] for key in common]


def test_siloed_ships_from_warehouses_only_and_unified_from_stores_too() -> None:
    few = {"assortment.skus": 100, "demand.online.orders_per_day": 60, "demand.walk_in.per_day": 400}
    for name, facts in run(**few).items():
        roles = np.array(facts.dims["nodes"]["role"])[facts["shipments"]["node"]]
        assert len(roles) > 200
        assert (set(roles) == {"warehouse"}) == (name == "france_siloed"), name


def test_demand_is_as_large_as_said() -> None:
    """About 40,000 online orders and 250,000 walk-in intents in eight measured weeks, asked for before availability."""
    from orchestrion.demand import weeks
    from orchestrion.streams import Streams

    world = orc.load_scenario("france_autumn").compile()
    channel = np.concatenate([b.channel[b.t >= world.warm_up_s] for b in weeks(world, Streams(2026, 0))])
    asked = int((channel != Channel.WALK_IN).sum())
    # those who would buy only at a better offer than the usual come too; the others are the orders asked for
    online = asked / world.offers.potential
    assert abs(online / 40_000 - 1) < 0.05
    assert abs((len(channel) - asked) / 250_000 - 1) < 0.05
    assert len(world.nodes) == 62
    assert len(world.skus) == 1_200


@pytest.mark.slow
def test_today_a_quarter_of_the_web_range_is_out_of_stock_and_it_costs_at_least_15_percent() -> None:
    siloed = orc.load_scenario("france_siloed")
    deeper = siloed.vary("half as much again in the warehouses", {"stock.warehouse_factor": 1.5})
    study = orc.compare([siloed, deeper], facts="none", **FIXED)
    now, more = study.labels
    u = study.estimate("stockout_rate", now)
    assert 0.23 <= u.low <= u.high <= 0.27
    assert study.estimate("lost_sales_share", now).low >= 0.15
    assert abs(study.estimate("demand_stockout_rate", now).mean - u.mean) <= 0.05
    for kpi in ("stockout_rate", "lost_sales_share"):
        assert study.difference(kpi, more, now).high < 0, kpi
