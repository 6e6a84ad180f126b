"""What a handover is: a rule set in another system's terms, with what these terms cannot say; a file a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from orchestrion.domain.codes import Role
from orchestrion.domain.world import World
from orchestrion.policies.groups import Groups
from orchestrion.registry import Registry


@dataclass(frozen=True, slots=True)
class Places:
    """The nodes as the systems list them.

    Attributes
    ----------
    labels
        Key -> name shown, all nodes in the scenario's order.
    groups
        Name -> keys, `stores` and `warehouses` among them.
    """

    labels: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    daily_orders: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, world: World, lists: Mapping[str, Sequence[str]]) -> Places:
        """Those of a world, with the rule set's own groups."""
        named = {name: tuple(members) for name, members in lists.items()}
        groups = Groups(world, named)
        names = [*named, "warehouses", "stores"]
        if any(node.role is Role.DARK_STORE for node in world.nodes):
            names.append("dark_stores")
        keys = [node.key for node in world.nodes]
        return cls(
            labels={node.key: node.label for node in world.nodes},
            groups={
                name: tuple(key for key, flag in zip(keys, groups.any_of((name,)).tolist(), strict=True) if flag)
                for name in names
            },
            daily_orders={node.key: node.daily_orders for node in world.nodes if node.daily_orders >= 0},
        )

    def members(self, names: Sequence[str]) -> list[str]:
        """Keys of the nodes that groups and nodes name, each once."""
        found: dict[str, None] = {}
        for name in names:
            for key in self.groups.get(name, (name,)):
                found.setdefault(key)
        return list(found)


@dataclass(slots=True)
class Handover:
    """A rule set in a system's terms.

    Attributes
    ----------
    content
        What is to be entered or sent.
    steps
        Where and how, for the person who does it.
    cannot
        What the rule set says and the system cannot: the rule, what, and what happens instead.
    """

    system: str
    content: Any = None
    steps: list[str] = field(default_factory=list)
    cannot: list[str] = field(default_factory=list)

    def lacks(self, rule: Mapping[str, Any] | None, what: str, instead: str = "left out") -> None:
        """Something that cannot be said."""
        whose = "" if rule is None else f"rule {rule['name']!r}: "
        told = f"{whose}{what}; {instead}."
        if told not in self.cannot:
            self.cannot.append(told)


class System(Protocol):
    """Says a rule set (as `rules_document` writes it) in its own terms."""

    __doc__: str | None

    def __call__(self, rules: Mapping[str, Any], places: Places) -> Handover: ...


systems = Registry[System]("rule_systems", "orchestrion.scenarios.rules_out.vocabularies")
"""Decorator: `@systems("shopify")` above a function."""


def active(rules: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Rules that do something."""
    return [rule for rule in rules["rules"] if rule["action"] != "next rule"]


def brokered(rules: Mapping[str, Any], told: Handover) -> list[Mapping[str, Any]]:
    """Rules that do something in a system where collected orders need none: they stay with the store chosen."""
    found = []
    for rule in active(rules):
        if any(entry["filter"] == "collection_store" and not entry["soft"] for entry in rule["filters"]):
            told.lacks(
                rule, "sending elsewhere what the store chosen does not have",
                "orders to be collected stay with it, and need no rule",
            )  # fmt: skip
        else:
            found.append(rule)
    return found


def spoken(entry: Mapping[str, Any]) -> str:
    """A filter or sort as a message names it."""
    if entry.get("sort") == "weighted":
        return "the weighted sort of " + ", ".join(f"{part['sort']} x {part['eur']:g} EUR" for part in entry["parts"])
    name, value = entry.get("filter") or entry["sort"], entry["value"]
    shown = "" if value is True else f" {', '.join(value) if isinstance(value, list) else value}"
    return f"the {'filter' if 'filter' in entry else 'sort'} {name}{shown}"
