"""Rules leave in a document that reads back the same, and in other systems' terms with nothing lost in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from every_plan import Tariff, random_orders, random_town
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrion import bundled
from orchestrion.errors import InputError
from orchestrion.policies.pipeline.filters import filters
from orchestrion.policies.pipeline.reading import Reading
from orchestrion.policies.pipeline.sorts import sorts
from orchestrion.policies.sourcing import make_policy, sourcing_policies
from orchestrion.policies.sourcing.rules import Rules
from orchestrion.scenarios import load_scenario
from orchestrion.scenarios.rules_out import (
    Places,
    candidates,
    difference,
    in_rules,
    needs,
    read_rules,
    rules_document,
    rules_schema,
    systems,
)
from orchestrion.testing import StillView

LISTS = {"group": ["stores"], "not_group": ["warehouses"], "zones": ["59"], "rank": ["warehouses", "stores"]}
VALUES: dict[str, Any] = {
    **LISTS, "within_km": 50, "in_time": "2h", "arrives_within": "1d 12h", "capacity_left": 2, "max_backlog": "3h",
    "max_orders_a_day": 20, "max_lines_a_day": 40, "found_at_least": 0.9, "stock_at_least": 3, "keep_units": 2,
    "keep_days": 3.5, "beyond_weeks_of_cover": 8,
}  # fmt: skip
PLACES = Places(
    {"lille": "Lille", "paris": "Paris", "lens": "Lens"}, {"warehouses": ("lille",), "stores": ("paris", "lens")}
)


def chain(*rules: dict[str, Any], **parts: Any) -> Rules:
    made = make_policy({"name": "rules", "rules": list(rules), **parts})
    assert isinstance(made, Rules)
    return made


def documented(*rules: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return rules_document(chain(*rules, **parts))


some_filters = st.lists(
    st.sampled_from(filters.names()).flatmap(
        lambda name: st.builds(
            lambda soft, value: {name: value, "soft": soft},
            st.booleans(),
            st.sampled_from([VALUES.get(name, True), True]) if name == "in_time" else st.just(VALUES.get(name, True)),
        )
    ),
    max_size=4,
)
plain_sorts = st.sampled_from([name for name in sorts.names() if name != "rank"])
some_sorts = st.lists(
    st.one_of(
        plain_sorts,
        st.just({"rank": ["stores", "warehouses"]}),
        st.just({"overstock": 6}),
        st.dictionaries(plain_sorts, st.floats(0, 50), min_size=1, max_size=3).map(lambda parts: {"weighted": parts}),
    ),
    min_size=1,
    max_size=3,
)
some_when = st.fixed_dictionaries(
    {},
    optional={
        "starts": st.just("2026-10-01"), "ends": st.just("2026-12-24"), "options": st.just(["collect"]),
        "channels": st.just(["web", "app"]), "order_from_eur": st.floats(1, 50), "rejected_at_least": st.integers(1, 3),
        "waited_at_least": st.just("6h"), "categories": st.just(["home"]), "zones": st.just(["59"]),
    },
)  # fmt: skip
some_split = st.fixed_dictionaries(
    {},
    optional={
        "max_shipments": st.integers(1, 4), "order_from_eur": st.floats(1, 99), "shipment_from_eur": st.floats(1, 9),
    },
)  # fmt: skip
some_rule = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "près d'ici", "c: d"]), "filters": some_filters, "sorts": some_sorts},
    optional={
        "when": some_when, "split": some_split, "otherwise": st.sampled_from(["next rule", "hold"]),
        "action": st.sampled_from(["allocate", "allow partial", "next rule", "hold"]),
    },
)  # fmt: skip
some_chain = st.builds(
    lambda rules, parts: chain(*rules, **parts),
    st.lists(some_rule, min_size=1, max_size=3),
    st.fixed_dictionaries(
        {},
        optional={
            "title": st.just("Été"), "queue": st.sampled_from(["placed", "promise", "value"]),
            "promise_tolerance": st.sampled_from([["0s"], ["0s", "1d"]]), "max_shipments": st.integers(1, 3),
            "groups": st.just({"north": ["lille", "lens"]}),
            "fallback": st.sampled_from(["nearest", {"name": "nearest", "within_km": 80}]),
        },
    ),
)  # fmt: skip


@given(some_chain)
@settings(max_examples=150, deadline=None)
def test_every_rule_set_reads_back_to_the_same_policy_and_keeps_the_schema(policy: Rules) -> None:
    document = rules_document(policy, {"study": "x"})
    text = json.dumps(document)
    jsonschema.Draft202012Validator(rules_schema()).validate(json.loads(text))
    again = read_rules(text)
    assert Reading().rules(again.rules) == Reading().rules(policy.rules)
    assert rules_document(again, {"study": "x"}) == document


@given(st.integers(0, 2**32 - 1), some_chain)
@settings(max_examples=25, deadline=None)
def test_the_policy_read_back_decides_alike(seed: int, policy: Rules) -> None:
    if "lille" in repr(policy) or "59" in repr(policy) or "collect" in repr(policy) or "home" in repr(policy):
        return  # a random town has no such places
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=4, skus=4, most=2)
    orders = random_orders(rng, 3, skus=4, lines=3, units=2)
    tariff = Tariff(rng, 3, 4)
    decided = []
    for one in (policy, read_rules(json.dumps(rules_document(policy)))):
        view = StillView(town, orders, cost=tariff)
        decided.append(one.start(view).decide(orders, view).decisions)
    assert decided[0] == decided[1]


def test_the_published_schema_is_that_of_the_vocabulary() -> None:
    path = bundled.scenarios_folder() / "rules-1.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == rules_schema(), (
        "write it anew: orchestrion export-rules --schema > scenarios/rules-1.schema.json"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 1, is read here"),
        ({"rulez": []}, r"rules.json: rulez = \[\]: no such key; known: format"),
        ({"rules": [{"name": "a", "filters": [{"filter": "within_miles", "value": 3}]}]}, "did you mean within_km"),
        ({"rules": [{"name": "a", "filters": [{"filter": "within_km", "value": -3}]}]}, "at least 0"),
        ({"rules": [{"name": "a", "sorts": [{"sorted": "nearest"}]}]}, "sorts.0.sorted"),
        ({"rules": 3}, "a list is expected"),
    ],
)
def test_a_document_that_is_wrong_is_refused_with_its_place(change: dict[str, Any], message: str) -> None:
    document = documented({"name": "a"}) | change
    with pytest.raises(InputError, match=message):
        read_rules(json.dumps(document))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(rules_schema()).validate(document)


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(InputError, match="not JSON"):
        read_rules("{")


# -- named policies in rules ---------------------------------------------------------------------------------------

EXACT = [
    {"name": "nearest"}, {"name": "nearest", "within_km": 30}, {"name": "fewest_splits"}, {"name": "fastest"},
    {"name": "cheapest"}, {"name": "weighted", "eur_per_day_late": 0, "eur_per_t_co2e": 120, "eur_per_split": 0.5},
]  # fmt: skip


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_a_policy_said_exactly_decides_as_its_rules_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    town = random_town(rng, nodes=4, skus=4, most=2)
    orders = random_orders(rng, 3, skus=4, lines=4, units=2)
    tariff = Tariff(rng, 3, 4)
    for document in EXACT:
        policy = make_policy(document)
        said = in_rules(policy)
        assert said is not None
        assert said.exact, document
        decided = []
        for one in (policy, said.policy):
            view = StillView(town, orders, cost=tariff)
            decided.append([d[:4] for d in one.start(view, None).decide(orders, view).decisions])
        assert decided[0] == decided[1], document


def test_every_policy_is_said_in_rules_or_has_candidates() -> None:
    for name in sourcing_policies.names():
        try:
            policy = make_policy(name)
        except InputError:
            continue
        said = in_rules(policy)
        assert said is not None or len(candidates(policy)) >= 7, name


def test_the_weights_of_an_optimiser_are_a_candidate_of_their_own() -> None:
    first = candidates(make_policy({"name": "milp", "eur_per_t_co2e": 200.0}))[0]
    (sort,) = rules_document(first)["rules"][0]["sorts"]
    assert {part["sort"]: part["eur"] for part in sort["parts"]}["lowest_co2e"] == pytest.approx(0.2)


# -- other systems -------------------------------------------------------------------------------------------------


def everything(name: str, document: dict[str, Any]) -> tuple[str, list[str]]:
    told = systems[name](document, PLACES)
    return json.dumps(told.content, sort_keys=True, default=str), told.cannot


@pytest.mark.parametrize("system", systems.names())
@pytest.mark.parametrize("name", filters.names())
def test_no_filter_gets_lost_in_silence(system: str, name: str) -> None:
    with_it = everything(system, documented({"name": "a", "filters": [{name: VALUES.get(name, True)}]}))
    without = everything(system, documented({"name": "a"}))
    assert with_it != without


@pytest.mark.parametrize("system", ["shopify", "magento", "hotwax", "d365"])
def test_who_collects_is_never_brokered_to_another_store(system: str) -> None:
    """These systems leave collected orders to the store chosen: a rule for them would send them anywhere."""
    collect = {"name": "own store", "when": {"options": ["collect"]}, "filters": ["collection_store"]}
    others = {"name": "home", "filters": [{"group": "stores"}]}
    content, cannot = everything(system, documented(collect, others))
    alone, cannot_alone = everything(system, documented(others))
    assert content == alone
    assert set(cannot) - set(cannot_alone) == {
        "rule 'own store': sending elsewhere what the store chosen does not have; orders to be collected stay with it, "
        "and need no rule."
    }


def test_a_profile_of_dynamics_serves_every_mode_that_a_rule_serves() -> None:
    quick = {"name": "quick", "when": {"options": ["home_j1"]}}
    modes = [
        systems["d365"](documented(*rules), PLACES).content["fulfillmentProfile"]["modesOfDelivery"]
        for rules in ([quick], [quick, {"name": "all"}])
    ]
    assert modes == [["home_j1"], "all"]


@pytest.mark.parametrize("system", systems.names())
@pytest.mark.parametrize("name", [*sorts.names(), "weighted"])
def test_no_sort_gets_lost_in_silence(system: str, name: str) -> None:
    value = {"cheapest": 1, "fastest": 5} if name == "weighted" else LISTS.get(name, True)
    found = {everything(system, documented({"name": "a", "sorts": [{name: value}]}))[0]}
    told = everything(system, documented({"name": "a", "sorts": [{name: value}]}))
    plain = everything(system, documented({"name": "a"}))
    assert told != plain or name == "nearest"
    assert found


@pytest.mark.parametrize("system", systems.names())
@pytest.mark.parametrize(
    "change",
    [
        {"when": {"options": ["collect"]}}, {"when": {"channels": ["web"]}}, {"when": {"order_from_eur": 50}},
        {"when": {"starts": "2026-10-01"}}, {"when": {"rejected_at_least": 2}}, {"when": {"waited_at_least": "2h"}},
        {"when": {"categories": ["home"]}}, {"when": {"zones": ["59"]}}, {"split": {"max_shipments": 2}},
        {"split": {"order_from_eur": 40}}, {"split": {"shipment_from_eur": 10}}, {"action": "allow partial"},
        {"sorts": ["cheapest"], "split": {"only_when_needed": False}},
    ],
    ids=str,
)  # fmt: skip
def test_no_condition_or_limit_gets_lost_in_silence(system: str, change: dict[str, Any]) -> None:
    base = {"name": "a", "sorts": change.get("sorts", ["nearest"])}
    assert everything(system, documented(base | change)) != everything(system, documented(base))


@pytest.mark.parametrize("system", systems.names())
@pytest.mark.parametrize(
    "part",
    [{"queue": "value"}, {"promise_tolerance": ["0s", "1d"]}, {"max_shipments": 2}, {"fallback": "nearest"}],
    ids=str,
)
def test_nothing_of_the_whole_list_gets_lost_in_silence(system: str, part: dict[str, Any]) -> None:
    assert everything(system, documented({"name": "a"}, **part)) != everything(system, documented({"name": "a"}))


def test_the_generic_document_reads_back_and_keeps_the_schema() -> None:
    policy = make_policy(load_scenario("france_rules").policy)
    assert isinstance(policy, Rules)
    content = systems["generic"](rules_document(policy), PLACES).content
    jsonschema.Draft202012Validator(rules_schema()).validate(content)
    assert Reading().rules(read_rules(json.dumps(content)).rules) == Reading().rules(policy.rules)


def test_shopify_gets_its_own_four_rules_in_order() -> None:
    told = systems["shopify"](
        documented({"name": "a", "filters": ["same_zone"], "sorts": [{"rank": ["stores"]}, "nearest"]}), PLACES
    )
    assert told.content == {
        "order_routing": [
            {"rule": "Minimize split fulfillments"},
            {"rule": "Stay within the destination market"},
            {"rule": "Ranked locations", "locations": ["Paris", "Lens", "Lille"]},
            {"rule": "Ship from the closest location"},
        ]
    }


def test_magento_gets_an_algorithm_and_its_sources_in_order() -> None:
    rules = documented({"name": "a", "filters": [{"keep_units": 2}], "action": "allow partial"})
    told = systems["magento"](rules, PLACES)
    assert told.content["source_selection_algorithm"] == "distance"
    assert told.content["out_of_stock_threshold"] == 2
    assert told.cannot == [
        "rule 'a': as few shipments as possible; each source gives what it has, in turn, line by line."
    ]
    ranked = systems["magento"](documented({"name": "a", "sorts": [{"rank": ["stores"]}]}), PLACES)
    links = ranked.content["stock_source_links"]
    assert [(link["source_code"], link["priority"]) for link in links] == [("paris", 1), ("lens", 2), ("lille", 3)]


def test_hotwax_gets_conditions_in_its_own_codes() -> None:
    told = systems["hotwax"](
        documented(
            {
                "name": "stores near by", "when": {"options": ["home_j1"]}, "action": "allow partial",
                "filters": [{"group": "stores"}, {"within_km": 150}, {"keep_units": 1}],
                "sorts": ["nearest", "most_stock", {"rank": ["stores"]}], "otherwise": "hold",
            }
        ),
        PLACES,
    )  # fmt: skip
    assert told.cannot == []
    (routing,) = told.content["routings"]
    assert [(o["fieldName"], o.get("fieldValue")) for o in routing["orderFilters"]] == [
        ("shipmentMethodTypeId", "home_j1"), ("orderDate", None),
    ]  # fmt: skip
    (rule,) = routing["rules"]
    assert [(f["conditionTypeEnumId"], f["fieldName"], f.get("fieldValue")) for f in rule["inventoryFilters"]] == [
        ("ENTCT_FILTER", "facilityGroupId", "stores"), ("ENTCT_FILTER", "distance", "150"),
        ("ENTCT_FILTER", "measurementSystem", "METRIC"), ("ENTCT_FILTER", "brokeringSafetyStock", "1"),
        ("ENTCT_SORT_BY", "distance", None), ("ENTCT_SORT_BY", "inventoryForAllocation", None),
        ("ENTCT_SORT_BY", "facilitySequence", None),
    ]  # fmt: skip
    assert rule["actions"] == [{"actionTypeEnumId": "ORA_MV_TO_QUEUE"}]
    assert rule["partialAllocation"] is True
    assert told.content["facilityGroups"] == {"stores": ["paris", "lens"]}


def test_dynamics_gets_rules_of_its_own_types() -> None:
    told = systems["d365"](
        documented(
            {
                "name": "a", "filters": [{"within_km": 80, "soft": True}, {"keep_units": 2}], "sorts": ["cheapest"],
                "split": {"max_shipments": 2, "order_from_eur": 60}, "action": "allow partial",
                "when": {"starts": "2026-10-01", "rejected_at_least": 3},
            }
        ),
        PLACES,
    )  # fmt: skip
    profile = told.content["fulfillmentProfile"]
    assert profile["optimizationObjective"] == "cost"
    by_type = {rule["type"]: rule for rule in profile["rules"]}
    assert by_type["Maximum distance rule"]["maximumDistance"] == 80
    assert by_type["Maximum distance rule"]["hardConstraint"] is False
    assert by_type["Maximum distance rule"]["startDate"] == "2026-10-01"
    assert by_type["Minimum inventory rule"]["minimumInventory"] == 2
    partial = by_type["Partial orders rule"]
    assert (partial["maximumFulfillingLocations"], partial["orderTotalThreshold"]) == (2, 60)
    assert by_type["Maximum rejects rule"]["maximumRejects"] == 3
    assert told.cannot == []


def test_onestock_gets_chained_rulesets_with_tolerance() -> None:
    told = systems["onestock"](
        documented({"name": "near", "filters": [{"within_km": 50}]}, {"name": "any"}, promise_tolerance=["0s", "1d"]),
        PLACES,
    )
    found = told.content["orchestration"]
    assert [one["ruleset"] for one in found["chained_rulesets"]] == ["near", "any"]
    assert found["tolerance_on_promise"] == ["0s", "1d"]
    assert told.cannot == []


# -- what IT must feed ---------------------------------------------------------------------------------------------


def test_every_word_of_the_rules_says_what_it_needs_to_know() -> None:
    from orchestrion.scenarios.rules_out.needs import FILTERS, SORTS

    assert set(FILTERS) == set(filters.names())
    assert set(SORTS) == set(sorts.names())


def test_rules_that_look_at_the_clock_need_a_capacity_feed() -> None:
    plain = needs(documented({"name": "a", "sorts": [{"rank": ["stores"]}]}))
    assert len(plain) == 2
    assert "reserved in the moment" in plain[0]
    timed = needs(documented({"name": "a", "filters": ["in_time"], "sorts": [{"weighted": {"cheapest": 1}}]}))
    assert [one for one in timed if one not in plain] == [
        line for line in timed if "capacity feed" in line or "Rate cards" in line
    ]
    assert len(timed) == 4


# -- what changes --------------------------------------------------------------------------------------------------


def test_what_changes_is_told_line_by_line() -> None:
    today = documented({"name": "near", "filters": [{"within_km": 50}]})
    then = documented({"name": "near", "filters": [{"within_km": 80}]}, max_shipments=2)
    told = difference(today, then)
    assert "- shipments of an order: any number" in told
    assert "+ shipments of an order: at most 2" in told
    assert sum("within 50 km" in line for line in told if line.startswith("- ")) == 1
    assert sum("within 80 km" in line for line in told if line.startswith("+ ")) == 1
    assert "  queue: placed" in told
    assert all(line.startswith("  ") for line in difference(today, today))
    assert all(line.startswith("+ ") for line in difference(None, today))


def test_a_group_is_told_with_its_members(tmp_path: Path) -> None:
    world = load_scenario("france_siloed").compile()
    places = Places.of(world, {"north": ("lille", "lens")}) if "lens" in {n.key for n in world.nodes} else None
    places = places or Places.of(world, {"north": (world.nodes[0].key,)})
    assert set(places.groups) == {"north", "warehouses", "stores"}
    assert places.members(["warehouses", world.nodes[0].key])[0] == world.nodes[0].key
    assert len(places.members(["warehouses", "stores"])) == len(world.nodes)
