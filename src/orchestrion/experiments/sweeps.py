"""Sweeps: one scenario under many values of its parameters, on the same customers; a study like any other.

A sweep's design (which alternative has which values) is kept in the study's manifest, so that an opened study can be
tabled by parameter. Samples: McKay, Beckman and Conover (1979) for Latin hypercubes, Sobol (1967) with Owen scrambling,
both by scipy.stats.qmc.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import StudyError
from orchestrion.experiments.alternatives import PolicyLike, ScenarioLike, scenarios_of
from orchestrion.experiments.parameters import MISSING, Step, Varied, named_point, present, step, value_text, varied
from orchestrion.experiments.running import compare
from orchestrion.scenarios import Scenario

if TYPE_CHECKING:

    from orchestrion.experiments.study import Study

MOST_POINTS = 10_000
Sample = Literal["grid", "lhs", "sobol"]

# what `worth` asks when nobody says: hands, protection, time and shelves that are as recorded, wherever a scenario has
# them otherwise
QUESTIONS = {
    "network.warehouses.pickers": "+1",
    "network.stores.pickers": "+1",
    "network.stores.protected_units": "+1",
    "options.home_standard.cut_off": "+1h",
    "network.stores.pick_success": "1",
    "records.on": "false",  # every record right, as RFID promises
}


def sweep(
    scenario: ScenarioLike,
    vary: Mapping[str, Any],
    policies: PolicyLike | Sequence[PolicyLike] | None = None,
    *,
    sample: Sample = "grid",
    points: int | None = None,
    seed: int = 1,
    **options: Any,
) -> Study:
    """Run a scenario under many values of some of its parameters.

    Parameters
    ----------
    vary
        Dotted path -> "a:b:n" (n values from a to b), a list of values, or "a:b" for samples.
    policies
        As for `compare`; a parameter of the scenario's own policy is varied as `policy.within_km`.
    sample
        "grid": every combination. "lhs" or "sobol": `points` combinations spread over the ranges; whole numbers stay
        whole, values of a list are equally likely. Sobol wants a power of two.
    options
        As for `compare`: replications, until, workers, out, facts, progress, ...

    Returns
    -------
    Study
        One alternative per point (and policy); `study.swept()` tables it by parameter.

    Raises
    ------
    InputError
        For a parameter or value that the scenario does not know.
    """
    base = scenarios_of(scenario)[0]
    asked = [varied(base, path, text) for path, text in vary.items()]
    if not asked:
        raise StudyError('nothing to vary; name a parameter, such as {"demand.online.orders_per_day": "500:1000:3"}')
    rows = _grid(asked) if sample == "grid" else _sampled(asked, sample, points, seed)
    chosen = {named_point(base, row, list(vary)): row for row in rows}
    scenarios = [base.vary(name, row, place="--vary") for name, row in chosen.items()]
    design = {"kind": "sweep", "sample": sample, "parameters": list(vary), "points": chosen}
    return compare(scenarios, policies, seed=seed, notes={"design": design}, **options)


def tornado(
    scenario: ScenarioLike, ranges: Mapping[str, Any], policy: PolicyLike | None = None, **options: Any
) -> Study:
    """Move one parameter at a time to a low and a high value: which one matters most?

    Parameters
    ----------
    ranges
        Dotted path -> "low:high", a list of two values, or "10%" for so much below and above the present value.

    Returns
    -------
    Study
        The scenario and two alternatives per parameter; `study.tornado("contribution")` ranks them.
    """
    base = scenarios_of(scenario)[0]
    points: dict[str, dict[str, Any]] = {}
    scenarios = [base]
    ends: dict[str, dict[str, str]] = {}
    for path, asked in ranges.items():
        ends[path] = {}
        for side, value in zip(("low", "high"), _both(base, path, asked), strict=True):
            changes = {path: value.after if isinstance(value, Step) else value}
            name = named_point(base, changes, list(ranges))
            ends[path][side] = name
            points[name] = changes
            scenarios.append(base.vary(name, changes, place="--vary"))
    if len(scenarios) == 1:
        raise StudyError("nothing to vary; name at least one parameter with its low and high value")
    design = {"kind": "tornado", "base": base.name, "parameters": list(ranges), "points": points, "ends": ends}
    options = {"baseline": base.name, "notes": {"design": design}} | options
    return _single(scenarios, policy, options)


def worth(
    scenario: ScenarioLike, changes: Mapping[str, Any] | None = None, policy: PolicyLike | None = None, **options: Any
) -> Study:
    """What is one more picker worth, one more protected unit, a later cut-off? Each change alone, same customers.

    Parameters
    ----------
    changes
        Dotted path -> a value, or a signed text that is relative to what is there: "+1", "-10%", "+1h". Left out: one
        more picker in each warehouse and each store, one more protected unit, the cut-off an hour later, every unit
        found on the store's shelf, every record right (as RFID promises).

    Returns
    -------
    Study
        The scenario and one alternative per change; `study.worth()` tells the difference per step. What the change
        itself costs (a wage, a contract) is in no KPI: the difference is what it may cost at most.
    """
    base = scenarios_of(scenario)[0]
    if changes is None:
        changes = {path: text for path, text in QUESTIONS.items() if present(base, path) is not MISSING}
        steps = [one for one in (step(base, path, asked) for path, asked in changes.items()) if one.after != one.before]
    else:
        steps = [step(base, path, asked) for path, asked in changes.items()]
    if not steps:
        raise StudyError('nothing to change; name a parameter, such as {"network.stores.protected_units": "+1"}')
    scenarios, points, told = [base], {}, {}
    for one in steps:
        name = named_point(base, {one.path: one.after}, list(changes))
        scenarios.append(base.vary(name, {one.path: one.after}, place="--change"))
        points[name] = {one.path: one.after}
        size = None if math.isnan(one.size) else one.size
        told[name] = {"path": one.path, "before": one.before, "after": one.after, "size": size, "unit": one.unit}
    design = {"kind": "worth", "base": base.name, "parameters": list(changes), "points": points, "steps": told}
    options = {"baseline": base.name, "notes": {"design": design}} | options
    return _single(scenarios, policy, options)


def _single(scenarios: Sequence[Scenario], policy: PolicyLike | None, options: dict[str, Any]) -> Study:
    """Several scenarios under one policy; the first is what the others are compared with."""
    return compare(list(scenarios), None if policy is None else [policy], **options)


# -- designs ------------------------------------------------------------------------------------------------------


def _grid(asked: Sequence[Varied]) -> list[dict[str, Any]]:
    for one in asked:
        if not one.values:
            ends = f"{value_text(one.low)}:{value_text(one.high)}"
            raise StudyError(f"{one.path}: a grid needs a number of steps, {ends}:n")
    if math.prod(len(one.values) for one in asked) > MOST_POINTS:
        raise StudyError(f"more than {MOST_POINTS:,} points; take fewer steps, or a sample")
    combinations = itertools.product(*(one.values for one in asked))
    return [dict(zip((one.path for one in asked), values, strict=True)) for values in combinations]


def _sampled(asked: Sequence[Varied], sample: str, points: int | None, seed: int) -> list[dict[str, Any]]:
    if points is None or not 1 <= points <= MOST_POINTS:
        raise StudyError(f"points = {points!r}: a sample needs a number of points, 1 to {MOST_POINTS:,}")
    unit = _unit_cube(sample, points, len(asked), seed)
    rows = [{one.path: one.at(float(u)) for one, u in zip(asked, row, strict=True)} for row in unit]
    distinct = {json.dumps(row, default=str): row for row in rows}  # whole numbers and lists meet
    return list(distinct.values())


def _unit_cube(sample: str, points: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    if sample == "lhs":
        order = np.array([rng.permutation(points) for _ in range(dimensions)]).T
        return np.asarray((order + rng.random((points, dimensions))) / points)
    if sample != "sobol":
        raise StudyError(f"sample = {sample!r}: write grid, lhs or sobol")
    if points & (points - 1):
        raise StudyError(f"points = {points}: Sobol samples are balanced only for powers of two, such as 16 or 32")
    try:
        engine = qmc.Sobol(dimensions, rng=rng)
    except TypeError:  # SciPy before 1.15
        engine = qmc.Sobol(dimensions, seed=rng)
    return np.asarray(engine.random(points), np.float64)


def _both(base: Scenario, path: str, asked: Any) -> tuple[Any, Any]:
    """The low and the high value of a parameter."""
    if isinstance(asked, str) and asked.strip().endswith("%"):
        part = asked.strip().lstrip("±+")
        return step(base, path, f"-{part}", "--vary"), step(base, path, f"+{part}", "--vary")
    one = varied(base, path, asked)
    if one.values and len(one.values) != 2:
        raise StudyError(f"{path}: give a low and a high value, not {len(one.values)} values")
    if one.values:
        return one.values[0], one.values[1]
    return one.at(0.0), (int(one.high) if one.whole else one.high)
