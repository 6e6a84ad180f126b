"""Rules that users of Shopify, Salesforce, IBM, SAP and Oracle speak of, said in the pipeline, in a small town."""

from __future__ import annotations

from typing import Any

import numpy as np
import towns
from rule_town import JEANS, LAMP, SHIRT, STORE_10, STORE_20, STORE_30, WAREHOUSE, nodes

from orchestrion.domain.orders import Order
from orchestrion.policies.sourcing import make_policy
from orchestrion.testing import StillView
from orchestrion.units import DAY, MICRO

SHIRT_AND_JEANS = [(SHIRT, 1), (JEANS, 1)]


def euros(*by_node: float) -> Any:
    return lambda order, lines, distance: np.array(by_node) * MICRO


# Shopify ----------------------------------------------------------------------------------------------------


def test_shopify_minimise_splits() -> None:
    stock = [[9, 1, 0, 1], [9, 0, 1, 1], [0] * 4]  # 10 and 20 are nearer, 30 has both
    assert nodes({"sorts": "nearest"}, towns.order(0, SHIRT_AND_JEANS), recorded=stock) == [STORE_30, STORE_30]


def test_shopify_stay_in_market() -> None:
    far_is_cheaper = euros(1, 5, 5, 5)
    assert nodes({"sorts": "cheapest"}, cost=far_is_cheaper) == [WAREHOUSE]
    assert nodes({"sorts": "cheapest", "filters": "same_zone"}, cost=far_is_cheaper) == [STORE_10]
    assert nodes({"filters": {"zones": "east"}}) == [WAREHOUSE]


def test_shopify_ship_from_closest() -> None:
    assert nodes({"sorts": "nearest"}) == [STORE_10]
    assert nodes({"sorts": "nearest"}, towns.order(place=1)) == [STORE_30]


def test_shopify_ranked_locations() -> None:
    ranked = {"sorts": {"rank": ["store_2", "warehouse"]}}
    assert nodes(ranked) == [STORE_20]
    assert nodes(ranked, recorded=[[9, 9, 0, 9]] * 3) == [WAREHOUSE]
    assert nodes(ranked, recorded=[[0, 9, 0, 9]] * 3) == [STORE_10]


# Salesforce -------------------------------------------------------------------------------------------------


def test_salesforce_inventory_availability() -> None:
    assert nodes({"sorts": "most_stock"}, recorded=[[4, 1, 6, 2]] * 3) == [STORE_20]
    assert nodes({"filters": {"stock_at_least": 3}}, recorded=[[9, 1, 2, 3]] * 3) == [STORE_30]


def test_salesforce_location_proximity() -> None:
    assert nodes({"sorts": "nearest"}, recorded=[[9, 0, 9, 9]] * 3) == [STORE_20]


def test_salesforce_overstock() -> None:
    world = towns.three_stores(stock=[[50, 6, 8, 20]] * 3, up_to=[[50, 5, 5, 15]] * 3)
    assert nodes({"sorts": "overstock"}, world=world) == [STORE_20]  # 60 % above target against 20 and 33
    assert nodes({"filters": "overstocked", "sorts": {"rank": "store_3"}}, world=world) == [STORE_30]
    two = [towns.order(i, [(SHIRT, 1)]) for i in range(2)]
    assert nodes({"filters": "overstocked"}, *two, world=world) == [STORE_10, STORE_20]  # only one lies above at km 10


def test_salesforce_split_optimisation_at_most_five() -> None:
    order = towns.order(0, [(SHIRT, 1), (JEANS, 1), (LAMP, 1)])
    apart = [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    assert nodes({"split": {"max_shipments": 5}}, order, recorded=apart) == [STORE_10, STORE_20, STORE_30]
    assert nodes({"split": {"max_shipments": 2}}, order, recorded=apart) == []


# IBM --------------------------------------------------------------------------------------------------------


def test_ibm_shipping_cost() -> None:
    # at km 10 picking takes so long that the whole is dearer there, though the carriage is not
    slow = towns.three_stores(nodes={"store_1": {"pick_setup_s": 3600}})  # an hour at 18 EUR
    cost = euros(40, 5 + 18, 6, 7)
    assert nodes({"sorts": "cheapest"}, world=slow, cost=cost) == [STORE_20]
    assert nodes({"sorts": "carriage"}, world=slow, cost=cost) == [STORE_10]


def test_ibm_node_capacity() -> None:
    assert nodes({"filters": {"capacity_left": 2}}, capacity=[9, 1, 2, 9]) == [STORE_20]


def test_ibm_processing_cost() -> None:
    slow = towns.three_stores(nodes={"store_1": {"pick_setup_s": 3600}})
    assert nodes({"sorts": ["pick_and_pack", "nearest"]}, world=slow) == [STORE_20]


def test_ibm_avoiding_stockouts() -> None:
    sells = towns.three_stores(walk_ins=[0, 9, 3, 3])  # a third of the purchases are shirts: 3, 1, 1 a day
    stock = [[0, 9, 5, 3]] * 3  # 3, 5 and 3 days of cover
    assert nodes({"sorts": "longest_cover"}, world=sells, recorded=stock) == [STORE_20]
    assert nodes({"filters": {"keep_days": 3}}, world=sells, recorded=stock) == [STORE_20]
    assert nodes({"filters": {"keep_days": 2}}, world=sells, recorded=stock) == [STORE_10]


def test_ibm_avoiding_markdowns() -> None:
    world = towns.three_stores(stock=[[50, 5, 5, 9]] * 3, up_to=[[50, 5, 5, 5]] * 3)
    for credit, node in ((1.9, STORE_10), (2.1, STORE_30)):  # 20 km farther: 2 EUR more
        assert nodes({"sorts": {"weighted": {"cheapest": 1, "overstocked_units": credit}}}, world=world) == [node]


def test_ibm_node_performance() -> None:
    """As seen at the desk: a store that sent an order back is trusted a little less than one that did not."""
    first = towns.order(0)
    again = towns.order(0, excluded=(STORE_10,))
    other = towns.order(1)
    view = StillView(towns.three_stores(), [first, other])
    for rule in ({"sorts": ["best_found", "nearest"]}, {"filters": {"found_at_least": 0.95}}):
        policy: Any = make_policy({"name": "rules", "rules": [rule]})
        desk = policy.start(view)
        assert [d.node for d in desk.decide([first], view).decisions] == [STORE_10]
        assert [d.node for d in desk.decide([again], view).decisions] == [STORE_20]
        assert [d.node for d in desk.decide([other], view).decisions] == [STORE_20]


def test_ibm_delivery_speed() -> None:
    def transit(order: Order, node: int) -> int:
        return {WAREHOUSE: 1, STORE_10: 3, STORE_20: 2, STORE_30: 2}[node] * DAY

    assert nodes({"sorts": "fastest"}, transit_s=transit) == [WAREHOUSE]
    assert nodes({"filters": {"arrives_within": "2d"}}, transit_s=transit) == [STORE_20]


# SAP --------------------------------------------------------------------------------------------------------


def test_sap_utilised_capacity() -> None:
    world = towns.three_stores(daily_orders=10)
    assert nodes({"sorts": "least_used"}, world=world, capacity=[2, 3, 8, 5]) == [STORE_20]
    assert nodes({"sorts": "least_busy"}, backlog_s=[90, 60, 60, 30]) == [STORE_30]


def test_sap_delivery_time_and_cost_to_ship_in_one_sum() -> None:
    def transit(order: Order, node: int) -> int:
        return (1 if node == STORE_20 else 3) * DAY  # two days sooner, one euro dearer

    for price, node in ((0.4, STORE_10), (0.6, STORE_20)):
        assert nodes({"sorts": {"weighted": {"cheapest": 1, "fastest": price}}}, transit_s=transit) == [node]


def test_sap_shipments_per_order_at_a_price() -> None:
    order = towns.order(0, [(SHIRT, 1), (LAMP, 1)])
    stock = [[1, 1, 0, 0], [0] * 4, [1, 0, 1, 0]]  # together from the warehouse 16 EUR, apart 6.50 + 7.50
    for price, expected in ((1.9, [STORE_10, STORE_20]), (2.1, [WAREHOUSE, WAREHOUSE])):
        rule = {
            "sorts": {"weighted": {"cheapest": 1, "shipments": price}},
            "split": {"only_when_needed": False},
        }
        assert nodes(rule, order, recorded=stock) == expected


def test_sap_cost_to_pick_and_pack_in_the_sum() -> None:
    slow = towns.three_stores(nodes={"store_1": {"pick_setup_s": 420}})  # 1.50 EUR more; 20 is 1 EUR off
    flat = {"sorts": {"weighted": {"nearest": 0.1}}}
    both = {"sorts": {"weighted": {"nearest": 0.1, "pick_and_pack": 1}}}
    assert nodes(flat, world=slow) == [STORE_10]
    assert nodes(both, world=slow) == [STORE_20]


# Oracle -----------------------------------------------------------------------------------------------------


def test_oracle_proximity_then_on_hand_count() -> None:
    near = towns.town(stock=[[1, 4]], node_km=(10, 10), place_km=(0,), warehouses=0)
    assert nodes({"sorts": ["nearest", "most_stock"]}, world=near) == [1]
    assert nodes({"sorts": ["most_stock", "nearest"]}, recorded=[[3, 3, 4, 4]] * 3) == [STORE_20]


def test_oracle_location_priority() -> None:
    assert nodes({"sorts": [{"rank": ["stores"]}, "most_stock"]}, recorded=[[90, 3, 4, 5]] * 3) == [STORE_30]


def test_oracle_last_order_assigned() -> None:
    orders = [towns.order(i) for i in range(5)]
    turns = nodes({"filters": {"group": "stores"}, "sorts": ["longest_idle", "nearest"]}, *orders)
    assert turns == [STORE_10, STORE_20, STORE_30, STORE_10, STORE_20]


def test_oracle_sales_velocity() -> None:
    assert nodes({"sorts": "slowest_sellers"}, world=towns.three_stores(walk_ins=[9, 9, 3, 6])) == [WAREHOUSE]
    stores = {"filters": {"group": "stores"}, "sorts": "slowest_sellers"}
    assert nodes(stores, world=towns.three_stores(walk_ins=[9, 9, 3, 6])) == [STORE_20]


def test_oracle_labour_cost() -> None:
    dear = {"store_1": {"wage": 30 * MICRO}, "store_3": {"wage": 12 * MICRO}}
    assert nodes({"sorts": "labour"}, world=towns.three_stores(nodes=dear)) == [STORE_30]


def test_oracle_gross_margin() -> None:
    """Price and purchase cost are the same at every node of this model: the cost to serve makes the difference."""
    assert nodes({"sorts": "margin"}, cost=euros(4, 7, 6, 5)) == [WAREHOUSE]
