"""What a rule set needs to know from the systems around it: the note that IT asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ALWAYS = (
    "Stock by node and SKU: recorded on hand, less what is reserved and kept for walk-ins. A unit is reserved in the "
    "moment it is given to an order, before the next order is decided.",
    "Every order's lines, address, option and promise; what a node could not find comes back for a new decision.",
)
_PLACES = "Coordinates of nodes and addresses."
_TIMES = (
    "Picking work waiting at each node, its opening hours, the carriers' calls there and their transit times, as of "
    "now: a capacity feed."
)
_TODAY = "Orders given to each node today and its daily capacity: a capacity feed."
_TARGETS = "Replenishment targets by node and SKU, as often as they change."
_SALES = "Sales over the counter by store and SKU, the last weeks, once a night."
_COSTS = "Rate cards, wages and packing costs, as often as they change."
_FACTORS = "CO2e factors by carrier and leg."
_RESULTS = "Pick results by node: what was asked for and what was found."
_STATE = "Which nodes are open, with changes in the moment they are made."
_LAST = "When each node last got an order."
_CLOCK = "How long each order has waited, and how often it came back."
_VALUE = "Prices of the lines."
NOTHING = ""

FILTERS: Mapping[str, str] = {
    "group": NOTHING, "not_group": NOTHING, "collection_store": NOTHING, "zones": NOTHING, "same_zone": NOTHING,
    "within_km": _PLACES, "in_time": _TIMES, "arrives_within": _TIMES, "leaves_today": _TIMES, "open_now": _STATE,
    "capacity_left": _TODAY, "max_backlog": _TIMES, "max_orders_a_day": _TODAY, "max_lines_a_day": _TODAY,
    "found_at_least": _RESULTS, "stock_at_least": NOTHING, "keep_units": NOTHING, "keep_days": _SALES,
    "overstocked": _TARGETS, "beyond_weeks_of_cover": _SALES,
}  # fmt: skip
SORTS: Mapping[str, str] = {
    "rank": NOTHING, "nearest": _PLACES, "cheapest": _COSTS, "carriage": _COSTS, "pick_and_pack": _COSTS,
    "labour": _COSTS, "margin": _COSTS, "shipments": NOTHING, "lowest_co2e": _FACTORS, "fastest": _TIMES,
    "least_late": _TIMES, "most_stock": NOTHING, "longest_cover": _SALES, "overstock": _TARGETS,
    "overstocked_units": _TARGETS, "slowest_sellers": _SALES, "least_busy": _TIMES, "least_used": _TODAY,
    "best_found": _RESULTS, "longest_idle": _LAST,
}  # fmt: skip
CONDITIONS: Mapping[str, str] = {
    "rejected_at_least": _CLOCK, "waited_at_least": _CLOCK, "order_from_eur": _VALUE, "order_below_eur": _VALUE,
}  # fmt: skip


def needs(rules: Mapping[str, Any]) -> list[str]:
    """What must be fed to whoever works by these rules (as `rules_document` writes them)."""
    found = dict.fromkeys(ALWAYS)
    for rule in rules["rules"]:
        said = [FILTERS[entry["filter"]] for entry in rule["filters"]]
        for sort in rule["sorts"]:
            names = [part["sort"] for part in sort["parts"]] if sort["sort"] == "weighted" else [sort["sort"]]
            said += [SORTS[name] for name in names]
        said += [CONDITIONS.get(key, NOTHING) for key in rule["when"]]
        found.update(dict.fromkeys(one for one in said if one))
    return list(found)
