"""Real orders are replayed as they were: what the file says is kept to the letter, what it does not is said."""

from __future__ import annotations

import csv
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from orchestrion import bundled
from orchestrion.domain.world import World
from orchestrion.errors import InputError
from orchestrion.policies.sourcing import make_policy
from orchestrion.scenarios import HistoryReport, Scenario, load_scenario
from orchestrion.simulation import simulate
from orchestrion.units import DAY, MICRO

SMALL = """\
time: {start: 2026-09-07, warm_up_weeks: 0, measured_weeks: 2, run_off_days: 5}
network:
  stores_table: null
  nodes:
    bourg: {role: store, lat: 46.205, lon: 5.225, size: M}
visibility: {web_sees: [warehouses, stores]}
demand: {walk_in: {per_day: 0}}
"""

# what a French spreadsheet makes of an export, with every slip that a row can make
UGLY = """\
N° commande;Date;Réf;Qté;Prix TTC;Libellé;CP;Mode
1001;07/01/2026 09:30;A-1;2;19,90;Chemise « été »;01400;Domicile
1001;07/01/2026 09:30;B-2;1;1 250,00 €;"Canapé
deux places";01400;Domicile
1002;08/01/2026 23:59;A-1;3;21,90;Chemise;1400;Retrait
1002;08/01/2026 23:59;A-1;1;21,90;Chemise;1400;Retrait

C1003;08/01/2026 10:00;A-1;1;19,90;Chemise;75001;Domicile
1004;08/01/2026 10:00;PORT;1;6,90;Frais de port;75001;Domicile
1005;08/01/2026 10:00;A-1;-1;19,90;Chemise;75001;Domicile
1006;08/01/2026 10:00;A-1;1,5;19,90;Chemise;75001;Domicile
1007;31/02/2026 10:00;A-1;1;19,90;Chemise;75001;Domicile
1008;08/01/2026 10:00;A-1;1;;Chemise;75001;Domicile
1009;08/01/2026 10:00;A-1;1;gratuit;Chemise;75001;Domicile
;08/01/2026 10:00;A-1;1;19,90;Chemise;75001;Domicile
1010;08/01/2026 10:00;;1;19,90;Chemise;75001;Domicile
1011;08/01/2026 10:00;A-1;1
1012;08/01/2026 10:00;A-1;5000;19,90;Chemise;75001;Domicile
1013;09/01/2026 10:00;C-3;4;5,00;Bougie;99999;Pigeon;
1014;22/01/2026 10:00;A-1;1;19,90;Chemise;75001;Domicile
"""

UGLY_MAPPING = """\
columns:
  {order: N° commande, t: Date, sku: Réf, quantity: Qté, price: Prix TTC, label: Libellé, postcode: CP, option: Mode}
reading: {date_format: dd/mm/yyyy HH:MM}
rules: {cancelled_orders: ["c*"], not_products: [PORT], quantity_at_most: 1000}
options: {Domicile: home_standard, Retrait: collect}
"""


def small(folder: Path, orders: str | Path, mapping: str | None = None, **changes: Any) -> Scenario:
    """The small scenario, replaying orders given as a file or its text."""
    if isinstance(orders, str):
        (folder / "orders.csv").write_text(orders, encoding="utf-8")
        orders = folder / "orders.csv"
    history: dict[str, Any] = {"orders": str(orders)}
    if mapping is not None:
        (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
        history["mapping"] = str(folder / "mapping.yaml")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    scenario = load_scenario(folder / "small.yaml")
    return scenario.vary("small", {"demand.history": history} | {k.replace("__", "."): v for k, v in changes.items()})


def reported(scenario: Scenario) -> HistoryReport:
    report = scenario.history()
    assert report is not None
    return report


def asked(world: World) -> list[list[tuple[str, int]]]:
    """The SKUs and quantities of each order replayed."""
    requests = world.demand.replay
    assert requests is not None
    ends = np.cumsum(requests.lines)
    pairs = [(world.skus.key[s], q) for s, q in zip(requests.sku.tolist(), requests.qty.tolist(), strict=True)]
    return [pairs[end - count : end] for end, count in zip(ends.tolist(), requests.lines.tolist(), strict=True)]


@pytest.fixture
def ugly(tmp_path: Path) -> Scenario:
    (tmp_path / "ugly.csv").write_bytes(UGLY.encode("cp1252"))
    return small(tmp_path, tmp_path / "ugly.csv", UGLY_MAPPING)


def plain(rows: list[str]) -> str:
    return "\n".join(["order,t,sku,quantity,price", *rows]) + "\n"


# -- rows ----------------------------------------------------------------------------------------------------------


def test_every_row_of_an_ugly_file_is_replayed_or_dropped_with_its_line(ugly: Scenario) -> None:
    report = reported(ugly)
    dropped = {example.partition(":")[0]: drop.reason for drop in report.dropped for example in drop.examples}
    assert dropped == {
        "line 8": "a cancelled order",
        "line 9": "not a product",
        "line 10": "quantity of zero or below: a return, a cancellation or a correction",
        "line 11": "the quantity is no whole number",
        "line 12": "no readable date",
        "line 13": "no price above zero",
        "line 14": "the price is no number",
        "line 15": "no order number",
        "line 16": "no SKU",
        "line 17": "wrong number of values for the columns",
        "line 18": "quantity above the largest that the mapping allows",
        "line 20": "after the last day replayed",
    }
    assert report.rows == 17
    assert report.lines == report.rows - sum(drop.rows for drop in report.dropped) == 5
    assert (report.orders, report.skus, report.units) == (3, 3, 11)


def test_accents_decimal_commas_and_thousands_are_read(ugly: Scenario) -> None:
    world = ugly.compile()
    assert world.skus.key == ["A-1", "B-2", "C-3"]
    assert world.skus.label == ["Chemise « été »", "Canapé\ndeux places", "Bougie"]
    assert world.skus.price.tolist() == [21_900_000, 1_250_000_000, 5_000_000]
    assert asked(world) == [[("A-1", 2), ("B-2", 1)], [("A-1", 3), ("A-1", 1)], [("C-3", 4)]]


def test_a_postcode_keeps_its_leading_zero_and_gets_it_back(ugly: Scenario) -> None:
    world = ugly.compile()
    assert world.demand.replay is not None
    with bundled.data_path("geo", "communes_fr.csv").open(encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        there = [row for row in rows if "01400" in row["postcodes"].split("|")]
    largest = max(there, key=lambda row: float(row["population"] or 0))
    assert [world.places.key[place] for place in world.demand.replay.place[:2]] == [largest["insee"]] * 2


def test_what_the_file_does_not_tell_is_said(ugly: Scenario) -> None:
    notes = reported(ugly).notes
    assert any("1 order without a known option (such as 'Pigeon')" in note for note in notes)
    assert any("1 order without known postcode" in note for note in notes)


def test_unknown_options_and_addresses_are_dropped_where_the_mapping_says_so(tmp_path: Path) -> None:
    (tmp_path / "ugly.csv").write_bytes(UGLY.encode("cp1252"))
    for rule, reason in (
        ("unknown_option", "an option that neither scenario nor mapping knows"),
        ("unknown_address", "an address that is not in mainland France"),
    ):
        mapping = UGLY_MAPPING.replace("rules: {", f"rules: {{{rule}: drop, ")
        dropped = {drop.reason: drop for drop in reported(small(tmp_path, tmp_path / "ugly.csv", mapping)).dropped}
        assert dropped[reason].examples[0].startswith("line 19: ")


def test_options_are_those_of_the_file(ugly: Scenario) -> None:
    world = ugly.compile()
    assert world.demand.replay is not None
    keys = [world.options[option].key for option in world.demand.replay.option.tolist()]
    stores = [world.nodes[n].key if n >= 0 else "" for n in world.demand.replay.node.tolist()]
    assert keys[:2] == ["home_standard", "collect"]
    assert stores[:2] == ["", "bourg"], "collected in the store near Bourg-en-Bresse, twenty kilometres away"


def test_the_csv_and_the_parquet_of_a_table_are_the_same_history(tmp_path: Path) -> None:
    rows = [f"{i // 3},2026-01-{5 + i // 9:02d} 10:{i:02d},S{i % 5},{1 + i % 4},{9.9 + i % 5}" for i in range(40)]
    text = plain(rows)
    from_csv = small(tmp_path, text)
    parquet = tmp_path / "orders [1].parquet"
    source = duckdb.connect()
    source.execute(f"COPY (SELECT * FROM read_csv('{tmp_path / 'orders.csv'}')) TO '{parquet}' (FORMAT parquet)")
    assert {row[1] for row in source.execute(f"DESCRIBE FROM '{tmp_path}/orders [[]1].parquet'").fetchall()} > {
        "TIMESTAMP",
        "DOUBLE",
    }
    from_parquet = small(tmp_path, parquet)
    one, other = from_csv.compile().demand.replay, from_parquet.compile().demand.replay
    assert one is not None
    assert other is not None
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


def test_quantities_skus_and_prices_are_those_of_the_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = [
        f"{rng.integers(300)},2026-01-{rng.integers(5, 17):02d} {rng.integers(24):02d}:00,S{rng.integers(20):02d},"
        f"{rng.integers(1, 2000)},{rng.integers(1, 99999) / 100:.2f}"
        for _ in range(1500)
    ]
    world = small(tmp_path, plain(rows)).compile()
    source = duckdb.connect()
    source.execute(f"CREATE TABLE o AS SELECT row_number() OVER () AS n, * FROM read_csv('{tmp_path / 'orders.csv'}')")
    prices = source.execute('SELECT sku, quantile_disc(price, 0.5) FROM o GROUP BY sku ORDER BY sku').fetchall()
    assert world.skus.key == [sku for sku, _ in prices]
    assert world.skus.price.tolist() == [round(price * MICRO) for _, price in prices], "a price that was paid"
    orders = source.execute(
        'SELECT list((sku, quantity) ORDER BY n) FROM o GROUP BY "order" ORDER BY min(t), min(n)'
    ).fetchall()
    assert asked(world) == [list(map(tuple, lines)) for (lines,) in orders]


@pytest.mark.parametrize(
    ("texts", "euros"),
    [
        (["12.50", "1,250.00"], [12.5, 1250.0]),
        (["12,50", "1.250,00"], [12.5, 1250.0]),
        (["12,50", "1 250,00"], [12.5, 1250.0]),
        (["12", "1250"], [12.0, 1250.0]),
    ],
)
def test_the_decimal_sign_is_seen(tmp_path: Path, texts: list[str], euros: list[float]) -> None:
    rows = [f'{i};2026-01-05 10:00;S{i};1;"{text}"' for i, text in enumerate(texts)]
    world = small(tmp_path, plain(rows).replace(",", ";", 4)).compile()
    assert world.skus.price.tolist() == [round(price * MICRO) for price in euros]


def test_a_decimal_sign_that_could_be_either_is_asked_for(tmp_path: Path) -> None:
    text = plain(['1,2026-01-05 10:00,S,1,"1,250"'])
    with pytest.raises(InputError, match=r'does "," in \'1,250\' begin the decimals.*reading.decimal'):
        small(tmp_path, text).history()
    for decimal, price in ((",", 1.25), (".", 1250)):
        mapping = f'reading: {{decimal: "{decimal}"}}'
        assert small(tmp_path, text, mapping).compile().skus.price.tolist() == [round(price * MICRO)]


def test_a_row_without_a_price_is_kept_where_the_mapping_says_so(tmp_path: Path) -> None:
    text = plain(["1,2026-01-05 10:00,S,1,10", "2,2026-01-05 11:00,S,1,0", "3,2026-01-05 12:00,S,1,"])
    assert reported(small(tmp_path, text)).lines == 1
    kept = small(tmp_path, text, "rules: {missing_price: median}")
    assert reported(kept).lines == 3
    assert kept.compile().skus.price.tolist() == [10 * MICRO], "gifts do not lower the list price"


def test_prices_are_turned_into_euros_with_tax(tmp_path: Path) -> None:
    text = plain(["1,2026-01-05 10:00,S,1,10"])
    world = small(tmp_path, text, "prices: {eur: 1.1, vat_included: false}\nproducts: {margin: 0.4}").compile()
    assert world.skus.price.tolist() == [13_200_000]
    assert world.skus.cost.tolist() == [6_600_000], "eleven euros net, less forty per cent"


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


# -- the document --------------------------------------------------------------------------------------------------


def test_the_hash_follows_the_content_of_the_file_not_its_place(tmp_path: Path) -> None:
    text = plain(["1,2026-01-05 12:00,S,1,9.90"])
    hashes = []
    for folder, content in (("a", text), ("b", text), ("c", text.replace("9.90", "9.91"))):
        (tmp_path / folder).mkdir()
        hashes.append(small(tmp_path / folder, content).hash)
    assert hashes[0] == hashes[1] != hashes[2]
    generated = load_scenario(tmp_path / "a" / "small.yaml")
    assert generated.hash not in hashes
    assert generated.history() is None
    mapped = small(tmp_path / "a", text, "rules: {products: ['*']}")
    assert mapped.hash != hashes[0]


def test_a_file_that_changes_under_our_feet_is_refused(tmp_path: Path) -> None:
    text = plain(["1,2026-01-05 12:00,S,1,9.90"])
    scenario = small(tmp_path, text)
    (tmp_path / "orders.csv").write_text(text.replace("9.90", "8.80"), encoding="utf-8")
    os.utime(tmp_path / "orders.csv", ns=(1, 1))
    with pytest.raises(InputError, match="has changed since the scenario was loaded"):
        scenario.compile()


def test_a_document_names_its_history_beside_itself(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(plain(["1,2026-01-05 12:00,S,2,9.90"]), encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(SMALL.replace("{walk_in", "{history: {orders: orders.csv}, walk_in"))
    scenario = load_scenario(tmp_path / "mine.yaml")
    assert reported(scenario).units == 2
    again = Scenario.from_yaml(scenario.to_yaml())
    assert again.hash == scenario.hash, "written in full, it can be read from anywhere"


def test_a_bundled_document_reads_no_file_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "orders.csv").write_text(plain(["1,2026-01-05 12:00,S,2,9.90"]), encoding="utf-8")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "sly.yaml").write_text(SMALL.replace("{walk_in", "{history: {orders: ../orders.csv}, walk_in"))
    monkeypatch.setattr(bundled, "scenarios_folder", lambda: bundle)
    with pytest.raises(InputError, match=r"sly.yaml:7: demand.history.orders.*files of its own folder only"):
        load_scenario("sly")


def test_missing_files_are_named_where_they_are_asked_for(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(plain(["1,2026-01-05 12:00,S,2,9.90"]), encoding="utf-8")
    history = "{history: {orders: order.csv, mapping: uci_online}, walk_in"
    (tmp_path / "mine.yaml").write_text(SMALL.replace("{walk_in", history))
    with pytest.raises(InputError) as caught:
        load_scenario(tmp_path / "mine.yaml")
    told = str(caught.value)
    assert "mine.yaml:7: demand.history.orders = \"order.csv\": no such file beside mine.yaml or in this folder" in told
    assert "demand.history.mapping = \"uci_online\": no such file" in told
    assert "did you mean the bundled 'uci_online_retail'" in told


def test_all_mistakes_of_a_mapping_are_told_with_their_lines(tmp_path: Path) -> None:
    mapping = """\
columns: {order: order, lat: lat}
readng: {decimal: ","}
reading: {date_format: HH:MM}
rules: {missing_price: guess, quantity_at_most: 0}
dates: {first_day: 2026-02-01, last_day: 2026-01-01}
"""
    with pytest.raises(InputError) as caught:
        small(tmp_path, plain(["1,2026-01-05 12:00,S,2,9.90"]), mapping)
    told = [str(problem).replace(str(tmp_path), "") for problem in caught.value.problems]
    for line, words in (
        (1, "lat and lon go together"),
        (2, 'did you mean "reading"'),
        (3, "must tell day, month and year"),
        (4, "missing_price"),
        (4, "1 or more"),
        (5, "is before first_day"),
    ):
        assert any(f"mapping.yaml:{line}:" in problem and words in problem for problem in told), (line, words, told)


def test_a_column_that_the_file_lacks_is_named_with_near_ones(tmp_path: Path) -> None:
    text = plain(["1,2026-01-05 12:00,S,2,9.90"])
    with pytest.raises(InputError, match=r"mapping.yaml:1: columns.sku = \"skus\".*did you mean 'sku'\? It has: order"):
        small(tmp_path, text, "columns: {sku: skus}").history()
    with pytest.raises(InputError, match=r"orders.csv:1: price: .*no such column.*Say in a mapping"):
        small(tmp_path, text.replace("price", "prix")).history()


def test_a_file_of_which_nothing_is_left_says_why(tmp_path: Path) -> None:
    rule = r"no row is left to replay. 1 row: no readable date \(line 2: t = 'Monday'"
    with pytest.raises(InputError, match=rule):
        small(tmp_path, plain(["1,Monday,S,2,9.90"])).history()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "is empty"),
        (b"order,t,sku,quantity,price\n", "no rows"),
        (b"PK\x03\x04rest", "save it as CSV"),
        (b"PAR1 and nothing more", "not readable as Parquet"),
        (b'order,t,sku,quantity,price\n1,2026-01-05,S,1,"9.90\n' + b"x" * 200_000, "a quote left open"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(tmp_path: Path, content: bytes, rule: str) -> None:
    (tmp_path / "orders.any").write_bytes(content)
    with pytest.raises(InputError, match=rule):
        small(tmp_path, tmp_path / "orders.any").history()


def test_utf_16_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    text = plain(["1,2026-01-05 12:00,É,2,9.90"])
    for encoding in ("utf-16", "utf-8-sig", "utf-8", "cp1252"):
        (tmp_path / encoding).write_bytes(text.encode(encoding))
        assert small(tmp_path, tmp_path / encoding).compile().skus.key == ["É"]
    with pytest.raises(InputError, match="is not written in utf-8"):
        small(tmp_path, tmp_path / "cp1252", "reading: {encoding: utf-8}").history()


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
