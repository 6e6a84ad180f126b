"""The one door to PuLP and HiGHS: a small 0/1 programme goes in, an answer with its bound comes out.

Works with PuLP 3.3 and 4. HiGHS runs in this process, on one thread, and stops by gap or by node count, so that the
same model gives the same answer on a slow machine. PuLP 3.3's own reading of the result is not used: it calls what was
found before a time limit optimal, and does not know the node limit; status, bound and values are asked of HiGHS itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from orchestrion.errors import SolverError

EMERGENCY_S = 600.0  # a wall-clock limit for a solver gone astray, far beyond what the node limit allows


@dataclass(frozen=True, slots=True)
class Row:
    """A linear condition: the sum of coefficient x column is equal to, or at most, `rhs`."""

    name: str
    terms: Sequence[tuple[int, int]]  # (column, coefficient)
    rhs: int
    equal: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver found: the columns at one, and a bound below every solution's cost (in the costs' unit)."""

    chosen: tuple[int, ...]
    bound: float
    proven: bool  # no better solution beyond the gap asked for


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: an absolute gap (in the costs' unit) or a number of branch-and-bound nodes."""

    gap: float = 0.0
    nodes: int = 10_000


def problem(name: str, columns: Sequence[tuple[str, float]], rows: Sequence[Row]) -> Any:
    """The PuLP problem that minimises the cost of 0/1 columns [(name, cost), ...] under the rows."""
    import pulp

    lp = pulp.LpProblem(name, pulp.LpMinimize)
    variables = [lp.add_variable(column, cat="Binary") for column, _ in columns]
    # pairs in one go: adding terms one by one costs more than the solve
    lp += _sum(pulp, [(variable, cost) for variable, (_, cost) in zip(variables, columns, strict=True)])
    for row in rows:
        left = _sum(pulp, [(variables[column], coefficient) for column, coefficient in row.terms])
        lp += (left == row.rhs if row.equal else left <= row.rhs), row.name
    return lp


def solve(name: str, columns: Sequence[tuple[str, float]], rows: Sequence[Row], limits: Limits) -> Answer:
    """The cheapest choice of columns.

    Raises
    ------
    SolverError
        If there is no solution to read, whatever the cause.
    """
    lp = problem(name, columns, rows)
    engine = _engine()(
        msg=False, threads=1, gapRel=0.0, gapAbs=limits.gap, timeLimit=EMERGENCY_S,
        mip_max_nodes=limits.nodes, random_seed=0, output_flag=False,
    )  # fmt: skip
    try:
        engine.createAndConfigureSolver(lp)
        engine.buildSolverModel(lp)
        engine.callSolver(lp)
        highs = lp.solverModel
        info, status = highs.getInfo(), highs.getModelStatus().name
        found = info.primal_solution_status == 2 and bool(highs.getSolution().value_valid)  # 2: feasible
        values = list(highs.getSolution().col_value) if found else []
        bound = float(info.mip_dual_bound)
    except Exception as failure:
        raise SolverError(f"{name}: HiGHS failed: {failure}") from failure
    if not found:
        raise SolverError(f"{name}: HiGHS found no solution ({status})")
    order = lp.exported_variables() if hasattr(lp, "exported_variables") else lp.variables()
    value = {variable.name: x for variable, x in zip(order, values, strict=True)}
    chosen = tuple(i for i, (column, _) in enumerate(columns) if value[column] > 0.5)
    return Answer(chosen, bound, status == "kOptimal")


def _sum(pulp: Any, terms: list[tuple[Any, float]]) -> Any:
    expression = pulp.LpAffineExpression
    return expression.from_list(terms) if hasattr(expression, "from_list") else expression(terms)


@lru_cache(maxsize=1)
def _engine() -> Any:
    """PuLP's HiGHS; for PuLP 3 with a loader that passes the model at once."""
    import numpy as np
    import pulp

    if hasattr(pulp.LpProblem, "exported_variables"):  # PuLP 4 does so itself
        return pulp.HiGHS
    import highspy

    class AtOnce(pulp.HiGHS):  # type: ignore[misc]
        """PuLP 3.3 adds columns one at a time, 40 microseconds each: here one call for columns, one for rows."""

        def buildSolverModel(self, lp: Any) -> None:
            highs, infinity = lp.solverModel, highspy.kHighsInf
            variables = lp.variables()
            count = len(variables)
            for i, variable in enumerate(variables):
                variable.index = i
            costs = np.array([lp.objective.get(variable, 0.0) for variable in variables], float)
            none = np.zeros(0, np.int32)
            highs.addCols(count, costs, np.zeros(count), np.ones(count), 0, none, none, np.zeros(0))
            whole = np.full(count, highspy.HighsVarType.kInteger)
            highs.changeColsIntegrality(count, np.arange(count, dtype=np.int32), whole)
            starts: list[int] = []
            indices: list[int] = []
            coefficients: list[float] = []
            lower: list[float] = []
            upper: list[float] = []
            for constraint in lp._constraints.values():
                starts.append(len(indices))
                for variable, coefficient in constraint.items():
                    indices.append(variable.index)
                    coefficients.append(coefficient)
                low, high = constraint.getLb(), constraint.getUb()
                lower.append(-infinity if low is None else low)
                upper.append(infinity if high is None else high)
            highs.addRows(
                len(starts), np.array(lower, float), np.array(upper, float), len(indices),
                np.array(starts, np.int32), np.array(indices, np.int32), np.array(coefficients, float),
            )  # fmt: skip

    return AtOnce
