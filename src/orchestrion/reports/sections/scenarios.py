"""What differs between the alternatives: their policies, and every parameter that is not the baseline's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrion.errors import OrchestrionError
from orchestrion.experiments.assumptions import assumed
from orchestrion.reports.formats import decimals_for
from orchestrion.reports.page import DataTable, Mark, Page
from orchestrion.reports.reading import Alternative
from orchestrion.reports.sections import section

# what a document is called, not what it says; the policy has its own line
_NAMES = ("policy", "name", "title", "description", "overrides", "extends")
MOST = 14  # parameters shown before the rest is folded away


@dataclass(frozen=True, slots=True)
class Row:
    """One alternative: its policy, and (parameter, baseline's value, its value)."""

    mark: Mark
    title: str
    policy: str
    changes: list[tuple[str, str, str]]


def flat(document: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted path, value) of every leaf; lists are leaves."""
    if isinstance(document, Mapping) and document:
        for key, value in document.items():
            yield from flat(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, document


def _text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        text = ", ".join(str(one) for one in value) or "–"
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
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
            f"{fmt.number(one.value, 0 if one.value == round(one.value) else decimals_for(abs(one.value) / 50))} "
            f"{one.unit}".strip(),
            one.description,
            one.source or words("assumed_here"),
        ]
        for one in found
    ]
    columns = [words("parameter"), words("assumed_value"), words("assumed_what"), words("assumed_source")]
    return DataTable(words("assumptions"), columns, rows) if rows else None


def changes_of(page: Page) -> list[tuple[Alternative, list[tuple[str, str, str]]]]:
    """Each alternative with (parameter, baseline's value, its value) of all that is not the baseline's."""
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
    base, absent = documents[reading.baseline.label], page.words("absent")
    result = []
    for item in reading.alternatives:
        own = documents[item.label]
        changes = [
            (path, _text(base[path]) if path in base else absent, _text(own[path]) if path in own else absent)
            for path in dict.fromkeys([*base, *own])
            if base.get(path, None) != own.get(path, None)
        ]
        result.append((item, changes))
    return result


@section("scenarios", order=90)
def scenarios(page: Page) -> dict[str, Any]:
    """One row per alternative, against the baseline."""
    reading, words = page.reading, page.words
    told = {item.label: item for item in reading.study.alternatives}
    rows = []
    for item, changes in changes_of(page):
        title = str(getattr(told[item.label], "title", "") or "").removesuffix(f" ({item.label})")
        rows.append(Row(page.mark(item), title if title != item.name else "", item.policy, changes))
    return {
        "title": words("scenarios_title"),
        "lead": words("scenarios_lead"),
        "rows": rows,
        "most": MOST,
        "assumed": _assumed(page),
        "assumed_lead": words("assumptions_lead", name=reading.baseline.name),
    }
