"""Reads the bodies of messages, which anybody may have written: finite numbers in range, clean texts, known names."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Container, Iterable, Mapping
from typing import Any

from orchestrion.apps.workshop.events import Refused
from orchestrion.kpis.weighing_codes import NotACode, Weighing, decode

LONGEST = 500  # characters of a text
MOST_CHANGES = 12  # parameters that one trial changes


def text(body: Mapping[str, Any], key: str, longest: int = LONGEST) -> str:
    """A text that says something."""
    found = optional_text(body, key, longest)
    if not found:
        raise Refused("nothing_said", key)
    return found


def optional_text(body: Mapping[str, Any], key: str, longest: int = LONGEST) -> str:
    """A text, without what nobody can see: control characters, marks that turn the direction of writing."""
    found = body.get(key, "")
    if not isinstance(found, str):
        raise Refused("bad_message", key)
    if len(found) > longest:
        raise Refused("too_long", key)
    seen = (" " if one.isspace() else one for one in found)
    kept = "".join(one for one in seen if unicodedata.category(one)[0] != "C")
    return " ".join(kept.split())


def one_of(body: Mapping[str, Any], key: str, known: Iterable[str]) -> str:
    """A name among those known."""
    found = body.get(key)
    if not isinstance(found, str) or not _among(found, known):
        raise Refused("unknown_name", key)
    return found


def _among(found: str, known: Iterable[str]) -> bool:
    return found in known if isinstance(known, Container) else found in list(known)


def amount(body: Mapping[str, Any], key: str, low: float, high: float, *, takes_back: bool = False) -> float | None:
    """A finite number within its range; None where a thing may be taken back and is."""
    found = body.get(key, math.nan)
    if found is None and takes_back:
        return None
    return _number(found, key, low, high)


def amounts(
    body: Mapping[str, Any], key: str, known: Container[str], low: float, high: float
) -> dict[str, float | None]:
    """Several of them by name; None takes one back."""
    found = body.get(key)
    if not isinstance(found, Mapping) or not found:
        raise Refused("bad_message", key)
    for name in found:
        if name not in known:
            raise Refused("unknown_name", key)
    return {name: None if value is None else _number(value, name, low, high) for name, value in found.items()}


def _number(found: Any, key: str, low: float, high: float) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Refused("bad_number", key)
    if not low <= found <= high:  # NaN is in no range; whole numbers too large for a float are out of it
        raise Refused("bad_number", key)
    return float(found)


def weighing_code(body: Mapping[str, Any], key: str, study: str) -> Weighing:
    """A code from the report of this study, whose sender says what department they speak for."""
    try:
        found = decode(text(body, key), study)
    except NotACode as no:
        raise Refused("other_study" if no.reason == "study" else "not_a_code", no.reason) from None
    if not found.department:
        raise Refused("no_department")
    return found


def changes(
    body: Mapping[str, Any], levers: Container[str], rules: Mapping[str, Container[str]]
) -> dict[str, Any]:
    """What a trial changes: dotted path -> number or switch; and the policy, by name and parameters.

    Only what the pages offer: a phone does not choose which file this machine reads, nor how long it computes.
    """
    told = body.get("overrides") or {}
    if not isinstance(told, Mapping) or len(told) > MOST_CHANGES or "policy" in told:
        raise Refused("bad_message", "overrides")  # the policy is told beside the overrides, whole
    found: dict[str, Any] = {path: _plain(path, value, levers) for path, value in told.items()}
    policy = body.get("policy")
    if policy is not None:
        if isinstance(policy, str):
            policy = {"name": policy}
        if not isinstance(policy, Mapping) or not isinstance(policy.get("name"), str):
            raise Refused("bad_message", "policy")
        name = policy["name"]
        if name not in rules:
            raise Refused("not_offered", f"policy {name[:60]}")
        offered = rules[name]
        parameters = {key: _plain(key, value, offered) for key, value in policy.items() if key != "name"}
        found["policy"] = {"name": name, **parameters}
    if not found:
        raise Refused("nothing_said", "overrides")
    return found


def _plain(name: str, value: Any, offered: Container[str]) -> Any:
    """A number or a switch for something that is offered."""
    if name not in offered:
        raise Refused("not_offered", name[:120])
    if isinstance(value, bool):
        return value
    return value if isinstance(value, int) and abs(value) <= 10**9 else _number(value, name, -1e9, 1e9)
