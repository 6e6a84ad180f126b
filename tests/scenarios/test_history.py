"""Real orders are replayed as they were: what the file says is kept to the letter, what it does not is said."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from replaying import plain, reported, small

from orchestrion import bundled
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate
from orchestrion.units import DAY

# -- time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["2026-09-07", "2026-09-10", "2025-01-01", "2030-12-31"])
def test_orders_keep_weekday_and_time_of_day_in_any_scenario(tmp_path: Path, start: str) -> None:
    moments = [datetime(2025, 11, 26, 8, 26, 30) + i * timedelta(hours=13) for i in range(12)]
    rows = [f"{i},{moment},S,1,9.90" for i, moment in enumerate(moments)]
    scenario = small(tmp_path, plain(rows), time__start=start)
    requests = scenario.compile().demand.replay
    assert requests is not None
    zero = datetime.combine(date.fromisoformat(start), datetime.min.time())
    shown = [zero + timedelta(seconds=t) for t in requests.t.tolist()]
    assert [(s.weekday(), s.time()) for s in shown] == [(m.weekday(), m.time()) for m in moments]
    assert 0 <= requests.t[0] < 7 * DAY, "the first order falls into the first week"
    assert {s - m for s, m in zip(shown, moments, strict=True)} == {timedelta(days=reported(scenario).moved_days)}


def test_a_window_of_the_file_is_replayed_and_the_rest_is_told(tmp_path: Path) -> None:
    rows = [f"{day},2026-01-{day:02d} 12:00,S,1,9.90" for day in range(1, 29)]
    window = "dates: {first_day: 2026-01-05, last_day: 2026-01-09}"
    report = reported(small(tmp_path, plain(rows), window))
    assert (report.first_day, report.last_day, report.orders) == (date(2026, 1, 5), date(2026, 1, 9), 5)
    assert [(d.reason, d.rows) for d in report.dropped] == [
        ("before the first day replayed", 4),
        ("after the last day replayed", 19),
    ]
    assert reported(small(tmp_path, plain(rows))).orders == 14 - 3, "two weeks from the Monday before New Year's Day"


def test_dates_stay_where_the_mapping_says_so(tmp_path: Path) -> None:
    rows = ["1,2026-09-06 12:00,S,1,9.90", "2,2026-09-08 12:00,S,1,9.90", "3,2026-09-21 00:00,S,1,9.90"]
    scenario = small(tmp_path, plain(rows), "dates: {shift: none}")
    requests = scenario.compile().demand.replay
    assert requests is not None
    assert requests.t.tolist() == [DAY + DAY // 2]
    assert [(d.reason, d.rows) for d in reported(scenario).dropped] == [
        ("before the first day replayed", 1),
        ("after the last day replayed", 1),
    ]


def test_a_moment_with_an_offset_is_told_in_local_time(tmp_path: Path) -> None:
    rows = ["1,2026-01-05T09:00:00Z,S,1,9.90", "2,2026-07-06T09:00:00Z,S,1,9.90"]
    requests = small(tmp_path, plain(rows), time__measured_weeks=30).compile().demand.replay
    assert requests is not None
    assert (requests.t % DAY).tolist() == [10 * 3600, 11 * 3600], "winter and summer time in Paris"


def test_orders_without_a_time_of_day_come_at_the_scenarios_hours(tmp_path: Path) -> None:
    rows = [f"{i},2026-01-{5 + i % 7:02d},S,1,9.90" for i in range(2000)]
    scenario = small(tmp_path, plain(rows))
    world = scenario.compile()
    assert world.demand.replay is not None
    hours = np.bincount(world.demand.replay.t % DAY // 3600, minlength=24) / 2000
    expected = world.demand.online_hour / world.demand.online_hour.sum()
    assert np.abs(hours - expected).max() < 4 * np.sqrt(0.25 / 2000)
    assert any("no times of day" in note for note in reported(scenario).notes)


# -- draws ---------------------------------------------------------------------------------------------------------


def test_every_policy_meets_the_same_orders_and_every_replication_too(tmp_path: Path) -> None:
    rows = [f"{i // 2},2026-01-{5 + i % 12:02d} 12:00,S{i % 7},{1 + i % 3},9.90" for i in range(200)]
    world = small(tmp_path, plain(rows), stock__web_weeks=1).compile()
    met = []
    for policy, replication in (("nearest", 0), ("warehouse_first", 0), ("cheapest", 1)):
        facts = simulate(world, make_policy({"name": policy}), seed=1, replication=replication)
        met.append({name: facts.tables["requests"][name] for name in ("t", "place", "option", "node", "sku", "qty")})
    assert len(met[0]["t"]) == 200
    for other in met[1:]:
        for name, column in met[0].items():
            np.testing.assert_array_equal(column, other[name])


def test_an_order_lives_at_the_same_address_whatever_else_the_file_holds(tmp_path: Path) -> None:
    rows = [f"{i},2026-01-{5 + i % 12:02d} 12:00,S,1,9.90" for i in range(100)]
    whole = small(tmp_path, plain(rows)).compile().demand.replay
    half = small(tmp_path, plain(rows[::2])).compile().demand.replay
    assert whole is not None
    assert half is not None
    assert np.unique(whole.place).size > 80
    places = dict(zip(sorted(range(100), key=lambda i: (i % 12, i)), whole.place.tolist(), strict=True))
    evens = sorted(range(0, 100, 2), key=lambda i: (i % 12, i))
    assert [places[i] for i in evens] == half.place.tolist()


def test_orders_of_one_customer_go_to_one_address(tmp_path: Path) -> None:
    rows = [f"{i},2026-01-05 12:{i:02d},S,1,9.90,K{i % 3}" for i in range(30)]
    text = plain(rows).replace("price", "price,customer", 1)
    requests = small(tmp_path, text).compile().demand.replay
    assert requests is not None
    assert [len(set(requests.place[k::3].tolist())) for k in range(3)] == [1, 1, 1]
    assert len(set(requests.place.tolist())) == 3


def test_drawn_addresses_follow_the_population(tmp_path: Path) -> None:
    count = 4000
    rows = [f"{i},2026-01-{5 + i % 12:02d} 12:00,S,1,9.90" for i in range(count)]
    world = small(tmp_path, plain(rows)).compile()
    assert world.demand.replay is not None
    weights = world.demand.place_weights
    large = weights > np.sort(weights)[-200]
    expected = weights[large].sum()
    found = large[world.demand.replay.place].mean()
    assert abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / count)


def test_coordinates_are_addresses_of_their_own(tmp_path: Path) -> None:
    rows = ["1,2026-01-05 12:00,S,1,9.90,45.7578,4.8320", "2,2026-01-05 13:00,S,1,9.90,51.5007,-0.1246"]
    text = plain(rows).replace("price", "price,lat,lon", 1)
    scenario = small(tmp_path, text)
    world = scenario.compile()
    assert world.demand.replay is not None
    (place,) = world.demand.replay.place.tolist()
    assert (world.places.lat[place], world.places.lon[place]) == (45.7578, 4.832)
    assert world.places.label[place].startswith("Lyon")
    assert world.geography.node_place.shape[1] == len(world.places.key) == len(world.demand.place_weights)
    assert world.demand.place_weights[place] == 0, "no generated customer lives there"
    (dropped,) = reported(scenario).dropped
    assert dropped.examples == ("line 3: lat = '51.5007', lon = '-0.1246'",), "London"


# -- stock ---------------------------------------------------------------------------------------------------------


def test_the_opening_stock_covers_the_weeks_that_the_scenario_says(tmp_path: Path) -> None:
    # fourteen days: S0 asks for 10 units a day, S1 for 2
    rows = [f"{d}-{s},2026-01-{5 + d:02d} 12:00,S{s},{q},9.90" for d in range(14) for s, q in ((0, 10), (1, 2))]
    plan = {"web_weeks": 3, "store_pool_weeks": 0, "web_uneven": 0, "separate_pools": False}
    world = small(tmp_path, plain(rows), stock=plan).compile()
    warehouses = [node.id for node in world.nodes if node.key != "bourg"]
    assert world.opening_stock[:, warehouses].sum(axis=1).tolist() == [210, 42]
    laws = world.demand.lines, world.demand.units
    orders = [float(np.dot(law, np.arange(1, len(law) + 1))) for law in laws]
    assert world.demand.online_per_day * np.prod(orders) == pytest.approx(12)


def test_buyers_who_saw_the_first_week_only_know_nothing_of_later_skus(tmp_path: Path) -> None:
    rows = [f"{d},2026-01-{5 + d:02d} 12:00,{'OLD' if d < 7 else 'NEW'},7,9.90" for d in range(14)]
    plan = {"web_weeks": 2, "store_pool_weeks": 0, "web_uneven": 0, "separate_pools": False}
    scenario = small(tmp_path, plain(rows), "plan: {weeks: 1}", stock=plan)
    world = scenario.compile()
    warehouses = [node.id for node in world.nodes if node.key != "bourg"]
    stock = dict(zip(world.skus.key, world.opening_stock[:, warehouses].sum(axis=1).tolist(), strict=True))
    assert stock == {"NEW": 0, "OLD": 98}
    assert any("its first 7 days only" in note for note in reported(scenario).notes)


# -- real life -----------------------------------------------------------------------------------------------------

_UCI = Path(__file__).resolve().parents[3] / "shared" / "data" / "uci_online_retail"
UCI = _UCI / "online_retail_first240007_with_invoice.parquet"


@pytest.mark.slow
@pytest.mark.skipif(not UCI.is_file(), reason="the Online Retail file is not in ../shared/data/uci_online_retail")
def test_seven_months_of_a_wholesaler_are_replayed_row_by_row(tmp_path: Path) -> None:
    text = (bundled.scenarios_folder() / "mappings" / "uci_online_retail.yaml").read_text(encoding="utf-8")
    weeks = {"time__measured_weeks": 31}
    report = reported(small(tmp_path, UCI, text, **weeks))
    source = duckdb.connect()
    source.execute(f"CREATE VIEW o AS SELECT * FROM '{UCI}'")
    others = "'POST','DOT','C2','M','D','S','B','CRUK','PADS','AMAZONFEE','BANK CHARGES'"
    orders, lines, skus, units = source.execute(
        f"""SELECT count(DISTINCT InvoiceNo), count(*), count(DISTINCT StockCode), sum(Quantity) FROM o
        WHERE Quantity > 0 AND UnitPrice > 0 AND InvoiceNo NOT LIKE 'C%' AND upper(StockCode) NOT IN ({others})
        AND StockCode NOT LIKE 'gift_0001_%'"""
    ).fetchall()[0]
    assert (report.orders, report.lines, report.skus, report.units) == (orders, lines, skus, units)
    assert report.rows == 240_007 == report.lines + sum(drop.rows for drop in report.dropped)
    # the published count of valid orders holds gifts at no price and postage
    lines_of = text.splitlines(keepends=True)
    loose = "".join(line for line in lines_of if "POST" not in line and "not_products" not in line)
    loose = loose.replace("rules:", "rules:\n  missing_price: median")
    assert reported(small(tmp_path, UCI, loose, **weeks)).orders == 9_785
