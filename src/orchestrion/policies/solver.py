"""The one door to PuLP and HiGHS: a programme goes in, an answer with its bound or its dual values comes out.

0/1 programmes are written in PuLP; linear ones that are solved again and again stay in HiGHS, which then starts from
the last answer. Works with PuLP 3.3 and 4. HiGHS runs in this process, on one thread, and stops by gap or by node
count, so that the same model gives the same answer on a slow machine. PuLP 3.3's own reading of the result is not
used: it calls what was found before a time limit optimal, and does not know the node limit; status, bound and values
are asked of HiGHS itself.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestrion.errors import SolverError

_WHOLE = 1e-6  # how far from a whole number a column may lie, as for the solver itself
EMERGENCY_S = 600.0  # a wall-clock limit for a solver gone astray, far beyond what the node limit allows


@dataclass(frozen=True, slots=True)
class Row:
    """A linear condition: the sum of coefficient x column is equal to, or at most, `rhs`."""

    name: str
    terms: Sequence[tuple[int, float]]  # (column, coefficient)
    rhs: float
    equal: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the solver found: the columns at one, and a bound below every solution's cost (in the costs' unit)."""

    chosen: tuple[int, ...]  # columns above a half
    bound: float
    proven: bool  # no better solution beyond the gap asked for
    values: tuple[float, ...]  # of every column


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: an absolute gap (in the costs' unit), a number of branch-and-bound nodes, at last the clock."""

    gap: float = 0.0
    nodes: int = 10_000
    seconds: float = EMERGENCY_S


def problem(
    name: str, columns: Sequence[tuple[str, float]], rows: Sequence[Row], shares: Collection[int] = ()
) -> Any:
    """The PuLP problem that minimises the cost of columns [(name, cost), ...] under the rows.

    Columns are 0 or 1; those at the positions `shares` may lie between.
    """
    import pulp

    lp = pulp.LpProblem(name, pulp.LpMinimize)
    variables = [
        lp.add_variable(column, 0, 1, cat="Continuous") if i in shares else lp.add_variable(column, cat="Binary")
        for i, (column, _) in enumerate(columns)
    ]
    # pairs in one go: adding terms one by one costs more than the solve
    lp += _sum(pulp, [(variable, cost) for variable, (_, cost) in zip(variables, columns, strict=True)])
    for row in rows:
        left = _sum(pulp, [(variables[column], coefficient) for column, coefficient in row.terms])
        lp += (left == row.rhs if row.equal else left <= row.rhs), row.name
    return lp


def solve(
    name: str,
    columns: Sequence[tuple[str, float]],
    rows: Sequence[Row],
    limits: Limits,
    shares: Collection[int] = (),
) -> Answer:
    """The cheapest choice of columns; see `problem`.

    The relaxation is solved first, in a tenth of the time or less: where it is in whole numbers, it is the answer.

    Raises
    ------
    SolverError
        If there is no solution to read, whatever the cause.
    """
    plain = None if shares else _relaxed(name, columns, rows, limits)
    if plain is not None:
        return plain
    lp = problem(name, columns, rows, shares)
    engine = _engine()(
        msg=False, threads=1, gapRel=0.0, gapAbs=limits.gap, timeLimit=limits.seconds,
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
    answer = tuple([value[column] for column, _ in columns])
    chosen = tuple([i for i, x in enumerate(answer) if x > 0.5])
    return Answer(chosen, bound, status == "kOptimal", answer)


def _relaxed(
    name: str, columns: Sequence[tuple[str, float]], rows: Sequence[Row], limits: Limits
) -> Answer | None:
    """The answer when columns may also lie between 0 and 1, where none of them does."""
    costs = np.array([cost for _, cost in columns], np.float64)
    programme = LinearProgramme(costs, [row.terms for row in rows], seconds=limits.seconds, name=name)
    most = np.array([row.rhs for row in rows], np.float64)
    try:
        found = programme.solve(np.where([row.equal for row in rows], most, -np.inf), most).columns
    except Exception:  # a crash, too: who searches in whole numbers will meet it, and say so
        return None
    whole = np.rint(found)
    if np.abs(found - whole).max(initial=0.0) > _WHOLE or whole.max(initial=0.0) > 1.0:
        return None
    chosen = np.flatnonzero(whole)
    return Answer(tuple(chosen.tolist()), float(costs[chosen].sum()), True, tuple(whole.tolist()))


def _sum(pulp: Any, terms: list[tuple[Any, float]]) -> Any:
    expression = pulp.LpAffineExpression
    return expression.from_list(terms) if hasattr(expression, "from_list") else expression(terms)


@lru_cache(maxsize=1)
def _greeted() -> None:
    """Let HiGHS greet nobody: since 1.16 the first solver of a process prints a banner, whatever `output_flag` says."""
    import highspy

    try:
        kept = os.dup(1)
    except OSError:  # a process without standard output
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()
        with suppress(OSError, AttributeError, TypeError):  # where the C library is not to be had by this name
            ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


@lru_cache(maxsize=1)
def _engine() -> Any:
    """PuLP's HiGHS; for PuLP 3 with a loader that passes the model at once."""
    import pulp

    _greeted()

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
            whole = np.array([i for i, v in enumerate(variables) if v.cat == "Integer"], np.int32)
            kinds = np.full(len(whole), highspy.HighsVarType.kInteger)
            highs.changeColsIntegrality(len(whole), whole, kinds)
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


@dataclass(frozen=True, slots=True)
class Linear:
    """The optimum of a linear programme.

    `duals` say what one unit more of a row's right-hand side would add to the value; of a programme in whole numbers
    there are none (empty).
    """

    value: float
    columns: NDArray[np.float64]
    duals: NDArray[np.float64]


class LinearProgramme:
    """Minimise cost x column, columns from 0 up, under rows that lie between two limits; kept, to be solved again.

    Parameters
    ----------
    costs
        Shape (columns,).
    rows
        For each row its [(column, coefficient), ...].
    whole
        Whether columns must be whole numbers.
    nodes
        Branch-and-bound nodes after which a programme in whole numbers is given up.
    seconds
        Time after which it is given up, come what may.

    A second `solve` with other limits starts from the last answer, at a fraction of the first one's time. Among equally
    good answers it may so find another one; `restart` forgets all but the first.

    >>> shop = LinearProgramme([1.0, 3.0], [[(0, 1), (1, 1)], [(0, 1)]])
    >>> answer = shop.solve([5, -np.inf], [5, 2])         # five units wanted, two of them at most from the first node
    >>> answer.value, answer.duals.tolist()
    (11.0, [3.0, -2.0])
    """

    def __init__(
        self,
        costs: ArrayLike,
        rows: Sequence[Sequence[tuple[int, float]]],
        *,
        whole: bool = False,
        nodes: int | None = None,
        seconds: float = EMERGENCY_S,
        name: str = "linear",
    ) -> None:
        import highspy

        _greeted()
        self.name = name
        self._whole = whole
        self._first: Any = None
        self._highs = highs = highspy.Highs()
        for option, value in (("output_flag", False), ("threads", 1), ("random_seed", 0), ("time_limit", seconds)):
            highs.setOptionValue(option, value)
        if whole:
            highs.setOptionValue("mip_rel_gap", 0.0)
            highs.setOptionValue("mip_abs_gap", 1e-9)
            if nodes is not None:
                highs.setOptionValue("mip_max_nodes", nodes)
        priced = np.asarray(costs, np.float64)
        count, none = len(priced), np.zeros(0, np.int32)
        highs.addCols(count, priced, np.zeros(count), np.full(count, np.inf), 0, none, none, np.zeros(0))
        if whole:
            kinds = np.full(count, highspy.HighsVarType.kInteger)
            highs.changeColsIntegrality(count, np.arange(count, dtype=np.int32), kinds)
        self._rows = len(rows)
        starts = np.cumsum([0] + [len(row) for row in rows])[:-1].astype(np.int32)
        indices = np.array([column for row in rows for column, _ in row], np.int32)
        values = np.array([coefficient for row in rows for _, coefficient in row], np.float64)
        free = np.full(self._rows, np.inf)
        highs.addRows(self._rows, -free, free, len(indices), starts, indices, values)

    def solve(self, lower: ArrayLike, upper: ArrayLike) -> Linear:
        """The optimum when each row lies between `lower` and `upper`, shapes (rows,).

        Raises
        ------
        SolverError
            If there is no optimum.
        """
        highs, every = self._highs, np.arange(self._rows, dtype=np.int32)
        highs.changeRowsBounds(self._rows, every, np.asarray(lower, np.float64), np.asarray(upper, np.float64))
        highs.run()
        status = highs.getModelStatus().name
        if status != "kOptimal":
            raise SolverError(f"{self.name}: HiGHS found no optimum ({status})")
        if self._first is None and not self._whole:
            self._first = highs.getBasis()
        solution = highs.getSolution()
        # the solver writes nothings as -0.0 or -1e-17: shares and prices are taken at face value upstairs
        columns = np.asarray(solution.col_value, np.float64)
        columns[columns <= 0.0] = 0.0
        duals = np.zeros(0) if self._whole else np.asarray(solution.row_dual, np.float64) + 0.0
        return Linear(float(highs.getObjectiveValue()), columns, duals)

    def reprice(self, columns: ArrayLike, costs: ArrayLike) -> None:
        """Other costs for these columns, shapes (n,)."""
        which = np.asarray(columns, np.int32)
        self._highs.changeColsCost(len(which), which, np.asarray(costs, np.float64))

    def add(self, cost: float, terms: Sequence[tuple[int, float]]) -> None:
        """One more column: its cost and its [(row, coefficient), ...]; the last answer stays where to start from."""
        rows = np.array([row for row, _ in terms], np.int32)
        self._highs.addCol(cost, 0.0, np.inf, len(rows), rows, np.array([value for _, value in terms], np.float64))

    def restart(self, columns: int | None = None) -> None:
        """Go back to an early answer, so that the next one does not depend on what was solved in between.

        Parameters
        ----------
        columns
            Forget the columns from this one on, and start from the answer marked when there were so many.
        """
        if columns is not None and columns < (count := self._highs.getNumCol()):
            self._highs.deleteCols(count - columns, np.arange(columns, count, dtype=np.int32))
        if self._first is not None:
            self._highs.clearSolver()  # or else weights of the simplex would remember
            self._highs.setBasis(self._first)

    def mark(self) -> None:
        """Make the last answer the one that `restart` goes back to."""
        self._first = self._highs.getBasis()
