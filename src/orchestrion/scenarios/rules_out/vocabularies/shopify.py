"""Shopify's order routing: one list of rules for all orders, which sort the locations; the next one breaks ties.

Its rules (help.shopify.com, Order routing, 2026): minimize split fulfillments, stay within the destination market, ship
from the closest location, ranked locations, location metafields. Nothing is filtered out: a location that comes last
ships when no other has the goods.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrion.scenarios.rules_out.family import Handover, Places, brokered, spoken, systems

SPLITS, MARKET = "Minimize split fulfillments", "Stay within the destination market"
CLOSEST, RANKED = "Ship from the closest location", "Ranked locations"


@systems("shopify")
def shopify(rules: Mapping[str, Any], places: Places) -> Handover:
    """Shopify: Settings > Shipping and delivery > Order routing."""
    told = Handover("shopify")
    listed: list[dict[str, Any]] = []
    ranking: list[str] = []
    names: list[str] = []
    last = False
    listed_rules = brokered(rules, told)
    for rule in listed_rules:
        _conditions(rule, told)
        if rule["split"]["only_when_needed"]:
            names.append(SPLITS)
        else:
            told.lacks(rule, "splitting wherever two parcels are cheaper", "splits follow the order of the rules")
        for key in ("max_shipments", "order_from_eur", "shipment_from_eur"):
            if rule["split"][key] is not None:
                told.lacks(rule, f"the limit {key} = {rule['split'][key]:g}", "splits are as few as possible")
        for entry in rule["filters"]:
            if entry["filter"] == "group":
                ranking += places.members(entry["value"])
            elif entry["filter"] == "same_zone":
                names.append(MARKET)
                told.lacks(rule, "zones smaller than a market", "a market is one or several countries")
            else:
                told.lacks(rule, spoken(entry))
        for sort in rule["sorts"]:
            if sort["sort"] == "rank":
                ranking += places.members(sort["value"])
            elif sort["sort"] == "nearest":
                last = True
            elif sort["sort"] == "shipments":
                names.append(SPLITS)
            else:
                told.lacks(rule, spoken(sort), "the closest location decides")
                last = True
        if rule["action"] == "allocate":
            told.lacks(rule, "passing an order on rather than serving a part of it", "what is in stock anywhere ships")
    for name in dict.fromkeys(names):
        listed.append({"rule": name})
    if ranking:
        order = list(dict.fromkeys([*ranking, *places.labels]))
        listed.append({"rule": RANKED, "locations": [places.labels[key] for key in order if key in places.labels]})
    if last:
        listed.append({"rule": CLOSEST})
    if len(listed_rules) > 1:
        told.lacks(None, "several rules tried in turn", "in the one list each breaks the ties of the one before")
    _chain(rules, told)
    told.content = {"order_routing": listed}
    told.steps = [
        "Settings > Shipping and delivery > Order routing: put the rules in this order.",
        "A location that must never ship: Settings > Locations, switch off `Fulfill online orders from this location`.",
    ]
    return told


def _conditions(rule: Mapping[str, Any], told: Handover) -> None:
    for key, value in rule["when"].items():
        shown = ", ".join(value) if isinstance(value, list) else value
        told.lacks(rule, f"the condition {key} = {shown}", "one list of rules holds for all orders")


def _chain(rules: Mapping[str, Any], told: Handover) -> None:
    if rules["queue"] != "placed":
        told.lacks(None, f"deciding orders by {rules['queue']}", "orders are routed when they are placed")
    if rules["promise_tolerance"] != ["0s"]:
        told.lacks(None, "steps of tolerance on the promise", "promises play no part")
    if rules["max_shipments"] is not None:
        told.lacks(None, f"at most {rules['max_shipments']} shipments for an order", "as few as possible, no limit")
    if rules["fallback"] is not None:
        told.lacks(None, f"the fallback policy {rules['fallback']['name']}")
