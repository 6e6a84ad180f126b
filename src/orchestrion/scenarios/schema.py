"""The JSON Schema of scenario documents, for editors: keys, units, defaults and meanings from the models themselves."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from orchestrion.scenarios.document import ScenarioDocument

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ABOUT: dict[str, dict[str, Any]] = {
    "extends": {
        "type": "string",
        "description": "A scenario file beside this one, or a bundled scenario, that this one changes",
    },
    "name": {"type": "string", "description": "Name of the scenario; by default that of its file"},
    "overrides": {
        "type": "object",
        "description": "Named changes that this file offers: name -> dotted path -> value",
        "additionalProperties": {"type": "object"},
    },
}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a scenario file; the same at every call."""
    return schema_of(ScenarioDocument)


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a document model, with the keys that every scenario file may have besides.

    Nothing is required: a file that extends another one writes only what it changes. The unit of a parameter is also
    the end of its description, which is what editors show.
    """
    schema = model.model_json_schema(mode="validation")
    _relax(schema)
    schema["properties"] = _ABOUT | schema.get("properties", {})
    return {"$schema": _DIALECT, **schema}


def _relax(node: Any) -> None:
    if isinstance(node, list):
        for item in node:
            _relax(item)
        return
    if not isinstance(node, dict):
        return
    node.pop("required", None)
    unit = node.get("unit")
    if isinstance(unit, str) and "description" in node:
        if unit:
            node["description"] = f"{node['description']} [{unit}]"
        else:
            del node["unit"]
    for key in sorted(node):
        if key not in ("default", "enum", "examples"):
            _relax(node[key])
