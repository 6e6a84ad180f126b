"""The cash of a study, day by day: every payment behind the accounts, item by item."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from orchestrion.domain.facts import Facts
from orchestrion.errors import StudyError
from orchestrion.experiments.levels import at_least
from orchestrion.experiments.parts import parts
from orchestrion.kpis.cash import ITEMS
from orchestrion.kpis.reading import Reading
from orchestrion.units import DAY, MICRO

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study


def cash(study: Study, label: str | None = None, replication: int | None = None) -> pd.DataFrame:
    """Payments by day without VAT, from the first measured day to the last payment.

    Terms of payment are the scenario's (`economics.cash`). Needs a study run with `facts="full"`; what every study
    has is the KPIs `cash_generated` by day and `peak_cash_need`.

    Parameters
    ----------
    label, replication
        Only this alternative, only this replication; all when left out.

    Returns
    -------
    DataFrame
        label, replication, day (0 is the scenario's first), date, a column for each item (positive: to us), net, and
        balance, the running sum [€].

    Raises
    ------
    StudyError
        If facts were not kept in full, or no replication is finished.
    """
    import pandas as pd

    curves = []
    for name in study.labels if label is None else [study[label].label]:
        for cell in study.cells(name, replication):
            done = study.folder.done(cell)
            if done is None or not at_least(done.level, "full"):
                kept = "nothing" if done is None else f"facts = {done.level!r}"
                raise StudyError(
                    f"{name}: the study keeps {kept}, which does not hold every payment; run it again with "
                    'facts="full", or look at study.kpis("day") for "cash_generated"'
                )
            curve = _curve(parts(study, name, cell.replication, ["cash_generated"]))
            curves.append(curve.assign(label=name, replication=cell.replication))
    if not curves:
        raise StudyError(f"{label or 'the study'}: no replication is finished")
    frame = pd.concat(curves, ignore_index=True)
    return frame[["label", "replication", *(c for c in frame.columns if c not in ("label", "replication"))]]


def _curve(facts: Iterable[Facts]) -> pd.DataFrame:
    import pandas as pd

    first = start = opening = 0
    table = np.zeros((len(ITEMS), 0), np.int64)
    for part in facts:
        reading = Reading(part, opening)
        opening += reading.accounts.opening_stock
        moves, first, start = reading.cash.moves, reading.window[0] // DAY, reading.accounts.terms.start
        last = max(int(moves.day.max(initial=first)), -(-reading.window[1] // DAY) - 1)
        more = np.zeros((len(ITEMS), max(last - first + 1, table.shape[1])), np.int64)
        more[:, : table.shape[1]] = table
        np.add.at(more, (moves.item, moves.day - first), moves.amount)
        table = more
        del part, reading, moves  # before the next part is made
    frame = pd.DataFrame({"day": np.arange(first, first + table.shape[1])})
    frame["date"] = [date.fromordinal(start + day) if start else None for day in frame["day"].tolist()]
    for name, amounts in zip(ITEMS, table, strict=True):
        frame[name.replace(" ", "_")] = amounts / MICRO
    frame["net"] = table.sum(axis=0) / MICRO
    frame["balance"] = np.cumsum(table.sum(axis=0)) / MICRO
    return frame
