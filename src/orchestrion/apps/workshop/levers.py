"""What the room may change in a trial: the rules there are with their parameters, and thresholds that are decisions.

A threshold is a number or a switch of the baseline's document that a retailer sets and could set otherwise; what is a
fact about customers, carriers or costs is contested in the first step, not tried. The server takes nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from fnmatch import fnmatchcase
from typing import Any, get_args, get_type_hints

from orchestrion.apps.workshop.naming import Both, measured_in, named
from orchestrion.errors import InputError
from orchestrion.experiments.assumptions import told_numbers
from orchestrion.kpis.family import Text
from orchestrion.policies.parameters import default_of, paragraphs
from orchestrion.policies.sourcing import make_policy, sourcing_policies
from orchestrion.scenarios import Scenario

DECISIONS = (
    "network.*.protected_units", "network.*.pickers.*", "network.*.ships", "network.*.collects",
    "stock.separate_pools", "stock.web_weeks", "stock.store_cover_days", "stock.store_minimum",
    "visibility.*", "replenishment.*_weeks",
    *(f"replenishment.transfers.{one}" for one in ("on", "every_days", "within_km", "cover_days")),
    "replenishment.backorders.*", "options.*.on", "options.*.fee_eur", "options.*.promise_days",
    "sourcing.max_hops", "sourcing.promise_sees_capacity", "sourcing.claiming.on", "sourcing.claiming.at_once",
    "collecting.keep_days", "returns.on", "policy.*",
)  # fmt: skip

GROUPS = {
    "stock": Text("Stock", "Stock"),
    "visibility": Text("What the web sees", "Ce que le web voit"),
    "replenishment": Text("Replenishment", "Réapprovisionnement"),
    "transfers": Text("Transfers between stores", "Transferts entre magasins"),
    "backorders": Text("Backorders", "Commandes en attente"),
    "collecting": Text("Click and collect", "Retrait en magasin"),
    "returns": Text("Returns", "Retours"),
    "sourcing": Text("Sourcing", "Affectation des commandes"),
    "claiming": Text("Asking the nodes", "Solliciter les nœuds"),
    "policy": Text("Today’s rule", "La règle d’aujourd’hui"),
}


def levers(scenario: Scenario) -> list[dict[str, Any]]:
    """Path, value, unit, group and name of each threshold, in the document's order."""
    options = {key: one.label for key, one in scenario.document.options.items()}
    return [
        {"path": one.path, "value": one.value, **measured_in(one.unit), "group": _group(one.path, options),
         "name": _name(one.path, one.description)}
        for one in told_numbers(scenario)
        if any(fnmatchcase(one.path, pattern) for pattern in DECISIONS)
    ]  # fmt: skip


def _group(path: str, options: Mapping[str, str]) -> Both:
    """Whose threshold it is: a kind of node, an option, a part of the document."""
    section, key, *deeper = path.split(".")
    if section == "network":
        return {lang: text[:1].upper() + text[1:] for lang, text in named("value", key).items()}
    if section == "options":
        return named("label", options[key])
    group = GROUPS[key if deeper and key in GROUPS else section]
    return {"en": group.en, "fr": group.fr}


def _name(path: str, description: str) -> Both:
    """What it is; of what differs by a node's size, which size."""
    size = path.rpartition(".")[2]
    shown = named("parameter", description)
    return {lang: f"{text} ({size})" if len(size) == 1 else text for lang, text in shown.items()}


def rules() -> list[dict[str, Any]]:
    """Every sourcing policy that can do without more being told: what it does, and its numbers and switches."""
    found = []
    for name, policy in sourcing_policies.items():
        with suppress(InputError):
            made = make_policy({"name": name})
            found.append({
                "name": name, "title": named("policy", name), "says": named("rule", _first_line(policy)),
                "parameters": list(_parameters(policy, made)),
            })  # fmt: skip
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
        yield {
            "name": one.name, "value": value, **measured_in(unit[1] if unit else ""),
            "title": named("rule_parameter", one.name),
            "description": {lang: text.replace("`", "") for lang, text in named("rule", description).items()},
        }  # fmt: skip
