"""Scenarios x policies x replications: run, kept, compared honestly."""

from orchestrion.experiments.alternatives import Alternative
from orchestrion.experiments.demo import demo_study
from orchestrion.experiments.inference import Estimate, holm, paired, ratio_change, student
from orchestrion.experiments.running import ProgressEvent, compare, run
from orchestrion.experiments.study import Study, open_study
from orchestrion.experiments.upstairs import loaders, surfaces

__all__ = [
    "Alternative",
    "Estimate",
    "ProgressEvent",
    "Study",
    "compare",
    "demo_study",
    "holm",
    "loaders",
    "open_study",
    "paired",
    "ratio_change",
    "run",
    "student",
    "surfaces",
]
