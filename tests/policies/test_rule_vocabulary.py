"""Every rule that users of order-management systems speak of, said in the pipeline, with its effect on a small town.

OneStock's competitive claiming and its timeout, in which stores see an offer and accept it or let it lapse, are the
scenario's; what follows from a refusal is said in the rules.
"""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
import pytest
import towns
import yaml
from rule_town import JEANS, LAMP, SHIRT, STORE_10, STORE_20, STORE_30, WAREHOUSE, decide, nodes

from orchestrion.domain.claiming import Claiming
from orchestrion.domain.codes import Channel, EventKind
from orchestrion.domain.orders import Order
from orchestrion.policies.sourcing import make_policy
from orchestrion.testing import StillView
from orchestrion.units import DAY, HOUR, MICRO

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


# Microsoft Dynamics 365: each constraint hard or soft -------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "view"),
    [
        ({"within_km": 5}, {}),
        ({"in_time": True}, {"transit_s": lambda order, node: 9 * DAY}),
        ({"capacity_left": 3}, {"capacity": [2, 2, 2, 2]}),
        ({"keep_units": 5}, {"recorded": [[5, 5, 5, 5]] * 3}),
        ({"max_backlog": "1h"}, {"backlog_s": 2 * HOUR}),
        ({"open_now": True}, {"now": 5 * HOUR}),
        ({"max_lines_a_day": 1}, {}),
    ],
)
def test_d365_a_soft_constraint_gives_way_where_a_hard_one_stops(constraint: dict[str, Any], view: Any) -> None:
    order = towns.order(0, [(SHIRT, 1), (JEANS, 1)])
    assert nodes({"filters": [constraint]}, order, **view) == []
    assert nodes({"filters": [constraint | {"soft": True}]}, order, **view) == [STORE_10, STORE_10]


def test_d365_maximum_distance() -> None:
    empty_near = [[9, 0, 0, 9]] * 3
    assert nodes({"filters": {"within_km": 25}}, recorded=empty_near) == []
    assert nodes({"filters": {"within_km": 30}}, recorded=empty_near) == [STORE_30]


def test_d365_restrict_partial_orders() -> None:
    order = towns.order(0, SHIRT_AND_JEANS)
    no_jeans = [[9] * 4, [0] * 4, [9] * 4]
    assert nodes({"action": "allocate"}, order, recorded=no_jeans) == []
    assert nodes({"action": "allow partial"}, order, recorded=no_jeans) == [STORE_10]


def test_d365_limit_nodes_per_order_over_all_rules() -> None:
    order = towns.order(0, [(SHIRT, 1), (JEANS, 1), (LAMP, 1)])
    apart = [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    rules = [{"filters": {"within_km": km}, "action": "allow partial"} for km in (15, 25, 35)]
    assert nodes(rules, order, recorded=apart) == [STORE_10, STORE_20, STORE_30]
    assert nodes(rules, order, recorded=apart, chain={"max_shipments": 2}) == [STORE_10, STORE_20]


def test_d365_respect_timings() -> None:
    # the carrier calls at 16:00 for express parcels; 20 minutes of picking end before or after it
    j1 = towns.order(0, option=towns.HOME_J1)
    busy = {"backlog_s": [0, 20 * 60, 0, 0]}
    assert nodes({"filters": "leaves_today"}, j1, now=15 * HOUR + 30 * 60, **busy) == [STORE_10]
    assert nodes({"filters": "leaves_today"}, j1, now=15 * HOUR + 45 * 60, **busy) == [STORE_20]
    assert nodes({"filters": "leaves_today"}, j1, now=15 * HOUR + 58 * 60, **busy) == []
    # warehouses open at six, stores at ten
    assert nodes({"filters": "open_now"}, now=8 * HOUR) == [WAREHOUSE]


def test_d365_maximum_order_lines_per_day() -> None:
    orders = [towns.order(i, SHIRT_AND_JEANS) for i in range(3)]
    assert nodes({"filters": {"max_lines_a_day": 3}}, *orders)[::2] == [STORE_10, STORE_20, STORE_30]


def test_a_days_maximum_starts_anew_the_next_day() -> None:
    orders = [towns.order(i) for i in range(3)]
    world = towns.three_stores()
    policy: Any = make_policy({"name": "rules", "rules": [{"filters": {"max_orders_a_day": 1}}]})
    today = StillView(world, orders)
    tomorrow = StillView(world, orders, now=35 * HOUR)
    desk = policy.start(today)
    assert [d.node for d in desk.decide(orders[:2], today).decisions] == [STORE_10, STORE_20]
    assert [d.node for d in desk.decide(orders[2:], tomorrow).decisions] == [STORE_10]


def test_d365_safety_stock() -> None:
    assert nodes({"filters": {"keep_units": 2}}, recorded=[[9, 2, 3, 9]] * 3) == [STORE_20]


def test_d365_fulfilment_priority() -> None:
    """Which orders come first, and which nodes."""
    urgent = towns.order(1, promised_t=DAY)
    last_unit = {"recorded": [[0, 1, 0, 0]] * 3}
    plan = decide([{}], towns.order(0), urgent, chain={"queue": "promise"}, **last_unit)
    assert [d.line.order for d in plan.decisions] == [1]
    assert nodes({"sorts": {"rank": ["warehouses", "store_3"]}}) == [WAREHOUSE]


def test_d365_maximum_rejects() -> None:
    rules = [{"name": "enough", "when": {"rejected_at_least": 2}, "action": "hold"}, {}]
    once = towns.order()._replace(hop=1, excluded=(STORE_10,))
    twice = once._replace(hop=2, excluded=(STORE_10, STORE_20))
    assert nodes(rules, once) == [STORE_20]
    assert nodes(rules, twice) == []


# OneStock ---------------------------------------------------------------------------------------------------


def test_onestock_ruleset_chaining_with_tolerance_on_the_promise() -> None:
    order = towns.order(promised_t=2 * DAY)
    rules = [{"filters": ["in_time", {"group": "stores"}]}, {"filters": ["in_time", {"group": "warehouses"}]}]

    def transit(order: Order, node: int) -> int:
        return days[node] * DAY

    days = {WAREHOUSE: 3, STORE_10: 4, STORE_20: 4, STORE_30: 4}  # decided at 11:00: 1 and 2 days and 11 hours late
    steps = {"promise_tolerance": ["0s", "2d", "3d"]}
    assert nodes(rules, order, transit_s=transit) == []
    assert nodes(rules, order, transit_s=transit, chain=steps) == [WAREHOUSE]  # a step before any store
    days[STORE_20] = 1
    assert nodes(rules, order, transit_s=transit, chain=steps) == [STORE_20]
    days.update({WAREHOUSE: 9, STORE_20: 4})
    assert nodes(rules, order, transit_s=transit, chain=steps) == [STORE_10]


def claimed(at_once: int, answer_s: float = 600.0) -> list[tuple[int, int]]:
    """(node asked, hop) under rules written in YAML, where store 1 always refuses and stores have an hour to answer."""
    policy = yaml.safe_load("""
        name: rules
        rules:
          - name: after two refusals whoever is left
            when: {rejected_at_least: 2}
            filters: [{group: stores}]
            sorts: [nearest]
          - name: near stores, the nearest first
            filters: [{group: stores}, {within_km: 25}]
            sorts: [nearest]
    """)
    claiming = Claiming(
        asked=np.array([False, True, True, True]), acceptance=np.array([1.0, 0.0, 1.0, 1.0]),
        response_s=np.full(4, answer_s), request_cost=np.zeros(4, np.int64), timeout_s=HOUR, at_once=at_once,
        exponential=False,
    )  # fmt: skip
    wish = (12 * HOUR, Channel.WEB, 0, towns.HOME_STANDARD, -1, [(0, 1)])
    facts = audits.run(towns.three_stores(wishes=[wish], mechanisms={"claiming": claiming}), policy)
    return audits.records(facts["events"], "node", "hop", kind=EventKind.OFFERED)


def test_onestock_competitive_claiming_and_its_timeout() -> None:
    assert claimed(at_once=1) == [(STORE_10, 0), (STORE_20, 1)]  # one after the other
    assert claimed(at_once=2) == [(STORE_10, 0), (STORE_20, 0)]  # both at once: the first to accept has it, no hop
    # nobody answers within the hour: three stores are passed over
    assert claimed(at_once=1, answer_s=2.0 * HOUR) == [(STORE_10, 0), (STORE_20, 1), (STORE_30, 2)]


# HotWax -----------------------------------------------------------------------------------------------------


def test_hotwax_queue() -> None:
    """An order can be parked until it is old enough, and the dearest can go first."""
    rules = [{"when": {"waited_at_least": "2h"}}]
    assert nodes(rules, towns.order(t=10 * HOUR), now=11 * HOUR) == []
    assert nodes(rules, towns.order(t=10 * HOUR), now=12 * HOUR) == [STORE_10]
    cheap, dear = towns.order(0, [(SHIRT, 1)]), towns.order(1, [(SHIRT, 1), (LAMP, 1)])
    plan = decide([{}], cheap, dear, chain={"queue": "value"}, recorded=[[0, 1, 0, 0], [0] * 4, [0, 1, 0, 0]])
    assert [d.line.order for d in plan.decisions] == [1, 1]


def test_hotwax_facility_group() -> None:
    assert nodes({"filters": {"group": "warehouses"}}) == [WAREHOUSE]
    chain = {"groups": {"outlets": ["store_3"], "help": ["outlets", "warehouses"]}}
    assert nodes({"filters": {"group": "help"}}, chain=chain) == [STORE_30]
    assert nodes({"filters": {"not_group": ["store_1", "store_2"]}}) == [STORE_30]


def test_hotwax_proximity() -> None:
    assert nodes([{"filters": {"within_km": 5}}, {"filters": {"within_km": 100}, "sorts": {"rank": "warehouses"}}]) == [
        WAREHOUSE
    ]


def test_hotwax_facility_order_limit() -> None:
    orders = [towns.order(i) for i in range(4)]
    assert nodes({"filters": {"max_orders_a_day": 2}}, *orders) == [STORE_10, STORE_10, STORE_20, STORE_20]


def test_hotwax_brokering_safety_stock() -> None:
    two = [towns.order(i) for i in range(2)]
    assert nodes({"filters": {"keep_units": 4}}, *two) == [STORE_10, STORE_20]


def test_hotwax_inventory_balance() -> None:
    orders = [towns.order(i) for i in range(4)]
    stock = [[0, 3, 4, 5]] * 3
    assert nodes({"sorts": ["most_stock", "nearest"]}, *orders, recorded=stock) == [
        STORE_30, STORE_20, STORE_30, STORE_10
    ]  # fmt: skip


def test_hotwax_custom_sequence() -> None:
    assert nodes({"sorts": {"rank": ["store_3", "store_1", "store_2"]}}) == [STORE_30]


def test_hotwax_allocate_allow_partial_next_rule_hold() -> None:
    order = towns.order(0, SHIRT_AND_JEANS)
    stock = [[9, 1, 0, 0], [9, 0, 0, 0], [0] * 4]  # the store has the shirt, the warehouse both
    stores: dict[str, Any] = {"filters": {"group": "stores"}}
    assert nodes([stores, {}], order, recorded=stock) == [WAREHOUSE, WAREHOUSE]
    assert nodes([stores | {"action": "allow partial"}, {}], order, recorded=stock) == [STORE_10, WAREHOUSE]
    assert nodes([stores | {"action": "next rule"}, {}], order) == [STORE_10, STORE_10]
    assert nodes([stores | {"otherwise": "hold"}, {}], order, recorded=stock) == []
    partly = stores | {"action": "allow partial", "otherwise": "hold"}
    assert nodes([partly, {}], order, recorded=stock) == [STORE_10]
    assert nodes([{"action": "hold"}, {}], order) == []


def test_hotwax_shipment_value_threshold() -> None:
    order = towns.order(0, [(SHIRT, 1), (LAMP, 1)])  # 20 and 100 EUR
    apart = [[0, 1, 0, 0], [0] * 4, [0, 0, 1, 0]]
    for least, expected in ((20, [STORE_10, STORE_20]), (21, [])):
        assert nodes({"split": {"shipment_from_eur": least}}, order, recorded=apart) == expected
    for worth, expected in ((120, [STORE_10, STORE_20]), (121, [])):
        assert nodes({"split": {"order_from_eur": worth}}, order, recorded=apart) == expected


# Magento ----------------------------------------------------------------------------------------------------


def test_magento_source_priority_and_distance_priority() -> None:
    order = towns.order(0, SHIRT_AND_JEANS)
    assert nodes({"sorts": {"rank": ["store_3", "store_1"]}}, order) == [STORE_30, STORE_30]
    assert nodes({"sorts": "nearest"}, order) == [STORE_10, STORE_10]


# What all of them have --------------------------------------------------------------------------------------


def test_click_and_collect_is_handed_over_by_its_own_store() -> None:
    order = towns.order(option=towns.COLLECT, collect_at=STORE_30)
    own = {"when": {"options": ["collect"]}, "filters": ["collection_store"]}
    assert nodes([own], order) == [STORE_30]
    assert nodes([own], order, recorded=[[9, 9, 9, 0]] * 3) == []
    assert nodes([own]) == []  # a home delivery


def test_a_rule_is_valid_between_its_dates_only() -> None:
    rule = {"when": {"starts": "2024-01-02", "ends": "2024-01-03"}}
    for day, valid in ((0, False), (1, True), (2, True), (3, False)):
        assert bool(nodes(rule, now=day * DAY + 11 * HOUR)) is valid


def test_a_rule_may_be_for_channels_zones_categories_or_order_values_only() -> None:
    shirt = towns.order()
    in_the_app = shirt._replace(channel=1)
    assert nodes({"when": {"channels": "app"}}, in_the_app)
    assert not nodes({"when": {"channels": "app"}}, shirt)
    assert nodes({"when": {"zones": "west"}})
    assert not nodes({"when": {"zones": "east"}})
    assert nodes({"when": {"order_from_eur": 20}})
    assert not nodes({"when": {"order_from_eur": 20.01}})
    assert nodes({"when": {"order_below_eur": 20.01}})
    assert not nodes({"when": {"order_below_eur": 20}})
    both = towns.order(0, [(SHIRT, 1), (LAMP, 1)])
    home = decide([{"when": {"categories": "home"}}], both)
    assert [d.line.sku for d in home.decisions] == [LAMP]


def test_the_fallback_takes_what_no_rule_allocated() -> None:
    plan = decide([{"filters": {"within_km": 5}}], towns.order(), chain={"fallback": "warehouse_first"})
    assert [(d.node, d.reason.key) for d in plan.decisions] == [(WAREHOUSE, "fallback")]


def test_stock_protected_for_walk_ins_is_never_touched() -> None:
    world = towns.three_stores(protected=[[0, 5, 5, 4]] * 3)
    assert nodes({"filters": {"group": "stores"}}, world=world) == [STORE_30]


def test_the_town_of_these_tests_lies_where_they_say() -> None:
    world = towns.three_stores()
    assert world.geography.node_place[:, 0].tolist() == [100_000, 10_000, 20_000, 30_000]
    assert [world.zones[node.zone] for node in world.nodes] == ["east", "west", "west", "west"]
    assert world.skus.price.tolist() == [20 * MICRO, 50 * MICRO, 100 * MICRO]
