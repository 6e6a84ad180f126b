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


def changes(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a trial changes: dotted path -> number, switch or short word; and the policy, by name and parameters.

    What names a file is never among them: a phone does not choose what this machine reads.
    """
    told = body.get("overrides") or {}
    if not isinstance(told, Mapping):
        raise Refused("bad_message", "overrides")
    found = {path: _plain(path, value) for path, value in told.items() if isinstance(path, str)}
    if "policy" in found:  # a section, not a value: the policy is told beside the overrides, whole
        raise Refused("bad_message", "overrides")
    if len(found) != len(told) or len(found) > MOST_CHANGES or any(len(path) > 120 for path in found):
        raise Refused("bad_message", "overrides")
    policy = body.get("policy")
    if policy is not None:
        if isinstance(policy, str):
            policy = {"name": policy}
        if not isinstance(policy, Mapping) or not isinstance(policy.get("name"), str) or len(policy) > MOST_CHANGES:
            raise Refused("bad_message", "policy")
        found["policy"] = {str(key)[:60]: _plain(f"policy.{key}", value) for key, value in policy.items()}
    if not found:
        raise Refused("nothing_said", "overrides")
    return found


_CLOSED = ("title", "extends", "time", "history", "data", "currency")  # sections no trial may touch


def _plain(path: str, value: Any) -> Any:
    parts = path.split(".")
    if not path.isprintable() or any(part in _CLOSED or part.endswith(("_table", "_card")) for part in parts):
        raise Refused("not_to_be_tried", path[:120])
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if isinstance(value, int) and abs(value) <= 10**9 else _number(value, path, -1e9, 1e9)
    if isinstance(value, str) and len(value) <= 40 and not set(value) & set("/\\~$\0") and value.isprintable():
        return value
    raise Refused("not_to_be_tried", path[:120])
