"""Which facilities to open, so that everybody is served at the least cost: facility location, solved exactly.

The strong formulation: nobody is served from a facility that is closed, said for each pair of facility and customer
(x <= y) and not only in sum, so that the linear relaxation is near the optimum (Cornuejols, Sridharan and Thizy 1991).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.policies.solver import Limits, Row, solve

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Location:
    """A facility-location problem: F facilities, C customers (or areas).

    Attributes
    ----------
    fixed
        Cost of opening each facility, shape (F,) [EUR].
    cost
        Of serving the whole demand of a customer from a facility, shape (F, C) [EUR]; infinite where it may not.
    demand
        Of each customer, shape (C,), in the unit of the capacities.
    capacity
        Of each facility, shape (F,); infinite without limit.
    most_share
        At most this share of a customer's demand from one facility, shape (F, C); everything when left out.
    unserved
        What it costs to leave the whole demand of a customer unserved, shape (C,) [EUR]; none: all must be served.
    whole
        Each customer is served from one facility only (single source).
    most
        At most so many facilities; none: no limit.
    budget
        At most so much fixed cost [EUR]; none: no limit.
    """

    fixed: Floats
    cost: Floats
    demand: Floats
    capacity: Floats
    most_share: Floats | None = None
    unserved: Floats | None = None
    whole: bool = False
    most: int | None = None
    budget: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """An optimal answer.

    Attributes
    ----------
    facilities
        Those opened, ascending.
    share
        Of each customer's demand served from each facility, shape (F, C).
    value
        Fixed cost, serving cost and cost of what is left unserved [EUR].
    bound
        No answer costs less.
    """

    facilities: tuple[int, ...]
    share: Floats
    value: float
    bound: float
    proven: bool


def locate(location: Location, limits: Limits | None = None) -> Opened:
    """The cheapest set of facilities.

    Raises
    ------
    SolverError
        If not everybody can be served, or the solver found nothing within its limits.
    """
    count, customers = location.cost.shape
    columns = [(f"open_{f}", float(fixed)) for f, fixed in enumerate(location.fixed)]
    most = np.ones(location.cost.shape) if location.most_share is None else location.most_share
    pairs = [(f, c) for f in range(count) for c in range(customers) if location.cost[f, c] < np.inf and most[f, c] > 0]
    at = {pair: count + i for i, pair in enumerate(pairs)}
    columns += [(f"serve_{c}_from_{f}", float(location.cost[f, c])) for f, c in pairs]
    served: list[list[tuple[int, float]]] = [[] for _ in range(customers)]
    load: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    rows = []
    for (f, c), column in at.items():
        served[c].append((column, 1.0))
        load[f].append((column, float(location.demand[c])))
        rows.append(Row(f"open_for_{c}_{f}", [(column, 1.0), (f, -float(most[f, c]))], 0.0))
    if location.unserved is not None:
        for c, cost in enumerate(location.unserved.tolist()):
            served[c].append((len(columns), 1.0))
            columns.append((f"unserved_{c}", cost))
    rows += [Row(f"customer_{c}", terms, 1.0, equal=True) for c, terms in enumerate(served)]
    for f, terms in enumerate(load):
        if np.isfinite(location.capacity[f]) and terms:
            rows.append(Row(f"capacity_{f}", [*terms, (f, -float(location.capacity[f]))], 0.0))
    if location.most is not None:
        rows.append(Row("most", [(f, 1.0) for f in range(count)], float(location.most)))
    if location.budget is not None:
        rows.append(Row("budget", [(f, float(fixed)) for f, fixed in enumerate(location.fixed)], location.budget))
    shares = () if location.whole else range(count, len(columns))
    answer = solve("facilities", columns, rows, limits or Limits(nodes=200_000), shares)
    share = np.zeros(location.cost.shape)
    for pair, column in at.items():
        share[pair] = answer.values[column]
    value = sum(cost * x for (_, cost), x in zip(columns, answer.values, strict=True))
    opened = tuple(f for f in range(count) if answer.values[f] > 0.5)
    return Opened(opened, share, value, answer.bound, answer.proven)
