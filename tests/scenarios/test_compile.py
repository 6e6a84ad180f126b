"""A scenario document becomes the World it describes."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

import orchestrion as orc
from orchestrion.domain.codes import Role
from orchestrion.units import DAY, HOUR


@pytest.fixture(scope="module")
def france() -> orc.Scenario:
    return orc.load_scenario("france_siloed")


def test_a_node_whose_coordinates_are_swapped_is_refused_with_its_distance(france: orc.Scenario) -> None:
    lost = france.vary("lost", {"network.nodes.pop_up": {"role": "store", "lat": 2.35, "lon": 48.85}})
    with pytest.raises(orc.InputError, match=r"network\.nodes\.pop_up = 2\.35, 48\.85: \d+ km .* swapped"):
        lost.compile()


def test_a_node_outside_the_tables_needs_its_place(france: orc.Scenario) -> None:
    with pytest.raises(orc.InputError, match="give it a role, lat and lon"):
        france.vary("lost", {"network.nodes.pop_up": {"pickers": 2}}).compile()


def test_stores_are_closed_on_sundays_and_armistice_day_but_alsace_closes_once_more(france: orc.Scenario) -> None:
    world = france.vary("december", {"time.start": "2026-12-07", "time.warm_up_weeks": 0}).compile()
    lille = next(n for n in world.nodes if n.key == "lille").calendar
    strasbourg = next(n for n in world.nodes if n.key == "strasbourg").calendar

    def opens(calendar: object, day: date) -> bool:
        return calendar.is_open((day - world.start).days * DAY + 12 * HOUR)  # type: ignore[attr-defined]

    assert not opens(lille, date(2026, 12, 13))  # a Sunday
    assert not opens(lille, date(2026, 12, 25))
    assert opens(lille, date(2026, 12, 26))
    assert not opens(strasbourg, date(2026, 12, 26))  # Saint Stephen's day, a holiday in Alsace and Moselle


def test_carriers_do_not_call_on_sundays_or_holidays_nor_where_nobody_is(france: orc.Scenario) -> None:
    world = france.compile()
    standard = next(s for s in world.services if s.key == "parcel_standard")
    days = np.array(standard.collections[0]) // DAY
    weekdays = (days + world.start.weekday()) % 7
    assert set(weekdays.tolist()) == set(range(6))
    assert (date(2026, 11, 11) - world.start).days not in days.tolist()
    for node in world.nodes:
        assert all(node.calendar.is_open(t - 1) for t in standard.collections[node.id])


def test_siloed_keeps_two_pools_and_unified_keeps_one_unit_a_store(france: orc.Scenario) -> None:
    siloed, unified = france.compile(), orc.load_scenario("france_unified").compile()
    assert np.array_equal(siloed.opening_stock, unified.opening_stock)  # the same goods, only promised otherwise
    warehouses = [n.id for n in siloed.nodes if n.role == Role.WAREHOUSE]
    stores = [n.id for n in siloed.nodes if n.role == Role.STORE]
    assert (siloed.protected[:, warehouses].sum(axis=0) > 0).all()
    assert (unified.protected[:, warehouses] == 0).all()
    assert np.array_equal(unified.protected[:, stores], unified.ranged[:, stores].astype(int))
    web_pool = (siloed.opening_stock - siloed.protected)[:, warehouses].sum()
    planned = 714 * np.dot(siloed.demand.lines, [1, 2, 3, 4]) * np.dot(siloed.demand.units, [1, 2, 3])
    # 11.6 weeks of the plan, give or take what the uneven start of the season leaves
    assert 9 < web_pool / planned / 7 < 14


def test_a_fifth_of_the_range_makes_about_sixty_percent_of_planned_demand(france: orc.Scenario) -> None:
    shares = np.sort(france.compile().demand.online_popularity)[::-1]
    assert 0.55 < shares[:240].sum() < 0.65


def test_stores_are_fed_by_the_nearer_warehouse(france: orc.Scenario) -> None:
    world = france.compile()
    source = {world.nodes[n].key: world.nodes[w].key for n, w in enumerate(world.replenishment.source) if w >= 0}
    assert source["lille"] == source["paris_opera"] == "lille_lesquin"
    assert source["lyon"] == source["marseille"] == "lyon_satolas"


def test_more_warehouse_stock_is_half_as_much_again(france: orc.Scenario) -> None:
    deeper = france.vary("deeper", {"stock.warehouse_factor": 1.5}).compile()
    base = france.compile()
    assert deeper.opening_stock[:, :2].sum() == pytest.approx(1.5 * base.opening_stock[:, :2].sum(), rel=0.01)
    assert np.array_equal(deeper.opening_stock[:, 2:], base.opening_stock[:, 2:])
