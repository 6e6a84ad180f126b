"""The recorded activities of a replication under another set of CO2e factors: nothing is run again."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import Leg
from orchestrion.domain.facts import Table
from orchestrion.domain.world import Emissions
from orchestrion.logistics.emissions import priced


def repriced(emissions: Table, shipments: Table, e: Emissions) -> Table:
    """The table `emissions` with the amounts that the factors give, to the milligram what a new run with them would.

    Activities stay as they were recorded: distances, detour, rounds by stop or by weight, parcels left at one stop.

    Parameters
    ----------
    emissions, shipments
        Fact tables of one replication.
    e
        The factors of the other set, for the same nodes.
    """
    shipment = emissions["shipment"]
    node = np.zeros(len(shipment), np.int64)
    collect_at = np.full(len(shipment), -1, np.int64)
    of_one = np.flatnonzero(shipment >= 0)
    if len(of_one):
        by_id = np.argsort(shipments["shipment"], kind="stable")
        at = by_id[np.searchsorted(shipments["shipment"], shipment[of_one], sorter=by_id)]
        node[of_one], collect_at[of_one] = shipments["node"][at], shipments["collect_at"][at]
    amount = np.zeros(len(shipment), np.int64)
    kinds = emissions["leg"].astype(np.int64) * 100 + emissions["unit"]
    for kind in np.unique(kinds).tolist():
        rows = np.flatnonzero(kinds == kind)
        leg, unit = Leg(kind // 100), kind % 100
        row = priced(e, leg, unit, emissions["activity"][rows], node[rows], collect_at[rows])
        amount[rows] = row.amount
    return emissions | {"amount": amount}
