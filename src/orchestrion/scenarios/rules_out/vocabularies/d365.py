"""Dynamics 365 Commerce's distributed order management: rules that constrain an optimisation of cost or distance.

Rule types (learn.microsoft.com, DOM rules): minimum inventory, fulfillment location priority, partial orders, offline
fulfillment location, maximum rejects, maximum distance, maximum orders. Each has start and end and may be a hard
constraint; rules that are not give way in a second iteration. All rules of a profile hold together: there is no "next
rule".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrion.scenarios.rules_out.family import Handover, Places, brokered, spoken, systems


@systems("d365")
def d365(rules: Mapping[str, Any], places: Places) -> Handover:
    """Dynamics 365 Commerce: fulfillment profile with DOM rules."""
    told = Handover("d365")
    found: list[dict[str, Any]] = []
    ranking: list[list[str]] = []
    objective = "distance"
    modes: dict[str, None] = {}
    listed = brokered(rules, told)
    alone = len(listed) == 1
    common: dict[str, Any] = {}
    for rule in listed:
        common = _validity(rule, told, modes)
        if common and not alone:
            told.lacks(rule, f"being valid {' '.join(common.values())} for this rule alone")
        for entry in rule["filters"]:
            made = _constraint(entry, rule, places, ranking, told)
            if made is not None and (alone or made["type"] == "Minimum inventory rule"):
                found.append(common | made | {"hardConstraint": not entry["soft"]})
            elif made is not None:
                told.lacks(rule, f"{spoken(entry)} for this rule alone", "all rules of a profile hold together")
        first = rule["sorts"][0]["sort"]
        if first == "rank":
            ranking += [places.members([name]) for name in rule["sorts"][0]["value"]]
        elif first in ("cheapest", "carriage"):
            objective = "cost"
        elif first != "nearest":
            told.lacks(rule, spoken(rule["sorts"][0]), f"the least {objective} decides")
        for sort in rule["sorts"][1:]:
            if sort["sort"] != "nearest":
                told.lacks(rule, spoken(sort))
    found += [{**(common if alone else {}), **one} for one in _partial(rules, listed, told)]
    if ranking:
        seen: dict[str, int] = {}
        for place, members in enumerate(ranking, 1):
            for key in members:
                seen.setdefault(key, min(place, 10))  # priorities go from 1 to 10
        if len(ranking) > 10:
            told.lacks(None, "more than ten priorities", "all from the tenth on share the last")
        found.append(
            {
                "type": "Fulfillment location priority rule",
                "priorities": {places.labels.get(key, key): place for key, place in seen.items()},
                "hardConstraint": False,
            }
        )
    if len(listed) > 1:
        told.lacks(None, "rules tried in turn", "their groups become priorities of locations")
    rejects = [r["when"]["rejected_at_least"] for r in rules["rules"] if "rejected_at_least" in r["when"]]
    if rejects:
        found.append({"type": "Maximum rejects rule", "maximumRejects": min(rejects), "hardConstraint": True})
    if rules["queue"] != "placed":
        told.lacks(None, f"deciding orders by {rules['queue']}", "a run decides all its orders together")
    if rules["promise_tolerance"] != ["0s"]:
        told.lacks(None, "steps of tolerance on the promise", "promises play no part")
    if rules["fallback"] is not None:
        told.lacks(None, f"the fallback policy {rules['fallback']['name']}", "exceptions wait for a person")
    if places.daily_orders:
        limits = {places.labels[key]: count for key, count in places.daily_orders.items()}
        found.append({"type": "Maximum orders rule", "maximumOrders": limits, "hardConstraint": True})
    told.content = {
        "fulfillmentProfile": {
            "name": rules["title"] or "Orchestrion",
            # a rule for all orders makes it a profile for all of them
            "modesOfDelivery": list(modes) if all(rule["when"].get("options") for rule in listed) else "all",
            "optimizationObjective": objective,
            "rules": [{"sequence": i, **one} for i, one in enumerate(found, 1)],
        }
    }
    told.steps = [
        "Retail and Commerce > Distributed order management > Setup: create the rules, then the fulfillment profile.",
        "Cost as the objective needs cost components by mode of delivery (DOM cost configuration).",
    ]
    return told


def _validity(rule: Mapping[str, Any], told: Handover, modes: dict[str, None]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in rule["when"].items():
        if key == "starts":
            found["startDate"] = value
        elif key == "ends":
            found["endDate"] = value
        elif key == "options":
            modes.update(dict.fromkeys(value))
        elif key != "rejected_at_least":
            shown = ", ".join(value) if isinstance(value, list) else value
            told.lacks(rule, f"the condition {key} = {shown}", "rules hold for all orders of the profile")
    return found


def _constraint(
    entry: Mapping[str, Any], rule: Mapping[str, Any], places: Places, ranking: list[list[str]], told: Handover
) -> dict[str, Any] | None:
    name, value = entry["filter"], entry["value"]
    if name == "within_km":
        return {"type": "Maximum distance rule", "maximumDistance": value, "unit": "kilometres"}
    if name == "keep_units":
        return {"type": "Minimum inventory rule", "minimumInventory": value, "locations": "all"}
    if name == "max_orders_a_day":
        return {"type": "Maximum orders rule", "maximumOrders": value, "locations": "all"}
    if name == "not_group":
        shown = [places.labels.get(key, key) for key in places.members(value)]
        return {"type": "Offline fulfillment location rule", "locations": shown}
    if name == "group":
        ranking.append(places.members(value))
        return None
    told.lacks(rule, spoken(entry))
    return None


def _partial(rules: Mapping[str, Any], listed: list[Mapping[str, Any]], told: Handover) -> list[dict[str, Any]]:
    """The partial orders rule: how many locations, whether parts of orders."""
    limits = [rule["split"]["max_shipments"] for rule in listed]
    most = rules["max_shipments"] or (max(limits) if limits and None not in limits else None)
    partial = any(rule["action"] == "allow partial" for rule in listed)
    thresholds = [r["split"]["order_from_eur"] for r in listed if r["split"]["order_from_eur"] is not None]
    for rule in listed:
        if rule["split"]["shipment_from_eur"] is not None:
            told.lacks(rule, f"no part worth less than {rule['split']['shipment_from_eur']:g} EUR")
        if not rule["split"]["only_when_needed"]:
            told.lacks(rule, "splitting wherever two parcels are cheaper", "set the cost objective instead")
    found: dict[str, Any] = {
        "type": "Partial orders rule",
        "fulfillPartialOrders": partial,
        "fulfillPartialLines": partial,
        "hardConstraint": True,
    }
    if most is not None:
        found["maximumFulfillingLocations"] = most
    if thresholds:
        found["orderTotalThreshold"] = min(thresholds)
    return [found]
