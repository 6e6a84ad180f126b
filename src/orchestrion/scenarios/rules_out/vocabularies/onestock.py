"""OneStock's orchestration: chained rulesets, each with eligible stock locations, sorting criteria and a tolerance.

Its configuration is not published: the terms (ruleset chaining with tolerance on the promise, claiming, timeout) are
those of its public descriptions, and what is written here is for the person who sets it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrion.scenarios.rules_out.family import Handover, Places, spoken, systems
from orchestrion.scenarios.rules_out.family import active as active_rules

_CRITERIA = {
    "nearest": "distance to the delivery address", "rank": "priority of the stock location",
    "most_stock": "stock level", "least_busy": "orders in preparation", "least_used": "capacity used",
    "cheapest": "delivery and preparation cost", "carriage": "delivery cost", "labour": "preparation cost",
    "fastest": "delivery date", "least_late": "delivery date against the promise", "shipments": "number of parcels",
    "overstock": "overstock", "longest_cover": "stock cover", "best_found": "refusal rate",
    "lowest_co2e": "carbon footprint", "longest_idle": "last order received",
}  # fmt: skip
_ELIGIBLE = {
    "group": "stock locations of", "not_group": "not stock locations of", "within_km": "within km",
    "capacity_left": "capacity left", "max_orders_a_day": "orders a day at most", "open_now": "open",
    "keep_units": "safety stock", "stock_at_least": "stock at least", "collection_store": "the collection store",
    "in_time": "keeps the promise", "zones": "in zones", "same_zone": "in the customer's zone",
}  # fmt: skip


@systems("onestock")
def onestock(rules: Mapping[str, Any], places: Places) -> Handover:
    """OneStock: chained rulesets with tolerance on the promise."""
    told = Handover("onestock")
    rulesets = []
    for rule in active_rules(rules):
        eligible, criteria = [], []
        for entry in rule["filters"]:
            if entry["filter"] not in _ELIGIBLE:
                told.lacks(rule, spoken(entry), "ask whether a stock rule can say it")
                continue
            value = entry["value"]
            if entry["filter"] in ("group", "not_group"):
                value = [places.labels.get(key, key) for key in places.members(value)]
            eligible.append(
                {"criterion": _ELIGIBLE[entry["filter"]], "value": value, "relaxed_if_nothing_is_left": entry["soft"]}
            )
        for sort in rule["sorts"]:
            if sort["sort"] == "weighted":
                known = [part for part in sort["parts"] if part["sort"] in _CRITERIA]
                criteria += [{"criterion": _CRITERIA[part["sort"]], "weight": part["eur"]} for part in known]
                for part in sort["parts"]:
                    if part not in known:
                        told.lacks(rule, f"the weight of {part['sort']}")
            elif sort["sort"] in _CRITERIA:
                criteria.append({"criterion": _CRITERIA[sort["sort"]], "weight": None})
            else:
                told.lacks(rule, spoken(sort))
        for key in ("order_from_eur", "shipment_from_eur"):
            if rule["split"][key] is not None:
                told.lacks(rule, f"the limit {key} = {rule['split'][key]:g}", "ask whether an order rule can say it")
        if not rule["split"]["only_when_needed"]:
            told.lacks(rule, "splitting wherever two parcels are cheaper", "weigh the number of parcels instead")
        rulesets.append(
            {
                "ruleset": rule["name"],
                "orders": dict(rule["when"]),
                "eligible_stock_locations": eligible,
                "sorting_criteria": criteria,
                "maximum_parcels": rule["split"]["max_shipments"],
                "partial_allocation": rule["action"] == "allow partial",
                "if_not_served": "wait" if rule["otherwise"] == "hold" else "next ruleset",
            }
        )
    if rules["fallback"] is not None:
        told.lacks(None, f"the fallback policy {rules['fallback']['name']}")
    if rules["queue"] == "value":
        told.lacks(None, "deciding the dearest orders first", "orders are orchestrated as they come")
    told.content = {
        "orchestration": {
            "name": rules["title"] or "Orchestrion",
            "chained_rulesets": rulesets,
            "tolerance_on_promise": rules["promise_tolerance"],
            "maximum_parcels": rules["max_shipments"],
        }
    }
    told.steps = ["Hand this to whoever sets up the orchestration: its configuration is not public, check each term."]
    return told
