"""Checks what a document names but does not define: its sourcing policy and its replenishment rules."""

from __future__ import annotations

from dataclasses import replace

from orchestrion.errors import InputError, Problem, UnknownName
from orchestrion.policies.replenishment import replenishment_rules
from orchestrion.policies.sourcing import make_policy
from orchestrion.scenarios.document import ScenarioDocument
from orchestrion.scenarios.written import Written


def unknown_names(document: ScenarioDocument, tree: Written) -> list[Problem]:
    """Policies and rules that nobody offers, and parameters that they do not have, each at its line."""
    problems: list[Problem] = []
    try:
        make_policy(document.policy.model_dump(mode="json"))
    except UnknownName as error:
        problems.append(Problem("", None, "policy.name", "", str(error)))
    except InputError as error:
        problems += error.problems
    rules = document.replenishment
    for key, name in (("store_rule", rules.store_rule), ("supplier_rule", rules.supplier_rule)):
        try:
            replenishment_rules[name]
        except UnknownName as error:
            problems.append(Problem("", None, f"replenishment.{key}", "", str(error)))
    return [_located(tree, problem) for problem in problems]


def _located(tree: Written, problem: Problem) -> Problem:
    path = tuple(problem.where.split("."))
    place = tree.place(path)
    here, done = tree.follow(path)
    rule = problem.rule if problem.rule.endswith((".", "?")) else f"{problem.rule}."
    value = here.shown() if done == path else ""
    return replace(problem, file=place.file, line=place.line or None, value=value, rule=rule)
