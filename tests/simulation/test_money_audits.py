"""The audits of money hold whatever was agreed, and notice a euro that is missing or there twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import audits
import numpy as np
import pytest
from audits import accounts
from busy_towns import busy, hurried
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrion.domain.codes import Channel, Component, EventKind, Reason
from orchestrion.domain.facts import SCHEMA, Facts, Table
from orchestrion.domain.money import CashTerms, SaleCredit
from orchestrion.domain.world import World
from orchestrion.kpis.accounts import Accounts
from orchestrion.kpis.cases import Cases
from orchestrion.simulation.engine import dimensions

FRANCHISED = {"store_2": {"franchised": True}}


def agreed(world: World, **changes: Any) -> World:
    """The same town with other agreements about money: what happens in it stays the same."""
    return replace(world, economics=replace(world.economics, **changes))


def read_by(world: World, facts: Facts, **tables: Table) -> Facts:
    """The same facts read under a world's agreements, with some tables exchanged."""
    return Facts({**facts.tables, **tables}, dimensions(world), facts.warm_up_s, facts.horizon_s, facts.end_s)


def some_returns(facts: Facts) -> Table:
    """Every fifth line picked comes back a day later to where it was picked."""
    events, lines = facts["events"], facts["lines"]
    rows = np.flatnonzero(events["kind"] == EventKind.PICKED)[::5]
    where = {(o, n): i for i, (o, n) in enumerate(zip(lines["order"].tolist(), lines["line"].tolist(), strict=True))}
    at = [where[key] for key in zip(events["order"][rows].tolist(), events["line"][rows].tolist(), strict=True)]
    table = {name: np.full(rows.size, -1, field.dtype) for name, field in SCHEMA["returns"].items()}
    for column in ("order", "line", "shipment", "node"):
        table[column] = events[column][rows]
    table |= {
        "t": events["t"][rows] + 86_400,
        "sku": lines["sku"][at],
        "qty": np.ones(rows.size, np.int64),
        "reason": np.full(rows.size, Reason.RETURNED, np.int16),
        "refund": np.rint(lines["price"][at] / 1.2).astype(np.int64),
    }
    return table


@pytest.fixture(scope="module")
def town() -> World:
    return busy(nodes=FRANCHISED)


@pytest.fixture(scope="module")
def plain(town: World) -> Facts:
    return audits.run(town, seed=3)


def sold_everywhere(facts: Facts) -> Table:
    """The orders as if every third had come through a marketplace."""
    orders = {name: column.copy() for name, column in facts["orders"].items()}
    orders["channel"][::3] = Channel.MARKETPLACE
    return orders


shares = st.tuples(st.integers(0, 10), st.integers(0, 10), st.integers(0, 10)).filter(any)
days = st.integers(0, 70)


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(credit=shares, terms=st.tuples(*[days] * 7), flags=st.tuples(*[st.booleans()] * 5), percent=st.integers(0, 100))
def test_the_books_balance_whatever_was_agreed(
    town: World, plain: Facts, credit: tuple[int, ...], terms: tuple[int, ...], flags: tuple[bool, ...], percent: int
) -> None:
    names = ("supplier", "carrier", "other", "online", "store", "marketplace", "refund")
    month_end, wages, later, market, returns = flags
    cash = CashTerms(
        **{f"{name}_days": days for name, days in zip(names, terms, strict=True)},
        supplier_month_end=month_end,
        wages_month_end=wages,
        capture_at_hand_over=later,
        opening_paid=percent / 100,
    )
    whole = sum(credit)
    world = agreed(
        town,
        credit=SaleCredit(ordering=credit[0] / whole, shipping=credit[1] / whole, collection=credit[2] / whole),
        cash=cash,
        marketplace_commission=percent / 300,
        franchise_commission=percent / 250,
    )
    tables = {"orders": sold_everywhere(plain)} if market else {}
    tables |= {"returns": some_returns(plain)} if returns else {}
    accounts.books_balance(world, read_by(world, plain, **tables))


def test_agreements_about_money_change_nothing_that_happens(town: World, plain: Facts) -> None:
    other = agreed(
        town,
        credit=SaleCredit(ordering=1.0, shipping=0.0),
        cash=CashTerms(supplier_days=60, capture_at_hand_over=True),
        franchise_commission=0.2,
    )
    assert audits.digest(audits.run(other, seed=3)) == audits.digest(plain)


def test_a_refund_forgotten_is_noticed(monkeypatch: pytest.MonkeyPatch, town: World, plain: Facts) -> None:
    facts = read_by(town, plain, returns=some_returns(plain))
    accounts.sales_are_what_was_sold(town, facts)
    right = Accounts.came_back.func
    monkeypatch.setattr(
        Accounts, "came_back", property(lambda self: {name: column[:0] for name, column in right(self).items()})
    )
    with pytest.raises(AssertionError):
        accounts.sales_are_what_was_sold(town, facts)


def test_a_sale_credited_twice_is_noticed(monkeypatch: pytest.MonkeyPatch, town: World, plain: Facts) -> None:
    accounts.books_balance(town, plain)
    right = Accounts._transfer

    def given_and_not_taken(self: Accounts, *given: Any) -> Cases:
        both = right(self, *given)
        return Cases(np.maximum(both.values, 0), both.keys, both.rows, both.per)

    monkeypatch.setattr(Accounts, "_transfer", given_and_not_taken)
    with pytest.raises(AssertionError):
        accounts.books_balance(town, plain)


@pytest.mark.parametrize("component", [Component.HOLDING, Component.CARRIAGE, Component.FEE])
def test_a_day_of_holding_or_a_cost_booked_twice_is_noticed(component: Component) -> None:
    world = hurried()
    facts = audits.run(world, seed=3)
    audits.audit(world, facts)
    victim = np.flatnonzero(facts["costs"]["component"] == component)[0]
    again = {name: np.insert(values, victim, values[victim]) for name, values in facts["costs"].items()}
    tampered = Facts({**facts.tables, "costs": again}, facts.dims, facts.warm_up_s, facts.horizon_s, facts.end_s)
    with pytest.raises(AssertionError):
        audits.audit(world, tampered)
