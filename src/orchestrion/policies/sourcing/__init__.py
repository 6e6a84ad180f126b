"""The family of sourcing policies: found by name, configured by keyword, one file each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from difflib import get_close_matches
from math import isfinite
from typing import Any, cast, get_type_hints

from orchestrion.display import Grid, bundle, paragraphs
from orchestrion.domain.view import Decider, NetworkView, SourcingPolicy
from orchestrion.errors import InputError, Problem
from orchestrion.policies.parameters import default_of, describe
from orchestrion.registry import Registry
from orchestrion.streams import Streams

__all__ = ["catalogue", "make_policy", "policy_document", "sourcing_policies", "sourcing_policy"]

class _SourcingPolicies(Registry[type]):
    """The registry of sourcing policies; a policy that only decides is its own decider."""

    def __call__(self, name: str) -> Callable[[type], type]:
        enlist = super().__call__(name)

        def decorate(policy: type) -> type:
            if not hasattr(policy, "start") and hasattr(policy, "decide"):
                policy.start = _itself  # type: ignore[attr-defined]
            policy.policy_name = name  # type: ignore[attr-defined]
            describe(policy)
            if not hasattr(policy, "_repr_mimebundle_"):
                policy._repr_mimebundle_ = _shown  # type: ignore[attr-defined]
            return enlist(policy)

        return decorate


def _itself(self: Any, view: NetworkView, streams: Streams) -> Any:
    """The decider of one replication: the policy itself, which remembers nothing."""
    return self


def _shown(self: Any, include: object = None, exclude: object = None) -> dict[str, str]:
    """How a notebook shows a policy: what it does, and its parameters."""
    document = policy_document(self)
    rows = tuple((key, str(value)) for key, value in document.items() if key != "name")
    does = (type(self).__doc__ or "").strip().split("\n")[0]
    table = Grid("", ("parameter", "value"), rows).html() if rows else ""
    return bundle(repr(self), paragraphs([f"{document['name']}: {does}"]) + table)


sourcing_policies = _SourcingPolicies("sourcing_policies", "orchestrion.policies.sourcing")
sourcing_policy = sourcing_policies
"""Decorator: `@sourcing_policy("nearest")` above a frozen dataclass with `decide(orders, view)`."""


def make_policy(document: object, *, file: str = "policy", line: int | None = None) -> SourcingPolicy:
    """A policy from its name, or from a mapping with its `name` and parameters; a policy value passes through.

    Parameters
    ----------
    file, line
        Where the mapping was written, for error messages.

    Raises
    ------
    UnknownName
        If no policy has that name; the message suggests a near one.
    InputError
        With every unknown, missing or unusable parameter.

    >>> make_policy({"name": "nearest", "within_km": 50})
    Nearest(within_km=50.0)
    >>> make_policy({"name": "nearest", "within": 50})
    Traceback (most recent call last):
        ...
    orchestrion.errors.InputError: policy: policy.within = 50: no such parameter of nearest; did you mean within_km?
    """
    if isinstance(document, str):
        document = {"name": document}
    if not isinstance(document, Mapping):
        if isinstance(document, SourcingPolicy | Decider) and not isinstance(document, type):
            return cast(SourcingPolicy, document)
        rule = "write the policy's name, or its name and parameters"
        raise InputError([Problem(file, line, "policy", repr(document), rule)])
    values = {str(key): value for key, value in document.items()}
    name = values.pop("name", None)
    if not isinstance(name, str):
        rule = f"a policy needs a name, one of: {', '.join(sourcing_policies.names())}"
        raise InputError([Problem(file, line, "policy.name", "" if name is None else repr(name), rule)])
    policy = sourcing_policies[name]
    known = {field.name: field for field in fields(policy) if field.init} if is_dataclass(policy) else {}
    hints = get_type_hints(policy) if known else {}
    problems, settings = [], {}
    for key, value in values.items():
        if key not in known:
            problems.append(Problem(file, line, f"policy.{key}", repr(value), _unknown(name, key, known)))
            continue
        rule, settings[key] = _read(value, hints[key])
        if rule:
            problems.append(Problem(file, line, f"policy.{key}", repr(value), rule))
    for key, field in known.items():
        if key not in values and default_of(field) is MISSING:
            problems.append(Problem(file, line, f"policy.{key}", "", f"{name} needs this parameter"))
    if problems:
        raise InputError(problems)
    try:
        return cast(SourcingPolicy, policy(**settings))
    except InputError as error:  # a policy with a grammar of its own knows the place inside its parameters
        raise InputError(replace(problem, file=file, line=line) for problem in error.problems) from error
    except (TypeError, ValueError) as problem:
        key, _, rule = str(problem).partition(": ")
        where, value = (f"policy.{key}", repr(values[key])) if rule and key in values else ("policy", "")
        raise InputError([Problem(file, line, where, value, rule if value else str(problem))]) from problem


def _unknown(name: str, key: str, known: Mapping[str, Field[Any]]) -> str:
    near = get_close_matches(key, known, n=1, cutoff=0.5)
    if near:
        return f"no such parameter of {name}; did you mean {near[0]}?"
    return f"no such parameter of {name}; it has " + (f"{', '.join(known)}." if known else "none.")


def _read(value: object, hint: object) -> tuple[str, object]:
    """(what is wrong or "", the value as the parameter's type): numbers as written in documents, without guessing."""
    if value is None and hint == float | None:
        return "", None
    if hint in (float, float | None):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            return "write a number", value
        return "", float(value)
    if value is None and hint == int | None:
        return "", None
    if hint in (int, int | None) and (isinstance(value, bool) or not isinstance(value, int)):
        return "write a whole number", value
    if hint is bool and not isinstance(value, bool):
        return "write true or false", value
    if hint is str and not isinstance(value, str):
        return "write text", value
    if hint == tuple[str, ...]:
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
            return "write a list of texts", value
        return "", tuple(texts)
    return "", value


def policy_document(policy: object) -> dict[str, Any]:
    """The mapping that `make_policy` reads back: name and every parameter."""
    name = getattr(policy, "policy_name", type(policy).__name__)
    if not is_dataclass(policy):
        return {"name": name}
    return {"name": name} | {field.name: getattr(policy, field.name) for field in fields(policy) if field.init}


def catalogue() -> list[tuple[str, str]]:
    """(name, first line of the docstring) of every policy, sorted by name."""
    return [(name, (policy.__doc__ or "").strip().split("\n")[0]) for name, policy in sourcing_policies.items()]
