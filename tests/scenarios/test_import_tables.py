"""Stores, SKUs, stock and rate cards come in as people keep them; every defect is told, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestrion.errors import InputError
from orchestrion.logistics.carriers import read_rate_card
from orchestrion.scenarios import Scenario, load_scenario
from orchestrion.scenarios.importers import ImportReport, import_files

STORES = """\
Code magasin;Nom;Code postal;Ville;Surface m²;Type;Préparateurs;Capacité
0042;Bourg Centre;1000;Bourg en Bresse;120;Magasin;2;15
PDX;Paris Opéra;75009;Paris;900;Magasin;;
LYO;Lyon Part-Dieu;'69003;Lyon;300;Boutique;;
STE;Saint-Étienne;42023;ST-ETIENNE CEDEX 1;310;;;
ENT;Entrepôt Orléans;45000;Orléans;;Entrepôt;12;
"""
SKUS = """\
Code article;Désignation;Famille;PV TTC;PA HT;Poids g
007;L'écharpe;Accessoires;19,90;6,50;120
A-1;Chemise « été »;Accessoires;39,90;12,00;
B-2;Manteau;Manteaux;1 249,00;400,00;2100
"""
STOCK = """\
Magasin;Référence;Stock
0042;007;12
0042;A-1;0
ENT;007;1 200
ENT;B-2;35
LYO;A-1;-2
LYO;INCONNU;4
"""
ORDERS = """\
order,date,sku,quantity,price,postcode
1,2026-09-07 10:31,007,2,18.90,01000
2,2026-09-13 10:31,A-1,1,35.00,69003
3,2026-09-20 10:31,007,1,19.90,75009
"""


def brought(format: str, folder: Path, text: str, **asked: Any) -> ImportReport:
    path = folder / f"{format}.csv"
    path.write_bytes(text.encode("cp1252"))
    report, refused = import_files(format, [path], folder / "into", **asked)
    assert not refused
    return report


def came_of_it(folder: Path) -> Scenario:
    return load_scenario(folder / "into" / "scenario.yaml")


def problems(format: str, folder: Path, text: str, **asked: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        brought(format, folder, text, **asked)
    assert not list((folder / "into").glob("*")), "nothing is written"
    return [str(problem).rpartition("/")[2] for problem in caught.value.problems]


def test_stores_are_found_offline_by_postcode_and_town(tmp_path: Path) -> None:
    report = brought("stores", tmp_path, STORES)
    world = came_of_it(tmp_path).compile()
    nodes = {node.key: node for node in world.nodes}
    assert list(nodes) == ["ent", "0042", "pdx", "lyo", "ste"], "warehouses first"
    assert (round(nodes["0042"].lat, 1), round(nodes["0042"].lon, 1)) == (46.2, 5.2), "Bourg-en-Bresse, 01000"
    assert world.zones[nodes["ste"].zone] == "42", "a CEDEX, found by its name"
    assert nodes["0042"].pickers == 2
    assert nodes["0042"].daily_orders == 15
    assert nodes["ent"].pickers == 12
    assert report.counts == {"stores": 4, "warehouses": 1}


def test_sizes_follow_the_thirds_of_the_surfaces(tmp_path: Path) -> None:
    report = brought("stores", tmp_path, STORES)
    rows = [line.split(",") for line in (tmp_path / "into" / "stores.csv").read_text().splitlines() if line[0] != "#"]
    size = rows[0].index("size")
    assert {row[0]: row[size] for row in rows[1:]} == {"0042": "S", "pdx": "L", "lyo": "M", "ste": "L"}
    assert "Sizes by thirds of the surfaces: S below 300, L from 310." in report.notes


def test_every_store_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = STORES.replace("75009;Paris", "99999;Nulle Part").replace("Boutique", "Navire").replace("PDX", "LYO")
    text = text.replace("120;Magasin;2", "grand;Magasin;deux")
    told = problems("stores", tmp_path, text)
    assert told == [
        "stores.csv:2: Préparateurs = 'deux': not a number; write one such as 12.5 or 12,5.",
        "stores.csv:2: Surface m² = 'grand': not a number; write one such as 12.5 or 12,5.",
        "stores.csv:3: Code postal = '99999': no commune of mainland France has this postcode or name; correct it, or "
        "give lat and lon.",
        "stores.csv:4: Code magasin = 'LYO': is called like row 3; give each a code of its own.",
    ]


def test_a_kind_of_node_that_there_is_not_is_told(tmp_path: Path) -> None:
    told = problems("stores", tmp_path, STORES.replace("Boutique", "Navire"))
    assert told == [
        "stores.csv:4: Type = 'Navire': not a kind of node; write store, warehouse, dark_store or supplier."
    ]


def test_swapped_coordinates_are_noticed(tmp_path: Path) -> None:
    told = problems("stores", tmp_path, "nom;lat;lon\nLyon;4,83;45,76\n")
    assert len(told) == 1
    assert "are latitude and longitude swapped?" in told[0]


def test_a_geocoder_is_asked_only_when_named_and_only_for_the_town(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import geopy.geocoders

    asked = []

    class Known:
        def __init__(self, **about: Any) -> None: ...

        def geocode(self, where: str) -> Any:
            asked.append(where)
            return type("Place", (), {"latitude": 48.86, "longitude": 2.33})()

    monkeypatch.setitem(geopy.geocoders.SERVICE_TO_GEOCODER, "nominatim", Known)
    text = "nom;adresse;cp;ville\nOpéra;12 rue Auber;99999;Lutèce\n"
    assert "99999" in problems("stores", tmp_path, text)[0]
    assert asked == []
    brought("stores", tmp_path, text, geocoder="nominatim")
    assert asked == ["99999, Lutèce, France"], "never the street"
    assert came_of_it(tmp_path).compile().nodes[-1].lat == 48.86


def test_a_table_of_skus_says_more_than_the_orders(tmp_path: Path) -> None:
    brought("orders", tmp_path, ORDERS)
    brought("skus", tmp_path, SKUS)
    skus = came_of_it(tmp_path).compile().skus
    assert skus.key == ["007", "A-1", "B-2"], "B-2 was not sold, and stands on the shelves all the same"
    assert skus.price.tolist() == [19_900_000, 39_900_000, 1_249_000_000]
    assert skus.cost.tolist() == [6_500_000, 12_000_000, 400_000_000]
    assert skus.mass.tolist() == [120, 380, 2100], "what the table leaves open is usual in the category"
    assert skus.category == ["accessoires", "accessoires", "manteaux"]
    assert skus.label[1] == "Chemise « été »"


def test_skus_without_orders_are_the_assortment_of_generated_customers(tmp_path: Path) -> None:
    brought("skus", tmp_path, SKUS.replace("Poids g", "Ventes/jour").replace(";120", ";3").replace(";2100", ";1"))
    world = came_of_it(tmp_path).compile()
    assert world.skus.key == ["007", "A-1", "B-2"]
    planned = world.demand.online_popularity
    assert planned[0] == pytest.approx(3 * planned[2])
    assert planned[1] == pytest.approx(planned[2]), "a SKU that the plan does not know of is the least popular one"


def test_every_sku_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = SKUS.replace("19,90", "gratuit").replace("A-1", "007").replace("2100", "-2")
    assert problems("skus", tmp_path, text) == [
        "skus.csv:2: PV TTC = 'gratuit': not a number; write one such as 12.5 or 12,5.",
        "skus.csv:3: Code article = '007': stands in row 2 already; keep one of the two.",
        "skus.csv:4: Poids g = '-2': must be between 1 and 1e+07.",
    ]


def test_a_snapshot_is_the_opening_stock_of_the_nodes_it_counts(tmp_path: Path) -> None:
    brought("orders", tmp_path, ORDERS)
    brought("stores", tmp_path, STORES)
    brought("skus", tmp_path, SKUS)
    before = came_of_it(tmp_path).compile()
    report = brought("stock", tmp_path, STOCK)
    world = came_of_it(tmp_path).compile()
    stock = {node.key: world.opening_stock[:, node.id].tolist() for node in world.nodes}
    assert stock["0042"] == [12, 0, 0]
    assert stock["ent"] == [1200, 0, 35]
    assert stock["lyo"] == [0, 0, 0], "a record below zero is none; a SKU that is not sold is left out"
    pdx = next(node.id for node in before.nodes if node.key == "pdx")
    assert stock["pdx"] == before.opening_stock[:, pdx].tolist(), "not counted: as the plan says"
    warehouse = world.nodes[0].id
    share = before.protected[0, warehouse] / before.opening_stock[0, warehouse]
    assert 0 < share < 1
    assert world.protected[0, warehouse] == round(1200 * share), "the stores' pool keeps its proportion"
    assert [one.reason for one in report.left_out.values()] == ["units below zero: taken as none"]


def test_a_snapshot_of_unknown_nodes_is_refused_with_near_names(tmp_path: Path) -> None:
    brought("stores", tmp_path, STORES)
    brought("stock", tmp_path, STOCK.replace("LYO", "LYON"))
    brought("skus", tmp_path, SKUS)
    with pytest.raises(InputError, match=r"stock.csv:\d+: node = 'lyon': no such node in the scenario; .* 'lyo'"):
        came_of_it(tmp_path).compile()


def test_every_count_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = STOCK.replace("0042;A-1;0", "0042;007;13").replace("ENT;B-2;35", "ENT;;beaucoup").replace("-2", "1,5")
    assert problems("stock", tmp_path, text) == [
        "stock.csv:3: Stock = '13': '007' at '0042' stands in row 2 already, otherwise.",
        "stock.csv:5: Référence: no SKU; write its code.",
        "stock.csv:5: Stock = 'beaucoup': not a number; write one such as 12.5 or 12,5.",
        "stock.csv:6: Stock = '1,5': must be a whole number of units.",
    ]


# -- rate cards ----------------------------------------------------------------------------------------------------

CARD = """\
Poids jusqu'à;0 - 150 km;150 - 400 km;> 400 km
250 g;3,15;3,32;3,50
1 kg;4,25;4,48;4,72
5 kg;6,12;6,46;6,80
par kg supplémentaire;0,70;0,60;0,55
"""


def test_a_french_rate_card_reads_like_the_bundled_one(tmp_path: Path) -> None:
    brought("rates", tmp_path, CARD)
    card = read_rate_card(tmp_path / "into" / "rates_parcel_standard.csv")
    assert card.up_to_g.tolist() == [250, 1000, 5000]
    assert card.up_to_m.tolist() == [150_000, 400_000]
    assert (card.price / 1e6).tolist() == [[3.15, 4.25, 6.12], [3.32, 4.48, 6.46], [3.5, 4.72, 6.8]]
    assert card.extra_per_kg == 700_000, "the dearest of its columns"
    scenario = came_of_it(tmp_path)
    own = tmp_path / "into" / "rates_parcel_standard.csv"
    assert scenario.document.services["parcel_standard"].rate_card == str(own)
    scenario.compile()


def test_a_workbook_of_zones_goes_with_its_table_of_zones(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Poids (kg)", "Zone 1", "Zone 2"])
    for row in ([0.5, 4.1, 5.2], [2, 6.3, 7.45], [10, 9, 12]):
        book.active.append(row)
    book.save(tmp_path / "tarif.xlsx")
    (tmp_path / "zones.csv").write_text("Départ;Arrivée;Zone\n*;*;2\n*;=;1\n1;38;1\n", encoding="utf-8")
    files = [tmp_path / "tarif.xlsx", tmp_path / "zones.csv"]
    import_files("rates", files, tmp_path / "into", service="parcel_express")
    world = came_of_it(tmp_path).compile()
    service = next(s for s in world.services if s.key == "parcel_express")
    assert service.rate_card is not None
    assert sorted(set(service.rate_card.price.ravel().tolist())) == [4.1e6, 5.2e6, 6.3e6, 7.45e6, 9e6, 12e6]


def test_a_list_of_prices_is_a_card_too(tmp_path: Path) -> None:
    text = "weight;distance;price\n0.5;100;3.1\n2;100;4.2\n0.5;;3.9\n2;;5.0\nextra kg;;0.8\n"
    brought("rates", tmp_path, text)
    card = read_rate_card(tmp_path / "into" / "rates_parcel_standard.csv")
    assert card.price.tolist() == [[3_100_000, 4_200_000], [3_900_000, 5_000_000]]
    assert card.extra_per_kg == 800_000


def test_every_price_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = CARD.replace("3,32", "offert").replace("1 kg", "léger").replace("6,80", "-6,80")
    assert problems("rates", tmp_path, text) == [
        "rates.csv:2: 150 - 400 km = 'offert': no price; write one such as 4.90 or 4,90.",
        "rates.csv:3: Poids jusqu'à = 'léger': no weight; write the upper limit of the band, such as 0.5, 250 g or "
        "2 kg.",
        "rates.csv:4: > 400 km = '-6,80': no price; write one such as 4.90 or 4,90.",
    ]


def test_an_unknown_service_is_refused(tmp_path: Path) -> None:
    assert "no such service; it has: parcel_standard" in problems("rates", tmp_path, CARD, service="pigeon")[0]


# -- the folder ----------------------------------------------------------------------------------------------------


def test_imports_add_up_and_never_touch_what_is_yours(tmp_path: Path) -> None:
    brought("orders", tmp_path, ORDERS)
    own = tmp_path / "into" / "scenario.yaml"
    own.write_text(own.read_text() + "stock: {web_weeks: 3}\n")
    brought("stores", tmp_path, STORES)
    brought("orders", tmp_path, ORDERS.replace("01000", "01400"))
    scenario = came_of_it(tmp_path)
    assert scenario.document.stock.web_weeks == 3
    assert scenario.document.network.stores_table is not None
    assert scenario.document.network.stores_table.endswith("into/stores.csv")
    assert scenario.document.demand.history is not None
    said = (tmp_path / "into" / "imported.yaml").read_text()
    assert said.count("# - orders: orders.csv") == 1
    assert "# - stores: stores.csv" in said


def test_an_unknown_format_is_refused_with_near_names(tmp_path: Path) -> None:
    from orchestrion.errors import UnknownName

    with pytest.raises(UnknownName, match="did you mean 'shopify'"):
        import_files("shopfy", [], tmp_path / "into")
    with pytest.raises(InputError, match="no such file"):
        import_files("shopify", [tmp_path / "none.csv"], tmp_path / "into")
