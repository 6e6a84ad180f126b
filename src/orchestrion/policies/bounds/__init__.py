"""Bounds that nobody can beat: fluid, hindsight, the exact optimum of toys, what was possible on a path that came."""

from orchestrion.policies.bounds.clairvoyant import Arrival, Group, Least, Parcel, Supply, offline
from orchestrion.policies.bounds.dynamic import optimal_cost, priced_cost
from orchestrion.policies.bounds.flow import Flow, FlowProgramme, fluid
from orchestrion.policies.bounds.hindsight import expected_hindsight, hindsight
from orchestrion.policies.bounds.plans import Mix, PlanProgramme

__all__ = [
    "Arrival",
    "Flow",
    "FlowProgramme",
    "Group",
    "Least",
    "Mix",
    "Parcel",
    "PlanProgramme",
    "Supply",
    "expected_hindsight",
    "fluid",
    "hindsight",
    "offline",
    "optimal_cost",
    "priced_cost",
]
