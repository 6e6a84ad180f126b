"""Customers of a replication, some at a time and the same of each alternative, with all that became of their wishes.

A customer's wishes of one moment share a basket, baskets are numbered as wishes are, and an order bears the number of
its first wish: a range of numbers is a group of customers, and everything about them is found by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from orchestrion.domain.facts import SCHEMA, Facts, Table, empty
from orchestrion.experiments.fact_base import FactBase, fact_base
from orchestrion.memory import give_back

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study

BASKETS = 100_000  # looked at together
# what hangs on a customer's orders, as far as accounts ask for it
OF_ORDERS = ("orders", "lines", "shipments", "events", "returns", "returns_due")


def cohorts(
    study: Study, labels: Sequence[str], replication: int, tables: Sequence[str]
) -> Iterator[tuple[Facts, ...]]:
    """Groups of customers in the order in which they asked, cut where the first alternative cuts them.

    Parameters
    ----------
    labels
        Alternatives, whose facts stand in this order in each group.
    tables
        What hangs on their orders and is wanted beside `requests`; the other tables have no rows.

    Raises
    ------
    StudyError
        If one of them did not keep these tables, or the replication is not finished.
    """
    folder = study.folder
    with ExitStack() as stack:
        sides = []
        for label in labels:
            cell = study.cell(label, replication)
            base = stack.enter_context(fact_base(folder, cell, ["requests", *tables]))
            sides.append((base, study.folder.dims(cell.scenario_hash), folder.done(cell)))
        first = f"SELECT min(request) AS first FROM requests GROUP BY basket // {BASKETS} ORDER BY first"
        starts = sides[0][0].ask(first)["first"].tolist()
        for begin, end in pairwise([0, *starts[1:], np.iinfo(np.int32).max]):
            yield tuple(
                Facts(
                    {name: empty(name) for name in SCHEMA} | dict(_rows(base, tables, begin, end)),
                    dims, done.warm_up_s, done.horizon_s, done.end_s, "customers",
                )
                for base, dims, done in sides
                if done is not None
            )  # fmt: skip
            give_back()  # whoever looked at them may have left what refers to itself


def _rows(base: FactBase, tables: Sequence[str], begin: int, end: int) -> Iterator[tuple[str, Table]]:
    for name in ("requests", *tables):
        key = "request" if name == "requests" else '"order"'
        yield name, base.ask(f"SELECT * FROM {name} WHERE {key} >= {begin} AND {key} < {end}")
