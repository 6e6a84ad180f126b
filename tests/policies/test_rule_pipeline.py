"""How the rules work together: order, softness, splits, words, and errors with their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import towns
from every_plan import Tariff, best, gathered, of_plan, random_orders, random_town, value
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rule_town import JEANS, LAMP, SHIRT, STORE_10, STORE_20, STORE_30, WAREHOUSE, decide, nodes

from orchestrion.domain.codes import Reason
from orchestrion.errors import InputError
from orchestrion.policies.pipeline.filters import filters
from orchestrion.policies.pipeline.reading import SPLIT
from orchestrion.policies.pipeline.sorts import sorts
from orchestrion.policies.pipeline.when import READERS as WHEN
from orchestrion.policies.sourcing import make_policy, policy_document
from orchestrion.scenarios import load_scenario
from orchestrion.testing import StillView, check_policy
from orchestrion.units import HOUR

EXAMPLES: dict[str, Any] = {
    "group": "stores", "not_group": "warehouses", "within_km": 25, "zones": "west", "in_time": "2h",
    "arrives_within": "2d", "capacity_left": 2, "max_backlog": "1h", "max_orders_a_day": 2, "max_lines_a_day": 3,
    "found_at_least": 0.9, "stock_at_least": 2, "keep_units": 1, "keep_days": 2, "beyond_weeks_of_cover": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", filters.names())
@pytest.mark.parametrize("soft", [False, True])
def test_rules_with_each_filter_keep_the_contract(name: str, soft: bool) -> None:
    rule = {"filters": [{name: EXAMPLES.get(name, True), "soft": soft}], "action": "allow partial"}
    check_policy(make_policy({"name": "rules", "rules": [rule]}))


@pytest.mark.parametrize("name", sorts.names())
def test_rules_with_each_sort_keep_the_contract(name: str) -> None:
    sort = {name: ["store_2", "warehouses"]} if name == "rank" else name
    rules = [{"sorts": [sort, "nearest"], "split": {"max_shipments": 2}}, {"sorts": sort, "action": "allow partial"}]
    check_policy(make_policy({"name": "rules", "rules": rules, "max_shipments": 3, "fallback": "nearest"}))


def test_rules_with_everything_keep_the_contract() -> None:
    check_policy(make_policy(load_scenario("france_rules").policy | {"rules": RULES, "groups": {"near": ["store_1"]}}))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_a_single_rule_with_one_sort_is_the_policy_of_that_name(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=4, skus=4, most=2)
    orders = random_orders(rng, 3, skus=4, lines=4, units=2)
    tariff = Tariff(rng, 3, 4)
    for sort, policy in (("nearest", "nearest"), ("cheapest", "fewest_splits"), ("fastest", "fastest")):
        view = StillView(town, orders, cost=tariff)
        chain: Any = make_policy({"name": "rules", "rules": [{"sorts": [sort], "action": "allow partial"}]})
        ours = chain.start(view).decide(orders, view).decisions
        assert [d[:4] for d in ours] == [d[:4] for d in make_policy(policy).decide(orders, view).decisions], sort


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_a_limited_split_serves_as_many_units_as_any_plan_within_the_limit(seed: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=4, skus=4, most=1)
    orders = random_orders(rng, 1, skus=4, lines=4, units=1)
    view = StillView(town, orders)
    assume(not gathered(view, orders))
    plan = decide([{"split": {"max_shipments": most}, "action": "allow partial"}], *orders, world=town)

    def too_many(order: Any, lines: Any, node: int) -> float:
        return 1.0

    from every_plan import assignments

    within = [value(plan, orders, too_many) for plan in assignments(view, orders) if len(plan) <= most]
    shipments = of_plan(plan)
    assert len(shipments) <= most
    assert value(shipments, orders, too_many)[0] == min(within)[0]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_splitting_freely_finds_the_least_euros_of_all_plans(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=4, skus=3, most=2)
    orders = random_orders(rng, 1, skus=3, lines=3, units=1)
    tariff = Tariff(rng, 1, 4)
    view = StillView(town, orders, cost=tariff)
    assume(not gathered(view, orders))
    rule = {"sorts": ["cheapest"], "split": {"only_when_needed": False}, "action": "allow partial"}
    plan = decide([rule], *orders, world=town, cost=tariff)
    assert value(of_plan(plan), orders, tariff.price) == best(view, orders, tariff.price)


def test_the_second_sort_breaks_the_ties_of_the_first() -> None:
    tie = {"recorded": [[1, 3, 5, 5]] * 3}
    assert nodes({"sorts": ["most_stock", "nearest"]}, **tie) == [STORE_20]
    assert nodes({"sorts": ["most_stock", {"rank": "store_3"}, "nearest"]}, **tie) == [STORE_30]
    assert nodes({"sorts": ["most_stock"]}, **tie) == [STORE_20]  # without a second one the nearest


def test_the_last_soft_filter_gives_way_first() -> None:
    soft = [{"within_km": 15, "soft": True}, {"group": "warehouses", "soft": True}]
    assert nodes({"filters": soft}) == [STORE_10]
    assert nodes({"filters": soft[::-1]}) == [WAREHOUSE]


def test_a_soft_filter_that_leaves_only_a_part_gives_way_where_all_is_asked() -> None:
    order = towns.order(0, [(SHIRT, 1), (JEANS, 1)])
    stock = [[9, 1, 0, 0], [9, 0, 0, 0], [0] * 4]
    near = {"filters": [{"within_km": 50, "soft": True}]}
    assert nodes(near, order, recorded=stock) == [WAREHOUSE, WAREHOUSE]
    assert nodes(near | {"action": "allow partial"}, order, recorded=stock) == [STORE_10]


def test_of_too_many_parcels_the_most_units_leave() -> None:
    order = towns.order(0, [(SHIRT, 1), (JEANS, 1), (LAMP, 1)])
    stock = [[0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]  # 20 has shirt and jeans, 30 the lamp
    plan = decide([{"split": {"max_shipments": 1}, "action": "allow partial"}], order, recorded=stock)
    assert [(d.line.sku, d.node) for d in plan.decisions] == [(SHIRT, STORE_20), (JEANS, STORE_20)]


def test_nodes_that_ship_for_an_order_are_remembered_from_review_to_review() -> None:
    order = towns.order(0, [(SHIRT, 1), (JEANS, 1)])
    rest = order._replace(lines=order.lines[1:])
    rules = [{"action": "allow partial"}]
    for most, later in ((1, []), (2, [STORE_20])):
        policy: Any = make_policy({"name": "rules", "rules": rules, "max_shipments": most})
        early = StillView(towns.three_stores(), [order], recorded=[[0, 1, 0, 0], [0] * 4, [0] * 4])
        desk = policy.start(early)
        assert [d.node for d in desk.decide([order], early).decisions] == [STORE_10]
        late = StillView(towns.three_stores(), [rest], recorded=[[0] * 4, [0, 0, 1, 0], [0] * 4])
        assert [d.node for d in desk.decide([rest], late).decisions] == later


def test_lines_sourced_again_may_open_a_shipment_of_their_own() -> None:
    order = towns.order(0)
    again = order._replace(hop=1, excluded=(STORE_10,))
    policy: Any = make_policy({"name": "rules", "max_shipments": 1})
    view = StillView(towns.three_stores(), [order])
    desk = policy.start(view)
    assert [d.node for d in desk.decide([order], view).decisions] == [STORE_10]
    assert [d.node for d in desk.decide([again], view).decisions] == [STORE_20]


def test_work_given_out_in_the_same_review_counts() -> None:
    orders = [towns.order(i) for i in range(3)]  # three minutes each
    assert nodes({"sorts": "least_busy"}, *orders, backlog_s=[999, 0, 100, 200]) == [STORE_10, STORE_20, STORE_10]


def test_a_rule_may_accept_a_delay_of_its_own() -> None:
    late = {"transit_s": lambda order, node: 5 * HOUR}  # decided at 11:00, promised for 15:00
    order = towns.order(promised_t=15 * HOUR)
    for tolerance, expected in ((True, []), ("59 min", []), ("1h", [STORE_10])):
        assert nodes({"filters": {"in_time": tolerance}}, order, **late) == expected


def test_the_collection_store_packs_without_a_box() -> None:
    order = towns.order(option=towns.COLLECT, collect_at=STORE_30)
    assert nodes({"sorts": ["pick_and_pack", {"rank": "store_1"}]}, order) == [STORE_30]


def test_what_a_rule_holds_is_told_from_what_nobody_has() -> None:
    order = towns.order(0, [(SHIRT, 1), (LAMP, 1)])
    rules = [{"when": {"categories": "home"}, "action": "hold"}, {"action": "allow partial"}]
    plan = decide(rules, order, recorded=[[0] * 4, [1] * 4, [1] * 4])
    assert plan.decisions == []
    assert plan.held == {(0, 0): Reason.NO_NODE, (0, 1): Reason.CHOSEN}


def test_the_first_sort_gives_the_reason() -> None:
    for sort, reason in (("nearest", Reason.NEAREST), ("margin", Reason.CHEAPEST), ("fastest", Reason.CHOSEN)):
        assert [d.reason for d in decide([{"sorts": sort}], towns.order()).decisions] == [reason]


def test_capacity_shrinks_while_a_plan_is_written() -> None:
    orders = [towns.order(i) for i in range(3)]
    assert nodes({}, *orders, capacity=[9, 1, 1, 9]) == [STORE_10, STORE_20, STORE_30]


def test_a_long_order_is_split_within_its_limit_too() -> None:
    order = towns.order(0, [(i % 3, 4) for i in range(6)])
    assert len(set(nodes({"action": "allow partial", "split": {"max_shipments": 2}}, order,
                         recorded=[[0, 5, 5, 5]] * 3))) == 2  # fmt: skip


# Words ------------------------------------------------------------------------------------------------------

RULES: list[Any] = [
    {"name": "own store", "when": {"options": ["collect"]}, "filters": ["collection_store"]},
    {
        "name": "dear baskets",
        "when": {"order_from_eur": 100, "starts": "2024-01-01"},
        "filters": [{"group": ["near", "warehouses"]}, {"within_km": 150, "soft": True}],
        "sorts": [{"rank": ["near"]}, {"weighted": {"cheapest": 1, "fastest": 2.5}}],
        "split": {"max_shipments": 2, "shipment_from_eur": 15},
        "action": "allow partial",
        "otherwise": "hold",
    },
]


def test_the_rules_can_be_read_aloud() -> None:
    policy = make_policy(
        {
            "name": "rules",
            "title": "Try-out",
            "rules": RULES,
            "groups": {"near": ["store_1", "store_2"]},
            "promise_tolerance": ["0s", "1d"],
            "max_shipments": 3,
            "fallback": "nearest",
        }
    )
    assert str(policy) == (
        "Try-out.\n"
        "near: store_1, store_2.\n"
        "Orders are decided as they came.\n"
        "1. own store: for orders by collect, from nodes that hand the order over themselves; nearest first. Allocate "
        "all lines in as few shipments as possible; if that cannot be, go to the next rule.\n"
        "2. dear baskets: for orders worth 100 EUR or more from 2024-01-01, from nodes that belong to near or "
        "warehouses, preferably ones that lie within 150 km; in the order near, others, then least sum of 1 EUR per "
        "EUR, 2.5 EUR per day first. Allocate what can be had in as few shipments as possible (at most 2, no part of a "
        "split worth less than 15 EUR); what is left waits.\n"
        "The list is walked through with the promise itself, then 1d as tolerance on the promise.\n"
        "No order leaves in more than 3 shipments.\n"
        "What no rule allocated is left to the policy nearest.\n"
        "What is left waits for the next review."
    )


def test_every_filter_and_sort_has_words_of_its_own() -> None:
    said = [filters[name](EXAMPLES.get(name, True)) for name in filters.names() if name not in ("in_time",)]
    said += [sorts[name](("stores",) if name == "rank" else True) for name in sorts.names()]
    words = []
    for one in said:
        if type(one).__name__ in ("Group", "NotGroup", "Zones"):
            one = type(one)((one.value,))
        if type(one).__name__ in ("ArrivesWithin", "MaxBacklog"):
            one = type(one)(3600)
        words.append(one.words())
    assert len(set(words)) == len(words)
    assert all(words)


def test_rules_read_back_from_their_own_writing_and_stay_as_they_are() -> None:
    document = [dict(rule) for rule in RULES]
    policy: Any = make_policy({"name": "rules", "rules": document, "groups": {"near": ["store_1"]}})
    assert make_policy(policy_document(policy)) == policy
    assert eval(repr(policy), {"Rules": type(policy)}) == policy
    document[0]["name"] = "changed behind its back"
    assert policy.rules[0]["name"] == "own store"


# Errors -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"filter": []}, "policy.rules.0.filter = []: no such part of a rule; did you mean filters?"),
        ({"filters": ["near"]}, "policy.rules.0.filters.0 = True: no such filter; known: arrives_within, "),
        ({"filters": [{"within": 5}]}, "policy.rules.0.filters.0.within = 5: no such filter; did you mean within_km?"),
        ({"filters": {"within_km": "far"}}, "policy.rules.0.filters.within_km = 'far': write a number of at least 0"),
        ({"filters": [{"in_time": 5}]}, "policy.rules.0.filters.0.in_time = 5: write a duration like"),
        ({"filters": [{"in_time": False}]}, "policy.rules.0.filters.0.in_time = False: write a duration like"),
        ({"filters": [{"open_now": False}]}, "policy.rules.0.filters.0.open_now = False: write true, or leave"),
        ({"filters": [{"open_now": True, "soft": 1}]}, "policy.rules.0.filters.0.soft = 1: write true or false"),
        ({"filters": [{"soft": True}]}, "policy.rules.0.filters.0 = {'soft': True}: write a name, or a name and"),
        ({"filters": [{"found_at_least": 90}]}, "policy.rules.0.filters.0.found_at_least = 90: write a number between"),
        ({"sorts": ["neerest"]}, "policy.rules.0.sorts.0 = True: no such sort; did you mean nearest?"),
        ({"sorts": {"weighted": {"cheapest": "x"}}}, "policy.rules.0.sorts.weighted.cheapest = 'x': write a number"),
        ({"sorts": {"weighted": {"rank": 1}}}, "policy.rules.0.sorts.weighted.rank = 1: rank is a list"),
        ({"split": {"max_shipments": 0}}, "policy.rules.0.split.max_shipments = 0: write a whole number of at least 1"),
        ({"split": {"only_when_needed": False}}, "policy.rules.0.split.only_when_needed = False: splitting freely"),
        ({"split": 2}, "policy.rules.0.split = 2: write a mapping with some of: max_shipments"),
        ({"action": "alocate"}, "policy.rules.0.action = 'alocate': write one of: allocate, allow partial, next rule"),
        ({"otherwise": "cancel"}, "policy.rules.0.otherwise = 'cancel': write one of: next rule, hold"),
        ({"when": {"option": "x"}}, "policy.rules.0.when.option = 'x': no such condition; did you mean options?"),
        ({"when": {"starts": "soon"}}, "policy.rules.0.when.starts = 'soon': not a date; write YYYY-MM-DD"),
        ({"when": {"starts": "2024-02-01", "ends": "2024-01-01"}}, "policy.rules.0.when.ends = '2024-01-01': the last"),
        (
            {"when": {"channels": "shop"}},
            "policy.rules.0.when.channels = 'shop': no channel 'shop'; write web, app, store or marketplace",
        ),
        ({"when": {"order_from_eur": 9, "order_below_eur": 9}}, "policy.rules.0.when.order_below_eur = 9: no order is"),
        ("nearest", "policy.rules.0 = 'nearest': write a mapping with some of: name, when"),
    ],
)
def test_a_wrong_rule_is_refused_with_place_value_and_way_out(rule: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        make_policy({"name": "rules", "rules": [rule]}, file="s.yaml", line=3)
    assert str(error.value).splitlines()[0].startswith(f"s.yaml:3: {message}")


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        ({"rules": []}, r"policy.rules = \[\]: write a list of at least one rule"),
        ({"queue": "first"}, "policy.queue = 'first': write one of: placed, promise, value"),
        ({"promise_tolerance": ["1d", "0s"]}, "policy.promise_tolerance = .*: each step must be longer"),
        ({"promise_tolerance": ["soon"]}, "policy.promise_tolerance.0 = 'soon': not a duration"),
        ({"max_shipments": 0}, "policy.max_shipments = 0: write a whole number"),
        ({"groups": {"stores": ["store_1"]}}, "policy.groups.stores = .*: this name is taken"),
        ({"groups": {"near": []}}, "policy.groups.near = .*: write a name or a list"),
        ({"fallback": "milp"}, "policy.fallback = 'milp': must be a policy that decides order by order"),
        ({"fallback": "nearst"}, "policy.fallback = 'nearst': .*did you mean 'nearest'"),
        ({"fallback": {"name": "nearest", "within": 3}}, "policy.fallback.within = 3: no such parameter of nearest"),
    ],
)
def test_a_wrong_chain_is_refused_too(chain: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_policy({"name": "rules"} | chain)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"filters": [{"group": "store"}]}, "policy.rules.0.filters.0 = 'store': .* did you mean 'stores'"),
        ({"sorts": {"rank": ["store_9"]}}, "policy.rules.0.sorts.0 = 'store_9': .* no group or node"),
        ({"when": {"options": "colect"}}, "policy.rules.0.when.options = 'colect': .* did you mean 'collect'"),
        ({"when": {"zones": "north"}}, "policy.rules.0.when.zones = 'north': .* it has west, east"),
        ({"when": {"categories": "shoes"}}, "policy.rules.0.when.categories = 'shoes': .* no category"),
    ],
)
def test_names_that_the_scenario_does_not_have_are_found_before_the_first_order(rule: Any, message: str) -> None:
    policy: Any = make_policy({"name": "rules", "rules": [rule]})
    with pytest.raises(InputError, match=message):
        policy.start(StillView(towns.three_stores()))


def test_all_problems_of_a_file_are_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "extends: france_unified.yaml\n"
        "policy:\n"
        "  name: rules\n"
        "  rules:\n"
        "    - name: near\n"
        "      filters:\n"
        "        - {within: 50}\n"
        "        - {in_time: soon}\n"
        "    - action: alocate\n"
    )
    with pytest.raises(InputError) as error:
        load_scenario(file)
    told = str(error.value).splitlines()
    assert [line.split(":")[1] for line in told] == ["7", "8", "9"]
    assert 'policy.rules.0.filters.1.in_time = "soon": not a duration' in told[1]


def test_the_bundled_rules_are_known_to_their_scenario() -> None:
    scenario = load_scenario("france_rules")
    policy: Any = make_policy(scenario.policy)
    assert policy.start(StillView(scenario.compile()))
    assert len(str(policy).splitlines()) == 9  # title, queue, five rules, limit, end


def test_every_word_of_the_vocabulary_stands_in_the_documentation() -> None:
    said = (type(make_policy("rules")).__doc__ or "").replace(",", " ").replace(".", " ").split()
    words = [*WHEN, *filters.names(), *sorts.names(), *SPLIT]
    assert [word for word in words if word not in said] == []
