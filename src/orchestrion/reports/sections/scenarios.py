"""What differs between the alternatives: their policies, and every parameter that is not the baseline's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrion.errors import OrchestrionError
from orchestrion.experiments.assumptions import assumed, meanings
from orchestrion.reports.formats import Format, decimals_for
from orchestrion.reports.page import DataTable, Mark, Page
from orchestrion.reports.reading import Alternative
from orchestrion.reports.sections import section
from orchestrion.reports.words import Words

# what a document is called, not what it says; the policy has its own line
_NAMES = ("policy", "name", "title", "description", "overrides", "extends")
MOST = 14  # parameters shown before the rest is folded away


@dataclass(frozen=True, slots=True)
class Differing:
    """A parameter that is not the baseline's: its path, what it means, the baseline's value and its own."""

    path: str
    meaning: str
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class Row:
    """One alternative: its policy by name and as it is written, and what it changes."""

    mark: Mark
    title: str
    policy_name: str
    policy: str
    changes: list[Differing]


def flat(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted path, value) of every leaf; lists are leaves."""
    if isinstance(document, Mapping) and document:
        for key, value in document.items():
            yield from flat(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, document


def _text(words: Words, value: Any) -> str:
    """A value as it is read: yes and no, names of the product's own groups; all else as it is written."""
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        text = ", ".join(words.product("value", str(one)) for one in value) or "–"
    elif isinstance(value, bool) or value is None:
        text = words.product("value", json.dumps(value))
    else:
        text = words.product("value", value) if isinstance(value, str) else json.dumps(
            value, ensure_ascii=False, default=str
        )
    return text if len(text) <= 120 else text[:117] + "…"


def _assumed(page: Page) -> DataTable | None:
    """What the baseline assumes, with unit, meaning, source and confidence."""
    study: Any = page.reading.study
    if not hasattr(study, "scenario"):
        return None
    words, fmt = page.words, page.fmt
    try:
        found = assumed(study.scenario(page.reading.baseline.label))
    except OrchestrionError:
        return None  # a scenario that this Orchestrion does not read any more
    rows = [
        [
            one.path,
            words.measured(one.value, one.unit, lambda value: _figure(fmt, value)),
            words.product("parameter", one.description),
            source_said(words, one.source) or words("assumed_here"),
        ]
        for one in found
    ]
    columns = [words("parameter"), words("assumed_value"), words("assumed_what"), words("assumed_source")]
    return DataTable(words("assumptions"), columns, rows) if rows else None


def _figure(fmt: Format, value: float) -> str:
    return fmt.number(value, 0 if value == round(value) else decimals_for(abs(value) / 50))


def source_said(words: Words, source: str) -> str:
    """A source with its word of confidence in the reader's language; what is cited stays as it was published."""
    said = []
    for part in source.split("; "):
        confidence = re.match(r"[a-z-]*", part)[0]  # type: ignore[index]  # an empty word matches too
        rest = part[len(confidence) :]
        rest = f"{words('colon')} {rest[2:]}" if rest.startswith(": ") else rest
        said.append(words.product("confidence", confidence) + rest)
    return "; ".join(said)


def changes_of(page: Page) -> list[tuple[Alternative, list[Differing]]]:
    """Each alternative with all that is not the baseline's."""
    reading = page.reading
    told = {item.label: item for item in reading.study.alternatives}
    documents = {
        label: {
            path: value
            for path, value in flat(getattr(item, "document", None) or {})
            if path and path.partition(".")[0] not in _NAMES
        }
        for label, item in told.items()
    }
    base, words = documents[reading.baseline.label], page.words
    absent = words("absent")
    paths = dict.fromkeys(path for document in documents.values() for path in document)
    told_of = meanings(path for path in paths if any(d.get(path) != base.get(path) for d in documents.values()))
    result = []
    for item in reading.alternatives:
        own = documents[item.label]
        changes = [
            Differing(
                path,
                words.product("parameter", told_of[path][0]),
                _text(words, base[path]) if path in base else absent,
                _text(words, own[path]) if path in own else absent,
            )
            for path in dict.fromkeys([*base, *own])
            if base.get(path, None) != own.get(path, None)
        ]
        result.append((item, changes))
    return result


def policy_name(words: Words, text: str) -> str:
    """A policy's name for people; nothing for one that is not the product's own."""
    key = text.partition("(")[0]
    name = words.product("policy", key)
    return name if name != key else ""


@section("scenarios", order=90)
def scenarios(page: Page) -> dict[str, Any]:
    """One row per alternative, against the baseline."""
    reading, words = page.reading, page.words
    told = {item.label: item for item in reading.study.alternatives}
    rows = []
    for item, changes in changes_of(page):
        title = str(getattr(told[item.label], "title", "") or "").removesuffix(f" ({item.label})")
        title = words.product("title", title) if title else ""
        title = title if title != item.name else ""
        rows.append(Row(page.mark(item), title, policy_name(words, item.policy), item.policy, changes))
    return {
        "title": words("scenarios_alone" if reading.alone else "scenarios_title"),
        "lead": "" if reading.alone else words("scenarios_lead"),
        "rows": rows,
        "most": MOST,
        "assumed": _assumed(page),
        "assumed_lead": words("assumptions_lead", name=reading.baseline.name),
    }
