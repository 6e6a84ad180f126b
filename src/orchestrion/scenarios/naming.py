"""Checks what a document names but does not define: its sourcing policy and its replenishment rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orchestrion.errors import InputError, Problem, UnknownName
from orchestrion.policies.replenishment import replenishment_rules
from orchestrion.policies.sourcing import make_policy
from orchestrion.scenarios.written import Written


def unknown_names(tree: Written) -> list[Problem]:
    """Policies and rules that nobody offers, and parameters that they do not have, each at its line.

    Looks at what is written, so that a wrong name is told together with whatever else is wrong.
    """
    problems: list[Problem] = []
    policy = _plain(tree, "policy")
    if isinstance(policy.get("name"), str):
        try:
            make_policy(policy)
        except UnknownName as error:
            problems.append(Problem("", None, "policy.name", "", str(error)))
        except InputError as error:
            problems += error.problems
    rules = _plain(tree, "replenishment")
    for key in ("store_rule", "supplier_rule"):
        name = rules.get(key)
        if isinstance(name, str):
            try:
                replenishment_rules[name]
            except UnknownName as error:
                problems.append(Problem("", None, f"replenishment.{key}", "", str(error)))
    ordering = rules.get("ordering")
    for kind in ("stores", "warehouses"):
        asked = ordering.get(kind) if isinstance(ordering, dict) else None
        chosen = asked.get("rules") if isinstance(asked, dict) else None
        for letter, name in chosen.items() if isinstance(chosen, dict) else ():
            if isinstance(name, str) and name not in replenishment_rules:
                try:
                    replenishment_rules[name]
                except UnknownName as error:
                    where = f"replenishment.ordering.{kind}.rules.{letter}"
                    problems.append(Problem("", None, where, "", str(error)))
    return [_located(tree, problem) for problem in problems]


def _plain(tree: Written, section: str) -> dict[str, Any]:
    value = tree.mapping.get(section)
    plain = value.plain() if value is not None else None
    return plain if isinstance(plain, dict) else {}


def _located(tree: Written, problem: Problem) -> Problem:
    path = tuple(problem.where.split("."))
    place = tree.place(path)
    here, done = tree.follow(path)
    rule = problem.rule if problem.rule.endswith((".", "?")) else f"{problem.rule}."
    value = here.shown() if done == path else ""
    return replace(problem, file=place.file, line=place.line or None, value=value, rule=rule)
