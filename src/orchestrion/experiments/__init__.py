"""Scenarios x policies x replications: run, kept, compared honestly."""

from orchestrion.experiments.alternatives import Alternative
from orchestrion.experiments.assumptions import ParameterValue, assumed
from orchestrion.experiments.demo import demo_study
from orchestrion.experiments.enrolling import Enrolment, enrol
from orchestrion.experiments.explanation import Candidate, Explanation
from orchestrion.experiments.flip_points import flip_points
from orchestrion.experiments.handing_over import HandedOver, handed_over
from orchestrion.experiments.inference import Estimate, holm, paired, ratio_change, student
from orchestrion.experiments.precision import Reached, goal_texts, goals
from orchestrion.experiments.repeating import Repeated, repeat
from orchestrion.experiments.running import ProgressEvent, compare, run
from orchestrion.experiments.selecting import Selection, select_best
from orchestrion.experiments.selection import (
    kim_nelson,
    kn_eta,
    median_interval,
    median_ranks,
    probability_best,
    rinott_h,
    subset_best,
)
from orchestrion.experiments.sensitivity import sensitivity
from orchestrion.experiments.study import Study, open_study
from orchestrion.experiments.study_files import StudyPlan, is_study_file, load_study_plan
from orchestrion.experiments.sweeps import sweep, tornado, worth
from orchestrion.experiments.tracing import Trace, interesting_orders
from orchestrion.experiments.tuning import Tuned, tune
from orchestrion.experiments.upstairs import loaders, surfaces
from orchestrion.experiments.warm_up import WarmUp, mser

__all__ = [
    "Alternative",
    "Candidate",
    "Enrolment",
    "Estimate",
    "Explanation",
    "HandedOver",
    "ParameterValue",
    "ProgressEvent",
    "Reached",
    "Repeated",
    "Selection",
    "Study",
    "StudyPlan",
    "Trace",
    "Tuned",
    "WarmUp",
    "assumed",
    "compare",
    "demo_study",
    "enrol",
    "flip_points",
    "goal_texts",
    "goals",
    "handed_over",
    "holm",
    "interesting_orders",
    "is_study_file",
    "kim_nelson",
    "kn_eta",
    "load_study_plan",
    "loaders",
    "median_interval",
    "median_ranks",
    "mser",
    "open_study",
    "paired",
    "probability_best",
    "ratio_change",
    "repeat",
    "rinott_h",
    "run",
    "select_best",
    "sensitivity",
    "student",
    "subset_best",
    "surfaces",
    "sweep",
    "tornado",
    "tune",
    "worth",
]
