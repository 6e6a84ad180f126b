"""What the room may try: thresholds offered can be changed, rules offered can be made with what is shown of them."""

from __future__ import annotations

import pytest

import orchestrion as orc
from orchestrion.apps.workshop.bodies import changes
from orchestrion.apps.workshop.levers import levers, rules
from orchestrion.experiments import assumed
from orchestrion.policies.sourcing import make_policy


@pytest.fixture(scope="module")
def france() -> orc.Scenario:
    return orc.load_scenario("france_unified")


def test_thresholds_are_decisions_and_not_facts_about_the_world(france: orc.Scenario) -> None:
    found = {one["path"]: one for one in levers(france)}
    assert {"network.stores.protected_units", "stock.web_weeks", "options.home_j1.promise_days", "sourcing.max_hops",
            "replenishment.transfers.on"} <= found.keys()  # fmt: skip
    assert not any(path.startswith(("demand", "reactions", "records", "emissions", "time")) for path in found)
    assert found["network.stores.protected_units"] == {
        "path": "network.stores.protected_units", "value": 1, "unit": "units",
        "description": "Units of each SKU kept for walk-ins, not promised online",
    }  # fmt: skip
    assert found["replenishment.transfers.on"]["value"] is False


def test_each_threshold_can_be_said_and_changed(france: orc.Scenario) -> None:
    for one in levers(france):
        told = changes({"overrides": {one["path"]: one["value"]}})
        assert france.vary("again", told).hash == france.hash, one["path"]


def test_rules_can_be_made_with_the_parameters_shown() -> None:
    found = {one["name"]: one for one in rules()}
    assert {"nearest", "cheapest", "milp"} <= found.keys()
    for name, one in found.items():
        assert one["says"].endswith("."), name
        shown = {parameter["name"]: parameter["value"] for parameter in one["parameters"]}
        assert make_policy({"name": name, **shown}) == make_policy({"name": name})
    (within,) = [one for one in found["nearest"]["parameters"] if one["name"] == "within_km"]
    assert (within["value"], within["unit"]) == (None, "km")
    assert within["description"]


def test_what_is_assumed_is_still_what_it_was(france: orc.Scenario) -> None:
    found = {one.path: one for one in assumed(france)}
    assert found["network.stores.pickers.S"].value == 1.0
    assert isinstance(found["network.stores.pickers.S"].value, float)
    assert not any(isinstance(one.value, bool) for one in found.values())
    assert all(not one.source or one.source.startswith("assumed") for one in found.values())
