"""Each row of a file of orders is replayed to the letter or left out with its reason."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import numpy as np
import pytest
from replaying import asked, plain, reported, small

from orchestrion import bundled
from orchestrion.errors import InputError
from orchestrion.scenarios import Scenario
from orchestrion.units import MICRO

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


@pytest.fixture
def ugly(tmp_path: Path) -> Scenario:
    (tmp_path / "ugly.csv").write_bytes(UGLY.encode("cp1252"))
    return small(tmp_path, tmp_path / "ugly.csv", UGLY_MAPPING)


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
