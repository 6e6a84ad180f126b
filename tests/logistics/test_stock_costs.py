"""Capital and expected losses on stock, checked in the head."""

from __future__ import annotations

import numpy as np
import pytest
import towns

from orchestrion.logistics.stock_costs import expected_demand, expected_loss, expected_sales, holding
from orchestrion.units import DAY, MICRO


def test_a_thousand_euros_of_stock_cost_a_hundred_a_year() -> None:
    world = towns.three_stores()  # shirts cost 8, jeans 20, lamps 60; 10 % a year
    stock = np.zeros((3, 4), np.int32)
    stock[:, 2] = (25, 10, 10)  # 200 + 200 + 600 EUR in the second store
    assert holding(world, stock, 365.0).tolist() == [0, 0, 100 * MICRO, 0]
    assert holding(world, stock, 1.0)[2] == round(100 * MICRO / 365)


def season(days: float, **changes: object) -> dict[str, object]:
    return {"economics": {"season_end_s": int(days * DAY)}} | changes


def test_units_beyond_what_the_season_asks_for_are_an_expected_loss() -> None:
    # 3 SKUs share 6 intents a day: 2 a day each, 10 days left -> 20 of each wanted in the store
    world = towns.three_stores(**season(10, walk_ins=(0, 6, 0, 0), online_per_day=0.0))
    assert expected_demand(world, 0)[:, 1] == pytest.approx([20, 20, 20])
    stock = np.zeros((3, 4), np.int32)
    stock[0, 1] = 25
    # 5 too many; a shirt costs 8 and brings 30 % of 20 / 1.2 = 5 after the season
    assert expected_loss(world, stock, 0).tolist() == [0, 5 * 3 * MICRO, 0, 0]


def test_the_closer_the_end_of_the_season_the_larger_the_loss() -> None:
    world = towns.three_stores(**season(10, walk_ins=(0, 6, 0, 0)))
    stock = np.full((3, 4), 15, np.int32)
    losses = [expected_loss(world, stock, int(day * DAY))[1] for day in range(12)]
    assert losses == sorted(losses)
    assert losses[0] == 0
    assert losses[10] == losses[11] == 15 * (3 + (20 - 12.5) + (60 - 25)) * MICRO


def test_the_same_unit_is_worth_more_where_it_will_be_asked_for() -> None:
    world = towns.three_stores(**season(10, walk_ins=(0, 6, 0.3, 0), online_per_day=0.0))
    slow, brisk = np.zeros((3, 4), np.int32), np.zeros((3, 4), np.int32)
    slow[0, 2] = brisk[0, 1] = 10
    assert expected_loss(world, brisk, 0).sum() == 0
    assert expected_loss(world, slow, 0).sum() == 9 * 3 * MICRO


def test_warehouses_share_the_online_demand() -> None:
    one = towns.three_stores(**season(10))  # 20 orders a day of 1.25 lines over 3 SKUs
    assert expected_demand(one, 0)[:, 0] == pytest.approx([20 * 1.25 / 3 * 10] * 3)
    assert expected_demand(one, 0)[:, 1:].sum() == 0
    two = towns.three_stores(**season(10, warehouses=2))
    assert expected_demand(two, 0)[0, :2] == pytest.approx([20 * 1.25 / 3 * 5] * 2)


def test_without_warehouses_the_stores_that_ship_share_it() -> None:
    none = towns.three_stores(**season(10, warehouses=0, nodes={"store_1": {"ships": False}}))
    assert expected_demand(none, 0)[0].tolist() == pytest.approx([0.0, *[20 * 1.25 / 3 * 10 / 3] * 3])


def test_a_unit_is_never_worth_more_than_it_will_bring_nor_than_it_cost() -> None:
    stock = np.zeros((3, 4), np.int32)
    stock[0, 1] = 1
    dear = {"costs": (100.0, 20.0, 60.0)}  # a shirt bought at 100 sells for 16.67 net, afterwards for 5
    over = towns.three_stores(**season(0, **dear))
    assert expected_loss(over, stock, 0)[1] == 95 * MICRO
    wanted = towns.three_stores(**season(10, walk_ins=(0, 6, 0, 0), online_per_day=0.0, **dear))
    assert expected_loss(wanted, stock, 0)[1] == round((100 - 20 / 1.2) * MICRO)
    cheap = towns.three_stores(**season(0, costs=(1.0, 20.0, 60.0)))  # brings more after the season than it cost
    assert expected_loss(cheap, stock, 0)[1] == 0


def test_selling_a_unit_that_loses_money_costs_no_more_than_its_value_on_the_shelf() -> None:
    # bought at 100, worth 16.67 while it can be sold: selling it at that price changes nothing any more
    world = towns.three_stores(**season(10, walk_ins=(0, 6, 0, 0), online_per_day=0.0, costs=(100.0, 20.0, 60.0)))
    before, after = np.zeros((3, 4), np.int32), np.zeros((3, 4), np.int32)
    before[0, 1] = 1
    released = int((expected_loss(world, before, 0) - expected_loss(world, after, 0))[1])
    assert abs(round(20 / 1.2 * MICRO) - 100 * MICRO + released) <= 1


def test_warehouses_that_do_not_ship_have_no_online_demand() -> None:
    town = towns.three_stores(**season(10, warehouses=2, nodes={"warehouse_1": {"ships": False}}))
    assert expected_demand(town, 0)[0].tolist() == pytest.approx([0.0, 20 * 1.25 / 3 * 10, 0.0, 0.0])


def test_customers_who_take_two_units_ask_for_twice_as_many() -> None:
    walk_ins = {"walk_ins": (0, 6, 0, 0)}
    one = towns.three_stores(**season(10, **walk_ins))
    two = towns.three_stores(**season(10, demand={"units": np.array([0.0, 1.0])}, **walk_ins))
    assert expected_demand(two, 0) == pytest.approx(2 * expected_demand(one, 0))


def test_a_warehouse_holds_what_its_stores_will_still_ask_for() -> None:
    # store 1 asks for 20 of each in ten days and holds 5; the warehouse feeds it with shirts and jeans, not with lamps
    low = np.full((3, 4), -1, np.int32)
    low[:2, 1:] = 0
    world = towns.three_stores(**season(10, walk_ins=(0, 6, 0, 0), online_per_day=0.0, low=low))
    stock = np.zeros((3, 4), np.int32)
    stock[:, 0], stock[:, 1] = 25, 5
    assert expected_sales(world, stock, 0)[:, 0] == pytest.approx([15, 15, 0])
    assert expected_sales(world, stock, 0)[:, 1] == pytest.approx([5, 5, 5])


def test_sending_units_to_the_store_that_will_sell_them_is_neither_gain_nor_loss() -> None:
    world = towns.three_stores(**season(10, walk_ins=(0, 6, 0, 0), online_per_day=0.0, low=0))
    before, after = np.zeros((3, 4), np.int32), np.zeros((3, 4), np.int32)
    before[:, 0] = 18
    after[:, 0], after[:, 1] = 8, 10
    assert expected_loss(world, before, 0).sum() == expected_loss(world, after, 0).sum() == 0
