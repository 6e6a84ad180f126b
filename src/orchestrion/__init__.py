"""Orchestrion: rehearse order orchestration before rolling it out.

    import orchestrion as orc

    autumn = orc.load_scenario("france_unified")
    study = orc.compare([autumn], policies=["nearest", "cheapest"], replications=5)
    study.against("france_unified · nearest")

Everything here is loaded when first used, so that `import orchestrion` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from orchestrion.domain.codes import Reason
    from orchestrion.domain.orders import Line, Order
    from orchestrion.domain.plan import Plan
    from orchestrion.domain.view import NetworkView
    from orchestrion.errors import InputError, OrchestrionError, PlanError, StudyError, UnknownName
    from orchestrion.experiments import (
        Study,
        compare,
        enrol,
        open_study,
        run,
        sweep,
        tornado,
        tune,
        worth,
    )
    from orchestrion.experiments.flip_points import flip_points
    from orchestrion.experiments.sensitivity import sensitivity
    from orchestrion.kpis import kpi
    from orchestrion.policies.sourcing import sourcing_policies, sourcing_policy
    from orchestrion.policies.sourcing.milp import BatchMilp
    from orchestrion.scenarios import Scenario, json_schema, load_scenario
    from orchestrion.simulation import simulate
    from orchestrion.testing import check_policy

_WHERE = {
    "BatchMilp": "orchestrion.policies.sourcing.milp",
    "InputError": "orchestrion.errors",
    "Line": "orchestrion.domain.orders",
    "NetworkView": "orchestrion.domain.view",
    "OrchestrionError": "orchestrion.errors",
    "Order": "orchestrion.domain.orders",
    "Plan": "orchestrion.domain.plan",
    "PlanError": "orchestrion.errors",
    "Reason": "orchestrion.domain.codes",
    "Scenario": "orchestrion.scenarios",
    "Study": "orchestrion.experiments",
    "StudyError": "orchestrion.errors",
    "UnknownName": "orchestrion.errors",
    "check_policy": "orchestrion.testing",
    "compare": "orchestrion.experiments",
    "enrol": "orchestrion.experiments",
    "flip_points": "orchestrion.experiments",
    "json_schema": "orchestrion.scenarios",
    "kpi": "orchestrion.kpis",
    "load_scenario": "orchestrion.scenarios",
    "open_study": "orchestrion.experiments",
    "run": "orchestrion.experiments",
    "sensitivity": "orchestrion.experiments",
    "simulate": "orchestrion.simulation",
    "sourcing_policies": "orchestrion.policies.sourcing",
    "sourcing_policy": "orchestrion.policies.sourcing",
    "sweep": "orchestrion.experiments",
    "tornado": "orchestrion.experiments",
    "tune": "orchestrion.experiments",
    "worth": "orchestrion.experiments",
}

__all__ = [
    "BatchMilp",
    "InputError",
    "Line",
    "NetworkView",
    "OrchestrionError",
    "Order",
    "Plan",
    "PlanError",
    "Reason",
    "Scenario",
    "Study",
    "StudyError",
    "UnknownName",
    "check_policy",
    "compare",
    "enrol",
    "flip_points",
    "json_schema",
    "kpi",
    "load_scenario",
    "open_study",
    "run",
    "sensitivity",
    "simulate",
    "sourcing_policies",
    "sourcing_policy",
    "sweep",
    "tornado",
    "tune",
    "worth",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'orchestrion' has no attribute {name!r}; it offers {', '.join(__all__)}")
    module = import_module(_WHERE[name])
    if _WHERE[name] == "orchestrion.experiments":
        from orchestrion.experiments import loaders

        # a study's charts and report live one floor above it; they are loaded when first asked for
        if _reports not in loaders:
            loaders.append(_reports)
    return getattr(module, name)


def _reports() -> None:
    import_module("orchestrion.reports")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
