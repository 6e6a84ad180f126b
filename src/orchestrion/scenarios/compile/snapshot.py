"""The stock counted on the first day: a table of node, SKU and units."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from orchestrion.bundled import table_path
from orchestrion.domain.world import Flags
from orchestrion.errors import InputError, Problem
from orchestrion.tables import read_table


def read_snapshot(file: str, nodes: Sequence[str], skus: Sequence[str]) -> tuple[NDArray[np.int32], Flags]:
    """Units on hand (S, N), and which nodes were counted, (N,): what they do not list they do not have.

    Raises
    ------
    InputError
        Nodes that the scenario has not, a node and SKU counted twice, units that are no whole number, or nothing left.
    """
    table = read_table(table_path(file), ("node", "sku", "units"))
    node_row, sku_row = ({key: i for i, key in enumerate(keys)} for keys in (nodes, skus))
    problems: list[Problem] = []
    units = np.zeros((len(skus), len(nodes)), np.int32)
    named = np.zeros(len(nodes), bool)
    told: set[str] = set()  # only asked whether a name is in it
    known = 0
    try:
        table.unique("node", "sku")
    except InputError as error:
        problems += error.problems
    for row in table:
        node = node_row.get(row["node"], -1)
        if node < 0:
            if row["node"] not in told:
                near = get_close_matches(row["node"], nodes, n=1)
                hint = f"; did you mean {near[0]!r}" if near else ""
                problems.append(row.problem("node", f"no such node in the scenario{hint}"))
            told.add(row["node"])
            continue
        named[node] = True
        sku = sku_row.get(row["sku"], -1)
        if sku < 0:
            continue
        known += 1
        try:
            units[sku, node] = row.whole("units", 0, 2_000_000_000)
        except InputError as error:
            problems += error.problems
    if not known and not problems:
        problems.append(Problem(table.file, None, "sku", "", "none of these SKUs is in the scenario's assortment"))
    if problems:
        raise InputError(problems)
    return units, named
