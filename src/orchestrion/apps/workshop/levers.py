"""What the room may change in a trial: the rules there are with their parameters, and thresholds that are decisions.

A threshold is a number or a switch of the baseline's document that a retailer sets and could set otherwise; what is a
fact about customers, carriers or costs is contested in the first step, not tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from fnmatch import fnmatchcase
from typing import Any, get_args, get_type_hints

from orchestrion.errors import InputError
from orchestrion.experiments.assumptions import told_numbers
from orchestrion.policies.parameters import default_of, paragraphs
from orchestrion.policies.sourcing import make_policy, sourcing_policies
from orchestrion.scenarios import Scenario

DECISIONS = (
    "network.*.protected_units", "network.*.pickers.*", "network.*.ships", "network.*.collects",
    "stock.separate_pools", "stock.web_weeks", "stock.store_cover_days", "stock.store_minimum",
    "visibility.*", "replenishment.*_weeks", "replenishment.transfers.*", "replenishment.backorders.*",
    "options.*", "sourcing.max_hops", "sourcing.promise_sees_capacity", "sourcing.claiming.on",
    "sourcing.claiming.at_once", "collecting.keep_days", "returns.on", "policy.*",
)  # fmt: skip


def levers(scenario: Scenario) -> list[dict[str, Any]]:
    """Path, value, unit and description of each threshold, in the document's order."""
    return [
        {"path": one.path, "value": one.value, "unit": one.unit, "description": one.description}
        for one in told_numbers(scenario)
        if any(fnmatchcase(one.path, pattern) for pattern in DECISIONS)
    ]


def rules() -> list[dict[str, Any]]:
    """Every sourcing policy that can do without more being told: what it does, and its numbers and switches."""
    found = []
    for name, policy in sourcing_policies.items():
        with suppress(InputError):
            made = make_policy({"name": name})
            found.append({"name": name, "says": _first_line(policy), "parameters": list(_parameters(policy, made))})
    return found


def _first_line(policy: type) -> str:
    return (policy.__doc__ or "").strip().split("\n")[0]


def _parameters(policy: type, made: object) -> Iterator[Mapping[str, Any]]:
    if not is_dataclass(policy):
        return
    said, hints = paragraphs(policy.__doc__ or ""), get_type_hints(policy)
    for one in fields(policy):
        value = default_of(one)
        limit = value is None and {int, float} & set(get_args(hints[one.name]))  # none by default
        if not one.init or not (limit or isinstance(value, bool | int | float)):
            continue
        text = " ".join(said.get(one.name, "").split("\n")[1:])
        text = re.sub(r"\s+", " ", text).strip()
        unit = re.search(r" ?\[([^\]]*)\]", text)
        description = text.replace(unit[0], "", 1) if unit else text
        yield {"name": one.name, "value": value, "unit": unit[1] if unit else "", "description": description}
