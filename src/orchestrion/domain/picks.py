"""What pickers found, told by SKU: events know the line, lines know the SKU."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import EventKind
from orchestrion.domain.facts import LINES, Table


def picks_of(events: Table, lines: Table) -> Table:
    """Columns t, sku, node, qty, a row for each pick of a line that is known, in the order of `events`."""
    rows = np.flatnonzero(events["kind"] == EventKind.PICKED)
    known = lines["order"].astype(np.int64) * LINES + lines["line"]
    wanted = events["order"][rows].astype(np.int64) * LINES + events["line"][rows]
    wanted[events["line"][rows] < 0] = -1  # of a whole shipment: no line's
    by_key = np.argsort(known, kind="stable")
    at = np.searchsorted(known, wanted, sorter=by_key)
    there = at < known.size
    there[there] = known[by_key[at[there]]] == wanted[there]
    found = rows[there]
    return {name: events[name][found] for name in ("t", "node", "qty")} | {"sku": lines["sku"][by_key[at[there]]]}
