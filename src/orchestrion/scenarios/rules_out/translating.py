"""Policies in the language of rules: exactly where it can be said, else the rule sets that may come near."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrion.domain.view import SourcingPolicy
from orchestrion.policies.sourcing import make_policy, policy_document
from orchestrion.policies.sourcing.rules import Rules

PARTIAL = "allow partial"



@dataclass(frozen=True, slots=True)
class Said:
    """A policy said in rules.

    Attributes
    ----------
    exact
        It decides as the policy does, order by order; otherwise it is only meant to.
    """

    policy: Rules
    exact: bool


def in_rules(policy: SourcingPolicy) -> Said | None:
    """A policy in the language of rules; None where that language has nothing like it."""
    if isinstance(policy, Rules):
        return Said(policy, True)
    document = policy_document(policy)
    name = str(document.pop("name"))
    say = _SAYS.get(name)
    if say is None:
        return None
    rule, exact = say(document)
    made = _rules(name, rule)
    return Said(made, exact)


def candidates(policy: SourcingPolicy) -> list[Rules]:
    """Rule sets that may come near a policy that optimises, is tuned or looks ahead: to be tried by simulation."""
    document = policy_document(policy)
    weights = {key: float(value) for key, value in document.items() if key.startswith("eur_per_") and value is not None}
    found = [
        _rules("fewest parcels, cheapest", _cheapest()),
        _rules("cheapest, splitting freely", _freely({"cheapest": 1})),
        _rules("in time, then cheapest", _cheapest(filters=[{"in_time": True, "soft": True}])),
        _rules("in time, nearest", _cheapest(filters=[{"in_time": True, "soft": True}]) | {"sorts": ["nearest"]}),
        _rules(
            "overstock near by, then cheapest",
            {
                "name": "overstock near by",
                "filters": [{"within_km": 200}, "overstocked", {"in_time": True, "soft": True}],
                "sorts": ["overstock", "nearest"],
                "split": {"max_shipments": 1},
            },
            _cheapest(filters=[{"in_time": True, "soft": True}]),
        ),
        _rules(
            "warehouses in one parcel, then cheapest",
            {
                "name": "one parcel",
                "filters": [{"group": "warehouses"}],
                "sorts": ["cheapest"],
                "split": {"max_shipments": 1},
            },
            _cheapest(),
        ),
        _rules("one unit stays", _cheapest(filters=[{"keep_units": 1, "soft": True}])),
    ]
    said = in_rules(policy)
    if said is not None:
        found.insert(0, said.policy)
    elif weights:
        found.insert(0, _rules("its weights", _weighted(weights)))
    return found


def _rules(title: str, *rules: Mapping[str, Any]) -> Rules:
    listed = [{"name": str(rule.get("name", title)), **rule} for rule in rules]
    made = make_policy({"name": "rules", "title": title, "rules": listed})
    assert isinstance(made, Rules)
    return made


def _cheapest(filters: list[Any] | None = None) -> dict[str, Any]:
    return {"name": "cheapest", "filters": filters or [], "sorts": ["cheapest"], "action": PARTIAL}


def _freely(weights: Mapping[str, float]) -> dict[str, Any]:
    """Least euros, whatever the number of shipments."""
    sort: Any = "cheapest" if dict(weights) == {"cheapest": 1} else {"weighted": dict(weights)}
    return {"sorts": [sort], "split": {"only_when_needed": False}, "action": PARTIAL}


def _weighted(weights: Mapping[str, float]) -> dict[str, Any]:
    """Cost plus what delay, CO2e, splits and overstock are said to be worth."""
    parts: dict[str, float] = {"cheapest": 1}
    for key, sort, unit in (
        ("eur_per_t_co2e", "lowest_co2e", 0.001),  # a tonne are a thousand kilograms
        ("eur_per_split", "shipments", 1.0),
        ("eur_per_day_late", "least_late", 1.0),
        ("eur_per_overstocked_unit", "overstocked_units", 1.0),
    ):
        if weights.get(key):
            parts[sort] = weights[key] * unit
    additive = not {"least_late", "overstocked_units"} & set(parts)
    if additive:
        return _freely(parts)
    return {"sorts": [{"weighted": parts}], "action": PARTIAL}


def _nearest(document: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    km = document.get("within_km")
    return {"filters": [] if km is None else [{"within_km": km}], "sorts": ["nearest"], "action": PARTIAL}, True


def _sorted(*order: Any, exact: bool = False) -> Callable[[Mapping[str, Any]], tuple[dict[str, Any], bool]]:
    return lambda document: ({"sorts": list(order), "action": PARTIAL}, exact)


def _ranked(document: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    return {"sorts": [{"rank": list(document["ranking"])}, "nearest"], "action": PARTIAL}, False


def _overstock(document: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    weeks, credit = document.get("weeks_of_cover"), document.get("eur_per_overstocked_unit")
    if credit is not None:
        return _weighted({"eur_per_overstocked_unit": credit}), False
    return {"sorts": ["overstock" if weeks is None else {"overstock": weeks}, "nearest"], "action": PARTIAL}, False


def _priced(document: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    weights = {key: float(value or 0) for key, value in document.items() if key.startswith("eur_per_")}
    rule = _weighted(weights)
    return rule, rule.get("split", {}).get("only_when_needed") is False


# what could not be split is decided alike; where two parcels are added up the sorts of rules compare places, not sums
_SAYS: dict[str, Callable[[Mapping[str, Any]], tuple[dict[str, Any], bool]]] = {
    "nearest": _nearest,
    "fewest_splits": _sorted("cheapest", exact=True),
    "fastest": _sorted("fastest", exact=True),
    "cheapest": lambda document: (_freely({"cheapest": 1}), True),
    "lowest_co2e": _sorted("lowest_co2e", "nearest"),
    "warehouse_first": _sorted({"rank": ["warehouses"]}, "nearest"),
    "ranked": _ranked,
    "overstock_first": _overstock,
    "slowest_sellers": _sorted("slowest_sellers", "nearest"),
    "balance_workload": _sorted("least_busy", "nearest"),
    "weighted": _priced,
}
