"""Which of many parameters matter: Morris screening and Sobol indices of a scenario, by SALib.

Every point of the design meets the same customers, so a KPI's mean over the replications is a function of the
parameters without a draw of its own; what is left of chance is told beside the indices. Morris, Technometrics 33 (1991)
161-174, with the means of absolute effects of Campolongo, Cariboni and Saltelli (2007); Sobol (1993) in the form of
Saltelli et al. (2010). The indices are SALib's; so are their bootstrap intervals.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import StudyError
from orchestrion.experiments.alternatives import PolicyLike, ScenarioLike, scenarios_of
from orchestrion.experiments.parameters import named_point, varied
from orchestrion.experiments.running import compare

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study

Method = Literal["morris", "sobol"]
Floats = NDArray[np.float64]
LEVELS = 4  # of a Morris grid, as in the paper
MOST_RUNS = 50_000  # points
_RESAMPLES = 1000


def sensitivity(
    scenario: ScenarioLike,
    ranges: Mapping[str, Any],
    policy: PolicyLike | None = None,
    *,
    method: Method = "morris",
    points: int | None = None,
    seed: int = 1,
    **options: Any,
) -> Study:
    """Run a scenario over a design that tells which parameters matter, alone and together.

    Parameters
    ----------
    ranges
        Dotted path -> "low:high" or a list of values; two parameters or more. All values in the range are taken to be
        equally likely.
    method
        "morris": a screening, for many parameters and few runs: `points` trajectories of parameters + 1 points.
        "sobol": shares of the variance, alone and with all interactions: `points` (a power of two) times
        parameters + 2 points.
    points
        10 trajectories, or 64, when left out.
    options
        As for `compare`: replications, workers, out, facts, progress, ...

    Returns
    -------
    Study
        `study.sensitivity("contribution")` gives the indices.
    """
    base = scenarios_of(scenario)[0]
    asked = [varied(base, path, text) for path, text in ranges.items()]
    if len(asked) < 2:
        raise StudyError("name two parameters or more; for one alone, sweep it")
    count = points if points is not None else 10 if method == "morris" else 64
    unit = design(method, len(asked), count, seed)
    chosen: dict[str, dict[str, Any]] = {}
    order = []
    for row in unit:
        values = {one.path: one.at(float(u)) for one, u in zip(asked, row, strict=True)}
        name = named_point(base, values, list(ranges))
        chosen[name] = values
        order.append(name)
    scenarios = [base.vary(name, row, place="--vary") for name, row in chosen.items()]
    told = {
        "kind": "sensitivity",
        "method": method,
        "parameters": list(ranges),
        "points": chosen,
        "order": order,
        "unit": unit.tolist(),
        "seed": seed,
    }
    options = {"facts": "none", "notes": {"design": told}} | options
    return compare(scenarios, None if policy is None else [policy], seed=seed, **options)


def design(method: str, parameters: int, points: int, seed: int) -> Floats:
    """The points of a design in the unit cube; shape (points in all, parameters)."""
    if method not in ("morris", "sobol"):
        raise StudyError(f"method = {method!r}: write morris or sobol")
    if points < 2:
        raise StudyError(f"points = {points}: two at least")
    if method == "sobol" and points & (points - 1):
        raise StudyError(f"points = {points}: Sobol samples are balanced only for powers of two, such as 64 or 128")
    if points * (parameters + 2) > MOST_RUNS:
        raise StudyError(f"more than {MOST_RUNS:,} points; take fewer, or fewer parameters")
    problem = _problem(parameters)
    salib = _salib()
    if method == "morris":
        return np.asarray(salib.morris_sample.sample(problem, points, num_levels=LEVELS, seed=seed), np.float64)
    return np.asarray(salib.sobol_sample.sample(problem, points, calc_second_order=False, seed=seed), np.float64)


def indices(method: str, unit: Floats, values: Floats, confidence: float = 0.95, seed: int = 1) -> dict[str, Floats]:
    """What a design's results say of each parameter.

    Parameters
    ----------
    unit
        The design, as `design` made it.
    values
        The result at each of its points, shape (points in all,).

    Returns
    -------
    dict
        For "morris" mu (mean effect of moving from the low to the high end, in the result's unit), mu_star (mean
        absolute effect), mu_star_half, sigma (spread of the effects: interactions, or no straight line); for "sobol"
        s1, s1_half (share of the variance a parameter explains alone), st, st_half (with all its interactions). Each
        of shape (parameters,).
    """
    parameters = unit.shape[1]
    problem, salib = _problem(parameters), _salib()
    if not values.std() > 0.0:  # nothing depends on anything
        names = ("mu", "mu_star", "mu_star_half", "sigma") if method == "morris" else ("s1", "s1_half", "st", "st_half")
        return {name: np.zeros(parameters) for name in names}
    common = {"num_resamples": _RESAMPLES, "conf_level": confidence, "print_to_console": False, "seed": seed}
    if method == "morris":
        found = salib.morris_analyze.analyze(problem, unit, values, num_levels=LEVELS, **common)
        named = {"mu": "mu", "mu_star": "mu_star", "mu_star_half": "mu_star_conf", "sigma": "sigma"}
    else:
        found = salib.sobol_analyze.analyze(problem, values, calc_second_order=False, **common)
        named = {"s1": "S1", "s1_half": "S1_conf", "st": "ST", "st_half": "ST_conf"}
    return {name: np.asarray(found[theirs], np.float64) for name, theirs in named.items()}


def _problem(parameters: int) -> dict[str, Any]:
    return {
        "num_vars": parameters,
        "names": [f"x{i}" for i in range(parameters)],
        "bounds": [[0.0, 1.0]] * parameters,
    }


class _Salib:
    """The parts of SALib that are used, under names that tell sample from analysis."""

    def __init__(self) -> None:
        import SALib.analyze.morris
        import SALib.analyze.sobol
        import SALib.sample.morris
        import SALib.sample.sobol

        self.morris_sample: Any = SALib.sample.morris
        self.sobol_sample: Any = SALib.sample.sobol
        self.morris_analyze: Any = SALib.analyze.morris
        self.sobol_analyze: Any = SALib.analyze.sobol


def _salib() -> _Salib:
    try:
        return _Salib()
    except ModuleNotFoundError as error:
        raise StudyError("sensitivity needs SALib: pip install 'orchestrion[sensitivity]'") from error
