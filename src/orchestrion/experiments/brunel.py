"""A real day of a real network: 9,215 orders, 18 plants, 26 May 2013, set beside what was really done.

The capacities of Brunel's problem serve fewer than a third of the orders; what is above them is priced as overload, by
order. `orchestrion import brunel` makes a scenario of the same day, for the policies of this package.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.policies.solver import LinearProgramme
from orchestrion.scenarios.importers.brunel import Day, read_day

__all__ = ["Day", "Way", "all_at_once", "as_done", "most_served", "one_by_one", "read_day"]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to serve all orders of the day."""

    name: str
    plant: NDArray[np.int64]
    cost: float  # without overload
    overload: int  # orders above the capacities
    total: float

    def load(self, plants: int) -> NDArray[np.int64]:
        """Orders of each plant."""
        return np.bincount(self.plant, minlength=plants)


# -- ways to serve the orders ----------------------------------------------------------------------------------------


def as_done(day: Day, overload: float) -> Way:
    """What was really done."""
    return _way("as it was done", day, day.done, overload)


def one_by_one(day: Day, overload: float) -> Way:
    """Each order in turn from the plant that is cheapest at that moment, overload counted."""
    room = day.capacity.copy()
    chosen = np.zeros(len(day.options), np.int64)
    for i, options in enumerate(day.options):
        plant = min(options, key=lambda one: (one[1] + (overload if room[one[0]] <= 0 else 0.0), one[0]))[0]
        room[plant] -= 1
        chosen[i] = plant
    return _way("one by one", day, chosen, overload)


def all_at_once(day: Day, overload: float) -> Way:
    """The least sum of all: a transport problem, whose vertices are whole numbers."""
    pairs = [(i, plant, cost) for i, options in enumerate(day.options) for plant, cost in options]
    orders, plants = len(day.options), len(day.plants)
    rows: list[list[tuple[int, float]]] = [[] for _ in range(orders + plants)]
    for column, (i, plant, _) in enumerate(pairs):
        rows[i].append((column, 1.0))
        rows[orders + plant].append((column, 1.0))
    for plant in range(plants):
        rows[orders + plant].append((len(pairs) + plant, -1.0))
    costs = [cost for _, _, cost in pairs] + [overload] * plants
    programme = LinearProgramme(costs, rows, name="brunel")
    upper = np.concatenate([np.ones(orders), day.capacity.astype(np.float64)])
    lower = np.concatenate([np.ones(orders), np.full(plants, -np.inf)])
    found = programme.solve(lower, upper)
    chosen = np.full(orders, -1, np.int64)
    for (i, plant, _), value in zip(pairs, found.columns[: len(pairs)].tolist(), strict=True):
        if value > 0.5:
            chosen[i] = plant
    return _way("all at once", day, chosen, overload)


def most_served(day: Day) -> int:
    """Orders that the capacities can serve at all."""
    pairs = [(i, plant) for i, options in enumerate(day.options) for plant, _ in options]
    orders = len(day.options)
    rows: list[list[tuple[int, float]]] = [[] for _ in range(orders + len(day.plants))]
    for column, (i, plant) in enumerate(pairs):
        rows[i].append((column, 1.0))
        rows[orders + plant].append((column, 1.0))
    upper = np.concatenate([np.ones(orders), day.capacity.astype(np.float64)])
    programme = LinearProgramme(np.full(len(pairs), -1.0), rows, name="brunel capacity")
    return round(-programme.solve(np.full(len(upper), -np.inf), upper).value)


def _way(name: str, day: Day, plant: NDArray[np.int64], overload: float) -> Way:
    cost = float(sum(dict(options)[p] for options, p in zip(day.options, plant.tolist(), strict=True)))
    above = int(np.maximum(np.bincount(plant, minlength=len(day.plants)) - day.capacity, 0).sum())
    return Way(name, plant, cost, above, cost + overload * above)
