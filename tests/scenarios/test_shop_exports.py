"""Exports of Shopify, WooCommerce and Magento, in the layouts that they are documented to have, become scenarios."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from importing import PERSONAL, brought, everything_written, lines, written

from orchestrion.scenarios import Scenario
from orchestrion.scenarios.importers import ImportReport, import_files

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


Imported = tuple[Path, ImportReport, Scenario]


@pytest.fixture(scope="module")
def shopify_import(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """The folder of these orders, imported, with the report and the scenario."""
    folder = tmp_path_factory.mktemp("shopify")
    return folder, *brought("shopify", folder, {"orders_export.csv": SHOPIFY})


def test_shopify_cells_of_the_order_on_its_first_row_hold_for_all_of_its_lines(shopify_import: Imported) -> None:
    folder, _, _ = shopify_import
    first, second = lines(folder)[:2]
    assert (first["order"], first["sku"], first["quantity"], first["price"]) == ("#1001", "SHIRT-M", "2", "19.9")
    assert (second["order"], second["sku"], second["quantity"], second["price"]) == ("#1001", "CAP", "1", "9.5")
    shared = ("t", "commune", "option", "customer")
    assert [first[name] for name in shared] == [second[name] for name in shared]
    assert first["t"] == "2026-09-07 10:31:02", "local time in Paris"
    assert first["commune"] == "01053", "Bourg-en-Bresse, by the postcode behind its apostrophe"


def test_shopify_moments_are_told_in_local_time(shopify_import: Imported) -> None:
    folder, _, _ = shopify_import
    (montreal,) = [line for line in lines(folder) if line["order"] == "#1002"]
    assert montreal["t"] == "2026-09-09 05:30:00"


def test_shopify_orders_that_do_not_count_are_told_with_their_lines(shopify_import: Imported) -> None:
    _, report, _ = shopify_import
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


def test_shopify_shipping_methods_become_options(shopify_import: Imported) -> None:
    folder, _, scenario = shopify_import
    options = {line["order"]: line["option"] for line in lines(folder)}
    assert options["#1001"] == "home_standard"
    assert options["#1005"] == "home_j1"
    assert options["#1006"] == "collect", "fetched in the store"
    world = scenario.compile()
    assert world.demand.replay is not None
    keys = [world.options[option].key for option in world.demand.replay.option.tolist()]
    assert sorted(keys) == ["home_j1", *["home_standard"] * 4], "the base has no store near Châtillon to fetch it in"


def test_an_address_without_a_shipping_postcode_is_that_of_the_bill(shopify_import: Imported) -> None:
    folder, _, _ = shopify_import
    (fetched,) = [line for line in lines(folder) if line["order"] == "#1006"]
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


def test_a_shopify_import_runs(shopify_import: Imported) -> None:
    from orchestrion.policies.sourcing import make_policy
    from orchestrion.simulation import simulate

    _, _, scenario = shopify_import
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
