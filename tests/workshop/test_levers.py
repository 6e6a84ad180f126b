"""What the room may try: thresholds offered can be changed, rules offered can be made with what is shown of them."""

from __future__ import annotations

import pytest

import orchestrion as orc
from orchestrion.apps.workshop.bodies import changes
from orchestrion.apps.workshop.levers import levers, rules
from orchestrion.apps.workshop.naming import measured_in, sourced, valued
from orchestrion.experiments import assumed
from orchestrion.policies.sourcing import make_policy, sourcing_policies
from orchestrion.reports.words import product_words


@pytest.fixture(scope="module")
def france() -> orc.Scenario:
    return orc.load_scenario("france_unified")


def test_thresholds_are_decisions_and_not_facts_about_the_world(france: orc.Scenario) -> None:
    found = {one["path"]: one for one in levers(france)}
    assert {"network.stores.protected_units", "stock.web_weeks", "options.home_j1.promise_days", "sourcing.max_hops",
            "replenishment.transfers.on"} <= found.keys()  # fmt: skip
    assert not any(path.startswith(("demand", "reactions", "records", "emissions", "time")) for path in found)
    protected = found["network.stores.protected_units"]
    assert (protected["value"], protected["unit"]["fr"], protected["group"]["fr"]) == (1, "unités", "Magasins")
    assert protected["name"]["en"] == "Units of each SKU kept for walk-ins, not promised online"
    assert found["network.stores.pickers.S"]["name"]["fr"].endswith("(S)")
    assert found["options.home_j1.fee_eur"]["group"]["fr"] == "Domicile, le lendemain (J+1)"
    assert found["replenishment.transfers.on"]["value"] is False


def test_each_threshold_can_be_said_and_changed(france: orc.Scenario) -> None:
    found = levers(france)
    offered = [one["path"] for one in found]
    for one in found:
        told = changes({"overrides": {one["path"]: one["value"]}}, offered, {})
        assert france.vary("again", told).hash == france.hash, one["path"]


def test_rules_can_be_made_with_the_parameters_shown() -> None:
    found = {one["name"]: one for one in rules()}
    assert {"nearest", "cheapest", "milp"} <= found.keys()
    for name, one in found.items():
        assert one["says"]["en"].endswith("."), name
        shown = {parameter["name"]: parameter["value"] for parameter in one["parameters"]}
        assert make_policy({"name": name, **shown}) == make_policy({"name": name})
    (within,) = [one for one in found["nearest"]["parameters"] if one["name"] == "within_km"]
    assert (within["value"], within["unit"]["fr"]) == (None, "km")
    assert within["description"]["fr"].startswith("Ignore les nœuds")
    (stake,) = [one for one in found["inventory_balancing"]["parameters"] if one["name"] == "stake"]
    assert (stake["unit"]["en"], stake["times"]) == ("%", 100)  # shown and typed in percent


def test_everything_that_may_be_tried_has_french_words() -> None:
    words, where = product_words(), "src/orchestrion/reports/words/product.tsv"
    asked = [("rule", (policy.__doc__ or "").strip().split("\n")[0]) for _, policy in sourcing_policies.items()]
    for one in rules():
        made = {parameter["name"]: parameter["description"] for parameter in one["parameters"]}
        asked += [("rule_parameter", name) for name in made]
        assert all(text["en"] != text["fr"] for text in made.values()), f"{one['name']}: say it in French in {where}"
        assert one["title"]["fr"] != one["name"]
        assert one["says"]["fr"] != one["says"]["en"], f"{one['name']}: say it in French in {where}"
    assert [one for one in asked if one not in words] == [], f"say them in French in {where}"


def test_a_number_is_shown_in_its_unit() -> None:
    assert measured_in("weeks") == {
        "unit": {"en": "weeks", "fr": "semaines"}, "single": {"en": "week", "fr": "semaine"}, "times": 1,
    }  # fmt: skip
    assert measured_in("share of net price")["times"] == 100
    assert valued(["warehouses", "mine", 3]) == [{"en": "warehouses", "fr": "entrepôts"}, "mine", 3]
    assert sourced("assumed: ours")["fr"] == "supposé\u00a0: ours"


def test_what_is_assumed_is_still_what_it_was(france: orc.Scenario) -> None:
    found = {one.path: one for one in assumed(france)}
    assert found["network.stores.pickers.S"].value == 1.0
    assert isinstance(found["network.stores.pickers.S"].value, float)
    assert not any(isinstance(one.value, bool) for one in found.values())
    assert all(not one.source or one.source.startswith("assumed") for one in found.values())
