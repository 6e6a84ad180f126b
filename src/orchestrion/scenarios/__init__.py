"""Scenario documents and the worlds they describe: reading, checking, overrides, diff, schema."""

from orchestrion.scenarios.diff import Change, ScenarioDiff
from orchestrion.scenarios.history.report import Dropped, HistoryReport
from orchestrion.scenarios.overrides import set_values
from orchestrion.scenarios.scenario import Scenario, load_scenario
from orchestrion.scenarios.schema import json_schema

__all__ = [
    "Change",
    "Dropped",
    "HistoryReport",
    "Scenario",
    "ScenarioDiff",
    "json_schema",
    "load_scenario",
    "set_values",
]
