"""Adobe Commerce's (Magento's) source selection: by priority of the sources, or by distance.

The algorithms are proposals that a person, or an extension, accepts shipment by shipment. Which sources serve a website
and in which order is a stock (Stores > Inventory > Stocks); a threshold below which units are not sold is set by SKU.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrion.scenarios.rules_out.family import Handover, Places, brokered, spoken, systems


@systems("magento")
def magento(rules: Mapping[str, Any], places: Places) -> Handover:
    """Adobe Commerce / Magento: stocks with their sources in order, and the selection algorithm."""
    told = Handover("magento")
    ranking: list[str] = []
    threshold = 0
    algorithm = "priority"
    for i, rule in enumerate(brokered(rules, told)):
        for key, value in rule["when"].items():
            shown = ", ".join(value) if isinstance(value, list) else value
            told.lacks(rule, f"the condition {key} = {shown}", "one stock serves all orders of a website")
        limited = False
        for entry in rule["filters"]:
            if entry["filter"] == "group" and not entry["soft"]:
                ranking += places.members(entry["value"])
                limited = True
            elif entry["filter"] == "keep_units" and not entry["soft"]:
                threshold = max(threshold, int(entry["value"]))
            else:
                told.lacks(rule, spoken(entry))
        first = rule["sorts"][0]
        if first["sort"] == "rank":
            ranking += places.members(first["value"])
        elif first["sort"] == "nearest":
            if i == 0 and not limited:
                algorithm = "distance"
            else:
                told.lacks(rule, "the nearest of a group", "the order of the sources decides")
        else:
            told.lacks(rule, spoken(first), "the order of the sources decides")
        for sort in rule["sorts"][1:]:
            if (first["sort"], sort["sort"]) != ("rank", "nearest"):
                told.lacks(rule, spoken(sort), "ties are broken by the order of the sources")
        if rule["split"]["only_when_needed"]:
            told.lacks(rule, "as few shipments as possible", "each source gives what it has, in turn, line by line")
        for key in ("max_shipments", "order_from_eur", "shipment_from_eur"):
            if rule["split"][key] is not None:
                told.lacks(rule, f"the limit {key} = {rule['split'][key]:g}")
        if rule["action"] == "allocate":
            told.lacks(rule, "passing an order on rather than serving a part of it", "what is left waits")
    defaults = {"queue": "placed", "promise_tolerance": ["0s"], "max_shipments": None, "fallback": None}
    for key, default in defaults.items():
        if rules[key] != default:
            told.lacks(None, f"{key} = {rules[key]}")
    order = [key for key in dict.fromkeys([*ranking, *places.labels]) if key in places.labels]
    told.content = {
        "source_selection_algorithm": algorithm,
        # POST /V1/inventory/stock-source-links
        "stock_source_links": [
            {"stock_id": 1, "source_code": key, "priority": i} for i, key in enumerate(order, 1)
        ],
        "out_of_stock_threshold": threshold,
    }
    told.steps = [
        "Stores > Inventory > Stocks: assign the sources in this order (or POST stock_source_links to the REST API).",
        f"Ship an order with the algorithm {'Source Priority' if algorithm == 'priority' else 'Distance Priority'}.",
    ]
    if threshold:
        told.steps.append(f"Stores > Configuration > Inventory: Out-of-Stock Threshold {threshold}.")
    if algorithm == "distance":
        told.steps.append("Distance Priority needs coordinates, by offline tables or Google's service.")
    return told
