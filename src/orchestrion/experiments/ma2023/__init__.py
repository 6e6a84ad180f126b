"""The sourcing benchmark of Ma (2023): random seasons on a small network, rules against bounds."""

from orchestrion.experiments.ma2023.instances import Instance, Setting, draw
from orchestrion.experiments.ma2023.network import Network, read_network
from orchestrion.experiments.ma2023.rules import PUBLISHED, RULES, Decider, Knowledge, Left, Rule
from orchestrion.experiments.ma2023.running import BOUNDS, REFERENCE, Scores, as_rows, benchmark

__all__ = [
    "BOUNDS",
    "PUBLISHED",
    "REFERENCE",
    "RULES",
    "Decider",
    "Instance",
    "Knowledge",
    "Left",
    "Network",
    "Rule",
    "Scores",
    "Setting",
    "as_rows",
    "benchmark",
    "draw",
    "read_network",
]
