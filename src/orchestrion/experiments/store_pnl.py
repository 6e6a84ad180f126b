"""Each node's own profit and loss, the online account beside them; and who gains or loses against another alternative.

Worked out from the KPIs of every replication, so any study has it, whatever facts it kept. Within a replication amounts
are whole micro-euros, and the rows add up to the retailer's figure exactly, to the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import StudyError
from orchestrion.experiments.inference import student
from orchestrion.units import MICRO

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study

ONLINE = "online"  # the account of what belongs to no node
# columns of euros -> the KPI behind each; labour is a part of the two blocks of costs, shown beside them
EUROS = {
    "revenue": "revenue",
    "goods": "goods",
    "commission": "commission",
    "cost_to_serve": "cost_to_serve_total",
    "stock_costs": "stock_costs",
    "contribution": "contribution",
    "labour": "labour_cost",
    "walk_in_lost": "walk_in_lost_caused_eur",
}
HOURS = "store_hours"


def store_pnl(study: Study, label: str | None = None, *, against: str | None = None) -> pd.DataFrame:
    """Profit and loss of each node under one alternative: means a replication over the measured time.

    Sales are credited by the scenario's rule (`economics.sale_credit`); franchised stores earn a commission on what
    they ship instead. Costs stand where they arise.

    Parameters
    ----------
    label
        The alternative; may be left out when the study has one.
    against
        Another alternative with the same nodes: what each node gains or loses against it is added.

    Returns
    -------
    DataFrame
        A row for each node, "online" for what belongs to none, and "all": key, label, role, franchised, revenue,
        goods, commission, cost_to_serve, stock_costs, contribution, labour (within the two costs before), walk_in_lost
        (list value of sales lost because the unit had been shipped online) [€], hours (picking in stores).
        contribution = revenue - goods - commission - cost_to_serve - stock_costs, and "all" is the sum of the others.
        With `against`: change (of the contribution), its Student interval low and high over replications, and who
        "gains", "loses" or shows "noise"; `attrs["gini_of_work"]` has the mean inequality of picking time before and
        after.

    Raises
    ------
    StudyError
        If no replication is finished, or the two alternatives differ in their nodes.
    """
    import pandas as pd

    name = study[label if label is not None else study.labels[0]].label
    if label is None and len(study.labels) > 1:
        raise StudyError(f"store_pnl: say which alternative; one of {', '.join(study.labels)}")
    nodes = study.dims("nodes", label=name)
    runs = study.replications_of(name) if against is None else study.replications_of(name, study[against].label)
    if not runs:
        raise StudyError(f"{name}: no replication to look at is finished")
    books = node_accounts(study, name, runs)
    frame = pd.DataFrame(
        {
            "key": [*nodes["key"], ONLINE, "all"],
            "label": [*nodes["label"], "Online account", "All"],
            "role": [*nodes["role"], "", ""],
            "franchised": [*(bool(yes) for yes in nodes.get("franchised", [False] * len(nodes))), False, False],
        }
    )
    for column in EUROS:
        frame[column] = _with_total(books[column]).mean(axis=0) / MICRO
    frame["hours"] = _with_total(books[HOURS]).mean(axis=0) / MICRO
    if against is not None:
        _compared(study, frame, name, study[against].label, runs, books["contribution"])
    frame.attrs |= {"alternative": name, "replications": len(runs)}
    return frame


def node_accounts(study: Study, label: str, replications: list[int]) -> dict[str, NDArray[np.int64]]:
    """Whole micro-euros (hours: millionths) by replication and node, the online account last, shape (runs, N + 1).

    The online account is the retailer's figure less that of all nodes.
    """
    count = len(study.dims("nodes", label=label))
    by_node, whole = study.kpis("node"), study.kpis("all")
    books = {}
    for column, kpi in {**EUROS, HOURS: HOURS}.items():
        table = np.zeros((len(replications), count + 1), np.int64)
        rows = by_node[(by_node["kpi"] == kpi) & (by_node["label"] == label)]
        for run, node, euros in zip(rows["replication"], rows["group"], rows["numerator"], strict=True):
            if run in replications:
                table[replications.index(run), node] = round(euros * MICRO)
        rows = whole[(whole["kpi"] == kpi) & (whole["label"] == label)]
        totals = dict(zip(rows["replication"], rows["numerator"], strict=True))
        for i, run in enumerate(replications):
            table[i, count] = round(totals[run] * MICRO) - table[i, :count].sum()
        books[column] = table
    return books


def _with_total(books: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([books, books.sum(axis=1, keepdims=True)], axis=1)


def _compared(
    study: Study, frame: pd.DataFrame, label: str, other: str, runs: list[int], mine: NDArray[np.int64]
) -> None:
    keys = [study.dims("nodes", label=one)["key"].tolist() for one in (label, other)]
    if keys[0] != keys[1]:
        raise StudyError(f"{label} and {other} do not have the same nodes; their stores cannot be compared")
    theirs = node_accounts(study, other, runs)["contribution"]
    found = [student(column) for column in ((_with_total(mine) - _with_total(theirs)) / MICRO).T]
    frame["change"] = [one.mean for one in found]
    frame["low"] = [one.low for one in found]
    frame["high"] = [one.high for one in found]
    frame["who"] = [
        "gains" if one.low > 0 else "loses" if one.high < 0 else "same" if one.low == one.high == 0 else "noise"
        for one in found
    ]
    ginis = {one: study.replicated("workload_gini", one) for one in (label, other)}
    frame.attrs["gini_of_work"] = {
        one: float(np.mean([values[run] for run in runs if run in values])) for one, values in ginis.items()
    }
    frame.attrs["against"] = other
