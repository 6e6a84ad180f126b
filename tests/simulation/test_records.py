"""The shelf and the record are two numbers: who goes by which, and what happens where they differ."""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
import pytest
from busy_towns import busy, careless
from towns import three_stores, three_stores_replenished

from orchestrion.domain.codes import EventKind, Reason, StockKind
from orchestrion.domain.records import Records
from orchestrion.domain.world import World
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation.drifting import MISCOUNTED, DriftingStock
from orchestrion.simulation.shop import Shop
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR

SHRUNK = int(StockKind.SHRUNK)
STORE = 1


def kept(world: World, seed: int = 1) -> tuple[Shop, DriftingStock]:
    """A shop that has not opened yet, and its stock."""
    shop = Shop(world, make_policy("nearest"), Streams(seed, 0))
    assert isinstance(shop.stock, DriftingStock)
    return shop, shop.stock


def quiet(units: int = 2, **rules: Any) -> DriftingStock:
    """Stock of a town where nothing happens but what the test does; so many units in each store."""
    stock = [[50, units, units, units]] * 3
    return kept(three_stores(stock=stock, mechanisms={"records": Records.of(4, **rules)}))[1]


def figures(stock: DriftingStock, sku: int = 0, node: int = STORE) -> tuple[int, int, int]:
    """(physical, recorded, reserved) of a cell."""
    return int(stock.physical[sku, node]), int(stock.recorded[sku, node]), int(stock.reserved[sku, node])


def test_records_that_never_go_wrong_change_nothing() -> None:
    # without walk-ins, who carry promised units off: there the shelf decides who goes short, not the order
    plain = {"pick_success": 1.0, "walk_ins": 0.0}
    right = {"records": Records.of(4, at_short_pick="missing")}
    for policy in ("nearest", "overstock_first"):
        assert audits.digest(audits.run(busy(**plain), policy)) == audits.digest(
            audits.run(busy(**plain, mechanisms=right), policy)
        )


def test_a_walk_in_carries_off_a_unit_that_the_record_does_not_know() -> None:
    stock = quiet(1)
    stock.adjust(0, 0, STORE, MISCOUNTED, 0, -1)
    assert stock.sell(5, 0, STORE, 1, 7)
    assert figures(stock) == (0, 0, 0)


def test_a_walk_in_finds_nothing_whatever_the_record_says() -> None:
    stock = quiet(1)
    stock.adjust(0, 0, STORE, SHRUNK, -1, 0)
    assert not stock.sell(5, 0, STORE, 1, 7)
    assert figures(stock) == (0, 1, 0)
    assert stock.promised(0, STORE) == 1  # and the web goes on promising it


def test_the_picker_misses_what_has_vanished() -> None:
    stock = quiet(2)
    stock.reserve(0, 0, STORE, 2, 9)
    stock.adjust(1, 0, STORE, SHRUNK, -1, 0)
    assert stock.pick(2, 0, STORE, 2, 2, 9) == 1
    assert figures(stock) == (0, 0, 0)


@pytest.mark.parametrize(("rule", "recorded"), [("nothing", 5), ("missing", 4), ("empty", 0), ("count", 3)])
def test_a_short_pick_corrects_the_record_as_far_as_the_scenario_wants(rule: str, recorded: int) -> None:
    stock = quiet(5, at_short_pick=rule)
    stock.adjust(0, 0, STORE, SHRUNK, -1, 0)
    stock.reserve(1, 0, STORE, 1, 9)
    assert stock.pick(2, 0, STORE, 1, 0, 9) == 0  # four are there, and luck lets the picker overlook one of them
    assert stock.misplaced[0, STORE] == 1
    assert figures(stock) == (3, recorded, 0)
    assert stock.promised(0, STORE) == recorded


def test_a_correction_beneath_a_promise_takes_it_off_the_reservation_and_the_picker_looks_all_the_same() -> None:
    stock = quiet(2)
    stock.reserve(0, 0, STORE, 2, 9)
    stock.adjust(1, 0, STORE, MISCOUNTED, 0, -1)  # the figure is wrong: both units are there
    assert figures(stock) == (2, 1, 1)
    assert stock.pick(2, 0, STORE, 2, 2, 9) == 2
    assert figures(stock) == (0, 0, 0)


def test_a_unit_given_up_and_found_again_is_not_taken_off_the_record_of_another_promise() -> None:
    stock = quiet(3)
    stock.reserve(0, 0, STORE, 1, 8)
    stock.reserve(0, 0, STORE, 2, 9)
    stock.adjust(1, 0, STORE, MISCOUNTED, 0, -2)
    assert figures(stock) == (3, 1, 1)
    assert stock.pick(2, 0, STORE, 1, 1, 8) == 1
    assert stock.pick(3, 0, STORE, 2, 2, 9) == 2
    assert figures(stock) == (0, 0, 0)


def test_what_turns_up_is_on_the_shelf_again_and_nobody_writes_it_down() -> None:
    stock = quiet(1)
    stock.misplace(0, 0, STORE, 1)
    assert figures(stock) == (0, 1, 0)
    assert stock.owned[0, STORE] == 1
    stock.find_all(1, np.array([STORE]), np.array([1]))  # SKU 0
    assert figures(stock) == (1, 1, 0)


def test_a_warehouse_sends_what_is_there_to_the_stores_it_serves_first_and_corrects_its_record() -> None:
    stock = quiet(0)
    stock.adjust(0, 0, 0, SHRUNK, -46, 0)  # four are left of fifty on record
    skus, units = np.array([0, 0]), np.array([3, 3])
    sent = stock.sent(1, 0, skus, units, False)
    assert sent.tolist() == [3, 1]
    stock.dispatch(1, 0, skus, np.array([1, 2]), sent, False)
    assert figures(stock, node=0) == (0, 44, 0)


@pytest.mark.parametrize("rule", ["advice", "delivery", "cell"])
def test_what_is_booked_at_a_receipt_is_what_the_scenario_wants(rule: str) -> None:
    stock = quiet(2, advice_error=1.0, at_receipt=rule)
    stock.adjust(0, 0, STORE, SHRUNK, -1, 0)
    stock.order(0, STORE, np.array([0]), np.array([4]))
    stock.receive(DAY, STORE, np.array([0]), np.array([4]), 0, -1)
    physical, recorded, _ = figures(stock)
    assert physical == 5
    assert {"advice": recorded in (5, 7), "delivery": recorded == 6, "cell": recorded == 5}[rule]


def test_a_count_sets_the_record_right_and_costs_the_time_it_takes() -> None:
    rules = Records.of(4, opening_wrong=1.0, count_every=[0, 7, 0, 0], count_s=[0, 60, 60, 60])
    shop, stock = kept(three_stores(online_per_day=0.0, days=8, run_off_days=0, mechanisms={"records": rules}))
    assert (stock.recorded != stock.physical).all()
    shop.run()
    assert (stock.recorded[:, STORE] == stock.physical[:, STORE]).all()
    assert (stock.recorded[:, 2:] != stock.physical[:, 2:]).all()
    costs = shop.ledger.table("costs")
    counting = costs["amount"][costs["component"] == 15]
    assert counting.tolist() == [300_000] * 3  # a minute at 18 euros an hour for each SKU, on three nights


def test_units_that_walk_away_lead_to_short_picks_and_the_line_goes_elsewhere() -> None:
    settings: dict[str, Any] = {"stock": [[50, 9, 9, 9]], "online_per_day": 12.0}
    thieves = {"records": Records.of(4, shrink=[0.0, 0.3, 0.3, 0.3])}
    usual = audits.run(three_stores(**settings))
    short = audits.run(three_stores(**settings, mechanisms=thieves))
    assert not (usual["events"]["kind"] == EventKind.SHORT).any()
    missed = short["events"]["kind"] == EventKind.SHORT
    assert missed.any()
    assert set(short["events"]["reason"][missed].tolist()) == {Reason.NOT_FOUND}
    assert (short["decisions"]["hop"] > 0).any()


def test_every_policy_meets_the_same_attempts_on_its_stock() -> None:
    # nobody buys: what vanishes, is misplaced and goes wrong is the same row by row, whatever the policy
    world = careless(online_per_day=0.0, walk_ins=0.0)
    one, other = (audits.run(world, policy)["stock"] for policy in ("nearest", "overstock_first"))
    assert len(one["t"]) > 200
    assert all(one[column].tolist() == other[column].tolist() for column in one)


def test_more_stock_never_loses_fewer_units_to_the_same_luck() -> None:
    rules = {"records": Records.of(4, shrink=0.05)}
    lost = []
    for units in (2, 6, 20):
        stock = three_stores(stock=[[50, units, units, units]] * 3, online_per_day=0.0, mechanisms=rules)
        table = audits.run(stock)["stock"]
        gone = table["kind"] == SHRUNK
        lost.append(np.bincount(table["node"][gone], -table["d_physical"][gone], 4)[1:])
    assert (lost[0] <= lost[1]).all()
    assert (lost[1] <= lost[2]).all()
    assert lost[0].sum() < lost[2].sum()


def test_reviews_go_by_the_record_and_not_by_the_shelf() -> None:
    low, up_to = [[-1, 1, 1, 1]] * 3, [[50, 2, 2, 2]] * 3
    world = three_stores_replenished(
        stock=[[50, 2, 2, 2]] * 3, low=low, up_to=up_to, online_per_day=0.0, walk_ins=0.0, days=7,
        mechanisms={"records": Records.of(4, shrink=[0.0, 0.5, 0.5, 0.5])},
    )  # fmt: skip
    stock = audits.run(world)["stock"]
    assert (stock["kind"] == SHRUNK).any()
    assert not (stock["kind"] == StockKind.ORDERED).any()  # every store believes it has its two


def test_an_hour_of_opening_has_passed_before_the_first_midnight_job() -> None:
    stock = audits.run(careless())["stock"]
    night = np.isin(stock["kind"], (SHRUNK, StockKind.FOUND))
    assert (stock["t"][night] % DAY == 0).all()
    assert stock["t"][night].min() >= DAY > HOUR
