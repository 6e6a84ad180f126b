"""Exports of shop systems, in the layouts that they are documented to have, become scenarios; personal data does not."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from orchestrion.domain.codes import Channel
from orchestrion.errors import InputError
from orchestrion.experiments.calibration import fit_history
from orchestrion.scenarios import Scenario, load_scenario
from orchestrion.scenarios.importers import ImportReport, import_files, importers

UCI = (
    Path(__file__).resolve().parents[3]
    / "shared/data/uci_online_retail/online_retail_full541909_no_invoice.parquet"
)


def brought(format: str, folder: Path, files: dict[str, str | bytes], **asked: Any) -> tuple[ImportReport, Scenario]:
    """Files imported into `folder / "into"`, and the scenario that came of them."""
    report, refused = import_files(format, written(folder, files), folder / "into", **asked)
    assert not refused, refused
    return report, load_scenario(folder / "into" / "scenario.yaml")


def written(folder: Path, files: dict[str, str | bytes]) -> list[Path]:
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return [folder / name for name in files]


def lines(folder: Path) -> list[dict[str, str]]:
    with (folder / "into" / "orders.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def everything_written(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted((folder / "into").iterdir()))


# -- Shopify -------------------------------------------------------------------------------------------------------

# the header of Orders > Export, 79 columns in their order
SHOPIFY_HEADER = next(csv.reader([
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,"
    "Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,"
    "Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,"
    "Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,"
    "Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,"
    "Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,"
    "Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,Payment References"
]))  # fmt: skip
PERSONAL = ["Valjean", "rue Plumet", "jean@exemple.fr", "+33612345678", "Madeleine", "cosette@exemple.fr", "sous le paillasson"]


def shopify_row(order: str, sku: str, quantity: str = "1", price: str = "19.90", **cells: str) -> list[str]:
    row = dict.fromkeys(SHOPIFY_HEADER, "")
    row |= {"Name": order, "Email": "jean@exemple.fr", "Lineitem sku": sku, "Lineitem quantity": quantity,
            "Lineitem price": price, "Lineitem name": f"Produit {sku}", "Lineitem requires shipping": "true"}  # fmt: skip
    row |= cells
    return list(row.values())


def head(created: str = "2026-09-07 10:31:02 +0200", **cells: str) -> dict[str, str]:
    """What the first row of an order says besides its line."""
    said = {
        "Financial Status": "paid", "Created at": created, "Shipping Method": "Colissimo domicile",
        "Shipping Name": "Jean Valjean", "Shipping Street": "55 rue Plumet", "Shipping Address1": "55 rue Plumet",
        "Shipping Phone": "+33612345678", "Billing Name": "M. Madeleine", "Notes": "clef sous le paillasson",
        "Shipping City": "Bourg-en-Bresse", "Shipping Zip": "'01000", "Shipping Country": "FR", "Billing Zip": "'75001",
        "Billing Country": "FR",
    }  # fmt: skip
    return said | {key.replace("_", " "): value for key, value in cells.items()}


def shopify(*rows: list[str]) -> str:
    from io import StringIO

    out = StringIO()
    csv.writer(out).writerows([SHOPIFY_HEADER, *rows])
    return out.getvalue()


SHOPIFY = shopify(
    shopify_row("#1001", "SHIRT-M", "2", **head()),
    shopify_row("#1001", "CAP", "1", "9.50"),
    shopify_row("#1002", "CAP", **head("2026-09-08 23:30:00 -0400", Email="cosette@exemple.fr")),
    shopify_row("#1003", "CAP", **head(Cancelled_at="2026-09-08 08:00:00 +0200")),
    shopify_row("#1003", "MUG"),
    shopify_row("#1004", "CAP", **head(Shipping_Country="BE", Shipping_Zip="1000")),
    shopify_row("#1005", "GIFT", "1", "0.00", **head(Shipping_Method="Chronopost 24h")),
    shopify_row("#1006", "CAP", **head(Shipping_Zip="", Shipping_City="", Billing_Zip="01400", Billing_City="",
                                       Shipping_Method="Retrait en magasin Bourg")),
    shopify_row("#1007", "CAP", **head(Financial_Status="refunded")),
    shopify_row("#1008", "CAP", **head(Shipping_Zip="99999", Shipping_City="Nulle Part")),
)  # fmt: skip


def test_shopify_cells_of_the_order_on_its_first_row_hold_for_all_of_its_lines(tmp_path: Path) -> None:
    brought("shopify", tmp_path, {"orders_export.csv": SHOPIFY})
    first, second = lines(tmp_path)[:2]
    assert (first["order"], first["sku"], first["quantity"], first["price"]) == ("#1001", "SHIRT-M", "2", "19.9")
    assert (second["order"], second["sku"], second["quantity"], second["price"]) == ("#1001", "CAP", "1", "9.5")
    shared = ("t", "commune", "option", "customer")
    assert [first[name] for name in shared] == [second[name] for name in shared]
    assert first["t"] == "2026-09-07 10:31:02", "local time in Paris"
    assert first["commune"] == "01053", "Bourg-en-Bresse, by the postcode behind its apostrophe"


def test_shopify_moments_are_told_in_local_time(tmp_path: Path) -> None:
    brought("shopify", tmp_path, {"orders_export.csv": SHOPIFY})
    (montreal,) = [line for line in lines(tmp_path) if line["order"] == "#1002"]
    assert montreal["t"] == "2026-09-09 05:30:00"


def test_shopify_orders_that_do_not_count_are_told_with_their_lines(tmp_path: Path) -> None:
    report, _ = brought("shopify", tmp_path, {"orders_export.csv": SHOPIFY})
    told = {one.reason: (one.rows, one.examples) for one in report.left_out.values()}
    assert told == {
        "an order whose state does not count": (
            3,
            [
                "line 5: Cancelled at | Financial Status = '2026-09-08 08:00:00 +0200'",
                "line 6: Cancelled at | Financial Status = '2026-09-08 08:00:00 +0200'",
                "line 10: Cancelled at | Financial Status = 'refunded'",
            ],
        ),
        "delivered to a country that is not served": (1, ["line 7: Shipping Country | Billing Country = 'BE'"]),
    }
    assert report.counts == {"rows": 10, "order lines": 6, "orders": 5, "SKUs": 3, "units": 7}
    assert report.not_found == {"'99999'": 1}
    assert report.defective == 0


def test_shopify_shipping_methods_become_options(tmp_path: Path) -> None:
    _, scenario = brought("shopify", tmp_path, {"orders_export.csv": SHOPIFY})
    options = {line["order"]: line["option"] for line in lines(tmp_path)}
    assert options["#1001"] == "home_standard"
    assert options["#1005"] == "home_j1"
    assert options["#1006"] == "collect", "fetched in the store"
    world = scenario.compile()
    assert world.demand.replay is not None
    keys = [world.options[option].key for option in world.demand.replay.option.tolist()]
    assert sorted(keys) == ["home_j1", *["home_standard"] * 4], "the base has no store near Châtillon to fetch it in"


def test_an_address_without_a_shipping_postcode_is_that_of_the_bill(tmp_path: Path) -> None:
    brought("shopify", tmp_path, {"orders_export.csv": SHOPIFY})
    (fetched,) = [line for line in lines(tmp_path) if line["order"] == "#1006"]
    assert fetched["commune"] == "01093", "Châtillon-sur-Chalaronne, 01400"


def test_nothing_personal_leaves_the_importer(tmp_path: Path) -> None:
    ugly = SHOPIFY + ",".join(shopify_row("#1009", "CAP", "jean@exemple.fr", "+33612345678", **head())) + "\n"
    ugly += ",".join(shopify_row("#1010", "CAP", "Jean Valjean", "19.90", **head(Shipping_Zip="55 rue Plumet"))) + "\n"
    path = written(tmp_path, {"orders_export.csv": ugly})
    report, refused = import_files("shopify", path, tmp_path / "into", defects=1.0)
    assert not refused
    told = everything_written(tmp_path) + str(report) + json.dumps(report.to_dict())
    assert report.defective == 2
    for secret in PERSONAL:
        assert secret not in told, secret
        assert secret in ugly
    assert {line["customer"] for line in lines(tmp_path)} == {"c1", "c2"}, "customers are numbers, in order of appearance"


def test_a_shopify_import_runs(tmp_path: Path) -> None:
    from orchestrion.policies.sourcing import make_policy
    from orchestrion.simulation import simulate

    _, scenario = brought("shopify", tmp_path, {"orders_export.csv": SHOPIFY})
    world = scenario.compile()
    facts = simulate(world, make_policy(scenario.policy), seed=1, replication=0)
    asked = facts.tables["requests"]
    assert int(asked["qty"][asked["channel"] < 2].sum()) == 7


# -- WooCommerce ---------------------------------------------------------------------------------------------------

# "Import Export Suite for WooCommerce": one row an order, items in columns of their own
WOO_SUITE = """\
order_id,order_number,order_date,paid_date,status,shipping_total,shipping_tax_total,fee_total,fee_tax_total,tax_total,\
cart_discount,order_discount,discount_total,order_total,order_subtotal,order_key,order_currency,payment_method,\
payment_method_title,transaction_id,customer_ip_address,customer_user_agent,shipping_method,customer_id,customer_user,\
customer_email,billing_first_name,billing_last_name,billing_company,billing_email,billing_phone,billing_address_1,\
billing_address_2,billing_postcode,billing_city,billing_state,billing_country,shipping_first_name,shipping_last_name,\
shipping_company,shipping_phone,shipping_address_1,shipping_address_2,shipping_postcode,shipping_city,shipping_state,\
shipping_country,customer_note,wt_import_key,tax_items,shipping_items,fee_items,coupon_items,refund_items,order_notes,\
download_permissions,line_item_1,line_item_2
712,712,2026-09-07 18:46:58,2026-09-07 18:46:58,completed,4.17,0.83,0,0,5.83,0,0,0,40.00,29.17,wc_order_x,EUR,stripe,CB,,\
203.0.113.9,Mozilla,"Forfait",18,18,jean@exemple.fr,Jean,Valjean,,jean@exemple.fr,0612345678,55 rue Plumet,,75007,Paris,,FR,\
Jean,Valjean,,,55 rue Plumet,,69003,Lyon,,FR,,712,,,,,,,,\
name:Chemise|product_id:37|sku:CH-M|quantity:2|total:20.00|sub_total:25.00,\
name:Tasse|product_id:41|sku:|quantity:1|total:4.17|sub_total:4.17
713,713,2026-09-08 09:00:00,,cancelled,0,0,0,0,0,0,0,0,10,10,k,EUR,stripe,CB,,203.0.113.9,Mozilla,Forfait,19,19,\
x@exemple.fr,A,B,,x@exemple.fr,,,,75007,Paris,,FR,A,B,,,,,69003,Lyon,,FR,,713,,,,,,,,\
name:Chemise|product_id:37|sku:CH-M|quantity:1|total:10.00|sub_total:10.00,
714,714,2026-09-08 10:00:00,,processing,0,0,0,0,0,0,0,0,10,10,k,EUR,stripe,CB,,203.0.113.9,Mozilla,Point relais,20,20,\
y@exemple.fr,C,D,,y@exemple.fr,,,,75007,Paris,,FR,C,D,,,,,,,,,,714,,,,,,,,,
"""
# "Customer / Order / Coupon Export": items in one cell
WOO_CELL = """\
order_id,order_number,date,status,shipping_total,billing_email,billing_postcode,shipping_postcode,shipping_city,\
shipping_country,shipping_method,customer_id,line_items
712,712,2026-09-07 18:46:58,completed,4.17,jean@exemple.fr,75007,69003,Lyon,FR,Forfait,18,\
name:Chemise; rayée|sku:CH-M|quantity:2|total:20.00|sub_total:25.00|meta:;name:Tasse|product_id:41|sku:|quantity:1|\
total:4.17|sub_total:4.17
"""
# the same, one row an item
WOO_ROWS = """\
order_id,order_number,date,status,billing_email,shipping_postcode,shipping_city,shipping_country,shipping_method,\
customer_id,item_id,item_product_id,item_name,item_sku,item_quantity,item_subtotal,item_subtotal_tax,item_total
712,712,2026-09-07 18:46:58,completed,jean@exemple.fr,69003,Lyon,FR,Forfait,18,1,37,Chemise,CH-M,2,25.00,5.00,20.00
712,712,2026-09-07 18:46:58,completed,jean@exemple.fr,69003,Lyon,FR,Forfait,18,2,41,Tasse,,1,4.17,.83,4.17
"""


@pytest.mark.parametrize(("text", "second"), [(WOO_SUITE, "id:41"), (WOO_CELL, "id:41"), (WOO_ROWS, "41")])
def test_woocommerce_items_become_lines_in_each_of_its_layouts(tmp_path: Path, text: str, second: str) -> None:
    brought("woocommerce", tmp_path, {"orders.csv": text}, defects=1.0)
    found = [(o["order"], o["t"], o["sku"], o["quantity"], o["price"], o["commune"]) for o in lines(tmp_path)]
    # subtotals are of the line, before the discount: 25.00 for two
    assert found == [
        ("712", "2026-09-07 18:46:58", "CH-M", "2", "12.5", "69123"),
        ("712", "2026-09-07 18:46:58", second, "1", "4.17", "69123"),
    ]
    assert "exemple.fr" not in everything_written(tmp_path)


def test_woocommerce_amounts_are_without_tax(tmp_path: Path) -> None:
    _, scenario = brought("woocommerce", tmp_path, {"orders.csv": WOO_ROWS})
    world = scenario.compile()
    assert dict(zip(world.skus.key, world.skus.price.tolist(), strict=True)) == {"CH-M": 15_000_000, "41": 5_004_000}


def test_a_woocommerce_order_without_items_is_a_defect_at_its_row(tmp_path: Path) -> None:
    report, _ = brought("woocommerce", tmp_path, {"orders.csv": WOO_SUITE}, defects=1.0)
    (problem,) = report.defects
    assert (problem.line, problem.where) == (4, "line_items")
    assert [one.reason for one in report.left_out.values()] == ["an order whose state does not count", "no SKU"]


# -- Magento -------------------------------------------------------------------------------------------------------


def magento_order(number: str, items: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """As GET /V1/orders answers, shortened."""
    address = {"city": "Lyon", "postcode": "69003", "country_id": "FR", "lastname": "Valjean", "street": ["55 rue Plumet"],
               "telephone": "0612345678", "email": "jean@exemple.fr"}  # fmt: skip
    return {
        "entity_id": 1, "increment_id": number, "created_at": "2026-09-07 22:30:00", "status": "complete",
        "customer_email": "jean@exemple.fr", "customer_lastname": "Valjean", "shipping_description": "Flat Rate - Fixed",
        "items": items, "billing_address": address,
        "extension_attributes": {
            "shipping_assignments": [{"shipping": {"address": address, "method": "flatrate_flatrate"}, "items": items}]
        },
    } | more  # fmt: skip


CONFIGURABLE = [
    {"item_id": 1, "sku": "WS12-M", "product_type": "configurable", "qty_ordered": 2, "price": 18.33,
     "price_incl_tax": 22, "name": "Radiant Tee"},
    {"item_id": 2, "sku": "WS12-M", "product_type": "simple", "qty_ordered": 2, "price": 0, "parent_item_id": 1,
     "name": "Radiant Tee-M"},
    {"item_id": 3, "sku": "24-WG080", "product_type": "bundle", "qty_ordered": 1, "price_incl_tax": 61, "name": "Kit"},
    {"item_id": 4, "sku": "24-WG081", "product_type": "simple", "qty_ordered": 1, "price_incl_tax": 27,
     "parent_item_id": 3, "name": "Ball"},
    {"item_id": 5, "sku": "VIDEO", "product_type": "downloadable", "qty_ordered": 1, "price_incl_tax": 9, "name": "V"},
]  # fmt: skip


def test_magento_counts_the_variant_once_and_the_parts_of_a_bundle(tmp_path: Path) -> None:
    answer = {"items": [magento_order("000000001", CONFIGURABLE)], "total_count": 1}
    brought("magento", tmp_path, {"orders.json": json.dumps(answer)})
    found = [(line["sku"], line["quantity"], line["price"]) for line in lines(tmp_path)]
    assert found == [("WS12-M", "2", "22"), ("24-WG081", "1", "27")]
    assert lines(tmp_path)[0]["t"] == "2026-09-08 00:30:00", "Magento writes UTC"
    assert lines(tmp_path)[0]["option"] == "home_standard"
    told = everything_written(tmp_path)
    assert not [secret for secret in PERSONAL if secret in told]


MAGENTO_TABLES = {
    "sales_order.csv": """\
entity_id,state,status,increment_id,created_at,customer_id,customer_email,shipping_description
1,complete,complete,000000001,2026-09-07 22:30:00,7,jean@exemple.fr,Flat Rate - Fixed
2,canceled,canceled,000000002,2026-09-07 22:30:00,8,x@exemple.fr,Flat Rate - Fixed
""",
    "sales_order_item.csv": """\
item_id,order_id,parent_item_id,product_type,sku,name,qty_ordered,price,price_incl_tax
1,1,,configurable,WS12-M,Radiant Tee,2.0000,18.3300,22.0000
2,1,1,simple,WS12-M,Radiant Tee-M,2.0000,0.0000,
3,2,,simple,24-MB01,Bag,1.0000,28.0000,33.6000
""",
    "sales_order_address.csv": """\
entity_id,parent_id,address_type,lastname,street,city,postcode,country_id,telephone
1,1,billing,Valjean,55 rue Plumet,Paris,75007,FR,0612345678
2,1,shipping,Valjean,55 rue Plumet,Bourg-en-Bresse,1000,FR,0612345678
""",
}
STOCK_SOURCES = "source_code,sku,status,quantity\nlille,WS12-M,1,40.0000\nlyon,WS12-M,1,7.0000\nlyon,OTHER,0,-3.0000\n"


def test_magento_tables_are_joined_and_the_stock_becomes_a_snapshot(tmp_path: Path) -> None:
    report, scenario = brought("magento", tmp_path, {**MAGENTO_TABLES, "stock_sources.csv": STOCK_SOURCES})
    (line,) = lines(tmp_path)
    assert (line["order"], line["sku"], line["quantity"], line["commune"]) == ("000000001", "WS12-M", "2", "01053")
    world = scenario.compile()
    keys = [node.key for node in world.nodes]
    assert world.opening_stock[0, [keys.index("lille"), keys.index("lyon")]].tolist() == [40, 7]
    assert {one.reason for one in report.left_out.values()} == {
        "an order whose state does not count", "units below zero: taken as none",
    }  # fmt: skip


# -- Olist ---------------------------------------------------------------------------------------------------------

OLIST = {
    "olist_orders_dataset.csv": """\
"order_id","customer_id","order_status","order_purchase_timestamp","order_approved_at","order_delivered_carrier_date",\
"order_delivered_customer_date","order_estimated_delivery_date"
"o1","c1","delivered","2017-10-02 10:56:33","2017-10-02 11:07:15","","2017-10-10 21:25:13","2017-10-18 00:00:00"
"o2","c2","canceled","2017-10-03 10:56:33","","","","2017-10-18 00:00:00"
"o3","c3","delivered","2017-10-04 09:00:00","","","","2017-10-18 00:00:00"
""",
    "olist_order_items_dataset.csv": """\
"order_id","order_item_id","product_id","seller_id","shipping_limit_date","price","freight_value"
"o1",1,"p1","s1","2017-10-06 11:07:15",29.99,8.72
"o1",2,"p1","s1","2017-10-06 11:07:15",29.99,8.72
"o1",3,"p2","s2","2017-10-06 11:07:15",118.70,22.76
"o2",1,"p1","s1","2017-10-06 11:07:15",29.99,8.72
"o3",1,"p2","s2","2017-10-06 11:07:15",118.70,22.76
""",
    "olist_customers_dataset.csv": """\
"customer_id","customer_unique_id","customer_zip_code_prefix","customer_city","customer_state"
"c1","u1","03149","sao paulo","SP"
"c2","u2","03149","sao paulo","SP"
"c3","u1","20040","rio de janeiro","RJ"
""",
    "olist_sellers_dataset.csv": """\
"seller_id","seller_zip_code_prefix","seller_city","seller_state"
"s1","03149","sao paulo","SP"
"s2","20040","rio de janeiro","RJ"
""",
    "olist_geolocation_dataset.csv": """\
"geolocation_zip_code_prefix","geolocation_lat","geolocation_lng","geolocation_city","geolocation_state"
"03149",-23.58,-46.59,"sao paulo","SP"
"03149",-23.60,-46.57,"sao paulo","SP"
"20040",-22.90,-43.18,"rio de janeiro","RJ"
"20040",42.18,-8.72,"rio de janeiro","RJ"
""",
    "olist_products_dataset.csv": """\
"product_id","product_category_name","product_name_lenght","product_description_lenght","product_photos_qty",\
"product_weight_g","product_length_cm","product_height_cm","product_width_cm"
"p1","perfumaria",40,287,1,225,16,10,14
"p2","artes",44,276,1,1000,30,18,20
""",
}


def test_olists_tables_become_a_brazil_of_sellers_and_postal_codes(tmp_path: Path) -> None:
    _, scenario = brought("olist", tmp_path, OLIST)
    found = [(o["order"], o["sku"], o["quantity"], o["price"], o["commune"]) for o in lines(tmp_path)]
    assert found == [
        ("o1", "p1", "2", "7.4975", "03149"), ("o1", "p2", "1", "29.675", "03149"), ("o3", "p2", "1", "29.675", "20040"),
    ]  # fmt: skip
    world = scenario.compile()
    assert [(node.label, round(node.lat, 2)) for node in world.nodes] == [("Seller 1 (SP)", -23.59), ("Seller 2 (RJ)", -22.9)]
    assert world.zones == ("RJ", "SP")
    assert world.skus.mass.tolist() == [225, 1000]
    assert world.skus.volume.tolist() == [2240, 10800]
    assert [line["customer"] for line in lines(tmp_path)] == ["c1", "c1", "c1"], "one person, two addresses"


# -- tables of any making ------------------------------------------------------------------------------------------

FRENCH = """\
N° commande;Date;Réf. article;Qté;Prix unitaire TTC;Libellé article;Code postal;Ville;Nom client;Téléphone
1001;07/09/2026 09:30;A-1;2;1 219,90;Chemise « été »;1400;Châtillon-sur-Chalaronne;Jean Valjean;0612345678
1002;2026-09-13 10:00;B-2;1;8,50;L'écharpe;"'69003";LYON 3e;Fantine;0611111111
1003;46280,5;B-2;1;8,5;L'écharpe;75008;PARIS CEDEX 08;Cosette;
1004;14.09.2026;B-2;1;8;L'écharpe;42023;ST ETIENNE CEDEX 2;Marius;
"""


def test_a_french_file_of_mixed_dates_decimal_commas_and_lost_zeros_is_understood(tmp_path: Path) -> None:
    report, _ = brought("orders", tmp_path, {"commandes.csv": FRENCH.encode("cp1252")})
    found = [(o["order"], o["t"], o["quantity"], o["price"], o["commune"], o["label"]) for o in lines(tmp_path)]
    assert found == [
        ("1001", "2026-09-07 09:30:00", "2", "1219.9", "01093", "Chemise « été »"),
        ("1002", "2026-09-13 10:00:00", "1", "8.5", "69123", "L'écharpe"),
        ("1003", "2026-09-15 12:00:00", "1", "8.5", "75056", "L'écharpe"),  # day 46,280.5 of a workbook
        ("1004", "2026-09-14 00:00:00", "1", "8", "42218", "L'écharpe"),  # a CEDEX, found by its name
    ]
    assert report.not_found == {}
    assert "Valjean" not in everything_written(tmp_path)
    assert "Not read: 'Nom client', 'Téléphone'." in report.understood


def test_the_same_table_as_a_workbook_and_as_parquet_is_the_same_import(tmp_path: Path) -> None:
    from datetime import datetime

    import duckdb
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["N° commande", "Date", "SKU", "Qté", "Prix", "CP"])
    sheet.append([1001, datetime(2026, 9, 7, 9, 30), "A-1", 2, 19.9, 1400])
    sheet.append(["1002", "08/09/2026 10:00", "007", 1, 8, "69003"])
    sheet.append(["1003", "28/09/2026 10:00", "007", 1, "8,25", "69003"])
    book.save(tmp_path / "commandes.xlsx")
    source = duckdb.connect()
    source.execute(f"""COPY (SELECT * FROM (VALUES
        ('1001', TIMESTAMP '2026-09-07 09:30:00', 'A-1', 2, 19.9::DOUBLE, '1400'),
        ('1002', TIMESTAMP '2026-09-08 10:00:00', '007', 1, 8.0::DOUBLE, '69003'),
        ('1003', TIMESTAMP '2026-09-28 10:00:00', '007', 1, 8.25::DOUBLE, '69003')
        ) t("N° commande", "Date", "SKU", "Qté", "Prix", "CP")) TO '{tmp_path / "commandes.parquet"}' (FORMAT parquet)""")
    found = []
    for name in ("commandes.xlsx", "commandes.parquet"):
        import_files("orders", [tmp_path / name], tmp_path / "into")
        found.append(lines(tmp_path))
    assert found[0] == found[1]
    assert [line["sku"] for line in found[0]] == ["A-1", "007", "007"]
    assert [line["price"] for line in found[0]] == ["19.9", "8", "8.25"]
    assert found[0][0]["commune"] == "01093"


def test_dates_that_could_mean_two_days_are_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, {"o.csv": "order,date,sku,qty,price\n1,03/04/2026,S,1,9.90\n2,05/06/2026,S,1,9.90\n"})
    with pytest.raises(InputError, match=r"o.csv: date: does the day or the month come first in '03/04/2026'"):
        import_files("orders", path, tmp_path / "into")


def test_one_date_shows_how_all_are_meant(tmp_path: Path) -> None:
    for last, expected in (("13/06/2026", "2026-04-03"), ("06/13/2026", "2026-03-04")):
        text = f"order,date,sku,qty,price\n1,03/04/2026,S,1,9.90\n2,{last},S,1,9.90\n"
        brought("orders", tmp_path, {"o.csv": text})
        assert lines(tmp_path)[0]["t"].startswith(expected)


def test_a_column_that_mixes_both_ways_is_read_where_each_date_is_clear(tmp_path: Path) -> None:
    text = "order,date,sku,qty,price\n1,13/09/2026,S,1,9.90\n2,09/14/2026,S,1,9.90\n3,05/05/2026,S,1,9.90\n"
    brought("orders", tmp_path, {"o.csv": text})
    assert [line["t"][:10] for line in lines(tmp_path)] == ["2026-09-13", "2026-09-14", "2026-05-05"]


def test_columns_that_nobody_recognises_are_asked_for_all_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, {"o.csv": "order,when,thing,qty,price\n1,2026-09-07,S,1,9.90\n"})
    with pytest.raises(InputError) as caught:
        import_files("orders", path, tmp_path / "into")
    assert [problem.where for problem in caught.value.problems] == ["t", "sku"]
    assert all("when, thing" in problem.rule for problem in caught.value.problems)


# -- defects -------------------------------------------------------------------------------------------------------


def fifty_defects() -> str:
    slips = [("1,5", "9.90", "2026-09-07"), ("two", "9.90", "2026-09-07"), ("1", "free", "2026-09-07"),
             ("1", "9.90", "2026-19-07"), ("1", "9.90", "yesterday")]  # fmt: skip
    rows = ["order,date,sku,qty,price"]
    for i in range(50):
        quantity, price, day = slips[i % 5]
        rows.append(f'{1000 + i},{day},S,"{quantity}",{price}')
    rows += [f"{2000 + i},2026-09-08,S,1,9.90" for i in range(950)]
    return "\n".join(rows) + "\n"


def test_a_file_of_fifty_defects_yields_fifty_located_messages_and_is_imported_without_them(tmp_path: Path) -> None:
    report, _ = brought("orders", tmp_path, {"o.csv": fifty_defects()})
    assert report.defective == len(report.defects) == 50
    assert [problem.line for problem in report.defects] == list(range(2, 52))
    assert {problem.where for problem in report.defects} == {"qty", "price", "date"}
    assert str(report.defects[1]).endswith("o.csv:3: qty = 'two': the quantity is no whole number; write whole units, such as 2.")
    with (tmp_path / "into" / "left_out.csv").open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert [int(row["line"]) for row in told] == list(range(2, 52))
    assert len(lines(tmp_path)) == 950


def test_too_many_defects_and_nothing_is_written_but_all_are_told(tmp_path: Path) -> None:
    path = written(tmp_path, {"o.csv": "\n".join(fifty_defects().splitlines()[:100])})
    report, refused = import_files("orders", path, tmp_path / "into")
    assert len(report.defects) == 50
    assert "50 of 99 rows are defective, more than 5%" in refused
    assert list((tmp_path / "into").iterdir()) == []


def test_a_dry_run_tells_the_same_and_writes_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, {"o.csv": fifty_defects()})
    dry, _ = import_files("orders", path, tmp_path / "into", dry_run=True)
    assert not (tmp_path / "into").exists()
    wet, _ = import_files("orders", path, tmp_path / "into")
    assert dry.to_dict() | {"written": wet.written} == wet.to_dict()


def test_the_command_tells_defects_with_row_column_value_and_way_out(tmp_path: Path) -> None:
    from orchestrion.apps.cli import app

    (path,) = written(tmp_path, {"o.csv": fifty_defects()})
    done = CliRunner().invoke(app, ["import", "orders", str(path), "--into", str(tmp_path / "into"), "--defects", "0"])
    assert done.exit_code == 2
    assert sum("o.csv:" in line and "; write" in line for line in done.output.splitlines()) == 50
    assert CliRunner().invoke(app, ["import", "orders", str(path)]).exit_code == 2
    assert all(name in CliRunner().invoke(app, ["import", "--list"]).output for name in importers.names())


# -- orders without numbers ----------------------------------------------------------------------------------------


def test_orders_without_numbers_are_rebuilt_across_blocks_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["date,sku,qty,price,client"]
    rows += [f"2026-09-07 10:{i // 4:02d},S{i},1,9.90,K{i // 8}" for i in range(40)]
    text = "\n".join(rows) + "\n"
    counted = []
    for size in (1_000_000, 7):
        monkeypatch.setattr("orchestrion.scenarios.sheets.BLOCK", size)
        report, _ = brought("orders", tmp_path, {"o.csv": text})
        counted.append([line["order"] for line in lines(tmp_path)])
        assert report.counts["orders"] == 10, "one a minute"
    assert counted[0] == counted[1]
    assert counted[0][:5] == ["r1"] * 4 + ["r2"]


# the peak of the process itself: ru_maxrss would be inherited from the one that started it
PEAK = """
import re, resource, sys
from pathlib import Path
from orchestrion.scenarios.importers import import_files
report, refused = import_files("orders", [Path(sys.argv[1])], Path(sys.argv[2]), mapping=sys.argv[3])
print(report.counts["rows"], report.counts["order lines"], report.counts["orders"], refused or "-")
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
print(peak, round(sum(resource.getrusage(resource.RUSAGE_SELF)[:2])))
"""


@pytest.mark.slow
@pytest.mark.skipif(not UCI.is_file(), reason="the file of real invoices is not on this machine")
def test_half_a_million_real_lines_are_imported_in_the_memory_of_a_tenth_of_them(tmp_path: Path) -> None:
    import duckdb

    peaks = []
    for rows in (54_000, 541_909):
        path = tmp_path / f"{rows}.csv"
        duckdb.connect().execute(f"COPY (SELECT * FROM read_parquet('{UCI}') LIMIT {rows}) TO '{path}' (HEADER)")
        program = [sys.executable, "-c", PEAK, str(path), str(tmp_path / f"into{rows}"), "uci_online_retail_no_invoice"]
        counts, used = subprocess.run(program, capture_output=True, text=True, check=True).stdout.splitlines()
        peaks.append([int(text) for text in used.split()])
    assert counts == "541909 527760 19600 -"
    assert peaks[1][0] < 1.25 * peaks[0][0], "megabytes"
    assert peaks[1][1] < 30, "seconds of CPU"




CHANNELS = """\
commande;date;sku;quantité;prix;canal
1;2026-09-07 10:00;A;1;10,50;Site
2;2026-09-08 10:00;A;1;10,50;Appli iOS
3;2026-09-09 10:00;A;1;10,50;Amazon
4;2026-09-10 10:00;A;1;10,50;
"""


def test_channels_of_the_file_are_those_replayed_and_unknown_ones_are_drawn(tmp_path: Path) -> None:
    mapping = tmp_path / "map.yaml"
    mapping.write_text(
        "columns: {order: commande, t: date, sku: sku, quantity: quantité, price: prix, channel: canal}\n"
        "channels: {site: web, 'appli*': app, amazon: marketplace}\n",
        encoding="utf-8",
    )
    _, scenario = brought("orders", tmp_path, {"orders.csv": CHANNELS}, mapping=str(mapping))
    assert [one["channel"] for one in lines(tmp_path)] == ["web", "app", "marketplace", ""]
    replay = scenario.compile().demand.replay
    assert replay is not None
    assert replay.channel[:3].tolist() == [Channel.WEB, Channel.APP, Channel.MARKETPLACE]
    assert replay.channel[3] in (Channel.WEB, Channel.APP), "france_siloed has no marketplace"
    fit = fit_history(tmp_path / "into" / "orders.csv", scenario)
    shares = fit["demand.online.channels"].value
    assert shares == pytest.approx({"web": 1 / 3, "app": 1 / 3, "marketplace": 1 / 3}, abs=1e-5)


def test_an_option_that_is_not_offered_shifts_no_other(tmp_path: Path) -> None:
    text = "order,t,sku,quantity,price,option\n1,2026-09-07 10:00,A,1,9,home_standard\n2,2026-09-07 11:00,A,1,9,collect\n"
    _, scenario = brought("orders", tmp_path, {"orders.csv": text})
    shares = {"home_standard": 0.0, "home_j1": 0.0, "collect": 1.0}
    without = scenario.vary(
        "no home",
        {"options.home_standard.on": False, "demand.online": {"options": shares, "collect_within_km": 2000}},
    )
    world = without.compile()
    assert world.demand.replay is not None
    keys = [world.options[option].key for option in world.demand.replay.option.tolist()]
    assert keys == ["collect", "collect"], "the first is drawn anew: what it wanted is not offered"


# -- Complete Journey ------------------------------------------------------------------------------------------------

RECEIPTS = """\
household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,week,transaction_timestamp
900,330,31198570044,1095275,2,1.00,0.0,0.0,0.0,1,2017-01-01 11:53:26
900,330,31198570044,6534178,9000,20.00,0.0,0.0,0.0,1,2017-01-01 11:53:26
1228,406,31198655051,1095275,1,0.00,0.0,0.5,0.0,1,2017-01-01 12:26:30
1228,406,31198655051,999,0,0.00,0.0,0.5,0.0,1,2017-01-01 12:26:30
"""
PRODUCTS = """\
product_id,manufacturer_id,department,brand,product_category,product_type,package_size
1095275,2,PASTRY,Private,ROLLS,ROLLS: BAGELS,4 OZ
6534178,69,FUEL,Private,COUPON/MISC ITEMS,GASOLINE-REG UNLEADED,
"""


def test_receipts_of_complete_journey_become_baskets_of_stores_without_fuel(tmp_path: Path) -> None:
    report, scenario = brought("completejourney", tmp_path, {"transactions.csv": RECEIPTS, "products.csv": PRODUCTS})
    told = [(one["order"], one["sku"], one["quantity"], one["price"], one["node"]) for one in lines(tmp_path)]
    assert told == [
        ("31198570044", "1095275", "2", "0.4425", "330"),  # a dollar for two, at .885
        ("31198655051", "1095275", "1", "0", "406"),  # given away with a coupon: asked for all the same
    ]
    assert {o.reason: o.rows for o in report.left_out.values()} == {
        "not a product": 1,
        "quantity of zero or below: a return, a cancellation or a correction": 1,
    }
    assert "900" not in {one["customer"] for one in lines(tmp_path)}, "households by a number of ours"
    assert scenario.compile().skus.label == ["Rolls: bagels"]


def test_a_table_of_complete_journey_that_is_missing_or_another_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="products missing: both tables are needed"):
        brought("completejourney", tmp_path, {"transactions.csv": RECEIPTS})
    with pytest.raises(InputError, match="neither transactions"):
        brought("completejourney", tmp_path, {"other.csv": "a,b\n1,2\n"})


def test_a_package_that_is_not_installed_is_named_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'orchestrion\[examples\]'"):
        import_files("completejourney", [], tmp_path)
    with pytest.raises(InputError, match="which files"):
        import_files("orders", [], tmp_path)
