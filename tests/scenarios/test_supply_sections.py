"""Ordering, backorders, transfers and the change of collection, from the document to the World and through a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import audits
import numpy as np
import pytest

import orchestrion as orc
from orchestrion.domain.codes import Component, Role, StockKind
from orchestrion.scenarios.compile.supply import classes
from orchestrion.units import DAY, HOUR

SMALL = {
    "time.warm_up_weeks": 0, "time.measured_weeks": 2, "time.run_off_days": 7, "assortment.skus": 40,
    "demand.online.orders_per_day": 60,
}  # fmt: skip
ON = {
    "replenishment.ordering.on": True, "replenishment.backorders.on": True, "replenishment.transfers.on": True,
    "season.on": True, "season.waves.outgoing.exit_day": 6, "season.waves.incoming.launch_day": 7,
}  # fmt: skip


@pytest.fixture(scope="module")
def france() -> orc.Scenario:
    return orc.load_scenario("france_siloed").vary("small", SMALL)


def test_all_is_off_unless_the_document_says_otherwise(france: orc.Scenario) -> None:
    world = france.compile()
    assert world.ordering is world.backorders is world.transfers is world.season is None


def test_classes_follow_the_share_of_planned_demand() -> None:
    # 50, 30, 15, 4, 1 of 100: A makes 80, A and B 95
    assert classes(np.array([4.0, 50.0, 15.0, 1.0, 30.0]), 0.8, 0.95).tolist() == [2, 0, 1, 2, 0]


def test_rules_go_by_kind_and_class(france: orc.Scenario) -> None:
    rules = {"A": "push", "B": "base_stock", "C": "min_max"}
    world = france.vary("rules", {
        "replenishment.ordering.on": True, "replenishment.ordering.stores.rules": rules,
        "replenishment.ordering.warehouses": {"rules": {"A": "r_q", "B": "s_s", "C": "s_s"}, "continuous": True},
    }).compile()  # fmt: skip
    asked = world.ordering
    assert asked is not None
    store = next(n.id for n in world.nodes if n.role == Role.STORE)
    warehouse = next(n.id for n in world.nodes if n.role == Role.WAREHOUSE)
    rows = zip(asked.rule[:, store], asked.rule[:, warehouse], strict=True)
    pairs = {(asked.rules[a], asked.rules[b]) for a, b in rows}
    assert pairs == {("push", "r_q"), ("base_stock", "s_s"), ("min_max", "s_s")}
    assert asked.continuous[warehouse]
    assert not asked.continuous[store]
    assert (asked.quantity >= 1).all()


def test_one_store_may_have_delivery_days_of_its_own(france: orc.Scenario) -> None:
    world = france.vary("days", {"replenishment.store_delivery_of": {"lille": ["mon", "sun"]}}).compile()
    lille = next(n.id for n in world.nodes if n.key == "lille")
    assert np.flatnonzero(world.replenishment.delivery_days[lille]).tolist() == [0, 6]
    with pytest.raises(orc.InputError, match=r"replenishment\.store_delivery_of\.lile.*no such node"):
        france.vary("typo", {"replenishment.store_delivery_of": {"lile": ["mon"]}}).compile()


def test_suppliers_may_feed_the_stores(france: orc.Scenario) -> None:
    world = france.vary("direct", {"replenishment.store_source": "suppliers"}).compile()
    assert (world.replenishment.source == -1).all()
    stores = [n.id for n in world.nodes if n.role == Role.STORE]
    reordered = (world.replenishment.low[:, stores] >= 0).any(axis=1)
    assert (reordered <= world.skus.reorderable).all()
    stock = audits.run(world, "nearest")["stock"]
    ordered = (stock["kind"] == StockKind.ORDERED) & np.isin(stock["node"], stores)
    assert ordered.any()
    assert (stock["ref"][ordered] == -1).all()


@pytest.mark.slow
def test_a_collection_is_launched_and_another_leaves(france: orc.Scenario) -> None:
    world = france.vary("season", ON).compile()
    season = world.season
    assert season is not None
    new, old = season.launch_s > 0, season.exit_s < world.end_s
    assert (new.sum(), old.sum()) == (10, 12)  # a quarter and three tenths of forty
    assert not (new & old).any()
    assert set(season.launch_s[new].tolist()) == {7 * DAY + 8 * HOUR}
    assert not world.opening_stock[new].any(), "what is not launched is not there yet"
    assert season.bought[new].any(axis=1).all()
    assert not season.bought[~new].any()
    facts = audits.run(world, "nearest", seed=2)
    audits.audit(world, facts)
    stock, costs = facts["stock"], facts["costs"]
    arrived = (stock["kind"] == StockKind.RECEIVED) & new[stock["sku"]] & (stock["t"] == 7 * DAY + 8 * HOUR)
    assert stock["d_physical"][arrived].sum() > 100
    booked = set(costs["component"].tolist())
    assert {Component.MARKDOWN, Component.REPATRIATION, Component.REPLENISHMENT} <= booked


@pytest.mark.slow
def test_less_room_keeps_more_of_a_launch_in_the_warehouse(france: orc.Scenario) -> None:
    def launched(factor: float) -> int:
        world = france.vary("room", ON | {"season.floor_factor": factor}).compile()
        stock = audits.run(world, "nearest")["stock"]
        assert world.season is not None
        new = world.season.launch_s[stock["sku"]] > 0
        morning = (stock["kind"] == StockKind.RECEIVED) & (stock["ref"] >= 0) & (stock["t"] == 7 * DAY + 8 * HOUR)
        return int(stock["d_physical"][new & morning].sum())

    assert 0 < launched(0.7) < launched(1.2)


def test_all_that_is_wrong_is_told_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(
        "extends: france_siloed\n"
        "replenishment:\n"
        "  ordering:\n"
        "    stores: {rules: {A: min_mx}}\n"
        "    lead_time: {least_days: 9, most_days: 3}\n"
        "    pack: 0\n"
        "  transfers: {at: '25:00', unit_eur: -1}\n"
        "  backorders: {patience_days: .nan}\n"
        "season:\n"
        "  waves: {outgoing: {share: 0.9}, incoming: {share: 0.4}}\n"
        "  markdowns: [{days_before_exit: 7, share_off: 0.4}, {days_before_exit: 20, share_off: 0.5}]\n"
        "  stores: burn\n"
    )
    with pytest.raises(orc.InputError) as error:
        orc.load_scenario(tmp_path / "bad.yaml").compile()
    text = str(error.value)
    for line, words in (
        (4, "did you mean 'min_max'"), (5, "most_days (3) must be least_days (9) or more"), (6, "must be 1 or more"),
        (7, "write HH:MM"), (7, "must be 0 or more"), (8, "finite"), (10, "shares sum to 1.3"),
        (11, "each deeper than the one before"), (12, "send_back"),
    ):  # fmt: skip
        assert any(f"bad.yaml:{line}:" in row and words in row for row in text.splitlines()), (line, words, text)


def test_an_outlet_must_be_a_node(france: orc.Scenario) -> None:
    with pytest.raises(orc.InputError, match=r"season\.outlet = .*no such node"):
        france.vary("outlet", {"season.on": True, "season.outlet": "nowhere"}).compile()


@pytest.mark.slow
def test_backorders_sell_what_would_have_been_lost(france: orc.Scenario) -> None:
    lean = {"stock.web_weeks": 0.3, "replenishment.supplier_low_weeks": 0.5, "replenishment.supplier_up_to_weeks": 2.0}
    world = france.vary("lean", lean | {"replenishment.backorders.on": True}).compile()
    waits, lost = audits.run(world, "nearest"), audits.run(replace(world, backorders=None), "nearest")
    assert len(waits["orders"]["order"]) > len(lost["orders"]["order"])
