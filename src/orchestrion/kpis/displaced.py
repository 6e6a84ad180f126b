"""Walk-in sales that a store lost because it had shipped the unit online: told from the facts, without another run.

At each store and for each SKU, units picked for online orders since the last delivery wait to be missed; each customer
lost at the empty shelf misses as many of them as are left. A delivery fills the shelf to its target again, whatever had
emptied it, so the count begins anew. What another policy would have sold instead is another question: see
`Study.moved`, which compares two runs customer by customer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchestrion.domain.codes import Outcome, Reason, StockKind
from orchestrion.kpis.cases import Cases
from orchestrion.kpis.columns import Array, flagged
from orchestrion.units import MICRO

if TYPE_CHECKING:
    from orchestrion.kpis.reading import Reading


def displaced(reading: Reading) -> Cases:
    """List value of the sales lost so, by row of the measured requests."""
    requests = reading.table("requests")
    lost = np.flatnonzero(
        (requests["outcome"] == Outcome.LOST) & (requests["reason"] == Reason.SHELF_EMPTY) & (requests["node"] >= 0)
    )
    units = _missed(reading, lost)
    inside = reading.measured(requests["t"])
    kept = inside[lost]
    rows = (np.cumsum(inside) - 1)[lost[kept]]
    each = requests["value"][lost[kept]] // np.maximum(requests["qty"][lost[kept]], 1)
    return Cases(units[kept] * each, reading.request_keys, rows, MICRO)


def _missed(reading: Reading, lost: Array) -> Array:
    """Of the units each of these requests asked for, how many had been picked for an online order."""
    requests, stock = reading.table("requests"), reading.table("stock")
    picks = {name: column[flagged(reading.stores, reading.picks["node"])] for name, column in reading.picks.items()}
    came = np.flatnonzero(stock["kind"] == StockKind.RECEIVED)
    came = came[flagged(reading.stores, stock["node"][came])]
    sku = np.concatenate([stock["sku"][came], picks["sku"], requests["sku"][lost]])
    node = np.concatenate([stock["node"][came], picks["node"], requests["node"][lost]])
    t = np.concatenate([stock["t"][came], picks["t"], requests["t"][lost]])
    sort = np.repeat([0, 1, 2], [came.size, picks["t"].size, lost.size])
    change = np.concatenate([np.zeros(came.size, np.int64), picks["qty"], -requests["qty"][lost]])
    order = np.lexsort((sort, t, node, sku))  # within a second: deliveries, picks, customers
    begins = np.ones(order.size, np.bool_)
    begins[1:] = (sku[order][1:] != sku[order][:-1]) | (node[order][1:] != node[order][:-1])
    stretch = np.cumsum(begins | (sort[order] == 0)) - 1
    # units picked less units asked for, since the stretch began; its lowest point so far is what nothing explains
    change = change[order].astype(np.int64)
    running = np.cumsum(change)
    first = np.flatnonzero(np.diff(stretch, prepend=-1))
    balance = running - (running - change)[first][stretch]
    apart = 2 * int(np.abs(change).sum()) + 1  # stretches so far apart that the lowest of one is never that of the next
    lowest = np.minimum.accumulate(np.minimum(balance, 0) - stretch * apart) + stretch * apart
    before = np.where(np.diff(stretch, prepend=-1) != 0, 0, np.concatenate([[0], lowest])[:-1])
    explained = np.empty(order.size, np.int64)
    explained[order] = -change - (before - lowest)
    return explained[came.size + picks["t"].size :]
