"""What a scenario assumes: numbers whose source says so, which a flip point may be asked of; and all it tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestrion.experiments.alternatives import ScenarioLike, scenarios_of
from orchestrion.scenarios import json_schema


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """One number of a scenario."""

    path: str
    value: float
    unit: str
    description: str
    source: str


def assumed(scenario: ScenarioLike) -> list[ParameterValue]:
    """The numbers of a scenario that nobody measured: their source says "assumed", or the document itself gives them.

    Parameters
    ----------
    scenario
        A scenario, a file, or the name of a bundled one.
    """
    return [
        replace(one, value=float(one.value))
        for one in told_numbers(scenario)
        if not isinstance(one.value, bool) and (not one.source or one.source.startswith("assumed"))
    ]


def told_numbers(scenario: ScenarioLike) -> list[ParameterValue]:
    """Every number and switch of a scenario, assumed or measured, in the document's order; values as written there."""
    base = scenarios_of(scenario)[0]
    schema = json_schema()
    return list(_walk(schema, schema.get("$defs", {}), base.document.model_dump(mode="json"), ""))


def meanings(paths: Iterable[str]) -> dict[str, tuple[str, str]]:
    """What parameters mean: path -> (description, unit), of the part that holds them where they have none."""
    schema = json_schema()
    defs = schema.get("$defs", {})
    found = {}
    for path in paths:
        here: Mapping[str, Any] = schema
        told = ("", "")
        for key in path.split("."):
            inner = None
            for one in _forms(here, defs):
                others = one.get("additionalProperties")
                inner = inner or one.get("properties", {}).get(key, others if isinstance(others, Mapping) else None)
            if inner is None:
                break
            unit = str(inner.get("unit", told[1]))
            told = (str(inner.get("description", told[0])).removesuffix(f" [{unit}]"), unit)
            here = inner
        found[path] = told
    return found


def _walk(schema: Mapping[str, Any], defs: Mapping[str, Any], here: Any, path: str) -> Iterator[ParameterValue]:
    for one in _forms(schema, defs):
        if isinstance(here, Mapping):
            properties, others = one.get("properties", {}), one.get("additionalProperties")
            for key, value in here.items():
                inner = properties.get(key, others if isinstance(others, Mapping) else None)
                if inner is not None:
                    # a mapping of numbers, such as pickers by size, has one source for all
                    told = {**inner, "source": inner.get("source", one.get("source", ""))}
                    told |= {name: inner.get(name, one.get(name, "")) for name in ("unit", "description")}
                    yield from _walk(told, defs, value, f"{path}.{key}" if path else key)
            return
    if isinstance(here, int | float):
        unit = str(schema.get("unit", ""))
        description = str(schema.get("description", "")).removesuffix(f" [{unit}]")
        yield ParameterValue(path, here, unit, description, str(schema.get("source", "")))


def _forms(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The schema itself, and those it refers to."""
    if "$ref" in schema:
        yield from _forms(defs[str(schema["$ref"]).rpartition("/")[2]], defs)
    for inner in schema.get("anyOf", ()):
        yield from _forms(inner, defs)
    yield schema
