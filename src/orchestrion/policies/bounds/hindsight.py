"""What the season would have cost had one known every order beforehand: below any policy on the same orders."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike

from orchestrion.policies.bounds.flow import FlowProgramme
from orchestrion.policies.season import Season
from orchestrion.policies.solver import LinearProgramme

_MOST = 200_000  # plans of a whole-order model, or numbers of orders to enumerate


def hindsight(season: Season, orders: ArrayLike) -> float:
    """The cheapest way to serve these numbers of orders, whole orders with their shipments: exact, a small MILP.

    Parameters
    ----------
    orders
        How many of each kind came, shape (kinds,); when they came does not matter, as stock is there from the start.

    Raises
    ------
    ValueError
        If there are too many plans to write down; `FlowProgramme` then gives a bound.
    """
    came = np.asarray(orders, np.int64)
    if sum((season.nodes + 1) ** len(season.skus[kind]) for kind in range(season.kinds)) > _MOST:
        raise ValueError(f"more than {_MOST:,} plans; take the bound of FlowProgramme instead")
    costs: list[float] = []
    rows: dict[tuple[int, ...], list[tuple[int, float]]] = {}
    for kind in range(season.kinds):
        skus = season.skus[kind]
        for plan in season.plans(kind):
            cells = [(node, sku) for node, sku in zip(plan, skus, strict=True) if node != season.lost]
            if any(season.stock[cell] == 0 for cell in cells):
                continue
            for key in [(kind,), *cells]:
                rows.setdefault(key, []).append((len(costs), 1.0))
            costs.append(season.cost(kind, plan))
    lower = [float(came[key[0]]) if len(key) == 1 else -math.inf for key in rows]
    upper = [float(came[key[0]]) if len(key) == 1 else float(season.stock[key]) for key in rows]
    if not costs:
        return 0.0
    return LinearProgramme(costs, list(rows.values()), whole=True, name="hindsight").solve(lower, upper).value


def expected_hindsight(season: Season) -> float:
    """The mean of the hindsight flow bound, over all numbers of orders that can come; exact for orders of one line.

    Raises
    ------
    ValueError
        If there are too many combinations to enumerate.
    """
    kinds, periods = season.kinds, season.periods
    if math.comb(periods + kinds, kinds) > _MOST:
        raise ValueError(f"more than {_MOST:,} combinations of orders; estimate the mean from sampled seasons instead")
    programme = FlowProgramme(season)
    chances = [*season.arrival.tolist(), max(0.0, 1.0 - float(season.arrival.sum()))]
    terms = []
    for came in _compositions(periods, kinds + 1):
        logs = [n * math.log(p) - math.lgamma(n + 1) for n, p in zip(came, chances, strict=True) if p > 0.0]
        if any(n and not p for n, p in zip(came, chances, strict=True)):
            continue
        chance = math.exp(math.lgamma(periods + 1) + math.fsum(logs))
        terms.append(chance * programme.solve(np.array(came[:-1]), season.stock).value)
    return math.fsum(terms)


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """All ways to write a total as that many numbers from 0 up."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in _compositions(total - first, parts - 1):
            yield (first, *rest)
