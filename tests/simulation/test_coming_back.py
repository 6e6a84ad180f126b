"""Returns: who gives what back, where to, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import audits
import numpy as np
import pytest
import road_towns
from road_towns import returns
from test_doors_and_counters import booked, one_order
from towns import COLLECT, replay, three_stores

from orchestrion.domain.codes import Component, Disposition, EventKind, Leg, Reason
from orchestrion.domain.facts import Facts
from orchestrion.domain.world import World
from orchestrion.kpis import measure
from orchestrion.units import DAY, HOUR, MICRO


def town(rate: float = 0.3, law: dict[str, Any] | None = None, **changes: Any) -> World:
    settings: dict[str, Any] = {"stock": [[3000, 300, 300, 300]] * 3, "online_per_day": 60.0, "run_off_days": 14}
    world = three_stores(**(settings | changes))
    return replace(world, returns=returns(world, rate, **(law or {})))


def kpi(facts: Facts, key: str) -> float:
    """One KPI over everything."""
    return float(measure(facts, only=[key])["value"][0])


def given_back(facts: Facts) -> set[tuple[int, int]]:
    """(order, line) of what customers gave back."""
    return set(audits.records(facts["events"], "order", "line", kind=EventKind.RETURNED))


def test_a_posted_shirt_is_back_on_the_shelf_after_its_way_and_its_inspection() -> None:
    world = three_stores()
    world = one_order(replace(world, returns=returns(world, 1.0, store_share=0.0, restock=np.ones(3))))
    facts = audits.run(world)
    audits.audit(world, facts)
    row = {name: column.tolist()[0] for name, column in facts["returns"].items()}
    delivered = facts["shipments"]["received_t"].tolist()[0]
    assert row["sent_t"] == delivered + 2 * DAY
    # posted on Friday at noon, two working days, checked in two minutes of opening hours
    assert row["t"] == row["sent_t"] + 3 * DAY + 120
    assert (row["node"], row["reason"], row["disposition"]) == (0, Reason.RETURNED, Disposition.RESTOCKED)
    assert row["refund"] == round(20 * MICRO / 1.2)
    # the parcel from the west (km 0) to the warehouse (km 100) costs what it cost to send it there
    assert booked(facts, "costs", "component", Component.RETURN_CARRIAGE) == 5 * MICRO
    assert booked(facts, "costs", "component", Component.INSPECTION) == 600_000  # two minutes at 18 EUR an hour
    assert booked(facts, "costs", "component", Component.FEE) == 0  # nothing kept: the fee is given back
    # .3 kg: 50 km agency to agency by truck, 35 km by van, one stop of a hundred
    assert booked(facts, "emissions", "leg", Leg.RETURN) == 1_500 + 10_500 + 300_000


def test_a_shirt_brought_to_the_store_needs_no_parcel_but_a_trip() -> None:
    world = three_stores()
    world = one_order(replace(world, returns=returns(world, 1.0, store_share=1.0, restock=np.zeros(3))))
    facts = audits.run(world)
    audits.audit(world, facts)
    assert facts["returns"]["node"].tolist() == [1]
    assert facts["returns"]["service"].tolist() == [-1]
    assert booked(facts, "costs", "component", Component.RETURN_CARRIAGE) == 0
    assert booked(facts, "costs", "component", Component.RETURN_WRITE_OFF) == 8 * MICRO  # worn: at cost
    assert booked(facts, "emissions", "leg", Leg.RETURN) == 2_000_000  # 20 km there and back at 200 g, half of it
    assert kpi(facts, "co2e_per_order") - kpi(facts, "co2e_per_order_no_trip") == pytest.approx(2.0)


def test_a_collected_order_comes_back_to_its_store() -> None:
    world = three_stores()
    world = one_order(replace(world, returns=returns(world, 1.0, store_share=1.0)), COLLECT, 0, 3)
    facts = audits.run(world)
    assert facts["returns"]["node"].tolist() == [3]
    audits.audit(world, facts)


def test_an_order_of_which_something_is_kept_keeps_its_fee() -> None:
    world = three_stores()
    wishes = replay([(10 * HOUR, 0, 0, 0, -1, ((0, 1), (1, 1)))])
    world = replace(world, demand=replace(world.demand, replay=wishes, online_per_day=0.0))
    law = replace(returns(world), rate=np.array([1.0, 0.0, 0.0]))
    facts = audits.run(replace(world, returns=law))
    assert booked(facts, "costs", "component", Component.FEE) == -round(4 * MICRO / 1.2)
    assert len(facts["returns"]["order"]) == 1


@pytest.mark.parametrize("rate", [0.08, 0.25])
def test_the_share_of_lines_given_back_is_the_rate(rate: float) -> None:
    world = town(rate, online_per_day=150.0, days=28)
    facts = audits.run(world)
    early = set(audits.records(rows_before(facts, world.end_s - 4 * DAY), "order"))
    lines = [key for key in audits.records(facts["lines"], "order", "line") if (key[0],) in early]
    share = len(given_back(facts) & set(lines)) / len(lines)
    assert len(lines) > 4000
    assert share == pytest.approx(rate, abs=3.3 * (rate * (1 - rate) / len(lines)) ** 0.5)


def rows_before(facts: Facts, t: int) -> dict[str, Any]:
    """Shipments received early enough for their returns to have been seen."""
    shipments = facts["shipments"]
    return audits.rows(shipments, (shipments["received_t"] >= 0) & (shipments["received_t"] < t))


def test_the_same_lines_come_back_under_every_policy_and_to_the_same_node() -> None:
    world = town()
    a, b = (audits.run(world, policy) for policy in ("nearest", "warehouse_first"))
    assert set(a["shipments"]["node"].tolist()) != set(b["shipments"]["node"].tolist())
    lines = [given_back(facts) for facts in (a, b)]
    assert len(lines[0] & lines[1]) > 0.9 * max(map(len, lines))  # some fall beyond the end under one of the two
    nodes = [{(o, n): at for o, n, at in audits.records(f["returns"], "order", "line", "node")} for f in (a, b)]
    both = nodes[0].keys() & nodes[1].keys()
    assert len(both) > 100
    assert all(nodes[0][key] == nodes[1][key] for key in both)


def test_more_returns_lower_the_contribution() -> None:
    values = [kpi(audits.run(town(rate)), "contribution") for rate in (0.0, 0.1, 0.3)]
    assert values[0] > values[1] > values[2]


def test_returns_restocked_serve_later_customers() -> None:
    few = {"stock": [[150, 5, 5, 5]] * 3, "online_per_day": 30.0, "days": 28}
    kept, back = (audits.run(town(rate, {"restock": np.ones(3)}, **few)) for rate in (0.0, 0.5))
    assert len(back["orders"]["order"]) > len(kept["orders"]["order"])


def test_every_identity_holds_where_everything_comes_back() -> None:
    world = road_towns.restless()
    for seed in (5, 6):
        facts = audits.run(world, "cheapest", seed=seed)
        audits.audit(world, facts)
        reasons = Counter(facts["returns"]["reason"].tolist())
        assert set(reasons) == {Reason.RETURNED, Reason.UNDELIVERED, Reason.NO_SHOW}
