"""The cash of a study, day by day: every payment behind the accounts, item by item."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from orchestrion.errors import StudyError
from orchestrion.experiments.levels import at_least
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

    parts = []
    for name in study.labels if label is None else [study[label].label]:
        for cell in study.cells(name, replication):
            done = study.folder.done(cell)
            if done is None or not at_least(done.level, "full"):
                kept = "nothing" if done is None else f"facts = {done.level!r}"
                raise StudyError(
                    f"{name}: the study keeps {kept}, which does not hold every payment; run it again with "
                    'facts="full", or look at study.kpis("day") for "cash_generated"'
                )
            parts.append(_curve(Reading(study.folder.facts(cell))).assign(label=name, replication=cell.replication))
    if not parts:
        raise StudyError(f"{label or 'the study'}: no replication is finished")
    frame = pd.concat(parts, ignore_index=True)
    return frame[["label", "replication", *(c for c in frame.columns if c not in ("label", "replication"))]]


def _curve(reading: Reading) -> pd.DataFrame:
    import pandas as pd

    moves, first = reading.cash.moves, reading.window[0] // DAY
    last = max(int(moves.day.max(initial=first)), -(-reading.window[1] // DAY) - 1)
    days = last - first + 1
    table = np.zeros((len(ITEMS), days), np.int64)
    np.add.at(table, (moves.item, moves.day - first), moves.amount)
    start = reading.accounts.terms.start
    frame = pd.DataFrame({"day": np.arange(first, last + 1)})
    frame["date"] = [date.fromordinal(start + day) if start else None for day in frame["day"].tolist()]
    for name, amounts in zip(ITEMS, table, strict=True):
        frame[name.replace(" ", "_")] = amounts / MICRO
    frame["net"] = table.sum(axis=0) / MICRO
    frame["balance"] = np.cumsum(table.sum(axis=0)) / MICRO
    return frame
