"""The sourcing benchmark of Ma (2023): random seasons on a small network, rules against bounds."""

from orchestrion.experiments.ma2023.instances import Instance, Setting, draw
from orchestrion.experiments.ma2023.network import Network, network_files, read_network
from orchestrion.experiments.ma2023.protocol import Blind, Decider, Knowledge, Left, Reviewer, Rule
from orchestrion.experiments.ma2023.rules import BEST, PUBLISHED, RULES, waiting
from orchestrion.experiments.ma2023.running import BOUNDS, REFERENCE, Scores, as_rows, benchmark, chosen

__all__ = [
    "BEST",
    "BOUNDS",
    "PUBLISHED",
    "REFERENCE",
    "RULES",
    "Blind",
    "Decider",
    "Instance",
    "Knowledge",
    "Left",
    "Network",
    "Reviewer",
    "Rule",
    "Scores",
    "Setting",
    "as_rows",
    "benchmark",
    "chosen",
    "draw",
    "network_files",
    "read_network",
    "waiting",
]
