"""The engine: every KPI over every grouping asked for, as one table in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.facts import Facts
from orchestrion.kpis.cases import Array, Figure, Inequality, Quantile, Ratio, Running, group_sums
from orchestrion.kpis.family import definitions, kpis
from orchestrion.kpis.groups import USUAL, check_groupings
from orchestrion.kpis.reading import Reading
from orchestrion.units import DAY

Floats = NDArray[np.float64]
Block = tuple[NDArray[np.int32], Floats, Floats, Floats]  # group, value, numerator, denominator


def measure(
    facts: Facts, group_by: Sequence[str] = USUAL, only: Iterable[str] | None = None
) -> dict[str, NDArray[Any]]:
    """Measure KPIs.

    Parameters
    ----------
    facts
        One replication's facts.
    group_by
        Any of `GROUPINGS`; a KPI that a grouping makes no sense for has no rows there.
    only
        Keys of the KPIs wanted; all when left out.

    Returns
    -------
    dict of columns, equally long
        kpi, group_by (text), group (id; -1 for "all"), value, numerator, denominator (float64; value is their ratio in
        the KPI's unit, NaN when the denominator is 0), unit (text). A group has a row when it has a case; every
        measured day has one. For quantiles the numerator is NaN and the denominator the number of cases.

    Raises
    ------
    UnknownName
        For a KPI or grouping that does not exist.
    """
    check_groupings(tuple(group_by))
    wanted = definitions() if only is None else [kpis[key] for key in only]
    reading = Reading(facts)
    days = np.arange(facts.warm_up_s // DAY, -(-facts.horizon_s // DAY))
    names: list[tuple[str, str, str]] = []
    blocks: list[Block] = []
    for member in wanted:
        figure = member.cases(reading)
        for grouping in group_by:
            block = _block(figure, grouping, days)
            if block is not None:
                names += [(member.key, grouping, member.unit)] * block[0].size
                blocks.append(block)
    blocks.append((np.empty(0, np.int32), np.empty(0), np.empty(0), np.empty(0)))  # nothing asked gives an empty table
    group, value, numerator, denominator = (np.concatenate(columns) for columns in zip(*blocks, strict=True))
    key, grouped, unit = (np.array([row[i] for row in names], object) for i in range(3))
    return {
        "kpi": key,
        "group_by": grouped,
        "group": group,
        "value": value,
        "numerator": numerator,
        "denominator": denominator,
        "unit": unit,
    }


def _block(figure: Figure, grouping: str, days: NDArray[np.int64]) -> Block | None:
    if isinstance(figure, Ratio):
        return _ratio(figure, grouping, days)
    if isinstance(figure, Quantile):
        return _quantile(figure, grouping, days)
    if isinstance(figure, Running):
        return _running(figure, grouping, days)
    return _inequality(figure, grouping, days)


def _ratio(figure: Ratio, grouping: str, days: NDArray[np.int64]) -> Block | None:
    parts = figure.numerator if isinstance(figure.numerator, tuple) else (figure.numerator,)
    below = figure.denominator
    if grouping == "all":
        above = np.array([sum(part.total() / part.per for part in parts)])
        under = np.ones(1) if below is None else np.array([below.total() / below.per])
        return _WHOLE, _divided(above, under), above, under
    sums: list[Array] = []
    for part in parts:
        column = part.by(grouping)
        if column is None:
            return None
        sums.append(column / part.per)
    own = None if below is None else below.by(grouping)
    size = max(*(column.size for column in sums), 0 if own is None else own.size, _size(days, grouping))
    columns = np.stack([_padded(column, size) for column in sums])
    above, present = columns.sum(axis=0), (columns != 0).any(axis=0)
    if below is None:
        under = np.ones(size)
    elif own is None:
        under = np.full(size, below.total() / below.per)
    else:
        under = _padded(own / below.per, size)
        present |= under != 0
    group = days if grouping == "day" else np.flatnonzero(present)
    return group.astype(np.int32), _divided(above, under)[group], above[group], under[group]


def _quantile(figure: Quantile, grouping: str, days: NDArray[np.int64]) -> Block | None:
    if grouping == "all":
        bins = np.ones(figure.values.size, np.intp)
    elif grouping in figure.keys:
        bins = figure.keys.bins(grouping, figure.rows)
    else:
        return None
    size = max(int(bins.max(initial=0)), 1 if grouping == "all" else _size(days, grouping))
    counts = np.bincount(bins, minlength=size + 1)
    ranked = figure.values[np.lexsort((figure.values, bins))]
    present = np.flatnonzero(counts[1:])
    first, count = (np.cumsum(counts) - counts)[1:][present], counts[1:][present]
    place = (count - 1) * figure.q
    low = place.astype(np.intp)
    high = np.minimum(low + 1, count - 1)
    below, above = ranked[first + low], ranked[first + high]
    value = np.full(size, np.nan)
    value[present] = (below + (above - below) * (place - low)) / figure.per
    group = np.arange(1) if grouping == "all" else days if grouping == "day" else present
    named = _WHOLE if grouping == "all" else group.astype(np.int32)
    return named, value[group], np.full(group.size, np.nan), counts[1:][group].astype(np.float64)


def _inequality(figure: Inequality, grouping: str, days: NDArray[np.int64]) -> Block | None:
    if grouping == "all":
        bins = np.ones(figure.values.size, np.intp)
    elif grouping in figure.keys:
        bins = figure.keys.bins(grouping, None)
    else:
        return None
    n = figure.members
    size = max(int(bins.max(initial=0)), 1 if grouping == "all" else _size(days, grouping))
    cells = np.zeros(size * n, np.int64)
    sums = group_sums(figure.values, np.where(bins > 0, (bins - 1) * n + figure.member + 1, 0))
    cells[: sums.size] = sums
    ranked = np.sort(cells.reshape(size, n), axis=1)
    # the mean difference of all pairs over twice the mean, from the ranks: sum of (2 i - n - 1) x_(i) over n sum of x
    above = (ranked * (2 * np.arange(1, n + 1) - n - 1)).sum(axis=1).astype(np.float64)
    under = (ranked.sum(axis=1) * n).astype(np.float64)
    if grouping == "all":
        return _WHOLE, _divided(above, under), above, under
    group = days if grouping == "day" else np.flatnonzero(under)
    return group.astype(np.int32), _divided(above, under)[group], above[group], under[group]


def _running(figure: Running, grouping: str, days: NDArray[np.int64]) -> Block | None:
    if grouping not in ("all", "day"):
        return None
    moves = group_sums(figure.change, figure.day + 1)
    balance = np.zeros(max(moves.size, _size(days, "day")), np.int64)
    balance[: moves.size] = moves
    level = np.cumsum(balance)
    if figure.depth:
        level = np.maximum(-level, 0)
    if grouping == "all":
        last = level.max(initial=0) if figure.depth else balance.sum()
        value = np.array([last / figure.per])
        return _WHOLE, value, value, np.ones(1)
    by_day = level[days] / figure.per
    return days.astype(np.int32), by_day, by_day, np.ones(days.size)


_WHOLE = np.array([-1], np.int32)


def _size(days: NDArray[np.int64], grouping: str) -> int:
    """Room for every measured day, whether or not anything happened on it."""
    return int(days.max(initial=-1)) + 1 if grouping == "day" else 0


def _padded(column: Array, size: int) -> Floats:
    """As long as `size`: what is missing is nothing of nothing."""
    filled = np.zeros(size)
    filled[: column.size] = column
    return filled


def _divided(above: Floats, under: Floats) -> Floats:
    value = np.full(above.size, np.nan)
    np.divide(above, under, out=value, where=under != 0)
    return value
