"""What KPIs can be grouped by, and the names behind the group ids."""

from __future__ import annotations

from difflib import get_close_matches

from orchestrion.domain.facts import Facts
from orchestrion.errors import UnknownName
from orchestrion.kpis.reading import Reading
from orchestrion.units import DAY

# grouping -> the dimension table its ids point into; days and categories have none
_TABLES = {
    "node": "nodes",
    "option": "options",
    "zone": "zones",
    "channel": "channels",
    "component": "components",
    "leg": "legs",
    "reason": "reasons",
    "service": "services",
    "sku": "skus",
}
GROUPINGS = ("all", "day", "category", *_TABLES)

# by SKU only on demand: ten times the rows of all others together
USUAL = tuple(name for name in GROUPINGS if name != "sku")


def check_groupings(group_by: tuple[str, ...]) -> None:
    """Refuse a grouping that does not exist.

    Raises
    ------
    UnknownName
        With the nearest name that does.
    """
    for name in group_by:
        if name not in GROUPINGS:
            near = get_close_matches(name, GROUPINGS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise UnknownName(f"KPIs cannot be grouped by {name!r}{hint} Known: {', '.join(GROUPINGS)}.")


def group_labels(facts: Facts, group_by: str) -> list[str]:
    """The name of each group, by group id. Days are counted from 1, as people do."""
    check_groupings((group_by,))
    if group_by == "all":
        return []
    if group_by == "day":
        return [f"day {day + 1}" for day in range(-(-facts.end_s // DAY))]
    if group_by == "category":
        return Reading(facts).categories
    return [str(label) for label in facts.dims.get(_TABLES[group_by], {}).get("label", ())]
