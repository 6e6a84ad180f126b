"""The one door to the solver says nothing that was not asked for."""

from __future__ import annotations

import subprocess
import sys

PROGRAMME = """
from orchestrion.policies.solver import Limits, LinearProgramme, Row, solve
print("before")
LinearProgramme([1.0], [[(0, 1.0)]]).solve([1], [2])
print(solve("x", [("a", 1.0), ("b", 2.0)], [Row("r", [(0, 1), (1, 1)], 1, equal=True)], Limits()).chosen)
"""


def test_the_solver_prints_nothing_of_its_own() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAMME], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["before", "(0,)"]


def test_shares_may_lie_between_nought_and_one() -> None:
    from orchestrion.policies.solver import Limits, Row, solve

    # half of what is wanted is cheap: the share of the dear one is the rest
    rows = [Row("all", [(0, 1.0), (1, 1.0)], 1.0, equal=True), Row("cheap", [(0, 1.0)], 0.4)]
    found = solve("halves", [("cheap", 1.0), ("dear", 3.0)], rows, Limits(), shares=(0, 1))
    assert [round(x, 9) for x in found.values] == [0.4, 0.6]
