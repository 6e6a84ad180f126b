"""What became of the orders: a file of shipments, read into figures that the model has, too."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from orchestrion.domain.codes import Role
from orchestrion.errors import InputError, Problem
from orchestrion.experiments.calibration.estimates import shares
from orchestrion.experiments.calibration.services import COLUMNS, moments
from orchestrion.experiments.inference import t_quantile
from orchestrion.scenarios import Scenario
from orchestrion.scenarios.compile.nodes import read_spots
from orchestrion.scenarios.history.dates import NO_TIME
from orchestrion.scenarios.importers.headers import recognised
from orchestrion.scenarios.importers.tables import Records, key_of
from orchestrion.scenarios.sheets import open_sheet
from orchestrion.units import DAY

_COLUMNS = COLUMNS | {
    "order": ("order", "orderid", "ordernumber", "commande", "ncommande", "numerocommande", "idcommande"),
    "ordered": ("ordered", "orderdate", "datecommande", "createdat", "orderedat", "t"),
}
# KPI, name, unit, times, where to look
OUTCOMES = (
    ("split_rate", "Orders in several shipments", "share", 1.0, "stock by node, policy, visibility.web_sees"),
    ("share_from_stores", "Shipments from stores", "share", 1.0, "policy, stock by node, visibility"),
    ("delivery_time_days", "Delivery time to the home", "days", 1.0, "services.*.transit, pick times, collections"),
)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """KPI -> (value, half-width of its 95 % interval)."""

    figures: dict[str, tuple[float, float]] = field(default_factory=dict)


def read_outcomes(path: Path, scenario: Scenario, first: date, last: date) -> Outcomes:
    """Figures of the orders placed from `first` to `last`; a row is a shipment: `order`, `node`, `ordered`, `received`.

    Raises
    ------
    InputError
        If it cannot be read, lacks a column, or has no order of these days.
    """
    sheet = open_sheet(path)
    names = recognised(sheet.header, _COLUMNS)
    missing = [key for key in ("order", "ordered") if key not in names]
    if missing:
        raise InputError(
            Problem(sheet.file, sheet.header_line, key, "", f"is missing; the file has: {', '.join(sheet.header)}.")
            for key in missing
        )
    rows = list(Records(sheet).rows())
    columns = {key: [row[name] for row in rows] for key, name in names.items()}
    ordered = moments(columns["ordered"])
    day = ordered // DAY
    epoch = date(1970, 1, 1)
    mine = (ordered != NO_TIME) & (day >= (first - epoch).days) & (day <= (last - epoch).days)
    if not mine.any():
        raise InputError([Problem(sheet.file, None, "", "", f"no order from {first} to {last}.")])
    _, order = np.unique(np.array(columns["order"])[mine], return_inverse=True)
    order = order.reshape(-1)
    count = int(order.max()) + 1
    found: dict[str, tuple[float, float]] = {}
    split = int((np.bincount(order) > 1).sum())
    found["split_rate"] = _share(split, count)
    if "node" in columns:
        stores = {spot.key for spot in read_spots(scenario.document.network) if spot.role == Role.STORE}
        from_store = np.array([key_of(text) in stores for text in columns["node"]])[mine]
        found["share_from_stores"] = _share(int(from_store.sum()), len(from_store))
    if "received" in columns:
        received = moments(columns["received"])[mine]
        last_one = np.full(count, NO_TIME)
        np.maximum.at(last_one, order, received)
        begun = np.full(count, np.iinfo(np.int64).max)
        np.minimum.at(begun, order, ordered[mine])
        whole = np.ones(count, bool)
        whole[order[received == NO_TIME]] = False  # something has not come yet
        taken = (last_one - begun)[whole] / DAY
        if len(taken) > 1:
            half = t_quantile(0.975, len(taken) - 1) * float(taken.std(ddof=1)) / math.sqrt(len(taken))
            found["delivery_time_days"] = float(taken.mean()), half
    return Outcomes(found)


def _share(count: int, total: int) -> tuple[float, float]:
    one = shares([count, total - count])[0]
    return one.value, (one.high - one.low) / 2
