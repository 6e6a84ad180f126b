"""Orchestrion's own document: says everything, has a published schema and reads back to the same policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrion.scenarios.rules_out.family import Handover, Places, systems


@systems("generic")
def generic(rules: Mapping[str, Any], places: Places) -> Handover:
    """A specification for any system: JSON with a published schema, each rule as a sentence, too."""
    steps = [
        "`orchestrion export-rules --schema` prints the schema of this document.",
        "Rules are tried from the first to the last; each filters the nodes, sorts what is left and allocates, or not.",
    ]
    return Handover("generic", dict(rules) | {"about": {**rules["about"], "nodes": dict(places.labels)}}, steps)
