"""What changes for the people who live with today's rules."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Any


def difference(today: dict[str, Any] | None, then: dict[str, Any]) -> list[str]:
    """Today's rule set against the one to come, line by line: `-` goes, `+` comes, ` ` stays.

    Parameters
    ----------
    today
        None where today's way of working cannot be said in rules: all that comes is new.
    """
    old, new = ([] if one is None else _lines(one) for one in (today, then))
    told = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            told += [f"  {line}" for line in old[i:j]]
        else:
            told += [f"- {line}" for line in old[i:j]]
            told += [f"+ {line}" for line in new[k:m]]
    return told


def _lines(document: dict[str, Any]) -> list[str]:
    lines = [f"queue: {document['queue']}"]
    lines += [f"tolerance on the promise: {', '.join(document['promise_tolerance'])}"]
    most = document["max_shipments"]
    lines += [f"shipments of an order: {'any number' if most is None else f'at most {most}'}"]
    lines += [f"group {name}: {', '.join(members)}" for name, members in document["groups"].items()]
    lines += [rule["said"] for rule in document["rules"]]
    fallback = document["fallback"]
    return [*lines, f"fallback: {'none' if fallback is None else fallback['name']}"]
