"""The engine: every KPI over every grouping asked for, as one table in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.facts import Facts
from orchestrion.kpis.cases import Figure
from orchestrion.kpis.family import definitions, kpis
from orchestrion.kpis.groups import USUAL, check_groupings
from orchestrion.kpis.reading import Reading
from orchestrion.kpis.tallying import Block, Tally, tally_of
from orchestrion.units import DAY


def measure(
    facts: Facts, group_by: Sequence[str] = USUAL, only: Iterable[str] | None = None
) -> dict[str, NDArray[Any]]:
    """Measure KPIs; see `measure_parts`."""
    return measure_parts([facts], group_by, only)


def measure_parts(
    parts: Iterable[Facts], group_by: Sequence[str] = USUAL, only: Iterable[str] | None = None
) -> dict[str, NDArray[Any]]:
    """Measure KPIs of a replication, a part of its facts at a time: the same figures as of the whole, in the memory of
    the largest part.

    Parameters
    ----------
    parts
        One replication's facts: whole, or cut so that everything about a customer hangs together.
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
    tallies = [(member, _Tallied(tuple(group_by))) for member in wanted]
    days = np.arange(0)
    before = 0
    for facts in parts:
        days = np.arange(facts.warm_up_s // DAY, -(-facts.horizon_s // DAY))
        reading = Reading(facts, before)
        for member, tallied in tallies:
            if facts.part == "all" or (facts.part == "shelf") == member.by_sku:
                tallied.add(member.cases(reading))
        if facts.part not in ("all", "shelf"):
            before += reading.accounts.opening_stock
        del facts, reading  # before the next part is made
    names: list[tuple[str, str, str]] = []
    blocks: list[Block] = []
    for member, tallied in tallies:
        for grouping in group_by:
            block = tallied.block(grouping, days)
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


class _Tallied:
    """One KPI, added up over the parts of a replication."""

    def __init__(self, groupings: tuple[str, ...]) -> None:
        self._groupings = groupings
        self._tally: Tally | None = None

    def add(self, figure: Figure) -> None:
        """The figure of one part."""
        if self._tally is None:
            self._tally = tally_of(figure, self._groupings)
        self._tally.add(figure)

    def block(self, grouping: str, days: NDArray[np.int64]) -> Block | None:
        """The KPI's rows for one grouping."""
        return None if self._tally is None else self._tally.block(grouping, days)
