"""A rule set as a JSON document with a published schema: nothing implied, one shape for all; reads back the same.

The schema is worked out from the vocabulary itself, so that a new filter or sort is in it at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from orchestrion.errors import InputError, Problem
from orchestrion.policies.pipeline import values as read
from orchestrion.policies.pipeline.filters import filters
from orchestrion.policies.pipeline.reading import SPLIT, Reading
from orchestrion.policies.pipeline.rule import ACTIONS, OTHERWISE, Rule
from orchestrion.policies.pipeline.sorts import Sort, Weighted, sorts
from orchestrion.policies.pipeline.when import READERS as WHEN
from orchestrion.policies.pipeline.words import sentence
from orchestrion.policies.sourcing import make_policy, policy_document
from orchestrion.policies.sourcing.rules import Rules
from orchestrion.units import duration_text

FORMAT, VERSION = "orchestrion rules", 1
_TOP = (
    "format", "version", "title", "queue", "promise_tolerance", "max_shipments", "groups", "fallback", "rules", "about",
)  # fmt: skip
_RULE = ("name", "when", "filters", "sorts", "split", "action", "otherwise", "said")
_QUEUES = ("placed", "promise", "value")


# -- writing ---------------------------------------------------------------------------------------------------------


def rules_document(policy: Rules, about: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The rule set, whatever its policy left to defaults written out.

    Parameters
    ----------
    about
        Where it comes from: kept beside the rules, read by nobody.
    """
    fallback = policy.fallback
    if fallback is not None:
        fallback = _plain(policy_document(make_policy(_plain(fallback))))
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": policy.title,
        "queue": policy.queue,
        "promise_tolerance": [duration_text(read.duration(step)) for step in policy.promise_tolerance],
        "max_shipments": policy.max_shipments,
        "groups": {name: list(read.texts(members)) for name, members in policy.groups.items()},
        "fallback": fallback,
        "rules": [_rule(rule) for rule in Reading().rules(policy.rules)],
        "about": dict(about or {}),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    names = {kind: name for name, kind in filters.items()}
    when = {key: value for key in WHEN if (value := getattr(rule.when, key)) not in (None, ())}
    return {
        "name": rule.name,
        "when": {key: _written(value, WHEN[key]) for key, value in when.items()},
        "filters": [
            {
                "filter": names[type(step.filter)],
                "value": _written(step.filter.value, step.filter.reader),
                "soft": step.soft,
            }
            for step in rule.steps
        ],
        "sorts": [_sort(sort) for sort in rule.sorts],
        "split": {key: getattr(rule.split, key) for key in SPLIT},
        "action": rule.action,
        "otherwise": rule.otherwise,
        "said": sentence(rule),
    }


def _sort(sort: Sort) -> dict[str, Any]:
    names = {kind: name for name, kind in sorts.items()}
    if isinstance(sort, Weighted):
        return {"sort": "weighted", "parts": [{"sort": names[type(part)], "eur": eur} for eur, part in sort.value]}
    return {"sort": names[type(sort)], "value": _written(sort.value, sort.reader)}


def _written(value: Any, reader: read.Reader) -> Any:
    """A value as documents write it: durations as texts."""
    if reader is read.duration:
        return duration_text(value)
    if reader is read.tolerance:
        return True if value == 0 else duration_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


# -- reading ---------------------------------------------------------------------------------------------------------


def read_rules(text: str, file: str = "rules.json") -> Rules:
    """The policy of a document.

    Raises
    ------
    InputError
        All that is wrong in it.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InputError([Problem(file, getattr(error, "lineno", None), "", "", f"not JSON ({error}).")]) from None
    problems: list[Problem] = []

    def wrong(where: str, value: object, rule: str) -> None:
        problems.append(Problem(file, None, where, json.dumps(value, ensure_ascii=False, default=str), rule))

    def known(where: str, value: object, keys: tuple[str, ...], needed: tuple[str, ...] = ()) -> dict[str, Any]:
        if not isinstance(value, dict):
            wrong(where, value, "a mapping is expected.")
            return {}
        for key in value:
            if key not in keys:
                wrong(f"{where}.{key}".lstrip("."), value[key], f"no such key; known: {', '.join(keys)}.")
        for key in needed:
            if key not in value:
                problems.append(Problem(file, None, f"{where}.{key}".lstrip("."), "", "is missing."))
        return value

    top = known("", document, _TOP, ("format", "version", "rules"))
    if top.get("format") != FORMAT or top.get("version") != VERSION:
        wrong("format", [top.get("format"), top.get("version")], f"{FORMAT!r}, version {VERSION}, is read here.")
    rules = []
    listed = top.get("rules", [])
    if not isinstance(listed, list):
        wrong("rules", listed, "a list is expected.")
        listed = []
    for i, item in enumerate(listed):
        rule = dict(known(f"rules.{i}", item, _RULE))
        rule.pop("said", None)
        for key, entry in (("filters", ("filter", "value", "soft")), ("sorts", ("sort", "value", "parts"))):
            entries = rule.get(key, [])
            if not isinstance(entries, list):
                wrong(f"rules.{i}.{key}", entries, "a list is expected.")
                entries = []
            found = []
            for j, one in enumerate(entries):
                place = f"rules.{i}.{key}.{j}"
                said = known(place, one, entry, entry[:1])
                name = said.get(entry[0])
                if key == "filters":
                    found.append({str(name): said.get("value", True), "soft": said.get("soft", False)})
                elif name == "weighted":
                    parts = [known(f"{place}.parts.{k}", p, ("sort", "eur"), ("sort", "eur"))
                             for k, p in enumerate(said.get("parts") or [])]  # fmt: skip
                    found.append({"weighted": {str(part.get("sort")): part.get("eur") for part in parts}})
                else:
                    found.append({str(name): said.get("value", True)})
            rule[key] = found or rule.get(key, [])
        if "split" in rule and isinstance(rule["split"], dict):
            rule["split"] = {key: value for key, value in rule["split"].items() if value is not None}
        rules.append(rule)
    if problems:
        raise InputError(problems)
    policy = {"name": "rules", "rules": rules}
    policy |= {key: top[key] for key in _TOP[2:8] if key in top and top[key] is not None}
    found_policy = make_policy(policy, file=file)
    assert isinstance(found_policy, Rules)
    return found_policy


# -- the schema ------------------------------------------------------------------------------------------------------


def rules_schema() -> dict[str, Any]:
    """The JSON Schema of the document (draft 2020-12)."""
    texts = {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True}
    rule = {
        "name": {"type": "string", "minLength": 1},
        "when": _closed({key: _shape(reader) for key, reader in WHEN.items()}),
        "filters": {
            "type": "array",
            "items": {
                "anyOf": [
                    _closed(
                        {"filter": {"const": name}, "value": _shape(kind.reader), "soft": {"type": "boolean"}},
                        ("filter", "value", "soft"),
                    )
                    | {"description": _first_line(kind)}
                    for name, kind in filters.items()
                ]
            },
        },
        "sorts": {
            "type": "array",
            "minItems": 1,
            "items": {
                "anyOf": [
                    _closed({"sort": {"const": name}, "value": _shape(kind.reader)}, ("sort", "value"))
                    | {"description": _first_line(kind)}
                    for name, kind in sorts.items()
                ]
                + [
                    _closed(
                        {
                            "sort": {"const": "weighted"},
                            "parts": {
                                "type": "array",
                                "minItems": 1,
                                "items": _closed(
                                    {
                                        "sort": {"enum": [n for n, k in sorts.items() if k.reader is not read.texts]},
                                        "eur": {"type": "number", "minimum": 0},
                                    },
                                    ("sort", "eur"),
                                ),
                            },
                        },
                        ("sort", "parts"),
                    )
                    | {"description": "A weighted sum: euros for one unit of each part."}
                ]
            },
        },
        "split": _closed(
            {
                key: _shape(reader) if key == "only_when_needed" else {"anyOf": [_shape(reader), {"type": "null"}]}
                for key, reader in SPLIT.items()
            }
        ),
        "action": {"enum": list(ACTIONS)},
        "otherwise": {"enum": list(OTHERWISE)},
        "said": {"type": "string", "description": "The rule as a sentence; read by people only."},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Orchestrion rules, version 1",
        "description": "An ordered list of sourcing rules: the first that can serve an order does.",
        **_closed(
            {
                "format": {"const": FORMAT},
                "version": {"const": VERSION},
                "title": {"type": "string"},
                "queue": {"enum": list(_QUEUES)},
                "promise_tolerance": {"type": "array", "minItems": 1, "items": _DURATION},
                "max_shipments": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
                "groups": {"type": "object", "additionalProperties": texts | {"minItems": 1}},
                "fallback": {
                    "anyOf": [
                        {"type": "null"},
                        {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
                    ]
                },
                "rules": {"type": "array", "minItems": 1, "items": _closed(rule, _RULE)},
                "about": {"type": "object"},
            },
            _TOP,
        ),
    }


_DURATION = {"type": "string", "pattern": r"^\d+(\.\d+)?\s*(d|h|min|s)(\s*\d+(\.\d+)?\s*(d|h|min|s))*$"}


def _closed(properties: Mapping[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return shape | ({"required": list(required)} if required else {})


def _first_line(kind: Any) -> str:
    return str(kind.__doc__ or "").strip().split("\n")[0]


def _shape(reader: read.Reader) -> dict[str, Any]:
    """What a reader takes, found out by asking it."""

    def takes(value: object) -> bool:
        try:
            reader(value)
        except ValueError:
            return False
        return True

    kinds: list[dict[str, Any]] = []
    if takes(True):
        kinds.append({"type": "boolean"} if takes(False) else {"const": True})
    if takes("2h"):
        kinds.append(_DURATION if not takes("a") else {"type": "string", "minLength": 1})
    if takes("2026-01-01") and not takes("a"):
        kinds.append({"type": "string", "format": "date"})
    if takes(["a", "b"]):
        kinds = [{"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}, "uniqueItems": True}]
    if takes(1):
        number: dict[str, Any] = {"type": "number" if takes(0.5) else "integer", "minimum": 0 if takes(0) else 1}
        kinds.append(number | ({} if takes(2) else {"maximum": 1}))
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
