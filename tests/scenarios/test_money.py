"""Agreements about money in a document: what they compile to, and what is refused, where."""

from __future__ import annotations

from pathlib import Path

import pytest

import orchestrion as orc
from orchestrion.domain.money import CashTerms, SaleCredit
from orchestrion.simulation.engine import dimensions

YAML = """
title: Money
network:
  stores_table: null
  nodes:
    own: {role: store, lat: 50.63, lon: 3.06}
    partner: {role: store, lat: 48.85, lon: 2.35, franchised: true}
    keen: {role: store, lat: 45.75, lon: 4.85, franchised: true, ships: true}
visibility: {web_sees: [warehouses, stores]}
"""


def load(tmp_path: Path, more: str = "") -> orc.Scenario:
    file = tmp_path / "money.yaml"
    file.write_text(YAML + more, encoding="utf-8")
    return orc.load_scenario(file)


def test_a_franchised_store_ships_for_the_web_only_where_it_opts_in(tmp_path: Path) -> None:
    nodes = {node.key: node for node in load(tmp_path).compile().nodes}
    assert [nodes[key].franchised for key in ("own", "partner", "keen")] == [False, True, True]
    assert [nodes[key].ships for key in ("own", "partner", "keen")] == [True, False, True]
    assert [nodes[key].web_visible for key in ("own", "partner", "keen")] == [True, False, True]
    assert all(nodes[key].walk_ins for key in ("own", "partner", "keen"))


def test_the_defaults_credit_the_shipping_node_and_pay_by_law_or_habit(tmp_path: Path) -> None:
    money = load(tmp_path).compile().economics
    assert money.credit == SaleCredit(ordering=0.0, shipping=1.0, collection=0.0)
    assert money.cash == CashTerms(
        supplier_days=60, carrier_days=30, other_days=30, wages_month_end=True, online_days=2, store_days=1,
        marketplace_days=14, refund_days=5,
    )  # fmt: skip
    assert (money.marketplace_commission, money.franchise_commission) == (0.15, 0.2)


def test_the_facts_carry_what_was_agreed(tmp_path: Path) -> None:
    more = """
time: {start: 2026-09-07}
economics:
  sale_credit: {ordering: 0.25, shipping: 0.5, collection: 0.25}
  cash: {capture: hand_over, supplier_days: 45, supplier_month_end: true, opening_paid: 0.5}
"""
    terms = dimensions(load(tmp_path, more).compile())["terms"]
    known = dict(zip(terms["key"], terms["value"], strict=True))
    assert known["credit_ordering"] == known["credit_collection"] == 250_000
    assert (known["capture_at_hand_over"], known["supplier_days"], known["supplier_month_end"]) == (1, 45, 1)
    assert known["opening_paid"] == 500_000
    assert known["start"] == 739_866  # 7 September 2026


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("economics: {sale_credit: {ordering: 0.5}}", r"money\.yaml:10: economics\.sale_credit.*must sum to 1.*1\.5"),
        ("economics: {cash: {supplier_days: -1}}", r"money\.yaml:10: economics\.cash\.supplier_days"),
        ("economics: {cash: {supplier_days: 4.5}}", r"money\.yaml:10: economics\.cash\.supplier_days"),
        ("economics: {cash: {capture: later}}", r"money\.yaml:10: economics\.cash\.capture"),
        ("economics: {marketplace_commission: 1.5}", r"money\.yaml:10: economics\.marketplace_commission"),
        ("economics: {franchise_commission: .nan}", r"money\.yaml:10: economics\.franchise_commission"),
    ],
)
def test_a_mistake_is_told_at_its_line(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(orc.InputError, match=told):
        load(tmp_path, line + "\n")
