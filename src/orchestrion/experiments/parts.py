"""The facts of a replication as `kpis.measure_parts` takes them: whole, or a part at a time where they are many."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from orchestrion.domain.codes import EventKind, Outcome, Reason, StockKind
from orchestrion.domain.facts import SCHEMA, Facts, Part, Table, empty
from orchestrion.experiments.cell import LONG_ROWS
from orchestrion.experiments.cohorts import OF_ORDERS, cohorts
from orchestrion.experiments.fact_base import FactBase, fact_base
from orchestrion.kpis import kpis
from orchestrion.memory import give_back

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study

ROWS = 200_000  # of one table, read at a time
_BOOKED = ("costs", "emissions", "accruals")  # on an order, or on nobody's:
_NOBODY = '"order" < 0'


def parts(study: Study, label: str, replication: int, only: Iterable[str]) -> Iterator[Facts]:
    """What the study kept of a replication, in memory together only where it is not much.

    Parts of the house come first, then customers in the order in which they asked, then SKU by SKU what stores had.

    Parameters
    ----------
    only
        Keys of the KPIs that will be measured: one whose parts do not add up gets the whole, and the last parts come
        for those that follow goods through time.

    Raises
    ------
    StudyError
        If the replication is not finished, or a file is damaged.
    """
    cell = study.cell(label, replication)
    done = study.folder.done(cell)
    wanted = [kpis[key] for key in only]
    if done is None or sum(done.rows.values()) <= LONG_ROWS or not all(member.in_parts for member in wanted):
        yield study.folder.facts(cell)
        return
    dims = study.folder.dims(cell.scenario_hash)

    def part(kind: Part, **tables: Table) -> Facts:
        whole = {name: empty(name) for name in SCHEMA} | tables
        return Facts(whole, dims, done.warm_up_s, done.horizon_s, done.end_s, kind)

    with fact_base(study.folder, cell, done.rows) as base:
        if "stock" in done.rows:
            for rows in _blocks(base, "stock", "seq"):
                yield part("stock", stock=rows)
        for name, key, which in (("spells", "from_t", "true"), ("costs", "t", _NOBODY), ("accruals", "t", _NOBODY)):
            for rows in _blocks(base, name, key, which):
                yield part("stock", **{name: rows})
        yield part("house", work=base.ask("SELECT * FROM work"))
        for (customers,) in cohorts(study, [label], replication, (*OF_ORDERS, *_BOOKED)):
            asked = customers["requests"]["t"]
            met = f"from_t <= {asked.max(initial=-1)} AND (to_t < 0 OR to_t >= {asked.min(initial=0)})"
            yield part(
                "customers", **{**customers.tables, "spells": base.ask(f"SELECT * FROM spells WHERE {met}")}
            )
            give_back()
        if any(member.by_sku for member in wanted):
            for begin, end in _shelves(base, "stock" if "stock" in done.rows else "lines"):
                yield part("shelf", **_goods(base, begin, end, done.rows))
                give_back()


def _blocks(base: FactBase, name: str, key: str, which: str = "true") -> Iterator[Table]:
    """Rows of a table in ranges of a column that it is sorted by, some `ROWS` in each."""
    (rows,), (least,), (most,) = base.ask(
        f"SELECT count(*) AS n, min({key}) AS least, max({key}) AS most FROM {name} WHERE {which}"
    ).values()
    if not rows:
        return
    ends = np.linspace(least, most + 1, -(-int(rows) // ROWS) + 1).astype(np.int64).tolist()
    for begin, end in pairwise(ends):
        yield base.ask(f"SELECT * FROM {name} WHERE {which} AND {key} >= {begin} AND {key} < {end}")
        give_back()


def _shelves(base: FactBase, table: str) -> Iterator[tuple[int, int]]:
    """Ranges of SKUs with not too many rows of a table each."""
    moved = base.ask(
        f"SELECT sku, sum(count(*)) OVER (ORDER BY sku) // {10 * ROWS} AS part FROM {table} GROUP BY sku ORDER BY sku"
    )
    starts = moved["sku"][np.flatnonzero(np.diff(moved["part"], prepend=-1))].tolist()
    yield from pairwise([*starts, np.iinfo(np.int32).max])


def _goods(base: FactBase, begin: int, end: int, kept: Container[str]) -> dict[str, Table]:
    """What some SKUs had: received, picked, and wished in vain; as far as it was kept."""
    these = f"sku >= {begin} AND sku < {end}"
    received = f"SELECT * FROM stock WHERE kind = {int(StockKind.RECEIVED)} AND {these}"
    return {
        "stock": base.ask(received) if "stock" in kept else empty("stock"),
        "picks": base.ask(
            'SELECT t, sku, node, events.qty FROM events JOIN lines USING ("order", line) '
            f"WHERE kind = {int(EventKind.PICKED)} AND {these} ORDER BY seq"
        ),
        "requests": base.ask(
            f"SELECT * FROM requests WHERE outcome = {int(Outcome.LOST)} AND reason = {int(Reason.SHELF_EMPTY)} "
            f"AND {these}"
        ),
    }
