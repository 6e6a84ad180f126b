"""HotWax Commerce's order routing: routings that filter and queue orders and try their inventory rules in turn.

Names and codes of conditions are those of HotWax's order-routing app (github.com/hotwax, 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrion.scenarios.rules_out.family import Handover, Places, brokered, spoken, systems

FILTER, SORT = "ENTCT_FILTER", "ENTCT_SORT_BY"
_QUEUE = {"placed": "orderDate", "promise": "shipBeforeDate"}
_SORTS = {"nearest": "distance", "most_stock": "inventoryForAllocation", "rank": "facilitySequence"}


@systems("hotwax")
def hotwax(rules: Mapping[str, Any], places: Places) -> Handover:
    """HotWax Commerce: routings with their inventory rules."""
    told = Handover("hotwax")
    routings: list[dict[str, Any]] = []
    sequences: dict[str, list[str]] = {}
    for rule in brokered(rules, told):
        orders = _orders(rule, rules, told)
        if not routings or routings[-1]["orderFilters"] != orders:
            routings.append(
                {
                    "routingName": rule["name"],
                    "sequenceNum": len(routings) + 1,
                    "statusId": "ROUTING_ACTIVE",
                    "orderFilters": orders,
                    "rules": [],
                }
            )
        of = routings[-1]["rules"]
        of.append(_inventory_rule(rule, len(of) + 1, places, sequences, told))
    if rules["promise_tolerance"] != ["0s"]:
        told.lacks(None, "steps of tolerance on the promise", "promises play no part in brokering")
    if rules["max_shipments"] is not None:
        told.lacks(None, f"at most {rules['max_shipments']} shipments for an order")
    if rules["fallback"] is not None:
        whose = f"the fallback policy {rules['fallback']['name']}"
        told.lacks(None, whose, "what is left goes to the unfillable queue")
    told.content = {
        "routingGroup": {"groupName": rules["title"] or "Orchestrion", "statusId": "ROUTING_ACTIVE"},
        "routings": routings,
        "facilityGroups": {
            name: list(members) for name, members in places.groups.items()
            if any(name in entry.get("fieldValue", "").split(",") for r in routings for rule in r["rules"]
                   for entry in rule["inventoryFilters"])
        },
        "facilitySequences": sequences,
    }  # fmt: skip
    told.steps = [
        "Order Routing: create the run, its routings and their inventory rules in this order.",
        "Facilities: create the facility groups; set each one's sequence where `facilitySequence` sorts.",
    ]
    return told


def _condition(kind: str, name: str, value: Any = None, operator: str = "equals") -> dict[str, Any]:
    found = {"conditionTypeEnumId": kind, "fieldName": name}
    return found | ({} if value is None else {"operator": operator, "fieldValue": str(value)})


def _orders(rule: Mapping[str, Any], rules: Mapping[str, Any], told: Handover) -> list[dict[str, Any]]:
    """Which orders a routing takes, and in which order."""
    found = []
    for key, value in rule["when"].items():
        if key == "options":
            found.append(_condition(FILTER, "shipmentMethodTypeId", ",".join(value), "in"))
        elif key == "channels":
            found.append(_condition(FILTER, "salesChannelEnumId", ",".join(value), "in"))
        else:
            shown = ", ".join(value) if isinstance(value, list) else value
            told.lacks(rule, f"the condition {key} = {shown}", "the routing takes such orders, too")
    if rules["queue"] in _QUEUE:
        found.append(_condition(SORT, _QUEUE[rules["queue"]]))
    else:
        told.lacks(None, "deciding the dearest orders first", "orders are decided as they came")
    return found


def _inventory_rule(
    rule: Mapping[str, Any], number: int, places: Places, sequences: dict[str, list[str]], told: Handover
) -> dict[str, Any]:
    found = []
    for entry in rule["filters"]:
        name, value = entry["filter"], entry["value"]
        if entry["soft"]:
            told.lacks(rule, f"{spoken(entry)} being soft", "it is hard here; the next rule may go without it")
        if name == "group":
            found.append(_condition(FILTER, "facilityGroupId", ",".join(value), "in"))
        elif name == "not_group":
            found.append(_condition(FILTER, "facilityGroupId_excluded", ",".join(value), "in"))
        elif name == "within_km":
            found.append(_condition(FILTER, "distance", f"{value:g}", "less-equals"))
            found.append(_condition(FILTER, "measurementSystem", "METRIC"))
        elif name in ("keep_units", "stock_at_least"):
            # at least n units available is a safety stock of n - 1 only for single units: told as it is
            units = value if name == "keep_units" else value - 1
            found.append(_condition(FILTER, "brokeringSafetyStock", units, "greater"))
            if name == "stock_at_least":
                told.lacks(rule, spoken(entry), f"a safety stock of {units} stays at the facility")
        elif name == "beyond_weeks_of_cover":
            found.append(_condition(FILTER, "weekOfSupply", f"{value:g}", "greater"))
        elif name == "max_orders_a_day":
            told.lacks(rule, spoken(entry), "set it as the facility's order limit")
        else:
            told.lacks(rule, spoken(entry))
    for sort in rule["sorts"]:
        name = _SORTS.get(sort["sort"])
        if name is None:
            told.lacks(rule, spoken(sort), "the next sort decides")
            continue
        found.append(_condition(SORT, name))
        if sort["sort"] == "rank":
            sequences[rule["name"]] = places.members(sort["value"])
    split = rule["split"]
    for key in ("max_shipments", "order_from_eur"):
        if split[key] is not None and not (key == "max_shipments" and split[key] == 1 and rule["action"] == "allocate"):
            told.lacks(rule, f"the limit {key} = {split[key]:g}")
    if split["shipment_from_eur"] is not None:
        found.append(_condition(FILTER, "shipmentThreshold", f"{split['shipment_from_eur']:g}", "greater-equals"))
    if not split["only_when_needed"]:
        told.lacks(rule, "splitting wherever two parcels are cheaper", "a split is made when no facility has all")
    partial = rule["action"] == "allow partial"
    if rule["action"] == "hold":
        told.lacks(rule, "holding orders", "move them to a queue of their own")
    several = split["max_shipments"] != 1
    if not partial and several:
        told.lacks(rule, "several shipments only for orders that are served whole", "parts may be allocated")
    action = "MOVE_TO_QUEUE" if rule["otherwise"] == "hold" else "NEXT_RULE"
    return {
        "ruleName": rule["name"],
        "sequenceNum": number,
        "statusId": "RULE_ACTIVE",
        "partialAllocation": partial or several,
        "inventoryFilters": found,
        "actions": [{"actionTypeEnumId": "ORA_MV_TO_QUEUE" if action == "MOVE_TO_QUEUE" else "ORA_NEXT_RULE"}],
    }
