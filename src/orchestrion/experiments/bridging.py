"""From one alternative's contribution to another's, customer by customer, then cost by cost: nothing left unexplained.

Each movement of customers (see `moved`) is worth its change in sales without VAT, less the goods; what is left is
costs, component by component. The rows add up to the difference in the contribution KPI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchestrion.domain.codes import COST_TO_SERVE, STOCK_COSTS, Component
from orchestrion.domain.facts import Facts, Table
from orchestrion.errors import StudyError
from orchestrion.experiments.cohorts import OF_ORDERS
from orchestrion.experiments.fact_base import answered
from orchestrion.experiments.inference import student
from orchestrion.experiments.moved import MOVEMENTS, Ends, Floats, ends_of, measured_wishes, met, movement_of
from orchestrion.kpis import Reading
from orchestrion.units import MICRO

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.store import Cell
    from orchestrion.experiments.study import Study

_OUTSIDE = "customers of before"
_REST = "returns, prices and the rest"
_MEANING = {
    _OUTSIDE: "sales in the measured time to customers who came before it, less the goods",
    _REST: "what contribution counts beyond sales, goods and the costs above",
}


def bridge(study: Study, before: str, after: str) -> pd.DataFrame:
    """How the contribution of one alternative becomes that of another, in euros per replication.

    Needs a study run with `facts="full"`.

    Parameters
    ----------
    before, after
        Alternatives with the same demand.

    Returns
    -------
    DataFrame
        A row for each movement of customers that happened (kind "customers": change in sales without VAT, less goods),
        for each cost component that differs (kind "costs": less cost is more contribution), and "all": the difference
        in the contribution KPI, to which the others add up. item, kind, meaning, contribution with low and high
        (Student over replications, unadjusted).
    """
    import pandas as pd

    before, after = study[before].label, study[after].label
    both = study.replications_of(before, after)
    if not both:
        raise StudyError(f"{before} and {after} have no finished replication in common")
    parts = [_one(study, before, after, replication) for replication in both]
    rows = []
    for item in [*MOVEMENTS, _OUTSIDE, *(one.key for one in COST_TO_SERVE + STOCK_COSTS), _REST, "all"]:
        values = np.array([part.get(item, 0.0) for part in parts])
        if item != "all" and not values.any():
            continue
        told = student(values)
        costs = {one.key: one.label for one in Component}
        kind = "all" if item == "all" else "costs" if item in costs else "rest" if item == _REST else "customers"
        meaning = MOVEMENTS.get(item) or _MEANING.get(item) or costs.get(item) or "difference in contribution"
        rows.append((item, kind, meaning, told.mean, told.low, told.high))
    frame = pd.DataFrame(rows, columns=["item", "kind", "meaning", "contribution", "low", "high"])
    frame.attrs |= {"before": before, "after": after, "replications": len(both)}
    return frame


def _one(study: Study, before: str, after: str, replication: int) -> dict[str, float]:
    """One replication's bridge: item -> euros."""
    moved, trade = np.zeros(len(MOVEMENTS)), [0, 0]  # euros; micro-euros
    for here, there in met(study, (before, after), replication, "all", OF_ORDERS):
        wishes = measured_wishes(here, there, before, after)
        a, b = ends_of(here, wishes[0]), ends_of(there, wishes[1])
        margins = _margin(there, wishes[1], b) - _margin(here, wishes[0], a)
        code = movement_of(wishes[0]["channel"], a, b)
        moved += np.bincount(code, weights=margins, minlength=len(MOVEMENTS))
        trade = [total + _sold(facts) for total, facts in zip(trade, (here, there), strict=True)]
    found: dict[str, float] = dict(zip(MOVEMENTS, moved.tolist(), strict=True))
    sold = (trade[1] - trade[0]) / MICRO
    outside = sold - float(moved.sum())
    cells = [study.cell(label, replication) for label in (before, after)]
    if abs(outside) <= sum(_roundings(study, cell) for cell in cells) / MICRO:
        # each sale and cancellation is rounded to a micro-euro: so much belongs to whoever moved most
        found[list(MOVEMENTS)[int(np.argmax(np.abs(moved)))]] += outside
        outside = 0.0
    found[_OUTSIDE] = outside
    costs = [_costs(study, cell) for cell in cells]
    found |= {key: (costs[0][key] - costs[1][key]) / MICRO for key in costs[0]}
    kpis = [study.replicated("contribution", label)[replication] for label in (before, after)]
    spent = sum(found[key] for key in costs[0])
    found[_REST] = _clean(kpis[1] - kpis[0] - sold - spent, kpis)
    found["all"] = kpis[1] - kpis[0]
    return found


def _margin(facts: Facts, wishes: Table, ends: Ends) -> Floats:
    """Sales without VAT less goods, by wish, in euros; of the SKU taken in its place where another was."""
    vat = int(facts.dims["economics"]["vat_ppm"][0])
    taken = np.where(wishes["substitute"] >= 0, wishes["substitute"], wishes["sku"])
    cost = np.asarray(facts.dims["skus"]["cost"], np.int64)[taken]
    return np.asarray(ends.sales / (MICRO + vat) - ends.units * cost / MICRO, np.float64)


def _sold(facts: Facts) -> int:
    """Sales without VAT less goods, before anything came back, in micro-euros."""
    accounts = Reading(facts).accounts
    return int(accounts.margin.total()) + accounts.margin_undone


def _roundings(study: Study, cell: Cell) -> int:
    """How often an amount may have been rounded."""
    done = study.folder.done(cell)
    return 0 if done is None else done.rows["requests"] + done.rows["events"]


def _costs(study: Study, cell: Cell) -> dict[str, int]:
    """Micro-euros booked in the measured time, by component, as contribution counts them: with their order's moment."""
    done = study.folder.done(cell)
    begin, end = (0, 0) if done is None else (done.warm_up_s, done.horizon_s)
    booked = """SELECT component, amount, coalesce(orders.t, booked.t) AS t FROM {} AS booked
                LEFT JOIN orders USING ("order")"""
    query = f"""
        SELECT component, sum(amount)::BIGINT AS amount
        FROM ({booked.format("costs")} UNION ALL {booked.format("accruals")})
        WHERE t >= {begin} AND t < {end} GROUP BY component
    """
    found = answered(study.folder, cell, query)
    total = dict(zip(found["component"].tolist(), found["amount"].tolist(), strict=True))
    return {one.key: total.get(int(one), 0) for one in COST_TO_SERVE + STOCK_COSTS}


def _clean(value: float, among: list[float]) -> float:
    """Without what the last digits of large sums leave: less than a micro-euro in a euro of them."""
    return 0.0 if abs(value) < 1e-9 * max(1.0, *map(abs, among)) else value
