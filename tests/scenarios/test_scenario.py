"""A scenario is a document with a diff: loading, named overrides, differences, hash, round trip, schema."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrion import bundled
from orchestrion.errors import InputError, UnknownName
from orchestrion.scenarios import Scenario, json_schema, load_scenario, set_values
from orchestrion.scenarios.document import ScenarioDocument
from orchestrion.scenarios.reader import read_text
from orchestrion.scenarios.scenario import dumped

AUTUMN = """\
# An autumn in the shop,
# in one sentence.
title: Autumn
time: {measured_weeks: 3}
demand:
  online:
    orders_per_day: 500
    channels: {web: 0.5, app: 0.5}
policy: {name: nearest, within_km: 120}
overrides:
  rush:
    demand.online.orders_per_day: 3000
  small: {time.measured_weeks: 1, demand: {walk_in: {per_day: 10}}}
"""


@pytest.fixture
def autumn(tmp_path: Path) -> Scenario:
    (tmp_path / "autumn.yaml").write_text(AUTUMN, encoding="utf-8")
    return load_scenario(tmp_path / "autumn.yaml")


def test_a_file_becomes_a_scenario(autumn: Scenario) -> None:
    assert (autumn.name, autumn.title) == ("autumn", "Autumn")
    assert autumn.description == "An autumn in the shop, in one sentence."
    assert autumn.document.demand.online.orders_per_day == 500
    assert autumn.policy == {"name": "nearest", "within_km": 120}
    assert autumn.document.network.stores.walk_ins, "a section keeps its own defaults"
    assert len(autumn.hash) == 64


def test_overrides_change_what_they_name_and_nothing_else(autumn: Scenario) -> None:
    rush = autumn.vary("black friday", {"demand.online.orders_per_day": 3_000})
    assert (rush.name, rush.title) == ("black friday", "Autumn (black friday)")
    assert [(c.path, c.here, c.there, c.unit) for c in rush.diff(autumn)] == [
        ("demand.online.orders_per_day", 3000.0, 500.0, "orders a day")
    ]
    assert autumn.document.demand.online.orders_per_day == 500, "the base is as it was"
    assert rush.hash != autumn.hash


def test_a_diff_prints_as_a_table(autumn: Scenario) -> None:
    diff = autumn.vary("rush", {"demand.online.orders_per_day": 3_000}).diff(autumn)
    row = str(diff).splitlines()[2]
    assert row.split() == ["demand.online.orders_per_day", "3000.0", "500.0", "orders", "a", "day"]
    assert not autumn.diff(autumn)
    assert "same world" in str(autumn.diff(autumn))


def test_a_section_is_changed_key_by_key_and_shares_are_replaced(autumn: Scenario) -> None:
    varied = autumn.vary("v", {"demand.online": {"orders_per_day": 9}, "demand.online.channels": {"web": 1.0}})
    assert varied.document.demand.online.lines == autumn.document.demand.online.lines
    assert varied.document.demand.online.channels == {"web": 1.0}


def test_another_policy_leaves_the_old_parameters_behind(autumn: Scenario) -> None:
    assert autumn.vary("v", {"policy.name": "cheapest"}).policy == {"name": "cheapest"}
    weighted = autumn.vary("v", {"policy.eur_per_split": 2, "policy.name": "weighted"})
    assert weighted.policy == {"name": "weighted", "eur_per_split": 2}
    assert autumn.vary("v", {"policy.within_km": 9}).policy == {"name": "nearest", "within_km": 9}
    assert autumn.vary("v", {"policy": {"name": "cheapest"}}).policy == {"name": "cheapest"}


def test_wrong_overrides_are_told_at_once_with_near_names(autumn: Scenario) -> None:
    with pytest.raises(InputError) as caught:
        autumn.vary("v", {"demand.onlin.orders_per_day": 3, "time.measured_weeks": 0, "policy..name": "x"})
    assert "policy..name" in str(caught.value)
    with pytest.raises(InputError) as caught:
        autumn.vary("v", {"demand.onlin.orders_per_day": 3, "time.measured_weeks": 0})
    assert [(p.file, p.line, p.where) for p in caught.value.problems] == [
        ("override 'v'", None, "time.measured_weeks"),
        ("override 'v'", None, "demand.onlin"),
    ]
    assert 'did you mean "online"?' in str(caught.value)


def test_policies_and_rules_nobody_offers_are_told_at_their_line(tmp_path: Path) -> None:
    text = "policy:\n  name: nearest\n  within_mk: 3\nreplenishment: {store_rule: min_mx}\n"
    (tmp_path / "x.yaml").write_text(text + "overrides:\n  a: {policy.name: nearst}\n")
    with pytest.raises(InputError) as caught:
        load_scenario(tmp_path / "x.yaml")
    assert [(p.line, p.where, p.value) for p in caught.value.problems] == [
        (3, "policy.within_mk", "3"),
        (4, "replenishment.store_rule", '"min_mx"'),
    ]
    (tmp_path / "x.yaml").write_text("overrides:\n  a: {policy.name: nearst}\n")
    with pytest.raises(InputError, match=r"x.yaml:2: policy.name = \"nearst\": .*did you mean 'nearest'"):
        load_scenario(tmp_path / "x.yaml")
    assert Scenario.from_yaml("policy: {name: from_a_notebook}").policy == {"name": "from_a_notebook"}


def test_a_document_offers_named_overrides(autumn: Scenario, tmp_path: Path) -> None:
    assert autumn.offers["rush"] == {"demand.online.orders_per_day": 3000}
    rush = load_scenario(f"{tmp_path / 'autumn.yaml'}#rush")
    assert (rush.name, rush.title) == ("autumn#rush", "Autumn (rush)")
    both = load_scenario(f"{tmp_path / 'autumn.yaml'}#rush#small")
    assert [c.path for c in both.diff(autumn)] == [
        "time.measured_weeks", "demand.online.orders_per_day", "demand.walk_in.per_day",
    ]  # fmt: skip
    with pytest.raises(UnknownName, match="did you mean 'rush'"):
        autumn.with_override("rusch")


def test_a_wrong_override_is_told_when_the_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(AUTUMN + "  bad:\n    time.measured_week: 3\n  worse: 3\n")
    with pytest.raises(InputError) as caught:
        load_scenario(tmp_path / "x.yaml")
    assert [(p.line, p.where) for p in caught.value.problems] == [(16, "overrides.worse")]
    (tmp_path / "x.yaml").write_text(AUTUMN + "  bad:\n    time.measured_week: 3\n")
    with pytest.raises(InputError) as caught:
        load_scenario(tmp_path / "x.yaml")
    assert [(p.line, p.where) for p in caught.value.problems] == [(15, "time.measured_week")]


def test_yaml_written_out_reads_back_to_the_same_world(autumn: Scenario) -> None:
    varied = autumn.vary("a name: with #signs", {"title": "01400", "demand.online.season": [1e-7, 12.0, 1e16]})
    again = Scenario.from_yaml(varied.to_yaml())
    assert again == varied
    assert (again.name, again.title, again.description) == ("a name: with #signs", "01400", varied.description)
    assert again.document == varied.document
    assert again.to_yaml() == varied.to_yaml()


def test_scenarios_travel_to_other_processes(autumn: Scenario) -> None:
    copied = pickle.loads(pickle.dumps(autumn))
    assert copied == autumn
    assert copied.vary("v", {"time.measured_weeks": 1}) == copy.copy(autumn).vary("v", {"time.measured_weeks": 1})


def test_the_hash_covers_the_world_and_not_its_title(autumn: Scenario, tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("extends: autumn.yaml\ntitle: Another\n")
    assert load_scenario(tmp_path / "b.yaml").hash == autumn.hash
    (tmp_path / "c.yaml").write_text("extends: autumn\ntime: {measured_weeks: 4}\n")
    assert load_scenario(tmp_path / "c.yaml").hash != autumn.hash


def test_the_order_of_nodes_is_part_of_the_world() -> None:
    nodes = ["a: {role: store, lat: 48.0, lon: 2.0}", "b: {role: store, lat: 49.0, lon: 2.0}"]
    first, second = (
        Scenario.from_yaml("network:\n  nodes:\n    " + "\n    ".join(order)) for order in (nodes, nodes[::-1])
    )
    assert first.hash != second.hash


def test_a_table_beside_the_scenario_is_found_and_counts_by_its_content(tmp_path: Path) -> None:
    def made(folder: Path, table: str) -> Scenario:
        folder.mkdir()
        (folder / "stores.csv").write_text(table)
        (folder / "x.yaml").write_text("network: {stores_table: stores.csv}\n")
        return load_scenario(folder / "x.yaml")

    one, moved = made(tmp_path / "a", "key\nx\n"), made(tmp_path / "b", "key\nx\n")
    other = made(tmp_path / "c", "key\ny\n")
    assert one.document.network.stores_table == str((tmp_path / "a" / "stores.csv").resolve())
    assert one.hash == moved.hash != other.hash
    assert Scenario.from_yaml(one.to_yaml()).hash == one.hash


def test_a_missing_table_is_told_with_the_other_mistakes(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("network:\n  stores_table: nowhere.csv\ntime: {measured_weeks: 0}\n")
    with pytest.raises(InputError) as caught:
        load_scenario(tmp_path / "x.yaml")
    assert [p.line for p in caught.value.problems] == [2, 3]
    assert "neither beside x.yaml nor among the bundled data files" in str(caught.value)


def test_unknown_scenarios_are_told_with_near_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "tiny_town.yaml").write_text("title: Tiny\n")
    (tmp_path / "autumn.yaml").write_text(AUTUMN)
    monkeypatch.setattr(bundled, "scenarios_folder", lambda: tmp_path / "scenarios")
    assert load_scenario("tiny_town").title == "Tiny"
    monkeypatch.chdir(tmp_path)
    assert load_scenario("autumn").title == "Autumn"
    with pytest.raises(UnknownName, match="did you mean 'tiny_town'"):
        load_scenario("tiny_twon")
    with pytest.raises(UnknownName, match="'tiny_town'"):
        load_scenario("elsewhere/tiny_town.yaml")
    with pytest.raises(UnknownName, match=r"did you mean .*autumn\.yaml"):
        load_scenario(tmp_path / "autum.yaml")
    with pytest.raises(InputError, match="is a folder"):
        load_scenario(tmp_path)


def test_values_on_the_command_line_read_as_in_a_file() -> None:
    values = set_values(["a.b=3", "c=12:30", "d=[x, 2]", "e=no", "f=x=y"])
    assert values == {"a.b": 3, "c": "12:30", "d": ["x", 2], "e": "no", "f": "x=y"}
    with pytest.raises(InputError) as caught:
        set_values(["a.b", "=3", "c=[1", "d=.nan"])
    assert len(caught.value.problems) == 4


@given(
    st.dictionaries(
        st.text(max_size=8).filter(bool), st.text(max_size=12) | st.floats(allow_nan=False, allow_infinity=False)
    )
)
def test_any_text_and_number_survives_writing_and_reading(values: dict[str, str | float]) -> None:
    reading = read_text(dumped(values | {"end": 1}), "x.yaml")
    assert reading.problems == []
    assert reading.tree.plain() == values | {"end": 1}


def test_the_schema_is_valid_stable_and_accepts_what_is_written_out(autumn: Scenario) -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert json.dumps(schema) == json.dumps(json_schema())
    jsonschema.validate(read_text(autumn.to_yaml(), "x.yaml").tree.plain(), schema)
    jsonschema.validate(read_text(AUTUMN, "x.yaml").tree.plain(), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"demnd": {}}, schema)
    rate = schema["$defs"]["OnlineDemand"]["properties"]["orders_per_day"]
    assert rate["unit"] == "orders a day"
    assert rate["description"].endswith("[orders a day]")
    assert rate["default"] == 714.0


def test_every_parameter_says_what_it_means() -> None:
    def silent(node: dict[str, object], path: str) -> list[str]:
        properties = node.get("properties", {})
        assert isinstance(properties, dict)
        return [f"{path}.{key}" for key, value in properties.items() if not value.get("description")]

    schema = json_schema()
    assert [path for name, node in schema["$defs"].items() for path in silent(node, name)] == []
    assert silent(schema, "scenario") == []


def test_every_default_is_sound() -> None:
    assert ScenarioDocument() == ScenarioDocument.model_validate(ScenarioDocument().model_dump(mode="json"))


@pytest.mark.parametrize("name", bundled.scenario_names())
def test_bundled_scenarios_open_with_words_for_a_manager(name: str) -> None:
    scenario = load_scenario(name)
    assert len(scenario.description) > 40
    assert scenario.title != name
    assert Scenario.from_yaml(scenario.to_yaml()) == scenario
