"""Draining stock is no gain: what is sold is paid for in full, and what is left is worth no more than it will bring."""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
import pytest
import towns

from orchestrion.domain.codes import Component
from orchestrion.domain.facts import Facts
from orchestrion.domain.world import World
from orchestrion.kpis import measure
from orchestrion.units import DAY, MICRO

FREE = {"capital_rate": 0.0, "season_end_s": 400 * DAY}  # a long season: whatever is left will sell


def store(units: int, **changes: Any) -> World:
    """One store of shirts that four customers a day walk into, fed from a warehouse."""
    settings: dict[str, Any] = {
        "stock": [[400, units]], "node_km": (0, 10), "place_km": (0,), "online_per_day": 0.0, "walk_ins": 4.0,
        "replenishment": {"unit_cost": 0}, "economics": FREE,
    }  # fmt: skip
    return towns.town(**(settings | changes))


def kpi(facts: Facts, key: str) -> float:
    return float(measure(facts, ("all",), [key])["value"][0])


def test_a_store_that_is_not_refilled_gains_nothing_by_its_empty_shelves() -> None:
    refilled = audits.run(store(200, low=199, up_to=200))
    drained = audits.run(store(200))
    assert kpi(refilled, "revenue") == kpi(drained, "revenue") > 100
    assert kpi(refilled, "contribution") == pytest.approx(kpi(drained, "contribution"), abs=1e-6)
    assert kpi(drained, "stock_costs") == 0


def test_buying_what_sells_later_is_no_loss_and_not_buying_it_no_gain() -> None:
    weekly = {"unit_cost": 0, "supplier_lead_days": (1, 1)}
    buys = store(200, low=[[399, 199]], up_to=[[800, 200]], replenishment=weekly)
    facts, still = audits.run(buys), audits.run(store(200))
    assert kpi(facts, "cash_released") < kpi(still, "cash_released")  # the money lies in stock
    assert kpi(facts, "contribution") == pytest.approx(kpi(still, "contribution"), abs=1e-6)


def test_a_unit_that_nobody_will_buy_in_its_season_is_a_loss_already_and_selling_it_a_gain() -> None:
    over = {"economics": {"capital_rate": 0.0, "season_end_s": 14 * DAY}}
    facts = audits.run(store(200, stock=[[0, 200]], **over))
    sold = int(facts["requests"]["qty"][facts["requests"]["served_at"] >= 0].sum())
    wanted = 14 * 4.0
    # a shirt costs 8 and brings 5 after the season; those sold beyond the plan were written down before
    booked = facts["costs"]["amount"][facts["costs"]["component"] == Component.WRITE_DOWN].sum() / MICRO
    assert booked == pytest.approx(3 * ((200 - sold) - (200 - wanted)), abs=1e-5)
    assert kpi(facts, "markdown_exposure") == pytest.approx(booked)


def test_units_that_vanish_are_paid_for() -> None:
    clumsy = audits.run(store(50, online_per_day=10.0, pick_success=0.5, walk_ins=0.0))
    stock = clumsy["stock"]
    gone = int(-stock["d_physical"][np.isin(stock["kind"], (4, 10))].sum())
    booked = clumsy["costs"]["amount"][clumsy["costs"]["component"] == Component.WRITE_OFF]
    assert gone > 10
    assert booked.sum() == gone * 8 * MICRO
