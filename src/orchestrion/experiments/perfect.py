"""What perfect information is worth at most: sourcing as booked, beside a bound below what any policy could book.

The bound is a named relaxation (`experiments.everywhere`), replication by replication, for the very units that the
alternative sent to its measured orders. What separates the two is at most what knowing all demand, all stock and all
mishaps beforehand could save; how much of it can be had, nobody knows. Only what sourcing decides is compared: fees,
care, returns and failed deliveries are left to luck and customers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Component, EventKind
from orchestrion.domain.facts import Facts
from orchestrion.domain.orders import Line, Order
from orchestrion.errors import StudyError
from orchestrion.experiments.everywhere import Everywhere
from orchestrion.experiments.inference import student
from orchestrion.kpis.reading import Reading
from orchestrion.units import MICRO

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study

Ints = NDArray[np.int64]
RELAXATION = "every unit everywhere"
SOURCING = (
    Component.PICKING, Component.PACKAGING, Component.CARRIAGE, Component.SHUTTLE, Component.TRANSFER,
    Component.REWORK, Component.CLAIMING,
)  # fmt: skip
_LINES = 1 << 15  # more lines than an order can have


@dataclass(frozen=True, slots=True)
class Bounded:
    """Measured orders of one replication, by order id.

    Attributes
    ----------
    order
        Orders of which something was picked or for which sourcing cost something.
    booked
        What sourcing them cost, micro-euros.
    least
        What it may have cost at least, micro-euros; -1 where no bound is known.
    sent
        How many measured orders had a shipment sent: what the KPI of cost to serve divides by.
    why
        For the first order without a bound, why it has none; "" when all have one.
    """

    order: Ints
    booked: Ints
    least: Ints
    sent: int
    why: str = ""


def perfect_information(study: Study, label: str | None = None) -> pd.DataFrame:
    """At most what perfect information could save on sourcing, per order.

    Parameters
    ----------
    label
        Only this alternative; all when left out.

    Returns
    -------
    DataFrame
        A row for each alternative: alternative, replications, orders (with a shipment sent, mean a replication), booked
        (picking, packaging, carriage, shuttle, transfers, rework and claiming), bound, gap = booked - bound [€ per
        order], share (gap over booked), each a mean over replications with low and high of its 95 % Student interval;
        relaxation (its name), no_bound (why bound, gap and share are NaN; "" where they are not).

    Raises
    ------
    StudyError
        If no replication is finished, or the study kept no facts.
    """
    import pandas as pd

    rows = []
    worlds: dict[str, Everywhere] = {}
    for name in study.labels if label is None else [study[label].label]:
        cells = study.cells(name)
        if not cells:
            raise StudyError(f"{name}: no replication is finished; run the study first")
        scenario = study[name].scenario_hash
        found = []
        for cell in cells:
            done = study.folder.done(cell)
            if done is None or done.level == "none":
                raise StudyError(f"{name}: no facts were kept; run the study again with facts=\"orders\"")
            if scenario not in worlds:
                worlds[scenario] = Everywhere(study.scenario(name).compile())
            found.append(bounded(worlds[scenario], study.folder.facts(cell)))
        rows.append({"alternative": name, "replications": len(found), **_row(found)})
    return pd.DataFrame(rows)


def bounded(everywhere: Everywhere, facts: Facts) -> Bounded:
    """The measured orders of one replication: what sourcing each cost, and what it may have cost at least."""
    book = Reading(facts).book
    measured = np.sort(book.orders["order"][book.measured].astype(np.int64))
    costs = facts["costs"]
    rows = np.flatnonzero(np.isin(costs["component"], SOURCING) & np.isin(costs["order"], measured))
    booked = np.zeros(measured.size, np.int64)
    np.add.at(booked, np.searchsorted(measured, costs["order"][rows]), costs["amount"][rows].astype(np.int64))
    least = np.zeros(measured.size, np.int64)
    why = ""
    for order in sent_orders(facts, measured):
        least[np.searchsorted(measured, order.id)] = everywhere.least(order)
        why = why or everywhere.why_not(order)
    some = (booked != 0) | (least != 0)
    return Bounded(measured[some], booked[some], least[some], int((book.shipped & book.measured).sum()), why)


def sent_orders(facts: Facts, orders: Ints) -> list[Order]:
    """These orders with the lines and units that were picked for them, over all shipments; those with none left out."""
    events, lines, table = facts["events"], facts["lines"], facts["orders"]
    picked = np.flatnonzero(
        (events["kind"] == EventKind.PICKED) & (events["qty"] > 0) & np.isin(events["order"], orders)
    )
    keys, where = np.unique(_key(events["order"][picked], events["line"][picked]), return_inverse=True)
    units = np.zeros(keys.size, np.int64)
    np.add.at(units, where, events["qty"][picked])
    of_line = _key(lines["order"], lines["line"])
    by_key = np.argsort(of_line, kind="stable")
    at = by_key[np.searchsorted(of_line[by_key], keys)]
    slips: dict[int, list[Line]] = {}
    for key, qty, sku, request in zip(
        keys.tolist(), units.tolist(), lines["sku"][at].tolist(), lines["request"][at].tolist(), strict=True
    ):
        slips.setdefault(key // _LINES, []).append(Line(key // _LINES, key % _LINES, sku, qty, request))
    columns = [name for name in Order._fields if name in table]
    rows = zip(table["order"].tolist(), *(table[column].tolist() for column in columns), strict=True)
    return [
        Order(id=id, lines=tuple(slips[id]), **dict(zip(columns, row, strict=True))) for id, *row in rows if id in slips
    ]


def _key(order: NDArray[np.int32], line: NDArray[np.int16]) -> Ints:
    return np.asarray(order.astype(np.int64) * _LINES + line)


def _row(found: list[Bounded]) -> dict[str, float | str]:
    """Means over replications."""
    count = np.array([one.sent for one in found], np.float64)
    unbounded = sum(int((one.least < 0).sum()) for one in found)
    booked = _divided([int(one.booked.sum()) for one in found], count * MICRO)
    bound = _divided([int(one.least.sum()) for one in found], count * MICRO)
    if unbounded:
        bound = np.full(count.size, np.nan)
    figures = {"booked": booked, "bound": bound, "gap": booked - bound, "share": _divided(booked - bound, booked)}
    row: dict[str, float | str] = {"orders": float(count.mean())}
    for name, values in figures.items():
        mean = student(values)
        row |= {name: mean.mean, f"{name}_low": mean.low, f"{name}_high": mean.high}
    why = next((one.why for one in found if one.why), "")
    return row | {"relaxation": RELAXATION, "no_bound": f"{unbounded} orders have none ({why})" if unbounded else ""}


def _divided(above: list[int] | NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where there is nothing to divide by."""
    values = np.asarray(above, np.float64)
    found = np.full(values.size, np.nan)
    np.divide(values, below, out=found, where=below != 0)
    return found
