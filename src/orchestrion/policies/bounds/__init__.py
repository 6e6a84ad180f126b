"""Bounds that nobody can beat, for a season without replenishment: fluid, hindsight, and the exact optimum of toys."""


from orchestrion.policies.bounds.dynamic import optimal_cost, priced_cost
from orchestrion.policies.bounds.flow import Flow, FlowProgramme, fluid
from orchestrion.policies.bounds.hindsight import expected_hindsight, hindsight
from orchestrion.policies.bounds.plans import Mix, PlanProgramme

__all__ = [
    "Flow",
    "FlowProgramme",
    "Mix",
    "PlanProgramme",
    "expected_hindsight",
    "fluid",
    "hindsight",
    "optimal_cost",
    "priced_cost",
]
