"""Rules that users of Dynamics 365, OneStock, HotWax and Magento speak of, said in the pipeline, in a small town.

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
