"""Who is on the Pareto front of some KPIs, and how surely the others are behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.experiments.pareto import front, knee, surely_dominated
from orchestrion.reports.reading import Alternative, Reading

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Standing:
    """One alternative: "front", "knee", "dominated" (by whom) or "perhaps" dominated, by means alone."""

    item: Alternative
    status: str
    by: list[Alternative]


def sample_of(reading: Reading, keys: Sequence[str]) -> tuple[list[Alternative], Floats]:
    """Alternatives with a value of each KPI, and the values of their common replications, less is better everywhere;
    shape (KPIs, alternatives, replications)."""
    tables = [reading.measured.get(key, {}) for key in keys]

    def finite(label: str, replication: int) -> bool:
        return all(math.isfinite(table.get(label, {}).get(replication, math.nan)) for table in tables)

    items = [a for a in reading.alternatives if any(finite(a.label, r) for r in tables[0].get(a.label, {}))]
    every = {r for item in items for r in tables[0][item.label]}
    common = [r for r in sorted(every) if all(finite(item.label, r) for item in items)]
    signs = [-1.0 if reading.card(key).direction == "more" else 1.0 for key in keys]
    values = [
        [[sign * table[item.label][r] for r in common] for item in items]
        for sign, table in zip(signs, tables, strict=True)
    ]
    return items, np.array(values, np.float64).reshape(len(keys), len(items), len(common))


def standings(reading: Reading, keys: Sequence[str]) -> list[Standing]:
    """Where each alternative stands; empty when fewer than two can be compared or a KPI has no better direction."""
    if any(reading.card(key).direction == "neither" for key in keys):
        return []
    items, sample = sample_of(reading, keys)
    if len(items) < 2 or not sample.shape[2]:
        return []
    means = sample.mean(axis=2).T
    on_front = front(means)
    sure: list[list[int]] = surely_dominated(sample, 0.95) if sample.shape[2] > 1 else [[] for _ in items]
    base = [item.label for item in items].index(reading.baseline.label) if reading.baseline in items else 0
    scale = np.abs(means[base])
    members = np.flatnonzero(on_front)
    bulge = knee(means[members] / scale) if (scale > 0.0).all() else None
    result = []
    for i, item in enumerate(items):
        if sure[i]:
            status = "dominated"
        elif not on_front[i]:
            status = "perhaps"
        else:
            status = "knee" if bulge is not None and int(members[bulge]) == i else "front"
        result.append(Standing(item, status, [items[j] for j in sure[i]]))
    return result


def staircase(reading: Reading, x: str, y: str, found: Sequence[Standing]) -> tuple[list[float], list[float]]:
    """The front of the means as steps, in shown units: what lies behind them is dominated by some mark on them."""
    scales = [reading.fmt.unit(reading.card(key).unit, reading.magnitude(key)) for key in (x, y)]
    ways = [-1.0 if reading.card(key).direction == "more" else 1.0 for key in (x, y)]
    points = sorted(
        (ways[0] * reading.level(x, one.item.label).mean, ways[1] * reading.level(y, one.item.label).mean)
        for one in found
        if one.status in ("front", "knee")
    )
    xs: list[float] = []
    ys: list[float] = []
    for i, (a, b) in enumerate(points):
        if i:
            xs.append(a)
            ys.append(points[i - 1][1])
        xs.append(a)
        ys.append(b)
    return (
        [round(scales[0].shown(ways[0] * a), 6) for a in xs],
        [round(scales[1].shown(ways[1] * b), 6) for b in ys],
    )
